//! Opening the logs that requests need.

use std::collections::BTreeSet;
use std::time::Duration;

use io::sim::{DiskCall, DiskError, DiskFault, Sim};

use super::sim_world::{self, SimWorld};
use super::*;

const PARTITIONS: i32 = 12;

/// How many jobs of the request pool are among the last events of the simulation.
fn jobs(sim: &Sim) -> usize {
    let events = sim.last_events();
    let jobs = events.iter().filter_map(|event| {
        let words: Vec<&str> = event.split_whitespace().collect();
        let [_, "request", job, _] = words[..] else {
            return None;
        };
        Some(job.to_owned())
    });
    jobs.collect::<BTreeSet<_>>().len()
}

#[test]
fn logs_that_the_requests_of_one_connection_need_are_opened_together() {
    let mut sim = Sim::new(1);
    let world = SimWorld {
        io: sim.io(),
        faults: sim.faults().clone(),
    };
    let to_each = |partition| produce_request("t", partition, -1, batch(&["x"]));
    sim.block_on(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", PARTITIONS).await;
        for partition in 0..PARTITIONS {
            client.request(&to_each(partition), PRODUCE).await;
        }
        broker.shutdown().await;
    });
    sim.block_on(async {
        let _broker = world.start(&[]).await;
        let mut client = world.connect().await;
        for partition in 0..PARTITIONS {
            client.send(&to_each(partition), PRODUCE).await;
        }
        for _ in 0..PARTITIONS {
            let (_, response) = client.receive::<ProduceRequest>(PRODUCE).await;
            let answer = &response.responses[0].partition_responses[0];
            assert_eq!(
                (answer.error_code, answer.base_offset),
                (0, 1),
                "{answer:?}"
            );
        }
    });
    let jobs = jobs(&sim);
    assert!((1..=4).contains(&jobs), "{jobs} jobs");
}

/// A batch of the producer 9 with one record.
fn produced(sequence: i32) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None).producer(9, 0, sequence);
    builder.append(1_700_000_000_000, None, Some(b"x"), &[]);
    builder.build()
}

#[test]
fn batches_in_flight_after_one_for_which_the_log_could_not_be_opened_are_refused() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        world.faults.add_disk_fault(DiskFault {
            path: "/t-0".to_owned(),
            calls: vec![DiskCall::Open, DiskCall::Create],
            error: DiskError::NoDescriptor,
            once_in: 1,
            times: Some(1),
        });
        let mut answer = async |sequence| {
            let answer = try_produce(&mut client, "t", produced(sequence)).await;
            // Longer than the wait between two attempts to open the log.
            world.io.clock.sleep(Duration::from_secs(1)).await;
            (ErrorCode::from_code(answer.error_code), answer.base_offset)
        };
        let out_of_order = (ErrorCode::OutOfOrderSequenceNumber, -1);
        assert_eq!(answer(0).await, (ErrorCode::KafkaStorageError, -1));
        assert_eq!(answer(1).await, out_of_order);
        assert_eq!(answer(0).await, (ErrorCode::None, 0));
        assert_eq!(answer(1).await, (ErrorCode::None, 1));
        broker.shutdown().await;
    });
}
