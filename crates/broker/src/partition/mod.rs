//! One partition as this broker holds it: its log, its high watermark, who waits on it.
//!
//! Holds, per partition: log start ≤ last stable offset ≤ high watermark ≤ synced offset ≤ log
//! end; relaxed topics do without "synced". The lock is short: no sync, socket or `await` under
//! it. A panic under it aborts the process, since the state behind it could be half changed.
//!
//! An idle partition is an entry in a map: its log is opened when somebody asks, and closed again
//! when nobody does. One that was never written to has no files.

pub(crate) mod append;
pub(crate) mod compaction;
pub(crate) mod deletion;
pub(crate) mod directories;
pub(crate) mod directory;
mod guard;
pub(crate) mod maintenance;
mod offline;
pub(crate) mod offsets;
pub(crate) mod read;
mod settings;
pub(crate) mod sync;
pub(crate) mod table;

use std::sync::Arc;
use std::time::Duration;

use log::Log;
use metadata::topic_name;
use parking_lot::Mutex;
use tokio::sync::Notify;
use wire::{ErrorCode, TopicPartition, Uuid};

use self::compaction::{Cleaning, Standing};
use self::directory::Directory;
use self::guard::AbortOnPanic;
pub(crate) use self::settings::{Settings, TopicSettings};
pub(crate) use self::table::{Partitions, TopicName};
use crate::delayed::{Place, Waiters};

/// A partition and everything that happens to it.
#[derive(Debug)]
pub(crate) struct Partition {
    id: TopicPartition,
    topic_id: Uuid,
    internal: bool,
    /// In which this broker leads it.
    leader_epoch: i32,
    directory: Arc<Directory>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    hosted: Hosted,
    /// Of a closed log, where it ended: all of it is durable then. 0 before it was first opened.
    high_watermark: i64,
    /// Whether the sync thread has been told of records to sync.
    sync_wanted: bool,
    /// Whether somebody used the log since it was last looked at.
    used: bool,
    cleaning: Cleaning,
    /// When retention has something to do with a log that is not open, in ms, if that is known.
    retention_due_ms: Option<i64>,
    /// How it stood when compaction last looked at the log.
    compaction: Standing,
    /// When it looks again if the log is not open, by the monotonic clock.
    compaction_look_at: Duration,
    settings: Arc<Settings>,
    waiters: Waiters,
}

/// What is behind a partition.
#[derive(Debug)]
enum Hosted {
    /// Nothing yet: nobody has written to it, and there is no directory.
    Empty,
    /// A directory nobody asks for.
    Idle,
    /// An open log.
    Open(Box<Log>),
    /// A log that cannot be used; said in the log when it happened.
    Failed,
    /// Nothing any more: the topic was deleted.
    Deleted,
}

impl Partition {
    pub(crate) fn new(
        id: TopicPartition,
        topic_id: Uuid,
        leader_epoch: i32,
        directory: Arc<Directory>,
        settings: Arc<Settings>,
    ) -> Partition {
        let hosted = if directory.is_offline() {
            Hosted::Failed
        } else if directory.knows(&id) {
            Hosted::Idle
        } else {
            Hosted::Empty
        };
        Partition {
            internal: topic_name::is_internal(&id.topic),
            id,
            topic_id,
            leader_epoch,
            directory,
            state: Mutex::new(State {
                hosted,
                high_watermark: 0,
                sync_wanted: false,
                used: false,
                cleaning: Cleaning::default(),
                retention_due_ms: None,
                compaction: Standing::default(),
                compaction_look_at: Duration::ZERO,
                settings,
                waiters: Waiters::default(),
            }),
        }
    }

    /// Topic and number.
    pub(crate) fn id(&self) -> &TopicPartition {
        &self.id
    }

    /// Whether it belongs to a topic that clients may not write to.
    pub(crate) fn is_internal(&self) -> bool {
        self.internal
    }

    /// The log directory it lives in.
    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Whether a client that believes in `epoch` may talk to us; -1 believes in nothing.
    pub(crate) fn check_leader_epoch(&self, epoch: i32) -> Result<(), ErrorCode> {
        match epoch {
            -1 => Ok(()),
            epoch if epoch < self.leader_epoch => Err(ErrorCode::FencedLeaderEpoch),
            epoch if epoch > self.leader_epoch => Err(ErrorCode::UnknownLeaderEpoch),
            _ => Ok(()),
        }
    }

    /// Does something with the open log, which is opened if need be.
    fn with_log<T>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut Log, &mut Watch<'_>) -> T,
    ) -> Result<T, ErrorCode> {
        if self.directory.is_offline() {
            return Err(ErrorCode::KafkaStorageError);
        }
        let _guard = AbortOnPanic;
        let mut state = self.state.lock();
        let is_opened = matches!(state.hosted, Hosted::Idle | Hosted::Empty);
        if is_opened {
            self.open(&mut state);
        }
        let State {
            hosted,
            high_watermark,
            sync_wanted,
            settings,
            waiters,
            used,
            ..
        } = &mut *state;
        match hosted {
            Hosted::Open(log) => {
                let mut watch = Watch {
                    high_watermark,
                    sync_wanted,
                    used,
                    settings,
                    waiters,
                };
                if is_opened {
                    // What a crash has left may have to be synced.
                    self.settle(log, &mut watch, self.directory.io().clock.now_ms());
                }
                let done = act(log, &mut watch);
                if let Some(failure) = log.failure().filter(|failure| failure.device_failed) {
                    self.directory.fail(&failure.message);
                }
                Ok(done)
            }
            Hosted::Failed => Err(ErrorCode::KafkaStorageError),
            Hosted::Deleted => Err(ErrorCode::UnknownTopicOrPartition),
            Hosted::Idle | Hosted::Empty => unreachable!("it was opened above"),
        }
    }

    /// Whether its log is open.
    fn is_open(&self) -> bool {
        matches!(self.state.lock().hosted, Hosted::Open(_))
    }

    /// Whether there is nothing in it and never was. Such a one is read without being opened.
    fn is_empty(&self) -> bool {
        matches!(self.state.lock().hosted, Hosted::Empty)
    }

    /// After the log has grown or was synced: asks for a sync if it needs one, moves the high
    /// watermark as far as it may, wakes who waits for that.
    fn settle(self: &Arc<Self>, log: &mut Log, watch: &mut Watch<'_>, now_ms: i64) {
        if !*watch.sync_wanted && log.failure().is_none() && log.sync_is_due(now_ms) {
            *watch.sync_wanted = true;
            self.directory.sync_queue().submit(self);
        }
        // A topic that is relaxed no longer does not take back what it has shown.
        let committed = committed_offset(log);
        if committed > *watch.high_watermark {
            *watch.high_watermark = committed;
            log.on_high_watermark_incremented(committed);
            watch.waiters.wake(*watch.high_watermark);
        }
    }

    fn open(&self, state: &mut State) {
        match self
            .directory
            .open_log(&self.id, self.topic_id, &state.settings)
        {
            Ok(mut log) => {
                state.high_watermark = committed_offset(&log);
                log.on_high_watermark_incremented(state.high_watermark);
                state.hosted = Hosted::Open(Box::new(log));
            }
            Err(e) => {
                tracing::error!("partition {} cannot be opened: {e}", self.id);
                state.hosted = Hosted::Failed;
            }
        }
    }

    /// The high watermark; of a closed log, where it ended. -1 of one that cannot be used.
    pub(crate) fn high_watermark(&self) -> i64 {
        let state = self.state.lock();
        match state.hosted {
            Hosted::Open(_) | Hosted::Idle | Hosted::Empty => state.high_watermark,
            Hosted::Failed | Hosted::Deleted => -1,
        }
    }

    /// Waits until the high watermark is `offset` or more.
    pub(crate) async fn committed(self: &Arc<Self>, offset: i64) -> Result<(), ErrorCode> {
        let wake = Arc::new(Notify::new());
        let _place = self.wait(offset, &wake);
        loop {
            {
                let state = self.state.lock();
                match &state.hosted {
                    Hosted::Open(_) | Hosted::Idle if state.high_watermark >= offset => {
                        return Ok(());
                    }
                    // After a failed sync it will never be.
                    Hosted::Open(log) if log.failure().is_some() => {
                        return Err(ErrorCode::KafkaStorageError);
                    }
                    Hosted::Open(_) | Hosted::Idle | Hosted::Empty => {}
                    Hosted::Failed => return Err(ErrorCode::KafkaStorageError),
                    Hosted::Deleted => return Err(ErrorCode::UnknownTopicOrPartition),
                }
            }
            wake.notified().await;
        }
    }

    /// Has `wake` woken when the high watermark is `from` or more, or something else happens.
    pub(crate) fn wait(self: &Arc<Self>, from: i64, wake: &Arc<Notify>) -> Waiting {
        let place = self.state.lock().waiters.enter(from, Arc::clone(wake));
        Waiting {
            partition: Arc::clone(self),
            place,
        }
    }

    /// Takes new settings, from now on.
    pub(crate) fn configure(&self, settings: Arc<Settings>) {
        let mut state = self.state.lock();
        if let Hosted::Open(log) = &mut state.hosted {
            log.set_config(settings.log.clone());
        }
        state.retention_due_ms = None;
        state.compaction_look_at = Duration::ZERO;
        state.settings = settings;
    }
}

/// Offsets below are committed while this broker is the only replica: synced ones, or all of them
/// where the topic is relaxed.
fn committed_offset(log: &Log) -> i64 {
    match log.config().is_strict() {
        true => log.synced_offset(),
        false => log.log_end_offset(),
    }
}

/// The parts of a partition's state beside its log.
struct Watch<'a> {
    high_watermark: &'a mut i64,
    sync_wanted: &'a mut bool,
    used: &'a mut bool,
    settings: &'a Settings,
    waiters: &'a mut Waiters,
}

/// A place among a partition's waiters, given back when dropped.
#[derive(Debug)]
pub(crate) struct Waiting {
    partition: Arc<Partition>,
    place: Place,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.partition.state.lock().waiters.leave(self.place);
    }
}
