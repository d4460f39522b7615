//! How far one log is durable: a state machine over the changes made to its files.
//!
//! Changes are numbered. A sync covers all changes up to the number its ticket was taken at.
//! There are two levels. *Synced* means that a crash does not lose the change: its bytes are in
//! synced segments or in the redo log. *Flushed* means that the segments themselves are synced.
//!
//! Invariant: flushed ≤ synced ≤ written, in changes and in offsets. A failure is final: nothing
//! counts as synced that is reported after it, since Linux reports a write-back error once and
//! may have dropped the pages.
//!
//! Does not call the disk and has no clock. [`Log`](crate::Log) drives it.

use io::File;

use crate::sync_ticket::{FileId, LogPosition};

/// Why a log refuses writes until it is opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The operation that failed, and the error.
    pub message: String,
    /// Whether the device has failed, and with it every log on it.
    pub device_failed: bool,
}

/// Which names a sync has to make durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// No names: none have changed.
    Unchanged,
    /// The names in the log's directory that the last process has left. Their files need no sync.
    Found,
    /// The names in the log's directory, with those of new files.
    InDirectory,
    /// The names in the log's directory, and the name of the directory itself.
    NewDirectory,
}

/// How far a log is durable. See the module's description.
#[derive(Debug)]
pub(crate) struct Durability {
    /// Number of the last change.
    change: u64,
    synced_change: u64,
    synced: LogPosition,
    flushed_change: u64,
    flushed_offset: i64,
    /// Files that are not flushed, other than the batches of the active segment, each with the
    /// change that wrote it.
    unflushed_files: Vec<(u64, FileId, File)>,
    /// The change that last created or renamed a file.
    renamed: u64,
    /// No file was created or renamed since the last process.
    has_only_found_names: bool,
    /// The change that last closed a segment.
    rolled: u64,
    /// Time of the oldest append that is not synced, in ms.
    unsynced_since_ms: Option<i64>,
    /// The change that the last clean close covered.
    closed: Option<u64>,
    failure: Option<Failure>,
}

/// State of a log that was just opened.
#[derive(Debug)]
pub(crate) struct Opened {
    /// End of the batches that are known to be synced.
    pub(crate) synced: LogPosition,
    /// Offsets below are known to be synced in the segments.
    pub(crate) flushed_offset: i64,
    /// Whether the segments hold bytes that are not known to be synced.
    pub(crate) is_unflushed: bool,
    /// The names that are not known to be synced. Not `Unchanged` if batches are not, either.
    pub(crate) names: Names,
    /// Files that were written on opening and are not synced.
    pub(crate) unflushed_files: Vec<(FileId, File)>,
    /// Time of opening in ms, if batches are not known to be synced.
    pub(crate) unsynced_since_ms: Option<i64>,
    /// Whether all files are as a clean close leaves them.
    pub(crate) is_closed: bool,
}

impl Durability {
    /// The state right after opening.
    pub(crate) fn new(opened: Opened) -> Durability {
        let is_unsynced = opened.names != Names::Unchanged;
        let has_change = is_unsynced || opened.is_unflushed || !opened.unflushed_files.is_empty();
        let change = u64::from(has_change);
        let files = opened.unflushed_files.into_iter();
        Durability {
            change,
            synced_change: if is_unsynced { 0 } else { change },
            synced: opened.synced,
            flushed_change: 0,
            flushed_offset: opened.flushed_offset,
            unflushed_files: files.map(|(id, file)| (1, id, file)).collect(),
            renamed: u64::from(is_unsynced),
            has_only_found_names: opened.names == Names::Found,
            rolled: 0,
            unsynced_since_ms: opened.unsynced_since_ms,
            closed: opened.is_closed.then_some(change),
            failure: None,
        }
    }

    /// Notes that a batch was appended to the active segment.
    pub(crate) fn appended(&mut self, now_ms: i64) {
        self.change += 1;
        self.unsynced_since_ms.get_or_insert(now_ms);
    }

    /// Notes that files other than the active segment's batches were written.
    pub(crate) fn wrote(&mut self, files: impl IntoIterator<Item = (FileId, File)>) {
        self.change += 1;
        let change = self.change;
        let files = files.into_iter().map(|(id, file)| (change, id, file));
        self.unflushed_files.extend(files);
    }

    /// Notes that names in the log's directory have changed.
    pub(crate) fn renamed(&mut self) {
        self.change += 1;
        self.renamed = self.change;
        self.has_only_found_names = false;
    }

    /// Notes that a segment was closed. Its files were reported by [`Durability::wrote`].
    pub(crate) fn rolled(&mut self) {
        self.renamed();
        self.rolled = self.change;
    }

    /// Number of the last change; a ticket that is taken now covers it.
    pub(crate) fn change(&self) -> u64 {
        self.change
    }

    /// Whether a sync has something to do.
    pub(crate) fn is_unsynced(&self) -> bool {
        self.failure.is_none() && self.change != self.synced_change
    }

    /// Whether syncing the segments has something to do.
    pub(crate) fn is_unflushed(&self) -> bool {
        self.failure.is_none() && self.change != self.flushed_change
    }

    /// Files to flush besides the batches of the active segment.
    pub(crate) fn unflushed_files(&self) -> impl Iterator<Item = (FileId, File)> + '_ {
        let files = self.unflushed_files.iter();
        files.map(|(_, id, file)| (*id, file.clone()))
    }

    /// The names to make durable.
    pub(crate) fn names(&self) -> Names {
        match self.renamed > self.synced_change {
            false => Names::Unchanged,
            true if self.has_only_found_names => Names::Found,
            true if self.synced_change == 0 => Names::NewDirectory,
            true => Names::InDirectory,
        }
    }

    /// End of the batches that are synced.
    pub(crate) fn synced_position(&self) -> LogPosition {
        self.synced
    }

    /// Offsets below are synced in the segments: the recovery point.
    pub(crate) fn flushed_offset(&self) -> i64 {
        self.flushed_offset
    }

    /// Whether a sync is due, by `flush.messages` and `flush.ms`, or since a segment was closed.
    ///
    /// A topic with `flush.messages` above 1 is synced when a segment is closed, as Kafka does:
    /// recovery then reads the active segment only.
    pub(crate) fn is_due(
        &self,
        log_end_offset: i64,
        flush_messages: i64,
        flush_ms: i64,
        now_ms: i64,
    ) -> bool {
        let age_ms = self
            .unsynced_since_ms
            .map_or(0, |since| now_ms.saturating_sub(since));
        self.is_unsynced()
            && (log_end_offset - self.synced.offset >= flush_messages
                || age_ms >= flush_ms
                || self.rolled > self.synced_change)
    }

    /// Notes that a sync has covered all changes up to `change`, at which the batches ended at
    /// `end`. Has no effect after a failure, or if a later change is covered already.
    pub(crate) fn synced(&mut self, change: u64, end: LogPosition) {
        if self.failure.is_some() || change <= self.synced_change {
            return;
        }
        self.synced_change = change;
        self.synced = end;
        if self.change == change {
            self.unsynced_since_ms = None;
        }
    }

    /// As [`Durability::synced`], by a sync of the segments themselves.
    pub(crate) fn flushed(&mut self, change: u64, end: LogPosition) {
        self.synced(change, end);
        if self.failure.is_some() || change <= self.flushed_change {
            return;
        }
        self.flushed_change = change;
        self.flushed_offset = end.offset;
        self.unflushed_files.retain(|(at, _, _)| *at > change);
    }

    /// Lowers the recovery point before the log is truncated to `offset`.
    pub(crate) fn lower_flushed_offset(&mut self, offset: i64) {
        self.flushed_offset = self.flushed_offset.min(offset);
    }

    /// Notes that the log was truncated to `end` and flushed. Tickets taken before have no effect.
    pub(crate) fn truncated(&mut self, end: LogPosition) {
        self.change += 1;
        self.synced_change = self.change;
        self.synced = end;
        self.flushed_change = self.change;
        self.flushed_offset = end.offset;
        self.unflushed_files.clear();
        self.unsynced_since_ms = None;
    }

    /// Notes that the log was closed cleanly.
    pub(crate) fn closed(&mut self) {
        self.closed = Some(self.change);
    }

    /// Whether nothing has changed since the last clean close.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed == Some(self.change)
    }

    /// Notes a failure. Returns whether it is the first one, which is the one that is kept.
    pub(crate) fn failed(&mut self, failure: Failure) -> bool {
        let is_first = self.failure.is_none();
        self.failure.get_or_insert(failure);
        is_first
    }

    /// The failure, if there was one.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use io::sim::Sim;

    use super::*;
    use crate::file_name::FileKind;

    fn at(offset: i64) -> LogPosition {
        LogPosition {
            offset,
            segment: 0,
            position: offset as u64 * 10,
        }
    }

    fn opened() -> Opened {
        Opened {
            synced: at(0),
            flushed_offset: 0,
            is_unflushed: false,
            names: Names::Unchanged,
            unflushed_files: Vec::new(),
            unsynced_since_ms: None,
            is_closed: true,
        }
    }

    fn failure(message: &str) -> Failure {
        Failure {
            message: message.to_string(),
            device_failed: false,
        }
    }

    fn index(offset: i64) -> FileId {
        FileId::At(offset, FileKind::Index)
    }

    /// What needs a sync after each step, and what is due with `flush.messages` 3 and `flush.ms` 50.
    #[test]
    fn a_table_of_steps() {
        type Do = fn(&mut Durability);
        // step, unsynced, unflushed, names, synced offset, flushed offset, due
        type Row = (&'static str, Do, bool, bool, Names, i64, i64, bool);
        use Names::{InDirectory, Unchanged};
        let rows: [Row; 9] = [
            ("open", |_| (), false, false, Unchanged, 0, 0, false),
            (
                "append",
                |d| d.appended(7),
                true,
                true,
                Unchanged,
                0,
                0,
                false,
            ),
            (
                "sync",
                |d| d.synced(1, at(1)),
                false,
                true,
                Unchanged,
                1,
                0,
                false,
            ),
            (
                "roll",
                Durability::rolled,
                true,
                true,
                InDirectory,
                1,
                0,
                true,
            ),
            (
                "sync",
                |d| d.synced(2, at(1)),
                false,
                true,
                Unchanged,
                1,
                0,
                false,
            ),
            (
                "append",
                |d| d.appended(9),
                true,
                true,
                Unchanged,
                1,
                0,
                false,
            ),
            (
                "old",
                |d| d.flushed(2, at(1)),
                true,
                true,
                Unchanged,
                1,
                1,
                false,
            ),
            (
                "flush",
                |d| d.flushed(3, at(2)),
                false,
                false,
                Unchanged,
                2,
                2,
                false,
            ),
            (
                "fail",
                |d| _ = d.failed(failure("x")),
                false,
                false,
                Unchanged,
                2,
                2,
                false,
            ),
        ];
        let mut state = Durability::new(opened());
        for (row, (step, act, unsynced, unflushed, names, synced, flushed, due)) in
            rows.into_iter().enumerate()
        {
            act(&mut state);
            let place = format!("row {row}, {step}");
            assert_eq!(state.is_unsynced(), unsynced, "{place}");
            assert_eq!(state.is_unflushed(), unflushed, "{place}");
            assert_eq!(state.names(), names, "{place}");
            assert_eq!(state.synced_position().offset, synced, "{place}");
            assert_eq!(state.flushed_offset(), flushed, "{place}");
            assert_eq!(state.is_due(2, 3, 50, 50), due, "{place}");
        }
    }

    #[test]
    fn a_sync_is_due_by_records_by_time_and_after_a_roll() {
        let mut state = Durability::new(opened());
        assert!(!state.is_due(100, 1, 0, 1_000));
        state.appended(10);
        state.appended(20);
        assert!(state.is_due(2, 2, i64::MAX, 20));
        assert!(!state.is_due(2, 3, 50, 59));
        assert!(state.is_due(2, 3, 50, 60));
        assert!(!state.is_due(2, i64::MAX, i64::MAX, 1_000));
        state.rolled();
        assert!(state.is_due(2, i64::MAX, i64::MAX, 1_000));
        state.synced(state.change(), at(2));
        assert!(!state.is_due(2, i64::MAX, i64::MAX, 1_000));
    }

    #[test]
    fn names_of_the_last_process_are_synced_once_and_new_files_with_them() {
        let found = || {
            let names = Names::Found;
            Durability::new(Opened { names, ..opened() })
        };
        let mut state = found();
        assert_eq!((state.names(), state.is_unsynced()), (Names::Found, true));
        // No record waits for them.
        assert!(!state.is_due(0, 1, i64::MAX, 1_000));
        state.appended(0);
        assert_eq!(state.names(), Names::Found);
        state.synced(state.change(), at(1));
        assert_eq!(state.names(), Names::Unchanged);
        let mut state = found();
        state.rolled();
        assert_eq!(state.names(), Names::NewDirectory);
    }

    #[test]
    fn a_sync_that_is_reported_after_a_failure_does_not_count() {
        let mut state = Durability::new(opened());
        state.appended(0);
        assert!(state.failed(failure("no space left")));
        assert!(!state.failed(failure("second")));
        state.flushed(1, at(1));
        state.synced(1, at(1));
        assert_eq!(state.failure(), Some(&failure("no space left")));
        assert_eq!(
            (state.synced_position(), state.flushed_offset()),
            (at(0), 0)
        );
        assert!(!state.is_unsynced() && !state.is_unflushed() && !state.is_due(1, 1, 0, 9));
    }

    /// Random changes, tickets and results in any order, against a model that keeps every ticket.
    #[test]
    fn nothing_counts_as_durable_that_no_successful_ticket_has_covered() {
        for seed in 0..300 {
            let sim = Sim::new(seed);
            let io = sim.io();
            let below = |n: u64| io.rng.below(n);
            let mut state = Durability::new(opened());
            let mut end = 0;
            let mut tickets: Vec<(u64, LogPosition)> = Vec::new();
            // Change and number of each file, until a flush covers it.
            let mut files: Vec<(u64, i64)> = Vec::new();
            let mut named = 0;
            let (mut synced, mut flushed) = ((0, 0), (0, 0));
            let mut failed = false;
            for step in 0..80 {
                match below(10) {
                    0..3 => {
                        state.appended(step);
                        end += 1;
                    }
                    3 => {
                        let file = io.disk.cached(Path::new("/file"));
                        state.wrote([(index(step), file)]);
                        files.push((state.change(), step));
                    }
                    4 => {
                        state.renamed();
                        named = state.change();
                    }
                    5 => tickets.push((state.change(), at(end))),
                    6 | 7 if !tickets.is_empty() => {
                        let at = below(tickets.len() as u64) as usize;
                        let (change, position) = tickets.remove(at);
                        let in_segments = below(2) == 0;
                        match in_segments {
                            true => state.flushed(change, position),
                            false => state.synced(change, position),
                        }
                        if !failed && change > synced.0 {
                            synced = (change, position.offset);
                        }
                        if !failed && in_segments && change > flushed.0 {
                            flushed = (change, position.offset);
                            files.retain(|file| file.0 > change);
                        }
                    }
                    8 if !failed && below(4) == 0 => {
                        end = below(end as u64 + 1) as i64;
                        state.lower_flushed_offset(end);
                        state.truncated(at(end));
                        synced = (state.change(), end);
                        flushed = synced;
                        files.clear();
                    }
                    9 if below(10) == 0 => {
                        state.failed(failure("failed"));
                        failed = true;
                    }
                    _ => {}
                }
                assert_eq!(state.synced_position().offset, synced.1, "seed {seed}");
                assert_eq!(state.flushed_offset(), flushed.1, "seed {seed}");
                assert!(flushed.1 <= synced.1 && synced.1 <= end, "seed {seed}");
                assert_eq!(state.is_unsynced(), !failed && synced.0 != state.change());
                assert_eq!(state.is_unflushed(), !failed && flushed.0 != state.change());
                assert_eq!(state.names() != Names::Unchanged, named > synced.0);
                let expected: Vec<FileId> = files.iter().map(|file| index(file.1)).collect();
                let found: Vec<FileId> = state.unflushed_files().map(|file| file.0).collect();
                assert_eq!(found, expected, "seed {seed}");
            }
        }
    }
}
