//! The log of one partition: its segments and offsets, and appending to it.
//!
//! A log knows one directory. One caller at a time uses it (the partition's lock). [`Log::try_append`]
//! does not wait for the disk: writes go to the page cache, and syncs are requested by a
//! [`SyncTicket`](crate::SyncTicket), whose result is reported back. After a failed sync the log
//! refuses writes until it is opened again.
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
use io::{DiskErrorKind, File, Io};
use wire::record_batch::{
    EndTransactionMarker, HEADER_LEN, Origin, RecordBatch, RecordBatchHeader, TimestampType,
    ValidBatch, batches, split_produce, validate_for_append,
};
use wire::{TopicPartition, Uuid};

use crate::checkpoint;
use crate::config::LogConfig;
use crate::durability::{Durability, Failure};
use crate::error::{AppendError, NotReady, TryAppendError};
use crate::file_name::{self, FileKind};
use crate::leader_epochs::LeaderEpochs;
use crate::open::Recovered;
use crate::producer_state::{CompletedTransaction, ProducerState};
use crate::removal::DeletedFiles;
use crate::segment::Segment;
use crate::sync_ticket::{FileId, LogPosition};

/// The next number of a log in this process. Sync results are matched by it.
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
    /// Oldest first; the last one is the active segment. Never empty.
    pub(crate) segments: Vec<Segment>,
    /// The active segment is rolled this much earlier than `segment.ms`.
    pub(crate) roll_jitter_ms: i64,
    pub(crate) log_start_offset: i64,
    pub(crate) log_end_offset: i64,
    pub(crate) producers: ProducerState,
    pub(crate) epochs: LeaderEpochs,
    /// Whether the checkpoint file of the leader epochs is out of date. It only has to be as new as
    /// the newest producer snapshot: opening the log reads the batches after that.
    pub(crate) epochs_changed: bool,
    pub(crate) durability: Durability,
    /// Whether the active segment may hold a part of a batch whose write has failed.
    pub(crate) has_leftover: bool,
    /// Files of deleted segments that still exist.
    pub(crate) deleted: Vec<DeletedFiles>,
    pub(crate) recovered: Recovered,
}

/// The place of appended batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendInfo {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Offset of the last record.
    pub last_offset: i64,
    /// Largest timestamp in ms, or -1.
    pub max_timestamp: i64,
    /// The time of all records in ms, for `message.timestamp.type=LogAppendTime`; else -1.
    pub log_append_time: i64,
    /// Whether the producer has sent the batch before: nothing was written.
    pub duplicate: bool,
}

impl Log {
    /// The `io` the log was opened with.
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

    /// Sets a new configuration. It applies from the next append on.
    pub fn set_config(&mut self, config: LogConfig) {
        for segment in &mut self.segments {
            segment.set_index_interval(config.index_interval_bytes);
        }
        self.config = config;
    }

    /// First offset that can be read.
    pub fn log_start_offset(&self) -> i64 {
        self.log_start_offset
    }

    /// Offset of the next record.
    pub fn log_end_offset(&self) -> i64 {
        self.log_end_offset
    }

    /// Offsets below are durable on this broker, in the segments or in the redo log.
    pub fn synced_offset(&self) -> i64 {
        self.durability.synced_position().offset
    }

    /// Offsets below are durable in the segments: the recovery point.
    pub fn flushed_offset(&self) -> i64 {
        self.durability.flushed_offset()
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

    /// Number of segments.
    pub fn segment_count(&self) -> usize {
        self.segments.len()
    }

    /// The idempotent producers and their transactions.
    pub fn producers(&self) -> &ProducerState {
        &self.producers
    }

    /// Removes producers that have been idle for `producer.id.expiration.ms`.
    pub fn expire_producers(&mut self, now_ms: i64) {
        self.producers
            .expire(now_ms, self.config.producer_id_expiration_ms);
    }

    /// The leader epochs.
    pub fn leader_epochs(&self) -> &LeaderEpochs {
        &self.epochs
    }

    /// What opening the log has found and repaired.
    pub fn recovered(&self) -> &Recovered {
        &self.recovered
    }

    /// Why the log refuses writes, if it does.
    pub fn failure(&self) -> Option<&Failure> {
        self.durability.failure()
    }

    /// Validates one batch and appends it, or says what has to be done before. Does not wait for the
    /// disk.
    ///
    /// Offsets and leader epoch are set; compression and timestamps are rewritten if the topic
    /// requires it. A batch that the producer has sent before is not appended again.
    ///
    /// # Errors
    /// See [`TryAppendError`]. Nothing was appended then.
    pub fn try_append(
        &mut self,
        records: &Bytes,
        leader_epoch: i32,
        now_ms: i64,
        origin: Origin,
    ) -> Result<AppendInfo, TryAppendError> {
        self.refuse_if_failed()?;
        let batch = split_produce(records).map_err(AppendError::from)?;
        self.append_one(&batch, leader_epoch, now_ms, origin)
    }

    /// As [`Log::try_append`], but rolls the segment and looks up earlier batches itself: blocks on the
    /// disk. `records` of a coordinator may hold more than one batch.
    ///
    /// # Errors
    /// See [`AppendError`]. Nothing was appended then; of several batches, those before the wrong
    /// one may be.
    pub fn append_as_leader(
        &mut self,
        records: Bytes,
        leader_epoch: i32,
        now_ms: i64,
        origin: Origin,
    ) -> Result<AppendInfo, AppendError> {
        self.refuse_if_failed()?;
        let all = match origin {
            Origin::Client => vec![split_produce(&records)?],
            Origin::Coordinator => batches(records)
                .collect::<Result<Vec<_>, _>>()
                .map_err(unreadable)?,
        };
        let mut appended: Option<AppendInfo> = None;
        for batch in &all {
            let info = loop {
                match self.append_one(batch, leader_epoch, now_ms, origin) {
                    Ok(info) => break info,
                    Err(TryAppendError::Refused(error)) => return Err(error),
                    Err(TryAppendError::NotReady(NotReady::RollDue)) => {
                        self.roll(now_ms)
                            .map_err(|error| self.append_failed(&error, &batch.header))?;
                    }
                    Err(TryAppendError::NotReady(NotReady::BatchesMissing(missing))) => {
                        self.add_batches(&missing.read()?);
                    }
                }
            };
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
        batch: &RecordBatch,
        leader_epoch: i32,
        now_ms: i64,
        origin: Origin,
    ) -> Result<AppendInfo, TryAppendError> {
        let rules = &self.config.rules;
        let mut batch =
            validate_for_append(batch, rules, origin, now_ms).map_err(AppendError::from)?;
        let marker = marker_of(&batch);
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
            return Err(AppendError::OffsetsExhausted.into());
        }
        let size = (HEADER_LEN + batch.body.len()) as u64;
        if size > self.config.segment_bytes {
            let segment_bytes = self.config.segment_bytes;
            return Err(AppendError::TooLargeForSegment {
                size,
                segment_bytes,
            }
            .into());
        }
        let must_roll = self.must_roll(&batch.header, batch.body.len(), now_ms);
        if must_roll.map_err(|error| self.append_failed(&error, &batch.header))? {
            return Err(NotReady::RollDue.into());
        }
        self.write(&batch.header, &batch.body, now_ms)
            .map_err(|error| self.append_failed(&error, &batch.header))?;
        self.note_appended(&batch.header, marker.as_ref());
        Ok(AppendInfo {
            base_offset: batch.header.base_offset,
            last_offset: batch.header.last_offset(),
            max_timestamp: batch.header.max_timestamp,
            log_append_time: self.append_time(batch.header.max_timestamp),
            duplicate: false,
        })
    }

    /// Notes a batch of a client that was refused before it came here. If it is the first one of its
    /// producer, no other batch of the producer is accepted before it.
    pub fn note_unwritten(&mut self, batch: &RecordBatchHeader) {
        self.producers.note_unwritten(batch);
    }

    /// Whether a producer's first batch could not be written, and its others are refused until it is. A closed log does not
    /// know it.
    pub fn waits_for_first_batches(&self) -> bool {
        self.producers.waits_for_first_batches()
    }

    /// Writes the batch to the active segment and notes its leader epoch.
    fn write(
        &mut self,
        header: &RecordBatchHeader,
        body: &[u8],
        now_ms: i64,
    ) -> std::io::Result<()> {
        self.cut_leftover()?;
        self.active_mut().append(header, body, now_ms)?;
        self.epochs_changed |= self
            .epochs
            .assign(header.partition_leader_epoch, header.base_offset);
        self.durability.appended(now_ms);
        Ok(())
    }

    /// Updates offsets, producers and transactions for an appended batch.
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
        let entry = self.producers.aborted(aborted);
        let segment = self.active();
        let path = segment.path(FileKind::TransactionIndex);
        let id = FileId::At(segment.base_offset(), FileKind::TransactionIndex);
        match segment.index_aborted(&entry) {
            Ok(file) => {
                self.durability.wrote([(id, file)]);
                self.durability.renamed();
            }
            // The marker is in the log. Without the entry, a reader would see aborted records.
            Err(error) => self.fail(&format!("write {}", path.display()), &error),
        }
    }

    /// Reads from the active segment what the next append needs, so that the append reads nothing.
    /// Blocks on the disk.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn prepare_append(&self) -> std::io::Result<()> {
        let index_bytes = self.config.segment_index_bytes;
        let active = self.active();
        active.first_timestamp()?;
        active.index_is_full(index_bytes).map(|_| ())
    }

    /// Writes the leader epochs if they have changed. Returns the file, which is not synced.
    pub(crate) fn write_epochs(&self) -> std::io::Result<Option<(FileId, File)>> {
        if !self.epochs_changed {
            return Ok(None);
        }
        let path = self.dir.join(file_name::LEADER_EPOCHS);
        let epochs = checkpoint::encode_epochs(self.epochs.entries());
        self.io.disk.replace(&path, epochs.as_bytes())?;
        let file = self.io.disk.cached(&path);
        Ok(Some((FileId::LeaderEpochs, file)))
    }

    /// Refuses writes from now on, because of an error.
    pub(crate) fn fail(&mut self, what: &str, error: &std::io::Error) {
        self.refuse_writes(Failure {
            message: format!("{what}: {error}"),
            device_failed: io::is_device_failure(error),
        });
    }

    /// Refuses writes from now on.
    pub fn refuse_writes(&mut self, why: Failure) {
        let message = why.message.clone();
        if self.durability.failed(why) {
            tracing::error!(partition = %self.partition, "{message}; the log refuses writes");
        }
    }

    pub(crate) fn refuse_if_failed(&self) -> Result<(), AppendError> {
        match self.failure() {
            None => Ok(()),
            Some(failure) => Err(AppendError::Storage {
                message: failure.message.clone(),
                for_good: true,
            }),
        }
    }

    /// Handles an error of appending a batch. A part of it that was written is cut off. If that fails
    /// too, or if the device has failed, the log refuses writes from now on. A full disk or a lack of
    /// descriptors alone has no such effect: nothing is lost.
    fn append_failed(&mut self, error: &std::io::Error, batch: &RecordBatchHeader) -> AppendError {
        self.producers.note_unwritten(batch);
        tracing::warn!(partition = %self.partition, "append failed: {error}");
        self.has_leftover = true;
        if let Err(cut) = self.cut_leftover()
            && DiskErrorKind::of(&cut) != DiskErrorKind::OutOfDescriptors
        {
            let what =
                format!("append failed: {error}; cutting off the incomplete batch failed, too");
            self.fail(&what, &cut);
        }
        if io::is_device_failure(error) {
            self.fail("append failed", error);
        }
        AppendError::Storage {
            message: error.to_string(),
            for_good: self.failure().is_some(),
        }
    }

    /// Cuts off the rest of a batch whose write has failed, if there is one.
    pub(crate) fn cut_leftover(&mut self) -> std::io::Result<()> {
        if self.has_leftover {
            self.active().cut_leftover()?;
            self.has_leftover = false;
        }
        Ok(())
    }

    pub(crate) fn active(&self) -> &Segment {
        self.segments.last().expect("a log has a segment")
    }

    pub(crate) fn active_mut(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("a log has a segment")
    }

    pub(crate) fn end_position(&self) -> LogPosition {
        LogPosition::at_end_of(self.active(), self.log_end_offset)
    }

    fn append_time(&self, timestamp: i64) -> i64 {
        match self.config.rules.timestamp_type {
            TimestampType::CreateTime => -1,
            TimestampType::LogAppendTime => timestamp,
        }
    }
}

/// A new number of a log in this process.
pub(crate) fn next_id() -> u64 {
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

/// A random time by which a segment is rolled earlier than `segment.ms`, so that not all segments
/// are rolled at the same time.
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
