//! What a broker has promised, and the checks of its later answers.
//!
//! - A record that was acknowledged or read stays at its offset with its value, until retention,
//!   DeleteRecords or compaction may remove it.
//! - The records of one idempotent producer are in the order it sent them, none twice, and none
//!   that was acknowledged is missing behind the first that is left.
//! - A compacted topic still has the last acknowledged value of each key, or a later one.
//! - Committed offsets never go back, and do not outlive their topic.
//! - The high watermark never goes back, and the log start not behind an acknowledged
//!   DeleteRecords; log start ≤ high watermark.
//! - A partition has one owner in a group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use super::Report;

/// A topic's name and a partition's number.
pub type Partition = (&'static str, i32);

/// Everything that was promised. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Promises(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<(Partition, i64), Bytes>,
    /// Numbers of acknowledged records, by partition: each has one producer.
    acknowledged: BTreeMap<Partition, BTreeSet<u64>>,
    /// The last acknowledged number of each key.
    keys: BTreeMap<(Partition, Bytes), u64>,
    committed: BTreeMap<Partition, i64>,
    log_starts: BTreeMap<Partition, i64>,
    high_watermarks: BTreeMap<Partition, i64>,
    report: Report,
}

/// The number in a value of a producer: `NUMBER/PADDING`.
pub(super) fn number_of(value: &[u8]) -> u64 {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

impl Promises {
    /// A record was acknowledged. The offset is not known for a batch that was there already.
    pub(super) fn acknowledge(
        &self,
        partition: Partition,
        offset: Option<i64>,
        key: Option<Bytes>,
        value: &Bytes,
    ) {
        let mut state = self.0.lock();
        state.report.acknowledged += 1;
        let number = number_of(value);
        if let Some(offset) = offset {
            state.put(partition, offset, value);
        }
        state
            .acknowledged
            .entry(partition)
            .or_default()
            .insert(number);
        if let Some(key) = key {
            let last = state.keys.entry((partition, key)).or_default();
            *last = number.max(*last);
        }
    }

    /// A record was read.
    pub(super) fn read(&self, partition: Partition, offset: i64, value: &Bytes) {
        self.0.lock().put(partition, offset, value);
    }

    /// A commit was acknowledged.
    pub(super) fn commit(&self, partition: Partition, offset: i64) {
        let mut state = self.0.lock();
        state.report.committed += 1;
        let committed = state.committed.entry(partition).or_default();
        *committed = offset.max(*committed);
    }

    /// The offset below which a later answer must not be: of the acknowledged commits so far.
    pub(super) fn committed(&self) -> BTreeMap<Partition, i64> {
        self.0.lock().committed.clone()
    }

    /// A request for committed offsets, made when `before` was acknowledged, has returned `found`.
    pub(super) fn check_committed(
        &self,
        before: &BTreeMap<Partition, i64>,
        found: &BTreeMap<Partition, i64>,
    ) {
        for (partition, committed) in before {
            let found = found.get(partition).copied();
            assert!(
                found >= Some(*committed),
                "the committed offset of {partition:?} went back from {committed} to {found:?}"
            );
        }
        let mut state = self.0.lock();
        for (&partition, &offset) in found {
            let committed = state.committed.entry(partition).or_default();
            *committed = offset.max(*committed);
        }
    }

    /// DeleteRecords was acknowledged with this log start.
    pub(super) fn delete(&self, partition: Partition, log_start: i64) {
        let mut state = self.0.lock();
        state.report.deleted += 1;
        state.raise_log_start(partition, log_start);
    }

    /// The log start and the high watermark that must not be undercut later.
    pub(super) fn bounds(&self, partition: Partition) -> (i64, i64) {
        let state = self.0.lock();
        let start = state.log_starts.get(&partition).copied();
        let end = state.high_watermarks.get(&partition).copied();
        (start.unwrap_or(0), end.unwrap_or(0))
    }

    /// A partition's log start was listed, by a request made when DeleteRecords had raised it to
    /// `before`. It may be higher for retention, and go back from there in a power cut.
    pub(super) fn check_log_start(&self, partition: Partition, before: i64, found: i64) {
        assert!(
            found >= before,
            "the log start of {partition:?} went back from {before} to {found}"
        );
    }

    /// As [`Promises::check_log_start`], for the high watermark, which then never goes back.
    pub(super) fn check_high_watermark(&self, partition: Partition, before: i64, found: i64) {
        assert!(
            found >= before,
            "the high watermark of {partition:?} went back from {before} to {found}"
        );
        self.0.lock().raise_high_watermark(partition, found);
    }

    /// A group is stable, and its members own these partitions.
    pub(super) fn check_owners(&self, owned: &[(String, Partition)]) {
        let mut owners: BTreeMap<&Partition, &String> = BTreeMap::new();
        for (member, partition) in owned {
            if let Some(other) = owners.insert(partition, member) {
                panic!("{partition:?} is owned by {other} and by {member}");
            }
        }
        self.0.lock().report.assignments += u64::from(!owned.is_empty());
    }

    /// A topic was deleted and made again.
    pub(super) fn recreate(&self) {
        self.0.lock().report.recreated += 1;
    }

    pub(super) fn report(&self) -> Report {
        self.0.lock().report
    }

    /// All records of a partition were read, from `log_start` on.
    pub(super) fn check_records(
        &self,
        partition: Partition,
        log_start: i64,
        found: &BTreeMap<i64, (Option<Bytes>, Bytes)>,
        is_compacted: bool,
    ) {
        let state = self.0.lock();
        let numbers: Vec<u64> = found.values().map(|(_, value)| number_of(value)).collect();
        for pair in numbers.windows(2) {
            assert!(
                pair[0] < pair[1],
                "{partition:?}: the producer's record {} comes after its record {}",
                pair[1],
                pair[0]
            );
        }
        for (offset, (_, value)) in found {
            if let Some(promised) = state.records.get(&(partition, *offset)) {
                assert_eq!(
                    value, promised,
                    "{partition:?}: offset {offset} has changed"
                );
            }
        }
        if is_compacted {
            state.check_keys(partition, found);
            return;
        }
        for (expected, offset) in (log_start..).zip(found.keys()) {
            assert_eq!(*offset, expected, "{partition:?} has a gap");
        }
        let promised = state.records.range((partition, log_start)..);
        for (&(_, offset), value) in promised.take_while(|((other, _), _)| *other == partition) {
            assert!(
                found.contains_key(&offset),
                "{partition:?}: offset {offset} was promised and is lost: {value:?}"
            );
        }
        let (Some(first), Some(acknowledged)) =
            (numbers.first(), state.acknowledged.get(&partition))
        else {
            return;
        };
        let there: BTreeSet<u64> = numbers.iter().copied().collect();
        for number in acknowledged.range(first..) {
            assert!(
                there.contains(number),
                "{partition:?}: record {number} was acknowledged and is lost"
            );
        }
    }
}

impl State {
    fn put(&mut self, partition: Partition, offset: i64, value: &Bytes) {
        let before = self.records.insert((partition, offset), value.clone());
        if let Some(before) = before {
            assert_eq!(before, value, "{partition:?}: offset {offset} has changed");
        }
        self.raise_high_watermark(partition, offset + 1);
    }

    fn raise_log_start(&mut self, partition: Partition, offset: i64) {
        let log_start = self.log_starts.entry(partition).or_default();
        *log_start = offset.max(*log_start);
    }

    fn raise_high_watermark(&mut self, partition: Partition, offset: i64) {
        let high_watermark = self.high_watermarks.entry(partition).or_default();
        *high_watermark = offset.max(*high_watermark);
    }

    fn check_keys(&self, partition: Partition, found: &BTreeMap<i64, (Option<Bytes>, Bytes)>) {
        let mut latest: BTreeMap<&Bytes, u64> = BTreeMap::new();
        for (key, value) in found.values() {
            if let Some(key) = key {
                latest.insert(key, number_of(value));
            }
        }
        for ((other, key), number) in &self.keys {
            if *other != partition {
                continue;
            }
            let latest = latest.get(key).copied();
            assert!(
                latest >= Some(*number),
                "{partition:?}: the value {number} of key {key:?} was acknowledged; the last there \
                 is {latest:?}"
            );
        }
    }
}
