//! Builds batches, as a producer or a coordinator does.

use bytes::{BufMut, Bytes, BytesMut};

use super::compression::{Compression, compress};
use super::header::{
    HEADER_LEN, LOG_OVERHEAD, MAGIC, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP,
    RecordBatchHeader, TimestampType,
};
use super::varint;

/// Collects records and builds one batch of them.
///
/// Records are encoded when they are added, after room for the header. So an uncompressed batch is
/// built without copying them again.
#[derive(Debug)]
pub struct BatchBuilder {
    /// Room for the header, then the encoded records, uncompressed.
    out: BytesMut,
    compression: Compression,
    level: Option<i32>,
    header: RecordBatchHeader,
}

impl BatchBuilder {
    /// An empty batch with base offset 0, create time, no producer and leader epoch -1.
    pub fn new(compression: Compression) -> BatchBuilder {
        let mut out = BytesMut::with_capacity(1024);
        out.put_bytes(0, HEADER_LEN);
        let mut header = RecordBatchHeader {
            base_offset: 0,
            batch_length: 0,
            partition_leader_epoch: -1,
            magic: MAGIC,
            crc: 0,
            attributes: 0,
            last_offset_delta: -1,
            base_timestamp: NO_TIMESTAMP,
            max_timestamp: NO_TIMESTAMP,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            base_sequence: NO_SEQUENCE,
            record_count: 0,
        };
        header.set_compression(compression);
        BatchBuilder {
            out,
            compression,
            level: None,
            header,
        }
    }

    /// Compresses with this level instead of the codec's default; see [`compress`].
    #[must_use]
    pub fn level(mut self, level: i32) -> BatchBuilder {
        self.level = Some(level);
        self
    }

    /// Sets the offset of the first record.
    #[must_use]
    pub fn base_offset(mut self, offset: i64) -> BatchBuilder {
        self.header.base_offset = offset;
        self
    }

    /// Sets the leader epoch.
    #[must_use]
    pub fn leader_epoch(mut self, epoch: i32) -> BatchBuilder {
        self.header.partition_leader_epoch = epoch;
        self
    }

    /// Sets the idempotent producer and the sequence of the first record.
    #[must_use]
    pub fn producer(mut self, id: i64, epoch: i16, base_sequence: i32) -> BatchBuilder {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = base_sequence;
        self
    }

    /// Marks the batch as part of a transaction.
    #[must_use]
    pub fn transactional(mut self) -> BatchBuilder {
        self.header.set_transactional();
        self
    }

    /// Marks the batch as a control batch.
    #[must_use]
    pub fn control(mut self) -> BatchBuilder {
        self.header.set_control();
        self
    }

    /// Sets the append time of all records, in ms.
    #[must_use]
    pub fn log_append_time(mut self, time_ms: i64) -> BatchBuilder {
        self.header.set_timestamp_type(TimestampType::LogAppendTime);
        self.header.max_timestamp = time_ms;
        self
    }

    /// Adds a record at the next offset. `timestamp_ms` may be -1: no timestamp.
    ///
    /// # Panics
    /// If a key, value or header is 2 GiB or more. Callers limit the size of records.
    pub fn append(
        &mut self,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&[u8], Option<&[u8]>)],
    ) {
        let offset = self.next_offset();
        self.append_at(offset, timestamp_ms, key, value, headers);
    }

    /// Adds a record at `offset`. A gap before it is allowed, as after compaction.
    ///
    /// # Panics
    /// If `offset` is not after the last record; and as [`BatchBuilder::append`].
    pub fn append_at(
        &mut self,
        offset: i64,
        timestamp_ms: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&[u8], Option<&[u8]>)],
    ) {
        assert!(offset >= self.next_offset(), "offset {offset} goes back");
        let header = &mut self.header;
        if header.record_count == 0 {
            header.base_timestamp = timestamp_ms;
        }
        if header.timestamp_type() == TimestampType::CreateTime {
            header.max_timestamp = header.max_timestamp.max(timestamp_ms);
        }
        let offset_delta = offset - header.base_offset;
        let timestamp_delta = timestamp_ms.wrapping_sub(header.base_timestamp);
        header.last_offset_delta = i32::try_from(offset_delta).expect("batch spans 2^31 offsets");
        header.record_count += 1;

        let headers_len = headers
            .iter()
            .fold(varint::len(headers.len() as i64), |sum, header| {
                sum + field_len(Some(header.0)) + field_len(header.1)
            });
        let body_len = 1
            + varint::len(timestamp_delta)
            + varint::len(offset_delta)
            + field_len(key)
            + field_len(value)
            + headers_len;
        self.out.reserve(body_len + 5);
        varint::put(&mut self.out, body_len as i64);
        self.out.put_u8(0);
        varint::put(&mut self.out, timestamp_delta);
        varint::put(&mut self.out, offset_delta);
        put_field(&mut self.out, key);
        put_field(&mut self.out, value);
        varint::put(&mut self.out, headers.len() as i64);
        for (name, value) in headers {
            put_field(&mut self.out, Some(name));
            put_field(&mut self.out, *value);
        }
    }

    /// Number of records so far.
    pub fn record_count(&self) -> i32 {
        self.header.record_count
    }

    /// Whether there are no records yet.
    pub fn is_empty(&self) -> bool {
        self.header.record_count == 0
    }

    /// Size of the batch so far, in bytes, before compression.
    pub fn uncompressed_len(&self) -> usize {
        self.out.len()
    }

    /// Upper bound of the bytes that a record adds, before compression.
    pub fn record_len_max(
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&[u8], Option<&[u8]>)],
    ) -> usize {
        // Length 5, attributes 1, timestamp delta 10, offset delta 5, header count 5.
        headers
            .iter()
            .fold(26 + field_len(key) + field_len(value), |sum, header| {
                sum + field_len(Some(header.0)) + field_len(header.1)
            })
    }

    /// Finishes the batch.
    ///
    /// # Panics
    /// If the batch is 2 GiB or more.
    pub fn build(mut self) -> Bytes {
        if self.header.last_offset_delta < 0 {
            self.header.last_offset_delta = 0;
        }
        let mut out = match self.compression {
            Compression::None => self.out,
            packed => {
                let body = compress(packed, self.level, &self.out[HEADER_LEN..]);
                let mut out = BytesMut::with_capacity(HEADER_LEN + body.len());
                out.put_bytes(0, HEADER_LEN);
                out.put_slice(&body);
                out
            }
        };
        self.header.batch_length =
            i32::try_from(out.len() - LOG_OVERHEAD).expect("batch reaches 2 GiB");
        self.header.seal(&out[HEADER_LEN..]);
        out[..HEADER_LEN].copy_from_slice(&self.header.to_bytes());
        out.freeze()
    }

    fn next_offset(&self) -> i64 {
        self.header.base_offset + i64::from(self.header.last_offset_delta) + 1
    }
}

fn field_len(field: Option<&[u8]>) -> usize {
    match field {
        None => 1,
        Some(bytes) => varint::len(bytes.len() as i64) + bytes.len(),
    }
}

fn put_field(out: &mut BytesMut, field: Option<&[u8]>) {
    match field {
        None => varint::put(out, -1),
        Some(bytes) => {
            let len = i32::try_from(bytes.len()).expect("field reaches 2 GiB");
            varint::put(out, i64::from(len));
            out.put_slice(bytes);
        }
    }
}
