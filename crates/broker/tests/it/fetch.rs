//! How long a fetch waits, and what it returns.

use std::time::Duration;

use io::sim::{DiskCall, DiskError, DiskFault};

use super::sim_world;
use super::*;

const MAX_WAIT_MS: i32 = 30_000;
const MIB: i32 = 1 << 20;

/// Fetches with these bounds. Returns the response and how long it took.
async fn timed(
    world: &sim_world::SimWorld,
    client: &mut WireClient,
    offset: i64,
    (min_bytes, max_bytes): (i32, i32),
) -> (PartitionData, Duration) {
    let mut request = fetch_request("t", offset, MAX_WAIT_MS);
    request.min_bytes = min_bytes;
    request.max_bytes = max_bytes;
    let began = world.io.clock.elapsed();
    let mut response = client.request(&request, FETCH).await;
    let took = world.io.clock.elapsed() - began;
    (response.responses.remove(0).partitions.remove(0), took)
}

fn at_once(took: Duration) -> bool {
    took < Duration::from_secs(1)
}

#[test]
fn a_full_partition_answers_at_once_although_whole_batches_are_less_than_the_minimum() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        let value = "x".repeat(300_000);
        for _ in 0..8 {
            produce(&mut client, "t", &[&value]).await;
        }
        // Three batches fit into one MiB, and have fewer bytes.
        let (data, took) = timed(&world, &mut client, 0, (MIB, 50 * MIB)).await;
        assert_eq!(values(&data).len(), 3);
        assert!(at_once(took), "{took:?}");
        // The minimum is no more than the maximum.
        let (data, took) = timed(&world, &mut client, 0, (i32::MAX, 400_000)).await;
        assert_eq!(values(&data).len(), 1);
        assert!(at_once(took), "{took:?}");
        // Only two batches are available: it waits for more.
        let (data, took) = timed(&world, &mut client, 6, (MIB, 50 * MIB)).await;
        assert_eq!(values(&data).len(), 2);
        assert!(
            took >= Duration::from_millis(MAX_WAIT_MS as u64),
            "{took:?}"
        );
        broker.shutdown().await;
    });
}

#[test]
fn a_fetch_in_an_older_segment_is_answered_at_once() {
    sim_world::run(|world| async move {
        let broker = world.start(&[("log.segment.bytes", "1048576")]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        let value = "x".repeat(300_000);
        for _ in 0..5 {
            produce(&mut client, "t", &[&value]).await;
        }
        // The first segment holds three batches.
        let (data, took) = timed(&world, &mut client, 2, (MIB, 50 * MIB)).await;
        assert_eq!(values(&data).len(), 1);
        assert!(at_once(took), "{took:?}");
        broker.shutdown().await;
    });
}

#[test]
fn a_reader_whose_log_has_diverged_learns_the_offset() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &["a", "b"]).await;
        let mut request = fetch_request("t", 2, MAX_WAIT_MS);
        let partition = &mut request.topics[0].partitions[0];
        partition.last_fetched_epoch = 0;
        partition.current_leader_epoch = -1;
        partition.fetch_offset = 5;
        let response = client.request(&request, FETCH).await;
        let data = &response.responses[0].partitions[0];
        assert_eq!(data.error_code, 0);
        assert_eq!(
            (data.diverging_epoch.epoch, data.diverging_epoch.end_offset),
            (0, 2)
        );
        assert_eq!(values(data), []);
        // A reader whose log has not diverged continues.
        let partition = &mut request.topics[0].partitions[0];
        partition.fetch_offset = 0;
        let response = client.request(&request, FETCH).await;
        let data = &response.responses[0].partitions[0];
        assert_eq!(data.diverging_epoch.end_offset, -1);
        assert_eq!(values(data).len(), 2);
        broker.shutdown().await;
    });
}

#[test]
fn the_largest_offset_is_out_of_range_also_if_the_fetch_reads_the_disk() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        create_topic(&mut client, "old", 1).await;
        produce(&mut client, "t", &["a"]).await;
        produce(&mut client, "old", &["a"]).await;
        broker.shutdown().await;
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        world.faults.add_disk_fault(DiskFault {
            path: "/old-0/".to_owned(),
            calls: vec![DiskCall::Read],
            error: DiskError::Slow(Duration::from_millis(1)),
            once_in: 1,
            times: None,
        });
        let mut request = fetch_request("t", i64::MAX, MAX_WAIT_MS);
        request
            .topics
            .extend(fetch_request("old", 0, MAX_WAIT_MS).topics);
        let response = client.request(&request, FETCH).await;
        let data = &response.responses[0].partitions[0];
        let error = ErrorCode::from_code(data.error_code);
        assert_eq!(error, ErrorCode::OffsetOutOfRange);
        broker.shutdown().await;
    });
}
