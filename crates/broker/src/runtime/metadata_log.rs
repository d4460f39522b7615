//! `__cluster_metadata-0`: the log of the cluster metadata, a partition log like any other, and the
//! snapshots beside it. A start reads the newest snapshot and the log after it.
//!
//! The records of one change are one batch: after a crash all of them are there, or none. Several
//! batches may share a sync.

use std::fmt;
use std::path::Path;

use bytes::Bytes;
use io::{Disk, Io};
use log::{DamagedRange, Failure, Log, LogConfig, ReadError, ReadLimit, RecoveryFacts};
use metadata::log_directories::DeletedTopics;
use metadata::quorum::{LogFacts, QuorumOfOne};
use metadata::snapshot::{self, BATCH_BYTES_MAX};
use metadata::{MetadataImage, MetadataRecord, record, topic_name};
use wire::TopicPartition;
use wire::record_batch::{AppendRules, BatchBuilder, Compression, Origin, batches};

use super::snapshots;
use crate::config::MetadataLogConfig;

/// Why the metadata log cannot be read or written. The text says what failed and where.
#[derive(Debug, thiserror::Error)]
#[error("{doing} {}-0: {why}", topic_name::CLUSTER_METADATA)]
pub(crate) struct MetadataLogError {
    doing: &'static str,
    why: String,
}

fn failed(doing: &'static str, why: impl fmt::Display) -> MetadataLogError {
    MetadataLogError {
        doing,
        why: why.to_string(),
    }
}

/// The metadata log, led by this node.
#[derive(Debug)]
pub(crate) struct MetadataLog {
    disk: Disk,
    log: Log,
    quorum: QuorumOfOne,
}

/// An opened metadata log and what was read from it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub log: MetadataLog,
    /// The image after all records of the log.
    pub image: MetadataImage,
    /// The topics that were deleted since the newest snapshot.
    pub deleted: DeletedTopics,
    /// Bytes of batches after the newest snapshot.
    pub bytes_since_snapshot: u64,
}

/// Encodes the records of one change as one batch of at most `bytes_max`.
///
/// # Errors
/// A record or batch that is too large.
pub(crate) fn encode(
    records: &[MetadataRecord],
    bytes_max: usize,
    now_ms: i64,
) -> Result<Bytes, MetadataLogError> {
    let mut batches = encode_split(records, bytes_max, now_ms)?.into_iter();
    match (batches.next(), batches.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(failed(
            "encode a batch for",
            format!("its records do not fit {bytes_max} bytes"),
        )),
    }
}

/// Encodes records as batches of at most `bytes_max` each. After a crash, only some of the batches
/// may be there.
///
/// # Errors
/// A record that is too large.
pub(crate) fn encode_split(
    records: &[MetadataRecord],
    bytes_max: usize,
    now_ms: i64,
) -> Result<Vec<Bytes>, MetadataLogError> {
    /// An upper bound of the bytes of a batch with one record, without the record's value.
    const OVERHEAD: usize = 64;
    let mut batches = Vec::new();
    let mut batch = BatchBuilder::new(Compression::None);
    for record in records {
        let value = record::encode(record).map_err(|e| failed("encode a record for", e))?;
        let bytes = value.len() + OVERHEAD;
        if bytes + OVERHEAD > bytes_max {
            let why = format!("it has {} bytes", value.len());
            return Err(failed("encode a record for", why));
        }
        if !batch.is_empty() && batch.uncompressed_len() + bytes + OVERHEAD > bytes_max {
            let full = std::mem::replace(&mut batch, BatchBuilder::new(Compression::None));
            batches.push(full.build());
        }
        batch.append(now_ms, None, Some(&value), &[]);
    }
    batches.push(batch.build());
    Ok(batches)
}

impl MetadataLog {
    /// Opens the log below `directory`, replays it and begins a new epoch.
    ///
    /// # Errors
    /// A log that is missing although it was written before, damaged, or cannot be read or written;
    /// a record that this version does not understand.
    pub(crate) fn open(
        io: &Io,
        directory: &Path,
        settings: &MetadataLogConfig,
        facts: RecoveryFacts,
        node_id: i32,
    ) -> Result<Opened, MetadataLogError> {
        let id = TopicPartition::new(topic_name::CLUSTER_METADATA, 0);
        let path = directory.join(id.to_string());
        let is_there = io.disk.try_exists(&path).map_err(|e| failed("open", e))?;
        if facts.recovery_point > 0 && !is_there {
            return Err(failed(
                "open",
                format!(
                    "{} is missing, and with it the list of all topics; restore it from a copy, or \
                     move all of {} away to start with an empty cluster",
                    path.display(),
                    directory.display()
                ),
            ));
        }
        let snapshot = match is_there {
            true => snapshots::newest(&io.disk, &path).map_err(|e| failed("read", e))?,
            false => MetadataImage::empty(),
        };
        let now_ms = io.clock.now_ms();
        let open = |log_start_offset| {
            let facts = RecoveryFacts {
                synced_batch_by_batch: true,
                log_start_offset,
                ..facts
            };
            let config = log_config(settings);
            Log::open(io, &path, id.clone(), config, facts, now_ms).map_err(|e| failed("open", e))
        };
        let mut log = open(0)?;
        if log.log_end_offset() <= snapshot.last_offset() {
            // The records of the snapshot are committed. A log that is missing or ends before them
            // continues at the end of the snapshot.
            log = open(snapshot.last_offset() + 1)?;
        }
        sync(&mut log, &io.disk).map_err(|e| failed("sync", e))?;
        if let Some(range) = log.damaged().first() {
            return Err(damaged(range));
        }
        let snapshot_epoch = (snapshot.last_offset() >= 0).then_some(snapshot.epoch());
        let ReplayedImage {
            image,
            deleted,
            bytes,
        } = replay(&log, snapshot)?;
        if image.is_in_transaction() {
            let why =
                "its last transaction has no end; start Apache Kafka once more, which ends it";
            return Err(failed("replay", why));
        }
        let (quorum, first) = QuorumOfOne::elect(
            node_id,
            LogFacts {
                last_epoch: log.leader_epochs().latest().max(snapshot_epoch),
                end_offset: log.log_end_offset(),
            },
        );
        let mut opened = MetadataLog {
            disk: io.disk.clone(),
            log,
            quorum,
        };
        let mut batch = BatchBuilder::new(Compression::None).control();
        batch.append(now_ms, Some(&first.key), Some(&first.value), &[]);
        opened.append(vec![batch.build()], now_ms)?;
        Ok(Opened {
            image: image.skip_to(opened.high_watermark() - 1, first.epoch),
            log: opened,
            deleted,
            bytes_since_snapshot: bytes,
        })
    }

    /// The leader epoch of this node.
    pub(crate) fn epoch(&self) -> i32 {
        self.quorum.epoch()
    }

    /// The offset below which records are committed.
    pub(crate) fn high_watermark(&self) -> i64 {
        self.quorum.high_watermark()
    }

    /// The directory of the log and its snapshots.
    pub(crate) fn dir(&self) -> &Path {
        self.log.dir()
    }

    /// Bytes of record batches.
    pub(crate) fn size(&self) -> u64 {
        self.log.size()
    }

    /// Appends batches and syncs them together. Blocks on the disk.
    ///
    /// # Errors
    /// If a batch cannot be appended, or the sync fails. Even then, batches below
    /// [`Self::high_watermark`] are committed.
    pub(crate) fn append(
        &mut self,
        batches: Vec<Bytes>,
        now_ms: i64,
    ) -> Result<(), MetadataLogError> {
        let epoch = self.quorum.epoch();
        let mut appended = Ok(());
        for batch in batches {
            match self
                .log
                .append_as_leader(batch, epoch, now_ms, Origin::Coordinator)
            {
                Ok(batch) => self.quorum.appended(batch.last_offset + 1),
                Err(e) => {
                    appended = Err(failed("append to", e));
                    break;
                }
            }
        }
        sync(&mut self.log, &self.disk).map_err(|e| {
            // Whatever the error is: the caller reverts changes that the log has.
            self.log.refuse_writes(Failure {
                message: format!("sync failed: {e}"),
                device_failed: io::is_device_failure(&e),
            });
            failed("sync", e)
        })?;
        self.quorum.synced(self.log.log_end_offset());
        appended
    }

    /// Deletes the segments whose records are all below `offset`. Blocks on the disk.
    ///
    /// # Errors
    /// Errors of renaming and removing files.
    pub(crate) fn delete_before(&mut self, offset: i64, now_ms: i64) -> std::io::Result<()> {
        let high_watermark = self.quorum.high_watermark();
        self.log
            .delete_records(offset, high_watermark)
            .map_err(std::io::Error::other)?;
        self.log.apply_retention(high_watermark, now_ms)?;
        for file in self.log.take_deleted_files(now_ms) {
            self.disk.remove_file(file.path())?;
        }
        Ok(())
    }

    /// Why the log takes no more writes; `None` if it takes them.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.log.failure().map(|failure| &*failure.message)
    }

    /// Makes everything durable, so that the next start has nothing to recover.
    pub(crate) fn close(&mut self) -> std::io::Result<()> {
        self.log.close().map(|_| ())
    }
}

fn log_config(settings: &MetadataLogConfig) -> LogConfig {
    LogConfig {
        rules: AppendRules {
            batch_bytes_max: BATCH_BYTES_MAX,
            ..AppendRules::default()
        },
        segment_bytes: settings.segment_bytes,
        segment_ms: settings.segment_ms,
        // Only segments below the log start are deleted, and without a delay: nobody reads them.
        cleanup_delete: false,
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    }
}

fn sync(log: &mut Log, disk: &Disk) -> std::io::Result<()> {
    if let Some(ticket) = log.unsynced() {
        ticket.sync(disk)?;
        log.mark_synced(&ticket.synced);
    }
    Ok(())
}

fn damaged(range: &DamagedRange) -> MetadataLogError {
    let remedy = "restore the log from a copy: it contains the list of all topics";
    failed("read", format!("{range}; {remedy}"))
}

/// What the log contains after a snapshot.
struct ReplayedImage {
    image: MetadataImage,
    deleted: DeletedTopics,
    bytes: u64,
}

/// Replays the log after `image`.
fn replay(log: &Log, mut image: MetadataImage) -> Result<ReplayedImage, MetadataLogError> {
    let end = log.log_end_offset();
    if log.log_start_offset() > image.last_offset() + 1 {
        let why = format!(
            "it begins at offset {}, and no complete snapshot contains the records before that; \
             restore {} from a copy",
            log.log_start_offset(),
            log.dir().display()
        );
        return Err(failed("read", why));
    }
    let mut deleted = DeletedTopics::default();
    let mut bytes_read = 0;
    while image.last_offset() + 1 < end {
        let from = image.last_offset() + 1;
        let limit = ReadLimit {
            max_bytes: BATCH_BYTES_MAX as u64,
            min_one: true,
            upper_bound: end,
        };
        let plan = log.read(from, limit).map_err(|e| match e {
            ReadError::Damaged(range) => damaged(&range),
            e => failed("read", e),
        })?;
        let bytes = plan.into_bytes().map_err(|e| failed("read", e))?;
        if bytes.is_empty() {
            let why = format!("there is no batch at offset {from}, before its end at {end}");
            return Err(failed("read", why));
        }
        bytes_read += bytes.len() as u64;
        for batch in batches(bytes) {
            let batch = batch.map_err(|e| failed("read", e))?;
            let records = snapshot::records(&image, &batch).map_err(|e| failed("replay", e))?;
            deleted.add(&image, &records);
            image = snapshot::apply(&image, &batch, &records).map_err(|e| failed("replay", e))?;
        }
    }
    deleted.retain_absent_from(&image);
    Ok(ReplayedImage {
        image,
        deleted,
        bytes: bytes_read,
    })
}
