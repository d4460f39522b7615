//! Truncation and crashes: whenever the power goes, the log is afterwards as it was before the
//! truncation, or as it was after it, with every record that was synced since.

mod support;

use std::io::Result;
use std::path::Path;
use std::pin::pin;

use futures::future::{Either, select};
use io::Io;
use io::sim::Sim;
use vltava_log::redo::RedoLog;
use vltava_log::{
    Log, LogConfig, Offsets, ReadLimit, RecoveryFacts, SyncError, checkpoint, sync_round,
};
use wire::TopicPartition;
use wire::record_batch::{Origin, batches};

use support::{DIR, NOW, batch, open_with_redo, seeds};

/// Seeds per run; `VLTAVA_SEEDS` sets another number, `VLTAVA_SEED` selects one.
const RUNS: u64 = 400;

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 500,
        index_interval_bytes: 100,
        ..LogConfig::default()
    }
}

fn partition() -> TopicPartition {
    TopicPartition::new("t", 0)
}

fn write_recovery_point(io: &Io, offset: i64) -> Result<()> {
    let path = Path::new("/data").join(checkpoint::RECOVERY_POINTS);
    let points = Offsets::from([(partition(), offset)]);
    checkpoint::write_offsets(&io.disk, &path, &points)
}

fn open(io: &Io) -> (Log, RedoLog) {
    let path = Path::new("/data").join(checkpoint::RECOVERY_POINTS);
    let points = checkpoint::read_offsets(&io.disk, &path).unwrap();
    let facts = RecoveryFacts {
        recovery_point: points.get(&partition()).copied().unwrap_or(0),
        ..RecoveryFacts::default()
    };
    let (log, redo, _) = open_with_redo(io, config(), facts, NOW);
    (log, redo)
}

/// All records, with their leader epochs.
fn records(log: &Log) -> Vec<(i32, String)> {
    let end = log.log_end_offset();
    let mut found = Vec::new();
    while (found.len() as i64) < end {
        let limit = ReadLimit {
            max_bytes: 300,
            min_one: true,
            upper_bound: end,
        };
        let plan = log.read(found.len() as i64, limit).unwrap();
        for batch in batches(plan.into_bytes().unwrap()) {
            let batch = batch.unwrap();
            assert_eq!(batch.header.base_offset, found.len() as i64);
            for record in batch.records(1 << 20).unwrap() {
                let value = record.unwrap().value.unwrap();
                let text = String::from_utf8(value.to_vec()).unwrap();
                found.push((batch.header.partition_leader_epoch, text));
            }
        }
    }
    found
}

/// The records the log may hold after a crash.
#[derive(Default)]
struct Model {
    records: Vec<(i32, String)>,
    /// Records below are synced.
    synced: usize,
    /// Where a truncation that has not returned cuts the log.
    truncating_to: Option<usize>,
}

struct World {
    sim: Sim,
    io: Io,
    log: Log,
    redo: RedoLog,
    model: Model,
    epoch: i32,
}

impl World {
    fn new(seed: u64) -> World {
        let sim = Sim::new(seed);
        let io = sim.io();
        io.disk.create_dir_all(Path::new("/data")).unwrap();
        io.disk.sync_dir(Path::new("/")).unwrap();
        let (log, mut redo) = open(&io);
        redo.free_other();
        World {
            sim,
            io,
            log,
            redo,
            model: Model::default(),
            epoch: 1,
        }
    }

    /// Does a random step.
    fn step(&mut self) -> Result<()> {
        match self.io.rng.below(10) {
            0..4 => self.append(),
            4..7 => self.sync(),
            7 => self.flush(),
            _ => self.truncate(),
        }
    }

    fn append(&mut self) -> Result<()> {
        for _ in 0..=self.io.rng.below(4) {
            let offset = self.model.records.len();
            let value = format!("record {offset} of epoch {}", self.epoch);
            let bytes = batch(&[(0, &value)]);
            // Although the power fails during the write, the record may be on the disk.
            self.model.records.push((self.epoch, value));
            self.log
                .append_as_leader(bytes, self.epoch, NOW, Origin::Client)
                .map_err(std::io::Error::other)?;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        let Some(ticket) = self.log.unsynced() else {
            return Ok(());
        };
        let count = self.model.records.len();
        let faults = self.sim.faults().clone();
        let result = {
            let round = pin!(sync_round(&self.io, &mut self.redo, vec![ticket]));
            let power_lost = pin!(faults.power_lost());
            match self.sim.block_on(select(round, power_lost)) {
                Either::Left((mut round, _)) => round.results.remove(0),
                Either::Right(_) => return Err(std::io::Error::other("the power is off")),
            }
        };
        self.reported(result, count)
    }

    fn reported(
        &mut self,
        result: std::result::Result<vltava_log::Synced, SyncError>,
        count: usize,
    ) -> Result<()> {
        match result {
            Ok(synced) => {
                self.log.mark_synced(&synced);
                self.model.synced = count;
                Ok(())
            }
            Err(error) => {
                self.log.mark_sync_failed(&error);
                Err(std::io::Error::other(error))
            }
        }
    }

    /// Syncs the segments and frees the redo log.
    fn flush(&mut self) -> Result<()> {
        if let Some(ticket) = self.log.unflushed() {
            let result = ticket.sync(&self.io.disk);
            let result = result.map(|()| ticket.synced);
            let count = self.model.records.len();
            self.reported(result.map_err(|e| SyncError::from(&e)), count)?;
        }
        write_recovery_point(&self.io, self.log.flushed_offset())?;
        self.redo.free_other();
        Ok(())
    }

    /// Cuts a part off, as a follower of a new leader does.
    fn truncate(&mut self) -> Result<()> {
        let end = self.model.records.len();
        let to = end - self.io.rng.below(end as u64 / 2 + 1) as usize;
        self.model.truncating_to = Some(to);
        let io = self.io.clone();
        self.log.truncate_to(to as i64, &mut self.redo, |offset| {
            assert!(offset <= to as i64);
            write_recovery_point(&io, offset)
        })?;
        self.model.truncating_to = None;
        self.epoch += 1;
        if to < end {
            self.model.records.truncate(to);
            self.model.synced = to;
        }
        assert_eq!(self.log.log_end_offset(), to as i64);
        Ok(())
    }

    fn crash(&mut self) {
        self.sim.crash();
        (self.log, self.redo) = open(&self.io);
        self.io.disk.sync_file_system(Path::new("/")).unwrap();
        self.redo.free_other();
        self.check();
    }

    fn check(&mut self) {
        let found = records(&self.log);
        assert_eq!(self.log.damaged(), []);
        let is_as_before = found.len() >= self.model.synced
            && found.len() <= self.model.records.len()
            && found == self.model.records[..found.len()];
        let is_cut = self
            .model
            .truncating_to
            .is_some_and(|to| found.len() == to && found == self.model.records[..to]);
        assert!(
            is_as_before || is_cut,
            "found {found:?}, expected {:?}, of which {} are synced, truncating to {:?}",
            self.model.records,
            self.model.synced,
            self.model.truncating_to,
        );
        for entry in self.io.disk.read_dir(Path::new(DIR)).unwrap() {
            if let Some(base) = entry.name.strip_suffix(".log") {
                assert!(
                    base.parse::<usize>().unwrap() <= found.len(),
                    "{}",
                    entry.name
                );
            }
        }
        let epochs = self.log.leader_epochs();
        for (offset, (epoch, _)) in found.iter().enumerate() {
            assert_eq!(epochs.epoch_of(offset as i64), Some(*epoch), "at {offset}");
        }
        self.model.truncating_to = None;
        self.model.records = found;
        self.model.synced = self.model.records.len();
        self.epoch += 1;
    }
}

#[test]
fn a_power_cut_leaves_the_log_as_before_or_after_a_truncation() {
    let mut interrupted = 0;
    for seed in seeds(RUNS) {
        let mut world = World::new(seed);
        for _ in 0..3 {
            // The power fails at a disk call, or the disk fails at one and then the power.
            let call = 1 + world.io.rng.below(80);
            match world.io.rng.below(4) {
                0 => world.sim.faults().fail_write(call),
                1 => world.sim.faults().fail_sync(call),
                _ => world.sim.faults().cut_power_at(call),
            }
            for _ in 0..=world.io.rng.below(30) {
                if world.step().is_err() {
                    break;
                }
            }
            interrupted += u64::from(world.model.truncating_to.is_some());
            world.sim.faults().fail_write(0);
            world.sim.faults().fail_sync(0);
            world.crash();
        }
    }
    let all = seeds(RUNS).count() as u64 >= RUNS;
    assert!(interrupted > 0 || !all);
}

#[test]
fn replay_does_not_write_back_records_that_were_truncated() {
    let mut world = World::new(1);
    for _ in 0..8 {
        world.append().unwrap();
        world.sync().unwrap();
    }
    let io = world.io.clone();
    let lower = |offset| write_recovery_point(&io, offset);
    world.log.truncate_to(5, &mut world.redo, lower).unwrap();
    world.model.records.truncate(5);
    world.model.synced = 5;
    world.epoch = 2;
    world.append().unwrap();
    world.sync().unwrap();
    world.crash();
    assert!(world.model.records.len() > 5);
    assert_eq!(world.log.leader_epochs().entries()[1], (2, 5));
}

#[test]
fn a_truncation_below_the_log_start_is_refused() {
    let mut world = World::new(1);
    world.append().unwrap();
    world.flush().unwrap();
    let end = world.log.log_end_offset();
    world.log.delete_records(end, end).unwrap();
    world.append().unwrap();
    let refused = world
        .log
        .truncate_to(end - 1, &mut world.redo, |_| Ok(()))
        .unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(world.log.failure().is_none());
}
