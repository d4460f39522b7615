//! Opening a log: from the files in its directory to a log that can be appended to and read.
//!
//! Three steps: find what is in the directory and the segments; decide by the tables of
//! [`recovery`](crate::recovery); carry the decision out. A torn tail is cut and reported in
//! [`Recovered`]. Other damage is kept and reported as a [`DamagedRange`](crate::DamagedRange).

mod segments;

use std::io::ErrorKind;
use std::path::Path;

use io::{DirEntry, Disk, File, Io};
use wire::TopicPartition;

use crate::compaction;
use crate::config::LogConfig;
use crate::durability::{Durability, Names, Opened};
use crate::error::OpenError;
use crate::file_name::{self, FileKind};
use crate::partition_log::{Log, jitter, next_id};
use crate::recovery::{self, FileRow, Plan, RecoveryFacts};
use crate::replay::StateReplay;
use crate::segment::Segment;
use crate::sync_ticket::{FileId, LogPosition};

use segments::Segments;

/// The result of opening a log: what was read, and what was cut off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Segments that were scanned.
    pub scanned_segments: usize,
    /// Bytes that were cut off the end, including those of removed segments.
    pub cut_bytes: u64,
    /// Why they were cut, and where.
    pub cut_reason: Option<String>,
}

impl Log {
    /// Opens the log in `dir`, which is created if it is missing.
    ///
    /// `now_ms` decides which producers have expired.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(
        io: &Io,
        dir: &Path,
        partition: TopicPartition,
        config: LogConfig,
        facts: RecoveryFacts,
        now_ms: i64,
    ) -> Result<Log, OpenError> {
        let directory = Directory::find(&io.disk, dir, facts)?;
        let facts = directory.facts;
        let context = OpenContext {
            io,
            dir,
            config: &config,
            facts: &facts,
            now_ms,
        };
        let (mut segments, torn) = context.read_segments(&directory.plan)?;
        if let Some(torn) = torn {
            context.cut(&mut segments, &torn)?;
        }
        context.continue_after_promise(&mut segments)?;
        directory.check_damaged_swaps(&segments)?;
        directory.remove_leftovers(&io.disk, dir)?;
        context.begin_at_log_start(&mut segments)?;
        segments.names_changed |= !directory.plan.remove.is_empty();
        let first_base = segments.all[0].base_offset();
        let log_start_offset = facts.log_start_offset.max(first_base);
        let state = StateReplay {
            disk: &io.disk,
            dir,
            segments: &segments.all,
            first_rebuilt: segments.first_scanned,
            log_start_offset,
            log_end_offset: segments.log_end_offset,
        }
        .run(&directory.plan.snapshots)?;
        let is_unchanged = segments.first_scanned == segments.all.len() && !state.epochs_changed;
        let opened = Opened {
            is_closed: is_unchanged || segments.has_no_records(),
            ..context.sync_state(&mut segments, log_start_offset)?
        };
        let mut log = Log {
            io: io.clone(),
            id: next_id(),
            dir: dir.to_path_buf(),
            partition,
            topic_id: facts.topic_id,
            roll_jitter_ms: jitter(io, &config),
            segments: segments.all,
            log_start_offset,
            log_end_offset: segments.log_end_offset,
            producers: state.producers,
            epochs: state.epochs,
            epochs_changed: state.epochs_changed,
            durability: Durability::new(opened),
            has_leftover: false,
            deleted: Vec::new(),
            recovered: segments.recovered,
            config,
        };
        if log.recovered.scanned_segments > 0 {
            tracing::info!(
                partition = %log.partition,
                segments = log.recovered.scanned_segments,
                log_end_offset = log.log_end_offset,
                "scanned segments after an unclean stop, or because an index is missing"
            );
        }
        log.producers
            .expire(now_ms, log.config.producer_id_expiration_ms);
        Ok(log)
    }
}

/// The directory of a log, after unfinished swaps of compaction were finished.
struct Directory {
    plan: Plan,
    facts: RecoveryFacts,
    /// Base offsets of compacted segments that were put in place though damaged.
    damaged_swaps: Vec<i64>,
}

impl Directory {
    fn find(disk: &Disk, dir: &Path, facts: RecoveryFacts) -> Result<Directory, OpenError> {
        let (is_new, mut entries): (_, Vec<DirEntry>) = match disk.read_dir(dir) {
            Ok(entries) => (false, entries),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                disk.create_dir_all(dir)?;
                (true, Vec::new())
            }
            Err(error) => return Err(error.into()),
        };
        let mut damaged_swaps = Vec::new();
        let swaps = recovery::unfinished_swaps(&entries);
        if !swaps.is_empty() {
            damaged_swaps = compaction::finish_swaps(disk, dir, &swaps, &entries)?;
            entries = disk.read_dir(dir)?;
        }
        let plan = recovery::plan(&entries, &facts);
        let facts = match is_new {
            // The checkpoints describe a directory that no longer exists.
            true => RecoveryFacts {
                recovery_point: 0,
                locally_synced: 0,
                ..facts
            },
            false => facts,
        };
        Ok(Directory {
            plan,
            facts,
            damaged_swaps,
        })
    }

    fn check_damaged_swaps(&self, segments: &Segments) -> std::io::Result<()> {
        let is_damaged = |segment: &&Segment| self.damaged_swaps.contains(&segment.base_offset());
        segments
            .all
            .iter()
            .filter(is_damaged)
            .try_for_each(Segment::verify_all)
    }

    fn remove_leftovers(&self, disk: &Disk, dir: &Path) -> std::io::Result<()> {
        for (row, name) in &self.plan.remove {
            let path = dir.join(name);
            match row {
                // The segment was being deleted, or somebody removed its batches.
                FileRow::OrphanIndex => {
                    tracing::warn!(?row, "removing {}, which has no log file", path.display());
                }
                _ => tracing::debug!(?row, "removing {}", path.display()),
            }
            disk.remove_file(&path)?;
        }
        Ok(())
    }
}

/// The inputs of opening a log.
struct OpenContext<'a> {
    io: &'a Io,
    dir: &'a Path,
    config: &'a LogConfig,
    facts: &'a RecoveryFacts,
    now_ms: i64,
}

impl OpenContext<'_> {
    /// Decides what has to be synced. Batches after the promised ones are readable once a sync
    /// has covered them. They are written again first: if a sync of them has failed, the page cache
    /// holds them as clean pages, and a sync would report success without writing them.
    ///
    /// Names that the last process has left are synced with the next batch, unless everything in the
    /// directory was synced since: the directory's sync may have failed, or never begun.
    ///
    /// The files and names of a log without records are synced with its first batch, so that
    /// creating many partitions does not need many syncs. If a crash removes such a log, it is
    /// created again.
    fn sync_state(
        &self,
        segments: &mut Segments,
        log_start_offset: i64,
    ) -> Result<Opened, OpenError> {
        let facts = self.facts;
        let log_end_offset = segments.log_end_offset;
        let mut unflushed_files = segments.write_closed_indexes()?;
        let promised = segments.position_of(facts.promised().max(log_start_offset))?;
        let has_unpromised = promised.offset < log_end_offset;
        let was_synced = facts.clean_shutdown || (facts.found_is_synced && !has_unpromised);
        let synced = match was_synced {
            true => segments.end_position(),
            false => {
                segments.rewrite_from(promised)?;
                promised
            }
        };
        let is_behind = synced.offset < log_end_offset;
        let is_empty = segments.has_no_records();
        let names = match is_behind || segments.names_changed || is_empty {
            true => Names::NewDirectory,
            false if facts.found_is_synced => Names::Unchanged,
            false => Names::Found,
        };
        if names == Names::NewDirectory {
            let metadata = metadata_file(&self.io.disk, self.dir)?;
            if let Some((_, file)) = metadata.as_ref().filter(|_| !facts.clean_shutdown) {
                rewrite(file, 0, file.len()?)?;
            }
            unflushed_files.extend(metadata);
        }
        let is_flushed = was_synced || facts.recovery_point >= log_end_offset;
        let flushed_offset = match is_flushed && (unflushed_files.is_empty() || is_empty) {
            true => log_end_offset,
            false => facts.recovery_point.clamp(log_start_offset, log_end_offset),
        };
        Ok(Opened {
            synced,
            flushed_offset,
            is_unflushed: !is_flushed,
            names,
            unflushed_files,
            unsynced_since_ms: is_behind.then_some(self.now_ms),
            is_closed: false,
        })
    }
}

impl Segments {
    fn has_no_records(&self) -> bool {
        self.all.iter().all(|segment| segment.size() == 0)
    }

    /// Writes the indexes of closed segments that were scanned: they are trusted from now on.
    /// Those of the active segment are written when it is closed. Returns the files to sync.
    fn write_closed_indexes(&mut self) -> std::io::Result<Vec<(FileId, File)>> {
        let active_at = self.all.len() - 1;
        let scanned = self.all.iter_mut().take(active_at).skip(self.first_scanned);
        let mut files = Vec::new();
        for segment in scanned {
            let base = segment.base_offset();
            let indexes = segment.write_indexes()?;
            let log = (FileKind::Log, segment.file().clone());
            for (kind, file) in indexes.into_iter().chain([log]) {
                files.push((FileId::At(base, kind), file));
            }
        }
        Ok(files)
    }

    fn end_position(&self) -> LogPosition {
        let active = self.all.last().expect("a log has a segment");
        LogPosition::at_end_of(active, self.log_end_offset)
    }

    /// Writes the bytes of the batches after `from` to the same place again.
    fn rewrite_from(&self, from: LogPosition) -> std::io::Result<()> {
        for segment in self.all.iter().filter(|s| s.base_offset() >= from.segment) {
            let begin = match segment.base_offset() == from.segment {
                true => from.position,
                false => 0,
            };
            rewrite(segment.file(), begin, segment.size())?;
        }
        Ok(())
    }

    /// The position after the batches below `offset`.
    fn position_of(&self, offset: i64) -> std::io::Result<LogPosition> {
        if offset < self.log_end_offset {
            let at = self
                .all
                .partition_point(|segment| segment.base_offset() <= offset);
            for segment in &self.all[at.saturating_sub(1)..] {
                if let Some(batch) = segment.locate(offset)? {
                    return Ok(LogPosition {
                        offset,
                        segment: segment.base_offset(),
                        position: batch.position,
                    });
                }
            }
        }
        Ok(self.end_position())
    }
}

/// How many bytes are written again at once.
const REWRITE_BYTES: u64 = 1 << 20;

/// Writes the bytes from `begin` to `end` of a file to the same place again.
fn rewrite(file: &File, begin: u64, end: u64) -> std::io::Result<()> {
    let mut buffer = Vec::new();
    let mut position = begin;
    while position < end {
        buffer.resize((end - position).min(REWRITE_BYTES) as usize, 0);
        file.read_exact_at(position, &mut buffer)?;
        file.write_all_at(position, &buffer)?;
        position += buffer.len() as u64;
    }
    Ok(())
}

/// The file with the topic's id, if it is there.
fn metadata_file(disk: &Disk, dir: &Path) -> std::io::Result<Option<(FileId, File)>> {
    let path = dir.join(file_name::PARTITION_METADATA);
    let is_there = disk.try_exists(&path)?;
    Ok(is_there.then(|| (FileId::PartitionMetadata, disk.cached(&path))))
}
