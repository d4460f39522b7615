//! Very many valid connections and requests, and responses that a client does not read.

use std::time::{Duration, Instant};

use wire::Records;
use wire::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic};
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::messages::{ApiVersionsRequest, MetadataRequest};
use wire::record_batch::{BatchBuilder, Compression};

use super::target::Target;
use crate::raw::{Raw, decode, encode};

#[test]
fn a_thousand_requests_at_once_are_answered_in_order() {
    let target = Target::start(&[]);
    let mut client = target.connect();
    let mut all = Vec::new();
    for id in 0..1000 {
        all.extend(match id % 2 {
            0 => encode(&MetadataRequest::default(), 12, id),
            _ => encode(&ApiVersionsRequest::default(), 0, id),
        });
    }
    assert!(client.send(&all));
    for id in 0..1000 {
        let frame = client.frame().expect("an answer to each");
        let answered = match id % 2 {
            0 => decode::<MetadataRequest>(frame, 12).0,
            _ => decode::<ApiVersionsRequest>(frame, 0).0,
        };
        assert_eq!(answered, id);
    }
    target.assert_unharmed();
}

/// Each connection sends the length of a frame and only three bytes of it.
#[test]
fn thousands_of_half_sent_requests_do_not_block_other_clients() {
    let target = Target::start(&[]);
    let lengths: [i32; 4] = [100, 8 * 1024, 1024 * 1024, 100 * 1024 * 1024];
    let attackers: Vec<Raw> = (0..connections())
        .map(|n| {
            let mut attacker = target.connect();
            attacker.send(&lengths[n % lengths.len()].to_be_bytes());
            attacker.send(&[0, 3, 0]);
            attacker
        })
        .collect();
    // Neither small requests nor large ones wait for them.
    let mut client = target.connect();
    client.request(&MetadataRequest::default(), 12);
    target.create_topic("large", &[]);
    produce(&mut client, "large", 512 * 1024);
    target.assert_not_grown();
    drop(attackers);
    target.assert_unharmed();
}

/// 2,000, or as many as this process may open in addition to those of the server.
fn connections() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    soft.unwrap_or(1024_usize).saturating_sub(200).min(2000)
}

#[test]
fn a_reader_that_never_reads_costs_no_memory() {
    let target = Target::start(&["fetch.max.bytes=57671680"]);
    target.create_topic("much", &[]);
    target.create_topic_of("many", 2000, &[]);
    let mut producer = target.connect();
    for _ in 0..48 {
        produce(&mut producer, "much", 1_000_000);
    }
    let fetch = FetchRequest {
        max_bytes: i32::MAX,
        min_bytes: 1,
        topics: vec![FetchTopic {
            topic: "much".into(),
            partitions: vec![FetchPartition {
                partition_max_bytes: i32::MAX,
                ..FetchPartition::default()
            }],
            ..FetchTopic::default()
        }],
        ..FetchRequest::default()
    };
    let everything = MetadataRequest {
        topics: None,
        ..MetadataRequest::default()
    };
    let requests = [encode(&fetch, 11, 1), encode(&everything, 12, 1)];
    for request in &requests {
        assert!(producer.send(request));
        let answer = producer.frame().expect("an answer").len();
        assert!(answer > 50_000, "too small for this test: {answer} bytes");
    }
    let mut readers = Vec::new();
    for request in requests {
        let many = request.repeat(2000);
        for _ in 0..16 {
            let mut reader = target.connect();
            // At some point the server reads no more requests.
            reader.set_timeout(Duration::from_millis(100));
            reader.send(&many);
            readers.push(reader);
        }
    }
    std::thread::sleep(Duration::from_millis(500));
    target.assert_not_grown();
    // The others are served while these are still there.
    let mut bystander = target.connect();
    bystander.request(&ApiVersionsRequest::default(), 0);
    bystander.request(&MetadataRequest::default(), 12);
    produce(&mut bystander, "much", 1000);
    drop(readers);
    target.assert_unharmed();
}

#[test]
fn a_client_that_never_reads_is_closed_and_its_memory_is_freed() {
    let target = Target::start(&["connections.max.idle.ms=2000"]);
    target.create_topic_of("many", 1000, &[]);
    let everything = MetadataRequest {
        topics: None,
        ..MetadataRequest::default()
    };
    let many = encode(&everything, 12, 1).repeat(500);
    let readers: Vec<Raw> = (0..4)
        .map(|_| {
            let mut reader = target.connect();
            reader.send(&many);
            reader
        })
        .collect();
    // Sending fails on a connection that the server has closed.
    let deadline = Instant::now() + Duration::from_secs(60);
    for mut reader in readers {
        while reader.send(&[0]) {
            assert!(Instant::now() < deadline, "a connection is still open");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    target.assert_unharmed();
}

/// Sixteen connections with 250 fetches each, of about 8 KB, which wait for ten minutes.
#[test]
fn pipelined_long_polls_do_not_block_other_clients() {
    let target = Target::start(&[]);
    target.create_topic("quiet", &[]);
    let fetch = FetchRequest {
        max_wait_ms: 600_000,
        max_bytes: i32::MAX,
        min_bytes: 1,
        rack_id: "r".repeat(8000).into(),
        topics: vec![FetchTopic {
            topic: "quiet".into(),
            partitions: vec![FetchPartition {
                partition_max_bytes: i32::MAX,
                ..FetchPartition::default()
            }],
            ..FetchTopic::default()
        }],
        ..FetchRequest::default()
    };
    let many = encode(&fetch, 11, 1).repeat(250);
    let waiting: Vec<Raw> = (0..16)
        .map(|_| {
            let mut client = target.connect();
            client.set_timeout(Duration::from_millis(100));
            client.send(&many);
            client
        })
        .collect();
    std::thread::sleep(Duration::from_millis(300));
    let mut bystander = target.connect();
    bystander.request(&ApiVersionsRequest::default(), 0);
    drop(waiting);
    target.assert_unharmed();
}

/// Appends one record of `bytes` to partition 0.
fn produce(client: &mut Raw, topic: &str, bytes: usize) {
    produce_to(client, topic, 0, bytes);
}

fn produce_to(client: &mut Raw, topic: &str, partition: i32, bytes: usize) {
    let mut batch = BatchBuilder::new(Compression::None);
    batch.append(-1, None, Some(&vec![b'x'; bytes]), &[]);
    let request = ProduceRequest {
        acks: 1,
        timeout_ms: 10_000,
        topic_data: vec![TopicProduceData {
            name: topic.into(),
            partition_data: vec![PartitionProduceData {
                index: partition,
                records: Records::Bytes(batch.build()),
            }],
            ..TopicProduceData::default()
        }],
        ..ProduceRequest::default()
    };
    let answer = client.request(&request, 9);
    assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
}

/// Connections take every descriptor they can get. Topics still work, and a later client is served.
#[test]
fn connections_leave_descriptors_for_partitions() {
    let target = Target::start_with_descriptors(256);
    target.create_topic_of("many", 100, &[]);
    let crowd: Vec<Raw> = (0..400).map(|_| target.connect()).collect();
    std::thread::sleep(Duration::from_millis(300));
    // Some of them were refused. One that was let in can use every partition.
    let served = crowd.into_iter().find_map(|mut client| {
        client.set_timeout(Duration::from_secs(10));
        let answer = client.try_request(&ApiVersionsRequest::default(), 0);
        answer.is_ok().then_some(client)
    });
    let mut client = served.expect("one of the connections is served");
    for partition in 0..100 {
        produce_to(&mut client, "many", partition, 1000);
    }
    drop(client);
    std::thread::sleep(Duration::from_millis(300));
    let mut later = target.connect();
    produce_to(&mut later, "many", 7, 1000);
    target.assert_unharmed();
}
