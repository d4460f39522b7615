//! The redo log: makes appended batches durable without a sync of the segments they are in.
//!
//! Batches are written to their segments at once and read from there. The redo log holds a second
//! copy of the bytes that are not synced yet. A round of syncs writes the new bytes of all logs
//! into it as one frame and syncs this one file. The file is overwritten again and again, so it
//! does not grow, and the file system has no new length to make durable. The frames also say up
//! to which offset each log is synced. Only a start after a crash reads them: [`replay`] writes
//! the bytes into their segments again.
//!
//! There are two files in a log directory, `.redo-0` and `.redo-1`. When one is full enough,
//! writing continues in the other, and the segments whose bytes are in the first are synced; then
//! the first is free. One pass over a file is a *lap*. All frames of a lap carry the same random
//! number, so that neither old frames nor record data that looks like a frame are taken for
//! frames of this lap. Both files are removed at a clean shutdown: the directory is Kafka's.
//!
//! Invariant: a synced byte is in a synced segment or in a frame. A frame is not overwritten
//! before its segments are synced and the recovery points that say so are, too. A truncation is
//! in the redo log before the log is cut, so that replay does not write cut bytes back.

mod frame;
mod replay;
#[cfg(test)]
mod tests;

use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::{AlignedBuffer, Disk, DiskErrorKind, File, Io, OpenMode};

use crate::sync_ticket::SyncTicket;

use frame::{Lap, Stamp};
pub(crate) use frame::{Phase, Truncation};
pub use replay::{ReplayReport, replay};

/// Default size of each of the two files, in bytes.
pub const REDO_BYTES: u64 = 64 << 20;

/// The redo log of one log directory.
#[derive(Debug)]
pub struct RedoLog {
    io: Io,
    dir: PathBuf,
    capacity: u64,
    /// Opened at the first write.
    files: [Option<File>; 2],
    /// Switch files once this position is reached, if the other file is free.
    switch_at: u64,
    /// The file that is written to, and the position of the next frame.
    current: usize,
    position: u64,
    lap: Lap,
    /// Number of the next frame.
    sequence: u64,
    /// Whether the segments whose bytes are in the other file are synced.
    other_is_free: bool,
    state: State,
    frame: AlignedBuffer,
}

/// Whether the redo log can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Working,
    /// The last write failed for a reason that may pass, such as a full disk.
    Retrying,
    /// A write failed for a reason that does not pass.
    Failed,
}

/// Position of the next frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Next {
    file: usize,
    position: u64,
    sequence: u64,
    lap: Option<Lap>,
}

impl RedoLog {
    /// A redo log that continues at `next`. Its present content is needed until
    /// [`RedoLog::free_other`]. Each file holds `capacity` bytes of frames.
    pub fn begin(io: &Io, dir: &Path, next: Next, capacity: u64) -> RedoLog {
        RedoLog {
            io: io.clone(),
            dir: dir.to_path_buf(),
            capacity: capacity.min(frame::FRAME_MAX as u64),
            files: [None, None],
            switch_at: capacity,
            current: next.file,
            position: next.position,
            lap: next.lap.unwrap_or_else(|| Lap(io.rng.uuid())),
            sequence: next.sequence,
            other_is_free: false,
            state: State::Working,
            frame: AlignedBuffer::default(),
        }
    }

    /// Whether a frame of these tickets fits into the rest of the file.
    pub(crate) fn has_room(&self, tickets: &[&SyncTicket], with_pieces: bool) -> bool {
        let len = frame::len_of(tickets, with_pieces).next_multiple_of(frame::PAGE);
        self.state != State::Failed && self.position + len <= self.capacity
    }

    /// Switches to the other file after this many bytes, if that is free, instead of when this
    /// one is full. Fewer bytes of segments are then synced at a time, which delays others less.
    pub fn switch_after(&mut self, bytes: u64) {
        self.switch_at = bytes;
    }

    /// Whether it is time to switch to the other file, and that is free.
    pub(crate) fn is_switch_due(&self) -> bool {
        self.other_is_free && self.position >= self.switch_at
    }

    /// Continues in the other file, if that is free. This one is then not free until
    /// [`RedoLog::free_other`]. Returns whether it switched.
    pub(crate) fn switch(&mut self) -> bool {
        if !self.other_is_free || self.state == State::Failed || self.position == 0 {
            return false;
        }
        self.current = 1 - self.current;
        self.position = 0;
        self.lap = Lap(self.io.rng.uuid());
        self.other_is_free = false;
        true
    }

    /// Allows the other file to be used again: all its records are in synced segments now, and the
    /// recovery points say so.
    pub fn free_other(&mut self) {
        self.other_is_free = true;
    }

    /// Writes a frame of synced batches and makes it durable. Blocks on the disk.
    ///
    /// # Errors
    /// Errors of reading the pieces and of writing. The frame is not durable then. After a write
    /// error that is not temporary, nothing more is written.
    pub(crate) fn write(&mut self, tickets: &[&SyncTicket], with_pieces: bool) -> Result<()> {
        let stamp = self.stamp();
        let mut buffer = std::mem::take(&mut self.frame);
        let written = frame::encode(&mut buffer, stamp, tickets, with_pieces)
            .and_then(|frame| self.write_frame(frame));
        self.frame = buffer;
        written
    }

    /// Writes a frame about a step of a truncation and makes it durable, whether the file is full
    /// or not. Blocks on the disk.
    ///
    /// # Errors
    /// Errors of writing. Whether the frame is durable is not known then.
    pub(crate) fn write_truncation(&mut self, phase: Phase, truncation: &Truncation) -> Result<()> {
        if self.state == State::Failed {
            return Err(std::io::Error::other("the redo log has failed before"));
        }
        let stamp = self.stamp();
        let mut buffer = std::mem::take(&mut self.frame);
        let frame = frame::encode_truncation(&mut buffer, stamp, phase, truncation);
        let written = self.write_frame(frame);
        self.frame = buffer;
        written
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            sequence: self.sequence,
            lap: self.lap,
        }
    }

    /// Writes a frame. If that fails, the next frame overwrites it.
    fn write_frame(&mut self, frame: &[u8]) -> Result<()> {
        let written = self
            .file()
            .and_then(|file| file.write_all_at(self.position, frame));
        match &written {
            Ok(()) => {
                self.position += frame.len() as u64;
                self.sequence += 1;
                self.state = State::Working;
            }
            Err(error) if may_be_temporary(error) => {
                if self.state == State::Working {
                    tracing::error!("cannot write the redo log, trying again later: {error}");
                }
                self.state = State::Retrying;
            }
            Err(error) => {
                tracing::error!("the redo log has failed, segments are synced instead: {error}");
                self.state = State::Failed;
            }
        }
        written
    }

    fn file(&mut self) -> Result<File> {
        if let Some(file) = &self.files[self.current] {
            return Ok(file.clone());
        }
        let disk = &self.io.disk;
        let path = path(&self.dir, self.current);
        let file = disk.open(&path, OpenMode::WriteThrough)?;
        // No old frame may lie where the one after a new one would.
        file.set_len(self.position)?;
        disk.sync_dir(&self.dir)?;
        Ok(self.files[self.current].insert(file).clone())
    }

    /// Position of the next frame.
    fn next(&self) -> Next {
        Next {
            file: self.current,
            position: self.position,
            sequence: self.sequence,
            lap: Some(self.lap),
        }
    }
}

/// Whether a write may succeed later although it has failed now.
fn may_be_temporary(error: &std::io::Error) -> bool {
    match DiskErrorKind::of(error) {
        DiskErrorKind::Full | DiskErrorKind::OutOfDescriptors => true,
        DiskErrorKind::Device | DiskErrorKind::Other => false,
    }
}

/// Removes the redo log from a directory in which every log is closed.
///
/// # Errors
/// Errors of removing the files.
pub fn remove(disk: &Disk, dir: &Path) -> Result<()> {
    for number in 0..2 {
        match disk.remove_file(&path(dir, number)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    disk.sync_dir(dir)
}

fn path(dir: &Path, number: usize) -> PathBuf {
    dir.join(format!(".redo-{number}"))
}
