//! Records of a batch, as slices of its bytes.

use std::borrow::Cow;

use bytes::Bytes;

use super::error::BatchError;
use super::header::{RecordBatchHeader, TimestampType};
use super::varint::{ByteReader, Cursor};

/// A header of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// The name: UTF-8 by convention, not checked.
    pub key: Bytes,
    /// The value, if any.
    pub value: Option<Bytes>,
}

impl RecordHeader {
    /// The name as text; bytes that are not UTF-8 become U+FFFD, as in Kafka's own clients.
    pub fn key_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.key)
    }
}

/// One record. Key, value and headers are slices of the batch's (unpacked) bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its offset in the partition.
    pub offset: i64,
    /// Its timestamp in ms: the producer's, or the append time of the batch.
    pub timestamp: i64,
    /// Which of the two the timestamp is.
    pub timestamp_type: TimestampType,
    /// The key, if any.
    pub key: Option<Bytes>,
    /// The value; `None` is a tombstone on a compacted topic.
    pub value: Option<Bytes>,
    /// The headers, in order; names may repeat.
    pub headers: Vec<RecordHeader>,
}

/// Iterator over the records of one batch; see `RecordBatch::records`.
///
/// Returns as many records as the header says, or ends with one error. Bytes that are left over
/// after the last record are an error, too.
#[derive(Clone, Debug)]
pub struct Records {
    body: Bytes,
    at: usize,
    index: i32,
    count: i32,
    base_offset: i64,
    base_timestamp: i64,
    append_time: Option<i64>,
}

impl Records {
    pub(super) fn new(header: &RecordBatchHeader, body: Bytes) -> Records {
        Records {
            body,
            at: 0,
            index: 0,
            count: header.record_count.max(0),
            base_offset: header.base_offset,
            base_timestamp: header.base_timestamp,
            append_time: match header.timestamp_type() {
                TimestampType::CreateTime => None,
                TimestampType::LogAppendTime => Some(header.max_timestamp),
            },
        }
    }

    fn read_one(&mut self) -> Result<Record, &'static str> {
        let frame = RecordFrame::read(&mut Cursor::new(&self.body, self.at))?;
        self.at = frame.end;
        let slice = |(from, to): (usize, usize)| self.body.slice(from..to);
        let mut headers = Vec::with_capacity(frame.header_count);
        let mut cursor = Cursor::new(&self.body[..frame.end], frame.headers_at);
        for _ in 0..frame.header_count {
            let name_len = cursor.varint()?;
            let key = slice(cursor.skip(name_len)?);
            let value = cursor.nullable()?.map(slice);
            headers.push(RecordHeader { key, value });
        }
        Ok(Record {
            offset: self
                .base_offset
                .saturating_add(i64::from(frame.offset_delta)),
            timestamp: self
                .append_time
                .unwrap_or(self.base_timestamp.saturating_add(frame.timestamp_delta)),
            timestamp_type: match self.append_time {
                None => TimestampType::CreateTime,
                Some(_) => TimestampType::LogAppendTime,
            },
            key: frame.key.map(slice),
            value: frame.value.map(slice),
            headers,
        })
    }

    fn fail(&mut self, what: &'static str) -> Option<Result<Record, BatchError>> {
        let index = self.index;
        self.at = self.body.len();
        self.index = self.count;
        Some(Err(BatchError::Record { index, what }))
    }
}

impl Iterator for Records {
    type Item = Result<Record, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.index == self.count {
            if self.at < self.body.len() {
                return self.fail("bytes are left over after the last record");
            }
            return None;
        }
        match self.read_one() {
            Ok(record) => {
                self.index += 1;
                Some(Ok(record))
            }
            Err(what) => self.fail(what),
        }
    }
}

/// See [`RecordBatch::find_time`](super::RecordBatch::find_time).
pub(super) fn find_time(
    header: &RecordBatchHeader,
    reader: &mut impl ByteReader,
    mut matches: impl FnMut(i64, i64) -> bool,
) -> Result<Option<(i64, i64)>, BatchError> {
    for index in 0..header.record_count {
        let frame = RecordFrame::read(reader).map_err(|what| BatchError::Record { index, what })?;
        let offset = header
            .base_offset
            .saturating_add(i64::from(frame.offset_delta));
        let timestamp = match header.timestamp_type() {
            TimestampType::CreateTime => {
                header.base_timestamp.saturating_add(frame.timestamp_delta)
            }
            TimestampType::LogAppendTime => header.max_timestamp,
        };
        if matches(timestamp, offset) {
            return Ok(Some((timestamp, offset)));
        }
    }
    Ok(None)
}

/// Positions of the fields of a record. Every bound is checked; nothing is copied or allocated.
pub(super) struct RecordFrame {
    pub(super) timestamp_delta: i64,
    pub(super) offset_delta: i32,
    pub(super) key: Option<(usize, usize)>,
    pub(super) value: Option<(usize, usize)>,
    pub(super) header_count: usize,
    pub(super) headers_at: usize,
    pub(super) end: usize,
}

impl RecordFrame {
    /// Reads the fields of the next record, including its headers.
    pub(super) fn read(reader: &mut impl ByteReader) -> Result<RecordFrame, &'static str> {
        let len = reader.varint()?;
        let end = reader.end_of(len)?;
        let end_of_all = reader.end_at(end);
        reader.u8()?; // Attributes of a record: none are defined.
        let timestamp_delta = reader.varlong()?;
        let offset_delta = reader.varint()?;
        let key = reader.nullable()?;
        let value = reader.nullable()?;
        let count = reader.varint()?;
        let header_count = usize::try_from(count).map_err(|_| "header count is negative")?;
        // A header has at least two bytes. A larger count is wrong, and is refused before memory
        // is allocated for it.
        if header_count > reader.remaining() / 2 {
            return Err("header count exceeds the record");
        }
        let headers_at = reader.at();
        for _ in 0..header_count {
            let name_len = reader.varint()?;
            reader.skip(name_len)?;
            reader.nullable()?;
        }
        if reader.at() != end {
            return Err("length does not match its fields");
        }
        reader.end_at(end_of_all);
        Ok(RecordFrame {
            timestamp_delta,
            offset_delta,
            key,
            value,
            header_count,
            headers_at,
            end,
        })
    }
}
