//! Retention over days: the wall clock may jump, and a log is opened only when records are due.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use broker::Broker;
use client::{Client, IsolationLevel, NewTopic, OffsetSpec};
use io::Io;
use io::sim::{DiskCall, DiskError, DiskFault, Sim};
use wire::TopicPartition;

use crate::host::{self, connect};

const HOUR: Duration = Duration::from_secs(3600);
const YEAR_MS: i64 = 365 * 24 * 3_600_000;

/// A broker that keeps records for ten hours.
async fn start(io: &Io) -> Broker {
    host::start(io, &[("log.retention.hours", "10")]).await
}

/// Creates a topic with one record.
async fn write(client: &Client) {
    host::create(client, "t", 1).await;
    host::write(client, "t", "x").await;
}

/// The log start: 1 once the record is deleted.
async fn log_start(io: &Io) -> i64 {
    let client = connect(io).await;
    let place = TopicPartition::new("t", 0);
    let asked = BTreeMap::from([(place.clone(), OffsetSpec::Earliest)]);
    let admin = client.admin();
    let found = admin
        .list_offsets(&asked, IsolationLevel::ReadUncommitted)
        .await
        .unwrap();
    found[&place].offset.unwrap()
}

fn segments(io: &Io) -> Vec<String> {
    let entries = io.disk.read_dir(Path::new("/data/t-0")).unwrap();
    let names = entries.into_iter().map(|entry| entry.name);
    names.filter(|name| name.contains(".log")).collect()
}

#[test]
fn old_records_are_deleted_and_their_files_later() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    sim.block_on(async {
        let _broker = start(&io).await;
        write(&connect(&io).await).await;
        io.clock.sleep(9 * HOUR).await;
        assert_eq!(log_start(&io).await, 0);
        io.clock.sleep(2 * HOUR).await;
        assert_eq!(segments(&io), ["00000000000000000001.log"]);
        assert_eq!(log_start(&io).await, 1);
    });
}

#[test]
fn a_log_that_was_never_opened_stays_closed_until_its_records_are_due() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let broker = start(&io).await;
        write(&connect(&io).await).await;
        broker.shutdown().await;
        let _broker = start(&io).await;
        io.clock.sleep(HOUR / 60).await;
        // Opening a log reads its files.
        faults.fail_read(1);
        io.clock.sleep(9 * HOUR).await;
        io.disk
            .read(Path::new("/data/meta.properties"))
            .unwrap_err();
        io.clock.sleep(2 * HOUR).await;
        assert_eq!(segments(&io), ["00000000000000000001.log"]);
    });
}

#[test]
fn a_clock_that_jumps_ahead_deletes_nothing_for_a_day() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io).await;
        write(&connect(&io).await).await;
        for by_ms in [YEAR_MS, -YEAR_MS] {
            faults.jump_clock(by_ms);
            io.clock.sleep(4 * HOUR).await;
            assert_eq!(log_start(&io).await, 0, "{by_ms}");
        }
        // The monotonic clock has advanced ten hours.
        faults.jump_clock(YEAR_MS);
        io.clock.sleep(3 * HOUR).await;
        assert_eq!(log_start(&io).await, 1);
        write_more_and_wait(&io).await;
    });
}

/// A record that is written after the jump is kept for ten hours of the new time.
async fn write_more_and_wait(io: &Io) {
    let client = connect(io).await;
    host::write(&client, "t", "y").await;
    io.clock.sleep(9 * HOUR).await;
    assert_eq!(log_start(io).await, 1);
    io.clock.sleep(14 * HOUR).await;
    assert_eq!(log_start(io).await, 2);
}

#[test]
fn slow_removal_of_files_does_not_hold_up_the_retention_of_other_partitions() {
    let mut sim = Sim::new(3);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io).await;
        let client = connect(&io).await;
        let short = NewTopic::new("short", 1)
            .config("retention.ms", "1000")
            .config("file.delete.delay.ms", "0");
        client.admin().create_topic(&short).await.unwrap();
        host::write(&client, "short", "x").await;
        write(&client).await;
        faults.add_disk_fault(DiskFault {
            path: "/short-0/".to_owned(),
            calls: vec![DiskCall::Remove],
            error: DiskError::Slow(100 * HOUR),
            once_in: 1,
            times: None,
        });
        io.clock.sleep(11 * HOUR).await;
        assert_eq!(log_start(&io).await, 1);
    });
}
