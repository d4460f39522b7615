//! Compaction on a simulated disk that loses, tears and reorders unsynced writes, compared with a
//! model; with crashes between any two steps, and within the swap.
//!
//! Checked: the last record of every key exists, unless it is a tombstone older than
//! `delete.retention.ms`; no record exists that was not appended, or with another offset or
//! content; records that compaction has not reached all exist; readers of committed records see no
//! aborted record; times are found as by a linear scan; a retry of a producer is a duplicate.

mod support;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use bytes::Bytes;
use io::Io;
use io::sim::Sim;
use vltava_log::redo::RedoLog;
use vltava_log::{
    Compaction, CompactionLimits, Log, LogConfig, ReadLimit, RecoveryFacts, Step, sync_round,
};
use wire::record_batch::{
    AppendRules, BatchBuilder, Compression, EndTransactionMarker, Origin, Record, RecordBatch,
    batches,
};

use support::{DIR, NOW, committed, seeds, sync};

/// Seeds per run. `VLTAVA_SEEDS` sets another number, `VLTAVA_SEED` one seed.
const RUNS: u64 = 40;
const STEPS: u64 = 200;
const KEYS: u64 = 40;
/// Half of the records have one of the first few keys.
const BUSY_KEYS: u64 = 4;
/// The first few producers write outside of transactions, the others within.
const PLAIN_PRODUCERS: i64 = 2;
const PRODUCERS: i64 = 4;
const DELETE_RETENTION_MS: i64 = 1000;

/// State of the transaction of a record, if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stands,
    Aborted,
}

#[derive(Default)]
struct Model {
    /// Every batch that may exist, by base offset, as it was appended.
    batches: BTreeMap<i64, RecordBatch>,
    synced: i64,
    /// Content of the checkpoints, which are on another disk.
    recovery_point: i64,
    cleaner_point: Option<i64>,
    /// The largest offset that any pass has reached.
    reached: i64,
    /// When compaction first put a segment in place that holds this tombstone.
    met: BTreeMap<i64, i64>,
}

struct Pass {
    work: Compaction,
    end: i64,
    began_ms: i64,
    replaced: i64,
}

struct World {
    sim: Sim,
    io: Io,
    log: Log,
    redo: RedoLog,
    model: Model,
    pass: Option<Pass>,
    now_ms: i64,
}

fn config() -> LogConfig {
    LogConfig {
        rules: AppendRules {
            compacted: true,
            ..AppendRules::default()
        },
        segment_bytes: 700,
        index_interval_bytes: 150,
        cleanup_delete: false,
        delete_retention_ms: DELETE_RETENTION_MS,
        file_delete_delay_ms: 500,
        ..LogConfig::default()
    }
}

fn open(io: &Io, model: &Model, clean_shutdown: bool, now_ms: i64) -> (Log, RedoLog) {
    let facts = RecoveryFacts {
        clean_shutdown,
        recovery_point: model.recovery_point,
        found_is_synced: true,
        ..RecoveryFacts::default()
    };
    let (log, mut redo, _) = support::open_with_redo(io, config(), facts, now_ms);
    redo.free_other();
    (log, redo)
}

fn records(batch: &RecordBatch) -> Vec<Record> {
    let records = batch.records(1 << 20).unwrap();
    records.map(Result::unwrap).collect()
}

fn is_abort(batch: &RecordBatch) -> bool {
    let record = &records(batch)[0];
    !EndTransactionMarker::of(record).unwrap().committed
}

impl Model {
    /// All records that producers have written, and the state of their transactions.
    fn records(&self) -> BTreeMap<i64, (Record, Fate)> {
        let mut all = BTreeMap::new();
        let mut open: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for batch in self.batches.values() {
            let producer = batch.header.producer_id;
            if batch.header.is_control() {
                let of_transaction = open.remove(&producer).unwrap_or_default();
                if is_abort(batch) {
                    for offset in of_transaction {
                        let (_, fate): &mut (Record, Fate) = all.get_mut(&offset).unwrap();
                        *fate = Fate::Aborted;
                    }
                }
                continue;
            }
            for record in records(batch) {
                if batch.header.is_transactional() {
                    open.entry(producer).or_default().push(record.offset);
                }
                all.insert(record.offset, (record, Fate::Stands));
            }
        }
        all
    }

    /// First offsets of open transactions.
    fn open_transactions(&self) -> Vec<i64> {
        let mut open = BTreeMap::new();
        for header in self.batches.values().map(|batch| &batch.header) {
            if header.is_control() {
                open.remove(&header.producer_id);
            } else if header.is_transactional() {
                open.entry(header.producer_id).or_insert(header.base_offset);
            }
        }
        open.into_values().collect()
    }

    /// The last batch of a producer in which it wrote records.
    fn last_of(&self, producer: i64) -> Option<&RecordBatch> {
        let own = |batch: &&RecordBatch| {
            batch.header.producer_id == producer && !batch.header.is_control()
        };
        self.batches.values().rev().find(own)
    }

    /// Whether a producer has an open transaction.
    fn is_open(&self, producer: i64) -> bool {
        let mut own = self.batches.values().rev().map(|batch| &batch.header);
        let last = own.find(|header| header.producer_id == producer);
        last.is_some_and(|header| header.is_transactional() && !header.is_control())
    }
}

impl World {
    fn new(seed: u64) -> World {
        let sim = Sim::new(seed);
        let io = sim.io();
        let model = Model::default();
        io.disk.create_dir_all(Path::new("/data")).unwrap();
        io.disk.sync_dir(Path::new("/")).unwrap();
        let (log, redo) = open(&io, &model, false, NOW);
        World {
            sim,
            io,
            log,
            redo,
            model,
            pass: None,
            now_ms: NOW,
        }
    }

    fn below(&self, n: u64) -> u64 {
        self.io.rng.below(n)
    }

    fn step(&mut self) {
        match self.below(45) {
            0..14 => self.append(),
            14..20 => self.end_a_transaction(),
            20..24 => self.sync(),
            24 => self.flush(),
            25 => self.retry_a_batch(),
            26 => self.now_ms += self.below(DELETE_RETENTION_MS as u64) as i64,
            27 => support::remove_deleted(&mut self.log, self.now_ms),
            28 => self.restart_cleanly(),
            29 => self.restart(Sim::kill),
            30 => self.restart(Sim::crash),
            31 => self.check(),
            _ => (0..self.below(8)).for_each(|_| self.compact_a_little()),
        }
    }

    fn append(&mut self) {
        let codec = match self.below(6) {
            0 => Compression::Lz4,
            1 => Compression::Zstd,
            _ => Compression::None,
        };
        let mut builder = BatchBuilder::new(codec);
        let producer = self.below(PRODUCERS as u64 + 2) as i64;
        if producer < PRODUCERS {
            let last = self.model.last_of(producer);
            let sequence = last.map_or(0, |last| last.header.last_sequence() + 1);
            builder = builder.producer(producer, 0, sequence);
            if producer >= PLAIN_PRODUCERS {
                builder = builder.transactional();
            }
        }
        for _ in 0..1 + self.below(4) {
            let keys = if self.below(2) == 0 { BUSY_KEYS } else { KEYS };
            let key = format!("key {}", self.below(keys));
            let value = format!("{:032x}", self.io.rng.u64());
            let value = (self.below(4) > 0).then(|| &value.as_bytes()[..self.below(32) as usize]);
            let time = NOW + self.below(1000) as i64;
            builder.append(time, Some(key.as_bytes()), value, &[]);
        }
        self.append_bytes(builder.build(), Origin::Client);
    }

    fn end_a_transaction(&mut self) {
        let count = (PRODUCERS - PLAIN_PRODUCERS) as u64;
        let producer = PLAIN_PRODUCERS + self.below(count) as i64;
        if self.model.is_open(producer) {
            let marker = EndTransactionMarker {
                committed: self.below(2) == 0,
                coordinator_epoch: 0,
            };
            let bytes = marker.to_batch(producer, 0, NOW + self.below(1000) as i64);
            self.append_bytes(bytes, Origin::Coordinator);
        }
    }

    fn append_bytes(&mut self, bytes: Bytes, origin: Origin) {
        let end = self.log.log_end_offset();
        let info = self.log.append_as_leader(bytes, 0, self.now_ms, origin);
        let info = info.unwrap();
        assert_eq!((info.base_offset, info.duplicate), (end, false));
        let stored = RecordBatch::first(&self.read_from(end, 0)).unwrap();
        self.model.batches.insert(end, stored);
    }

    fn sync(&mut self) {
        if let Some(ticket) = self.log.unsynced() {
            let redo = &mut self.redo;
            let mut round = self.sim.block_on(sync_round(&self.io, redo, vec![ticket]));
            let synced = round.results.remove(0).unwrap();
            self.log.mark_synced(&synced);
            self.model.synced = synced.offset();
            if round.switched {
                self.flush();
                self.redo.free_other();
            }
        }
    }

    fn flush(&mut self) {
        if let Some(ticket) = self.log.unflushed() {
            ticket.sync(&self.io.disk).unwrap();
            self.log.mark_synced(&ticket.synced);
            self.model.synced = ticket.synced.offset();
        }
        self.model.recovery_point = self.log.flushed_offset();
    }

    fn retry_a_batch(&mut self) {
        let producer = self.below(PRODUCERS as u64) as i64;
        let Some(last) = self.model.last_of(producer) else {
            return;
        };
        let mut header = last.header;
        let stored_at = header.last_offset();
        header.base_offset = 0;
        let again = [&header.to_bytes()[..], &last.bytes[61..]].concat();
        let info = self
            .log
            .append_as_leader(Bytes::from(again), 0, self.now_ms, Origin::Client)
            .unwrap();
        assert_eq!((info.last_offset, info.duplicate), (stored_at, true));
    }

    fn compact_a_little(&mut self) {
        let Some(pass) = &mut self.pass else {
            return self.begin_a_pass();
        };
        match pass.work.step().unwrap() {
            Step::Worked(_) => {}
            Step::Ready(segment) => {
                // Sometimes the power goes before anybody reads it.
                if self.io.rng.below(8) == 0 {
                    return self.restart(Sim::crash);
                }
                pass.replaced += 1;
                assert!(self.log.replace_segments(segment, self.now_ms).unwrap());
                self.note_met();
                if self.below(2) == 0 {
                    self.io.disk.sync_dir(Path::new(DIR)).unwrap();
                }
            }
            Step::Done(done) => {
                assert!(pass.replaced > 0 || done.bytes_before == 0);
                self.io.disk.sync_dir(Path::new(DIR)).unwrap();
                self.model.cleaner_point = Some(done.cleaner_point);
                self.pass = None;
            }
        }
    }

    fn begin_a_pass(&mut self) {
        self.flush();
        let recovery_point = self.model.recovery_point;
        let found = self
            .log
            .cleanable(self.model.cleaner_point, recovery_point, self.now_ms)
            .unwrap();
        assert!(found.end <= self.model.synced.max(found.first_dirty));
        // The records in the new segments are below the synced offset.
        let limits = CompactionLimits {
            map_bytes: 24 * (2 + self.below(60) as usize),
            read_bytes: 1 + self.below(3000) as usize,
            ..CompactionLimits::default()
        };
        let work = self.log.compact(&found, limits, self.now_ms).unwrap();
        self.pass = Some(Pass {
            work,
            end: found.end,
            began_ms: self.now_ms,
            replaced: 0,
        });
        self.model.reached = self.model.reached.max(found.end);
    }

    /// A tombstone that a pass has found is kept for `delete.retention.ms` from then on.
    fn note_met(&mut self) {
        let pass = self.pass.as_ref().unwrap();
        for (offset, (record, _)) in self.model.records().range(..pass.end) {
            if record.value.is_none() {
                self.model.met.entry(*offset).or_insert(pass.began_ms);
            }
        }
    }

    fn restart_cleanly(&mut self) {
        self.pass = None;
        let end = self.log.close().unwrap();
        self.io.disk.sync_file_system(Path::new(DIR)).unwrap();
        (self.model.synced, self.model.recovery_point) = (end, end);
        self.sim.crash();
        self.reopen(true);
        assert_eq!(self.log.log_end_offset(), end);
        self.check();
    }

    fn restart(&mut self, how: fn(&mut Sim)) {
        how(&mut self.sim);
        self.pass = None;
        self.reopen(false);
        self.check();
    }

    fn reopen(&mut self, clean_shutdown: bool) {
        (self.log, self.redo) = open(&self.io, &self.model, clean_shutdown, self.now_ms);
        let end = self.log.log_end_offset();
        assert!(end >= self.model.synced, "{end}");
        self.model.synced = end;
        self.model.batches.retain(|offset, _| *offset < end);
        sync(&mut self.log);
        let entries = self.io.disk.read_dir(Path::new(DIR)).unwrap();
        // Everything that exists is synced, so only open transactions hold the last stable offset
        // back.
        let open = self.model.open_transactions();
        let stable = open.into_iter().min().unwrap_or(end);
        assert_eq!(self.log.last_stable_offset(committed(&self.log)), stable);
        let left = |name: &str| name.ends_with(".swap") || name.ends_with(".cleaned");
        assert!(!entries.iter().any(|entry| left(&entry.name)));
    }

    fn read_from(&self, offset: i64, max_bytes: u64) -> Bytes {
        let limit = ReadLimit {
            max_bytes,
            min_one: true,
            upper_bound: self.log.log_end_offset(),
        };
        self.log.read(offset, limit).unwrap().into_bytes().unwrap()
    }

    /// All existing batches.
    fn read_all(&self) -> Vec<RecordBatch> {
        let (mut next, end) = (0, self.log.log_end_offset());
        let mut all = Vec::new();
        while next < end {
            let bytes = self.read_from(next, 50 + self.below(2000));
            assert!(!bytes.is_empty(), "nothing at {next}");
            for batch in batches(bytes) {
                let batch = batch.unwrap();
                batch.check_crc().unwrap();
                assert!(batch.header.base_offset >= next, "offsets go back");
                next = batch.header.next_offset();
                all.push(batch);
            }
        }
        assert_eq!(next, end);
        all
    }

    fn check(&self) {
        let all = self.read_all();
        let appended = self.model.records();
        let mut found = BTreeSet::new();
        for batch in &all {
            if batch.header.is_control() {
                let marker = &self.model.batches[&batch.header.base_offset];
                assert_eq!(records(batch), records(marker));
                continue;
            }
            for record in records(batch) {
                assert_eq!(appended.get(&record.offset).map(|r| &r.0), Some(&record));
                found.insert(record.offset);
            }
        }
        for offset in appended.range(self.model.reached..).map(|record| record.0) {
            assert!(found.contains(offset), "{offset} was never compacted");
        }
        let mut last_of_keys = BTreeMap::new();
        for (offset, (record, fate)) in &appended {
            if *fate == Fate::Stands {
                last_of_keys.insert(record.key.clone().unwrap(), *offset);
            }
        }
        for offset in last_of_keys.values() {
            if found.contains(offset) {
                continue;
            }
            let met = self.model.met.get(offset);
            let seen_for = met.map_or(0, |met| self.now_ms - met);
            assert!(
                appended[offset].0.value.is_none() && seen_for >= DELETE_RETENTION_MS,
                "the last record of its key is not there: {offset}, met at {met:?}"
            );
        }
        self.check_committed(&all, &appended);
        self.check_times(&all);
    }

    /// A reader of committed records leaves out exactly the aborted records that still exist.
    fn check_committed(&self, all: &[RecordBatch], appended: &BTreeMap<i64, (Record, Fate)>) {
        let end = self.log.log_end_offset();
        let mut ahead: VecDeque<_> = self
            .log
            .reader()
            .aborted_transactions(0, end)
            .unwrap()
            .into();
        ahead
            .make_contiguous()
            .sort_by_key(|entry| entry.first_offset);
        let mut aborted = BTreeSet::new();
        for batch in all {
            let header = &batch.header;
            while ahead
                .front()
                .is_some_and(|entry| entry.first_offset <= header.last_offset())
            {
                aborted.insert(ahead.pop_front().unwrap().producer_id);
            }
            if header.is_control() {
                if is_abort(batch) {
                    aborted.remove(&header.producer_id);
                }
                continue;
            }
            let left_out = header.is_transactional() && aborted.contains(&header.producer_id);
            for record in records(batch) {
                let was_aborted = appended[&record.offset].1 == Fate::Aborted;
                assert_eq!(left_out, was_aborted, "{}", record.offset);
            }
        }
    }

    fn check_times(&self, all: &[RecordBatch]) {
        let records: Vec<Record> = all.iter().flat_map(records).collect();
        for _ in 0..3 {
            let time = NOW + self.below(1010) as i64;
            let expected = records.iter().find(|record| record.timestamp >= time);
            let found = self.log.reader().offset_for_timestamp(time).unwrap();
            assert_eq!(
                found.map(|found| (found.offset, found.timestamp)),
                expected.map(|record| (record.offset, record.timestamp))
            );
        }
        let largest = records.iter().map(|record| record.timestamp).max();
        let found = self.log.reader().offset_of_max_timestamp().unwrap();
        assert_eq!(found.map(|found| found.timestamp), largest);
    }
}

#[test]
fn compaction_never_loses_the_last_record_of_a_key() {
    for seed in seeds(RUNS) {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        world.check();
    }
}
