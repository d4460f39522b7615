//! Opening and closing a partition's log.
//!
//! Both are jobs on a pool of threads. While a job runs, the log belongs to it alone and the
//! partition's lock is free: requests for the log wait for the job, other requests do not.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use io::{DiskErrorKind, Pool};
use log::{Log, OpenError};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use wire::ErrorCode;

use super::directory::Checkpoint;
use super::guard::AbortOnPanic;
use super::life::{Access, Event, Phase};
use super::role::{self, LogOffsets};
use super::{Locked, Partition, State};

/// The logs that one job opens at most.
const LOGS_PER_JOB: usize = 16;

/// A job that has taken this long opens no more logs. Two new jobs open the rest, on several threads.
const JOB_TIME: Duration = Duration::from_millis(2);

impl Partition {
    /// Waits until the log is open; ready at once if it is. Concurrent callers share one job.
    ///
    /// The log stays open for some time afterwards: retention closes it when no request has used it
    /// between two of its checks.
    ///
    /// # Errors
    /// `KAFKA_STORAGE_ERROR` if it cannot be opened, now or before the next start;
    /// `UNKNOWN_TOPIC_OR_PARTITION` if the topic was deleted.
    pub(crate) async fn opened(self: &Arc<Self>) -> Result<(), ErrorCode> {
        if let Some(result) = self.request_log() {
            return result;
        }
        let wake = Arc::new(Notify::new());
        let _waiting = self.wait(i64::MAX, &wake);
        loop {
            if let Some(result) = self.request_log() {
                return result;
            }
            wake.notified().await;
        }
    }

    /// Waits until the partition can be read: as [`Partition::opened`], but a partition that never
    /// had records needs no log.
    ///
    /// # Errors
    /// As [`Partition::opened`].
    pub(crate) async fn readable(self: &Arc<Self>) -> Result<(), ErrorCode> {
        match self.is_empty() && !self.directory.is_offline() {
            true => Ok(()),
            false => self.opened().await,
        }
    }

    /// Whether the log is open, without waiting. Marks an open log as used.
    pub(crate) fn is_opened(&self) -> bool {
        let life = &mut self.locked.lock().state.life;
        let is_open = life.is_open();
        if is_open {
            life.mark_used();
        }
        is_open
    }

    /// Whether the partition can be read, without waiting. One that never had records needs no log. Marks
    /// an open log as used.
    pub(crate) fn is_readable(&self) -> bool {
        self.is_opened() || self.is_empty()
    }

    /// Whether the log can be used; `None` if a job has to end first. Queues the job that opens the
    /// log if it is closed.
    fn request_log(self: &Arc<Self>) -> Option<Result<(), ErrorCode>> {
        let mut logs = LogsToOpen::default();
        let result = logs.request(self);
        logs.start();
        result
    }
}

/// Logs to open together. [`Self::start`] starts to open them.
#[derive(Default)]
#[must_use = "the logs are opened once it is started"]
pub(crate) struct LogsToOpen(Vec<Arc<Partition>>);

impl LogsToOpen {
    /// Adds the log of `partition` if it is closed and is not being opened already.
    pub(crate) fn add(&mut self, partition: &Arc<Partition>) {
        let _ = self.request(partition);
    }

    /// As [`LogsToOpen::add`]. Returns whether the log can be used; `None` if a job has to end first.
    fn request(&mut self, partition: &Arc<Partition>) -> Option<Result<(), ErrorCode>> {
        if partition.directory.is_offline() {
            return Some(Err(ErrorCode::KafkaStorageError));
        }
        let life = &mut partition.locked.lock().state.life;
        match life.access(partition.directory.io().clock.elapsed()) {
            Access::Ready => {
                life.mark_used();
                return Some(Ok(()));
            }
            Access::Refused(error) => return Some(Err(error)),
            Access::Wait => {}
            Access::Open => {
                if life.queue_open() {
                    self.0.push(Arc::clone(partition));
                }
            }
        }
        None
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Starts the jobs. Does not wait for them: [`Partition::opened`] does that.
    pub(crate) fn start(self) {
        let Some(first) = self.0.first() else {
            return;
        };
        let logs_per_job = match first.opens_quickly() {
            true => LOGS_PER_JOB,
            false => 1,
        };
        let jobs = self.0.len().div_ceil(logs_per_job);
        let queued = Arc::new(Queued(Mutex::new(self.0.into())));
        queued.start_jobs(jobs.min(Pool::Request.threads()));
    }
}

/// Logs that are opened by few jobs. A job for each log would cost more than opening it, because
/// both the pool and the waiting request would be woken each time.
struct Queued(Mutex<VecDeque<Arc<Partition>>>);

impl Queued {
    /// Starts `jobs` jobs, if there are logs left.
    fn start_jobs(self: &Arc<Self>, jobs: usize) {
        let Some(first) = self.0.lock().front().cloned() else {
            return;
        };
        let tasks = &first.directory.io().tasks;
        for _ in 0..jobs {
            let queued = Arc::clone(self);
            tasks.spawn_blocking("open logs", Pool::Request, move || queued.run_job());
        }
    }

    /// Opens some logs and wakes the requests that wait for them. Leaves the rest to further jobs, so
    /// that other jobs of the pool can run in between.
    fn run_job(self: &Arc<Self>) {
        let mut opened: Vec<Arc<Partition>> = Vec::new();
        let mut began = None;
        let mut is_slow = false;
        while opened.len() < LOGS_PER_JOB && !is_slow {
            let Some(partition) = self.next(opened.is_empty()) else {
                break;
            };
            let clock = &partition.directory.io().clock;
            let began = *began.get_or_insert_with(|| clock.elapsed());
            is_slow = !partition.opens_quickly();
            // Requests that wait for the job check again and get the error.
            let _ = partition.open_without_waking();
            is_slow |= clock.elapsed().saturating_sub(began) >= JOB_TIME;
            opened.push(partition);
        }
        for partition in opened {
            let state = &mut partition.locked.lock().state;
            state.life.open_dequeued();
            state.waiters.wake_all();
        }
        self.start_jobs(if is_slow { 2 } else { 1 });
    }

    /// Takes the next log. A log that may take long is only taken as the first one of a job, so that
    /// requests for the other logs of the job do not wait for it.
    fn next(&self, is_first: bool) -> Option<Arc<Partition>> {
        let mut logs = self.0.lock();
        let next = logs.front()?;
        match is_first || next.opens_quickly() {
            true => logs.pop_front(),
            false => None,
        }
    }
}

impl Partition {
    /// Whether the log needs no recovery when it is opened.
    fn opens_quickly(&self) -> bool {
        self.directory.was_closed(&self.id)
    }

    /// Opens the log if it is closed. Blocks on the disk, and while another job has the log.
    ///
    /// # Errors
    /// As [`Partition::opened`].
    pub(super) fn open(self: &Arc<Self>) -> Result<(), ErrorCode> {
        let result = self.open_without_waking();
        self.locked.lock().state.waiters.wake_all();
        result
    }

    /// As [`Partition::open`]; the caller wakes the requests that wait for the log.
    fn open_without_waking(self: &Arc<Self>) -> Result<(), ErrorCode> {
        let _guard = AbortOnPanic;
        let clock = &self.directory.io().clock;
        let settings = {
            let mut locked = self.locked.lock();
            loop {
                match locked.state.life.access(clock.elapsed()) {
                    Access::Ready => return Ok(()),
                    Access::Open => break,
                    Access::Wait => self.job_ended.wait(&mut locked),
                    Access::Refused(error) => return Err(error),
                }
            }
            locked.state.life.on(Event::OpenStarted);
            Arc::clone(&locked.state.settings)
        };
        let opened = self
            .directory
            .open_log(&self.id, self.topic_id, &settings.log);
        let opened = opened.inspect(|log| {
            // An append would fail with the same error.
            let _ = log.prepare_append();
        });
        let mut locked = self.locked.lock();
        match opened {
            Ok(log) => self.put_opened(&mut locked, log),
            Err(e) => self.open_failed(&mut locked, &e),
        }
        self.job_ended.notify_all();
        match locked.state.life.access(clock.elapsed()) {
            Access::Refused(error) => Err(error),
            Access::Ready | Access::Open | Access::Wait => Ok(()),
        }
    }

    fn put_opened(self: &Arc<Self>, locked: &mut Locked, mut log: Log) {
        let Locked { log: slot, state } = locked;
        state.life.on(Event::Opened);
        // The topic was deleted or the directory has failed meanwhile.
        if !state.life.is_open() {
            return;
        }
        log.set_config(state.settings.log.clone());
        for batch in std::mem::take(&mut state.unwritten).into_values() {
            log.note_unwritten(&batch);
        }
        log.on_high_watermark_incremented(state.role.high_watermark());
        // After a crash there may be records to sync.
        self.log_changed(&mut log, state, self.directory.io().clock.now_ms());
        *slot = Some(Box::new(log));
    }

    fn open_failed(&self, locked: &mut Locked, error: &OpenError) {
        let life = &mut locked.state.life;
        let is_first = life.retry_delay().is_zero();
        let is_final = is_final(error);
        life.on(Event::OpenFailed {
            is_final,
            now: self.directory.io().clock.elapsed(),
        });
        let id = &self.id;
        if let OpenError::Disk(error) = error {
            self.directory.fail_on_device_error(error);
        }
        if is_final {
            tracing::error!("partition {id} is offline until the next start: {error}");
        } else if is_first {
            tracing::error!(
                "partition {id} cannot be opened; the next request tries again: {error}"
            );
        } else {
            tracing::debug!("partition {id} cannot be opened: {error}");
        }
    }

    /// Closes the log if no request has used it since the last retention check: a closed log holds
    /// no descriptors and no memory. `now_ms` is the time for retention. Blocks on the disk.
    pub(crate) fn close_if_unused(self: &Arc<Self>, now_ms: i64) {
        let may_close = self.locked.lock().state.life.may_close();
        if !may_close || self.directory.sync_recovered_files().is_err() {
            return;
        }
        self.load_timestamps();
        let _guard = AbortOnPanic;
        let mut log = {
            let Locked { log: slot, state } = &mut *self.locked.lock();
            let Some(log) = slot.take_if(|log| state.life.may_close() && can_close(log)) else {
                return;
            };
            let high_watermark = state.role.high_watermark();
            let due = || log.retention_due_ms(high_watermark, now_ms);
            let due_ms = self.directory.io().tasks.under_lock(due).unwrap_or(now_ms);
            state.life.set_retention_due(due_ms);
            state.life.on(Event::CloseStarted);
            log
        };
        let closed = log
            .close()
            .and_then(|end| log.keep_open_for_others().map(|_| end));
        if let Ok(end) = closed {
            // Before the job ends, because the next job that opens the log uses these offsets.
            self.directory.note_closed(
                &self.id,
                Checkpoint {
                    recovery_point: end,
                    log_start: log.log_start_offset(),
                    high_watermark: end,
                },
            );
        }
        let mut locked = self.locked.lock();
        let Locked { log: slot, state } = &mut *locked;
        match closed {
            Ok(end) => {
                state.life.on(Event::Closed);
                let offsets = LogOffsets { end, synced: end };
                let actions = state.role.on(role::Event::Log(offsets));
                state.apply(actions, None);
            }
            Err(e) => {
                self.directory.fail_on_device_error(&e);
                tracing::warn!("partition {} cannot be closed: {e}", self.id);
                state.life.on(Event::CloseFailed);
                if state.life.is_open() {
                    *slot = Some(log);
                }
            }
        }
        self.end_job(&locked);
    }

    /// Wakes the threads and requests that wait for a job, because it has ended.
    pub(super) fn end_job(&self, locked: &Locked) {
        locked.state.waiters.wake_all();
        self.job_ended.notify_all();
    }

    /// Waits until no job closes the log.
    pub(super) async fn not_closing(self: &Arc<Self>) {
        let wake = Arc::new(Notify::new());
        let _waiting = self.wait(i64::MAX, &wake);
        while self.locked.lock().state.life.phase() == Phase::Closing {
            wake.notified().await;
        }
    }

    /// Closes the log for good, because the broker stops. Returns whether the log was closed cleanly:
    /// then the next start has nothing to recover. Blocks on the disk, and while a job has the log.
    pub(crate) fn stop(&self) -> bool {
        let (phase, log, high_watermark) = {
            let mut locked = self.lock_without_job();
            let Locked { log, state } = &mut *locked;
            let phase = state.life.phase();
            state.life.on(Event::Stopped);
            state.waiters.wake_all();
            (phase, log.take(), state.role.high_watermark())
        };
        let mut log = match (phase, log) {
            (Phase::Failed, _) => return false,
            (Phase::Open, Some(log)) => log,
            (Phase::Closed, _) => return self.directory.was_closed(&self.id),
            _ => return true,
        };
        let closed = log
            .close()
            .and_then(|end| log.keep_open_for_others().map(|_| end));
        let checkpoint = Checkpoint {
            recovery_point: log.flushed_offset(),
            log_start: log.log_start_offset(),
            high_watermark,
        };
        match closed {
            Ok(_) => {
                self.directory.note_closed(&self.id, checkpoint);
                true
            }
            Err(e) => {
                tracing::error!("partition {} cannot be closed: {e}", self.id);
                self.directory.note(&self.id, checkpoint);
                false
            }
        }
    }

    /// Runs `act` on the log when no job has it. Blocks on the disk, and until then.
    ///
    /// # Errors
    /// Those of [`Partition::with_locked_log`].
    pub(super) fn with_log_without_job<T>(
        &self,
        act: impl FnOnce(&mut Log, &mut State) -> T,
    ) -> Result<T, ErrorCode> {
        self.with_locked_log(self.lock_without_job(), act)
    }

    /// Locks the partition once no job has the log. Blocks until then.
    pub(super) fn lock_without_job(&self) -> MutexGuard<'_, Locked> {
        let mut locked = self.locked.lock();
        while locked.state.life.has_job() {
            self.job_ended.wait(&mut locked);
        }
        locked
    }
}

/// Whether closing the log loses nothing that is only in memory. A log is kept open if it refuses
/// writes after a failure, has files to remove, has reported damaged ranges, or waits for the first
/// batch of a producer.
fn can_close(log: &Log) -> bool {
    log.failure().is_none()
        && !log.has_deleted_files()
        && log.damaged().is_empty()
        && !log.waits_for_first_batches()
}

/// Whether another attempt to open a log could lose records. After an error of the device, some bytes
/// that recovery has written may be lost although the next sync succeeds.
fn is_final(error: &OpenError) -> bool {
    match error {
        OpenError::Disk(error) => DiskErrorKind::of(error) == DiskErrorKind::Device,
        OpenError::NoSegment { .. } => false,
    }
}
