//! The promises of a broker, and the checks of its answers against them.
//!
//! - A record that was acknowledged or read stays at its offset with its value, until retention,
//!   DeleteRecords or compaction may remove it. In a relaxed topic, a power cut may remove the
//!   newest records: see [`Promised::end_life`]. Those that are whole on the disk stay, also after
//!   a damaged batch in an earlier segment.
//! - The records of an idempotent producer are in the order in which it sent them, none twice. Of
//!   those behind the first that is left, no acknowledged one is missing.
//! - A compacted topic has the last acknowledged value of each key, or a later one.
//! - Committed offsets never go back, and they do not outlive their topic.
//! - The high watermark goes back only over a power cut. Except in a relaxed topic, it then reaches
//!   its former offset again.
//! - The log start goes back only in a crash: see [`Promises::end_life`]. It never goes below an
//!   acknowledged DeleteRecords, and is never above the high watermark.
//! - A partition has one owner in a group.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;

use super::damage::Damage;
use super::disk_faults::Syncs;
use super::files_left::FilesLeft;
use super::{RELAXED, Report};

/// A topic's name and a partition's number.
pub type Partition = (&'static str, i32);

/// A record as a consumer gets it: key and value.
pub type Read = (Option<Bytes>, Bytes);

/// A record that is sent this long after another one was acknowledged is appended to a later segment
/// of a relaxed topic: it is more than `segment.ms` of the topic.
const ROLL_TIME: Duration = Duration::from_millis(150);

/// A segment of a relaxed topic that was closed this long ago is synced, without disk faults.
const SYNC_TIME: Duration = Duration::from_millis(100);

/// How a life of the broker has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It was asked to stop, and stopped cleanly.
    Stop,
    /// The process was killed, or could not close all logs because of a disk fault. All that it has
    /// written is there.
    Kill,
    /// The power was cut. All that it has synced is there.
    PowerCut,
}

/// Everything that was promised. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Promises(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Number of lives of the broker that have ended.
    lives: u64,
    /// Number of crashes so far.
    crashes: u64,
    /// Whether records of a relaxed topic may be damaged, or removed by a power cut.
    may_have_damage: bool,
    partitions: BTreeMap<Partition, Promised>,
    committed: BTreeMap<Partition, i64>,
    report: Report,
}

/// The promises about one partition.
#[derive(Debug, Default)]
struct Promised {
    /// Values by offset.
    records: BTreeMap<i64, Bytes>,
    /// Numbers of acknowledged records. A partition has one producer.
    acknowledged: BTreeSet<u64>,
    /// When the records of a relaxed topic were acknowledged, by offset.
    times: BTreeMap<i64, Duration>,
    /// Records of a relaxed topic that were sent and acknowledged in the present life of the broker.
    acknowledged_now: Vec<Acknowledged>,
    /// Records of a relaxed topic that were acknowledged before this time are synced.
    synced_before: Duration,
    /// The number of the last record that was sent, and of the first one without an outcome.
    sent: u64,
    without_outcome: u64,
    /// Records that had no outcome when the broker lost the state of their producer: they may be
    /// there twice.
    in_doubt: Vec<RangeInclusive<u64>>,
    /// Records that a flipped bit has made unreadable: offsets and numbers.
    lost: BTreeSet<i64>,
    lost_numbers: BTreeSet<u64>,
    /// The last acknowledged number of each key.
    keys: BTreeMap<Bytes, u64>,
    /// The log start of acknowledged DeleteRecords.
    deleted_below: i64,
    /// The highest offset that a DeleteRecords has asked for.
    delete_requested: i64,
    /// The log start that the broker has listed since the last crash, or that the crash has left.
    log_start: i64,
    /// The high watermark that later answers must not be below, until a crash.
    high_watermark: i64,
    /// The highest high watermark.
    high_watermark_max: i64,
}

/// When a record was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    at: Duration,
    /// The life of the broker.
    life: u64,
}

/// When a record was sent, and when the producer saw the acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Acknowledged {
    sent: Duration,
    seen: Duration,
}

/// What must hold for the answer of a request for log starts and high watermarks, by the answers
/// to earlier requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    crashes: u64,
    deleted_below: i64,
    pub(super) log_start: i64,
    pub(super) high_watermark: i64,
}

/// The number in a value of a producer: `NUMBER/PADDING`.
pub(super) fn number_of(value: &[u8]) -> u64 {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

impl Promises {
    /// A producer sends its record `number` at the time `at`.
    pub(super) fn send(&self, partition: Partition, number: u64, at: Duration) -> Sent {
        let mut state = self.0.lock();
        state.of(partition).sent = number;
        Sent {
            at,
            life: state.lives,
        }
    }

    /// The outcome of the record `number` is known, and of all before it.
    pub(super) fn has_outcome(&self, partition: Partition, number: u64) {
        self.0.lock().of(partition).without_outcome = number + 1;
    }

    /// Records without an outcome may be there twice from now on.
    pub(super) fn put_in_doubt(&self, partition: Partition) {
        self.0.lock().of(partition).put_in_doubt();
    }

    /// A record was acknowledged at the time `now`. The offset is not known if the broker had the
    /// batch already.
    pub(super) fn acknowledge(
        &self,
        partition: Partition,
        offset: Option<i64>,
        (key, value): &Read,
        sent: Sent,
        now: Duration,
    ) {
        let mut state = self.0.lock();
        state.report.acknowledged += 1;
        let is_of_this_life = sent.life == state.lives;
        let promised = state.of(partition);
        if let Some(offset) = offset {
            promised.put(partition, offset, value);
            if partition.0 == RELAXED {
                promised.times.insert(offset, now);
            }
        }
        if partition.0 == RELAXED && is_of_this_life {
            let (sent, seen) = (sent.at, now);
            promised.acknowledged_now.push(Acknowledged { sent, seen });
        }
        let number = number_of(value);
        promised.acknowledged.insert(number);
        if let Some(key) = key {
            let last = promised.keys.entry(key.clone()).or_default();
            *last = number.max(*last);
        }
    }

    /// A record was read.
    pub(super) fn read(&self, partition: Partition, offset: i64, value: &Bytes) {
        self.0.lock().of(partition).put(partition, offset, value);
    }

    /// A commit was acknowledged.
    pub(super) fn commit(&self, partition: Partition, offset: i64) {
        let mut state = self.0.lock();
        state.report.committed += 1;
        let committed = state.committed.entry(partition).or_default();
        *committed = offset.max(*committed);
    }

    /// The acknowledged commits. No later answer may be below them.
    pub(super) fn committed(&self) -> BTreeMap<Partition, i64> {
        self.0.lock().committed.clone()
    }

    /// The broker has answered `found` to a request for committed offsets. `before` was
    /// acknowledged when the request was made.
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

    /// DeleteRecords is requested up to this offset.
    pub(super) fn request_delete(&self, partition: Partition, offset: i64) {
        let mut state = self.0.lock();
        let requested = &mut state.of(partition).delete_requested;
        *requested = offset.max(*requested);
    }

    /// DeleteRecords was acknowledged with this log start.
    pub(super) fn delete(&self, partition: Partition, log_start: i64) {
        let mut state = self.0.lock();
        state.report.deleted += 1;
        let deleted_below = &mut state.of(partition).deleted_below;
        *deleted_below = log_start.max(*deleted_below);
    }

    /// The bounds for the answer of a request that is made now.
    pub(super) fn bounds(&self, partition: Partition) -> Bounds {
        let mut state = self.0.lock();
        let crashes = state.crashes;
        let promised = state.of(partition);
        Bounds {
            crashes,
            deleted_below: promised.deleted_below,
            log_start: promised.log_start,
            high_watermark: promised.high_watermark,
        }
    }

    /// The broker has listed this log start. `before` are the bounds when it was asked.
    pub(super) fn check_log_start(&self, partition: Partition, before: Bounds, found: i64) {
        assert!(
            found >= before.deleted_below,
            "the log start of {partition:?} is {found}, and records below {} were deleted",
            before.deleted_below
        );
        let mut state = self.0.lock();
        // The answer may be of the process before the crash or of the one after it.
        if state.crashes != before.crashes {
            return;
        }
        assert!(
            found >= before.log_start,
            "the log start of {partition:?} went back from {} to {found}",
            before.log_start
        );
        let log_start = &mut state.of(partition).log_start;
        *log_start = found.max(*log_start);
    }

    /// As [`Promises::check_log_start`], for the high watermark.
    pub(super) fn check_high_watermark(&self, partition: Partition, before: Bounds, found: i64) {
        let mut state = self.0.lock();
        if state.crashes != before.crashes {
            return;
        }
        assert!(
            found >= before.high_watermark,
            "the high watermark of {partition:?} went back from {} to {found}",
            before.high_watermark
        );
        state.of(partition).raise_high_watermark(found);
    }

    /// A life of the broker has ended, and these files are left.
    ///
    /// From the files follows where each log starts next: at the first segment, or at the
    /// checkpointed log start if that is higher. A power cut may bring segments back whose deletion
    /// was not durable. A kill brings no segment back; the log start goes back only from a
    /// DeleteRecords that was not answered.
    pub(super) fn end_life(
        &self,
        ending: Ending,
        syncs: Syncs,
        damage: &Damage,
        files_left: impl Fn(Partition) -> std::io::Result<FilesLeft>,
    ) {
        let mut state = self.0.lock();
        state.lives += 1;
        let promises = state.partitions.values_mut();
        promises.for_each(|promised| promised.end_life(syncs));
        if !damage.lost.is_empty() {
            state.report.flipped += 1;
            state.may_have_damage = true;
            state.of((RELAXED, 0)).lose(&damage.lost);
        }
        if ending == Ending::Stop {
            return;
        }
        state.crashes += 1;
        state.report.crashes += 1;
        state.may_have_damage |= ending == Ending::PowerCut;
        let mut restored = 0;
        for (&partition, promised) in &mut state.partitions {
            let left = files_left(partition).expect("files can be read without faults");
            let log_start = left.log_start();
            assert!(
                log_start >= promised.deleted_below,
                "{partition:?} starts at {log_start} after a crash, and records below {} were \
                 deleted",
                promised.deleted_below
            );
            assert!(
                ending == Ending::PowerCut
                    || promised.log_start <= log_start.max(promised.delete_requested),
                "the log start of {partition:?} went back from {} to {log_start} without a power cut",
                promised.log_start
            );
            restored += u64::from(promised.log_start > log_start);
            promised.log_start = log_start;
            // It is lower until the records that were found are synced again.
            promised.high_watermark = 0;
            if ending == Ending::PowerCut && partition.0 == RELAXED {
                promised.forget_unsynced(left.recovery_point);
                promised.keep_intact(&left.intact);
            }
        }
        state.report.restored += restored;
    }

    /// The high watermark that a broker without faults reaches.
    pub(super) fn high_watermark_max(&self, partition: Partition) -> i64 {
        self.0.lock().of(partition).high_watermark_max
    }

    /// Whether a power cut may have removed records of a relaxed topic, or a flipped bit has damaged
    /// them.
    pub(super) fn may_have_damage(&self) -> bool {
        self.0.lock().may_have_damage
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

    /// A topic was deleted and created again.
    pub(super) fn recreate(&self) {
        self.0.lock().report.recreated += 1;
    }

    pub(super) fn report(&self) -> Report {
        self.0.lock().report
    }

    /// All records of a partition were read, from `log_start` on. The broker has answered that the
    /// offsets in `damaged` cannot be read.
    pub(super) fn check_records(
        &self,
        partition: Partition,
        log_start: i64,
        found: &BTreeMap<i64, Read>,
        damaged: &BTreeSet<i64>,
    ) {
        let mut state = self.0.lock();
        state.report.damaged += damaged.len() as u64;
        let promised = state.of(partition);
        promised.check_order(partition, found);
        for (offset, (_, value)) in found {
            if let Some(promised) = promised.records.get(offset) {
                assert_eq!(
                    value, promised,
                    "{partition:?}: offset {offset} has changed"
                );
            }
        }
        if partition.0 == super::TABLE {
            promised.check_keys(partition, found);
            return;
        }
        let end = found.keys().next_back().map_or(log_start, |last| last + 1);
        for offset in log_start..end {
            assert!(
                found.contains_key(&offset) || damaged.contains(&offset),
                "{partition:?} has a gap at {offset}"
            );
        }
        for (&offset, value) in promised.records.range(log_start..) {
            assert!(
                found.contains_key(&offset) || promised.lost.contains(&offset),
                "{partition:?}: offset {offset} was promised and is lost: {value:?}"
            );
        }
        let numbers: BTreeSet<u64> = found.values().map(|(_, value)| number_of(value)).collect();
        let Some(first) = numbers.first() else {
            return;
        };
        for number in promised.acknowledged.range(first..) {
            assert!(
                numbers.contains(number) || promised.lost_numbers.contains(number),
                "{partition:?}: record {number} was acknowledged and is lost"
            );
        }
    }
}

impl State {
    fn of(&mut self, partition: Partition) -> &mut Promised {
        self.partitions.entry(partition).or_default()
    }
}

impl Promised {
    fn put(&mut self, partition: Partition, offset: i64, value: &Bytes) {
        let before = self.records.insert(offset, value.clone());
        if let Some(before) = before {
            assert_eq!(before, value, "{partition:?}: offset {offset} has changed");
        }
        self.raise_high_watermark(offset + 1);
    }

    fn raise_high_watermark(&mut self, offset: i64) {
        self.high_watermark = offset.max(self.high_watermark);
        self.high_watermark_max = offset.max(self.high_watermark_max);
    }

    /// The broker has ended. Finds the records of a relaxed topic that it has synced.
    ///
    /// Closing a segment starts a sync. So there are two later records: one that was appended to a later
    /// segment, and one that was sent when the sync of the closed segment had ended.
    fn end_life(&mut self, syncs: Syncs) {
        let records = std::mem::take(&mut self.acknowledged_now);
        if syncs != Syncs::Timely {
            return;
        }
        let last_sent = records.iter().map(|record| record.sent).max();
        let was_synced = |record: &&Acknowledged| Some(record.seen + SYNC_TIME) < last_sent;
        let closing = records.iter().filter(was_synced);
        let closed = closing.map(|record| record.sent.saturating_sub(ROLL_TIME));
        self.synced_before = closed.max().unwrap_or_default().max(self.synced_before);
    }

    /// The power was cut: records of a relaxed topic that were not synced may be lost, and their
    /// offsets may be used again. Those below the recovery point stay.
    fn forget_unsynced(&mut self, recovery_point: i64) {
        let synced_before = self.synced_before;
        self.times
            .retain(|&offset, time| offset < recovery_point || *time < synced_before);
        let end = self.times.keys().next_back().map_or(0, |last| last + 1);
        self.records.split_off(&end);
        let last = self.records.values().next_back();
        let last = last.map_or(0, |value| number_of(value));
        self.acknowledged.split_off(&(last + 1));
        self.high_watermark_max = end;
        self.put_in_doubt();
    }

    /// A bit was flipped, and these records cannot be read. Their producer may be forgotten.
    fn lose(&mut self, lost: &BTreeMap<i64, Bytes>) {
        for (offset, value) in lost {
            self.records.remove(offset);
            self.times.remove(offset);
            self.lost.insert(*offset);
            self.lost_numbers.insert(number_of(value));
        }
        // A damaged batch at the end may be cut, and its offset used again.
        let end = self.records.keys().next_back().map_or(0, |last| last + 1);
        self.high_watermark_max = end.min(self.high_watermark_max);
        self.put_in_doubt();
    }

    /// The power was cut: records of a relaxed topic that are whole on the disk stay, also those
    /// in segments after a damaged one.
    fn keep_intact(&mut self, intact: &BTreeMap<i64, Bytes>) {
        for (&offset, value) in intact {
            self.records.entry(offset).or_insert_with(|| value.clone());
            self.times.insert(offset, Duration::ZERO);
            self.high_watermark_max = self.high_watermark_max.max(offset + 1);
        }
    }

    fn put_in_doubt(&mut self) {
        self.in_doubt.push(self.without_outcome..=self.sent);
    }

    fn check_order(&self, partition: Partition, found: &BTreeMap<i64, Read>) {
        let mut last = 0;
        for (offset, (_, value)) in found {
            let number = number_of(value);
            let mut in_doubt = self.in_doubt.iter();
            assert!(
                last < number
                    || in_doubt.any(|range| range.contains(&number) && range.contains(&last)),
                "{partition:?}: the producer's record {number} comes after its record {last}, at \
                 offset {offset}"
            );
            last = number;
        }
    }

    fn check_keys(&self, partition: Partition, found: &BTreeMap<i64, Read>) {
        let mut latest: BTreeMap<&Bytes, u64> = BTreeMap::new();
        for (key, value) in found.values() {
            if let Some(key) = key {
                latest.insert(key, number_of(value));
            }
        }
        for (key, number) in &self.keys {
            let latest = latest.get(key).copied();
            assert!(
                latest >= Some(*number),
                "{partition:?}: the value {number} of key {key:?} was acknowledged; the last there \
                 is {latest:?}"
            );
        }
    }
}
