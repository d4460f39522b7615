//! A log on a disk that loses, tears and reorders unsynced writes, compared with a model.
//!
//! After any crash: every record that was reported synced is in the log, at its offset and with the
//! same bytes; no other record is; look-ups by index equal a linear scan; a producer's retry is
//! still recognised. After bits of synced batches have flipped: only batches that were hit are
//! hidden, and every record that is read was written.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use io::Io;
use io::sim::Sim;
use vltava_log::redo::RedoLog;
use vltava_log::{Log, LogConfig, ReadError, ReadLimit, RecoveryFacts, SyncError, sync_round};
use wire::record_batch::{BatchBuilder, Compression, Origin, RecordBatch, batches};

use support::{DIR, NOW, committed, seeds};

/// Seeds per run; `VLTAVA_SEEDS` sets another number, `VLTAVA_SEED` selects one.
const RUNS: u64 = 150;
const STEPS: u64 = 60;
const PRODUCERS: i64 = 3;

/// The appended batches, and how far they are synced.
#[derive(Default)]
struct Model {
    /// Every batch the log may hold, by base offset.
    batches: BTreeMap<i64, Bytes>,
    /// Offsets below were reported synced.
    synced: i64,
    /// The checkpointed recovery point.
    recovery_point: i64,
    log_start: i64,
    /// Next sequence of each producer.
    sequences: BTreeMap<i64, i32>,
}

struct World {
    sim: Sim,
    /// With a low limit of open files.
    io: Io,
    log: Log,
    redo: RedoLog,
    /// The offset up to which the log was synced according to the redo log, until the file system
    /// was synced.
    locally_synced: Option<i64>,
    /// Whether the other file of the redo log is to be freed.
    switched: bool,
    model: Model,
}

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 3000,
        index_interval_bytes: 300,
        retention_bytes: 12_000,
        retention_ms: -1,
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    }
}

fn open(io: &Io, model: &Model, clean_shutdown: bool) -> (Log, RedoLog, i64) {
    let facts = RecoveryFacts {
        clean_shutdown,
        recovery_point: model.recovery_point,
        log_start_offset: model.log_start,
        found_is_synced: io.rng.below(3) == 0,
        ..RecoveryFacts::default()
    };
    support::open_with_redo(io, config(), facts, NOW)
}

/// The `io` of a process with a low limit of open files.
fn few_files(io: &Io) -> Io {
    let max = io.rng.below(4) as usize;
    Io {
        disk: io.disk.bounded(Path::new("/data"), max).unwrap(),
        ..io.clone()
    }
}

impl World {
    fn new(seed: u64) -> World {
        let sim = Sim::new(seed);
        let io = sim.io();
        let model = Model::default();
        // The broker creates the log directory.
        io.disk.create_dir_all(Path::new("/data")).unwrap();
        io.disk.sync_dir(Path::new("/")).unwrap();
        let io = few_files(&io);
        let (log, redo, locally_synced) = open(&io, &model, false);
        World {
            sim,
            io,
            log,
            redo,
            locally_synced: Some(locally_synced),
            switched: false,
            model,
        }
    }

    fn below(&self, n: u64) -> u64 {
        self.io.rng.below(n)
    }

    fn step(&mut self) {
        match self.below(22) {
            0..8 => self.append(),
            8..12 => self.sync(),
            20 => self.sync_after_crash(),
            21 => self.fail_to_write_back(),
            12 => self.flush(),
            13 => self.retry_a_batch(),
            14 => self.retain(),
            15 => self.delete_records(),
            16 => self.restart_cleanly(),
            17 => self.restart(Sim::kill),
            18 => self.restart(Sim::crash),
            _ => self.check(),
        }
    }

    /// Appends a batch without a producer id: producers whose batches are hidden are not known.
    fn append_anonymous(&mut self) {
        let mut builder = BatchBuilder::new(Compression::None);
        builder.append(NOW + self.below(1000) as i64, None, Some(b"more"), &[]);
        let end = self.log.log_end_offset();
        let appended = self
            .log
            .append_as_leader(builder.build(), 9, NOW, Origin::Client);
        assert_eq!(appended.unwrap().base_offset, end);
        let stored = self.read_from(end, u64::MAX);
        self.model.batches.insert(end, stored);
    }

    fn append(&mut self) {
        let codec = match self.below(4) {
            0 => Compression::Lz4,
            1 => Compression::Snappy,
            _ => Compression::None,
        };
        let mut builder = BatchBuilder::new(codec);
        let producer = self.below(PRODUCERS as u64 + 1) as i64;
        let count = 1 + self.below(4) as i32;
        if producer < PRODUCERS {
            let sequence = self.model.sequences.entry(producer).or_default();
            builder = builder.producer(producer, 0, *sequence);
            *sequence += count;
        }
        for _ in 0..count {
            let time = NOW + self.below(1000) as i64;
            let value = self.io.rng.bytes::<64>();
            let len = self.below(64) as usize;
            builder.append(time, None, Some(&value[..len]), &[]);
        }
        let epoch = (self.model.batches.len() / 40) as i32;
        let end = self.log.log_end_offset();
        let info = self
            .log
            .append_as_leader(builder.build(), epoch, NOW, Origin::Client)
            .unwrap();
        assert_eq!((info.base_offset, info.duplicate), (end, false));
        let stored = self.read_from(end, u64::MAX);
        let batch = RecordBatch::first(&stored).unwrap();
        batch.check_crc().unwrap();
        assert_eq!(batch.header.base_offset, end);
        self.model.batches.insert(end, stored);
    }

    fn sync(&mut self) {
        let Some(ticket) = self.log.unsynced() else {
            return;
        };
        if self.below(3) == 0 {
            // Only some of the files, and no report to the log: a crash in the middle of a round.
            for (_, file) in ticket.files.iter().take(self.below(3) as usize) {
                file.sync_data().unwrap();
            }
            return;
        }
        let synced = if self.below(4) == 0 {
            ticket.sync(&self.io.disk).unwrap();
            ticket.synced
        } else {
            let position = self.below(24 << 10);
            let redo = &mut self.redo;
            redo.switch_after(position);
            let mut round = self.sim.block_on(sync_round(&self.io, redo, vec![ticket]));
            self.switched |= round.switched;
            round.results.remove(0).unwrap()
        };
        if self.below(3) == 0 {
            self.append();
        }
        self.log.mark_synced(&synced);
        assert_eq!(committed(&self.log), synced.offset());
        self.model.synced = synced.offset();
    }

    /// Syncs everything that survived the crash; and only then frees the redo log.
    fn sync_after_crash(&mut self) {
        if let Some(locally_synced) = self.locally_synced.take() {
            self.io.disk.sync_file_system(Path::new(DIR)).unwrap();
            self.model.recovery_point = self.model.recovery_point.max(locally_synced);
            self.redo.free_other();
        }
    }

    /// Unsynced writes do not reach the disk. Either none of them matters, or a sync of the log
    /// fails, whatever files were open.
    fn fail_to_write_back(&mut self) {
        self.sync_after_crash();
        self.sim.faults().fail_write_back();
        let result = self.log.unflushed().map(|ticket| {
            let synced = ticket.sync(&self.io.disk);
            synced.map(|()| ticket.synced)
        });
        match result {
            Some(Ok(synced)) => {
                self.log.mark_synced(&synced);
                self.model.synced = synced.offset();
                self.model.recovery_point = self.log.flushed_offset();
            }
            Some(Err(error)) => self.log.mark_sync_failed(&SyncError::from(&error)),
            None => {}
        }
        self.restart(Sim::crash);
    }

    /// Syncs the segments; and only then frees the redo log.
    fn flush(&mut self) {
        self.sync_after_crash();
        if let Some(ticket) = self.log.unflushed() {
            ticket.sync(&self.io.disk).unwrap();
            self.log.mark_synced(&ticket.synced);
            self.model.synced = ticket.synced.offset();
        }
        assert_eq!(self.log.flushed_offset(), self.model.synced);
        // If the checkpoint is not written, the redo log is not freed.
        if self.below(4) > 0 {
            self.model.recovery_point = self.log.flushed_offset();
            if std::mem::take(&mut self.switched) {
                self.redo.free_other();
            }
        }
    }

    /// Sends the last batch of a producer again. It is recognised and not appended.
    fn retry_a_batch(&mut self) {
        let producer = self.below(PRODUCERS as u64) as i64;
        let own =
            |batch: &&Bytes| RecordBatch::first(batch).unwrap().header.producer_id == producer;
        let Some(last) = self.model.batches.values().rev().find(own) else {
            return;
        };
        let mut header = RecordBatch::first(last).unwrap().header;
        let stored_at = header.base_offset;
        header.base_offset = 0;
        let again = [&header.to_bytes()[..], &last[61..]].concat();
        let info = self
            .log
            .append_as_leader(Bytes::from(again), 0, NOW, Origin::Client)
            .unwrap();
        assert_eq!((info.base_offset, info.duplicate), (stored_at, true));
    }

    fn retain(&mut self) {
        self.log.apply_retention(committed(&self.log), NOW).unwrap();
        assert!(self.log.log_start_offset() <= self.model.synced.max(self.model.log_start));
    }

    fn delete_records(&mut self) {
        let start = self.log.log_start_offset();
        let span = (committed(&self.log) - start).max(0) as u64;
        let offset = start + self.below(span / 4 + 1) as i64;
        self.model.log_start = self
            .log
            .delete_records(offset, committed(&self.log))
            .unwrap();
    }

    fn reopen(&mut self, clean_shutdown: bool) {
        self.io = few_files(&self.sim.io());
        let locally_synced;
        (self.log, self.redo, locally_synced) = open(&self.io, &self.model, clean_shutdown);
        self.locally_synced = Some(locally_synced);
        self.switched = false;
    }

    fn restart_cleanly(&mut self) {
        self.sync_after_crash();
        let end = self.log.close().unwrap();
        self.io.disk.sync_file_system(Path::new(DIR)).unwrap();
        (self.model.synced, self.model.recovery_point) = (end, end);
        // The power may fail after a clean shutdown, too.
        self.sim.crash();
        self.reopen(true);
        // The names of a log without records may be lost.
        assert!(end == 0 || self.log.recovered().scanned_segments == 0);
        assert_eq!(self.log.log_end_offset(), end);
        self.check();
    }

    fn restart(&mut self, how: fn(&mut Sim)) {
        how(&mut self.sim);
        self.reopen(false);
        let end = self.log.log_end_offset();
        assert!(
            end >= self.model.synced,
            "{} were synced, {end} are there",
            self.model.synced
        );
        // Records that survived become readable once they are synced; the others are gone.
        assert!(committed(&self.log) <= end);
        self.model.synced = self.model.synced.max(committed(&self.log));
        self.model.batches.retain(|offset, _| *offset < end);
        self.model.sequences.clear();
        for batch in self.model.batches.values() {
            let header = RecordBatch::first(batch).unwrap().header;
            if header.has_producer_id() {
                self.model
                    .sequences
                    .insert(header.producer_id, header.last_sequence() + 1);
            }
        }
        self.check();
    }

    fn read_from(&self, offset: i64, max_bytes: u64) -> Bytes {
        let limit = ReadLimit {
            max_bytes,
            min_one: true,
            upper_bound: self.log.log_end_offset(),
        };
        self.log.read(offset, limit).unwrap().into_bytes().unwrap()
    }

    /// The log and the model hold the same batches.
    fn check(&self) {
        let (start, end) = (self.log.log_start_offset(), self.log.log_end_offset());
        let mut expected =
            self.model.batches.range(..end).filter(|(_, bytes)| {
                RecordBatch::first(bytes).unwrap().header.last_offset() >= start
            });
        let mut next = start;
        while next < end {
            let bytes = self.read_from(next, 50 + self.below(2000));
            assert!(!bytes.is_empty(), "nothing at {next}");
            for batch in batches(bytes) {
                let batch = batch.unwrap();
                let (offset, stored) = expected.next().expect("a batch too many");
                assert_eq!((batch.header.base_offset, &batch.bytes), (*offset, stored));
                next = batch.header.next_offset();
            }
        }
        assert_eq!(expected.next(), None, "a batch is missing");
        self.check_lookups(start, end);
    }

    /// Look-ups by index and a linear scan find the same.
    fn check_lookups(&self, start: i64, end: i64) {
        let mut records = Vec::new();
        for bytes in self.model.batches.values() {
            let batch = RecordBatch::first(bytes).unwrap();
            for record in batch.records(1 << 20).unwrap() {
                let record = record.unwrap();
                if record.offset >= start {
                    records.push((record.offset, record.timestamp));
                }
            }
        }
        for _ in 0..5 {
            let time = NOW + self.below(1010) as i64;
            let expected = records.iter().find(|record| record.1 >= time).copied();
            let found = self.log.reader().offset_for_timestamp(time).unwrap();
            assert_eq!(found.map(|found| (found.offset, found.timestamp)), expected);
            if end > start {
                let offset = start + self.below((end - start) as u64) as i64;
                let first = RecordBatch::first(&self.read_from(offset, 0))
                    .unwrap()
                    .header;
                assert!(first.base_offset <= offset && offset <= first.last_offset());
            }
        }
    }
}

/// First and last offset of batches with a flipped bit.
type Hit = Vec<(i64, i64)>;

/// Bits that flip while the log is closed.
impl World {
    /// Stops cleanly or not, with everything synced, and flips a bit of a batch. Returns which one.
    fn flip_bit_while_closed(&mut self) -> Hit {
        self.sync_after_crash();
        let is_clean = self.below(2) == 0;
        if is_clean {
            self.model.synced = self.log.close().unwrap();
            self.model.recovery_point = self.model.synced;
        } else {
            if let Some(ticket) = self.log.unflushed() {
                ticket.sync(&self.io.disk).unwrap();
                self.model.synced = ticket.synced.offset();
            }
            if self.below(4) > 0 {
                self.model.recovery_point = self.model.synced;
            }
            self.sim.crash();
        }
        let mut hit = Hit::new();
        if self.below(4) > 0 {
            hit.extend(self.flip_a_bit());
        }
        self.reopen(is_clean);
        hit
    }

    /// Flips a bit of any synced batch. Returns which one.
    fn flip_a_bit(&self) -> Option<(i64, i64)> {
        let dir = Path::new(DIR);
        let mut files: Vec<_> = self.io.disk.read_dir(dir).unwrap();
        files.retain(|entry| entry.name.ends_with(".log") && entry.len > 0);
        if files.is_empty() {
            return None;
        }
        let file = &files[self.below(files.len() as u64) as usize];
        let path = dir.join(&file.name);
        let at = self.below(file.len);
        let mut position = 0;
        for batch in batches(self.io.disk.read(&path).unwrap()) {
            // Behind the log end, the bytes are undefined.
            let batch = batch.ok()?;
            let header = batch.header;
            let end = position + batch.bytes.len() as u64;
            // Behind a batch that was hit before, the begin of the next one is not known.
            if self.model.batches.get(&header.base_offset) != Some(&batch.bytes) {
                return None;
            }
            if at < end {
                // A wrong leader epoch cannot be detected.
                let is_epoch = (12..16).contains(&(at - position));
                // Where the redo log has no entry any more, damage looks like a torn tail.
                let promised = self.model.recovery_point;
                if is_epoch || header.last_offset() >= promised {
                    return None;
                }
                self.sim.faults().flip_bit(&path, Some(at)).unwrap();
                return Some((header.base_offset, header.last_offset()));
            }
            position = end;
        }
        None
    }

    /// Every synced record is read as it was written, or is in a batch that was hit.
    fn check_around(&self, hit: &Hit) {
        let (start, end) = (self.log.log_start_offset(), self.log.log_end_offset());
        assert!(end >= self.model.synced);
        let is_hit = |offset: i64| hit.iter().any(|(from, to)| (*from..=*to).contains(&offset));
        let mut hidden = Vec::new();
        let mut next = start;
        while next < end {
            let limit = ReadLimit {
                max_bytes: 50 + self.below(2000),
                min_one: true,
                upper_bound: end,
            };
            let plan = match self.log.read(next, limit) {
                Ok(plan) => plan,
                Err(ReadError::Damaged(range)) => {
                    for offset in next..range.next_offset {
                        assert!(
                            is_hit(offset),
                            "{offset} is hidden, {hit:?} were hit: {range}"
                        );
                    }
                    hidden.push(range.first_offset..range.next_offset);
                    next = range.next_offset;
                    continue;
                }
                Err(error) => panic!("{error}"),
            };
            let bytes = plan.into_bytes().unwrap();
            assert!(!bytes.is_empty(), "nothing at {next}");
            for batch in batches(bytes) {
                let batch = batch.unwrap();
                let offset = batch.header.base_offset;
                assert!(offset <= next, "{next} is passed over");
                assert_eq!(
                    Some(&batch.bytes),
                    self.model.batches.get(&offset),
                    "{offset}"
                );
                next = batch.header.next_offset();
            }
        }
        for _ in 0..3 {
            self.check_time_around(&hidden);
        }
    }

    /// A look-up by time finds the first readable record, or damage before it.
    fn check_time_around(&self, hidden: &[std::ops::Range<i64>]) {
        let time = NOW + self.below(1010) as i64;
        let start = self.log.log_start_offset();
        let readable =
            |offset: i64| offset >= start && !hidden.iter().any(|range| range.contains(&offset));
        let mut expected = None;
        for bytes in self.model.batches.values() {
            for record in RecordBatch::first(bytes).unwrap().records(1 << 20).unwrap() {
                let record = record.unwrap();
                if expected.is_none() && record.timestamp >= time && readable(record.offset) {
                    expected = Some(record.offset);
                }
            }
        }
        let found = self
            .log
            .reader()
            .offset_for_timestamp(time)
            .unwrap()
            .map(|found| found.offset);
        let is_damage = found.is_some_and(|found| !readable(found)) && found < expected;
        assert!(
            found == expected || is_damage,
            "{found:?}, {expected:?}, {hidden:?}"
        );
    }
}

#[test]
fn flipped_bits_hide_the_batches_they_hit_and_no_others() {
    for seed in seeds(RUNS) {
        let mut world = World::new(seed);
        let steps = world.below(STEPS);
        for _ in 0..steps {
            world.step();
        }
        let mut hit = Hit::new();
        // No checksum covers a base offset: only the neighbours show that it is wrong. If three
        // batches in a row are hit, nothing shows which one is right.
        for _ in 0..2 {
            hit.extend(world.flip_bit_while_closed());
            world.check_around(&hit);
            world.append_anonymous();
            world.check_around(&hit);
        }
    }
}

#[test]
fn no_synced_record_is_lost_and_no_other_record_appears() {
    for seed in seeds(RUNS) {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step();
        }
        world.check();
    }
}
