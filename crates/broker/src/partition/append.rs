//! Appending to a partition as its leader.

use std::sync::Arc;

use bytes::Bytes;
use io::Pool;
use log::{AppendError, AppendInfo, Log, MissingBatches};

use wire::record_batch::{Compression, HEADER_LEN, Origin, RecordBatchHeader};
use wire::{ApiError, ErrorCode};

use super::{Locked, Partition};

/// Producers with batches that could not be appended, which a partition remembers while its log is not
/// open.
const UNWRITTEN_MAX: usize = 10_000;

/// The first version of Produce that may carry zstd.
const ZSTD_FROM_PRODUCE: i16 = 7;

/// Where a batch was appended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Appended {
    /// Offset of the batch's first record.
    pub base_offset: i64,
    /// Offset of the batch's last record.
    pub last_offset: i64,
    /// Timestamp that the broker gave to the records, in ms; −1 if they keep those of the producer.
    pub log_append_time_ms: i64,
    pub log_start_offset: i64,
    /// The epoch in which it was appended.
    pub leader_epoch: i32,
}

/// Why a batch was not appended.
#[derive(Debug, Clone)]
pub(crate) struct AppendRefused {
    pub error: ApiError,
    /// Errors of single records: index in the batch, and message.
    pub records: Vec<(i32, String)>,
}

impl From<ApiError> for AppendRefused {
    fn from(error: ApiError) -> Self {
        AppendRefused {
            error,
            records: Vec::new(),
        }
    }
}

impl From<ErrorCode> for AppendRefused {
    fn from(error: ErrorCode) -> Self {
        ApiError::from(error).into()
    }
}

impl From<AppendError> for AppendRefused {
    fn from(error: AppendError) -> Self {
        let records = error.record_errors().iter();
        AppendRefused {
            error: ApiError::new(error.error_code(), error.to_string()),
            records: records
                .map(|r| (r.batch_index, r.message.clone()))
                .collect(),
        }
    }
}

/// The parameters of a Produce request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAppend {
    /// Whether the request has `acks=all`.
    pub acks_all: bool,
    /// Version of the request.
    pub version: i16,
}

impl Partition {
    /// Does what the append of a batch would wait for the disk for: rolls a segment that is due, and looks
    /// up earlier batches of the producer. Returns whether there was something to do.
    pub(crate) async fn prepare_append(self: &Arc<Self>, records: &Bytes) -> bool {
        let Ok(header) = RecordBatchHeader::parse(records) else {
            return false;
        };
        let now_ms = self.directory.io().clock.now_ms();
        let body_len = records.len().saturating_sub(HEADER_LEN);
        // The append meets an error again, and reports it.
        let rolls = move |log: &Log| log.rolls_before(&header, body_len, now_ms);
        let needed = self.with_open_log(|log, state| {
            let is_due = state.life.is_rolling() || rolls(log).unwrap_or(false);
            (is_due, log.missing_batches(&header))
        });
        let Some((is_due, missing)) = needed else {
            return false;
        };
        if !is_due && missing.is_none() {
            return false;
        }
        let partition = Arc::clone(self);
        let preparing = move || {
            if let Some(Ok(found)) = missing.map(MissingBatches::read) {
                partition.with_open_log(|log, _| log.add_batches(&found));
            }
            if is_due {
                let _ = partition.roll_if(|log, _| rolls(log));
            }
        };
        let tasks = &self.directory.io().tasks;
        tasks.blocking(Pool::Request, preparing).await;
        true
    }

    /// Appends the batch that a client has sent.
    pub(crate) fn append_from_client(
        self: &Arc<Self>,
        records: Bytes,
        how: ClientAppend,
    ) -> Result<Appended, AppendRefused> {
        let header = RecordBatchHeader::parse(&records).ok();
        let appended = self
            .check_client_batch(header.as_ref(), how.version)
            .and_then(|()| self.append(records, Origin::Client, how.acks_all));
        if let (Some(header), Err(refused)) = (header, &appended)
            && refused.error.code == ErrorCode::KafkaStorageError
        {
            self.note_unwritten(header);
        }
        appended
    }

    /// Notes a batch that could not be appended. Batches in flight after it may come when the log can
    /// be used again, and must not be appended before it.
    fn note_unwritten(&self, batch: RecordBatchHeader) {
        let mut locked = self.locked.lock();
        let Locked { log, state } = &mut *locked;
        match log {
            Some(log) => log.note_unwritten(&batch),
            None if batch.has_producer_id() && state.unwritten.len() < UNWRITTEN_MAX => {
                state.unwritten.entry(batch.producer_id).or_insert(batch);
            }
            None => {}
        }
    }

    /// Refuses what no log takes from a client.
    fn check_client_batch(
        &self,
        header: Option<&RecordBatchHeader>,
        version: i16,
    ) -> Result<(), AppendRefused> {
        if let Some(refusal) = self.directory.refusal() {
            return Err(refusal.into());
        }
        // A malformed batch is refused by `append`, with a better message.
        if let Some(header) = header {
            if header.is_transactional() {
                return Err(ApiError::new(
                    ErrorCode::InvalidTxnState,
                    "transactions are not supported by this broker yet",
                )
                .into());
            }
            if version < ZSTD_FROM_PRODUCE && header.compression() == Ok(Compression::Zstd) {
                return Err(ErrorCode::UnsupportedCompressionType.into());
            }
        }
        Ok(())
    }

    /// Appends the records of a coordinator of this broker.
    pub(crate) fn append_from_coordinator(
        self: &Arc<Self>,
        records: Bytes,
    ) -> Result<Appended, AppendRefused> {
        self.append(records, Origin::Coordinator, true)
    }

    fn append(
        self: &Arc<Self>,
        records: Bytes,
        origin: Origin,
        acks_all: bool,
    ) -> Result<Appended, AppendRefused> {
        let now_ms = self.directory.io().clock.now_ms();
        self.with_appendable_log(|log, state| {
            state.life.mark_used();
            let leader_epoch = state.role.append_as_leader(acks_all)?;
            let AppendInfo {
                base_offset,
                last_offset,
                log_append_time,
                ..
            } = log.append_as_leader(records, leader_epoch, now_ms, origin)?;
            self.log_changed(log, state, now_ms);
            Ok(Appended {
                base_offset,
                last_offset,
                log_append_time_ms: log_append_time,
                log_start_offset: log.log_start_offset(),
                leader_epoch,
            })
        })?
    }
}
