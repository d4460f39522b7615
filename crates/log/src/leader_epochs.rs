//! Leader epochs: the offset at which each one begins (Kafka's `LeaderEpochFileCache`).
//!
//! Followers and consumers use them to find the offset where two histories diverge. They are kept
//! in a checkpoint file and can be rebuilt from the batches.
//!
//! Invariant: epochs and start offsets both increase strictly.

/// The epochs of one partition, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaderEpochs {
    entries: Vec<(i32, i64)>,
}

impl LeaderEpochs {
    /// The entries of a checkpoint, up to the first that breaks the invariant.
    pub fn from_checkpoint(entries: Vec<(i32, i64)>) -> LeaderEpochs {
        let mut epochs = LeaderEpochs::default();
        for (epoch, start) in entries {
            if !epochs.assign(epoch, start) {
                break;
            }
        }
        epochs
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> &[(i32, i64)] {
        &self.entries
    }

    /// The newest epoch, if any batch has one.
    pub fn latest(&self) -> Option<i32> {
        self.entries.last().map(|entry| entry.0)
    }

    /// Notes that a batch of `epoch` begins at `offset`. Returns whether this changed anything.
    pub fn assign(&mut self, epoch: i32, offset: i64) -> bool {
        if epoch < 0 {
            return false;
        }
        match self.entries.last() {
            Some(&(last, start)) if epoch <= last || offset < start => false,
            // No record was appended in the epoch before: its entry is replaced.
            Some(&(_, start)) if offset == start => {
                self.entries.pop();
                self.entries.push((epoch, offset));
                true
            }
            _ => {
                self.entries.push((epoch, offset));
                true
            }
        }
    }

    /// The epoch of the record at `offset`.
    pub fn epoch_of(&self, offset: i64) -> Option<i32> {
        let after = self.entries.partition_point(|entry| entry.1 <= offset);
        after.checked_sub(1).map(|at| self.entries[at].0)
    }

    /// The largest epoch not above `epoch`, and its end offset (OffsetForLeaderEpoch).
    ///
    /// The newest epoch ends at `log_end_offset`. An epoch older than all entries ends where the
    /// oldest entry begins. `None` if `epoch` is above the newest, or is -1, which stands for no
    /// epoch; the caller then answers epoch -1 and offset -1.
    pub fn end_offset(&self, epoch: i32, log_end_offset: i64) -> Option<(i32, i64)> {
        let latest = self.latest()?;
        if epoch < 0 || epoch > latest {
            return None;
        }
        if epoch == latest {
            return Some((latest, log_end_offset));
        }
        let after = self.entries.partition_point(|entry| entry.0 <= epoch);
        let end = self.entries[after].1;
        match after.checked_sub(1) {
            Some(at) => Some((self.entries[at].0, end)),
            None => Some((epoch, end)),
        }
    }

    /// Removes the epochs that begin at `offset` or later. Returns whether there were any.
    pub fn truncate_from_end(&mut self, offset: i64) -> bool {
        let keep = self.entries.partition_point(|entry| entry.1 < offset);
        let cut = keep < self.entries.len();
        self.entries.truncate(keep);
        cut
    }

    /// Removes the epochs that end before `offset`; the epoch of `offset` then begins there.
    /// Returns whether this changed anything.
    pub fn truncate_from_start(&mut self, offset: i64) -> bool {
        let after = self.entries.partition_point(|entry| entry.1 <= offset);
        let Some(at) = after.checked_sub(1) else {
            return false;
        };
        if at == 0 && self.entries[0].1 == offset {
            return false;
        }
        self.entries.drain(..at);
        self.entries[0].1 = offset;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(entries: &[(i32, i64)]) -> LeaderEpochs {
        LeaderEpochs::from_checkpoint(entries.to_vec())
    }

    #[test]
    fn epochs_increase_and_one_without_records_is_replaced() {
        let mut history = LeaderEpochs::default();
        assert!(history.assign(0, 0));
        assert!(!history.assign(0, 5));
        assert!(history.assign(1, 10));
        assert!(history.assign(2, 10));
        assert!(!history.assign(1, 20));
        assert!(!history.assign(-1, 20));
        assert_eq!(history.entries(), [(0, 0), (2, 10)]);
        assert_eq!(
            (history.epoch_of(9), history.epoch_of(10)),
            (Some(0), Some(2))
        );
        assert_eq!(LeaderEpochs::default().epoch_of(0), None);
    }

    #[test]
    fn an_epoch_ends_where_the_next_one_begins() {
        let history = epochs(&[(2, 5), (4, 20), (7, 30)]);
        assert_eq!(history.end_offset(7, 44), Some((7, 44)));
        assert_eq!(history.end_offset(5, 44), Some((4, 30)));
        assert_eq!(history.end_offset(2, 44), Some((2, 20)));
        assert_eq!(history.end_offset(1, 44), Some((1, 5)));
        assert_eq!(history.end_offset(8, 44), None);
        assert_eq!(history.end_offset(-1, 44), None, "no epoch is known");
    }

    #[test]
    fn truncation_keeps_the_epoch_of_the_first_record() {
        let mut history = epochs(&[(1, 0), (2, 10), (3, 20)]);
        assert!(history.truncate_from_start(15));
        assert_eq!(history.entries(), [(2, 15), (3, 20)]);
        assert!(!history.truncate_from_start(15));
        assert!(history.truncate_from_end(20));
        assert_eq!(history.entries(), [(2, 15)]);
        assert!(!history.truncate_from_end(20));
    }
}
