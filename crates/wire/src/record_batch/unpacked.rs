//! Unpacks the records of a compressed batch piece by piece while they are read.
//!
//! Needs memory for a window and for the codec itself, however large the records are: values are
//! skipped as they are unpacked. The smallest piece of Snappy is a block: 32 KiB as clients write
//! it, and at most 24 bytes per received byte.

use super::compression::{Compression, PackedReader};
use super::error::BatchError;
use super::varint::{ByteReader, ENDS_INSIDE, PAST_END};

/// The largest window, in bytes.
const WINDOW_MAX: usize = 32 << 10;

/// A position in bytes that are unpacked while it moves.
///
/// If the compressed stream is damaged, reading fails as if the records ended there;
/// [`Unpacked::finish`] returns the reason.
pub(super) struct Unpacked<'a> {
    unpacker: PackedReader<'a>,
    window: Box<[u8]>,
    /// The unpacked bytes in the window that were not read yet.
    from: usize,
    to: usize,
    at: usize,
    end: usize,
    /// Bytes unpacked so far.
    passed: usize,
    budget: usize,
    is_exhausted: bool,
    failure: Option<BatchError>,
}

impl<'a> Unpacked<'a> {
    /// Begins to unpack `packed`, to at most `budget` bytes.
    pub(super) fn new(
        compression: Compression,
        packed: &'a [u8],
        budget: usize,
    ) -> Result<Unpacked<'a>, BatchError> {
        let window = packed.len().saturating_mul(8).clamp(64, WINDOW_MAX);
        Ok(Unpacked {
            unpacker: PackedReader::new(compression, packed, budget)?,
            window: vec![0; window].into(),
            from: 0,
            to: 0,
            at: 0,
            // The end is not known before it is reached.
            end: usize::MAX,
            passed: 0,
            budget,
            is_exhausted: false,
            failure: None,
        })
    }

    /// Unpacks the remaining bytes and drops them.
    ///
    /// # Errors
    /// [`BatchError::Decompress`] and [`BatchError::OverBudget`], of any part.
    pub(super) fn finish(mut self) -> Result<(), BatchError> {
        while self.fill() {}
        self.failure.map_or(Ok(()), Err)
    }

    /// Why unpacking ended early, if it did.
    pub(super) fn into_failure(self) -> Option<BatchError> {
        self.failure
    }

    /// Refills the window after all of it was read. Returns whether there were more bytes.
    fn fill(&mut self) -> bool {
        if self.is_exhausted {
            return false;
        }
        let got = match self.unpacker.read(&mut self.window) {
            Ok(got) if got <= self.budget - self.passed => got,
            over => {
                let budget = self.budget;
                self.failure = over.err().or(Some(BatchError::OverBudget { budget }));
                0
            }
        };
        self.is_exhausted = got == 0;
        self.passed += got;
        (self.from, self.to) = (0, got);
        got > 0
    }
}

impl ByteReader for Unpacked<'_> {
    fn at(&self) -> usize {
        self.at
    }

    fn remaining(&self) -> usize {
        self.end - self.at
    }

    fn is_at_end(&mut self) -> bool {
        self.from == self.to && !self.fill()
    }

    fn end_at(&mut self, end: usize) -> usize {
        std::mem::replace(&mut self.end, end)
    }

    #[inline]
    fn u8(&mut self) -> Result<u8, &'static str> {
        if self.at == self.end {
            return Err(ENDS_INSIDE);
        }
        if self.is_at_end() {
            // Inside a record, its length field was wrong.
            return Err(if self.end == usize::MAX {
                ENDS_INSIDE
            } else {
                PAST_END
            });
        }
        let byte = self.window[self.from];
        self.from += 1;
        self.at += 1;
        Ok(byte)
    }

    fn step(&mut self, len: usize) -> Result<(), &'static str> {
        let mut left = len;
        while left > 0 {
            if self.is_at_end() {
                return Err(PAST_END);
            }
            let taken = left.min(self.to - self.from);
            self.from += taken;
            self.at += taken;
            left -= taken;
        }
        Ok(())
    }
}
