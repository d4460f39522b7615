//! What stays of a batch: the rules of compaction, on bytes in memory.
//!
//! A batch of which nothing is dropped stays as it is, to the byte. Of any other the records that
//! stay are put together anew under the same header: base offset, last offset, producer and
//! sequence do not change, nor does a record's offset or time.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use wire::record_batch::{
    BatchError, Compression, HEADER_LEN, LOG_OVERHEAD, NO_TIMESTAMP, Packer, RecordBatch,
    RecordBatchHeader, TimestampType, Unpacker, framed_records,
};

use super::offset_map::{self, Hash, OffsetMap};
use super::survivors::Survivors;
use super::transactions::{Marker, Transactions};
use crate::partition_log::marker_in;
use crate::transaction_index::AbortedTransaction;

/// What is known of a producer that may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LastOfProducer {
    /// Offset of its last record; `None` if the last thing of its epoch is a marker.
    pub(super) data_offset: Option<i64>,
    /// Its epoch.
    pub(super) epoch: i16,
}

/// What decides on records.
#[derive(Debug)]
pub(super) struct Rules {
    /// The last offset of each key, as far as it was looked at.
    pub(super) last_offsets: OffsetMap,
    /// The same by offset, where that is known.
    pub(super) survivors: Option<Survivors>,
    /// How far that was; batches from here on stay as they are.
    pub(super) end: i64,
    /// By producer id; `None` if that is not known.
    pub(super) last_of_producers: Option<BTreeMap<i64, LastOfProducer>>,
    /// Tombstones whose delete horizon has come go.
    pub(super) now_ms: i64,
    /// The delete horizon of tombstones that have none yet.
    pub(super) delete_horizon_ms: i64,
    /// Bytes a batch may unpack to.
    pub(super) unpacked_bytes_max: usize,
}

impl Rules {
    /// Whether it is known, without a look at its records, that none of the batch stays.
    fn drops_all(&self, header: &RecordBatchHeader) -> bool {
        let (first, last) = (header.base_offset, header.last_offset());
        let survivors = self.survivors.as_ref();
        survivors.is_some_and(|survivors| survivors.none_in(first, last))
    }

    /// Whether the batch says where its producer stands, and so stays even without records.
    fn is_last_of_producer(&self, header: &RecordBatchHeader) -> bool {
        if !header.has_producer_id() {
            return false;
        }
        // Any may be.
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

/// Goes over the batches of a log in order and writes what stays of each.
#[derive(Debug)]
pub(super) struct Filter {
    transactions: Transactions,
    /// Aborted transactions whose marker stayed, since they were last taken.
    aborted_kept: Vec<AbortedTransaction>,
    unpacker: Unpacker,
    packer: Packer,
    records: Vec<Seen>,
    /// Where in the unpacked bytes the records lie that stay.
    runs: Vec<Range<usize>>,
    body: Vec<u8>,
}

/// What there is to know of a record for the decision about it.
#[derive(Clone, Copy, Debug)]
struct Seen {
    start: usize,
    end: usize,
    offset: i64,
    timestamp_delta: i64,
    has_value: bool,
    /// Of a key that has to be looked up.
    key: Option<Hash>,
    /// Whether no later record has its key. A record without one is none.
    is_last: bool,
}

/// The records of a batch that stay.
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

    /// The aborted transactions whose marker stayed since the last call.
    pub(super) fn take_aborted(&mut self) -> Vec<AbortedTransaction> {
        std::mem::take(&mut self.aborted_kept)
    }

    /// Appends to `out` what stays of a batch, whose checksum is right; its header then.
    ///
    /// With `must_stay` an empty batch is left if nothing else is.
    ///
    /// # Errors
    /// When the records cannot be unpacked or are not framed rightly.
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

    /// A marker has no key in the sense of compaction. It goes when nothing of its transaction is
    /// left and the time has come that is given to it once that is so.
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
        if let Some(Marker::OfSomething(Some(aborted))) = of {
            self.aborted_kept.push(aborted);
        }
        if header.base_offset < rules.end && !must_stay {
            if header.record_count == 0 {
                return None;
            }
            match (of, header.delete_horizon_ms()) {
                (Some(Marker::OfNothing), Some(horizon)) if horizon <= rules.now_ms => {
                    return None;
                }
                (Some(Marker::OfNothing), None) => {
                    if let Some(kept) = self.give_horizon(rules, header, bytes, out) {
                        return Some(kept);
                    }
                }
                _ => {}
            }
        }
        out.extend_from_slice(bytes);
        Some(*header)
    }

    /// Writes a marker's batch with a delete horizon. `None`, and nothing, if it is not framed
    /// as a marker of ours or Kafka's: then it stays as it is.
    fn give_horizon(
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

/// Finds the records that stay: where they lie goes to `runs`, neighbours as one.
///
/// In three rounds, so that the processor waits for many places of the map at once: framing and
/// hashes, the map, the decisions.
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
        let survivors = rules.survivors.as_ref();
        let is_last = survivors.and_then(|survivors| survivors.get(offset));
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

/// Copies the records in `runs` from below one header to below another, with its base timestamp.
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

/// Writes a batch; its header with length and checksum.
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
