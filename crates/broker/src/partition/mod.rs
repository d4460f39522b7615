//! One partition on this broker: its log, its high watermark, and the requests that wait for it.
//!
//! Invariant: log start ≤ last stable offset ≤ high watermark ≤ synced offset ≤ log end offset; in
//! relaxed topics the high watermark may exceed the synced offset.
//!
//! The partition's lock is held for a short time: no sync, socket or `await` under it. Opening and
//! closing a log is a job on a pool of threads, which has the log for itself. A panic under the lock
//! or in such a job aborts the process, because the log may be half changed.
//!
//! An idle partition is an entry in a map: its log is opened for the first request and closed when
//! no request uses it any more. A partition without records has no files.

pub(crate) mod append;
pub(crate) mod compaction;
pub(crate) mod deletion;
pub(crate) mod directories;
pub(crate) mod directory;
mod guard;
mod life;
pub(crate) mod maintenance;
pub(crate) mod offsets;
pub(crate) mod opening;
pub(crate) mod read;
mod role;
mod rolling;
mod settings;
pub(crate) mod sync;
pub(crate) mod table;
#[cfg(test)]
mod testing;

use std::collections::BTreeMap;
use std::sync::Arc;

use log::Log;
use metadata::topic_name;
use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::Notify;
use wire::record_batch::RecordBatchHeader;
use wire::{ErrorCode, TopicPartition, Uuid};

use self::compaction::CompactionStatus;
use self::directory::Directory;
use self::guard::AbortOnPanic;
use self::life::{Life, Phase};
use self::role::{Actions, LogOffsets, Role, StoredWhen};
pub(crate) use self::settings::{Settings, TopicSettings};
pub(crate) use self::table::{Partitions, TopicName};
use crate::delayed::{WaiterKey, Waiters};

/// A partition of which this broker has a replica.
#[derive(Debug)]
pub(crate) struct Partition {
    id: TopicPartition,
    topic_id: Uuid,
    is_internal: bool,
    directory: Arc<Directory>,
    locked: Mutex<Locked>,
    /// Signalled when a job that opens or closes the log ends.
    job_ended: Condvar,
}

/// The part of a partition that its lock guards.
#[derive(Debug)]
struct Locked {
    /// The log, if it is open. Also that of a deleted topic, until its directory is renamed.
    log: Option<Box<Log>>,
    state: State,
}

/// The state of a partition, without its log.
#[derive(Debug)]
struct State {
    life: Life,
    role: Role,
    /// The result of the last check for compaction.
    compaction: CompactionStatus,
    settings: Arc<Settings>,
    waiters: Waiters,
    /// The first batch of each producer that was refused while the log was not open.
    unwritten: BTreeMap<i64, RecordBatchHeader>,
}

impl Locked {
    /// The log and the state, if the log is open.
    fn open(&mut self) -> Option<(&mut Log, &mut State)> {
        let log = self.log.as_mut().filter(|_| self.state.life.is_open())?;
        Some((log, &mut self.state))
    }
}

impl Partition {
    pub(crate) fn new(
        id: TopicPartition,
        topic_id: Uuid,
        leader_epoch: i32,
        directory: Arc<Directory>,
        settings: Arc<Settings>,
    ) -> Partition {
        let has_records = !directory.is_offline() && directory.knows(&id);
        let phase = if directory.is_offline() {
            Phase::Failed
        } else if has_records {
            Phase::Closed
        } else {
            Phase::Empty
        };
        Partition {
            is_internal: topic_name::is_internal(&id.topic),
            id,
            topic_id,
            directory,
            locked: Mutex::new(Locked {
                log: None,
                state: State {
                    life: Life::new(phase),
                    role: role_of(leader_epoch, &settings),
                    compaction: CompactionStatus::default(),
                    settings,
                    waiters: Waiters::default(),
                    unwritten: BTreeMap::new(),
                },
            }),
            job_ended: Condvar::new(),
        }
    }

    /// Topic and partition number.
    pub(crate) fn id(&self) -> &TopicPartition {
        &self.id
    }

    /// Whether the topic is internal: clients may not write to it.
    pub(crate) fn is_internal(&self) -> bool {
        self.is_internal
    }

    /// The log directory of the partition.
    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Compares the leader epoch of a request with ours; −1 means that the client does not know it.
    pub(crate) fn check_leader_epoch(&self, epoch: i32) -> Result<(), ErrorCode> {
        self.locked.lock().state.role.check_leader_epoch(epoch)
    }

    /// Runs `act` on the log. If the log is closed, opens it, which blocks on the disk.
    ///
    /// # Errors
    /// `KAFKA_STORAGE_ERROR` if the log cannot be opened, `UNKNOWN_TOPIC_OR_PARTITION` if the topic
    /// was deleted.
    fn with_log<T>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Log, &mut State) -> T,
    ) -> Result<T, ErrorCode> {
        let _guard = AbortOnPanic;
        loop {
            if self.directory.is_offline() {
                return Err(ErrorCode::KafkaStorageError);
            }
            if let Some((log, state)) = self.locked.lock().open() {
                return Ok(self.run(log, state, act));
            }
            self.open()?;
        }
    }

    /// Runs `act` on the log if it is open. Requests have waited until it is.
    ///
    /// # Errors
    /// Those of [`Partition::with_locked_log`].
    fn with_open_log<T>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Log, &mut State) -> T,
    ) -> Result<T, ErrorCode> {
        self.with_locked_log(self.locked.lock(), act)
    }

    /// Runs `act` on the log of a locked partition.
    ///
    /// # Errors
    /// As [`Partition::with_log`]; `NOT_LEADER_OR_FOLLOWER` if the broker stops,
    /// `KAFKA_STORAGE_ERROR` if the log is closed.
    fn with_locked_log<T>(
        &self,
        mut locked: MutexGuard<'_, Locked>,
        act: impl FnOnce(&mut Log, &mut State) -> T,
    ) -> Result<T, ErrorCode> {
        let _guard = AbortOnPanic;
        let phase = locked.state.life.phase();
        match locked.open() {
            Some((log, state)) if !self.directory.is_offline() => Ok(self.run(log, state, act)),
            _ => Err(phase.refusal().unwrap_or(ErrorCode::KafkaStorageError)),
        }
    }

    fn run<T>(
        &self,
        log: &mut Log,
        state: &mut State,
        act: impl FnOnce(&mut Log, &mut State) -> T,
    ) -> T {
        let done = self.directory.io().tasks.under_lock(|| act(log, state));
        if let Some(failure) = log.failure().filter(|failure| failure.device_failed) {
            self.directory.fail(&failure.message);
        }
        done
    }

    /// Whether the partition never had records. Such a partition is read without opening its log.
    pub(crate) fn is_empty(&self) -> bool {
        self.locked.lock().state.life.phase() == Phase::Empty
    }

    /// Queues the log for a sync if one is due, and advances the high watermark. Called after an
    /// append and after a sync.
    fn log_changed(self: &Arc<Self>, log: &mut Log, state: &mut State, now_ms: i64) {
        if log.failure().is_none() && log.sync_is_due(now_ms) && state.life.queue_sync() {
            self.directory.sync_queue().submit(self);
        }
        let offsets = LogOffsets {
            end: log.log_end_offset(),
            synced: log.synced_offset(),
        };
        let actions = state.role.on(role::Event::Log(offsets));
        state.apply(actions, Some(log));
    }

    /// The high watermark. For a closed log it is the log end offset, or 0 if the log was not opened
    /// since the start; −1 if the log cannot be used.
    pub(crate) fn high_watermark(&self) -> i64 {
        let state = &self.locked.lock().state;
        match state.life.phase() {
            Phase::Failed | Phase::Deleted => -1,
            _ => state.role.high_watermark(),
        }
    }

    /// As [`Partition::committed_in`], in the current epoch.
    ///
    /// # Errors
    /// As [`Partition::committed_in`].
    pub(crate) async fn committed(self: &Arc<Self>, offset: i64) -> Result<(), ErrorCode> {
        self.committed_in(self.leader_epoch(), offset).await
    }

    /// The current leader epoch.
    fn leader_epoch(&self) -> i32 {
        self.locked.lock().state.role.leader_epoch()
    }

    /// Waits until the records below `offset`, which were appended in the leader epoch `epoch`, are
    /// committed.
    ///
    /// # Errors
    /// `KAFKA_STORAGE_ERROR` if they can no longer be committed, `UNKNOWN_TOPIC_OR_PARTITION` if the
    /// topic was deleted, `NOT_LEADER_OR_FOLLOWER` if the broker stops, and the errors of
    /// [`Role::committed`].
    pub(crate) async fn committed_in(
        self: &Arc<Self>,
        epoch: i32,
        offset: i64,
    ) -> Result<(), ErrorCode> {
        let wake = Arc::new(Notify::new());
        let _waiting = self.wait(offset, &wake);
        loop {
            {
                let locked = self.locked.lock();
                match locked.state.life.phase() {
                    Phase::Failed => return Err(ErrorCode::KafkaStorageError),
                    Phase::Deleted => return Err(ErrorCode::UnknownTopicOrPartition),
                    _ => {}
                }
                if let Some(decided) = locked.state.role.committed(epoch, offset) {
                    return decided;
                }
                if locked.state.life.phase() == Phase::Stopped {
                    return Err(ErrorCode::NotLeaderOrFollower);
                }
                let log = locked.log.as_ref();
                // Nothing is committed any more after a failed sync.
                if log.is_some_and(|log| log.failure().is_some()) {
                    return Err(ErrorCode::KafkaStorageError);
                }
            }
            wake.notified().await;
        }
    }

    /// Registers `wake` to be notified when the high watermark is `from` or more, and at other
    /// changes: a new log start, a failure, the end of opening or closing the log.
    pub(crate) fn wait(self: &Arc<Self>, from: i64, wake: &Arc<Notify>) -> Waiting {
        let waiters = &mut self.locked.lock().state.waiters;
        Waiting {
            key: waiters.enter(from, Arc::clone(wake)),
            partition: Arc::clone(self),
        }
    }

    /// Applies new topic settings.
    pub(crate) fn configure(&self, settings: Arc<Settings>) {
        let Locked { log, state } = &mut *self.locked.lock();
        if let Some(log) = log {
            log.set_config(settings.log.clone());
        }
        state.life.settings_changed();
        let actions = state.role.on(settings_event(&settings));
        state.settings = settings;
        state.apply(actions, log.as_deref_mut());
    }
}

impl State {
    /// Carries out what the role decides.
    fn apply(&mut self, actions: Actions, log: Option<&mut Log>) {
        let high_watermark = self.role.high_watermark();
        if actions.high_watermark_moved {
            if let Some(log) = log {
                log.on_high_watermark_incremented(high_watermark);
            }
            self.waiters.wake(high_watermark);
        }
        if actions.wake_all {
            self.waiters.wake_all();
        }
    }
}

/// The role of a replica that is the only one of its partition.
fn role_of(leader_epoch: i32, settings: &Settings) -> Role {
    let mut role = Role::single_leader(leader_epoch);
    role.on(settings_event(settings));
    role
}

fn settings_event(settings: &Settings) -> role::Event {
    let stored_when = match settings.log.is_strict() {
        true => StoredWhen::Synced,
        false => StoredWhen::Appended,
    };
    let in_sync_min = usize::try_from(settings.min_insync_replicas).unwrap_or(1);
    role::Event::Settings(stored_when, in_sync_min)
}

/// An entry among a partition's waiters. Dropping it removes the entry.
#[derive(Debug)]
pub(crate) struct Waiting {
    partition: Arc<Partition>,
    key: WaiterKey,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let waiters = &mut self.partition.locked.lock().state.waiters;
        waiters.leave(self.key);
    }
}
