//! Reads the segments of a log that is being opened, and removes a torn tail.

use std::cell::OnceCell;

use super::{OpenContext, Recovered};
use crate::error::OpenError;
use crate::file_name::FileKind;
use crate::recovery::{
    Finding, FindingFacts, FindingRow, FoundSegment, Plan, Reading, RecoveryFacts, Row as _,
};
use crate::segment::{Scanned, Segment};

/// The segments of a log that is being opened, oldest first.
pub(super) struct Segments {
    pub(super) all: Vec<Segment>,
    /// Segments from here on were scanned, because they may hold batches that are not synced.
    pub(super) first_scanned: usize,
    pub(super) log_end_offset: i64,
    /// Whether files of segments were created or removed, and their names are not synced.
    pub(super) names_changed: bool,
    pub(super) recovered: Recovered,
}

/// A torn tail: everything after the last good batch of a segment, and all later segments.
pub(super) struct TornTail {
    at: usize,
    scanned: Scanned,
}

/// The facts about a segment and its log that decide what is done with damage in it.
struct SegmentContext<'a> {
    facts: FindingFacts,
    promised: i64,
    next_base: Option<i64>,
    later: &'a [Segment],
    /// Read only if something is wrong.
    good_segment_after: OnceCell<bool>,
}

impl SegmentContext<'_> {
    fn row(
        &self,
        finding: Finding,
        is_whole: bool,
        offset: i64,
        is_good_after: bool,
    ) -> FindingRow {
        let good_segment_after = finding != Finding::Sound
            && *self
                .good_segment_after
                .get_or_init(|| hold_good_batch(self.later));
        FindingRow::of(&FindingFacts {
            finding,
            is_whole,
            is_below_promise: offset < self.promised,
            good_batch_after: is_good_after,
            good_segment_after,
            ..self.facts
        })
    }

    fn row_of(&self, scanned: &Scanned) -> FindingRow {
        let is_gap = self
            .next_base
            .is_some_and(|next| scanned.next_offset < next);
        let finding = match &scanned.damage {
            Some(_) => Finding::Damage,
            None if is_gap => Finding::Gap,
            None => Finding::Sound,
        };
        let (is_whole, offset) = (scanned.whole, scanned.next_offset);
        self.row(finding, is_whole, offset, scanned.good_batch_after)
    }

    /// Whether damage is recorded and reading continues after it.
    fn keeps(&self, offset: i64, is_good_after: bool) -> bool {
        self.row(Finding::Damage, true, offset, is_good_after) == FindingRow::DamagedBatch
    }
}

impl OpenContext<'_> {
    /// Reads the segments up to the log end, or up to a torn tail.
    pub(super) fn read_segments(
        &self,
        plan: &Plan,
    ) -> Result<(Segments, Option<TornTail>), OpenError> {
        let mut all: Vec<Segment> = plan.segments.iter().map(|s| self.segment(s)).collect();
        let mut first_scanned = all.len();
        let mut log_end_offset = self.facts.log_start_offset;
        let mut recovered = Recovered::default();
        let mut torn = None;
        for (at, planned) in plan.segments.iter().enumerate() {
            let (before, later) = all.split_at_mut(at + 1);
            let segment = &mut before[at];
            let (scanned, row) = self.read(segment, planned, later)?;
            if scanned.whole {
                recovered.scanned_segments += 1;
                first_scanned = first_scanned.min(at);
            }
            log_end_offset = scanned.next_offset;
            match row {
                FindingRow::MissingOffsets => {
                    let next_base = later.first().map(Segment::base_offset);
                    segment.note_lost(scanned.next_offset, scanned.wrong(next_base));
                }
                FindingRow::TornTail => {
                    first_scanned = first_scanned.min(at);
                    torn = Some(TornTail { at, scanned });
                    break;
                }
                FindingRow::Sound
                | FindingRow::IndexMismatch
                | FindingRow::CompactedGap
                | FindingRow::DamagedBatch => {}
            }
        }
        let segments = Segments {
            all,
            first_scanned,
            log_end_offset,
            names_changed: false,
            recovered,
        };
        Ok((segments, torn))
    }

    /// Reads a segment as its row says, and decides what follows.
    fn read(
        &self,
        segment: &mut Segment,
        planned: &FoundSegment,
        later: &[Segment],
    ) -> Result<(Scanned, FindingRow), OpenError> {
        let next_base = later.first().map(Segment::base_offset);
        let context = self.segment_context(segment, later);
        segment.set_end_offset(next_base.unwrap_or(i64::MAX));
        let was_compacted = segment.base_offset() < self.facts.compacted_below;
        let is_gapless = !self.config.rules.compacted && !was_compacted;
        // After a clean stop without a recovery point, it is not known.
        let promised = match self.facts.promised() {
            0 => i64::MAX,
            promised => promised,
        };
        segment.set_promised(promised, is_gapless);
        let path = segment.path(FileKind::Log);
        tracing::debug!(row = ?planned.row, "reading {}", path.display());
        let keeps = |offset, is_good_after| context.keeps(offset, is_good_after);
        let scanned = match (planned.row.reading(), next_base) {
            (Reading::Whole, _) => segment.rebuild(keeps)?,
            (Reading::Tail, Some(_)) => segment.read_end()?,
            (Reading::Tail, None) => segment.find_end()?,
        };
        let row = context.row_of(&scanned);
        if row != FindingRow::IndexMismatch {
            return Ok((scanned, row));
        }
        // It may also be that the batches are wrong, and not the index: the scan shows which.
        tracing::warn!(?row, "rebuilding the indexes of {}", path.display());
        let scanned = segment.rebuild(keeps)?;
        let row = context.row_of(&scanned);
        Ok((scanned, row))
    }

    fn segment_context<'a>(&self, segment: &Segment, later: &'a [Segment]) -> SegmentContext<'a> {
        let RecoveryFacts {
            clean_shutdown,
            compacted_below,
            synced_batch_by_batch,
            ..
        } = *self.facts;
        let next_base = later.first().map(Segment::base_offset);
        debug_assert!(next_base.is_none_or(|next| segment.base_offset() < next));
        SegmentContext {
            facts: FindingFacts {
                finding: Finding::Sound,
                is_whole: true,
                clean_shutdown,
                is_active: next_base.is_none(),
                is_below_promise: false,
                good_batch_after: false,
                good_segment_after: false,
                is_relaxed: !self.config.is_strict(),
                synced_batch_by_batch,
                is_compacted: self.config.rules.compacted
                    || next_base.is_some_and(|next| next <= compacted_below),
            },
            promised: self.facts.promised(),
            next_base,
            later,
            good_segment_after: OnceCell::new(),
        }
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

    /// Cuts a torn tail off.
    pub(super) fn cut(&self, segments: &mut Segments, torn: &TornTail) -> Result<(), OpenError> {
        let TornTail { at, scanned } = torn;
        let later: Vec<Segment> = segments.all.drain(at + 1..).collect();
        let segment = &mut segments.all[*at];
        let recovered = &mut segments.recovered;
        recovered.cut_bytes = segment.size() - scanned.end;
        recovered.cut_bytes += later.iter().map(Segment::size).sum::<u64>();
        let reason = format!(
            "{} at byte {}, offset {}: {}",
            segment.path(FileKind::Log).display(),
            scanned.end,
            scanned.next_offset,
            scanned.wrong(later.first().map(Segment::base_offset))
        );
        tracing::warn!(
            bytes = recovered.cut_bytes,
            later_segments = later.len(),
            good_batch_after = scanned.good_batch_after,
            row = ?FindingRow::TornTail,
            "cutting off what follows the last good batch, above the recovery point: {reason}"
        );
        recovered.cut_reason = Some(reason);
        segment.cut(scanned.end)?;
        // Synced before anything is appended: otherwise a crash could bring the bytes back after the new
        // batches.
        segment.file().sync_data()?;
        // The index may be intact and reach beyond the new end.
        segment.rebuild(|_, _| true)?;
        self.remove_segments(&later)?;
        Ok(self.io.disk.sync_dir(self.dir)?)
    }

    /// If the last segment ends, or ends in damage, before the promised offsets do, the log
    /// continues after them in a new segment. The old segment stays as it is.
    ///
    /// # Errors
    /// [`OpenError::NoSegment`] if there is no segment, though offsets were promised.
    pub(super) fn continue_after_promise(&self, segments: &mut Segments) -> Result<(), OpenError> {
        let promised = self.facts.promised();
        let end = segments.log_end_offset;
        let Some(active) = segments.all.last_mut() else {
            if promised > end {
                return Err(OpenError::NoSegment {
                    dir: self.dir.to_path_buf(),
                    recovery_point: promised,
                });
            }
            segments.first_scanned = 0;
            return Ok(());
        };
        let damage = active.damage_at_end();
        let is_early = damage.is_some() || end < promised;
        let new_end = match &damage {
            Some(range) => promised.max(range.first_offset + 1),
            None => promised.max(end),
        };
        active.set_end_offset(new_end);
        if is_early && damage.is_none() {
            active.note_lost(end, "it ends too early".to_string());
        }
        segments.log_end_offset = new_end;
        if is_early {
            segments.all.push(self.new_segment(new_end)?);
            segments.names_changed = true;
        }
        segments.first_scanned = segments.first_scanned.min(segments.all.len());
        Ok(())
    }

    /// Replaces all segments by an empty one at the log start, if they end before it or there is
    /// none.
    pub(super) fn begin_at_log_start(&self, segments: &mut Segments) -> Result<(), OpenError> {
        let log_start_offset = self.facts.log_start_offset;
        if !segments.all.is_empty() && segments.log_end_offset >= log_start_offset {
            return Ok(());
        }
        self.remove_segments(&segments.all)?;
        segments.log_end_offset = log_start_offset;
        segments.all = vec![self.new_segment(log_start_offset)?];
        segments.names_changed = true;
        segments.first_scanned = 1;
        Ok(())
    }

    fn new_segment(&self, base_offset: i64) -> Result<Segment, OpenError> {
        let interval = self.config.index_interval_bytes;
        let disk = &self.io.disk;
        Ok(Segment::create(
            disk,
            self.dir,
            base_offset,
            interval,
            self.now_ms,
        )?)
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
                if self.io.disk.try_exists(&path)? {
                    self.io.disk.remove_file(&path)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether any of the segments holds a good batch. One that cannot be read counts as if it did, so
/// that it is not removed.
fn hold_good_batch(segments: &[Segment]) -> bool {
    let holds = |segment: &Segment| segment.holds_good_batch().unwrap_or(true);
    segments.iter().any(holds)
}
