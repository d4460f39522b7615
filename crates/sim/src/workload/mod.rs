//! A workload on one broker, over power cuts, kills, restarts, disk faults and broken connections.
//!
//! The broker has a machine, and all clients together have another one. The clients outlive the
//! broker, and send requests again that it has not answered. There are
//!
//! - idempotent producers with five requests in flight, one per partition of three topics: one with
//!   retention, a compacted one, and a relaxed one (`flush.messages` has no limit);
//! - a consumer group whose members join, commit and leave;
//! - a reader of these topics but the relaxed one;
//! - an observer that lists offsets, committed offsets and members;
//! - DeleteRecords at random offsets;
//! - a topic that is deleted and created again, with committed offsets of another group.
//!
//! [`Promises`] holds the promises of the broker. Every answer is checked against them.

mod clients;
mod promises;
mod survivors;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use broker::{Broker, BrokerConfig, StartError};
use client::Client;
use io::sim::{DiskCall, DiskError, DiskFault, DiskTimes, Faults, Sim};
use io::{Io, Signal};

pub use promises::Promises;

use promises::Ending;
use survivors::Survivors;

/// The topic with retention.
const EVENTS: &str = "events";
/// The compacted topic.
const TABLE: &str = "table";
/// The topic whose records are acknowledged before they are synced.
const RELAXED: &str = "relaxed";
/// The topic that is deleted and created again.
const TEMPORARY: &str = "temporary";
/// The group whose members come and go.
const READERS: &str = "readers";
/// The group that commits offsets of the temporary topic.
const VISITORS: &str = "visitors";

const PARTITIONS: i32 = 2;
const DATA: &str = "/data";
const BROKER: &str = "broker";
const CLIENTS: &str = "clients";
const ADDRESS: &str = "broker:9092";
const ROUNDS: u64 = 4;
const ROUND_MS_MAX: u64 = 1200;
const DISK_CALLS_MAX: u64 = 1000;
/// Sizes of the redo log. Without room in it, records are synced in the segments.
const REDO_BYTES: [u64; 4] = [64 << 10, 64 << 10, 4 << 10, 0];

// Parts of the paths that disk faults are about.
const EVENTS_FILES: &str = "/data/events-";
const TABLE_FILES: &str = "/data/table-";
const REDO_LOG: &str = "/data/.redo-";
const TOPIC_IDS: &str = "/partition.metadata";

const SLOW: DiskError = DiskError::Slow(Duration::from_millis(100));

/// The disk faults. A round has one of them, or none.
const DISK_FAULTS: [(&str, DiskCall, DiskError); 17] = [
    (EVENTS_FILES, DiskCall::Sync, DiskError::Device),
    (EVENTS_FILES, DiskCall::Write, DiskError::NoSpace),
    (EVENTS_FILES, DiskCall::Sync, DiskError::NoSpace),
    (EVENTS_FILES, DiskCall::Sync, DiskError::Quota),
    (EVENTS_FILES, DiskCall::Open, DiskError::NoDescriptor),
    (EVENTS_FILES, DiskCall::Sync, SLOW),
    (EVENTS_FILES, DiskCall::Create, DiskError::PowerCut),
    (EVENTS_FILES, DiskCall::Rename, DiskError::PowerCut),
    (TABLE_FILES, DiskCall::Open, DiskError::NoDescriptor),
    (TABLE_FILES, DiskCall::Sync, DiskError::Quota),
    (TABLE_FILES, DiskCall::Rename, DiskError::NoSpace),
    (TABLE_FILES, DiskCall::Rename, DiskError::PowerCut),
    (REDO_LOG, DiskCall::Write, DiskError::NoSpace),
    (REDO_LOG, DiskCall::Write, DiskError::Device),
    (REDO_LOG, DiskCall::Sync, DiskError::Device),
    (REDO_LOG, DiskCall::Sync, SLOW),
    (TOPIC_IDS, DiskCall::Open, DiskError::NoDescriptor),
];

/// How long all checks after the last fault may take, in virtual time.
const PATIENCE: Duration = Duration::from_secs(600);

/// Counts of a run, so that a test can check that it did something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Records that were acknowledged.
    pub acknowledged: u64,
    /// Commits that were acknowledged.
    pub committed: u64,
    /// DeleteRecords that were acknowledged.
    pub deleted: u64,
    /// Topics that were deleted and created again.
    pub recreated: u64,
    /// Descriptions of the group in which partitions had owners.
    pub assignments: u64,
    /// Power cuts and kills.
    pub crashes: u64,
    /// Log starts that a crash has moved back: the removal of segments was not durable.
    pub restored: u64,
    /// Offsets of the relaxed topic that power cuts have damaged.
    pub damaged: u64,
    /// The run's fingerprint: equal for equal runs.
    pub trace: u64,
}

/// One run, and the end of its trace.
///
/// # Panics
/// If the broker has broken a promise: see [`Promises`].
pub fn run(seed: u64) -> (Report, Vec<String>) {
    let mut sim = Sim::new(seed);
    let (machine, clients) = (sim.machine(BROKER), sim.machine(CLIENTS));
    let faults = sim.faults_of(BROKER);
    let promises = Promises::default();
    sim.block_on(async {
        let has_ended = Arc::new(AtomicBool::new(false));
        let redo_bytes = REDO_BYTES[clients.rng.below(REDO_BYTES.len() as u64) as usize];
        let load = clients::start(&clients, &faults, &promises, &has_ended);
        for round in 0..ROUNDS {
            plan_faults(&clients, &faults, round);
            let ending = live_and_die(&machine, &clients, &faults, round, redo_bytes).await;
            mend(&faults);
            promises.end_life(ending, |id| Survivors::read(&machine.disk, id));
            pause(&clients, 300).await;
        }
        let broker = host_broker(&machine, &faults, redo_bytes);
        has_ended.store(true, Ordering::Relaxed);
        let ending = async {
            for task in load {
                task.await.expect("a client does not panic");
            }
            let client = connect(&clients).await;
            clients::check_all(&client, &promises).await;
            faults.send_signal(Signal::Terminate);
            broker.await.expect("the broker does not panic");
            end_process(&clients, &faults).await;
            let _broker = host_broker(&machine, &faults, redo_bytes);
            clients::check_all(&client, &promises).await;
        };
        let ended = clients.clock.timeout(PATIENCE, ending).await;
        ended.expect("the broker answers again after all faults");
    });
    let report = Report {
        trace: sim.trace(),
        ..promises.report()
    };
    (report, sim.last_events())
}

async fn pause(io: &Io, ms_max: u64) {
    let pause = Duration::from_millis(io.rng.below(ms_max));
    io.clock.sleep(pause).await;
}

/// Draws the faults of a round, except for its end.
fn plan_faults(io: &Io, faults: &Faults, round: u64) {
    let rng = &io.rng;
    if rng.below(2) == 0 {
        faults.set_disk_times(DiskTimes {
            read: Duration::from_micros(rng.below(50)),
            write: Duration::from_micros(rng.below(20)),
            sync: Duration::from_micros(rng.below(8_000)),
        });
    }
    if rng.below(3) == 0 {
        faults.set_reset_rate(Some(100 + rng.below(400)));
    }
    if rng.below(3) == 0 {
        faults.set_drop_rate(Some(50 + rng.below(200)));
    }
    match rng.below(10) {
        0 => faults.set_link_delay(CLIENTS, Some(Duration::from_millis(rng.below(30)))),
        // Requests arrive, and no response does.
        1 => faults.cut_link(CLIENTS),
        2 | 3 => faults.set_silent_power_cuts(true),
        _ => {}
    }
    let Some(&(path, call, error)) =
        DISK_FAULTS.get(rng.below(2 * DISK_FAULTS.len() as u64) as usize)
    else {
        return;
    };
    // The topics are created without a power cut.
    if round == 0 && error == DiskError::PowerCut {
        return;
    }
    let calls_between = match call {
        DiskCall::Open | DiskCall::Write => 200,
        // They are rare, because most records are synced in the redo log.
        _ => 40,
    };
    faults.add_disk_fault(DiskFault {
        path: path.to_owned(),
        calls: match call {
            DiskCall::Open => vec![DiskCall::Open, DiskCall::Create],
            call => vec![call],
        },
        error,
        once_in: calls_between / 10 + rng.below(calls_between),
        times: Some(1 + rng.below(3)),
    });
}

fn mend(faults: &Faults) {
    faults.set_disk_times(DiskTimes::default());
    faults.set_reset_rate(None);
    faults.set_drop_rate(None);
    faults.set_link_delay(CLIENTS, None);
    faults.restore_link(CLIENTS);
    faults.set_silent_power_cuts(false);
    faults.clear_disk_faults();
    faults.repair_disks();
}

/// One life of the broker.
async fn live_and_die(
    machine: &Io,
    clients: &Io,
    faults: &Faults,
    round: u64,
    redo_bytes: u64,
) -> Ending {
    let end = match round {
        // The topics are created without a power cut.
        0 => 2 + clients.rng.below(2),
        _ => clients.rng.below(4),
    };
    if end == 0 || end == 1 {
        faults.cut_power_at(1 + clients.rng.below(DISK_CALLS_MAX));
    }
    let broker = host_broker(machine, faults, redo_bytes);
    let life = Duration::from_millis(200 + clients.rng.below(ROUND_MS_MAX));
    clients.clock.timeout(life, faults.power_lost()).await;
    if !faults.is_off() && end == 2 {
        end_process(clients, faults).await;
        return Ending::Kill;
    }
    if !faults.is_off() && end == 3 {
        faults.send_signal(Signal::Terminate);
        // A disk fault may keep it from stopping cleanly.
        let stopping = clients.clock.timeout(Duration::from_secs(60), broker);
        if stopping.await.is_some() && !faults.is_off() {
            end_process(clients, faults).await;
            return match survivors::are_closed(&machine.disk) {
                true => Ending::Stop,
                false => Ending::Kill,
            };
        }
    }
    if !faults.is_off() {
        faults.cut_power();
    }
    clients.clock.sleep(Duration::from_millis(1)).await;
    faults.restart();
    Ending::PowerCut
}

/// Ends the process of the broker, or what a stopped broker has left of it. A signal that it has not
/// received goes with it.
async fn end_process(clients: &Io, faults: &Faults) {
    faults.kill();
    clients.clock.sleep(Duration::from_millis(1)).await;
}

/// Runs a broker until it is asked to stop. Its start may fail only after a disk fault or a power
/// cut during the start; otherwise the run fails.
fn host_broker(io: &Io, faults: &Faults, redo_bytes: u64) -> io::Task {
    let (io, faults) = (io.clone(), faults.clone());
    let tasks = io.tasks.clone();
    tasks.spawn_critical("host broker", async move {
        let faults_before = faults.failed_disk_calls();
        match start(&io, redo_bytes).await {
            Ok(broker) => {
                io.shutdown_signal().await;
                broker.shutdown().await;
            }
            Err(error) => assert!(
                faults.is_off() || faults.failed_disk_calls() > faults_before,
                "the broker does not start: {error}"
            ),
        }
    })
}

async fn start(io: &Io, redo_bytes: u64) -> Result<Broker, StartError> {
    let properties = [
        ("listeners", "PLAINTEXT://broker:9092"),
        ("log.dirs", DATA),
        ("offsets.topic.num.partitions", "2"),
        ("log.flush.offset.checkpoint.interval.ms", "100"),
        ("log.retention.check.interval.ms", "150"),
        ("log.cleaner.backoff.ms", "150"),
        ("group.initial.rebalance.delay.ms", "20"),
        ("group.min.session.timeout.ms", "100"),
    ];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let properties: BTreeMap<String, String> = properties.map(own).into();
    let (mut config, _) =
        BrokerConfig::from_properties(&properties).expect("a valid configuration");
    // A small redo log: its files are overwritten often.
    config.redo_bytes = redo_bytes;
    // Few open files: a file is often closed before it is written again.
    config.open_files_max = 4;
    Broker::start(io.clone(), config).await
}

/// Connects a client as soon as the broker answers.
async fn connect(io: &Io) -> Client {
    let properties = client::Properties::new()
        .set("bootstrap.servers", ADDRESS)
        .set("retry.backoff.ms", "10")
        .set("retry.backoff.max.ms", "100")
        .set("request.timeout.ms", "2000")
        .set("socket.connection.setup.timeout.ms", "300");
    let config = client::ClientConfig::from_properties(&properties).expect("a valid configuration");
    loop {
        match Client::connect(io, config.clone()).await {
            Ok(client) => return client,
            Err(_) => io.clock.sleep(Duration::from_millis(20)).await,
        }
    }
}
