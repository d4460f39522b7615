//! Loading a shard: reading its partition up to the high watermark, in steps on a background thread.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use coordinator::group::{GroupShard, Loader};
use io::Pool;
use wire::ErrorCode;
use wire::record_batch::batches;

use super::Environment;
use crate::partition::Partition;
use crate::partition::read::{Isolation, ReadLimits};

/// Bytes that one step reads.
const STEP_BYTES: usize = 4 << 20;

/// Bytes that a batch may decompress to.
const BATCH_BYTES_MAX: usize = 64 << 20;

/// Wait before a failed shard is loaded again: first and longest.
const RETRY_MIN: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(300);

/// Why a shard was not loaded.
#[derive(Debug)]
pub(super) enum LoadError {
    /// Its topic was deleted.
    Deleted,
    /// Its partition cannot be read; the reason.
    Failed(String),
}

impl From<ErrorCode> for LoadError {
    fn from(error: ErrorCode) -> Self {
        match error {
            ErrorCode::UnknownTopicOrPartition => LoadError::Deleted,
            other => LoadError::Failed(other.message().to_owned()),
        }
    }
}

/// How long to wait before a failed shard is loaded again. `failures` counts from its last append.
///
/// After the first failure it is loaded again at once: an append can fail for a temporary reason.
pub(super) fn retry_delay(failures: u32) -> Duration {
    match failures {
        0..=1 => Duration::ZERO,
        more => RETRY_MIN
            .saturating_mul(1 << (more - 2).min(16))
            .min(RETRY_MAX),
    }
}

/// A shard that is being loaded.
pub(super) struct Loading<'a> {
    environment: &'a Environment,
    partition: &'a Arc<Partition>,
    loader: Loader,
    /// Offset of the next record to replay.
    offset: i64,
    end_offset: i64,
}

impl<'a> Loading<'a> {
    /// Opens the partition.
    pub(super) async fn start(
        environment: &'a Environment,
        partition: &'a Arc<Partition>,
    ) -> Result<Loading<'a>, LoadError> {
        let (mut offset, mut end_offset) = (0, 0);
        if !partition.is_empty() {
            partition.opened().await?;
            let bounds = partition.bounds()?;
            // Records that a crash may have left unsynced are visible only after a sync.
            partition.committed(bounds.log_end).await?;
            (offset, end_offset) = (bounds.log_start, bounds.log_end);
        }
        Ok(Loading {
            environment,
            partition,
            loader: Loader::new(environment.config),
            offset,
            end_offset,
        })
    }

    /// Whether every record was replayed.
    pub(super) fn is_done(&self) -> bool {
        self.offset >= self.end_offset
    }

    /// Reads and replays the next batches, at most [`STEP_BYTES`] or one batch.
    pub(super) async fn step(self) -> Result<Loading<'a>, LoadError> {
        self.partition.opened().await?;
        let Loading {
            mut loader,
            offset,
            end_offset,
            ..
        } = self;
        let partition = Arc::clone(self.partition);
        let reading = move || {
            let limits = ReadLimits {
                bytes_max: STEP_BYTES,
                at_least_one: true,
            };
            let read = partition.read_from_disk(offset, Isolation::ReadUncommitted, limits)?;
            let mut bytes = BytesMut::new();
            for chunk in read.records {
                let chunk = chunk.into_bytes();
                bytes.extend_from_slice(&chunk.map_err(|e| LoadError::Failed(e.to_string()))?);
            }
            // If nothing was read, compaction has removed all remaining records.
            let mut next = if bytes.is_empty() { end_offset } else { offset };
            for batch in batches(bytes.freeze()) {
                let batch = batch.map_err(|e| LoadError::Failed(e.to_string()))?;
                loader
                    .replay(&batch, BATCH_BYTES_MAX)
                    .map_err(|e| LoadError::Failed(e.to_string()))?;
                next = batch.header.next_offset();
            }
            Ok::<_, LoadError>((loader, next))
        };
        let tasks = &self.environment.io.tasks;
        let (loader, next) = tasks.blocking(Pool::Background, reading).await?;
        Ok(Loading {
            loader,
            offset: next,
            ..self
        })
    }

    /// The shard with the offset after its last record, when every record was replayed.
    pub(super) fn finish(self) -> (GroupShard, i64) {
        let loaded = self.loader.finish();
        let id = self.partition.id();
        for producer_id in loaded.open_transactions {
            tracing::warn!(
                "ignoring offsets in {id} that producer {producer_id} wrote in a transaction: the \
                 transaction has no end"
            );
        }
        if let Some(skipped) = loaded.skipped {
            let (count, first) = (skipped.count, skipped.first);
            tracing::warn!("skipped {count} records of {id}; the reason for the first: {first}");
        }
        (loaded.shard, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_that_keeps_failing_is_loaded_ever_less_often() {
        let seconds: Vec<u64> = (1..14)
            .map(|failures| retry_delay(failures).as_secs())
            .collect();
        assert_eq!(
            seconds,
            [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        );
        assert_eq!(retry_delay(u32::MAX), RETRY_MAX);
    }
}
