//! Rounds that make appended bytes durable, as the broker's group sync does. Bytes that are appended
//! during a round wait for the next one.

use std::collections::BTreeSet;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};

use futures::executor::block_on;
use futures::future::join_all;
use io::{Disk, Io, Pool};

use crate::log_files::{self, LogFiles, New};
use crate::partition::Partition;
use crate::queue::Queue;

/// How a round makes appends durable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Appends are written to segments at once; a round syncs these segments, on four threads.
    Segments,
    /// Appends are written to segments at once; a round is one `syncfs`.
    Syncfs,
    /// Appends are written to segments at once; a round copies them into one frame of a log that
    /// is overwritten again and again, and segments are synced later. A round with many bytes per
    /// segment, or without a free file of the log, syncs the segments. The broker does this.
    Redo,
    /// Appends are kept in memory; a round writes them as one frame to such a log, and they are
    /// moved to segments, which are synced, later. A round waits for a free file.
    Shared,
}

impl Way {
    pub const ALL: [Way; 4] = [Way::Segments, Way::Syncfs, Way::Redo, Way::Shared];

    pub fn from_name(name: &str) -> Option<Way> {
        Way::ALL.into_iter().find(|way| way.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Way::Segments => "segments",
            Way::Syncfs => "syncfs",
            Way::Redo => "redo",
            Way::Shared => "shared",
        }
    }
}

/// Maximum number of syncs at the same time.
const LANES: usize = 4;
/// Above this many bytes per segment, [`Way::Redo`] syncs segments, as the broker does.
const REDO_BYTES_PER_SEGMENT: u64 = 64 << 10;
/// File of the recovery points.
const RECOVERY_POINTS: &str = "recovery-points";

/// The state that producers, the committer and the background thread share.
pub struct Node {
    pub io: Io,
    pub dir: PathBuf,
    pub partitions: Vec<Partition>,
    pub queue: Queue,
    /// Whether background work has stopped, as if the process had ended.
    pub has_stopped: AtomicBool,
}

impl Node {
    /// Syncs the segments of some partitions.
    fn sync_segments(self: &Arc<Self>, partitions: Vec<usize>) -> Result<()> {
        let sync = |node: &Node, lane: &[usize]| {
            let mut lane = lane.iter().take_while(|_| !node.has_stopped());
            lane.try_for_each(|&partition| node.partitions[partition].sync_segment())
        };
        if partitions.len() <= 1 {
            return sync(self, &partitions);
        }
        let lanes = partitions.chunks(partitions.len().div_ceil(LANES));
        let lanes = lanes.map(|lane| {
            let (node, lane) = (Arc::clone(self), lane.to_vec());
            self.io
                .tasks
                .blocking(Pool::Sync, move || sync(&node, &lane))
        });
        block_on(join_all(lanes)).into_iter().collect()
    }

    fn sync_file_system(&self, new: &[New]) -> Result<()> {
        self.io.disk.sync_file_system(&self.dir)?;
        for New { partition, bytes } in new {
            self.partitions[*partition].mark_synced(bytes.end);
        }
        Ok(())
    }

    fn has_stopped(&self) -> bool {
        self.has_stopped.load(Ordering::Relaxed)
    }

    pub fn write_down_recovery_points(&self) -> Result<()> {
        let points = self.partitions.iter().map(Partition::synced);
        let points: Vec<u8> = points.flat_map(u64::to_be_bytes).collect();
        self.io
            .disk
            .write_atomic(&self.dir.join(RECOVERY_POINTS), &points)
    }
}

/// The state of the rounds of a way.
pub enum Committer {
    Segments,
    Syncfs,
    Redo(Log),
    Shared(Log),
}

impl Committer {
    /// The log, and its background thread.
    pub fn new(node: &Node, way: Way) -> Result<(Committer, Option<Flusher>)> {
        Ok(match way {
            Way::Segments => (Committer::Segments, None),
            Way::Syncfs => (Committer::Syncfs, None),
            Way::Redo => {
                let (log, flusher) = Log::begin(node)?;
                (Committer::Redo(log), Some(flusher))
            }
            Way::Shared => {
                let (log, flusher) = Log::begin(node)?;
                (Committer::Shared(log), Some(flusher))
            }
        })
    }

    /// Runs rounds until the queue is closed, or one fails.
    pub fn run(mut self, node: &Arc<Node>) -> Result<()> {
        let result = self.run_rounds(node);
        node.queue.close();
        result
    }

    fn run_rounds(&mut self, node: &Arc<Node>) -> Result<()> {
        while let Some(mut touched) = node.queue.begin() {
            touched.sort_unstable();
            touched.dedup();
            let new = touched.into_iter().filter_map(|partition| {
                let bytes = node.partitions[partition].take_new()?;
                Some(New { partition, bytes })
            });
            let new: Vec<New> = new.collect();
            match self {
                Committer::Segments => node.sync_segments(partitions(&new))?,
                Committer::Syncfs => node.sync_file_system(&new)?,
                Committer::Redo(log) => log.redo(node, new)?,
                Committer::Shared(log) => log.write_when_free(node, &new)?,
            }
            node.queue.end();
        }
        Ok(())
    }
}

fn partitions(new: &[New]) -> Vec<usize> {
    new.iter().map(|new| new.partition).collect()
}

/// The log, and the work that frees its files.
pub struct Log {
    files: LogFiles,
    /// Partitions with bytes in the current file.
    behind: BTreeSet<usize>,
    to_flush: Sender<BTreeSet<usize>>,
    freed: Receiver<()>,
}

/// Syncs the segments behind a file of the log, on a thread of its own.
pub struct Flusher {
    to_flush: Receiver<BTreeSet<usize>>,
    freed: Sender<()>,
}

impl Log {
    fn begin(node: &Node) -> Result<(Log, Flusher)> {
        let (flush_sender, flush_receiver) = mpsc::channel();
        let (freed_sender, freed_receiver) = mpsc::channel();
        let log = Log {
            // The frames of an earlier run have other numbers.
            files: LogFiles::begin(&node.io.disk, &node.dir, node.io.rng.u64() >> 1)?,
            behind: BTreeSet::new(),
            to_flush: flush_sender,
            freed: freed_receiver,
        };
        let flusher = Flusher {
            to_flush: flush_receiver,
            freed: freed_sender,
        };
        Ok((log, flusher))
    }

    /// A round of [`Way::Redo`].
    fn redo(&mut self, node: &Arc<Node>, mut new: Vec<New>) -> Result<()> {
        let bytes: u64 = new.iter().map(New::len).sum();
        if bytes <= new.len() as u64 * REDO_BYTES_PER_SEGMENT && self.make_room(&new) {
            return self.write(node, &new);
        }
        node.sync_segments(partitions(&new))?;
        // The synced positions are written to the log, if there is room.
        new.iter_mut()
            .for_each(|new| new.bytes.start = new.bytes.end);
        match self.files.has_room(&new) {
            true => self.files.write(&node.partitions, &new),
            false => Ok(()),
        }
    }

    /// A round of [`Way::Shared`].
    fn write_when_free(&mut self, node: &Node, new: &[New]) -> Result<()> {
        while !self.make_room(new) {
            self.freed
                .recv()
                .map_err(|_| Error::other("moving has failed"))?;
            self.files.free_other();
        }
        self.write(node, new)
    }

    fn write(&mut self, node: &Node, new: &[New]) -> Result<()> {
        self.behind.extend(partitions(new));
        self.files.write(&node.partitions, new)
    }

    /// Switches files if it is time and the other is free. Returns whether there is room now.
    fn make_room(&mut self, new: &[New]) -> bool {
        if self.freed.try_recv().is_ok() {
            self.files.free_other();
        }
        let wants_other = self.files.is_switch_due(self.behind.len()) || !self.files.has_room(new);
        if wants_other && self.files.is_other_free() {
            self.files.switch();
            // Fails if flushing has: no file is free any more.
            _ = self.to_flush.send(std::mem::take(&mut self.behind));
        }
        self.files.has_room(new)
    }
}

impl Flusher {
    /// Works until the log is dropped.
    pub fn run(self, node: &Arc<Node>) -> Result<()> {
        let mut buffer = Vec::new();
        while let Ok(behind) = self.to_flush.recv() {
            for &partition in &behind {
                if node.has_stopped() {
                    return Ok(());
                }
                node.partitions[partition].move_to_segment(&mut buffer)?;
            }
            node.sync_segments(behind.into_iter().collect())?;
            if node.has_stopped() {
                return Ok(());
            }
            node.write_down_recovery_points()?;
            // The receiver may be gone.
            _ = self.freed.send(());
        }
        Ok(())
    }
}

/// Recovers a node that has stopped without being closed, depending on the [`Way`]. Returns the
/// bytes read.
pub fn recover(disk: &Disk, dir: &Path, way: Way, partitions: &[Partition]) -> Result<u64> {
    let written = disk.read(&dir.join(RECOVERY_POINTS))?;
    let points = written.chunks_exact(8);
    let points = points.map(|bytes| u64::from_be_bytes(std::array::from_fn(|at| bytes[at])));
    let recovery_points: Vec<u64> = points.collect();
    match way {
        Way::Redo | Way::Shared => log_files::replay(disk, dir, partitions, &recovery_points),
        Way::Segments | Way::Syncfs => {
            let mut bytes_read = 0;
            for (partition, recovery_point) in partitions.iter().zip(recovery_points) {
                bytes_read += partition.scan(recovery_point)? - recovery_point;
            }
            Ok(bytes_read)
        }
    }
}
