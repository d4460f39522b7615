//! Tests of a log directory and of the files about all partitions.

mod support;

use std::path::Path;

use vltava_log::{LogDir, LogDirError, MetaProperties, meta_properties, partition_metadata};
use wire::{TopicPartition, Uuid};

use support::machine;

const PATH: &str = "/data";

fn text(io: &io::Io, name: &str) -> String {
    let content = io.disk.read(&Path::new(PATH).join(name)).unwrap();
    String::from_utf8(content.to_vec()).unwrap()
}

#[test]
fn a_second_process_is_refused() {
    let (_sim, io) = machine();
    let first = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    let refused = LogDir::open(&io.disk, Path::new(PATH)).unwrap_err();
    assert!(matches!(refused, LogDirError::InUse(_)));
    assert!(refused.to_string().contains(PATH));
    drop(first);
    LogDir::open(&io.disk, Path::new(PATH)).unwrap();
}

#[test]
fn the_marker_of_a_clean_shutdown_counts_once() {
    let (mut sim, io) = machine();
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    assert!(!dir.was_cleanly_shut_down());
    dir.mark_clean_shutdown(42).unwrap();
    assert_eq!(
        text(&io, ".kafka_cleanshutdown"),
        r#"{"version":0,"brokerEpoch":42}"#
    );
    drop(dir);
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    assert!(dir.was_cleanly_shut_down());
    drop(dir);
    sim.crash();
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    assert!(!dir.was_cleanly_shut_down());
}

#[test]
fn checkpoints_have_the_format_of_kafka_and_survive_a_crash() {
    let (mut sim, io) = machine();
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    assert!(dir.recovery_points().unwrap().is_empty());
    let offsets = [
        (TopicPartition::new("my-topic", 10), 7),
        (TopicPartition::new("my-topic", 9), 1 << 40),
    ];
    dir.write_recovery_points(&offsets.clone().into()).unwrap();
    let expected = "0\n2\nmy-topic 9 1099511627776\nmy-topic 10 7\n";
    assert_eq!(text(&io, "recovery-point-offset-checkpoint"), expected);
    drop(dir);
    sim.crash();
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    assert_eq!(dir.recovery_points().unwrap(), offsets.into());
    for broken in [
        "\n",
        "1\n0\n",
        "0\n2\na 0 1\n",
        "0\n1\na 0\n",
        "0\n1\na 0 x\n",
        "\u{0}\u{0}",
    ] {
        io.disk
            .write_atomic(
                &dir.path().join("log-start-offset-checkpoint"),
                broken.as_bytes(),
            )
            .unwrap();
        let error = dir.log_starts().unwrap_err().to_string();
        assert!(
            error.contains("log-start-offset-checkpoint"),
            "{broken:?}: {error}"
        );
    }
}

/// As Kafka leaves them until it writes them for the first time.
#[test]
fn empty_checkpoints_have_no_entries() {
    let (_sim, io) = machine();
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    for kind in ["cleaner", "recovery-point", "log-start", "replication"] {
        let path = Path::new(PATH).join(format!("{kind}-offset-checkpoint"));
        io.disk.write_atomic(&path, b"").unwrap();
    }
    assert!(dir.cleaner_points().unwrap().is_empty());
    assert!(dir.recovery_points().unwrap().is_empty());
    assert!(dir.log_starts().unwrap().is_empty());
    assert!(dir.high_watermarks().unwrap().is_empty());
}

#[test]
fn a_deleted_partition_is_renamed_at_once_and_found_by_the_next_start() {
    let (_sim, io) = machine();
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    let partition = TopicPartition::new("t", 3);
    let topic_id = Uuid([7; 16]);
    let path = dir.create_partition(&partition, topic_id).unwrap();
    assert_eq!(
        partition_metadata::read(&io.disk, &path).unwrap(),
        Some(topic_id)
    );
    assert_eq!(dir.partitions().unwrap(), std::slice::from_ref(&partition));
    let renamed = dir.delete_partitions([&partition], || [0xab; 16]).unwrap();
    let [(_, renamed)] = &renamed[..] else {
        panic!("one directory was renamed: {renamed:?}");
    };
    assert!(
        renamed
            .to_string_lossy()
            .ends_with(&format!("t-3.{}-delete", "ab".repeat(16)))
    );
    assert!(dir.partitions().unwrap().is_empty());
    let again = dir.delete_partitions([&partition], || [1; 16]).unwrap();
    assert!(again.is_empty());
    drop(dir);
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    assert_eq!(
        dir.deleted_directories().unwrap(),
        std::slice::from_ref(renamed)
    );
}

#[test]
fn meta_properties_are_read_as_kafka_writes_them() {
    let (_sim, io) = machine();
    let dir = LogDir::open(&io.disk, Path::new(PATH)).unwrap();
    assert_eq!(meta_properties::read(&io.disk, dir.path()).unwrap(), None);
    let path = dir.path().join("meta.properties");
    let kafkas = "#\n#Sun Nov 22 17:48:09 UTC 2026\nnode.id=1\n\
                  directory.id=cbjycqdFwFH6f0KrG-ezzw\nversion=1\n\
                  cluster.id=2lQFYXtfT5uxz5L0KQTysg\n";
    io.disk.write_atomic(&path, kafkas.as_bytes()).unwrap();
    let found = meta_properties::read(&io.disk, dir.path())
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.cluster_id.as_str(), found.node_id),
        ("2lQFYXtfT5uxz5L0KQTysg", 1)
    );
    assert_eq!(found.directory_id.to_string(), "cbjycqdFwFH6f0KrG-ezzw");

    let ours = MetaProperties {
        node_id: 5,
        ..found
    };
    meta_properties::write(&io.disk, dir.path(), &ours).unwrap();
    assert_eq!(
        meta_properties::read(&io.disk, dir.path()).unwrap(),
        Some(ours)
    );

    io.disk
        .write_atomic(&path, b"version=0\nbroker.id=1\n")
        .unwrap();
    assert!(
        meta_properties::read(&io.disk, dir.path())
            .unwrap_err()
            .to_string()
            .contains("KRaft")
    );
    io.disk
        .write_atomic(&path, b"version=1\ncluster.id=x\n")
        .unwrap();
    let missing = meta_properties::read(&io.disk, dir.path()).unwrap_err();
    assert!(
        missing.to_string().contains("node.id is missing"),
        "{missing}"
    );
}
