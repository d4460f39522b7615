//! One run: a load, a way, and the results.

use std::fmt;
use std::io::{Error, Result};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use io::Io;

use crate::measure::{bytes_written, cpu_seconds, device_bytes_written, percentile_ms};
use crate::partition::{BATCH_BYTES, BATCH_RECORDS, Partition, batch};
use crate::queue::Queue;
use crate::rounds::{Committer, Flusher, Node, Way, recover};
use crate::support::thread_cpu_seconds;

/// Maximum number of open segments, as in the broker.
const OPEN_FILES: usize = 200;
const TAIL_BYTES: usize = 64 << 10;
const TAIL_READS: usize = 10_000;

/// The load of the producers.
pub struct Load {
    pub partitions: usize,
    pub producers: usize,
    /// Batches that are sent to one partition before the next one is chosen.
    pub sticky_batches: u64,
    pub duration: Duration,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.sticky_batches {
            1 => "keyed",
            _ => "unkeyed",
        };
        write!(f, "| {} | {} | {kind}", self.partitions, self.producers)
    }
}

/// The results of a run.
pub struct Measured {
    answers: Answers,
    bytes_written: u64,
    device_bytes_written: u64,
    tail_read_seconds: Option<f64>,
    recovery_seconds: f64,
    recovery_bytes_read: u64,
}

/// Latencies of the producers, and the resources used.
struct Answers {
    /// Latency of each batch, sorted.
    latencies: Vec<Duration>,
    seconds: f64,
    cpu_seconds: f64,
}

impl Measured {
    /// The names of [`Measured::cells`].
    pub const HEADS: [&str; 8] = [
        "1,000 records/s",
        "p50 ms",
        "p99 ms",
        "CPU µs/record",
        "written/kept, process",
        "…, device",
        "tail read µs",
        "recovery ms (MB)",
    ];

    pub fn cells(&self) -> [String; 8] {
        let answers = &self.answers;
        let records = answers.latencies.len() as f64 * BATCH_RECORDS as f64;
        let kept = (answers.latencies.len() * BATCH_BYTES) as f64;
        let tail_read = self.tail_read_seconds;
        [
            format!("{:.1}", records / answers.seconds / 1e3),
            format!("{:.1}", percentile_ms(&answers.latencies, 0.5)),
            format!("{:.1}", percentile_ms(&answers.latencies, 0.99)),
            format!("{:.1}", answers.cpu_seconds * 1e6 / records),
            format!("{:.1}", self.bytes_written as f64 / kept),
            format!("{:.1}", self.device_bytes_written as f64 / kept),
            tail_read.map_or("–".into(), |seconds| format!("{:.0}", seconds * 1e6)),
            format!(
                "{:.0} ({:.0})",
                self.recovery_seconds * 1e3,
                self.recovery_bytes_read as f64 / 1e6
            ),
        ]
    }
}

/// Runs a load in `dir`, which may hold only files of an earlier run.
pub fn run(dir: &Path, way: Way, load: &Load) -> Result<Measured> {
    let (io, _executors) = Io::real(1);
    let node = Arc::new(begin(io, dir, load)?);
    let (committer, flusher) = Committer::new(&node, way)?;
    node.write_down_recovery_points()?;
    node.io.disk.sync_file_system(dir)?;

    let written_before = (bytes_written()?, device_bytes_written(dir)?);
    let answers = drive(&node, committer, flusher, way, load)?;
    let tail_read_seconds = read_tails(&node.partitions)?;
    let synced: Vec<u64> = node.partitions.iter().map(Partition::synced).collect();
    let mut buffer = Vec::new();
    for partition in &node.partitions {
        partition.move_to_segment(&mut buffer)?;
    }
    node.io.disk.sync_file_system(dir)?;
    let bytes_written = bytes_written()? - written_before.0;
    let device_bytes_written = device_bytes_written(dir)? - written_before.1;

    for (partition, synced) in node.partitions.iter().zip(synced) {
        partition.lose_unsynced(synced)?;
    }
    let began = Instant::now();
    let disk = node.io.disk.bounded(dir, OPEN_FILES)?;
    let existing = |number| Partition::existing(&disk, dir, number);
    let found: Vec<Partition> = (0..load.partitions).map(existing).collect();
    let recovery_bytes_read = recover(&disk, dir, way, &found)?;
    let recovery_seconds = began.elapsed().as_secs_f64();
    for (found, partition) in found.iter().zip(&node.partitions) {
        if found.scan(0)? != partition.end() {
            return Err(Error::other(format!(
                "{} has lost acknowledged batches",
                way.name()
            )));
        }
    }
    Ok(Measured {
        answers,
        bytes_written,
        device_bytes_written,
        tail_read_seconds,
        recovery_seconds,
        recovery_bytes_read,
    })
}

fn begin(io: Io, dir: &Path, load: &Load) -> Result<Node> {
    io.disk.create_dir_all(dir)?;
    let disk = io.disk.bounded(dir, OPEN_FILES)?;
    let partitions = (0..load.partitions).map(|number| Partition::create(&disk, dir, number));
    Ok(Node {
        dir: dir.to_path_buf(),
        partitions: partitions.collect::<Result<_>>()?,
        queue: Queue::default(),
        has_stopped: AtomicBool::new(false),
        io: Io { disk, ..io },
    })
}

/// Lets producers send until the time is over, and then stops background work where it is.
fn drive(
    node: &Arc<Node>,
    committer: Committer,
    flusher: Option<Flusher>,
    way: Way,
    load: &Load,
) -> Result<Answers> {
    let (cpu, began) = (cpu_seconds()?, Instant::now());
    let deadline = began + load.duration;
    thread::scope(|scope| {
        let flusher = flusher.map(|flusher| scope.spawn(|| flusher.run(node)));
        let committer = scope.spawn(|| committer.run(node));
        let producer = |number| scope.spawn(move || produce(node, way, load, number, deadline));
        let producers: Vec<_> = (0..load.producers).map(producer).collect();
        let latencies: Result<Vec<_>> = producers.into_iter().map(join).collect();
        let (seconds, cpu_at_end) = (began.elapsed().as_secs_f64(), cpu_seconds());
        node.has_stopped.store(true, Ordering::Relaxed);
        node.queue.close();
        join(committer)?;
        flusher.map_or(Ok(()), join)?;
        let mut latencies = latencies?.concat();
        latencies.sort_unstable();
        Ok(Answers {
            latencies,
            seconds,
            cpu_seconds: cpu_at_end? - cpu,
        })
    })
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread
        .join()
        .unwrap_or_else(|_| Err(Error::other("a thread has panicked")))
}

/// Sends batch after batch until the deadline. Returns how long each took to be durable.
fn produce(
    node: &Node,
    way: Way,
    load: &Load,
    number: usize,
    deadline: Instant,
) -> Result<Vec<Duration>> {
    let mut batch = batch(number as u8);
    let mut latencies = Vec::new();
    let mut partition = 0;
    for sent in 0.. {
        // Not all producers change their partition at the same time.
        if sent == 0 || (sent + number as u64).is_multiple_of(load.sticky_batches) {
            partition = node.io.rng.below(load.partitions as u64) as usize;
        }
        let began = Instant::now();
        if began >= deadline {
            break;
        }
        match way {
            Way::Shared => node.partitions[partition].append_to_memory(&batch),
            _ => node.partitions[partition].append_to_segment(&mut batch)?,
        }
        if !node.queue.wait_for_round(partition) {
            return Err(Error::other("there are no more rounds"));
        }
        latencies.push(began.elapsed());
    }
    Ok(latencies)
}

/// CPU seconds for reading the newest bytes of a partition, on average over the partitions that have
/// enough of them; `None` if no partition has.
fn read_tails(partitions: &[Partition]) -> Result<Option<f64>> {
    let mut buffer = vec![0; TAIL_BYTES];
    let long: Vec<&Partition> = partitions
        .iter()
        .filter(|partition| partition.end() >= TAIL_BYTES as u64)
        .collect();
    if long.is_empty() {
        return Ok(None);
    }
    let began = thread_cpu_seconds()?;
    for partition in long.iter().cycle().take(TAIL_READS) {
        partition.read(partition.end() - TAIL_BYTES as u64, &mut buffer)?;
    }
    Ok(Some((thread_cpu_seconds()? - began) / TAIL_READS as f64))
}
