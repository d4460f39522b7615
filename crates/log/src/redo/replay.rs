//! What a crash may have taken from the segments, out of the redo log.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::{Disk, File, OpenMode};
use wire::{TopicPartition, Uuid};

use super::frame::{self, Entry, PieceAt};
use super::{Next, path};
use crate::file_name::{self, FileKind};
use crate::log_dir::Offsets;
use crate::partition_metadata;

/// What replaying has found and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Offsets below were acknowledged, by partition: what is not there is lost.
    pub acknowledged: Offsets,
    /// Where writing goes on.
    pub next: Next,
    /// Whole frames that were found.
    pub frames: u64,
    /// Bytes that were not in their segments, or others were in their place.
    pub restored_bytes: u64,
}

/// Segments that are held open at once.
const OPEN_MAX: usize = 256;

/// The frames of one file.
struct Run {
    number: usize,
    file: File,
    /// Of the first frame.
    first: u64,
    /// Of the frame after the last.
    next: u64,
}

/// Puts the bytes of the redo log in `dir` into the segments they belong to, and syncs those.
/// Done again, it does the same again. Blocks on the disk.
///
/// Bytes below a partition's recovery point are left alone: they are in their segment, or were
/// compacted since. So are those of segments and partitions that were deleted since. A segment
/// that was cut back (by a replica whose leader has another history) may get back what was cut.
///
/// # Errors
/// What reading, writing and syncing fails with.
pub fn replay(disk: &Disk, dir: &Path, recovery_points: &Offsets) -> Result<Replayed> {
    let mut frame = Vec::new();
    let mut runs = Vec::new();
    for number in 0..2 {
        match disk.open(&path(dir, number), OpenMode::Read) {
            Ok(file) => runs.extend(Run::find(number, file, &mut frame)?),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    runs.sort_by_key(|run| run.first);
    if let [older, newer] = &runs[..]
        && older.next != newer.first
    {
        tracing::error!(
            "{} is damaged: frames {} to {} are missing; what was acknowledged by them is there \
             only if it reached its segments",
            path(dir, older.number).display(),
            older.next,
            newer.first
        );
    }
    let mut replay = Replay {
        disk,
        dir,
        recovery_points,
        partitions: BTreeMap::new(),
        segments: BTreeMap::new(),
        done: Replayed::default(),
    };
    for run in &runs {
        run.replay(&mut frame, &mut replay)?;
        // The other file first: this one is needed until that holds a frame of its own.
        replay.done.next = Next {
            file: 1 - run.number,
            sequence: run.next,
        };
    }
    replay.sync_segments()?;
    Ok(replay.done)
}

impl Run {
    /// The frames at the beginning of a file that follow on each other. `None` if there are none.
    fn find(number: usize, file: File, frame: &mut Vec<u8>) -> Result<Option<Run>> {
        let Some(first) = frame::read(&file, 0, frame)? else {
            return Ok(None);
        };
        let mut run = Run {
            number,
            file,
            first: first.sequence,
            next: first.sequence,
        };
        let mut position = 0;
        while let Some(head) = frame::read(&run.file, position, frame)?
            && head.sequence == run.next
        {
            run.next += 1;
            position += frame::stride(head.len);
        }
        Ok(Some(run))
    }

    fn replay(&self, frame: &mut Vec<u8>, replay: &mut Replay<'_>) -> Result<()> {
        let mut position = 0;
        for _ in self.first..self.next {
            let Some(head) = frame::read(&self.file, position, frame)? else {
                return Err(Error::other("a frame of the redo log is gone"));
            };
            replay.frame(frame)?;
            position += frame::stride(head.len);
        }
        Ok(())
    }
}

struct Replay<'a> {
    disk: &'a Disk,
    dir: &'a Path,
    recovery_points: &'a Offsets,
    /// The topic id in each partition's directory.
    partitions: BTreeMap<TopicPartition, Option<Uuid>>,
    /// Segments that are there, and those that are not.
    segments: BTreeMap<PathBuf, Option<File>>,
    done: Replayed,
}

impl Replay<'_> {
    fn frame(&mut self, frame: &[u8]) -> Result<()> {
        let (entries, mut bytes) = frame::entries(frame)?;
        self.done.frames += 1;
        for entry in entries {
            let is_wanted = self.is_wanted(&entry)?;
            let recovery_point = self.recovery_points.get(&entry.partition);
            for (at, piece) in entry.pieces.iter().enumerate() {
                let (piece_bytes, rest) = bytes.split_at(piece.len);
                bytes = rest;
                let next = entry.pieces.get(at + 1);
                let end_offset = next.map_or(entry.end_offset, |next| next.segment);
                if is_wanted && recovery_point < Some(&end_offset) {
                    self.piece(&entry, piece, piece_bytes)?;
                }
            }
            if is_wanted {
                let acknowledged = self.done.acknowledged.entry(entry.partition);
                acknowledged.insert_entry(entry.end_offset);
            }
        }
        Ok(())
    }

    /// Whether an entry is of a partition that is still there, and not all of it is in segments
    /// that are known to be synced.
    fn is_wanted(&mut self, entry: &Entry) -> Result<bool> {
        if self.recovery_points.get(&entry.partition) >= Some(&entry.end_offset) {
            return Ok(false);
        }
        let topic_id = match self.partitions.get(&entry.partition) {
            Some(topic_id) => *topic_id,
            None => {
                let dir = self.dir.join(file_name::partition_dir(&entry.partition));
                // Who opens the partition says what is wrong with the file.
                let topic_id = partition_metadata::read(self.disk, &dir).unwrap_or_default();
                self.partitions.insert(entry.partition.clone(), topic_id);
                topic_id
            }
        };
        Ok(topic_id == Some(entry.topic_id))
    }

    /// Syncs what was written to, and closes it.
    fn sync_segments(&mut self) -> Result<()> {
        std::mem::take(&mut self.segments)
            .values()
            .flatten()
            .try_for_each(File::sync_data)
    }

    fn piece(&mut self, entry: &Entry, piece: &PieceAt, bytes: &[u8]) -> Result<()> {
        let path = self
            .dir
            .join(file_name::partition_dir(&entry.partition))
            .join(file_name::file_name(piece.segment, FileKind::Log));
        if !self.segments.contains_key(&path) {
            if self.segments.len() == OPEN_MAX {
                self.sync_segments()?;
            }
            let file = match self.disk.open(&path, OpenMode::ReadWrite) {
                Ok(file) => Some(file),
                // Its name lasted before the first of its bytes did: it was deleted since.
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
            self.segments.insert(path.clone(), file);
        }
        let Some(file) = &self.segments[&path] else {
            return Ok(());
        };
        let mut there = vec![0; bytes.len()];
        let is_there = piece.position + piece.len as u64 <= file.len()? && {
            file.read_exact_at(piece.position, &mut there)?;
            there == bytes
        };
        if !is_there {
            file.write_all_at(piece.position, bytes)?;
            self.done.restored_bytes += bytes.len() as u64;
        }
        Ok(())
    }
}
