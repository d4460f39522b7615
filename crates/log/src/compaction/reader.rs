//! Reads and checks the batches of one segment for compaction.

use std::io::Result;
use std::path::PathBuf;

use io::{Disk, OpenMode};
use wire::record_batch::CRC_START;

use super::plan::Extent;
use super::suspect::{CompactionError, Suspect};
use crate::batch_scan::{BatchScan, Located, Step};

#[derive(Debug)]
pub(super) struct SegmentReader {
    path: PathBuf,
    base_offset: i64,
    scan: BatchScan,
    size: u64,
    next_offset: i64,
    end_offset: i64,
    batch_bytes_max: usize,
}

impl SegmentReader {
    /// Reads `piece` bytes at once; no batch may be longer than `batch_bytes_max`.
    pub(super) fn open(
        disk: &Disk,
        path: PathBuf,
        source: &Extent,
        piece: usize,
        batch_bytes_max: usize,
    ) -> Result<SegmentReader> {
        let file = disk.open(&path, OpenMode::Read)?;
        Ok(SegmentReader {
            path,
            base_offset: source.base_offset,
            scan: BatchScan::new(&file, 0, source.size, piece),
            size: source.size,
            next_offset: source.base_offset,
            end_offset: source.next_offset,
            batch_bytes_max,
        })
    }

    /// The next batch; `None` at the end of the segment.
    ///
    /// # Errors
    /// [`CompactionError::Damaged`] for bytes that are not a batch, and for a batch that does not
    /// belong here.
    pub(super) fn next(&mut self) -> std::result::Result<Option<Located>, CompactionError> {
        let position = self.scan.position();
        match self.scan.next()? {
            Step::Batch(batch) => {
                let header = &batch.header;
                if header.base_offset < self.next_offset || header.next_offset() > self.end_offset {
                    return Err(self
                        .suspect(position, "its offsets do not belong here")
                        .into());
                }
                if header.total_len() > self.batch_bytes_max {
                    return Err(self
                        .suspect(position, "the batch is longer than allowed")
                        .into());
                }
                self.next_offset = header.next_offset();
                Ok(Some(batch))
            }
            Step::End => Ok(None),
            Step::Bad(error) => Err(self.suspect(position, error).into()),
        }
    }

    /// The bytes of the batch that was returned.
    ///
    /// # Errors
    /// [`CompactionError::Damaged`] if the checksum differs.
    pub(super) fn bytes(&mut self, batch: &Located) -> std::result::Result<&[u8], CompactionError> {
        let computed = crc32c::crc32c(&self.scan.whole(batch)?[CRC_START..]);
        if computed != batch.header.crc {
            return Err(self.suspect(batch.position, "the checksum differs").into());
        }
        Ok(self.scan.whole(batch)?)
    }

    /// Whether the batch is the last of the segment.
    pub(super) fn is_last(&self, batch: &Located) -> bool {
        batch.end() == self.size
    }

    fn suspect(&self, position: u64, what: impl ToString) -> Suspect {
        Suspect {
            path: self.path.clone(),
            base_offset: self.base_offset,
            position,
            what: what.to_string(),
        }
    }

    /// The error for a batch with a right checksum whose records cannot be read.
    pub(super) fn invalid_batch(&self, batch: &Located, what: &str) -> std::io::Error {
        (&self.suspect(batch.position, what)).into()
    }
}
