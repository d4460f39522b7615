//! The records of a compressed batch, unpacked piece by piece as they are looked at.
//!
//! Memory is a window and what the codec itself needs, however large the records are: values are
//! passed over as they come out. Snappy has no smaller piece than a block; 32 KiB as the clients
//! write it, and never more than 24 bytes for each that came.

use super::compression::{Compression, PackedReader};
use super::error::BatchError;
use super::varint::{ENDS_INSIDE, Octets, PAST_END};

/// The largest window, in bytes.
const WINDOW_MAX: usize = 32 << 10;

/// A position in bytes that are unpacked only now.
///
/// When something is wrong with the compressed stream, reading fails as if the records ended
/// there; [`Unpacked::finish`] says what it is.
pub(super) struct Unpacked<'a> {
    unpacker: PackedReader<'a>,
    window: Box<[u8]>,
    /// The part of the window that is unpacked and not yet taken.
    from: usize,
    to: usize,
    at: usize,
    end: usize,
    /// Bytes that have come out so far.
    passed: usize,
    budget: usize,
    is_exhausted: bool,
    failure: Option<BatchError>,
}

impl<'a> Unpacked<'a> {
    /// Begins to unpack `packed`, which is to come to at most `budget` bytes.
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
            // Where the bytes end is known once they have ended.
            end: usize::MAX,
            passed: 0,
            budget,
            is_exhausted: false,
            failure: None,
        })
    }

    /// Unpacks what is left and forgets it.
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

    /// Fills the window anew, of which everything was taken; whether anything came.
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

impl Octets for Unpacked<'_> {
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
            // Inside a record it is the record's length that was wrong.
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
