//! The metadata log: concurrent changes share a sync, a snapshot replaces the log before it, and no
//! power cut loses a committed change.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use broker::Broker;
use io::Io;
use io::sim::{DiskCall, DiskError, DiskFault, Sim};
use parking_lot::Mutex;

use crate::host::{self, connect, create};

const DIR: &str = "/data/__cluster_metadata-0";

/// A broker whose metadata log has small segments and many snapshots.
async fn start(io: &Io) -> Broker {
    let mut config = host::config(&[]);
    config.metadata_log.segment_bytes = 2000;
    config.metadata_log.snapshots.bytes_between = 1000;
    config.metadata_log.retention.bytes = 6000;
    host::try_start(io, config).await.unwrap()
}

async fn topics(io: &Io) -> Vec<String> {
    let client = connect(io).await;
    let topics = client.admin().list_topics().await.unwrap();
    topics
        .into_iter()
        .map(|topic| topic.name.to_string())
        .collect()
}

/// Names of files of the metadata log with this ending, sorted.
fn files(io: &Io, ending: &str) -> Vec<String> {
    let entries = io.disk.read_dir(Path::new(DIR)).unwrap();
    let names = entries.into_iter().map(|entry| entry.name);
    let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

fn offset_of(name: &str) -> i64 {
    name[..20].parse().unwrap()
}

#[test]
fn changes_that_are_decided_during_a_sync_share_the_next_one() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io).await;
        let mut clients = Vec::new();
        for _ in 0..50 {
            clients.push(connect(&io).await);
        }
        faults.fail_sync(40);
        let mut creating = Vec::new();
        for (number, client) in clients.into_iter().enumerate() {
            creating.push(io.tasks.spawn("create", async move {
                create(&client, &format!("t{number}"), 1).await;
            }));
        }
        for created in creating {
            created.await.unwrap();
        }
        faults.fail_sync(0);
        assert_eq!(topics(&io).await.len(), 50);
    });
}

#[test]
fn snapshots_replace_the_log_before_them() {
    let mut sim = Sim::new(2);
    let io = sim.io();
    sim.block_on(async {
        let broker = start(&io).await;
        let client = connect(&io).await;
        for number in 0..120 {
            create(&client, &format!("t{number}"), 1).await;
            io.clock.sleep(Duration::from_millis(100)).await;
        }
        io.clock.sleep(Duration::from_secs(5)).await;

        let (snapshots, segments) = (files(&io, ".checkpoint"), files(&io, ".log"));
        let newest = snapshots.last().expect("a snapshot was written");
        assert!(offset_of(newest) > 150, "{snapshots:?}");
        // The log before the oldest snapshot was deleted, except for the segment that the snapshot
        // ends in.
        assert!(offset_of(&segments[0]) > 0, "{segments:?}");
        assert!(offset_of(&segments[0]) <= offset_of(&snapshots[0]));
        assert!(files(&io, ".deleted").is_empty());
        let before = topics(&io).await;
        assert_eq!(before.len(), 120);

        broker.shutdown().await;
        // Only the newest snapshot and the log after it are read.
        for older in &snapshots[..snapshots.len() - 1] {
            io.disk
                .write_atomic(&Path::new(DIR).join(older), b"")
                .unwrap();
        }
        let broker = start(&io).await;
        assert_eq!(topics(&io).await, before);
        broker.shutdown().await;
    });
}

#[test]
fn no_committed_change_is_lost_in_a_power_cut() {
    for seed in 0..3 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        // Topics whose creation was answered.
        let created: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        for round in 0..6 {
            let (writing, names) = (io.clone(), Arc::clone(&created));
            sim.block_on(async {
                let _broker = start(&io).await;
                let found: BTreeSet<String> = topics(&io).await.into_iter().collect();
                // There may be one more: the power failed before its creation was answered.
                let lost = created.lock().difference(&found).count();
                assert_eq!(lost, 0, "seed {seed}, round {round}");
                io.tasks.spawn("create", async move {
                    let client = connect(&writing).await;
                    for number in 0.. {
                        let name = format!("t{round}-{number}");
                        create(&client, &name, 1).await;
                        names.lock().insert(name);
                        writing.clock.sleep(Duration::from_millis(50)).await;
                    }
                });
                let moment = 1500 + (seed * 7919 + round * 104_729) % 3000;
                io.clock.sleep(Duration::from_millis(moment)).await;
            });
            sim.crash();
        }
        let count = created.lock().len();
        assert!(count > 50, "seed {seed}: only {count} topics");
    }
}

#[test]
fn a_snapshot_that_could_not_be_written_is_written_soon_afterwards() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io).await;
        faults.add_disk_fault(DiskFault {
            path: ".checkpoint".to_owned(),
            calls: vec![DiskCall::Create],
            error: DiskError::NoSpace,
            once_in: 1,
            times: Some(1),
        });
        create(&connect(&io).await, "t", 20).await;
        io.clock.sleep(Duration::from_secs(15)).await;
        assert_eq!(files(&io, ".checkpoint").len(), 1);
    });
}
