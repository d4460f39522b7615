//! Removes damaged ranges from a partition of a stopped server.
//!
//! A range is replaced by a batch without records that has the same offsets, as compaction leaves
//! them. So readers continue after it, and no offset is missing. The damaged bytes are copied to a
//! file before. The segment is written again and put in place in the same way as compaction does
//! ([`compaction`](crate::compaction)): after a crash there is the old segment or the new one.
//!
//! Does not try to restore records, and does not touch segments without damage.

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::{Disk, Io, OpenMode};
use wire::TopicPartition;
use wire::record_batch::{
    MAGIC, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP, RecordBatchHeader,
};

use crate::compaction::{CleanedSegment, Writer};
use crate::config::LogConfig;
use crate::error::OpenError;
use crate::file_name::FileKind;
use crate::log_dir::LogDir;
use crate::partition_log::Log;
use crate::partition_metadata;
use crate::recovery::RecoveryFacts;
use crate::segment::{DamagedRange, Segment, read_batch};
use crate::transaction_index;

/// Bytes copied at once.
const COPY_PIECE: usize = 1 << 20;

/// Why a partition cannot be repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// The last server did not stop cleanly: its redo log may hold the missing batches.
    #[error(
        "the server of {} was not stopped cleanly; start it once, so that its redo log is put back, \
         and stop it with SIGTERM",
        .0.display()
    )]
    NotStopped(PathBuf),
    /// There is no such directory.
    #[error("there is no directory {}", .0.display())]
    NoPartition(PathBuf),
    /// The log cannot be opened.
    #[error(transparent)]
    Open(OpenError),
    /// Reading or writing fails.
    #[error(transparent)]
    Disk(Error),
}

impl From<OpenError> for RepairError {
    fn from(error: OpenError) -> RepairError {
        RepairError::Open(error)
    }
}

impl From<Error> for RepairError {
    fn from(error: Error) -> RepairError {
        RepairError::Disk(error)
    }
}

/// A partition that is open for repair. Its log directory is locked while this value exists.
#[derive(Debug)]
pub struct Repair {
    log_dir: LogDir,
    log: Log,
}

impl Repair {
    /// Opens a partition in the same way as the next start, and checks every batch. Blocks on the
    /// disk.
    ///
    /// # Errors
    /// See [`RepairError`].
    pub fn open(
        io: &Io,
        log_dir: LogDir,
        partition: &TopicPartition,
    ) -> std::result::Result<Repair, RepairError> {
        let dir = log_dir.partition_dir(partition);
        if !io.disk.try_exists(&dir)? {
            return Err(RepairError::NoPartition(dir));
        }
        if !log_dir.was_cleanly_shut_down() {
            return Err(RepairError::NotStopped(log_dir.path().to_path_buf()));
        }
        let offset = |offsets: Result<crate::Offsets>| -> Result<i64> {
            Ok(offsets?.get(partition).copied().unwrap_or(0))
        };
        let facts = RecoveryFacts {
            clean_shutdown: true,
            topic_id: partition_metadata::read(&io.disk, &dir)?.unwrap_or_default(),
            recovery_point: offset(log_dir.recovery_points())?,
            log_start_offset: offset(log_dir.log_starts())?,
            compacted_below: offset(log_dir.cleaner_points())?,
            ..RecoveryFacts::default()
        };
        let (config, now_ms) = (LogConfig::default(), io.clock.now_ms());
        let mut log = Log::open(io, &dir, partition.clone(), config, facts, now_ms)?;
        log.segments.iter().try_for_each(Segment::verify_all)?;
        log.close()?;
        Ok(Repair { log_dir, log })
    }

    /// The damaged ranges, oldest first.
    pub fn damaged(&self) -> Vec<DamagedRange> {
        self.log.damaged()
    }

    /// Removes the ranges. Before that, their bytes are copied to files in `quarantine`, or beside
    /// the segment; returns these files. Blocks on the disk.
    ///
    /// # Errors
    /// See [`RepairError`]. After an error, start and stop the server, and call this again for the
    /// remaining ranges.
    pub fn skip(
        mut self,
        quarantine: Option<&Path>,
    ) -> std::result::Result<Vec<PathBuf>, RepairError> {
        let now_ms = self.log.io.clock.now_ms();
        let disk = self.log.io.disk.clone();
        let damaged: Vec<i64> = self
            .log
            .segments
            .iter()
            .filter(|segment| segment.is_damaged())
            .map(Segment::base_offset)
            .collect();
        if damaged.is_empty() {
            return Ok(Vec::new());
        }
        // From here to the end, the directory is in the same state as after a crash.
        let marker = self.log_dir.take_clean_marker()?;
        let mut kept = Vec::new();
        for base_offset in damaged {
            if self.log.active().base_offset() == base_offset {
                self.log.roll(now_ms)?;
            }
            let at = self.log.segment_at(base_offset);
            let segment = &self.log.segments[at];
            for range in segment.damage() {
                kept.extend(self.copy_bytes(&disk, &range, quarantine)?);
            }
            let cleaned = self.rewritten(segment)?;
            if !self.log.replace_segments(cleaned, now_ms)? {
                return Err(Error::other("a segment is gone").into());
            }
        }
        disk.sync_dir(self.log.dir())?;
        for file in self.log.take_deleted_files(i64::MAX) {
            disk.remove_file(file.path())?;
        }
        let end = self.log.close()?;
        let mut recovery_points = self.log_dir.recovery_points()?;
        recovery_points.insert(self.log.partition().clone(), end);
        self.log_dir.write_recovery_points(&recovery_points)?;
        self.log_dir.put_clean_marker_back(&marker)?;
        Ok(kept)
    }

    /// Copies the bytes of a range to a synced file; `None` if there are none.
    fn copy_bytes(
        &self,
        disk: &Disk,
        range: &DamagedRange,
        quarantine: Option<&Path>,
    ) -> Result<Option<PathBuf>> {
        if range.end_position == range.position {
            return Ok(None);
        }
        let segment = range.file.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{segment}.bytes-{}-{}", range.position, range.end_position);
        let path = match quarantine {
            Some(dir) => {
                disk.create_dir_all(dir)?;
                dir.join(format!("{}.{name}", self.log.partition()))
            }
            None => self.log.dir().join(name),
        };
        let from = disk.open(&range.file, OpenMode::Read)?;
        // An earlier attempt may have written it.
        if disk.try_exists(&path)? && !holds(disk, &path, &from, range)? {
            return Err(Error::new(
                ErrorKind::AlreadyExists,
                format!("{} exists already and has other content", path.display()),
            ));
        }
        let to = disk.open(&path, OpenMode::Truncate)?;
        copy(&from, range, |at, piece| to.write_all_at(at, piece))?;
        to.sync_all()?;
        if let Some(parent) = path.parent() {
            disk.sync_dir(parent)?;
        }
        Ok(Some(path))
    }

    /// The segment without its damaged ranges.
    fn rewritten(&self, segment: &Segment) -> Result<CleanedSegment> {
        let log = &self.log;
        let disk = &log.io.disk;
        let interval = log.config.index_interval_bytes;
        let mut writer = Writer::create(disk, &log.dir, segment.base_offset(), interval)?;
        let mut ranges = segment.damage().into_iter().peekable();
        let mut epoch = -1;
        segment.batches_from_offset(segment.base_offset(), |batch, file| {
            while let Some(range) = ranges.next_if(|range| range.end_position <= batch.position) {
                write_gap(&mut writer, segment, &range, epoch)?;
            }
            epoch = batch.header.partition_leader_epoch;
            let from = writer.out().len();
            writer.out().extend_from_slice(&read_batch(file, batch)?);
            writer.note(&batch.header, from)?;
            Ok(true)
        })?;
        for range in ranges {
            write_gap(&mut writer, segment, &range, epoch)?;
        }
        let path = segment.path(FileKind::TransactionIndex);
        writer.add_aborted(transaction_index::read(disk, &path)?);
        let with_transactions = disk.try_exists(&path)?;
        CleanedSegment::in_place_of(segment, log.id, writer, with_transactions)
    }
}

/// Writes a batch without records that has the offsets of a range.
fn write_gap(
    writer: &mut Writer,
    segment: &Segment,
    range: &DamagedRange,
    leader_epoch: i32,
) -> Result<()> {
    let count = range.next_offset - range.first_offset;
    if count <= 0 {
        return Ok(());
    }
    if !segment.takes_offset(range.next_offset - 1) {
        let message = format!("{range}; a segment cannot hold so many offsets");
        return Err(Error::new(ErrorKind::InvalidData, message));
    }
    let mut header = RecordBatchHeader {
        base_offset: range.first_offset,
        batch_length: 0,
        partition_leader_epoch: leader_epoch,
        magic: MAGIC,
        crc: 0,
        attributes: 0,
        last_offset_delta: (count - 1) as i32,
        base_timestamp: NO_TIMESTAMP,
        max_timestamp: NO_TIMESTAMP,
        producer_id: NO_PRODUCER_ID,
        producer_epoch: NO_PRODUCER_EPOCH,
        base_sequence: NO_SEQUENCE,
        record_count: 0,
    };
    header.set_empty();
    let from = writer.out().len();
    writer.out().extend_from_slice(&header.to_bytes());
    writer.note(&header, from)
}

/// Reads the bytes of a range piece by piece.
fn copy(
    from: &io::File,
    range: &DamagedRange,
    mut take: impl FnMut(u64, &[u8]) -> Result<()>,
) -> Result<()> {
    let len = range.end_position - range.position;
    let mut piece = vec![0; COPY_PIECE.min(len as usize)];
    let mut at = 0;
    while at < len {
        let piece_len = piece.len().min((len - at) as usize);
        let piece = &mut piece[..piece_len];
        from.read_exact_at(range.position + at, piece)?;
        take(at, piece)?;
        at += piece_len as u64;
    }
    Ok(())
}

/// Whether a file holds the bytes of a range, or the first of them.
fn holds(disk: &Disk, path: &Path, from: &io::File, range: &DamagedRange) -> Result<bool> {
    let file = disk.open(path, OpenMode::Read)?;
    let len = file.len()?;
    let mut is_same = len <= range.end_position - range.position;
    copy(from, range, |at, piece| {
        let there = (piece.len() as u64).min(len.saturating_sub(at)) as usize;
        let mut found = vec![0; there];
        file.read_exact_at(at, &mut found)?;
        is_same &= found == piece[..there];
        Ok(())
    })?;
    Ok(is_same)
}
