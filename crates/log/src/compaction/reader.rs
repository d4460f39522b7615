//! Reads the batches of one segment for compaction, each checked.

use std::io::Result;
use std::path::PathBuf;

use io::{Disk, OpenMode};
use wire::record_batch::CRC_START;

use super::plan::Extent;
use crate::batch_scan::{BatchScan, Located, Step, damaged};

#[derive(Debug)]
pub(super) struct SegmentReader {
    path: PathBuf,
    scan: BatchScan,
    size: u64,
    next_offset: i64,
    end_offset: i64,
    batch_bytes_max: usize,
}

impl SegmentReader {
    /// Reads in pieces of `piece` bytes; no batch may be longer than `batch_bytes_max`.
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
    /// `InvalidData` if what comes is no batch, or one that does not belong here.
    pub(super) fn next(&mut self) -> Result<Option<Located>> {
        let position = self.scan.position();
        match self.scan.next()? {
            Step::Batch(batch) => {
                let header = &batch.header;
                if header.base_offset < self.next_offset || header.next_offset() > self.end_offset {
                    return Err(self.bad(&batch, "its offsets do not belong here"));
                }
                if header.total_len() > self.batch_bytes_max {
                    return Err(self.bad(&batch, "the batch is longer than any may be"));
                }
                self.next_offset = header.next_offset();
                Ok(Some(batch))
            }
            Step::End => Ok(None),
            Step::Bad(error) => Err(damaged(&self.path, position, &error.to_string())),
        }
    }

    /// The bytes of the batch just returned.
    ///
    /// # Errors
    /// `InvalidData` if the checksum differs.
    pub(super) fn bytes(&mut self, batch: &Located) -> Result<&[u8]> {
        let bytes = self.scan.whole(batch)?;
        if crc32c::crc32c(&bytes[CRC_START..]) != batch.header.crc {
            return Err(damaged(&self.path, batch.position, "the checksum differs"));
        }
        Ok(bytes)
    }

    /// Whether the batch is the last of the segment.
    pub(super) fn is_last(&self, batch: &Located) -> bool {
        batch.end() == self.size
    }

    /// What is said of a batch that cannot be read.
    pub(super) fn bad(&self, batch: &Located, what: &str) -> std::io::Error {
        damaged(&self.path, batch.position, what)
    }
}
