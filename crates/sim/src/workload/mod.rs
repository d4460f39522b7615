//! A workload on one broker, over power cuts, kills, restarts, disk faults and broken connections.
//!
//! Between two lives, a bit of a closed segment may be flipped, and topic id files may be removed.
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
mod damage;
mod disk_faults;
mod files_left;
mod promises;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use broker::{Broker, BrokerConfig, StartError};
use client::Client;
use io::sim::{Faults, Sim};
use io::{Io, Signal};

pub use promises::Promises;

use damage::Damage;
use files_left::FilesLeft;
use promises::Ending;

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
const LIVES: u64 = 4;
const LIFE_MS_MAX: u64 = 1200;
const DISK_CALLS_MAX: u64 = 1000;
/// Sizes of the redo log. Without room in it, records are synced in the segments.
const REDO_BYTES: [u64; 4] = [64 << 10, 64 << 10, 4 << 10, 0];
/// Numbers of files that may be open. With few, a file is often closed before it is written again, and
/// then one sync covers the files of all partitions.
const OPEN_FILES: [usize; 2] = [4, 1000];

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
    /// Offsets of the relaxed topic that power cuts and flipped bits have damaged.
    pub damaged: u64,
    /// Bits that were flipped in closed segments of the relaxed topic.
    pub flipped: u64,
    /// The run's fingerprint: equal for equal runs.
    pub trace: u64,
}

/// Sizes of the broker of one run.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    redo_bytes: u64,
    open_files: usize,
}

impl Sizes {
    fn draw(io: &Io) -> Sizes {
        let below = |len: usize| io.rng.below(len as u64) as usize;
        Sizes {
            redo_bytes: REDO_BYTES[below(REDO_BYTES.len())],
            open_files: OPEN_FILES[below(OPEN_FILES.len())],
        }
    }
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
        let sizes = Sizes::draw(&clients);
        let load = clients::start(&clients, &faults, &promises, &has_ended);
        let mut damage = Damage::default();
        for life in 0..LIVES {
            let syncs = disk_faults::plan(&clients, &faults, life, &damage);
            let end = End::draw(&clients, life, &damage);
            let ending = live_and_die(&machine, &clients, &faults, end, sizes).await;
            disk_faults::mend(&faults);
            damage = Damage::draw(&clients, &machine.disk, &faults, ending, syncs);
            promises.end_life(ending, syncs, &damage, |id| {
                FilesLeft::read(&machine.disk, id)
            });
            pause(&clients, 300).await;
        }
        let broker = host_broker(&machine, &faults, sizes);
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
            let _broker = host_broker(&machine, &faults, sizes);
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

/// How a life of the broker is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    PowerCut,
    Kill,
    Stop,
}

impl End {
    fn draw(io: &Io, life: u64, damage: &Damage) -> End {
        let ends = match life {
            // The topics are created without a power cut.
            0 => &[End::Kill, End::Stop][..],
            // What opening a log has changed may not be durable.
            _ if damage.has_no_topic_ids => &[End::PowerCut, End::PowerCut, End::Stop],
            _ => &[End::PowerCut, End::PowerCut, End::Kill, End::Stop],
        };
        ends[io.rng.below(ends.len() as u64) as usize]
    }
}

/// One life of the broker.
async fn live_and_die(
    machine: &Io,
    clients: &Io,
    faults: &Faults,
    end: End,
    sizes: Sizes,
) -> Ending {
    if end == End::PowerCut {
        faults.cut_power_at(1 + clients.rng.below(DISK_CALLS_MAX));
    }
    let broker = host_broker(machine, faults, sizes);
    let duration = Duration::from_millis(200 + clients.rng.below(LIFE_MS_MAX));
    clients.clock.timeout(duration, faults.power_lost()).await;
    if !faults.is_off() && end == End::Kill {
        end_process(clients, faults).await;
        return Ending::Kill;
    }
    if !faults.is_off() && end == End::Stop {
        faults.send_signal(Signal::Terminate);
        // A disk fault may keep it from stopping cleanly.
        let stopping = clients.clock.timeout(Duration::from_secs(60), broker);
        if stopping.await.is_some() && !faults.is_off() {
            end_process(clients, faults).await;
            return match files_left::are_closed(&machine.disk) {
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
fn host_broker(io: &Io, faults: &Faults, sizes: Sizes) -> io::Task {
    let (io, faults) = (io.clone(), faults.clone());
    let tasks = io.tasks.clone();
    tasks.spawn_critical("host broker", async move {
        let faults_before = faults.failed_disk_calls();
        match start(&io, sizes).await {
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

async fn start(io: &Io, sizes: Sizes) -> Result<Broker, StartError> {
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
    config.redo_bytes = sizes.redo_bytes;
    config.open_files_max = sizes.open_files;
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
