//! The zig-zag variable-length integers of records, and a reader that checks every bound.

use bytes::BufMut;

/// Appends a zig-zag varint. Values of 32 bits have the same bytes as a varint of their own width.
pub(super) fn put(out: &mut impl BufMut, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.put_u8(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.put_u8(rest as u8);
}

/// Bytes that [`put`] writes for `value`.
pub(super) fn len(value: i64) -> usize {
    let bits = 64 - (((value << 1) ^ (value >> 63)) as u64 | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Reads bytes one after another, never beyond their end. The fields of records are read with it.
///
/// After an error, the position is undefined.
pub(super) trait ByteReader {
    /// Number of bytes read so far.
    fn at(&self) -> usize;

    /// Number of remaining bytes, or an upper bound if it is not known.
    fn remaining(&self) -> usize;

    /// Whether no bytes remain.
    fn is_at_end(&mut self) -> bool;

    /// Sets the end to `end`, and returns the previous end.
    fn end_at(&mut self, end: usize) -> usize;

    /// Reads a byte.
    fn u8(&mut self) -> Result<u8, &'static str>;

    /// Skips `len` bytes. The caller has checked that this many remain.
    fn step(&mut self, len: usize) -> Result<(), &'static str>;

    /// Reads a varint of at most 32 bits.
    #[inline]
    fn varint(&mut self) -> Result<i32, &'static str> {
        // Most values have one byte: lengths of short keys, deltas of small batches.
        let first = self.u8()?;
        if first < 0x80 {
            return Ok(i32::from(first >> 1) ^ -i32::from(first & 1));
        }
        let mut value = u32::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if shift == 28 && byte > 0x0f {
                    return Err("varint is too long");
                }
                return Ok((value >> 1) as i32 ^ -((value & 1) as i32));
            }
        }
        Err("varint is too long")
    }

    /// Reads a varint of at most 64 bits.
    #[inline]
    fn varlong(&mut self) -> Result<i64, &'static str> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.u8()?;
            if shift == 63 && byte > 1 {
                return Err("varint is too long");
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
            shift += 7;
        }
    }

    /// Reads a length and skips that many bytes. Returns their range, or `None` for length -1.
    #[inline]
    fn nullable(&mut self) -> Result<Option<(usize, usize)>, &'static str> {
        let len = self.varint()?;
        if len == -1 {
            return Ok(None);
        }
        self.skip(len).map(Some)
    }

    /// Skips `len` bytes and returns their range.
    #[inline]
    fn skip(&mut self, len: i32) -> Result<(usize, usize), &'static str> {
        let start = self.at();
        let end = self.end_of(len)?;
        self.step(end - start)?;
        Ok((start, end))
    }

    /// The end of `len` bytes from here.
    #[inline]
    fn end_of(&self, len: i32) -> Result<usize, &'static str> {
        let len = usize::try_from(len).map_err(|_| "a length is negative")?;
        if len > self.remaining() {
            return Err(PAST_END);
        }
        Ok(self.at() + len)
    }
}

/// Error: a length is larger than the bytes around it.
pub(super) const PAST_END: &str = "a length passes the end of the record";
/// Error: a byte is missing.
pub(super) const ENDS_INSIDE: &str = "ends inside a field";

/// A position in bytes in memory.
pub(super) struct Cursor<'a> {
    whole: &'a [u8],
    /// The bytes up to the current end.
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Cursor<'a> {
        Cursor {
            whole: bytes,
            bytes,
            at,
        }
    }
}

impl ByteReader for Cursor<'_> {
    #[inline]
    fn at(&self) -> usize {
        self.at
    }

    #[inline]
    fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    #[inline]
    fn is_at_end(&mut self) -> bool {
        self.remaining() == 0
    }

    #[inline]
    fn end_at(&mut self, end: usize) -> usize {
        let before = self.bytes.len();
        self.bytes = &self.whole[..end];
        before
    }

    #[inline]
    fn u8(&mut self) -> Result<u8, &'static str> {
        let byte = *self.bytes.get(self.at).ok_or(ENDS_INSIDE)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    fn step(&mut self, len: usize) -> Result<(), &'static str> {
        self.at += len;
        Ok(())
    }
}
