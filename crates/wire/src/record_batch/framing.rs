//! Records as ranges of the unpacked bytes of a batch, for compaction, which keeps some of them.
//!
//! Nothing is copied or allocated; values and headers are skipped. The bytes of a record can be
//! copied unchanged to another batch with the same base offset and base timestamp.

use bytes::BufMut;

use super::error::BatchError;
use super::header::RecordBatchHeader;
use super::varint::{self, ByteReader, Cursor};

/// The position of one record in the batch.
#[derive(Clone, Copy, Debug)]
pub struct FramedRecord<'a> {
    /// Its offset, relative to the base offset of the batch.
    pub offset_delta: i32,
    /// Its timestamp, relative to the base timestamp of the batch, in ms.
    pub timestamp_delta: i64,
    /// The key, if any.
    pub key: Option<&'a [u8]>,
    /// Whether it has a value. A record with a key and without a value is a tombstone.
    pub has_value: bool,
    /// Its first byte in the unpacked bytes.
    pub start: usize,
    /// Its end.
    pub end: usize,
    /// The attributes, which come before the timestamp delta.
    attributes: u8,
    /// The fields after the timestamp delta.
    rest: &'a [u8],
}

impl FramedRecord<'_> {
    /// Writes the record for a batch with another base timestamp.
    pub fn put_with_timestamp_delta(&self, out: &mut Vec<u8>, timestamp_delta: i64) {
        let len = 1 + varint::len(timestamp_delta) + self.rest.len();
        varint::put(out, len as i64);
        out.put_u8(self.attributes);
        varint::put(out, timestamp_delta);
        out.extend_from_slice(self.rest);
    }
}

/// Iterator over the records of one batch; see [`framed_records`].
#[derive(Clone, Debug)]
pub struct FramedRecords<'a> {
    body: &'a [u8],
    at: usize,
    index: i32,
    count: i32,
}

/// Iterates over the records in `body`, the unpacked bytes after `header`.
///
/// Returns as many records as the header says, or ends with one error. Bytes that are left over
/// after the last record are an error, too.
pub fn framed_records<'a>(header: &RecordBatchHeader, body: &'a [u8]) -> FramedRecords<'a> {
    FramedRecords {
        body,
        at: 0,
        index: 0,
        count: header.record_count.max(0),
    }
}

impl<'a> FramedRecords<'a> {
    #[inline]
    fn read_one(&mut self) -> Result<FramedRecord<'a>, &'static str> {
        let start = self.at;
        let mut outer = Cursor::new(self.body, start);
        let len = outer.varint()?;
        let (from, end) = outer.skip(len)?;
        let record = &self.body[..end];
        let mut cursor = Cursor::new(record, from);
        let attributes = cursor.u8()?;
        let timestamp_delta = cursor.varlong()?;
        let rest = &record[cursor.at()..];
        let offset_delta = cursor.varint()?;
        let key = cursor.nullable()?.map(|(from, to)| &record[from..to]);
        let has_value = cursor.nullable()?.is_some();
        self.at = end;
        Ok(FramedRecord {
            offset_delta,
            timestamp_delta,
            key,
            has_value,
            start,
            end,
            attributes,
            rest,
        })
    }

    fn fail(&mut self, what: &'static str) -> Option<Result<FramedRecord<'a>, BatchError>> {
        let index = self.index;
        self.at = self.body.len();
        self.index = self.count;
        Some(Err(BatchError::Record { index, what }))
    }
}

impl<'a> Iterator for FramedRecords<'a> {
    type Item = Result<FramedRecord<'a>, BatchError>;

    #[inline]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record_batch::{BatchBuilder, Compression, HEADER_LEN, RecordBatch};

    fn batch() -> RecordBatch {
        let mut builder = BatchBuilder::new(Compression::None);
        builder.append(1000, Some(b"a"), Some(b"one"), &[]);
        builder.append(1500, None, Some(b"two"), &[(b"h", Some(b"x"))]);
        builder.append_at(7, 900, Some(b""), None, &[(b"h", None)]);
        RecordBatch::first(&builder.build()).unwrap()
    }

    #[test]
    fn framing_and_decoding_find_the_same_records() {
        let batch = batch();
        let framed = framed_records(&batch.header, &batch.bytes[HEADER_LEN..]);
        let decoded = batch.records(0).unwrap();
        let mut end = 0;
        for (framed, decoded) in framed.zip(decoded) {
            let (framed, decoded) = (framed.unwrap(), decoded.unwrap());
            assert_eq!(i64::from(framed.offset_delta), decoded.offset);
            assert_eq!(1000 + framed.timestamp_delta, decoded.timestamp);
            assert_eq!(framed.key, decoded.key.as_deref());
            assert_eq!(framed.has_value, decoded.value.is_some());
            assert_eq!(framed.start, end);
            end = framed.end;
        }
        assert_eq!(end, batch.bytes.len() - HEADER_LEN);
    }

    #[test]
    fn a_record_moves_to_another_base_timestamp() {
        let batch = batch();
        let mut header = batch.header;
        let mut body = Vec::new();
        for record in framed_records(&header, &batch.bytes[HEADER_LEN..]) {
            let record = record.unwrap();
            let delta = header.base_timestamp + record.timestamp_delta - 1_000_000;
            record.put_with_timestamp_delta(&mut body, delta);
        }
        header.set_delete_horizon_ms(1_000_000);
        assert_eq!(header.delete_horizon_ms(), Some(1_000_000));
        header.batch_length = (body.len() + HEADER_LEN - 12) as i32;
        header.seal(&body);
        let bytes = [&header.to_bytes()[..], &body].concat();
        let moved = RecordBatch::first(&bytes.into()).unwrap();
        moved.check_crc().unwrap();
        let all = |batch: &RecordBatch| {
            let records = batch.records(0).unwrap();
            records.map(Result::unwrap).collect::<Vec<_>>()
        };
        assert_eq!(all(&moved), all(&batch));
    }

    #[test]
    fn no_cut_and_no_flipped_bit_panics() {
        let batch = batch();
        let body = &batch.bytes[HEADER_LEN..];
        for cut in 0..body.len() {
            assert!(framed_records(&batch.header, &body[..cut]).any(|record| record.is_err()));
        }
        for bit in 0..body.len() * 8 {
            let mut broken = body.to_vec();
            broken[bit / 8] ^= 1 << (bit % 8);
            framed_records(&batch.header, &broken).for_each(drop);
        }
    }
}
