//! Replay of the redo log after a crash: writes the bytes of its frames into their segments and
//! finishes truncations that the crash has interrupted.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Result};
use std::path::Path;

use io::{AlignedBuffer, Disk, File, Io, OpenMode};
use wire::{TopicPartition, Uuid};

use super::frame::{self, Content, Entry, Head, Phase, Truncation};
use super::{Next, RedoLog, path};
use crate::file_name::{self, FileKind, Name};
use crate::log_dir::Offsets;
use crate::{checkpoint, partition_metadata};

/// Bytes of a segment that are collected before they are written.
const WRITE_BYTES: usize = 1 << 20;

/// What replay has found and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayReport {
    /// By partition: offsets below were synced on this broker. Records that are missing there
    /// are lost.
    pub locally_synced: Offsets,
    /// The recovery points, lowered where a truncation was finished.
    pub recovery_points: Offsets,
    /// Where writing continues.
    pub next: Next,
    /// Number of whole frames.
    pub frames: u64,
    /// Bytes that were written into segments.
    pub bytes: u64,
    /// Truncations that were finished.
    pub truncations: u64,
}

/// Writes the bytes of the redo log in `dir` into the segments they belong to. This does not sync
/// them, so the redo log is needed until the segments are synced. Repeating it has the same result.
/// Blocks on the disk.
///
/// Bytes below a partition's recovery point are skipped: they are in their segment, or were
/// compacted since. So are those of segments and partitions that were deleted since, and those
/// from before a truncation of their log. A log whose truncation had begun and not ended is cut,
/// durably, and its recovery point is lowered in the checkpoint file.
///
/// The last frame of each file is written again, because its write may have failed although it can be
/// read. The next write overwrites a frame that has failed, so all frames before it are durable.
///
/// # Errors
/// Errors of reading and writing.
pub fn replay(io: &Io, dir: &Path, recovery_points: Offsets) -> Result<ReplayReport> {
    let mut frame = Vec::new();
    let mut runs = Vec::new();
    for number in 0..2 {
        match io.disk.open(&path(dir, number), OpenMode::Read) {
            Ok(file) => runs.extend(Run::find(number, file, &mut frame)?),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    runs.sort_by_key(|run| run.first.sequence);
    let mut replay = Replay {
        disk: &io.disk,
        dir,
        partitions: BTreeMap::new(),
        segments: BTreeMap::new(),
        truncations: BTreeMap::new(),
        done: ReplayReport {
            recovery_points,
            ..ReplayReport::default()
        },
    };
    for run in &mut runs {
        let before = replay.done.next;
        if replay.done.frames > 0 && before.sequence != run.first.sequence {
            tracing::error!(
                "{} is damaged: frames {} to {} are missing. Records in these frames are lost, \
                 except those that were already written to their segments",
                path(dir, before.file).display(),
                before.sequence,
                run.first.sequence
            );
        }
        replay.done.next = run.read(&mut frame, &mut replay)?;
    }
    for run in &runs {
        run.rewrite_last(&io.disk, dir)?;
    }
    replay.write_segments()?;
    replay.finish_truncations(io)?;
    Ok(replay.done)
}

/// The frames of one lap: those at the beginning of a file that follow each other.
struct Run {
    number: usize,
    file: File,
    first: Head,
    /// Position and length of the last frame that was read, in bytes.
    last: (u64, usize),
}

impl Run {
    /// `None` if there are no frames.
    fn find(number: usize, file: File, frame: &mut Vec<u8>) -> Result<Option<Run>> {
        let first = frame::read(&file, 0, frame)?;
        Ok(first.map(|first| Run {
            number,
            file,
            last: (0, first.len),
            first,
        }))
    }

    /// Passes all frames to `replay`. Returns the position after the last one.
    fn read(&mut self, frame: &mut Vec<u8>, replay: &mut Replay<'_>) -> Result<Next> {
        let mut next = Next {
            file: self.number,
            position: 0,
            sequence: self.first.sequence,
            lap: self.first.lap,
        };
        while let Some(head) = frame::read(&self.file, next.position, frame)?
            && head.sequence == next.sequence
            // Frames without a lap are from before an update, and come first.
            && (next.lap.is_none() || head.lap == next.lap)
        {
            replay.frame(&head, frame, &self.file, next.position)?;
            self.last = (next.position, head.len);
            next.position += frame::stride(head.len);
            next.sequence += 1;
            next.lap = head.lap;
        }
        Ok(next)
    }

    /// Writes the last frame to the same place again, durably.
    fn rewrite_last(&self, disk: &Disk, dir: &Path) -> Result<()> {
        let (position, len) = self.last;
        let mut buffer = AlignedBuffer::default();
        let frame = buffer.zeroed(frame::stride(len) as usize);
        self.file.read_exact_at(position, &mut frame[..len])?;
        let file = disk.open(&path(dir, self.number), OpenMode::WriteThrough)?;
        file.write_all_at(position, frame)
    }
}

/// Bytes of a segment within the redo log.
struct Source {
    file: File,
    /// Position in that file, in bytes.
    from: u64,
    /// Position in the segment, in bytes.
    position: u64,
    len: usize,
}

/// A replay in progress. All frames are read first; then each segment is written at once, because
/// there may be many more segments than files can be open.
struct Replay<'a> {
    disk: &'a Disk,
    dir: &'a Path,
    /// The topic id in each partition's directory.
    partitions: BTreeMap<TopicPartition, Option<Uuid>>,
    /// The bytes to write into each segment, in the order of the frames.
    segments: BTreeMap<TopicPartition, BTreeMap<i64, Vec<Source>>>,
    /// Truncations that have begun and not ended.
    truncations: BTreeMap<TopicPartition, Truncation>,
    done: ReplayReport,
}

impl Replay<'_> {
    /// Collects the content of the frame at `position` of `file`.
    fn frame(&mut self, head: &Head, frame: &[u8], file: &File, position: u64) -> Result<()> {
        self.done.frames += 1;
        match frame::decode(head, frame)? {
            Content::Synced(entries, bytes) => {
                let from = position + (frame.len() - bytes.len()) as u64;
                self.synced(entries, file, from)?;
            }
            Content::Truncation(phase, truncations) => {
                for truncation in truncations {
                    self.truncation(phase, truncation)?;
                }
            }
        }
        Ok(())
    }

    /// Collects synced batches, whose bytes lie at `from` in `file`.
    fn synced(&mut self, entries: Vec<Entry>, file: &File, mut from: u64) -> Result<()> {
        for entry in entries {
            let is_needed = self.is_needed(&entry)?;
            let recovery_point = self.done.recovery_points.get(&entry.partition).copied();
            for (at, piece) in entry.pieces.iter().enumerate() {
                let next = entry.pieces.get(at + 1);
                let end_offset = next.map_or(entry.end_offset, |next| next.segment);
                if is_needed && recovery_point < Some(end_offset) {
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
            if is_needed {
                let synced = self.done.locally_synced.entry(entry.partition);
                synced.insert_entry(entry.end_offset);
            }
        }
        Ok(())
    }

    /// Whether the partition of an entry still exists, and the entry has bytes that are not known
    /// to be in synced segments.
    fn is_needed(&mut self, entry: &Entry) -> Result<bool> {
        let recovery_point = self.done.recovery_points.get(&entry.partition);
        Ok(recovery_point < Some(&entry.end_offset)
            && self.topic_id(&entry.partition)? == Some(entry.topic_id))
    }

    /// The topic id in the partition's directory; `None` if there is none or its file is damaged.
    fn topic_id(&mut self, partition: &TopicPartition) -> Result<Option<Uuid>> {
        if let Some(topic_id) = self.partitions.get(partition) {
            return Ok(*topic_id);
        }
        let dir = self.dir.join(file_name::partition_dir(partition));
        let topic_id = match partition_metadata::read(self.disk, &dir) {
            // Opening the log reports the damage.
            Err(error) if error.kind() == ErrorKind::InvalidData => None,
            read => read?,
        };
        self.partitions.insert(partition.clone(), topic_id);
        Ok(topic_id)
    }

    /// Notes a truncation and drops the bytes of earlier frames of its log. They are not needed,
    /// because the segments were synced before the truncation began; and they may lie after the cut.
    fn truncation(&mut self, phase: Phase, truncation: Truncation) -> Result<()> {
        let partition = truncation.partition.clone();
        if self.topic_id(&partition)? != Some(truncation.topic_id) {
            return Ok(());
        }
        self.segments.remove(&partition);
        let synced = truncation.end_offset;
        self.done.locally_synced.insert(partition.clone(), synced);
        match phase {
            Phase::Begins => _ = self.truncations.insert(partition, truncation),
            Phase::Ended => _ = self.truncations.remove(&partition),
        }
        Ok(())
    }

    /// Writes the collected bytes.
    fn write_segments(&mut self) -> Result<()> {
        let mut buffer = Vec::new();
        for (partition, segments) in &self.segments {
            let dir = self.dir.join(file_name::partition_dir(partition));
            for (base_offset, sources) in segments {
                let path = dir.join(file_name::file_name(*base_offset, FileKind::Log));
                match write_segment(&self.disk.cached(&path), sources, &mut buffer) {
                    Ok(bytes) => self.done.bytes += bytes,
                    // The name was durable before the bytes were: it was deleted since.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Cuts the logs whose truncation has not ended, and notes in the redo log that it has.
    fn finish_truncations(&mut self, io: &Io) -> Result<()> {
        if self.truncations.is_empty() {
            return Ok(());
        }
        for truncation in self.truncations.values() {
            tracing::warn!(
                partition = %truncation.partition,
                segment = truncation.segment,
                position = truncation.position,
                "finishing a truncation that a crash has interrupted"
            );
            cut(self.disk, self.dir, truncation)?;
            let partition = &truncation.partition;
            if let Some(recovery_point) = self.done.recovery_points.get_mut(partition) {
                *recovery_point = truncation.end_offset.min(*recovery_point);
            }
            self.done.truncations += 1;
        }
        let points = self.dir.join(checkpoint::RECOVERY_POINTS);
        checkpoint::write_offsets(self.disk, &points, &self.done.recovery_points)?;
        let mut redo = RedoLog::begin(io, self.dir, self.done.next, u64::MAX);
        for truncation in self.truncations.values() {
            redo.write_truncation(Phase::Ended, truncation)?;
        }
        self.done.next = redo.next();
        Ok(())
    }
}

/// Writes pieces into their segment. Returns how many bytes. They are written even if the same
/// bytes are there: these may be in the page cache only, after their write-back has failed.
fn write_segment(segment: &File, sources: &[Source], buffer: &mut Vec<u8>) -> Result<u64> {
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

/// Removes the segments after a truncation and cuts the last one, durably. Its indexes are
/// removed, too; opening the log rebuilds them.
fn cut(disk: &Disk, dir: &Path, truncation: &Truncation) -> Result<()> {
    let dir = dir.join(file_name::partition_dir(&truncation.partition));
    for entry in disk.read_dir(&dir)? {
        let Name::File(kind, offset) = file_name::parse(&entry.name) else {
            continue;
        };
        let is_later = offset > truncation.segment;
        let is_index = offset == truncation.segment && kind.is_index();
        if is_later || is_index {
            disk.remove_file(&dir.join(&entry.name))?;
        }
    }
    let name = file_name::file_name(truncation.segment, FileKind::Log);
    let file = disk.open(&dir.join(name), OpenMode::ReadWrite)?;
    if file.len()? > truncation.position {
        file.set_len(truncation.position)?;
    }
    file.sync_data()?;
    disk.sync_dir(&dir)
}
