//! Appending, as the leader of a partition.

use std::sync::Arc;

use bytes::Bytes;
use log::{AppendError, AppendInfo};
use wire::ErrorCode;
use wire::record_batch::{Compression, Origin, RecordBatchHeader};

use super::Partition;
use crate::request::Refusal;

/// The first version of Produce that may carry zstd.
const ZSTD_FROM_PRODUCE: i16 = 7;

/// What a producer is told of its batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Appended {
    /// Offset of the batch's first record.
    pub base_offset: i64,
    /// Offset of its last record.
    pub last_offset: i64,
    /// The broker's time, or -1 when the producer's stands.
    pub log_append_time_ms: i64,
    /// The first offset of the partition.
    pub log_start_offset: i64,
}

/// Why nothing was appended.
#[derive(Debug, Clone)]
pub(crate) struct AppendRefused {
    /// The code.
    pub error: ErrorCode,
    /// What is wrong, in words.
    pub message: Option<String>,
    /// What is wrong with single records: index within the batch, and words.
    pub records: Vec<(i32, String)>,
}

impl From<ErrorCode> for AppendRefused {
    fn from(error: ErrorCode) -> Self {
        AppendRefused {
            error,
            message: None,
            records: Vec::new(),
        }
    }
}

impl From<Refusal> for AppendRefused {
    fn from(refusal: Refusal) -> Self {
        AppendRefused {
            error: refusal.error,
            message: Some(refusal.message),
            records: Vec::new(),
        }
    }
}

impl From<AppendError> for AppendRefused {
    fn from(error: AppendError) -> Self {
        let records = error.record_errors().iter();
        AppendRefused {
            error: error.error_code(),
            message: Some(error.to_string()),
            records: records
                .map(|r| (r.batch_index, r.message.clone()))
                .collect(),
        }
    }
}

/// How a client asked for an append.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAppend {
    /// Whether all in-sync replicas are to have the records before they count.
    pub acks_all: bool,
    /// Version of its Produce request.
    pub version: i16,
}

impl Partition {
    /// Appends the batch a client sent.
    pub(crate) fn append_from_client(
        self: &Arc<Self>,
        records: Bytes,
        how: ClientAppend,
    ) -> Result<Appended, AppendRefused> {
        if let Some(refusal) = self.directory.refusal() {
            return Err(refusal.into());
        }
        // What is no batch at all is refused below, with better words.
        if let Ok(header) = RecordBatchHeader::parse(&records) {
            if header.is_transactional() {
                return Err(Refusal::new(
                    ErrorCode::InvalidTxnState,
                    "transactions are not supported by this broker yet",
                )
                .into());
            }
            if how.version < ZSTD_FROM_PRODUCE && header.compression() == Ok(Compression::Zstd) {
                return Err(ErrorCode::UnsupportedCompressionType.into());
            }
        }
        self.append(records, Origin::Client, how.acks_all)
    }

    /// Appends what a coordinator of this broker has decided.
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
        self.with_log(|log, watch| {
            *watch.used = true;
            // The one replica there is.
            if acks_all && watch.settings.min_insync_replicas > 1 {
                return Err(AppendRefused::from(ErrorCode::NotEnoughReplicas));
            }
            let AppendInfo {
                base_offset,
                last_offset,
                log_append_time,
                ..
            } = log.append_as_leader(records, self.leader_epoch, now_ms, origin)?;
            self.settle(log, watch, now_ms);
            Ok(Appended {
                base_offset,
                last_offset,
                log_append_time_ms: log_append_time,
                log_start_offset: log.log_start_offset(),
            })
        })?
    }
}
