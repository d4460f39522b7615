//! What a crash may have taken from the segments, out of the redo log.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use std::path::Path;

use io::{Disk, File, OpenMode};
use wire::{TopicPartition, Uuid};

use super::frame::{self, Entry};
use super::{Next, path};
use crate::file_name::{self, FileKind};
use crate::log_dir::Offsets;
use crate::partition_metadata;

/// Bytes of a segment that gather before they are written.
const WRITE_BYTES: usize = 1 << 20;

/// What replaying has found and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Offsets below were acknowledged, by partition: what is not there is lost.
    pub acknowledged: Offsets,
    /// Where writing goes on.
    pub next: Next,
    /// Whole frames that were found.
    pub frames: u64,
    /// Bytes that were put back.
    pub bytes: u64,
}

/// Puts the bytes of the redo log in `dir` into the segments they belong to. They are not synced
/// by that, so the redo log is needed until the segments are. Done again, it does the same again.
/// Blocks on the disk.
///
/// Bytes below a partition's recovery point are left alone: they are in their segment, or were
/// compacted since. So are those of segments and partitions that were deleted since. A segment
/// that was cut back (by a replica whose leader has another history) may get back what was cut.
///
/// # Errors
/// What reading and writing fails with.
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
    let mut replay = Replay {
        disk,
        dir,
        recovery_points,
        partitions: BTreeMap::new(),
        segments: BTreeMap::new(),
        done: Replayed::default(),
    };
    for run in &runs {
        let before = replay.done.next;
        if replay.done.frames > 0 && before.sequence != run.first {
            tracing::error!(
                "{} is damaged: frames {} to {} are missing; what was acknowledged by them is \
                 there only if it reached its segments",
                path(dir, before.file).display(),
                before.sequence,
                run.first
            );
        }
        replay.done.next = run.read(&mut frame, &mut replay)?;
    }
    replay.put_back()
}

/// The frames at the beginning of a file that follow on each other.
struct Run {
    number: usize,
    file: File,
    /// Of the first frame.
    first: u64,
}

impl Run {
    /// `None` if there are no frames.
    fn find(number: usize, file: File, frame: &mut Vec<u8>) -> Result<Option<Run>> {
        let first = frame::read(&file, 0, frame)?;
        Ok(first.map(|first| Run {
            number,
            file,
            first: first.sequence,
        }))
    }

    /// Takes note of what is in the frames; where the one after the last goes.
    fn read(&self, frame: &mut Vec<u8>, replay: &mut Replay<'_>) -> Result<Next> {
        let mut next = Next {
            file: self.number,
            position: 0,
            sequence: self.first,
        };
        while let Some(head) = frame::read(&self.file, next.position, frame)?
            && head.sequence == next.sequence
        {
            replay.frame(frame, &self.file, next.position)?;
            next.position += frame::stride(head.len);
            next.sequence += 1;
        }
        Ok(next)
    }
}

/// Where in the redo log a piece of a segment lies.
struct Source {
    file: File,
    /// Where in that file, in bytes.
    from: u64,
    /// Where in the segment, in bytes.
    position: u64,
    len: usize,
}

/// First all frames are read, then each segment is written at once: there may be many more of
/// them than files can be open.
struct Replay<'a> {
    disk: &'a Disk,
    dir: &'a Path,
    recovery_points: &'a Offsets,
    /// The topic id in each partition's directory.
    partitions: BTreeMap<TopicPartition, Option<Uuid>>,
    /// What is to be put back into each segment, a later one over earlier ones.
    segments: BTreeMap<TopicPartition, BTreeMap<i64, Vec<Source>>>,
    done: Replayed,
}

impl Replay<'_> {
    /// Takes note of a frame that lies at `position` of `file`.
    fn frame(&mut self, frame: &[u8], file: &File, position: u64) -> Result<()> {
        let (entries, bytes) = frame::entries(frame)?;
        let mut from = position + (frame.len() - bytes.len()) as u64;
        self.done.frames += 1;
        for entry in entries {
            let is_wanted = self.is_wanted(&entry)?;
            let recovery_point = self.recovery_points.get(&entry.partition);
            for (at, piece) in entry.pieces.iter().enumerate() {
                let next = entry.pieces.get(at + 1);
                let end_offset = next.map_or(entry.end_offset, |next| next.segment);
                if is_wanted && recovery_point < Some(&end_offset) {
                    let source = Source {
                        file: file.clone(),
                        from,
                        position: piece.position,
                        len: piece.len,
                    };
                    let segments = self.segments.entry(entry.partition.clone()).or_default();
                    segments.entry(piece.segment).or_default().push(source);
                }
                from += piece.len as u64;
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

    /// Writes what was noted.
    fn put_back(self) -> Result<Replayed> {
        let mut done = self.done;
        let mut buffer = Vec::new();
        for (partition, segments) in &self.segments {
            let dir = self.dir.join(file_name::partition_dir(partition));
            for (base_offset, sources) in segments {
                let path = dir.join(file_name::file_name(*base_offset, FileKind::Log));
                match put_back(&self.disk.cached(&path), sources, &mut buffer) {
                    Ok(bytes) => done.bytes += bytes,
                    // Its name lasted before the first of its bytes did: it was deleted since.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(done)
    }
}

/// Writes pieces into their segment; how many bytes. They are written whether they are there or
/// not: they may be in the page cache only, which has forgotten that it could not write them back.
fn put_back(segment: &File, sources: &[Source], buffer: &mut Vec<u8>) -> Result<u64> {
    let mut begin = sources.first().map_or(0, |first| first.position);
    let mut written = 0;
    buffer.clear();
    for source in sources {
        let is_next = begin + buffer.len() as u64 == source.position;
        if !is_next || buffer.len() >= WRITE_BYTES {
            segment.write_all_at(begin, buffer)?;
            written += buffer.len() as u64;
            buffer.clear();
            begin = source.position;
        }
        let at = buffer.len();
        buffer.resize(at + source.len, 0);
        source.file.read_exact_at(source.from, &mut buffer[at..])?;
    }
    segment.write_all_at(begin, buffer)?;
    Ok(written + buffer.len() as u64)
}
