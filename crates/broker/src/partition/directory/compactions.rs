//! Counts of what compaction has done in a log directory since the start of the broker.

use log::Compacted;

use super::Directory;

/// Passes of the cleaner in one log directory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct CompactionCounts {
    /// Passes that were completed.
    pub passes: u64,
    /// Bytes of the segments before compaction.
    pub bytes_before: u64,
    /// Bytes of the segments after compaction.
    pub bytes_after: u64,
    /// The share of bytes that the last pass has kept, from 0 to 1.
    pub last_recopy_ratio: f64,
    /// When the last pass was completed, in ms since 1970; 0 if none was.
    pub last_run_ms: i64,
}

impl CompactionCounts {
    fn add(&mut self, done: &Compacted, now_ms: i64) {
        self.passes += 1;
        self.bytes_before += done.bytes_before;
        self.bytes_after += done.bytes_after;
        self.last_recopy_ratio = match done.bytes_before {
            0 => 0.0,
            before => done.bytes_after as f64 / before as f64,
        };
        self.last_run_ms = now_ms;
    }
}

impl Directory {
    /// Counts a pass that was completed.
    pub(crate) fn count_compaction(&self, done: &Compacted) {
        self.compactions.lock().add(done, self.io.clock.now_ms());
    }

    /// The passes so far.
    pub(crate) fn compaction_counts(&self) -> CompactionCounts {
        *self.compactions.lock()
    }
}
