//! The zig-zag variable-length integers of record framing, and a cursor that checks every bound.

use bytes::{BufMut, BytesMut};

/// Appends a zig-zag varint. Values of 32 bits have the same bytes as a varint of their own width.
pub(super) fn put(out: &mut BytesMut, value: i64) {
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

/// A position in bytes that never passes their end.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Cursor<'a> {
        Cursor { bytes, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn u8(&mut self) -> Result<u8, &'static str> {
        let byte = *self.bytes.get(self.at).ok_or("ends inside a field")?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<i32, &'static str> {
        // Most fields fit one byte: lengths of short keys, deltas of small batches.
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

    #[inline]
    pub(super) fn varlong(&mut self) -> Result<i64, &'static str> {
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

    /// Reads a length and steps over that many bytes; their range, or `None` for length -1.
    #[inline]
    pub(super) fn nullable(&mut self) -> Result<Option<(usize, usize)>, &'static str> {
        let len = self.varint()?;
        if len == -1 {
            return Ok(None);
        }
        self.skip(len).map(Some)
    }

    /// Steps over `len` bytes and returns their range.
    #[inline]
    pub(super) fn skip(&mut self, len: i32) -> Result<(usize, usize), &'static str> {
        let len = usize::try_from(len).map_err(|_| "a length is negative")?;
        if len > self.remaining() {
            return Err("a length passes the end of the record");
        }
        let start = self.at;
        self.at += len;
        Ok((start, self.at))
    }
}
