//! Opening the logs that requests need.

use std::collections::BTreeSet;

use io::sim::Sim;

use super::sim_world::SimWorld;
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
