//! Retention over days: it goes by a clock that may jump, and leaves logs closed that it has
//! nothing to do with.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use broker::Broker;
use client::{Client, IsolationLevel, OffsetSpec};
use io::Io;
use io::sim::Sim;
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

/// Where the partition begins: at 1, when the record is gone.
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
fn records_go_when_they_are_old_and_their_files_later() {
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
fn a_log_that_was_never_opened_goes_by_its_files_and_is_left_closed_until_then() {
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
fn a_clock_that_jumps_ahead_deletes_nothing_until_it_has_stood_for_a_day() {
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
        // Ten hours by the clock that ticks.
        faults.jump_clock(YEAR_MS);
        io.clock.sleep(3 * HOUR).await;
        assert_eq!(log_start(&io).await, 1);
        write_more_and_wait(&io).await;
    });
}

/// What is written by the new time is kept ten hours of it, whether it is believed or not.
async fn write_more_and_wait(io: &Io) {
    let client = connect(io).await;
    host::write(&client, "t", "y").await;
    io.clock.sleep(9 * HOUR).await;
    assert_eq!(log_start(io).await, 1);
    io.clock.sleep(14 * HOUR).await;
    assert_eq!(log_start(io).await, 2);
}
