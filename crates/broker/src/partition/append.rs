//! Appending to a partition as its leader.
//!
//! An append holds the partition's lock once and does not wait for the disk. If the segment has to be
//! rolled, or earlier batches of the producer have to be looked up, nothing is appended: that is done
//! on a pool of threads, then the append is tried again. Another append may fill the new segment
//! first. So one append may wait for several rolls, but each roll lets at least one append through.

use std::sync::Arc;

use bytes::Bytes;
use io::Pool;
use log::{AppendError, AppendInfo, MissingBatches, NotReady, TryAppendError};

use wire::record_batch::{Compression, Origin, RecordBatchHeader};
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

/// Why a batch was not appended.
enum NotAppended {
    /// This has to be done first.
    Needs(Preparation),
    Refused(AppendRefused),
}

/// What is done before an append.
enum Preparation {
    /// Wait: another job rolls the segment, or renames files of the log.
    WaitForJobs,
    /// Roll the active segment.
    Roll,
    /// Look up earlier batches of the producer.
    LookUp(Box<MissingBatches>),
}

impl<E: Into<AppendRefused>> From<E> for NotAppended {
    fn from(error: E) -> Self {
        NotAppended::Refused(error.into())
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
    /// Appends the batch that a client has sent.
    pub(crate) async fn append_from_client(
        self: &Arc<Self>,
        records: &Bytes,
        how: ClientAppend,
    ) -> Result<Appended, AppendRefused> {
        let header = RecordBatchHeader::parse(records).ok();
        let appended = match self.check_client_batch(header.as_ref(), how.version) {
            Ok(()) => self.append(records, Origin::Client, how.acks_all).await,
            Err(refused) => Err(refused),
        };
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

    /// Appends one batch of a coordinator of this broker.
    pub(crate) async fn append_from_coordinator(
        self: &Arc<Self>,
        records: &Bytes,
    ) -> Result<Appended, AppendRefused> {
        self.append(records, Origin::Coordinator, true).await
    }

    async fn append(
        self: &Arc<Self>,
        records: &Bytes,
        origin: Origin,
        acks_all: bool,
    ) -> Result<Appended, AppendRefused> {
        loop {
            match self.try_append(records, origin, acks_all) {
                Ok(appended) => return Ok(appended),
                Err(NotAppended::Refused(refused)) => return Err(refused),
                Err(NotAppended::Needs(preparation)) => self.prepare(preparation).await?,
            }
        }
    }

    fn try_append(
        self: &Arc<Self>,
        records: &Bytes,
        origin: Origin,
        acks_all: bool,
    ) -> Result<Appended, NotAppended> {
        let now_ms = self.directory.io().clock.now_ms();
        self.with_open_log(|log, state| {
            state.life.mark_used();
            let leader_epoch = state.role.append_as_leader(acks_all)?;
            if state.life.is_roll_pending() {
                return Err(NotAppended::Needs(Preparation::WaitForJobs));
            }
            let AppendInfo {
                base_offset,
                last_offset,
                log_append_time,
                ..
            } = match log.try_append(records, leader_epoch, now_ms, origin) {
                Ok(info) => info,
                Err(TryAppendError::Refused(error)) => return Err(error.into()),
                Err(TryAppendError::NotReady(_)) if state.life.has_job() => {
                    return Err(NotAppended::Needs(Preparation::WaitForJobs));
                }
                Err(TryAppendError::NotReady(NotReady::RollDue)) => {
                    state.life.roll_queued();
                    return Err(NotAppended::Needs(Preparation::Roll));
                }
                Err(TryAppendError::NotReady(NotReady::BatchesMissing(missing))) => {
                    return Err(NotAppended::Needs(Preparation::LookUp(missing)));
                }
            };
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

    /// Does what has to be done before the append is tried again.
    ///
    /// # Errors
    /// Errors of the disk.
    async fn prepare(self: &Arc<Self>, preparation: Preparation) -> Result<(), AppendRefused> {
        let tasks = &self.directory.io().tasks;
        let partition = Arc::clone(self);
        match preparation {
            Preparation::WaitForJobs => self.jobs_ended().await,
            Preparation::Roll => {
                let rolling = move || partition.roll_queued_segment();
                let rolled = tasks.blocking(Pool::Request, rolling).await;
                rolled.map_err(|error| {
                    tracing::warn!("partition {}: cannot roll a segment: {error}", self.id);
                    AppendError::Storage {
                        message: error.to_string(),
                        for_good: false,
                    }
                })?;
            }
            Preparation::LookUp(missing) => {
                let found = tasks.blocking(Pool::Request, || missing.read()).await?;
                let _ = self.with_open_log(|log, _| log.add_batches(&found));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use io::Io;
    use io::sim::{DiskCall, DiskError, DiskFault, Sim};
    use log::LogConfig;
    use wire::record_batch::BatchBuilder;

    use super::super::testing;
    use super::*;

    /// An open partition. A segment has space for one batch of [`batch`].
    fn partition(io: &Io) -> Arc<Partition> {
        let config = LogConfig {
            segment_bytes: 1000,
            ..LogConfig::default()
        };
        let partition = testing::partition(&testing::directory(io), 1, config);
        partition.open().unwrap();
        partition
    }

    fn batch() -> Bytes {
        let mut batch = BatchBuilder::new(Compression::None);
        batch.append(0, None, Some(&[b'x'; 800]), &[]);
        batch.build()
    }

    async fn append(partition: &Arc<Partition>) -> Result<i64, ErrorCode> {
        let appended = partition.append_from_coordinator(&batch()).await;
        let appended = appended.map_err(|refused| refused.error.code)?;
        Ok(appended.base_offset)
    }

    #[test]
    fn appends_that_meet_a_roll_wait_without_their_executor() {
        let mut sim = Sim::new(1);
        let io = sim.io();
        sim.block_on(async {
            let partition = partition(&io);
            partition.locked.lock().state.life.roll_started();
            let appends: Vec<_> = (0..3)
                .map(|_| {
                    let partition = Arc::clone(&partition);
                    let appending = async move { append(&partition).await.unwrap() };
                    io.tasks.spawn("append", appending)
                })
                .collect();
            // Other tasks of the only thread continue.
            io.clock.sleep(Duration::from_secs(1)).await;
            assert!(appends.iter().all(|append| !append.is_finished()));
            {
                let mut locked = partition.locked.lock();
                locked.state.life.roll_ended();
                partition.end_job(&locked);
            }
            let mut offsets = Vec::new();
            for append in appends {
                offsets.push(append.await.unwrap());
            }
            offsets.sort_unstable();
            assert_eq!(offsets, [0, 1, 2]);
        });
    }

    #[test]
    fn a_roll_that_fails_refuses_the_append_that_needs_it() {
        let mut sim = Sim::new(1);
        let (io, faults) = (sim.io(), sim.faults().clone());
        sim.block_on(async {
            let partition = partition(&io);
            assert_eq!(append(&partition).await, Ok(0));
            faults.add_disk_fault(DiskFault {
                path: "/t-0/".to_owned(),
                calls: vec![DiskCall::Create],
                error: DiskError::NoSpace,
                once_in: 1,
                times: None,
            });
            for _ in 0..2 {
                let refused = append(&partition).await;
                assert_eq!(refused, Err(ErrorCode::KafkaStorageError));
            }
            faults.clear_disk_faults();
            assert_eq!(append(&partition).await, Ok(1));
        });
    }
}
