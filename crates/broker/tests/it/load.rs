//! Connections that put load on the broker, and other connections, which must not be affected.

use std::time::Duration;

use wire::messages::api_versions_request::ApiVersionsRequest;
use wire::messages::describe_groups_request::DescribeGroupsRequest;
use wire::messages::find_coordinator_request::FindCoordinatorRequest;
use wire::messages::join_group_request::{JoinGroupRequest, JoinGroupRequestProtocol};
use wire::messages::metadata_request::MetadataRequest;

use super::sim_world;
use super::*;

const TEN_MINUTES_MS: i32 = 600_000;

/// A fetch of about 8 KB that waits for records of an empty partition.
fn long_poll() -> FetchRequest {
    FetchRequest {
        rack_id: "r".repeat(8000).into(),
        ..fetch_request("t", 0, TEN_MINUTES_MS)
    }
}

/// Fails if a new client is not answered soon.
async fn assert_serves(world: &sim_world::SimWorld) {
    let served = async {
        let mut bystander = world.connect().await;
        bystander.request(&ApiVersionsRequest::default(), 3).await;
        produce(&mut bystander, "u", &["served"]).await;
    };
    let soon = Duration::from_secs(1);
    let answered = world.io.clock.timeout(soon, served).await;
    assert!(answered.is_some(), "a new client is not served");
}

#[test]
fn pipelined_long_polls_do_not_block_other_clients() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut admin = world.connect().await;
        create_topic(&mut admin, "t", 1).await;
        create_topic(&mut admin, "u", 1).await;
        let mut waiting = Vec::new();
        for _ in 0..16 {
            let mut client = world.connect().await;
            for _ in 0..250 {
                client.send(&long_poll(), FETCH).await;
            }
            waiting.push(client);
        }
        world.io.clock.sleep(Duration::from_secs(1)).await;
        assert_serves(&world).await;
        drop(waiting);
        broker.shutdown().await;
    });
}

#[test]
fn thousands_of_waiting_consumers_do_not_block_other_clients() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut admin = world.connect().await;
        create_topic(&mut admin, "t", 1).await;
        create_topic(&mut admin, "u", 1).await;
        let mut consumers = Vec::new();
        for _ in 0..2500 {
            let mut consumer = world.connect().await;
            consumer.send(&long_poll(), FETCH).await;
            consumers.push(consumer);
        }
        world.io.clock.sleep(Duration::from_secs(1)).await;
        assert_serves(&world).await;
        // All of them still wait, and get the new record.
        produce(&mut admin, "t", &["news"]).await;
        for consumer in &mut consumers {
            let (_, response) = consumer.receive::<FetchRequest>(FETCH).await;
            assert_eq!(values(&response.responses[0].partitions[0]).len(), 1);
        }
        drop(consumers);
        broker.shutdown().await;
    });
}

/// Sends requests whose responses together are larger than the buffers of a connection. Returns their
/// number.
async fn request_much(client: &mut WireClient) -> usize {
    let everything = MetadataRequest {
        topics: None,
        ..Default::default()
    };
    for _ in 0..100 {
        client.send(&everything, 12).await;
    }
    100
}

#[test]
fn a_client_that_reads_nothing_is_closed() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut admin = world.connect().await;
        create_topic(&mut admin, "t", 1000).await;
        let mut client = world.connect().await;
        request_much(&mut client).await;
        let idle = Duration::from_millis(TEN_MINUTES_MS as u64);
        world.io.clock.sleep(idle - Duration::from_secs(10)).await;
        assert!(client.is_open().await, "not yet");
        world.io.clock.sleep(Duration::from_secs(20)).await;
        assert!(!client.is_open().await, "it took no bytes for ten minutes");
        broker.shutdown().await;
    });
}

#[test]
fn a_client_that_reads_slowly_gets_all_responses() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut admin = world.connect().await;
        create_topic(&mut admin, "t", 1000).await;
        let mut client = world.connect().await;
        let responses = request_much(&mut client).await;
        // Far longer in all than a client may take no bytes.
        for _ in 0..responses {
            world.io.clock.sleep(Duration::from_secs(120)).await;
            client.frame().await.expect("a response");
        }
        broker.shutdown().await;
    });
}

#[test]
fn requests_sent_before_the_stop_are_answered() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        let mut sent = Vec::new();
        for n in 0..50 {
            let request = produce_request("t", 0, -1, batch(&[&n.to_string()]));
            sent.push(client.send(&request, PRODUCE).await);
        }
        let stopping = world.io.tasks.spawn("stop", broker.shutdown());
        for (n, id) in sent.into_iter().enumerate() {
            let (answered, response) = client.receive::<ProduceRequest>(PRODUCE).await;
            assert_eq!(answered, id);
            let partition = &response.responses[0].partition_responses[0];
            assert_eq!((partition.error_code, partition.base_offset), (0, n as i64));
        }
        assert_eq!(client.frame().await, None, "closed after the last response");
        stopping.await.unwrap();
    });
}

#[test]
fn a_client_that_keeps_sending_requests_does_not_delay_a_stop() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        let clock = world.io.clock.clone();
        let asking = world.io.tasks.spawn("client", async move {
            loop {
                client.send(&ApiVersionsRequest::default(), 3).await;
                if client.frame().await.is_none() {
                    return;
                }
            }
        });
        clock.sleep(Duration::from_millis(100)).await;
        let began = clock.elapsed();
        broker.shutdown().await;
        assert!(clock.elapsed() - began < Duration::from_secs(3));
        asking.abort();
    });
}

/// A join of a new member, whose metadata has this many bytes. It waits for the first rebalance.
fn join(metadata_bytes: usize) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: "readers".into(),
        session_timeout_ms: 60_000,
        rebalance_timeout_ms: 60_000,
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".into(),
            metadata: Bytes::from(vec![0; metadata_bytes]),
        }],
        ..Default::default()
    }
}

/// Members of the group, while it waits for its first rebalance.
async fn members(client: &mut WireClient) -> usize {
    let describe = DescribeGroupsRequest {
        groups: vec!["readers".into()],
        ..Default::default()
    };
    let described = client.request(&describe, 5).await;
    described.groups[0].members.len()
}

#[test]
fn joins_that_wait_hold_no_memory_of_requests() {
    // Connections, joins on each, and bytes of each: more than the broker reads at a time.
    for (connections, joins, bytes) in [(40, 1, 200 << 10), (24, 120, 7 << 10)] {
        sim_world::run(|world| async move {
            let settings = [
                ("group.initial.rebalance.delay.ms", "60000"),
                ("offsets.topic.num.partitions", "1"),
                ("queued.max.request.bytes", "2097152"),
                ("socket.request.max.bytes", "1048576"),
            ];
            let broker = world.start(&settings).await;
            let mut admin = world.connect().await;
            create_topic(&mut admin, "u", 1).await;
            let find = FindCoordinatorRequest {
                coordinator_keys: vec!["readers".into()],
                ..Default::default()
            };
            admin.request(&find, 4).await;
            world.io.clock.sleep(Duration::from_secs(1)).await;
            let mut waiting = Vec::new();
            for _ in 0..connections {
                let mut client = world.connect().await;
                for _ in 0..joins {
                    client.send(&join(bytes), 3).await;
                }
                waiting.push(client);
            }
            world.io.clock.sleep(Duration::from_secs(1)).await;
            assert_serves(&world).await;
            assert_eq!(members(&mut admin).await, connections * joins);
            drop(waiting);
            broker.shutdown().await;
        });
    }
}
