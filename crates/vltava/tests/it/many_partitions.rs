//! A thousand partitions in one process: the descriptors are bounded while all are in use, and none is open while
//! none is in use. After a `kill -9`, the first response does not wait for the recovery of all partitions.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use wire::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use wire::messages::delete_topics_request::DeleteTopicsRequest;
use wire::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic};
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::record_batch::{BatchBuilder, Compression, batches};
use wire::{ErrorCode, Records};

use crate::process::{Running, serve_with};
use crate::raw::{Raw, encode};

const TOPIC: &str = "many";
const PARTITIONS: i32 = 1000;

/// `vltava.log.dir.open.files.max` of these servers.
const OPEN_FILES_MAX: usize = 100;

/// Long enough for a debug build on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

#[test]
fn partitions_in_use_cost_bounded_descriptors_and_idle_ones_none() {
    let directory = tempfile::tempdir().unwrap();
    let settings = [
        &*format!("vltava.log.dir.open.files.max={OPEN_FILES_MAX}"),
        "log.retention.check.interval.ms=1000",
        "log.retention.ms=-1",
    ];
    let mut server = serve_with(directory.path(), &settings);
    let mut client = Raw::connect(&server.bootstrap());
    create(&mut client);
    for round in 0..3 {
        assert_eq!(produce(&mut client), vec![round; PARTITIONS as usize]);
        // Sockets, the directory, the redo log, what is in use at this moment.
        assert!(descriptors(&server).len() < OPEN_FILES_MAX + 50);
    }
    assert_eq!(read_all(&mut client), vec![3; PARTITIONS as usize]);
    assert!(descriptors(&server).len() < OPEN_FILES_MAX + 50);

    let deadline = Instant::now() + TIMEOUT;
    while open_segments(&server, directory.path()) > 0 {
        assert!(
            Instant::now() < deadline,
            "idle partitions hold descriptors"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(server.interrupt().success());
}

#[test]
fn after_a_kill_the_first_response_comes_before_all_are_recovered_and_no_record_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = serve_with(directory.path(), &[]);
    let mut client = Raw::connect(&server.bootstrap());
    create(&mut client);
    for round in 0..2 {
        assert_eq!(produce(&mut client), vec![round; PARTITIONS as usize]);
    }
    // One request is in progress when the server is killed.
    client.send(&encode(&produce_request(), 9, 77));
    server.kill();

    // The second kill comes during the recovery from the first one.
    let mut server = serve_with(directory.path(), &[]);
    let mut client = Raw::connect(&server.bootstrap());
    assert!(read_one(&mut client, PARTITIONS - 1) >= 2);
    assert!(snapshots(directory.path()) < PARTITIONS as usize);
    server.kill();

    let mut server = serve_with(directory.path(), &[]);
    let mut client = Raw::connect(&server.bootstrap());
    let counts = read_all(&mut client);
    assert!(
        counts.iter().all(|count| (2..=3).contains(count)),
        "{counts:?}"
    );
    // Records above the recovered high watermark are still in the log.
    let offsets = produce(&mut client);
    assert!(
        offsets
            .iter()
            .zip(&counts)
            .all(|(offset, count)| offset >= count)
    );
    assert!(server.interrupt().success());

    let mut server = serve_with(directory.path(), &[]);
    let mut client = Raw::connect(&server.bootstrap());
    let counts: Vec<usize> = offsets.iter().map(|offset| offset + 1).collect();
    assert_eq!(read_all(&mut client), counts);
    assert!(server.interrupt().success());
}

#[test]
fn a_deletion_that_a_kill_interrupts_is_finished_by_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = serve_with(directory.path(), &[]);
    let mut client = Raw::connect(&server.bootstrap());
    create(&mut client);
    produce(&mut client);
    let request = DeleteTopicsRequest {
        topic_names: vec![TOPIC.into()],
        timeout_ms: 60_000,
        ..DeleteTopicsRequest::default()
    };
    assert_eq!(client.request(&request, 5).responses[0].error_code, 0);
    // The directories are renamed, or not, and their files are there.
    server.kill();
    assert_eq!(
        partition_directories(directory.path()).len(),
        PARTITIONS as usize
    );

    let mut server = serve_with(directory.path(), &[]);
    server.bootstrap();
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let left = partition_directories(directory.path());
        if left.is_empty() {
            break;
        }
        assert!(
            left.iter().all(|name| name.ends_with("-delete")),
            "{left:?}"
        );
        assert!(Instant::now() < deadline, "{} are left", left.len());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(server.interrupt().success());
}

/// The directories of the topic's partitions, under any name.
fn partition_directories(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let prefix = format!("{TOPIC}-");
    names.filter(|name| name.starts_with(&prefix)).collect()
}

/// Partitions whose log was closed.
fn snapshots(directory: &Path) -> usize {
    (0..PARTITIONS)
        .filter(|partition| {
            let entries = std::fs::read_dir(directory.join(format!("{TOPIC}-{partition}")));
            let mut names = entries.unwrap().map(|entry| entry.unwrap().file_name());
            names.any(|name| name.to_string_lossy().ends_with(".snapshot"))
        })
        .count()
}

/// The targets of the server's descriptors.
fn descriptors(server: &Running) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    entries
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .collect()
}

fn open_segments(server: &Running, directory: &Path) -> usize {
    let partition = directory.join(TOPIC);
    let partition = partition.to_string_lossy();
    let is_ours = |path: &&PathBuf| path.to_string_lossy().starts_with(&*partition);
    descriptors(server).iter().filter(is_ours).count()
}

fn create(client: &mut Raw) {
    let request = CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: TOPIC.into(),
            num_partitions: PARTITIONS,
            replication_factor: 1,
            ..CreatableTopic::default()
        }],
        timeout_ms: 60_000,
        validate_only: false,
    };
    assert_eq!(client.request(&request, 7).topics[0].error_code, 0);
}

/// A produce request with one record for each partition: the number of the partition.
fn produce_request() -> ProduceRequest {
    let partition_data = (0..PARTITIONS).map(|index| {
        let mut batch = BatchBuilder::new(Compression::None);
        batch.append(0, None, Some(&index.to_be_bytes()), &[]);
        PartitionProduceData {
            index,
            records: Records::Bytes(batch.build()),
        }
    });
    ProduceRequest {
        acks: -1,
        timeout_ms: 60_000,
        topic_data: vec![TopicProduceData {
            name: TOPIC.into(),
            partition_data: partition_data.collect(),
            ..TopicProduceData::default()
        }],
        ..ProduceRequest::default()
    }
}

/// Appends a record to each partition, waits for the acknowledgement, and returns the offsets.
fn produce(client: &mut Raw) -> Vec<usize> {
    let answer = client.request(&produce_request(), 9);
    let offsets = answer.responses[0].partition_responses.iter();
    offsets
        .map(|partition| {
            assert_eq!(partition.error_code, 0);
            partition.base_offset as usize
        })
        .collect()
}

/// How many records a partition has.
fn read_one(client: &mut Raw, partition: i32) -> usize {
    read(client, &[partition])[0]
}

/// How many records each partition has.
fn read_all(client: &mut Raw) -> Vec<usize> {
    read(client, &(0..PARTITIONS).collect::<Vec<_>>())
}

/// How many records these partitions have; fails if one has none.
fn read(client: &mut Raw, partitions: &[i32]) -> Vec<usize> {
    let partitions = partitions.iter().map(|partition| FetchPartition {
        partition: *partition,
        partition_max_bytes: i32::MAX,
        ..FetchPartition::default()
    });
    let request = FetchRequest {
        max_bytes: i32::MAX,
        topics: vec![FetchTopic {
            topic: TOPIC.into(),
            partitions: partitions.collect(),
            ..FetchTopic::default()
        }],
        ..FetchRequest::default()
    };
    let answer = client.request(&request, 11);
    let mut counts = Vec::new();
    for partition in &answer.responses[0].partitions {
        assert_eq!(ErrorCode::from_code(partition.error_code), ErrorCode::None);
        let Records::Bytes(bytes) = &partition.records else {
            panic!("partition {} is empty", partition.partition_index);
        };
        let mut count = 0;
        for batch in batches(bytes.clone()) {
            let batch = batch.unwrap();
            batch.check_crc().unwrap();
            for record in batch.records(1000).unwrap() {
                let value = record.unwrap().value.unwrap();
                assert_eq!(value[..], partition.partition_index.to_be_bytes());
                count += 1;
            }
        }
        counts.push(count);
    }
    counts
}
