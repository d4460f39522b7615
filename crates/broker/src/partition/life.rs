//! The life of a partition's log: its phases, the events that change the phase, and what is allowed
//! in each phase. Plain functions over values; [`super::Partition`] carries out what they say.
//!
//! | phase   | `OpenStarted` | `Opened` | `OpenFailed` | `CloseStarted` | `Closed` | `CloseFailed` | `Stopped` | `DirectoryFailed` | `TopicDeleted` |
//! | ------- | ------- | ------- | ----------------- | ------- | ------- | ------- | ------- | ------- | ------- |
//! | Empty   | Opening |         |                   |         |         |         | Stopped | Failed  | Deleted |
//! | Closed  | Opening |         |                   |         |         |         | Stopped | Failed  | Deleted |
//! | Opening |         | Open    | Closed, or Failed |         |         |         | Stopped | Failed  | Deleted |
//! | Open    |         |         |                   | Closing |         |         | Stopped | Failed  | Deleted |
//! | Closing |         |         |                   |         | Closed  | Open    | Stopped | Failed  | Deleted |
//! | Stopped |         |         |                   |         |         |         |         | Failed  | Deleted |
//! | Failed  |         |         |                   |         |         |         |         |         | Deleted |
//! | Deleted |         |         |                   |         |         |         |         |         |         |
//!
//! In an empty field, the event changes nothing. So a job that ends after its topic was deleted does
//! not bring the partition back.

use std::time::Duration;

use wire::ErrorCode;

/// The first wait between two attempts to open a log. It doubles with each failure.
const RETRY_DELAY_MIN: Duration = Duration::from_millis(100);

/// The longest wait between two attempts to open a log.
const RETRY_DELAY_MAX: Duration = Duration::from_secs(10);

/// The time between two checks of a closed log for compaction. Its records may have become old
/// enough meanwhile.
const COMPACTION_CHECK_INTERVAL: Duration = Duration::from_secs(3600);

/// Whether a partition has a log, and whether it can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// No records were ever written, and there is no directory.
    Empty,
    /// There is a directory. The log is not in memory.
    Closed,
    /// A job opens the log.
    Opening,
    /// The log is in memory and can be used.
    Open,
    /// A job syncs the log and takes it out of memory.
    Closing,
    /// The broker stops: the log is closed for good.
    Stopped,
    /// The log cannot be used before the next start.
    Failed,
    /// The topic was deleted.
    Deleted,
}

/// An event that may change the phase of a partition's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A job begins to open the log.
    OpenStarted,
    /// The job has opened the log.
    Opened,
    /// The job could not open the log.
    OpenFailed {
        /// Whether another attempt could lose records.
        is_final: bool,
        /// The time of the failure, by the monotonic clock.
        now: Duration,
    },
    /// A job begins to close the log.
    CloseStarted,
    /// The job has closed the log.
    Closed,
    /// The job could not close the log.
    CloseFailed,
    /// The broker stops.
    Stopped,
    /// The log directory is offline.
    DirectoryFailed,
    /// The topic was deleted.
    TopicDeleted,
}

impl Phase {
    /// The error that requests get in this phase; `None` if the log is open or can be opened.
    pub(super) fn refusal(self) -> Option<ErrorCode> {
        match self {
            Phase::Failed => Some(ErrorCode::KafkaStorageError),
            // Clients look for the new leader after this error.
            Phase::Stopped => Some(ErrorCode::NotLeaderOrFollower),
            Phase::Deleted => Some(ErrorCode::UnknownTopicOrPartition),
            _ => None,
        }
    }

    /// The phase after `event`. See the table above.
    fn after(self, event: Event) -> Phase {
        match (self, event) {
            (Phase::Deleted, _) | (_, Event::TopicDeleted) => Phase::Deleted,
            (Phase::Failed, _) | (_, Event::DirectoryFailed) => Phase::Failed,
            (Phase::Stopped, _) | (_, Event::Stopped) => Phase::Stopped,
            (Phase::Empty | Phase::Closed, Event::OpenStarted) => Phase::Opening,
            (Phase::Opening, Event::Opened) | (Phase::Closing, Event::CloseFailed) => Phase::Open,
            (Phase::Opening, Event::OpenFailed { is_final: true, .. }) => Phase::Failed,
            (Phase::Opening, Event::OpenFailed { .. }) | (Phase::Closing, Event::Closed) => {
                Phase::Closed
            }
            (Phase::Open, Event::CloseStarted) => Phase::Closing,
            (phase, _) => phase,
        }
    }
}

/// Whether the cleaner may compact the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Cleaner {
    /// It may.
    #[default]
    Allowed,
    /// A cleaner compacts it.
    Running,
    /// The log has bytes that are not record batches. It is not compacted before the next start.
    GivenUp,
}

/// How a request gets the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// It uses the log, which is open.
    Ready,
    /// It opens the log.
    Open,
    /// It waits for the job that opens or closes the log.
    Wait,
    /// It fails: opening has failed a short time ago, the log cannot be used before the next start,
    /// the broker stops, or the topic was deleted.
    Refused(ErrorCode),
}

/// Whether the retention task has to open or use a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetentionCheck {
    /// Nothing can be due.
    Skip,
    /// The log is open or something is due.
    Run,
    /// The log is closed, and the files in its directory show when something is due.
    ReadDirectory,
}

/// Whether the cleaner has to open or use a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CompactionCheck {
    /// Nothing can be due.
    Skip,
    /// The log is open, or compaction was due when it was last checked.
    ReadLog,
    /// The log is closed, and the files in its directory show whether compaction may be due.
    ReadDirectory,
}

/// The phase of a partition's log, and everything else that decides whether the log is opened, closed
/// or maintained.
#[derive(Debug)]
pub(super) struct Life {
    phase: Phase,
    /// A job on a pool of threads has the log. It may still run after the topic was deleted.
    is_opening_or_closing: bool,
    /// Files of segments that retention or compaction removes are being renamed.
    is_renaming: bool,
    /// A job that rolls the active segment is queued or runs.
    roll_queued: bool,
    /// The files of a new segment are being written.
    is_rolling: bool,
    /// A read needs that no files are renamed.
    is_reading: bool,
    /// A job that opens the log is queued.
    open_queued: bool,
    /// Do not open the log before this time of the monotonic clock.
    retry_at: Duration,
    retry_delay: Duration,
    /// A request has used the log since the last retention check.
    used: bool,
    /// The partition is in the queue of the sync thread.
    sync_queued: bool,
    /// Syncs of the segments that have not ended. The log stays open for their result.
    segment_syncs: u32,
    cleaner: Cleaner,
    /// When retention of a closed log is due, in ms since 1970, if that is known.
    retention_due_ms: Option<i64>,
    /// When compaction of a closed log is checked next, by the monotonic clock.
    compaction_check_at: Duration,
}

impl Life {
    pub(super) fn new(phase: Phase) -> Life {
        Life {
            phase,
            is_opening_or_closing: false,
            is_renaming: false,
            roll_queued: false,
            is_rolling: false,
            is_reading: false,
            open_queued: false,
            retry_at: Duration::ZERO,
            retry_delay: Duration::ZERO,
            used: false,
            sync_queued: false,
            segment_syncs: 0,
            cleaner: Cleaner::Allowed,
            retention_due_ms: None,
            compaction_check_at: Duration::ZERO,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether a job reads or writes files of the log without the partition's lock.
    pub(super) fn has_job(&self) -> bool {
        self.is_opening_or_closing || self.is_renaming || self.is_rolling || self.is_reading
    }

    /// Whether files of segments may be renamed now: no others are being renamed, and no read needs that
    /// they stay.
    pub(super) fn may_rename(&self) -> bool {
        !self.is_renaming && !self.is_reading
    }

    /// Notes that files of removed segments are being renamed. The log is not closed meanwhile: to open
    /// it again would read the files that are being renamed.
    pub(super) fn renaming_started(&mut self) {
        self.is_renaming = true;
    }

    /// Notes that the files were renamed.
    pub(super) fn renaming_ended(&mut self) {
        self.is_renaming = false;
    }

    /// Notes that a read begins during which no files may be renamed. The log stays open meanwhile.
    pub(super) fn reading_started(&mut self) {
        self.is_reading = true;
    }

    /// Notes that the read has ended.
    pub(super) fn reading_ended(&mut self) {
        self.is_reading = false;
    }

    /// Whether the active segment is being rolled or is about to be. Nothing may be appended meanwhile.
    pub(super) fn is_roll_pending(&self) -> bool {
        self.roll_queued || self.is_rolling
    }

    /// Notes that a job that rolls the active segment is queued.
    pub(super) fn roll_queued(&mut self) {
        self.roll_queued = true;
    }

    /// Notes that the job that was queued has ended.
    pub(super) fn roll_dequeued(&mut self) {
        self.roll_queued = false;
    }

    /// Notes that the files of a new segment are being written. The log stays open meanwhile.
    pub(super) fn roll_started(&mut self) {
        self.is_rolling = true;
    }

    /// Notes that the files were written.
    pub(super) fn roll_ended(&mut self) {
        self.is_rolling = false;
    }

    /// Applies an event.
    pub(super) fn on(&mut self, event: Event) {
        self.phase = self.phase.after(event);
        match event {
            Event::OpenStarted | Event::CloseStarted => self.is_opening_or_closing = true,
            Event::Opened => {
                self.is_opening_or_closing = false;
                self.retry_delay = Duration::ZERO;
            }
            Event::OpenFailed { now, .. } => {
                self.is_opening_or_closing = false;
                let doubled = self.retry_delay.saturating_mul(2);
                self.retry_delay = doubled.clamp(RETRY_DELAY_MIN, RETRY_DELAY_MAX);
                self.retry_at = now.saturating_add(self.retry_delay);
            }
            Event::Closed | Event::CloseFailed => self.is_opening_or_closing = false,
            Event::Stopped | Event::DirectoryFailed | Event::TopicDeleted => {}
        }
    }

    /// How long the log is not opened after a failure.
    pub(super) fn retry_delay(&self) -> Duration {
        self.retry_delay
    }

    /// How a request gets the log at `now` of the monotonic clock.
    pub(super) fn access(&self, now: Duration) -> Access {
        match self.phase {
            Phase::Open => Access::Ready,
            Phase::Opening | Phase::Closing => Access::Wait,
            Phase::Empty | Phase::Closed if now >= self.retry_at => Access::Open,
            // Clients send the request again after this error.
            phase => Access::Refused(phase.refusal().unwrap_or(ErrorCode::KafkaStorageError)),
        }
    }

    /// Whether the caller has to queue the job that opens the log, because it is not queued yet.
    pub(super) fn queue_open(&mut self) -> bool {
        !std::mem::replace(&mut self.open_queued, true)
    }

    /// Notes that the job that was queued has ended.
    pub(super) fn open_dequeued(&mut self) {
        self.open_queued = false;
    }

    /// Notes that a request uses the log.
    pub(super) fn mark_used(&mut self) {
        self.used = true;
    }

    /// Whether a request has used the log since this was last called.
    pub(super) fn take_used(&mut self) -> bool {
        std::mem::take(&mut self.used)
    }

    /// Whether the caller has to put the partition into the queue of the sync thread.
    pub(super) fn queue_sync(&mut self) -> bool {
        !std::mem::replace(&mut self.sync_queued, true)
    }

    /// Notes that the sync thread is done with the partition.
    pub(super) fn sync_done(&mut self) {
        self.sync_queued = false;
    }

    /// Notes that a sync of the segments has started.
    pub(super) fn segment_sync_started(&mut self) {
        self.segment_syncs += 1;
    }

    /// Notes that a sync of the segments has ended.
    pub(super) fn segment_sync_ended(&mut self) {
        self.segment_syncs = self.segment_syncs.saturating_sub(1);
    }

    /// Whether the log may be closed: it is open, and neither a request, a sync, retention nor a
    /// compaction uses it.
    pub(super) fn may_close(&self) -> bool {
        self.is_open()
            && !self.used
            && !self.sync_queued
            && self.segment_syncs == 0
            && self.may_rename()
            && !self.is_roll_pending()
            && self.cleaner != Cleaner::Running
    }

    pub(super) fn cleaner(&self) -> Cleaner {
        self.cleaner
    }

    /// Reserves the log for one cleaner. Returns whether that was possible.
    pub(super) fn start_compaction(&mut self) -> bool {
        let is_allowed = self.cleaner == Cleaner::Allowed;
        if is_allowed {
            self.cleaner = Cleaner::Running;
        }
        is_allowed
    }

    /// Notes that the cleaner is done with the log for now.
    pub(super) fn end_compaction(&mut self) {
        if self.cleaner == Cleaner::Running {
            self.cleaner = Cleaner::Allowed;
        }
    }

    /// Does not let the log be compacted before the next start.
    pub(super) fn give_up_compaction(&mut self) {
        self.cleaner = Cleaner::GivenUp;
    }

    /// What the retention task has to do at `now_ms`.
    pub(super) fn retention_check(&self, now_ms: i64) -> RetentionCheck {
        match (self.phase, self.retention_due_ms) {
            (Phase::Open, _) => RetentionCheck::Run,
            (Phase::Closed, Some(due_ms)) if now_ms >= due_ms => RetentionCheck::Run,
            (Phase::Closed, None) => RetentionCheck::ReadDirectory,
            _ => RetentionCheck::Skip,
        }
    }

    /// Notes when retention of the log is due once it is closed, in ms since 1970.
    pub(super) fn set_retention_due(&mut self, due_ms: i64) {
        self.retention_due_ms = Some(due_ms);
    }

    /// What the cleaner has to do at `now` of the monotonic clock; `was_due` if compaction was due
    /// when it was last checked.
    pub(super) fn compaction_check(&self, now: Duration, was_due: bool) -> CompactionCheck {
        if self.cleaner != Cleaner::Allowed {
            return CompactionCheck::Skip;
        }
        match self.phase {
            Phase::Open => CompactionCheck::ReadLog,
            Phase::Closed if was_due => CompactionCheck::ReadLog,
            Phase::Closed if now >= self.compaction_check_at => CompactionCheck::ReadDirectory,
            _ => CompactionCheck::Skip,
        }
    }

    /// Notes that compaction was checked at `now` of the monotonic clock.
    pub(super) fn compaction_checked(&mut self, now: Duration) {
        self.compaction_check_at = now.saturating_add(COMPACTION_CHECK_INTERVAL);
    }

    /// Notes that the settings of the topic have changed: known due times are no longer valid.
    pub(super) fn settings_changed(&mut self) {
        self.retention_due_ms = None;
        self.compaction_check_at = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests;
