//! Reads the batches of a file, header by header.
//!
//! Reads pieces of bounded size, whatever the headers claim. Bytes that are not a batch end the walk.
//! A checksum is computed only on request.

use std::io::Result;

use io::File;
use wire::record_batch::{BatchError, CRC_START, HEADER_LEN, RecordBatchHeader};

/// Bytes read at once when one batch is looked up.
pub(crate) const LOOKUP_PIECE: usize = 4 << 10;
/// Bytes read at once when all batches are read.
pub(crate) const SCAN_PIECE: usize = 256 << 10;

/// The header of a batch, and its position in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located {
    pub(crate) position: u64,
    pub(crate) header: RecordBatchHeader,
}

impl Located {
    pub(crate) fn end(&self) -> u64 {
        self.position + self.header.total_len() as u64
    }
}

/// One step of a walk.
#[derive(Debug)]
pub(crate) enum Step {
    /// A batch that lies completely within the file.
    Batch(Located),
    /// The end of the file, exactly after a batch.
    End,
    /// Not a batch.
    Bad(BatchError),
}

#[derive(Debug)]
pub(crate) struct BatchScan {
    file: File,
    position: u64,
    end: u64,
    piece: usize,
    buffer: Vec<u8>,
    buffer_at: u64,
}

impl BatchScan {
    /// Walks from `position`, where a batch begins, to `end`.
    pub(crate) fn new(file: &File, position: u64, end: u64, piece: usize) -> BatchScan {
        BatchScan {
            file: file.clone(),
            position,
            end,
            piece,
            buffer: Vec::new(),
            buffer_at: 0,
        }
    }

    /// The position after the last batch returned.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Continues at `position`, where a batch begins.
    pub(crate) fn go_to(&mut self, position: u64) {
        self.position = position;
    }

    pub(crate) fn next(&mut self) -> Result<Step> {
        let left = self.end - self.position;
        if left == 0 {
            return Ok(Step::End);
        }
        let want = left.min(HEADER_LEN as u64) as usize;
        self.fill(self.position, want)?;
        let header = match RecordBatchHeader::parse(self.buffered(self.position, want)) {
            Ok(header) => header,
            Err(error) => return Ok(Step::Bad(error)),
        };
        if header.total_len() as u64 > left {
            return Ok(Step::Bad(BatchError::Partial {
                needed: header.total_len(),
                found: left as usize,
            }));
        }
        let located = Located {
            position: self.position,
            header,
        };
        self.position = located.end();
        Ok(Step::Batch(located))
    }

    /// All bytes of the batch that was returned. The caller has checked its length.
    pub(crate) fn whole(&mut self, batch: &Located) -> Result<&[u8]> {
        let len = batch.header.total_len();
        self.fill(batch.position, len)?;
        Ok(self.buffered(batch.position, len))
    }

    /// Compares the checksum of a batch that was returned.
    pub(crate) fn check_crc(
        &mut self,
        batch: &Located,
    ) -> Result<std::result::Result<(), BatchError>> {
        let mut at = batch.position + CRC_START as u64;
        let mut crc = 0;
        while at < batch.end() {
            let len = (batch.end() - at).min(self.piece as u64) as usize;
            self.fill(at, len)?;
            crc = crc32c::crc32c_append(crc, self.buffered(at, len));
            at += len as u64;
        }
        if crc == batch.header.crc {
            Ok(Ok(()))
        } else {
            Ok(Err(BatchError::Crc {
                stored: batch.header.crc,
                computed: crc,
            }))
        }
    }

    /// Reads `len` bytes from `at` into the buffer, unless they are there.
    fn fill(&mut self, at: u64, len: usize) -> Result<()> {
        let buffered_end = self.buffer_at + self.buffer.len() as u64;
        if at >= self.buffer_at && at + len as u64 <= buffered_end {
            return Ok(());
        }
        let want = (self.end - at).min(self.piece.max(len) as u64) as usize;
        self.buffer.resize(want, 0);
        self.buffer_at = at;
        self.file
            .read_exact_at(at, &mut self.buffer)
            .inspect_err(|_| self.buffer.clear())
    }

    fn buffered(&self, at: u64, len: usize) -> &[u8] {
        let from = (at - self.buffer_at) as usize;
        &self.buffer[from..from + len]
    }
}
