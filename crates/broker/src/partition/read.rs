//! Reading a partition up to the high watermark or the last stable offset.

use std::sync::Arc;

use io::Chunk;
use log::{AbortedTransaction, Available, Log, LogReader, ReadError, ReadLimit};
use wire::ErrorCode;

use super::guard::AbortOnPanic;
use super::{Partition, State};

/// Which records a consumer reads: its `isolation.level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// All records below the high watermark.
    ReadUncommitted,
    /// All records below the last stable offset.
    ReadCommitted,
}

impl Isolation {
    /// The offset below which a reader sees the records of a log.
    pub(super) fn bound(self, log: &Log, high_watermark: i64) -> i64 {
        match self {
            Isolation::ReadUncommitted => high_watermark,
            Isolation::ReadCommitted => log.last_stable_offset(high_watermark),
        }
    }
}

/// How much to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadLimits {
    pub bytes_max: usize,
    /// Whether to read the first batch even if it is larger than `bytes_max`.
    pub at_least_one: bool,
}

/// Records of a partition, and its offsets when they were read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The batches, as ranges of files.
    pub records: Vec<Chunk>,
    pub high_watermark: i64,
    pub last_stable_offset: i64,
    pub log_start_offset: i64,
    /// Aborted transactions with records among `records`; empty with
    /// [`Isolation::ReadUncommitted`].
    pub aborted: Vec<AbortedTransaction>,
}

impl Read {
    /// Reads the records into the page cache, so that sending them does not wait for the disk.
    /// Errors are ignored: sending the records meets them again.
    fn prefetch(&self) {
        self.records.iter().for_each(Chunk::prefetch);
    }
}

impl Partition {
    /// Reads batches, from the one that contains `offset` on, if they are most likely in memory.
    /// Otherwise `None`: the caller uses [`Partition::read_from_disk`] on a pool.
    pub(crate) fn read_cached(
        self: &Arc<Self>,
        offset: i64,
        isolation: Isolation,
        limits: ReadLimits,
    ) -> Result<Option<Read>, ErrorCode> {
        if self.is_empty() {
            return self.read_empty(offset).map(Some);
        }
        self.with_open_log(|log, state| {
            let view = View::of(log, state, isolation, limits);
            let reader = log.reader();
            match view.is_cached(&reader, offset) {
                true => self.report(offset, view.read(&reader, offset)).map(Some),
                false => Ok(None),
            }
        })?
    }

    /// As [`Partition::read_cached`], also if the batches are not in memory. Blocks on the disk,
    /// without the lock of the partition.
    pub(crate) fn read_from_disk(
        self: &Arc<Self>,
        offset: i64,
        isolation: Isolation,
        limits: ReadLimits,
    ) -> Result<Read, ErrorCode> {
        if self.is_empty() {
            return self.read_empty(offset);
        }
        let begin = |log: &mut Log, state: &mut State| {
            let view = View::of(log, state, isolation, limits);
            (view, log.reader().detached(offset))
        };
        let read =
            |view: &View, reader: &LogReader<'_>| view.read(reader, offset).inspect(Read::prefetch);
        let (view, reader) = self.with_open_log(begin)?;
        let mut found = read(&view, &reader);
        if reader.is_retired() {
            found = self.read_in_place(begin, |(view, reader)| read(&view, &reader))?;
        }
        self.report(offset, found)
    }

    /// Runs `read` without the lock of the partition, while no files of the log are renamed. `begin` takes
    /// what it needs from the log. For a read that has met renamed files. Blocks on the disk, and while
    /// another job has the log.
    ///
    /// # Errors
    /// Those of [`Partition::with_locked_log`].
    pub(super) fn read_in_place<B, T>(
        &self,
        begin: impl FnOnce(&mut Log, &mut State) -> B,
        read: impl FnOnce(B) -> T,
    ) -> Result<T, ErrorCode> {
        let begun = self.with_log_without_job(|log, state| {
            state.life.reading_started();
            begin(log, state)
        })?;
        let _guard = AbortOnPanic;
        let found = read(begun);
        let mut locked = self.locked.lock();
        locked.state.life.reading_ended();
        self.end_job(&locked);
        Ok(found)
    }

    /// How many bytes a reader at `offset` may see, regardless of its limits, if that is most likely
    /// found in memory. Otherwise `None`: the caller uses [`Partition::available_from_disk`] on a pool.
    pub(crate) fn available_cached(
        self: &Arc<Self>,
        offset: i64,
        isolation: Isolation,
    ) -> Result<Option<Available>, ErrorCode> {
        if self.is_empty() {
            return Ok(Some(Available::Bytes(0)));
        }
        self.with_open_log(|log, state| {
            let bound = isolation.bound(log, state.role.high_watermark());
            let reader = log.reader();
            let is_cached = reader.is_available_cached(offset, bound);
            is_cached.then(|| reader.available(offset, bound))
        })?
        .transpose()
        .map_err(|e| e.error_code())
    }

    /// As [`Partition::available_cached`], also if that has to be read. Blocks on the disk, without the
    /// lock of the partition.
    pub(crate) fn available_from_disk(
        self: &Arc<Self>,
        offset: i64,
        isolation: Isolation,
    ) -> Result<Available, ErrorCode> {
        if self.is_empty() {
            return Ok(Available::Bytes(0));
        }
        // If the files are renamed meanwhile, this may fail. Then the fetch is answered at once.
        let (bound, reader) = self.with_open_log(|log, state| {
            let bound = isolation.bound(log, state.role.high_watermark());
            (bound, log.reader().detached(offset))
        })?;
        reader.available(offset, bound).map_err(|e| e.error_code())
    }

    fn read_empty(&self, offset: i64) -> Result<Read, ErrorCode> {
        match offset {
            0 => Ok(Read::default()),
            _ => Err(ErrorCode::OffsetOutOfRange),
        }
    }

    /// Logs an error of reading at `offset`.
    fn report(&self, offset: i64, read: Result<Read, ReadError>) -> Result<Read, ErrorCode> {
        let id = &self.id;
        read.map_err(|e| {
            match &e {
                ReadError::Disk(_) => {
                    tracing::error!("partition {id}: cannot read at {offset}: {e}");
                }
                // The damage was logged when it was found, and a consumer may repeat the request
                // without end.
                ReadError::Damaged(_) => {
                    tracing::debug!("partition {id}: cannot read at {offset}: {e}");
                }
                ReadError::OffsetOutOfRange { .. } => {}
            }
            e.error_code()
        })
    }
}

/// How much of a partition a reader may see.
struct View {
    isolation: Isolation,
    limit: ReadLimit,
    high_watermark: i64,
    last_stable_offset: i64,
    log_start_offset: i64,
}

impl View {
    /// The view of a request. Marks the log as used.
    fn of(log: &Log, state: &mut State, isolation: Isolation, limits: ReadLimits) -> View {
        state.life.mark_used();
        let high_watermark = state.role.high_watermark();
        let last_stable_offset = log.last_stable_offset(high_watermark);
        View {
            isolation,
            limit: ReadLimit {
                max_bytes: limits.bytes_max as u64,
                min_one: limits.at_least_one,
                upper_bound: isolation.bound(log, high_watermark),
            },
            high_watermark,
            last_stable_offset,
            log_start_offset: log.log_start_offset(),
        }
    }

    /// Whether [`View::read`] most likely reads only from memory.
    fn is_cached(&self, reader: &LogReader<'_>, offset: i64) -> bool {
        reader.is_cached(offset, self.limit)
            && match self.isolation {
                Isolation::ReadUncommitted => true,
                Isolation::ReadCommitted => reader.has_no_aborted(offset),
            }
    }

    fn read(&self, reader: &LogReader<'_>, offset: i64) -> Result<Read, ReadError> {
        let plan = reader.read(offset, self.limit)?;
        let aborted = match self.isolation {
            Isolation::ReadUncommitted => Vec::new(),
            Isolation::ReadCommitted => reader.aborted_in(&plan)?,
        };
        Ok(Read {
            records: plan.pieces,
            high_watermark: self.high_watermark,
            last_stable_offset: self.last_stable_offset,
            log_start_offset: self.log_start_offset,
            aborted,
        })
    }
}

#[cfg(test)]
mod tests {
    use io::sim::Sim;
    use log::LogConfig;

    use super::super::testing;

    #[test]
    fn a_read_in_place_is_a_job_without_the_lock() {
        let io = Sim::new(1).io();
        let partition = testing::partition(&testing::directory(&io), 1, LogConfig::default());
        partition.open().unwrap();
        let has_job = || Some(partition.locked.try_lock()?.state.life.has_job());
        let end = partition.read_in_place(
            |log, _| log.log_end_offset(),
            |end| {
                assert_eq!(has_job(), Some(true));
                end
            },
        );
        assert_eq!(end, Ok(0));
        assert_eq!(has_job(), Some(false));
    }
}
