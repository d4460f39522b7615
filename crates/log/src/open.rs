//! Opening a log: from the files in its directory to a log that can be appended to and read.
//!
//! [`recovery`](crate::recovery) says what to do; this does it. Whatever was found wrong either
//! is cut, where nothing was promised, and reported in [`Recovered`], or stays as it is and is
//! reported as a [`DamagedRange`](crate::DamagedRange).

use std::cell::OnceCell;
use std::path::Path;

use io::{Disk, File, Io};
use wire::TopicPartition;

use crate::compaction;
use crate::config::LogConfig;
use crate::error::OpenError;
use crate::file_name::{self, FileKind};
use crate::partition_log::{Log, jitter, next_id};
use crate::recovery::{
    self, FileRow, Finding, FindingFacts, FindingRow, FoundSegment, Plan, Reading, RecoveryFacts,
    Row as _,
};
use crate::replay::Replay;
use crate::segment::{Scanned, Segment};
use crate::sync_ticket::{FileId, LogPosition};

/// What opening a log has found and done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Segments that were scanned.
    pub scanned_segments: usize,
    /// Bytes that were cut off the end, with those of segments behind the damage.
    pub cut_bytes: u64,
    /// Why they were, and where.
    pub cut_reason: Option<String>,
}

impl Log {
    /// Opens the log in `dir`, which is made if it is missing.
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
        let disk = &io.disk;
        let is_new = !disk.exists(dir);
        if is_new {
            disk.create_dir_all(dir)?;
        }
        let mut entries = disk.read_dir(dir)?;
        let swaps = recovery::unfinished_swaps(&entries);
        let mut damaged = Vec::new();
        if !swaps.is_empty() {
            damaged = compaction::finish_swaps(disk, dir, &swaps, &entries)?;
            entries = disk.read_dir(dir)?;
        }
        let plan = recovery::plan(&entries, &facts);
        // What is remembered of a directory that is gone is not about the one just made.
        let facts = if is_new {
            RecoveryFacts {
                recovery_point: 0,
                acknowledged: 0,
                ..facts
            }
        } else {
            facts
        };
        let opening = Opening {
            io,
            dir,
            config: &config,
            facts: &facts,
        };
        let mut found = opening.segments(&plan, now_ms)?;
        for segment in &found.segments {
            if damaged.contains(&segment.base_offset()) {
                segment.verify_all()?;
            }
        }
        for (row, name) in &plan.remove {
            let path = dir.join(name);
            match row {
                // Of a segment that was being deleted, or whose batches somebody took away.
                FileRow::OrphanIndex => tracing::warn!(
                    ?row,
                    "removing {}, which has no log beside it",
                    path.display()
                ),
                _ => tracing::debug!(?row, "removing {}", path.display()),
            }
            disk.remove_file(&path)?;
        }
        let mut changed_names = !plan.remove.is_empty();
        let is_empty = found.segments.is_empty();
        if is_empty || found.log_end_offset < facts.log_start_offset {
            opening.remove_segments(&found.segments)?;
            found.log_end_offset = facts.log_start_offset;
            found.segments = vec![opening.new_segment(facts.log_start_offset, now_ms)?];
            found.first_scanned = 1;
            changed_names = !is_empty;
        }
        let first_base = found.segments[0].base_offset();
        let log_start_offset = facts.log_start_offset.max(first_base);
        let state = Replay {
            disk,
            dir,
            segments: &found.segments,
            first_rebuilt: found.first_scanned,
            log_start_offset,
            log_end_offset: found.log_end_offset,
        }
        .run(&plan.snapshots)?;
        // What was found behind what is promised is shown once a sync has covered it. A closed
        // segment's indexes are trusted later on; the active one's are written when it is closed.
        let active_at = found.segments.len() - 1;
        let mut unflushed_files = Vec::new();
        for segment in found
            .segments
            .iter_mut()
            .take(active_at)
            .skip(found.first_scanned)
        {
            let base = segment.base_offset();
            let indexes = segment.write_indexes()?;
            let log = (FileKind::Log, segment.file().clone());
            for (kind, file) in indexes.into_iter().chain([log]) {
                unflushed_files.push((1, FileId::At(base, kind), file));
            }
        }
        let was_synced = facts.clean_shutdown || facts.found_is_synced;
        let synced = match was_synced {
            true => end_of(&found.segments, found.log_end_offset),
            false => promised_end(&found, facts.promised().max(log_start_offset))?,
        };
        let is_behind = synced.offset < found.log_end_offset;
        let names_changed = is_behind || changed_names;
        if names_changed {
            unflushed_files.extend(metadata_file(disk, dir));
        }
        let is_flushed = was_synced || facts.recovery_point >= found.log_end_offset;
        let change = u64::from(names_changed || !is_flushed || !unflushed_files.is_empty());
        let flushed_offset = match is_flushed && unflushed_files.is_empty() {
            true => found.log_end_offset,
            false => facts
                .recovery_point
                .clamp(log_start_offset, found.log_end_offset),
        };
        let is_closed = found.first_scanned == found.segments.len() && !state.epochs_changed;
        let mut log = Log {
            io: io.clone(),
            id: next_id(),
            dir: dir.to_path_buf(),
            partition,
            topic_id: facts.topic_id,
            roll_jitter_ms: jitter(io, &config),
            segments: found.segments,
            log_start_offset,
            log_end_offset: found.log_end_offset,
            producers: state.producers,
            epochs: state.epochs,
            epochs_changed: state.epochs_changed,
            change,
            synced_change: if names_changed { 0 } else { change },
            synced,
            unsynced_since_ms: is_behind.then_some(now_ms),
            flushed_change: 0,
            flushed_offset,
            unflushed_files,
            names_changed: u64::from(names_changed),
            deleted: Vec::new(),
            failure: None,
            closed_change: is_closed.then_some(change),
            recovered: found.recovered,
            config,
        };
        if log.recovered.scanned_segments > 0 {
            tracing::info!(
                partition = %log.partition,
                segments = log.recovered.scanned_segments,
                log_end_offset = log.log_end_offset,
                "scanned after an unclean stop, or for a missing index"
            );
        }
        if log.size() == 0 {
            log.sync_names_with_first_append();
        }
        log.producers
            .expire(now_ms, log.config.producer_id_expiration_ms);
        Ok(log)
    }
}

impl Log {
    /// Making many partitions should not cost many syncs. A log without records that a crash
    /// takes away is made again; so its files and names are synced with the first batch.
    fn sync_names_with_first_append(&mut self) {
        self.change = 1;
        self.synced_change = 0;
        self.names_changed = 1;
        self.closed_change = Some(1);
        self.unflushed_files = metadata_file(&self.io.disk, &self.dir)
            .into_iter()
            .collect();
    }
}

fn end_of(segments: &[Segment], log_end_offset: i64) -> LogPosition {
    let active = segments.last().expect("a log has a segment");
    LogPosition {
        offset: log_end_offset,
        segment: active.base_offset(),
        position: active.size(),
    }
}

/// Where the batches below `promised` end.
fn promised_end(found: &Found, promised: i64) -> std::io::Result<LogPosition> {
    if promised < found.log_end_offset {
        let segments = &found.segments;
        let at = segments.partition_point(|segment| segment.base_offset() <= promised);
        for segment in &segments[at.saturating_sub(1)..] {
            if let Some(batch) = segment.locate(promised)? {
                return Ok(LogPosition {
                    offset: promised,
                    segment: segment.base_offset(),
                    position: batch.position,
                });
            }
        }
    }
    Ok(end_of(&found.segments, found.log_end_offset))
}

/// Whether any of the segments holds a good batch. A segment that cannot be read counts as one
/// that does: it must not be removed.
fn holds_good_batch(segments: &[Segment]) -> bool {
    let holds = |segment: &Segment| segment.holds_good_batch().unwrap_or(true);
    segments.iter().any(holds)
}

/// The file with the topic's id, if it is there.
fn metadata_file(disk: &Disk, dir: &Path) -> Option<(u64, FileId, File)> {
    let path = dir.join(file_name::PARTITION_METADATA);
    disk.exists(&path)
        .then(|| (1, FileId::PartitionMetadata, disk.cached(&path)))
}

struct Opening<'a> {
    io: &'a Io,
    dir: &'a Path,
    config: &'a LogConfig,
    facts: &'a RecoveryFacts,
}

struct Found {
    segments: Vec<Segment>,
    /// Segments from here on were scanned, since they may hold what was not synced.
    first_scanned: usize,
    log_end_offset: i64,
    recovered: Recovered,
}

impl Opening<'_> {
    fn segments(&self, plan: &Plan, now_ms: i64) -> Result<Found, OpenError> {
        let mut segments: Vec<Segment> = plan.segments.iter().map(|s| self.segment(s)).collect();
        let mut found = Found {
            first_scanned: segments.len(),
            log_end_offset: self.facts.log_start_offset,
            segments: Vec::new(),
            recovered: Recovered::default(),
        };
        let mut cut = None;
        for (at, planned) in plan.segments.iter().enumerate() {
            let (before, behind) = segments.split_at_mut(at + 1);
            let segment = &mut before[at];
            let (scanned, row) = self.read(segment, planned, behind)?;
            let next_base = behind.first().map(Segment::base_offset);
            if scanned.whole {
                found.recovered.scanned_segments += 1;
                found.first_scanned = found.first_scanned.min(at);
            }
            found.log_end_offset = scanned.next_offset;
            if row == FindingRow::MissingOffsets {
                segment.note_lost(scanned.next_offset, scanned.wrong(next_base));
            }
            if row == FindingRow::TornTail {
                cut = Some((at, scanned));
                break;
            }
        }
        if let Some((at, scanned)) = cut {
            let behind: Vec<Segment> = segments.drain(at + 1..).collect();
            self.cut(&mut segments[at], &behind, &scanned, &mut found.recovered)?;
            found.first_scanned = found.first_scanned.min(at);
        }
        if segments.is_empty() && self.facts.promised() > found.log_end_offset {
            return Err(OpenError::Short {
                dir: self.dir.to_path_buf(),
                recovery_point: self.facts.promised(),
            });
        }
        if let Some(active) = segments.last_mut()
            && self.ends_too_early(active, &mut found.log_end_offset)
        {
            segments.push(self.new_segment(found.log_end_offset, now_ms)?);
        }
        found.first_scanned = found.first_scanned.min(segments.len());
        found.segments = segments;
        Ok(found)
    }

    /// Reads a segment as its row says, and says what follows.
    fn read(
        &self,
        segment: &mut Segment,
        planned: &FoundSegment,
        behind: &[Segment],
    ) -> Result<(Scanned, FindingRow), OpenError> {
        let next_base = behind.first().map(Segment::base_offset);
        segment.set_end_offset(next_base.unwrap_or(i64::MAX));
        let was_compacted = segment.base_offset() < self.facts.compacted_below;
        let is_gapless = !self.config.rules.compacted && !was_compacted;
        // After a clean stop without a recovery point, nobody knows.
        let promised = match self.facts.promised() {
            0 => i64::MAX,
            promised => promised,
        };
        segment.set_promised(promised, is_gapless);
        let path = segment.path(FileKind::Log);
        tracing::debug!(row = ?planned.row, "reading {}", path.display());
        let facts = FindingFacts {
            finding: Finding::Damage,
            is_whole: true,
            clean_shutdown: self.facts.clean_shutdown,
            is_active: next_base.is_none(),
            is_below_promise: false,
            good_batch_behind: false,
            good_segment_behind: false,
            is_relaxed: !self.config.is_strict(),
            synced_batch_by_batch: self.facts.synced_batch_by_batch,
            is_compacted: self.config.rules.compacted
                || next_base.is_some_and(|next| next <= self.facts.compacted_below),
        };
        // Read only if something is wrong.
        let good_segment_behind = OnceCell::new();
        let about = |finding, is_whole, offset, good_batch_behind| {
            let good_segment_behind = match finding {
                Finding::Sound => false,
                Finding::Damage | Finding::Gap => {
                    *good_segment_behind.get_or_init(|| holds_good_batch(behind))
                }
            };
            FindingRow::of(&FindingFacts {
                finding,
                is_whole,
                is_below_promise: offset < self.facts.promised(),
                good_batch_behind,
                good_segment_behind,
                ..facts
            })
        };
        let is_kept = |offset, good_batch_behind| {
            let row = about(Finding::Damage, true, offset, good_batch_behind);
            row == FindingRow::DamagedBatch
        };
        let row = |scanned: &Scanned| {
            let is_gap = next_base.is_some_and(|next| scanned.next_offset < next);
            let finding = match &scanned.damage {
                Some(_) => Finding::Damage,
                None if is_gap => Finding::Gap,
                None => Finding::Sound,
            };
            let (whole, offset) = (scanned.whole, scanned.next_offset);
            about(finding, whole, offset, scanned.good_batch_behind)
        };
        let scanned = match (planned.row.reading(), next_base) {
            (Reading::Whole, _) => segment.rebuild(is_kept)?,
            (Reading::Tail, Some(_)) => segment.look_at_end()?,
            (Reading::Tail, None) => segment.find_end()?,
        };
        let follows = row(&scanned);
        if follows != FindingRow::IndexMismatch {
            return Ok((scanned, follows));
        }
        // Or the batches are wrong, and not the index.
        tracing::warn!(row = ?follows, "building the indexes of {} anew", path.display());
        let scanned = segment.rebuild(is_kept)?;
        let follows = row(&scanned);
        Ok((scanned, follows))
    }

    /// Whether the last segment ends, or ends in damage, before what was promised: then the log
    /// goes on behind that, in a new segment, and what is there of the old one stays as it is.
    fn ends_too_early(&self, active: &mut Segment, log_end_offset: &mut i64) -> bool {
        let tail = active.damage_at_end();
        let promised = self.facts.promised();
        let has_tail = tail.is_some();
        let (is_early, end) = match tail {
            Some(range) => (true, promised.max(range.first_offset + 1)),
            None => (*log_end_offset < promised, promised.max(*log_end_offset)),
        };
        active.set_end_offset(end);
        if is_early && !has_tail {
            active.note_lost(*log_end_offset, "it ends too early".to_string());
        }
        *log_end_offset = end;
        is_early
    }

    fn new_segment(&self, base_offset: i64, now_ms: i64) -> Result<Segment, OpenError> {
        let interval = self.config.index_interval_bytes;
        let disk = &self.io.disk;
        Ok(Segment::create(
            disk,
            self.dir,
            base_offset,
            interval,
            now_ms,
        )?)
    }

    fn segment(&self, found: &FoundSegment) -> Segment {
        Segment::existing(
            &self.io.disk,
            self.dir,
            found.base_offset,
            found.size,
            found.modified_ms,
            self.config.index_interval_bytes,
        )
    }

    fn cut(
        &self,
        segment: &mut Segment,
        behind: &[Segment],
        scanned: &Scanned,
        recovered: &mut Recovered,
    ) -> Result<(), OpenError> {
        let what = scanned.wrong(behind.first().map(Segment::base_offset));
        recovered.cut_bytes = segment.size() - scanned.end;
        recovered.cut_bytes += behind.iter().map(Segment::size).sum::<u64>();
        let reason = format!(
            "{} at byte {}, offset {}: {what}",
            segment.path(FileKind::Log).display(),
            scanned.end,
            scanned.next_offset
        );
        tracing::warn!(
            bytes = recovered.cut_bytes,
            segments_behind = behind.len(),
            good_batch_behind = scanned.good_batch_behind,
            row = ?FindingRow::TornTail,
            "cutting off what follows the last good batch, above the recovery point: {reason}"
        );
        recovered.cut_reason = Some(reason);
        segment.cut(scanned.end)?;
        // At once: what was cut must not come back behind what is appended in its place.
        segment.file().sync_data()?;
        // The index may have been found whole, but reach behind the cut.
        segment.rebuild(|_, _| true)?;
        self.remove_segments(behind)?;
        Ok(self.io.disk.sync_dir(self.dir)?)
    }

    fn remove_segments(&self, segments: &[Segment]) -> Result<(), OpenError> {
        for segment in segments {
            for kind in [
                FileKind::Index,
                FileKind::TimeIndex,
                FileKind::TransactionIndex,
                FileKind::Log,
            ] {
                let path = segment.path(kind);
                if self.io.disk.exists(&path) {
                    self.io.disk.remove_file(&path)?;
                }
            }
        }
        Ok(())
    }
}
