//! The log of one partition: its segments, where it begins and ends, and appending to it.
//!
//! A log knows one directory. It is driven by one caller at a time (the partition's lock) and
//! does not wait: writes go to the page cache; syncing is handed out as a [`SyncTicket`] and
//! reported back. What was reported synced is on disk. After a failed sync the log refuses
//! writes for good.
//!
//! ```text
//! log start offset ≤ flushed offset ≤ synced offset ≤ log end offset
//! ```
//!
//! The log does not know which records are committed. The caller passes the high watermark to
//! the operations that need it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use io::{File, Io};
use wire::record_batch::{
    EndTransactionMarker, HEADER_LEN, Origin, RecordBatch, RecordBatchHeader, TimestampType,
    ValidBatch, batches, split_produce, validate_for_append,
};
use wire::{TopicPartition, Uuid};

use crate::config::LogConfig;
use crate::error::AppendError;
use crate::file_name::{self, FileKind};
use crate::leader_epochs::LeaderEpochs;
use crate::maintain::DeletedFiles;
use crate::open::Recovered;
use crate::producer_snapshot;
use crate::producer_state::{CompletedTransaction, ProducerState};
use crate::segment::Segment;
use crate::sync_ticket::{FileId, LogPosition};
use crate::transaction_index::AbortedTransaction;

/// Tells the logs of a process apart, for the sync thread.
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// The log of one partition. See the module's description.
#[derive(Debug)]
pub struct Log {
    pub(crate) io: Io,
    pub(crate) id: u64,
    pub(crate) dir: PathBuf,
    pub(crate) partition: TopicPartition,
    pub(crate) topic_id: Uuid,
    pub(crate) config: LogConfig,
    /// Oldest first; the last one is written to. Never empty.
    pub(crate) segments: Vec<Segment>,
    /// Taken off `segment.ms` for the active segment.
    pub(crate) roll_jitter_ms: i64,
    pub(crate) log_start_offset: i64,
    pub(crate) log_end_offset: i64,
    pub(crate) producers: ProducerState,
    pub(crate) epochs: LeaderEpochs,
    /// Whether the file of the leader epochs lags behind. It need not be newer than the newest
    /// producer snapshot: opening the log reads the batches after that.
    pub(crate) epochs_changed: bool,
    /// Counts what was written to files and to the directory.
    pub(crate) change: u64,
    pub(crate) synced_change: u64,
    pub(crate) synced: LogPosition,
    /// When the oldest write that is not synced was made.
    pub(crate) unsynced_since_ms: Option<i64>,
    /// As `synced`, without the help of the redo log.
    pub(crate) flushed_change: u64,
    pub(crate) flushed_offset: i64,
    /// Files other than the active segment's that are not synced, by the change that made it so.
    pub(crate) unflushed_files: Vec<(u64, FileId, File)>,
    /// The change that last made or renamed a file.
    pub(crate) names_changed: u64,
    /// Segments that were taken out and whose files are still there.
    pub(crate) deleted: Vec<DeletedFiles>,
    pub(crate) failure: Option<Failure>,
    /// The change that the last close covered; `None` if there has to be one.
    pub(crate) closed_change: Option<u64>,
    pub(crate) recovered: Recovered,
}

/// Why a log takes no more writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What has failed, and how.
    pub message: String,
    /// Whether the device has, and with it every log on it.
    pub device_failed: bool,
}

/// Where appended batches are, or were already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendInfo {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Offset of the last record.
    pub last_offset: i64,
    /// Largest timestamp in ms, or -1.
    pub max_timestamp: i64,
    /// The time given to all records, in ms, if the topic says so; else -1.
    pub log_append_time: i64,
    /// The producer had sent it before: nothing was written.
    pub duplicate: bool,
}

impl Log {
    /// The outside world the log was opened with.
    pub fn io(&self) -> &Io {
        &self.io
    }

    /// The partition.
    pub fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The configuration.
    pub fn config(&self) -> &LogConfig {
        &self.config
    }

    /// Takes a new configuration; it counts from the next append on.
    pub fn set_config(&mut self, config: LogConfig) {
        for segment in &mut self.segments {
            segment.set_index_interval(config.index_interval_bytes);
        }
        self.config = config;
    }

    /// First offset that may be read.
    pub fn log_start_offset(&self) -> i64 {
        self.log_start_offset
    }

    /// Offset that the next record gets.
    pub fn log_end_offset(&self) -> i64 {
        self.log_end_offset
    }

    /// Offsets below are on disk for good.
    pub fn synced_offset(&self) -> i64 {
        self.synced.offset
    }

    /// Offsets below are on disk in the segments themselves: the recovery point.
    pub fn flushed_offset(&self) -> i64 {
        self.flushed_offset
    }

    /// The last stable offset: offsets below are committed and belong to no open transaction.
    ///
    /// `high_watermark` must not be lower than the one of an earlier
    /// [`Log::on_high_watermark_incremented`].
    pub fn last_stable_offset(&self, high_watermark: i64) -> i64 {
        self.producers
            .first_unstable_offset(high_watermark)
            .map_or(high_watermark, |first| first.min(high_watermark))
    }

    /// Forgets completed transactions that the high watermark has passed.
    pub fn on_high_watermark_incremented(&mut self, high_watermark: i64) {
        self.producers.on_high_watermark(high_watermark);
    }

    /// Bytes of record batches.
    pub fn size(&self) -> u64 {
        self.segments.iter().map(Segment::size).sum()
    }

    /// How many segments there are.
    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// The idempotent producers that have written, and their transactions.
    pub fn producers(&self) -> &ProducerState {
        &self.producers
    }

    /// The leader epochs.
    pub fn leader_epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// What opening the log has found and done.
    pub fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// Why the log takes no more writes, if so.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Checks batches and appends them.
    ///
    /// A client's `records` hold exactly one batch (as Produce version 3 and later); those of a
    /// coordinator one or more. Offsets and leader epoch are written; what the topic demands is
    /// rewritten. A batch that its producer has sent before is not appended again.
    ///
    /// # Errors
    /// See [`AppendError`]. Nothing was appended then, save that of several batches those before
    /// the one at fault may be.
    pub fn append_as_leader(
        &mut self,
        records: Bytes,
        leader_epoch: i32,
        now_ms: i64,
        origin: Origin,
    ) -> Result<AppendInfo, AppendError> {
        self.refuse_if_failed()?;
        let rules = self.config.rules;
        let valid = match origin {
            Origin::Client => {
                let batch = split_produce(&records)?;
                vec![validate_for_append(&batch, &rules, origin, now_ms)?]
            }
            Origin::Coordinator => {
                let mut valid = Vec::new();
                for batch in batches(records) {
                    let batch = batch.map_err(unreadable)?;
                    valid.push(validate_for_append(&batch, &rules, origin, now_ms)?);
                }
                valid
            }
        };
        let mut appended: Option<AppendInfo> = None;
        for mut batch in valid {
            let info = self.append_one(&mut batch, leader_epoch, now_ms, origin)?;
            appended = Some(match appended {
                None => info,
                Some(first) => AppendInfo {
                    last_offset: info.last_offset,
                    max_timestamp: first.max_timestamp.max(info.max_timestamp),
                    ..first
                },
            });
        }
        appended.ok_or_else(|| unreadable("there is no record batch"))
    }

    fn append_one(
        &mut self,
        batch: &mut ValidBatch,
        leader_epoch: i32,
        now_ms: i64,
        origin: Origin,
    ) -> Result<AppendInfo, AppendError> {
        let marker = marker_of(batch);
        if let Some(old) = self.check_producer(&batch.header, marker.as_ref(), origin)? {
            return Ok(AppendInfo {
                base_offset: old.first_offset(),
                last_offset: old.last_offset,
                max_timestamp: old.timestamp,
                log_append_time: self.append_time(old.timestamp),
                duplicate: true,
            });
        }
        let header = &mut batch.header;
        header.base_offset = self.log_end_offset;
        header.partition_leader_epoch = leader_epoch;
        if header
            .base_offset
            .checked_add(i64::from(header.last_offset_delta) + 1)
            .is_none()
        {
            return Err(AppendError::OffsetsExhausted);
        }
        let size = (HEADER_LEN + batch.body.len()) as u64;
        if size > self.config.segment_bytes {
            let segment_bytes = self.config.segment_bytes;
            return Err(AppendError::TooLargeForSegment {
                size,
                segment_bytes,
            });
        }
        self.write(&batch.header, &batch.body, now_ms)
            .map_err(|error| self.write_failed(&error))?;
        self.note_appended(&batch.header, marker.as_ref());
        Ok(AppendInfo {
            base_offset: batch.header.base_offset,
            last_offset: batch.header.last_offset(),
            max_timestamp: batch.header.max_timestamp,
            log_append_time: self.append_time(batch.header.max_timestamp),
            duplicate: false,
        })
    }

    /// Rolls if need be, writes the batch and notes a new leader epoch.
    fn write(
        &mut self,
        header: &RecordBatchHeader,
        body: &[u8],
        now_ms: i64,
    ) -> std::io::Result<()> {
        if self.must_roll(header, body.len(), now_ms)? {
            self.roll(now_ms)?;
        }
        self.active_mut().append(header, body, now_ms)?;
        self.epochs_changed |= self
            .epochs
            .assign(header.partition_leader_epoch, header.base_offset);
        self.unsynced_since_ms.get_or_insert(now_ms);
        self.change += 1;
        Ok(())
    }

    /// Takes an appended batch into what is known of offsets, producers and transactions.
    pub(crate) fn note_appended(
        &mut self,
        header: &RecordBatchHeader,
        marker: Option<&EndTransactionMarker>,
    ) {
        self.log_end_offset = header.next_offset();
        let completed = self.producers.append(header, marker);
        if let Some(aborted) = completed.filter(|completed| !completed.committed) {
            self.index_aborted(&aborted);
        }
    }

    fn index_aborted(&mut self, aborted: &CompletedTransaction) {
        let entry = AbortedTransaction {
            producer_id: aborted.producer_id,
            first_offset: aborted.first_offset,
            last_offset: aborted.last_offset,
            last_stable_offset: self.producers.stable_offset_after(aborted),
        };
        let segment = self.active();
        let path = segment.path(FileKind::TransactionIndex);
        let id = FileId::At(segment.base_offset(), FileKind::TransactionIndex);
        match segment.index_aborted(&entry) {
            Ok(file) => {
                self.change += 1;
                self.unflushed_files.push((self.change, id, file));
                self.names_changed = self.change;
            }
            // The marker is in the log; a reader without the entry would see aborted records.
            Err(error) => self.fail(&format!("write {}", path.display()), &error),
        }
    }

    fn must_roll(
        &mut self,
        header: &RecordBatchHeader,
        body_len: usize,
        now_ms: i64,
    ) -> std::io::Result<bool> {
        let limit = self
            .config
            .segment_age_max_ms()
            .saturating_sub(self.roll_jitter_ms);
        let segment_bytes = self.config.segment_bytes.min(i32::MAX as u64);
        let index_bytes = self.config.segment_index_bytes;
        let active = self.active_mut();
        if active.size() == 0 {
            return Ok(false);
        }
        Ok(
            active.size() + (HEADER_LEN + body_len) as u64 > segment_bytes
                || !active.takes_offset(header.last_offset())
                || active.age_ms(header.max_timestamp, now_ms)? > limit
                || active.index_is_full(index_bytes)?,
        )
    }

    /// Closes the active segment and opens a new one at the log end.
    pub(crate) fn roll(&mut self, now_ms: i64) -> std::io::Result<()> {
        let base_offset = self.log_end_offset;
        let closed_base = self.active().base_offset();
        self.write_epochs_if_changed()?;
        let mut files = self.active_mut().write_indexes()?;
        files.push((FileKind::Log, self.active().file().clone()));
        let snapshot = producer_snapshot::encode(&self.producers);
        let snapshot_name = file_name::file_name(base_offset, FileKind::Snapshot);
        let snapshot_file = self
            .io
            .disk
            .open_cached(&self.dir.join(snapshot_name), io::OpenMode::Truncate)?;
        snapshot_file.write_all_at(0, &snapshot)?;
        let interval = self.config.index_interval_bytes;
        let next = Segment::create(&self.io.disk, &self.dir, base_offset, interval, now_ms)
            .inspect_err(|_| self.remove_unfinished(base_offset))?;

        self.change += 1;
        for (kind, file) in files {
            self.unflushed_files
                .push((self.change, FileId::At(closed_base, kind), file));
        }
        let id = FileId::At(base_offset, FileKind::Snapshot);
        self.unflushed_files.push((self.change, id, snapshot_file));
        self.names_changed = self.change;
        self.roll_jitter_ms = jitter(&self.io, &self.config);
        self.segments.push(next);
        tracing::debug!(partition = %self.partition, base_offset, "rolled a new segment");
        Ok(())
    }

    /// A segment that is left half made would end the log at its base on the next open.
    fn remove_unfinished(&mut self, base_offset: i64) {
        let removed = Segment::remove_unfinished(&self.io.disk, &self.dir, base_offset);
        if let Err(error) = removed {
            self.fail("cannot remove a segment that was not finished", &error);
        }
    }

    /// Takes no more writes because of an error.
    pub(crate) fn fail(&mut self, what: &str, error: &std::io::Error) {
        self.refuse_writes(Failure {
            message: format!("{what}: {error}"),
            device_failed: io::is_device_failure(error),
        });
    }

    pub(crate) fn refuse_writes(&mut self, why: Failure) {
        if self.failure.is_none() {
            let message = &why.message;
            tracing::error!(partition = %self.partition, "{message}; the log refuses writes");
            self.failure = Some(why);
        }
    }

    pub(crate) fn refuse_if_failed(&self) -> Result<(), AppendError> {
        match &self.failure {
            None => Ok(()),
            Some(failure) => Err(AppendError::Storage {
                message: failure.message.clone(),
                for_good: true,
            }),
        }
    }

    /// A write failed. The batch is not there; if even that cannot be made sure, or the device
    /// has failed, nothing is written any more.
    fn write_failed(&mut self, error: &std::io::Error) -> AppendError {
        tracing::warn!(partition = %self.partition, "append failed: {error}");
        if let Err(cut) = self.active().cut_leftover() {
            let what = format!("append failed: {error}; and so did cutting it off");
            self.fail(&what, &cut);
        }
        if io::is_device_failure(error) {
            self.fail("append failed", error);
        }
        AppendError::Storage {
            message: error.to_string(),
            for_good: self.failure.is_some(),
        }
    }

    pub(crate) fn active(&self) -> &Segment {
        self.segments.last().expect("a log has a segment")
    }

    pub(crate) fn active_mut(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("a log has a segment")
    }

    pub(crate) fn end_position(&self) -> LogPosition {
        let active = self.active();
        LogPosition {
            offset: self.log_end_offset,
            segment: active.base_offset(),
            position: active.size(),
        }
    }

    fn append_time(&self, timestamp: i64) -> i64 {
        match self.config.rules.timestamp_type {
            TimestampType::CreateTime => -1,
            TimestampType::LogAppendTime => timestamp,
        }
    }
}

/// A log's number within the process.
pub(crate) fn next_id() -> u64 {
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

/// By how much earlier than `segment.ms` a segment is rolled, so that not all roll at once.
pub(crate) fn jitter(io: &Io, config: &LogConfig) -> i64 {
    let most = config.segment_jitter_ms.min(config.segment_age_max_ms());
    if most <= 0 {
        0
    } else {
        io.rng.below(most as u64) as i64
    }
}

/// The transaction marker in a control batch, which is never compressed.
fn marker_of(batch: &ValidBatch) -> Option<EndTransactionMarker> {
    if !batch.header.is_control() {
        return None;
    }
    let bytes = [&batch.header.to_bytes()[..], &batch.body].concat();
    let whole = RecordBatch {
        header: batch.header,
        bytes: Bytes::from(bytes),
    };
    marker_in(&whole)
}

/// The transaction marker in a batch, if it is a control batch that holds one.
pub(crate) fn marker_in(batch: &RecordBatch) -> Option<EndTransactionMarker> {
    if !batch.header.is_control() {
        return None;
    }
    let record = batch.records(4096).ok()?.next()?.ok()?;
    EndTransactionMarker::of(&record)
}

fn unreadable(what: impl ToString) -> AppendError {
    AppendError::Rejected(wire::record_batch::Rejection {
        kind: wire::record_batch::RejectionKind::InvalidRecord,
        message: what.to_string(),
        records: Vec::new(),
    })
}
