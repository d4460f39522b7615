//! `__cluster_metadata-0`: the log of the cluster's facts, a log like any other. If Kafka has
//! written a snapshot beside it, what the log says follows that.
//!
//! A decision is one batch: after a crash it is there whole or not at all. What `append` gives
//! back is on disk.

use std::fmt;
use std::path::Path;

use io::{Disk, Io};
use log::{DamagedRange, Log, LogConfig, ReadError, ReadLimit, RecoveryFacts, SyncError};
use metadata::log_directories::DeletedTopics;
use metadata::quorum::{LogFacts, QuorumOfOne};
use metadata::{MetadataImage, MetadataRecord, record, topic_name};
use wire::TopicPartition;
use wire::record_batch::{AppendRules, BatchBuilder, Compression, Origin, batches};

use super::metadata_snapshot;

/// Largest batch of facts, and what is read at once while replaying, in bytes.
pub(super) const BATCH_BYTES_MAX: usize = 64 << 20;

/// Why the cluster's facts cannot be read or added to.
#[derive(Debug)]
pub(crate) struct MetadataLogError(String);

impl fmt::Display for MetadataLogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MetadataLogError {}

fn failed(doing: &str, why: impl fmt::Display) -> MetadataLogError {
    MetadataLogError(format!("{doing} {}-0: {why}", topic_name::CLUSTER_METADATA))
}

/// The log of the cluster's facts, led by this node.
#[derive(Debug)]
pub(crate) struct MetadataLog {
    disk: Disk,
    log: Log,
    quorum: QuorumOfOne,
}

/// What opening the metadata log returns.
#[derive(Debug)]
pub(crate) struct Opened {
    pub log: MetadataLog,
    /// The image after all its records.
    pub image: MetadataImage,
    /// The topics that were deleted since the newest snapshot.
    pub deleted: DeletedTopics,
}

impl MetadataLog {
    /// Opens the log below `directory`, replays it and begins a new epoch.
    pub(crate) fn open(
        io: &Io,
        directory: &Path,
        facts: RecoveryFacts,
        node_id: i32,
    ) -> Result<Opened, MetadataLogError> {
        let id = TopicPartition::new(topic_name::CLUSTER_METADATA, 0);
        let config = LogConfig {
            rules: AppendRules {
                batch_bytes_max: BATCH_BYTES_MAX,
                ..AppendRules::default()
            },
            cleanup_delete: false,
            ..LogConfig::default()
        };
        let now_ms = io.clock.now_ms();
        let facts = RecoveryFacts {
            synced_batch_by_batch: true,
            ..facts
        };
        let path = directory.join(id.to_string());
        if facts.recovery_point > 0 && !io.disk.exists(&path) {
            return Err(failed(
                "open",
                format!(
                    "{} is missing, and with it which topics there are; restore it from a copy, \
                     or move all of {} away to start anew",
                    path.display(),
                    directory.display()
                ),
            ));
        }
        let snapshot = match io.disk.exists(&path) {
            true => metadata_snapshot::newest(&io.disk, &path).map_err(|e| failed("read", e))?,
            false => MetadataImage::empty(),
        };
        // A log may be gone, or end, below the snapshot, which is final; then it goes on from there.
        let facts = RecoveryFacts {
            log_start_offset: snapshot.last_offset() + 1,
            ..facts
        };
        let mut log =
            Log::open(io, &path, id, config, facts, now_ms).map_err(|e| failed("open", e))?;
        sync(&mut log, &io.disk).map_err(|e| failed("sync", e))?;
        if let Some(range) = log.damaged().first() {
            return Err(damaged(range));
        }
        let snapshot_epoch = (snapshot.last_offset() >= 0).then_some(snapshot.epoch());
        let (image, deleted) = replay(&log, snapshot)?;
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
        let last_offset = opened.write(batch, now_ms)?;
        Ok(Opened {
            log: opened,
            image: image.skip_to(last_offset, first.epoch),
            deleted,
        })
    }

    /// Where the next record will lie.
    pub(crate) fn next_offset(&self) -> i64 {
        self.log.log_end_offset()
    }

    /// Appends records and syncs them; the image after them. Blocks on the disk.
    ///
    /// # Errors
    /// When they cannot follow, in which case nothing was written; or when writing fails, after
    /// which nothing more can be written.
    pub(crate) fn append(
        &mut self,
        image: &MetadataImage,
        records: &[MetadataRecord],
        now_ms: i64,
    ) -> Result<MetadataImage, MetadataLogError> {
        let last_offset = self.log.log_end_offset() + records.len() as i64 - 1;
        let next = image
            .apply(records, last_offset, self.quorum.epoch())
            .map_err(|e| failed("replay", e))?;
        let mut batch = BatchBuilder::new(Compression::None);
        for fact in records {
            let value = record::encode(fact).map_err(|e| failed("encode for", e))?;
            batch.append(now_ms, None, Some(&value), &[]);
        }
        self.write(batch, now_ms)?;
        Ok(next)
    }

    fn write(&mut self, batch: BatchBuilder, now_ms: i64) -> Result<i64, MetadataLogError> {
        let appended = self
            .log
            .append_as_leader(
                batch.build(),
                self.quorum.epoch(),
                now_ms,
                Origin::Coordinator,
            )
            .map_err(|e| failed("append to", e))?;
        self.quorum.appended(appended.last_offset + 1);
        sync(&mut self.log, &self.disk).map_err(|e| {
            self.log.mark_sync_failed(&SyncError::from(&e));
            failed("sync", e)
        })?;
        self.quorum.synced(appended.last_offset + 1);
        Ok(appended.last_offset)
    }

    /// Why nothing can be added any more, if so.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.log.failure().map(|failure| &*failure.message)
    }

    /// Makes everything durable, so that the next start has nothing to recover.
    pub(crate) fn close(&mut self) -> std::io::Result<()> {
        self.log.close().map(|_| ())
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
    let remedy = "restore it from a copy; which topics there are depends on it";
    failed("read", format!("{range}; {remedy}"))
}

/// Everything the log says behind `image`.
fn replay(
    log: &Log,
    mut image: MetadataImage,
) -> Result<(MetadataImage, DeletedTopics), MetadataLogError> {
    let mut deleted = DeletedTopics::default();
    let end = log.log_end_offset();
    if log.log_start_offset() > image.last_offset() + 1 {
        let why = format!(
            "it begins at offset {}, and no whole snapshot beside it says what came before; restore \
             {} from a copy",
            log.log_start_offset(),
            log.dir().display()
        );
        return Err(failed("read", why));
    }
    while image.last_offset() + 1 < end {
        let from = (image.last_offset() + 1).max(log.log_start_offset());
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
            return Err(failed("read", format!("nothing at offset {from} of {end}")));
        }
        for batch in batches(bytes) {
            let batch = batch.map_err(|e| failed("read", e))?;
            let records = metadata_snapshot::records(&image, &batch);
            let records = records.map_err(|e| failed("replay", e))?;
            deleted.add(&image, &records);
            image = metadata_snapshot::apply(&image, &batch, &records)
                .map_err(|e| failed("replay", e))?;
        }
    }
    deleted.retain_absent_from(&image);
    Ok((image, deleted))
}
