//! Damaged data directories. The server serves all intact data, or reports which file is damaged and what to do. It never
//! panics, and never skips intact data without a report.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use wire::messages::create_topics_request::CreatableTopicConfig;
use wire::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use wire::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic};
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::record_batch::{BatchBuilder, Compression, batches};
use wire::{ErrorCode, Records};

use crate::process::{Running, serve_with};
use crate::raw::Raw;

/// Batches of one record each in the damaged topic, in three segments.
const RECORDS: i64 = 30;

/// The server was stopped cleanly after the batches below this one, in both directories.
const RECOVERY_POINT: i64 = 20;

/// Records of a segment.
const SEGMENT_RECORDS: i64 = 10;

/// Bytes of a record.
const RECORD_BYTES: usize = 100_000;

/// The smallest possible segment size; an eleventh record does not fit.
const SEGMENT_BYTES: usize = 1024 * 1024;

/// The damage to a file.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Delete,
    Empty,
    Zero,
    Garbage,
    /// Cuts this many bytes from the end.
    Cut(u64),
    /// Appends this many zeros.
    Grow(usize),
    /// Flips one bit at this position, in thousandths of the file.
    Flip(usize),
    /// Swaps its content with another file.
    Swap(&'static str),
}
use Damage::{Cut, Delete, Empty, Flip, Garbage, Grow, Swap, Zero};

/// The expected result.
#[derive(Debug, Clone, Copy)]
enum Expected {
    /// Every acknowledged record is readable.
    All,
    /// The records below this offset are readable; the damage is reported.
    UpTo(i64),
    /// The log starts at this offset; the damage is reported.
    From(i64),
    /// Offsets from the first up to the second return an error, all others are readable, and the partition accepts new
    /// records; the damage is reported.
    Hides(i64, i64),
    /// The partition is not served, and the message names its file or directory. Other partitions are served.
    Offline,
    /// The server does not start, and the message names the file or directory.
    Refuses,
}
use Expected::{All, From, Hides, Offline, Refuses, UpTo};

const CLOSED: &str = "t-0/00000000000000000000";
const MIDDLE: &str = "t-0/00000000000000000010";
const MIDDLE_LOG: &str = "00000000000000000010.log";
const ACTIVE: &str = "t-0/00000000000000000020";
const METADATA_LOG: &str = "__cluster_metadata-0/00000000000000000000";

#[test]
fn after_a_clean_stop() {
    let world = World::new();
    world.check(
        &world.stopped,
        &[
            (&format!("{ACTIVE}.log"), Cut(10), Hides(29, 30)),
            (&format!("{ACTIVE}.log"), Delete, Hides(20, 30)),
            (&format!("{ACTIVE}.log"), Empty, Hides(20, 30)),
            (&format!("{ACTIVE}.log"), Zero, Hides(20, 30)),
            (&format!("{ACTIVE}.log"), Grow(500), All),
            (&format!("{ACTIVE}.log"), Flip(450), Hides(24, 25)),
            (&format!("{CLOSED}.log"), Cut(10), Hides(9, 10)),
            (&format!("{CLOSED}.log"), Flip(50), Hides(0, 1)),
            (&format!("{CLOSED}.log"), Delete, From(SEGMENT_RECORDS)),
            (&format!("{CLOSED}.log"), Swap(MIDDLE_LOG), Hides(0, 20)),
            (&format!("{MIDDLE}.log"), Delete, Hides(10, 20)),
            (&format!("{MIDDLE}.log"), Garbage, Hides(10, 20)),
            (&format!("{MIDDLE}.log"), Cut(350_000), Hides(16, 20)),
            (&format!("{CLOSED}.index"), Delete, All),
            (&format!("{CLOSED}.index"), Cut(3), All),
            (&format!("{CLOSED}.index"), Zero, All),
            (&format!("{CLOSED}.index"), Flip(500), All),
            (&format!("{ACTIVE}.index"), Flip(900), All),
            (&format!("{ACTIVE}.index"), Garbage, All),
            (&format!("{CLOSED}.timeindex"), Delete, All),
            (&format!("{CLOSED}.timeindex"), Flip(500), All),
            (&format!("{ACTIVE}.timeindex"), Zero, All),
            ("t-0/leader-epoch-checkpoint", Delete, All),
            ("t-0/leader-epoch-checkpoint", Garbage, All),
            ("t-0/partition.metadata", Delete, All),
            ("t-0/partition.metadata", Zero, All),
            ("t-0/partition.metadata", Garbage, Offline),
            (".kafka_cleanshutdown", Delete, All),
            (".kafka_cleanshutdown", Garbage, All),
            ("recovery-point-offset-checkpoint", Delete, All),
            ("recovery-point-offset-checkpoint", Garbage, Refuses),
            ("recovery-point-offset-checkpoint", Zero, Refuses),
            ("replication-offset-checkpoint", Delete, All),
            ("replication-offset-checkpoint", Garbage, Refuses),
            ("meta.properties", Delete, All),
            ("meta.properties", Zero, Refuses),
            ("meta.properties", Garbage, Refuses),
            (&format!("{METADATA_LOG}.log"), Flip(500), Refuses),
            (&format!("{METADATA_LOG}.log"), Cut(5), Refuses),
            (&format!("{METADATA_LOG}.log"), Delete, Refuses),
            (&format!("{METADATA_LOG}.index"), Delete, All),
            ("__cluster_metadata-0", Delete, Refuses),
        ],
    );
}

#[test]
fn after_a_kill() {
    let world = World::new();
    world.check(
        &world.killed,
        &[
            (&format!("{ACTIVE}.log"), Grow(500), All),
            // The redo log has the acknowledged records.
            (&format!("{ACTIVE}.log"), Cut(10), All),
            (&format!("{ACTIVE}.log"), Flip(950), All),
            (&format!("{ACTIVE}.log"), Delete, Hides(20, 30)),
            (".redo-0", Delete, All),
            (".redo-0", Flip(100), All),
            (".redo-0", Cut(5000), All),
            (".redo-0", Garbage, All),
            (&format!("{CLOSED}.log"), Cut(10), Hides(9, 10)),
            (&format!("{CLOSED}.log"), Delete, From(SEGMENT_RECORDS)),
            (&format!("{CLOSED}.log"), Flip(50), Hides(0, 1)),
            (&format!("{MIDDLE}.log"), Flip(150), Hides(11, 12)),
            (&format!("{MIDDLE}.log"), Delete, Hides(10, 20)),
            (&format!("{CLOSED}.index"), Flip(500), All),
            (&format!("{ACTIVE}.index"), Zero, All),
            (&format!("{ACTIVE}.timeindex"), Garbage, All),
            ("t-0/leader-epoch-checkpoint", Zero, All),
            ("t-0/partition.metadata", Delete, All),
            ("t-0", Delete, Offline),
            ("recovery-point-offset-checkpoint", Delete, All),
            ("recovery-point-offset-checkpoint", Cut(4), Refuses),
            ("replication-offset-checkpoint", Zero, Refuses),
            ("meta.properties", Delete, All),
            (&format!("{METADATA_LOG}.log"), Grow(50), All),
            (&format!("{METADATA_LOG}.log"), Flip(200), Refuses),
            (&format!("{METADATA_LOG}.log"), Delete, Refuses),
        ],
    );
}

/// Without the redo log, the acknowledged records are not known: damage at the end counts as a torn tail.
#[test]
fn after_a_kill_and_without_the_redo_log() {
    let world = World::new();
    fs::remove_file(world.killed.path().join(".redo-0")).unwrap();
    world.check(
        &world.killed,
        &[
            (&format!("{ACTIVE}.log"), Grow(500), All),
            (&format!("{ACTIVE}.log"), Cut(10), UpTo(RECORDS - 1)),
            (&format!("{ACTIVE}.log"), Flip(950), UpTo(RECORDS - 1)),
            (&format!("{ACTIVE}.log"), Delete, UpTo(RECOVERY_POINT)),
        ],
    );
}

/// An id with one changed letter is the id of another topic: the data is kept.
#[test]
fn the_directory_of_another_topic_is_renamed_and_not_deleted() {
    let world = World::new();
    let case = world.copy(&world.stopped);
    let path = case.path().join("t-0/partition.metadata");
    let text = fs::read_to_string(&path).unwrap();
    let id = text.split_once("topic_id: ").unwrap().1.to_owned();
    let other = if id.starts_with('A') { "B" } else { "A" };
    fs::write(&path, text.replace(&id, &format!("{other}{}", &id[1..]))).unwrap();
    // Two starts: the second must neither delete the directory that the first has set aside nor fail because of it.
    for _ in 0..2 {
        let mut server = serve_with(case.path(), &[]);
        let mut client = Raw::connect(&server.bootstrap());
        assert_eq!(fetch_all(&mut client, "other", 0).unwrap().len(), 1);
        let _ = fetch_all(&mut client, "t", 0);
        assert!(server.interrupt().success());
    }
    let records = |entry: fs::DirEntry| fs::metadata(entry.path().join("00000000000000000000.log"));
    let kept = fs::read_dir(case.path())
        .unwrap()
        .filter_map(|entry| records(entry.unwrap()).ok())
        .any(|log| log.len() > RECORD_BYTES as u64 * 2);
    assert!(kept, "the records of t-0 were deleted");
}

/// Two directories with the same records, one after a clean stop and one after a kill.
struct World {
    stopped: tempfile::TempDir,
    killed: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let stopped = tempfile::tempdir().unwrap();
        let killed = tempfile::tempdir().unwrap();
        let mut server = serve_with(stopped.path(), &[]);
        let mut client = Raw::connect(&server.bootstrap());
        create(&mut client, "t");
        create(&mut client, "other");
        append(&mut client, "other", 0);
        (0..RECOVERY_POINT).for_each(|n| append(&mut client, "t", n));
        assert!(server.interrupt().success());

        copy_all(stopped.path(), killed.path());
        for directory in [&stopped, &killed] {
            let mut server = serve_with(directory.path(), &[]);
            let mut client = Raw::connect(&server.bootstrap());
            (RECOVERY_POINT..RECORDS).for_each(|n| append(&mut client, "t", n));
            if directory.path() == killed.path() {
                server.kill();
            } else {
                assert!(server.interrupt().success());
            }
        }
        World { stopped, killed }
    }

    fn copy(&self, from: &tempfile::TempDir) -> tempfile::TempDir {
        let to = tempfile::tempdir().unwrap();
        copy_all(from.path(), to.path());
        to
    }

    fn check(&self, from: &tempfile::TempDir, cases: &[(&str, Damage, Expected)]) {
        let mut wrong = Vec::new();
        for (file, damage, expected) in cases {
            let case = self.copy(from);
            damage_file(&case.path().join(file), *damage);
            if let Err(what) = outcome(case.path(), file, *expected) {
                wrong.push(format!("{file} {damage:?}, expected {expected:?}: {what}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }
}

/// Starts the server on a damaged directory and checks the expected result.
fn outcome(directory: &Path, file: &str, expected: Expected) -> Result<(), String> {
    let mut server = serve_with(directory, &[]);
    let started = server.started();
    let start = match expected {
        From(start) => start,
        _ => 0,
    };
    let (records, others) = match &started {
        Some(bootstrap) => {
            let mut client = Raw::connect(bootstrap);
            if matches!(expected, Hides(..)) {
                append(&mut client, "t", RECORDS);
            }
            (
                fetch_all(&mut client, "t", start),
                fetch_all(&mut client, "other", 0),
            )
        }
        None => (Err(ErrorCode::None), Err(ErrorCode::None)),
    };
    let errors = stop(server, started.is_some())?;
    if errors.contains("panicked") {
        return Err(errors);
    }
    // The message names the file or its directory.
    let stem = file
        .rsplit_once('/')
        .map_or(file, |(directory, _)| directory);
    let is_named = errors.contains(file) || errors.contains(stem);
    let says_what_to_do = errors.to_lowercase().contains("restore");
    let as_expected = match expected {
        Refuses => started.is_none() && is_named && says_what_to_do,
        _ if others.as_ref().map(Vec::len) != Ok(1) => false,
        All => records == Ok(found(0, RECORDS, 0..0)),
        UpTo(end) => records == Ok(found(0, end, 0..0)) && is_named,
        From(start) => records == Ok(found(start, RECORDS, 0..0)) && is_named,
        Hides(from, to) => {
            records == Ok(found(0, RECORDS + 1, from..to)) && is_named && says_what_to_do
        }
        Offline => records == Err(ErrorCode::KafkaStorageError) && is_named && says_what_to_do,
    };
    if as_expected {
        return Ok(());
    }
    Err(format!(
        "started {}, records {records:?}\n{errors}",
        started.is_some()
    ))
}

/// Stops a server, which may have ended by itself. Returns its messages.
fn stop(server: Running, runs: bool) -> Result<String, String> {
    let (status, errors) = match runs {
        true => server.interrupt_with_errors(),
        false => server.ended(),
    };
    match status.success() == runs {
        true => Ok(errors),
        false => Err(format!("ended with {status}:\n{errors}")),
    }
}

fn damage_file(path: &PathBuf, damage: Damage) {
    let read = || fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match damage {
        Delete if path.is_dir() => fs::remove_dir_all(path).unwrap(),
        Delete => fs::remove_file(path).unwrap(),
        Empty => fs::write(path, []).unwrap(),
        Zero => fs::write(path, vec![0; read().len()]).unwrap(),
        Garbage => fs::write(path, b"not what\xff was\x00 written\n".repeat(3)).unwrap(),
        Cut(bytes) => {
            let content = read();
            fs::write(path, &content[..content.len() - bytes as usize]).unwrap();
        }
        Grow(bytes) => fs::write(path, [read(), vec![0; bytes]].concat()).unwrap(),
        Swap(other) => {
            let (other, between) = (path.with_file_name(other), path.with_extension("between"));
            fs::rename(path, &between).unwrap();
            fs::rename(&other, path).unwrap();
            fs::rename(between, other).unwrap();
        }
        Flip(thousandths) => {
            let mut content = read();
            let at = content.len() * thousandths / 1000;
            content[at] ^= 4;
            fs::write(path, content).unwrap();
        }
    }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn create(client: &mut Raw, topic: &str) {
    let request = CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: topic.into(),
            num_partitions: 1,
            replication_factor: 1,
            configs: vec![CreatableTopicConfig {
                name: "segment.bytes".into(),
                value: Some(SEGMENT_BYTES.to_string().into()),
            }],
            ..CreatableTopic::default()
        }],
        timeout_ms: 10_000,
        validate_only: false,
    };
    assert_eq!(client.request(&request, 7).topics[0].error_code, 0);
}

/// Appends the record with this number and waits for the acknowledgement.
fn append(client: &mut Raw, topic: &str, number: i64) {
    let mut value = number.to_be_bytes().to_vec();
    value.resize(RECORD_BYTES, b'.');
    let mut batch = BatchBuilder::new(Compression::None);
    batch.append(number, None, Some(&value), &[]);
    let request = ProduceRequest {
        acks: -1,
        timeout_ms: 10_000,
        topic_data: vec![TopicProduceData {
            name: topic.into(),
            partition_data: vec![PartitionProduceData {
                index: 0,
                records: Records::Bytes(batch.build()),
            }],
            ..TopicProduceData::default()
        }],
        ..ProduceRequest::default()
    };
    let answer = client.request(&request, 9);
    let partition = &answer.responses[0].partition_responses[0];
    assert_eq!((partition.error_code, partition.base_offset), (0, number));
}

/// The result of reading one offset.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Record(i64),
    /// The error of a damaged record.
    Damaged(i64),
}

/// The expected results from `start` to `end`, where `damaged` cannot be read.
fn found(start: i64, end: i64, damaged: Range<i64>) -> Vec<Found> {
    let at = |offset| match damaged.contains(&offset) {
        true => Found::Damaged(offset),
        false => Found::Record(offset),
    };
    (start..end).map(at).collect()
}

/// Reads all records of a topic from this offset. Where the topic is damaged, reads one offset after the other.
fn fetch_all(client: &mut Raw, topic: &str, start: i64) -> Result<Vec<Found>, ErrorCode> {
    let mut all = Vec::new();
    loop {
        let request = FetchRequest {
            max_bytes: i32::MAX,
            // Records above the recovered high watermark are visible after their sync.
            max_wait_ms: 300,
            min_bytes: 1,
            topics: vec![FetchTopic {
                topic: topic.into(),
                partitions: vec![FetchPartition {
                    fetch_offset: start + all.len() as i64,
                    partition_max_bytes: i32::MAX,
                    ..FetchPartition::default()
                }],
                ..FetchTopic::default()
            }],
            ..FetchRequest::default()
        };
        let mut answer = client.request(&request, 11);
        let partition = answer.responses.remove(0).partitions.remove(0);
        match ErrorCode::from_code(partition.error_code) {
            ErrorCode::None => {}
            ErrorCode::CorruptMessage => {
                all.push(Found::Damaged(start + all.len() as i64));
                continue;
            }
            error => return Err(error),
        }
        let Records::Bytes(bytes) = partition.records else {
            return Ok(all);
        };
        if bytes.is_empty() {
            return Ok(all);
        }
        for batch in batches(Bytes::clone(&bytes)) {
            let batch = batch.expect("whole batches");
            batch.check_crc().expect("nothing damaged is served");
            all.push(Found::Record(batch.header.base_offset));
        }
    }
}
