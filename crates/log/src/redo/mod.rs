//! The redo log: what makes appended batches durable without syncing the segments they are in.
//!
//! Batches are written to their segments at once, and read from there; the redo log is a second
//! copy of what is not synced yet. A round of syncs writes the new bytes of all logs into it as
//! one frame and syncs that one file, which is written over and over and so has no growth that a
//! file system would have to make durable too. Its frames also say up to where each log was
//! acknowledged. Only a start after a crash reads it: [`replay`] puts the bytes into their
//! segments again.
//!
//! There are two files in a log directory, `.redo-0` and `.redo-1`. When one is full enough,
//! writing goes on in the other, and the segments whose bytes are in the first are synced; then
//! it is free. Neither is there after a clean stop: the directory is Kafka's.
//!
//! What holds: a byte that was acknowledged is in a synced segment or in a frame. A frame is
//! not written over before its segments are synced and the recovery points that say so are, too.

mod frame;
mod replay;

use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::{AlignedBuffer, Disk, File, OpenMode};

use crate::sync_ticket::SyncTicket;

pub use replay::{Replayed, replay};

/// Size of each of the two files, in bytes.
pub const REDO_BYTES: u64 = 64 << 20;

/// The redo log of one log directory.
#[derive(Debug)]
pub struct RedoLog {
    disk: Disk,
    dir: PathBuf,
    capacity: u64,
    /// Opened when first written to.
    files: [Option<File>; 2],
    /// From here on the other file is gone on in, if that is free.
    turn_at: u64,
    /// Which file is written to, and where.
    current: usize,
    position: u64,
    /// Number of the next frame.
    sequence: u64,
    /// Whether the segments whose bytes are in the other file are synced.
    other_is_free: bool,
    /// After a failed write there are no more.
    failed: bool,
    frame: AlignedBuffer,
}

/// Where the next frame goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Next {
    file: usize,
    position: u64,
    sequence: u64,
}

impl RedoLog {
    /// A redo log that goes on where `next` says. What is in it by now is needed until
    /// [`RedoLog::free_other`]. Each file holds `capacity` bytes, in frames.
    pub fn begin(disk: &Disk, dir: &Path, next: Next, capacity: u64) -> RedoLog {
        RedoLog {
            disk: disk.clone(),
            dir: dir.to_path_buf(),
            capacity: capacity.min(frame::FRAME_MAX as u64),
            files: [None, None],
            turn_at: capacity,
            current: next.file,
            position: next.position,
            sequence: next.sequence,
            other_is_free: false,
            failed: false,
            frame: AlignedBuffer::default(),
        }
    }

    /// Whether a frame of these tickets fits into what is left of the file.
    pub(crate) fn has_room(&self, tickets: &[&SyncTicket], with_pieces: bool) -> bool {
        let len = frame::len_of(tickets, with_pieces).next_multiple_of(frame::PAGE);
        !self.failed && self.position + len <= self.capacity
    }

    /// Has the other file gone on in after so many bytes, if that is free, rather than when this
    /// one is full: fewer bytes of segments are synced at a time then, which is felt less.
    pub fn turn_after(&mut self, bytes: u64) {
        self.turn_at = bytes;
    }

    /// Whether it is time to go on in the other file, and that is free.
    pub(crate) fn is_turn(&self) -> bool {
        self.other_is_free && self.position >= self.turn_at
    }

    /// Goes on in the other file, if that is free; this one is no longer, until
    /// [`RedoLog::free_other`].
    pub(crate) fn switch(&mut self) -> bool {
        if !self.other_is_free || self.failed || self.position == 0 {
            return false;
        }
        self.current = 1 - self.current;
        self.position = 0;
        self.other_is_free = false;
        true
    }

    /// Everything in the file that was switched from, or was there at the beginning, is in synced
    /// segments now, and the recovery points say so.
    pub fn free_other(&mut self) {
        self.other_is_free = true;
    }

    /// Writes a frame, which is durable then. Blocks on the disk.
    ///
    /// # Errors
    /// What reading the pieces, writing or syncing fails with. Nothing is durable by it then,
    /// and nothing more is written.
    pub(crate) fn write(&mut self, tickets: &[&SyncTicket], with_pieces: bool) -> Result<()> {
        let written = self.write_frame(tickets, with_pieces);
        self.failed |= written.is_err();
        written
    }

    fn write_frame(&mut self, tickets: &[&SyncTicket], with_pieces: bool) -> Result<()> {
        let frame = frame::encode(&mut self.frame, self.sequence, tickets, with_pieces)?;
        let file = match &self.files[self.current] {
            Some(file) => file.clone(),
            None => {
                let path = path(&self.dir, self.current);
                let file = self.disk.open(&path, OpenMode::WriteThrough)?;
                // No old frame may come to lie where the one after a new one would.
                file.set_len(self.position)?;
                self.disk.sync_dir(&self.dir)?;
                self.files[self.current].insert(file).clone()
            }
        };
        file.write_all_at(self.position, frame)?;
        self.position += frame.len() as u64;
        self.sequence += 1;
        Ok(())
    }
}

/// Removes the redo log from a directory in which every log is closed.
///
/// # Errors
/// What removing fails with.
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
