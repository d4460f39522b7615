//! The record batch, magic 2: what Kafka stores and what producers and consumers exchange.
//!
//! A batch is a 61-byte header and its records; `docs/formats.md` shows the layout. The checksum
//! covers everything from `attributes` on. So the broker can set base offset and leader epoch
//! without computing it again.
//!
//! Invariants: no length, count or compressed stream is trusted. Record data is returned as slices
//! of the received bytes; unpacking stops at a budget in bytes. Functions keep no state, use no
//! clock, and fail only by returning an error.
//!
//! Magic 0 and 1 are recognised and refused.

mod builder;
mod compression;
mod control;
mod error;
mod framing;
mod header;
mod lz4_frame;
mod record;
mod repack;
mod unpacked;
mod validate;
mod varint;
mod xerial;

#[cfg(test)]
mod tests;

pub use builder::BatchBuilder;
pub use compression::{Compression, compress, decompress};
pub use control::{ControlType, EndTransactionMarker};
pub use error::BatchError;
pub use framing::{FramedRecord, FramedRecords, framed_records};
pub use header::{
    CRC_START, HEADER_LEN, LOG_OVERHEAD, MAGIC, MAGIC_AT, NO_PRODUCER_EPOCH, NO_PRODUCER_ID,
    NO_SEQUENCE, NO_TIMESTAMP, RecordBatchHeader, TimestampType, add_to_sequence,
};
pub use record::{Record, RecordHeader, Records};
pub use repack::{Packer, Unpacker};
pub use validate::{
    AppendRules, CompressionPolicy, Origin, RecordError, Rejection, RejectionKind, ValidBatch,
    split_produce, validate_for_append,
};

use bytes::Bytes;

use unpacked::Unpacked;
use varint::Cursor;

/// One batch: its parsed header and all of its bytes, header included.
#[derive(Clone, Debug)]
pub struct RecordBatch {
    /// The parsed header.
    pub header: RecordBatchHeader,
    /// The complete batch, header and records.
    pub bytes: Bytes,
}

impl RecordBatch {
    /// Reads the first batch of `bytes`.
    ///
    /// # Errors
    /// [`BatchError::Partial`] if `bytes` end inside the batch; other errors if the header is not
    /// one of magic 2. The checksum is not checked: see [`RecordBatch::check_crc`].
    pub fn first(bytes: &Bytes) -> Result<RecordBatch, BatchError> {
        let header = RecordBatchHeader::parse(bytes)?;
        let len = header.total_len();
        if bytes.len() < len {
            return Err(BatchError::Partial {
                needed: len,
                found: bytes.len(),
            });
        }
        Ok(RecordBatch {
            header,
            bytes: bytes.slice(..len),
        })
    }

    /// The records' bytes, compressed if the batch is.
    pub fn body(&self) -> Bytes {
        self.bytes.slice(HEADER_LEN..)
    }

    /// Compares the stored checksum with the checksum of the bytes.
    ///
    /// # Errors
    /// [`BatchError::Crc`].
    pub fn check_crc(&self) -> Result<(), BatchError> {
        let found = crc32c::crc32c(&self.bytes[CRC_START..]);
        if found == self.header.crc {
            Ok(())
        } else {
            Err(BatchError::Crc {
                stored: self.header.crc,
                computed: found,
            })
        }
    }

    /// Iterates over the records. Compressed records are unpacked first.
    ///
    /// `budget` bounds the unpacked size in bytes; an uncompressed batch is not copied.
    ///
    /// # Errors
    /// As [`decompress`]. The iterator returns errors of single records.
    pub fn records(&self, budget: usize) -> Result<Records, BatchError> {
        let body = match self.header.compression()? {
            Compression::None => self.body(),
            packed => decompress(packed, &self.bytes[HEADER_LEN..], budget)?,
        };
        Ok(Records::new(&self.header, body))
    }

    /// The timestamp (ms) and offset of the first record for which `matches` is true.
    ///
    /// Unpacks piece by piece: memory does not grow with the unpacked size, which `budget` bounds
    /// in bytes. Records after the one found are not read.
    ///
    /// # Errors
    /// [`BatchError::Record`] for a record that cannot be read; [`BatchError::Decompress`] and
    /// [`BatchError::OverBudget`] for a damaged or too large compressed stream.
    pub fn find_time(
        &self,
        budget: usize,
        matches: impl FnMut(i64, i64) -> bool,
    ) -> Result<Option<(i64, i64)>, BatchError> {
        let body = &self.bytes[HEADER_LEN..];
        match self.header.compression()? {
            Compression::None => {
                record::find_time(&self.header, &mut Cursor::new(body, 0), matches)
            }
            packed => {
                let mut unpacked = Unpacked::new(packed, body, budget)?;
                let found = record::find_time(&self.header, &mut unpacked, matches);
                match (found, unpacked.into_failure()) {
                    (Err(_), Some(failure)) => Err(failure),
                    (found, _) => found,
                }
            }
        }
    }
}

/// Iterates over the adjacent batches in `bytes`.
///
/// The last item may be [`BatchError::Partial`]: a fetch response of Kafka may end inside a batch,
/// and so may a segment after a power failure. After an error the iteration ends.
pub fn batches(bytes: Bytes) -> Batches {
    Batches { rest: bytes }
}

/// See [`batches`].
#[derive(Clone, Debug)]
pub struct Batches {
    rest: Bytes,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match RecordBatch::first(&self.rest) {
            Ok(batch) => {
                self.rest = self.rest.slice(batch.bytes.len()..);
                Some(Ok(batch))
            }
            Err(error) => {
                self.rest = Bytes::new();
                Some(Err(error))
            }
        }
    }
}
