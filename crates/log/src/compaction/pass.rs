//! One pass of compaction over a log, in steps.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::{Disk, File};
use wire::record_batch::{BatchError, Compression, HEADER_LEN, Unpacker, framed_records};

use super::cleaned::{CleanedSegment, Writer};
use super::filter::{Filter, LastOfProducer, Rules};
use super::offset_map::OffsetMap;
use super::plan::{self, Cleanable, Extent};
use super::reader::SegmentReader;
use super::suspect::CompactionError;
use super::transactions::Transactions;
use crate::batch_scan::Located;
use crate::error::ReadError;
use crate::file_name::{FileKind, file_name};
use crate::partition_log::Log;
use crate::producer_snapshot;
use crate::read::LogReader;
use crate::segment::Segment;
use crate::transaction_index::AbortedTransaction;

/// Resources that a pass may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompactionLimits {
    /// `log.cleaner.dedupe.buffer.size` of one thread: bytes for the map of keys. A pass allocates
    /// no more than the dirty records need. When the map is complete, up to an eighth of it is
    /// allocated in addition.
    pub map_bytes: usize,
    /// `log.cleaner.io.buffer.load.factor`: how full the map may become, from 0 to 1.
    pub map_load_factor: f64,
    /// Bytes read at once; about the work of one step.
    pub read_bytes: usize,
}

impl Default for CompactionLimits {
    /// Kafka's defaults.
    fn default() -> CompactionLimits {
        CompactionLimits {
            map_bytes: 128 << 20,
            map_load_factor: 0.9,
            read_bytes: 512 << 10,
        }
    }
}

/// Result of a step.
#[derive(Debug)]
pub enum Step {
    /// This many bytes were read and written; there is more to do.
    Worked(u64),
    /// A segment is ready for [`Log::replace_segments`]; there is more to do.
    Ready(CleanedSegment),
    /// The pass is complete. All ready segments must be in place before the cleaner point is
    /// checkpointed.
    Done(Compacted),
}

/// Result of a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// The new cleaner point: the dirty head begins here.
    pub cleaner_point: i64,
    /// Not all keys did fit into the map: another pass has to continue.
    pub map_was_full: bool,
    /// Keys in the map.
    pub keys: usize,
    /// Bytes of the segments that were read.
    pub bytes_before: u64,
    /// Bytes of the segments that were written.
    pub bytes_after: u64,
}

/// A pass over a log. Dropped before its end, it leaves the log as it is.
#[derive(Debug)]
pub struct Compaction {
    log: u64,
    disk: Disk,
    dir: PathBuf,
    segment_bytes: u64,
    segment_index_bytes: u64,
    index_interval_bytes: u64,
    limits: CompactionLimits,
    /// Closed segments, from the first one to the end of the dirty head.
    sources: Vec<Source>,
    /// Held so that the files of the sources are not cut when they are deleted meanwhile.
    _files: Vec<File>,
    first_dirty: i64,
    aborted: Vec<AbortedTransaction>,
    rules: Rules,
    done: Compacted,
    phase: Phase,
}

/// A segment to be compacted.
#[derive(Clone, Copy, Debug)]
struct Source {
    extent: Extent,
    modified_ms: i64,
}

#[derive(Debug)]
enum Phase {
    Beginning(Box<Beginning>),
    Mapping(Box<Mapping>),
    Copying(Box<Copying>),
    Done,
}

/// Before the first phase: read what the log knows about transactions and producers.
#[derive(Debug)]
struct Beginning {
    reader: LogReader<'static>,
    /// Ids of the producers that the log knows.
    producers: BTreeSet<i64>,
}

/// First phase: find the last offset of each key.
#[derive(Debug)]
struct Mapping {
    /// Index of the segment that is being read, in `sources`.
    at: usize,
    reader: Option<SegmentReader>,
    transactions: Transactions,
    unpacker: Unpacker,
}

/// Second phase: copy what is kept; as many segments become one as fit.
#[derive(Debug)]
struct Copying {
    /// Index of the first segment of the next group, in `sources`.
    next: usize,
    current: Option<Group>,
    filter: Filter,
}

/// Segments that become one.
#[derive(Debug)]
struct Group {
    start: usize,
    /// Index after the last one. Grows while there is room.
    end: usize,
    /// Index of the segment that is being read.
    at: usize,
    reader: Option<SegmentReader>,
    writer: Writer,
}

impl Log {
    /// Whether the active segment has to be rolled, because a record in it is older than
    /// `max.compaction.lag.ms`.
    ///
    /// # Errors
    /// Errors of reading what [`Log::prepare_append`] reads.
    pub fn rolls_for_compaction(&self, high_watermark: i64, now_ms: i64) -> Result<bool> {
        let lag_ms = self.config.compaction_lag_max_ms;
        let is_committed = self.log_end_offset <= high_watermark;
        if lag_ms == i64::MAX || self.active().size() == 0 || !is_committed {
            return Ok(false);
        }
        Ok(self.failure().is_none() && self.active().age_ms(now_ms, now_ms)? > lag_ms)
    }

    /// Finds what can be compacted below `bound`. `cleaner_point` is the one in the checkpoint, if there
    /// is one. Offsets below `bound` are below the high watermark and below
    /// the recovery point.
    ///
    /// # Errors
    /// Errors of reading indexes and first batches.
    pub fn cleanable(
        &mut self,
        cleaner_point: Option<i64>,
        bound: i64,
        now_ms: i64,
    ) -> Result<Cleanable> {
        let first_dirty =
            plan::first_dirty(cleaner_point, self.log_start_offset, self.log_end_offset);
        // A damaged range must not be compacted away. Its records may have been the last of their
        // keys.
        let damaged = self.segments.iter().find(|segment| segment.is_damaged());
        let damaged = damaged.map(Segment::base_offset);
        let intact = damaged.unwrap_or(i64::MAX);
        let bound = self.last_stable_offset(bound).min(intact);
        let facts = self.segment_facts()?;
        let dirty = plan::dirty_segments(&facts, &self.config, first_dirty, bound, now_ms);
        let mut oldest_ms = None;
        if self.config.compaction_lag_max_ms < i64::MAX {
            for segment in &self.segments[dirty.clone()] {
                let first = segment.first_timestamp()?.filter(|first| *first >= 0);
                oldest_ms = oldest_ms.into_iter().chain(first).min();
            }
        }
        let found = plan::cleanable(&facts, dirty, &self.config, first_dirty, oldest_ms, now_ms);
        Ok(Cleanable {
            held_back: damaged.is_some(),
            ..found
        })
    }

    /// Begins a pass over what [`Log::cleanable`] has found, in the same use of the log. Reads nothing.
    ///
    /// The recovery point must be checkpointed before: the redo log may hold records that the pass
    /// removes, and a start after a crash would put them back.
    ///
    /// # Errors
    /// Errors of looking up largest timestamps. [`Log::cleanable`] has looked them up before.
    pub fn compact(
        &self,
        cleanable: &Cleanable,
        limits: CompactionLimits,
        now_ms: i64,
    ) -> Result<Compaction> {
        let facts = self.segment_facts()?;
        let sources: Vec<Source> = facts[..facts.len() - 1]
            .iter()
            .take_while(|segment| segment.next_offset <= cleanable.end)
            .map(|segment| Source {
                extent: Extent {
                    base_offset: segment.base_offset,
                    next_offset: segment.next_offset,
                    size: segment.size,
                    index_size: 0,
                },
                modified_ms: segment.modified_ms,
            })
            .collect();
        let first = sources
            .first()
            .map_or(cleanable.end, |s| s.extent.base_offset);
        let dirty = cleanable.end.saturating_sub(cleanable.first_dirty).max(0);
        let rules = Rules {
            last_offsets: OffsetMap::new(limits.map_bytes, limits.map_load_factor, dirty as u64),
            last_records: None,
            end: cleanable.end,
            last_of_producers: None,
            now_ms,
            delete_horizon_ms: now_ms.saturating_add(self.config.delete_retention_ms),
            unpacked_bytes_max: self.config.rules.unpacked_bytes_max,
        };
        let beginning = Beginning {
            reader: self.reader().detached(first),
            producers: self.producers.producers().keys().copied().collect(),
        };
        Ok(Compaction {
            log: self.id,
            disk: self.io.disk.clone(),
            dir: self.dir.clone(),
            segment_bytes: self.config.segment_bytes,
            segment_index_bytes: self.config.segment_index_bytes,
            index_interval_bytes: self.config.index_interval_bytes,
            limits,
            _files: self.segments.iter().map(|s| s.file().clone()).collect(),
            sources,
            first_dirty: cleanable.first_dirty,
            aborted: Vec::new(),
            rules,
            done: Compacted::default(),
            phase: Phase::Beginning(Box::new(beginning)),
        })
    }
}

impl Compaction {
    /// The partition's directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Does one piece of the work. Blocks on the disk.
    ///
    /// # Errors
    /// See [`CompactionError`]. The pass is over then.
    pub fn step(&mut self) -> std::result::Result<Step, CompactionError> {
        match std::mem::replace(&mut self.phase, Phase::Done) {
            Phase::Beginning(beginning) => self.begin(&beginning),
            Phase::Mapping(mapping) => self.map(mapping),
            Phase::Copying(copying) => self.copy(copying),
            Phase::Done => Ok(Step::Done(self.done)),
        }
    }

    fn begin(&mut self, log: &Beginning) -> std::result::Result<Step, CompactionError> {
        let first = self.sources.first();
        let first = first.map_or(self.rules.end, |source| source.extent.base_offset);
        self.aborted = match log.reader.aborted_transactions(first, self.rules.end) {
            _ if log.reader.is_retired() => {
                let message = "a segment was deleted meanwhile";
                return Err(Error::new(ErrorKind::NotFound, message).into());
            }
            Ok(aborted) => aborted,
            Err(ReadError::Disk(error)) => return Err(error.into()),
            Err(other) => return Err(Error::other(other.to_string()).into()),
        };
        self.rules.last_of_producers = self.last_of_producers(&log.producers)?;
        let first_dirty = self.first_dirty;
        let is_clean = |source: &Source| source.extent.next_offset <= first_dirty;
        self.phase = Phase::Mapping(Box::new(Mapping {
            at: self.sources.partition_point(is_clean),
            reader: None,
            transactions: Transactions::new(self.aborted.clone()),
            unpacker: Unpacker::default(),
        }));
        Ok(Step::Worked(0))
    }

    /// State of the producers at the end of the dirty head, where a segment begins; only the
    /// producers in `active`. Batches after it may not be synced and do not count.
    ///
    /// `None` if there is no snapshot at that offset.
    fn last_of_producers(
        &self,
        active: &BTreeSet<i64>,
    ) -> Result<Option<BTreeMap<i64, LastOfProducer>>> {
        let path = self.path(self.rules.end, FileKind::Snapshot);
        let content = match self.disk.read(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let state = match producer_snapshot::decode(&content) {
            Ok(state) => state,
            Err(error) => {
                tracing::warn!("{}: {error}; compacting without it", path.display());
                return Ok(None);
            }
        };
        let known = state.producers().iter();
        let last = known
            .filter(|(id, _)| active.contains(id))
            .map(|(id, producer)| {
                let last = LastOfProducer {
                    data_offset: producer.batches.back().map(|batch| batch.last_offset),
                    epoch: producer.epoch,
                };
                (*id, last)
            });
        Ok(Some(last.collect()))
    }

    fn map(&mut self, mut mapping: Box<Mapping>) -> std::result::Result<Step, CompactionError> {
        let mut worked = 0;
        while worked < self.limits.read_bytes as u64 {
            let Some(source) = self.sources.get(mapping.at) else {
                return Ok(self.begin_copying(worked));
            };
            let reader = match &mut mapping.reader {
                Some(reader) => reader,
                none => none.insert(self.open(&source.extent)?),
            };
            let Some(batch) = reader.next()? else {
                mapping.reader = None;
                mapping.at += 1;
                continue;
            };
            worked += batch.header.total_len() as u64;
            if batch.header.last_offset() < self.first_dirty || batch.header.is_control() {
                continue;
            }
            if mapping.transactions.on_batch(&batch.header) || batch.header.record_count == 0 {
                continue;
            }
            let bytes = reader.bytes(&batch)?;
            let noted = note_keys(
                &mut self.rules,
                self.first_dirty,
                &batch,
                bytes,
                &mut mapping.unpacker,
            );
            let full_at =
                noted.map_err(|error| reader.invalid_batch(&batch, &error.to_string()))?;
            if let Some(offset) = full_at {
                self.rules.end = offset;
                self.done.map_was_full = true;
                return Ok(self.begin_copying(worked));
            }
        }
        self.phase = Phase::Mapping(mapping);
        Ok(Step::Worked(worked))
    }

    /// The segments to copy: up to the one in which the map ends.
    fn begin_copying(&mut self, worked: u64) -> Step {
        let end = self.rules.end;
        self.done.cleaner_point = end;
        self.done.keys = self.rules.last_offsets.len();
        self.rules.last_records = self.rules.last_offsets.last_records(self.first_dirty..end);
        self.sources
            .retain(|source| source.extent.base_offset < end);
        for at in 0..self.sources.len() {
            let base_offset = self.sources[at].extent.base_offset;
            for kind in [FileKind::Index, FileKind::TimeIndex] {
                // A missing index is rebuilt when it is needed.
                let len = self.disk.metadata(&self.path(base_offset, kind));
                let index_size = &mut self.sources[at].extent.index_size;
                *index_size = len.map_or(0, |facts| facts.len).max(*index_size);
            }
        }
        self.phase = Phase::Copying(Box::new(Copying {
            next: 0,
            current: None,
            filter: Filter::new(std::mem::take(&mut self.aborted)),
        }));
        Step::Worked(worked)
    }

    fn copy(&mut self, mut copying: Box<Copying>) -> std::result::Result<Step, CompactionError> {
        let mut group = match copying.current.take() {
            Some(group) => group,
            None if copying.next == self.sources.len() => return Ok(Step::Done(self.done)),
            None => self.begin_group(copying.next)?,
        };
        let mut worked = 0;
        while worked < self.limits.read_bytes as u64 {
            let reader = match &mut group.reader {
                Some(reader) => reader,
                none => none.insert(self.open(&self.sources[group.at].extent)?),
            };
            let Some(batch) = reader.next()? else {
                group.reader = None;
                group.at += 1;
                if group.at == group.end {
                    copying.next = group.end;
                    let ready = self.finish_group(group)?;
                    self.phase = Phase::Copying(copying);
                    return Ok(Step::Ready(ready));
                }
                continue;
            };
            let header = &batch.header;
            let mut must_stay = false;
            if group.at + 1 == group.end && reader.is_last(&batch) {
                let size = group.writer.size() + header.total_len() as u64;
                must_stay = !self.grow(&mut group.end, group.start, size, &group.writer);
            }
            let out = group.writer.out();
            let from = out.len();
            let kept = copying
                .filter
                .keep(&self.rules, header, reader.bytes(&batch)?, must_stay, out)
                .map_err(|error| reader.invalid_batch(&batch, &error.to_string()))?;
            worked += header.total_len() as u64;
            if let Some(kept) = kept {
                worked += kept.total_len() as u64;
                group.writer.note(&kept, from)?;
                group.writer.add_aborted(copying.filter.take_aborted());
            }
        }
        copying.current = Some(group);
        self.phase = Phase::Copying(copying);
        Ok(Step::Worked(worked))
    }

    fn begin_group(&self, start: usize) -> Result<Group> {
        let base_offset = self.sources[start].extent.base_offset;
        let writer = Writer::create(
            &self.disk,
            &self.dir,
            base_offset,
            self.index_interval_bytes,
        )?;
        let mut end = start + 1;
        if self.sources[start].extent.size == 0 {
            self.grow(&mut end, start, 0, &writer);
        }
        Ok(Group {
            start,
            end,
            at: start,
            reader: None,
            writer,
        })
    }

    /// Adds the next segments to the group if there is room for them after `size` bytes, up to one
    /// that has batches. Returns whether there was one.
    fn grow(&self, end: &mut usize, start: usize, size: u64, writer: &Writer) -> bool {
        let first = &self.sources[start].extent;
        let written = Extent {
            size,
            index_size: writer.index_size(),
            ..*first
        };
        while let Some(next) = self.sources.get(*end) {
            let (bytes, index_bytes) = (self.segment_bytes, self.segment_index_bytes);
            if !plan::joins(&written, *end - start, &next.extent, bytes, index_bytes) {
                break;
            }
            *end += 1;
            if next.extent.size > 0 {
                return true;
            }
        }
        false
    }

    fn finish_group(&mut self, group: Group) -> Result<CleanedSegment> {
        let members = &self.sources[group.start..group.end];
        let size = group.writer.size();
        let mut with_transactions = false;
        for source in members {
            let path = self.path(source.extent.base_offset, FileKind::TransactionIndex);
            with_transactions |= self.disk.try_exists(&path)?;
        }
        let ready = CleanedSegment {
            log: self.log,
            base_offset: members[0].extent.base_offset,
            replaces: members.iter().map(|s| s.extent.base_offset).collect(),
            size,
            modified_ms: members.iter().map(|s| s.modified_ms).max().unwrap_or(0),
            files: group.writer.finish(with_transactions)?,
        };
        self.done.bytes_before += members.iter().map(|s| s.extent.size).sum::<u64>();
        self.done.bytes_after += size;
        Ok(ready)
    }

    fn open(&self, source: &Extent) -> Result<SegmentReader> {
        SegmentReader::open(
            &self.disk,
            self.path(source.base_offset, FileKind::Log),
            source,
            self.limits.read_bytes.max(HEADER_LEN),
            self.rules.unpacked_bytes_max,
        )
    }

    fn path(&self, base_offset: i64, kind: FileKind) -> PathBuf {
        self.dir.join(file_name(base_offset, kind))
    }
}

/// Adds the keys of a batch to the map. Returns the offset for which there was no room, if any.
fn note_keys(
    rules: &mut Rules,
    first_dirty: i64,
    batch: &Located,
    bytes: &[u8],
    unpacker: &mut Unpacker,
) -> std::result::Result<Option<i64>, BatchError> {
    let header = &batch.header;
    let packed = &bytes[HEADER_LEN..];
    let body = match header.compression()? {
        Compression::None => packed,
        compression => unpacker.unpack(compression, packed, rules.unpacked_bytes_max)?,
    };
    for record in framed_records(header, body) {
        let record = record?;
        let delta = record.offset_delta;
        if !(0..=header.last_offset_delta).contains(&delta) {
            return Err(BatchError::Record {
                index: delta,
                what: "its offset lies outside of the batch",
            });
        }
        let offset = header.base_offset + i64::from(delta);
        let Some(key) = record.key.filter(|_| offset >= first_dirty) else {
            continue;
        };
        if !rules.last_offsets.put(key, offset) {
            return Ok(Some(offset));
        }
    }
    Ok(None)
}
