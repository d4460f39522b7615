//! Decides which records of a batch compaction keeps, on bytes in memory.
//!
//! A batch of which nothing is removed keeps its bytes. The records that remain of any other batch
//! are written under the same header: base offset, last offset, producer and sequence do not
//! change, nor do offsets and timestamps of records.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use wire::record_batch::{
    BatchError, Compression, HEADER_LEN, LOG_OVERHEAD, NO_TIMESTAMP, Packer, RecordBatch,
    RecordBatchHeader, TimestampType, Unpacker, framed_records,
};

use super::last_records::LastRecords;
use super::offset_map::{self, Hash, OffsetMap};
use super::transactions::{Marker, Transactions};
use crate::partition_log::marker_in;
use crate::transaction_index::AbortedTransaction;

/// State of a producer that may write again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LastOfProducer {
    /// Offset of its last record; `None` if it wrote a marker after that in its epoch.
    pub(super) data_offset: Option<i64>,
    /// Its epoch.
    pub(super) epoch: i16,
}

/// What decides about records.
#[derive(Debug)]
pub(super) struct Rules {
    /// The last offset of each key, of the dirty head that was read.
    pub(super) last_offsets: OffsetMap,
    /// The same information by offset, where it is available.
    pub(super) last_records: Option<LastRecords>,
    /// End of the dirty head that was read. Batches from here on are kept as they are.
    pub(super) end: i64,
    /// State of the producers, by id; `None` if it is not known.
    pub(super) last_of_producers: Option<BTreeMap<i64, LastOfProducer>>,
    /// Tombstones are removed if their delete horizon is before this time, in ms.
    pub(super) now_ms: i64,
    /// Delete horizon, in ms, for tombstones that have none yet.
    pub(super) delete_horizon_ms: i64,
    /// Unpacked size of a batch, in bytes, at most.
    pub(super) unpacked_bytes_max: usize,
}

impl Rules {
    /// Whether no record of the batch is kept, known without reading its records.
    fn drops_all(&self, header: &RecordBatchHeader) -> bool {
        let (first, last) = (header.base_offset, header.last_offset());
        let last_records = self.last_records.as_ref();
        last_records.is_some_and(|last_records| last_records.none_in(first, last))
    }

    /// Whether the batch holds the last sequence of its producer. Then it is kept, even without
    /// records.
    fn is_last_of_producer(&self, header: &RecordBatchHeader) -> bool {
        if !header.has_producer_id() {
            return false;
        }
        // Not known, so any batch may.
        let Some(known) = &self.last_of_producers else {
            return true;
        };
        known
            .get(&header.producer_id)
            .is_some_and(|last| match last.data_offset {
                Some(offset) => header.last_offset() == offset,
                None => header.is_control() && header.producer_epoch == last.epoch,
            })
    }
}

/// Reads the batches of a log in order and writes what is kept of each.
#[derive(Debug)]
pub(super) struct Filter {
    transactions: Transactions,
    /// Aborted transactions whose marker was kept, since the last call of `take`.
    aborted_kept: Vec<AbortedTransaction>,
    unpacker: Unpacker,
    packer: Packer,
    records: Vec<Seen>,
    /// Positions of the kept records in the unpacked bytes.
    runs: Vec<Range<usize>>,
    body: Vec<u8>,
}

/// Facts about a record that decide whether it is kept.
#[derive(Clone, Copy, Debug)]
struct Seen {
    start: usize,
    end: usize,
    offset: i64,
    timestamp_delta: i64,
    has_value: bool,
    /// Its key has to be looked up in the map.
    key: Option<Hash>,
    /// No later record has its key. A record without a key never counts as the last one.
    is_last: bool,
}

/// The kept records of a batch.
#[derive(Default)]
struct Selected {
    count: i32,
    max_timestamp: i64,
    tombstones: bool,
}

impl Filter {
    pub(super) fn new(aborted: Vec<AbortedTransaction>) -> Filter {
        Filter {
            transactions: Transactions::new(aborted),
            aborted_kept: Vec::new(),
            unpacker: Unpacker::default(),
            packer: Packer::default(),
            records: Vec::new(),
            runs: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The aborted transactions whose marker was kept since the last call.
    pub(super) fn take_aborted(&mut self) -> Vec<AbortedTransaction> {
        std::mem::take(&mut self.aborted_kept)
    }

    /// Appends to `out` what is kept of a batch, whose checksum is right. Returns its new header.
    ///
    /// With `must_stay`, a batch without records is written if no record is kept.
    ///
    /// # Errors
    /// If the records cannot be unpacked, or their fields do not fit.
    pub(super) fn keep(
        &mut self,
        rules: &Rules,
        header: &RecordBatchHeader,
        bytes: &[u8],
        must_stay: bool,
        out: &mut Vec<u8>,
    ) -> Result<Option<RecordBatchHeader>, BatchError> {
        let must_stay = must_stay || rules.is_last_of_producer(header);
        if header.is_control() {
            return Ok(self.keep_control(rules, header, bytes, must_stay, out));
        }
        let is_aborted = self.transactions.on_batch(header);
        if header.base_offset >= rules.end {
            out.extend_from_slice(bytes);
            return Ok(Some(*header));
        }
        if is_aborted || header.record_count == 0 || rules.drops_all(header) {
            return Ok(empty(header, must_stay, out));
        }
        let compression = header.compression()?;
        let packed = &bytes[HEADER_LEN..];
        let body = match compression {
            Compression::None => packed,
            _ => self
                .unpacker
                .unpack(compression, packed, rules.unpacked_bytes_max)?,
        };
        let selected = select(rules, header, body, &mut self.records, &mut self.runs)?;
        if selected.count == 0 {
            return Ok(empty(header, must_stay, out));
        }
        let meets_tombstones = selected.tombstones
            && header.delete_horizon_ms().is_none()
            && header.last_offset() < rules.end;
        if selected.count == header.record_count && !meets_tombstones {
            out.extend_from_slice(bytes);
            return Ok(Some(*header));
        }
        let mut kept = *header;
        kept.record_count = selected.count;
        if header.timestamp_type() == TimestampType::CreateTime {
            kept.max_timestamp = selected.max_timestamp;
        }
        self.body.clear();
        if meets_tombstones {
            kept.set_delete_horizon_ms(rules.delete_horizon_ms);
            move_records(header, &kept, body, &self.runs, &mut self.body)?;
        } else {
            for run in &self.runs {
                self.body.extend_from_slice(&body[run.clone()]);
            }
        }
        put(kept, compression, &self.body, &mut self.packer, out).map(Some)
    }

    /// Compaction does not compare the keys of markers. A marker is removed when nothing of its
    /// transaction is left and its delete horizon has passed.
    fn keep_control(
        &mut self,
        rules: &Rules,
        header: &RecordBatchHeader,
        bytes: &[u8],
        must_stay: bool,
        out: &mut Vec<u8>,
    ) -> Option<RecordBatchHeader> {
        let marker = marker_in(&RecordBatch {
            header: *header,
            bytes: Bytes::copy_from_slice(bytes),
        });
        let of = marker.map(|marker| self.transactions.on_marker(header, &marker));
        if let Some(Marker::WithRecords(Some(aborted))) = of {
            self.aborted_kept.push(aborted);
        }
        if header.base_offset < rules.end && !must_stay {
            if header.record_count == 0 {
                return None;
            }
            match (of, header.delete_horizon_ms()) {
                (Some(Marker::WithoutRecords), Some(horizon)) if horizon <= rules.now_ms => {
                    return None;
                }
                (Some(Marker::WithoutRecords), None) => {
                    if let Some(kept) = self.write_with_horizon(rules, header, bytes, out) {
                        return Some(kept);
                    }
                }
                _ => {}
            }
        }
        out.extend_from_slice(bytes);
        Some(*header)
    }

    /// Writes the batch of a marker with a delete horizon. Returns `None` and writes nothing if it
    /// is not a marker as Vltava or Kafka writes it: then it is kept as it is.
    fn write_with_horizon(
        &mut self,
        rules: &Rules,
        header: &RecordBatchHeader,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<RecordBatchHeader> {
        if header.compression() != Ok(Compression::None) {
            return None;
        }
        let body = &bytes[HEADER_LEN..];
        let mut kept = *header;
        kept.set_delete_horizon_ms(rules.delete_horizon_ms);
        self.body.clear();
        let all = [Range {
            start: 0,
            end: body.len(),
        }];
        move_records(header, &kept, body, &all, &mut self.body).ok()?;
        put(kept, Compression::None, &self.body, &mut self.packer, out).ok()
    }
}

/// Finds the kept records. Their positions go to `runs`; adjacent records form one run.
///
/// Works in three rounds, so that the processor can wait for many places of the map at once:
/// fields and hashes, the map, the decisions.
fn select(
    rules: &Rules,
    header: &RecordBatchHeader,
    body: &[u8],
    records: &mut Vec<Seen>,
    runs: &mut Vec<Range<usize>>,
) -> Result<Selected, BatchError> {
    runs.clear();
    records.clear();
    for record in framed_records(header, body) {
        let record = record?;
        let delta = i64::from(record.offset_delta);
        let offset = header.base_offset.saturating_add(delta);
        let last_records = rules.last_records.as_ref();
        let is_last = last_records.and_then(|last_records| last_records.get(offset));
        records.push(Seen {
            start: record.start,
            end: record.end,
            offset,
            timestamp_delta: record.timestamp_delta,
            has_value: record.has_value,
            key: match is_last {
                Some(_) => None,
                None => record.key.map(offset_map::hash),
            },
            is_last: is_last.unwrap_or(false),
        });
    }
    for record in records.iter_mut() {
        if let Some(key) = record.key {
            let last = rules.last_offsets.get(key);
            record.is_last = last.is_none_or(|last| record.offset >= last);
        }
    }
    let horizon_passed = header
        .delete_horizon_ms()
        .is_some_and(|horizon| horizon <= rules.now_ms);
    let mut selected = Selected {
        max_timestamp: NO_TIMESTAMP,
        ..Selected::default()
    };
    for record in records.iter() {
        let stays =
            record.offset >= rules.end || record.is_last && (record.has_value || !horizon_passed);
        if !stays {
            continue;
        }
        selected.count += 1;
        selected.tombstones |= !record.has_value;
        let timestamp = header.base_timestamp.saturating_add(record.timestamp_delta);
        selected.max_timestamp = selected.max_timestamp.max(timestamp);
        match runs.last_mut() {
            Some(run) if run.end == record.start => run.end = record.end,
            _ => runs.push(record.start..record.end),
        }
    }
    Ok(selected)
}

/// Copies the records in `runs` from a batch with one header to a batch with another base
/// timestamp.
fn move_records(
    from: &RecordBatchHeader,
    to: &RecordBatchHeader,
    body: &[u8],
    runs: &[Range<usize>],
    out: &mut Vec<u8>,
) -> Result<(), BatchError> {
    let mut runs = runs.iter().peekable();
    for record in framed_records(from, body) {
        let record = record?;
        while runs.next_if(|run| run.end <= record.start).is_some() {}
        if runs.peek().is_some_and(|run| run.contains(&record.start)) {
            let timestamp = from.base_timestamp.wrapping_add(record.timestamp_delta);
            record.put_with_timestamp_delta(out, timestamp.wrapping_sub(to.base_timestamp));
        }
    }
    Ok(())
}

/// Writes a batch. Returns its header with length and checksum.
fn put(
    mut header: RecordBatchHeader,
    compression: Compression,
    body: &[u8],
    packer: &mut Packer,
    out: &mut Vec<u8>,
) -> Result<RecordBatchHeader, BatchError> {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_LEN]);
    packer.pack(compression, body, out);
    let len = out.len() - start;
    header.batch_length =
        i32::try_from(len - LOG_OVERHEAD).map_err(|_| BatchError::OverBudget {
            budget: i32::MAX as usize,
        })?;
    header.seal(&out[start + HEADER_LEN..]);
    out[start..start + HEADER_LEN].copy_from_slice(&header.to_bytes());
    Ok(header)
}

fn empty(
    header: &RecordBatchHeader,
    must_stay: bool,
    out: &mut Vec<u8>,
) -> Option<RecordBatchHeader> {
    if !must_stay {
        return None;
    }
    let mut header = *header;
    header.set_empty();
    out.extend_from_slice(&header.to_bytes());
    Some(header)
}

#[cfg(test)]
mod tests;
