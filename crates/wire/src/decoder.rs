//! Reads Kafka's primitive types from a frame that may be hostile.
//!
//! Strings and bytes are slices of the frame, not copies. Before anything is allocated, every
//! length is checked against the remaining bytes, and every array also against the [`Budget`]. No
//! input causes a panic. Only primitives are decoded here; generated code decodes messages.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::budget::Budget;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::record_set::Records;
use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

/// A cursor over one frame.
#[derive(Debug)]
pub struct Decoder {
    bytes: Bytes,
    position: usize,
    /// Where reading must stop: the end of the frame, or of the current tagged field.
    end: usize,
    budget: Budget,
    structure: &'static str,
}

impl Decoder {
    /// A decoder at the first of `bytes`. It may allocate at most `budget_bytes`.
    pub fn new(bytes: Bytes, budget_bytes: usize) -> Decoder {
        let end = bytes.len();
        Decoder {
            bytes,
            position: 0,
            end,
            budget: Budget::new(budget_bytes),
            structure: "frame",
        }
    }

    /// A decoder at the first of `bytes`, with [`Budget::for_frame`].
    pub fn for_frame(bytes: Bytes) -> Decoder {
        let budget_bytes = Budget::for_frame(bytes.len()).remaining_bytes();
        Decoder::new(bytes, budget_bytes)
    }

    /// Number of remaining bytes.
    pub fn remaining(&self) -> usize {
        self.end - self.position
    }

    /// Number of bytes read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Reads all remaining bytes.
    pub fn rest(&mut self) -> Bytes {
        let rest = self.bytes.slice(self.position..self.end);
        self.position = self.end;
        rest
    }

    /// Ends decoding. An error if bytes are left over.
    pub fn finish(&self) -> Result<(), DecodeError> {
        if self.remaining() > 0 {
            return Err(self.error(DecodeErrorKind::TrailingBytes));
        }
        Ok(())
    }

    /// Sets the structure that is being decoded, for errors. Returns the previous one.
    pub fn enter(&mut self, structure: &'static str) -> &'static str {
        std::mem::replace(&mut self.structure, structure)
    }

    /// Restores the structure that [`Decoder::enter`] has returned.
    pub fn leave(&mut self, outer: &'static str) {
        self.structure = outer;
    }

    /// An error unless `version` is one of `valid`.
    pub fn check_version(
        &self,
        version: i16,
        valid: RangeInclusive<i16>,
    ) -> Result<(), DecodeError> {
        if valid.contains(&version) {
            return Ok(());
        }
        Err(self.error(DecodeErrorKind::UnsupportedVersion(version)))
    }

    /// An error of this kind at the current position.
    pub fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError {
            kind,
            structure: self.structure,
            position: self.position,
        }
    }

    /// Reads a boolean: a byte that is 0 or not.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.i8()? != 0)
    }

    /// Reads one signed byte.
    pub fn i8(&mut self) -> Result<i8, DecodeError> {
        Ok(i8::from_be_bytes(self.fixed()?))
    }

    /// Reads two bytes, big-endian.
    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        Ok(i16::from_be_bytes(self.fixed()?))
    }

    /// Reads two bytes, big-endian, unsigned.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.fixed()?))
    }

    /// Reads four bytes, big-endian.
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        Ok(i32::from_be_bytes(self.fixed()?))
    }

    /// Reads four bytes, big-endian, unsigned.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.fixed()?))
    }

    /// Reads eight bytes, big-endian.
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.fixed()?))
    }

    /// Reads an IEEE 754 double, big-endian.
    pub fn f64(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_be_bytes(self.fixed()?))
    }

    /// Reads sixteen bytes.
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        Ok(Uuid(self.fixed()?))
    }

    /// Reads an unsigned variable-length integer of at most 32 bits.
    ///
    /// Leading zeros are accepted, as in Kafka, but never more than five bytes.
    pub fn unsigned_varint(&mut self) -> Result<u32, DecodeError> {
        let mut value: u32 = 0;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.fixed()?;
            if shift == 28 && byte > 0x0f {
                break;
            }
            value |= u32::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.error(DecodeErrorKind::BadVarint))
    }

    /// Reads a string that must not be null.
    pub fn string(&mut self, flexible: bool) -> Result<StrBytes, DecodeError> {
        match self.nullable_string(flexible)? {
            Some(string) => Ok(string),
            None => Err(self.error(DecodeErrorKind::UnexpectedNull)),
        }
    }

    /// Reads a string, or null.
    pub fn nullable_string(&mut self, flexible: bool) -> Result<Option<StrBytes>, DecodeError> {
        let length = if flexible {
            self.compact_length()?
        } else {
            self.plain_length_16()?
        };
        let Some(length) = length else {
            return Ok(None);
        };
        // A longer string could be read in a flexible version, but not be written in any other.
        if length > i16::MAX as usize {
            return Err(self.error(DecodeErrorKind::StringTooLong));
        }
        let bytes = self.take(length)?;
        match StrBytes::from_utf8(bytes) {
            Ok(string) => Ok(Some(string)),
            Err(_) => Err(self.error(DecodeErrorKind::NotUtf8)),
        }
    }

    /// Reads bytes that must not be null.
    pub fn bytes(&mut self, flexible: bool) -> Result<Bytes, DecodeError> {
        match self.nullable_bytes(flexible)? {
            Some(bytes) => Ok(bytes),
            None => Err(self.error(DecodeErrorKind::UnexpectedNull)),
        }
    }

    /// Reads bytes, or null.
    pub fn nullable_bytes(&mut self, flexible: bool) -> Result<Option<Bytes>, DecodeError> {
        let length = if flexible {
            self.compact_length()?
        } else {
            self.plain_length_32()?
        };
        match length {
            Some(length) => Ok(Some(self.take(length)?)),
            None => Ok(None),
        }
    }

    /// Reads record data that must not be null, as a slice of the frame.
    pub fn records(&mut self, flexible: bool) -> Result<Records, DecodeError> {
        Ok(Records::Bytes(self.bytes(flexible)?))
    }

    /// Reads record data, or null, as a slice of the frame.
    pub fn nullable_records(&mut self, flexible: bool) -> Result<Records, DecodeError> {
        Ok(match self.nullable_bytes(flexible)? {
            Some(bytes) => Records::Bytes(bytes),
            None => Records::Null,
        })
    }

    /// Reads an array that must not be null, element by element.
    ///
    /// `element_min_bytes` is the minimum encoded size of an element.
    pub fn array<T>(
        &mut self,
        flexible: bool,
        element_min_bytes: usize,
        element: impl FnMut(&mut Decoder) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        match self.nullable_array(flexible, element_min_bytes, element)? {
            Some(elements) => Ok(elements),
            None => Err(self.error(DecodeErrorKind::UnexpectedNull)),
        }
    }

    /// Reads an array, or null. See [`Decoder::array`].
    pub fn nullable_array<T>(
        &mut self,
        flexible: bool,
        element_min_bytes: usize,
        mut element: impl FnMut(&mut Decoder) -> Result<T, DecodeError>,
    ) -> Result<Option<Vec<T>>, DecodeError> {
        let count = self.array_count(flexible, element_min_bytes, size_of::<T>())?;
        let Some(count) = count else { return Ok(None) };
        let mut elements = Vec::with_capacity(count);
        for _ in 0..count {
            elements.push(element(self)?);
        }
        Ok(Some(elements))
    }

    /// Reads the element count of an array and charges the budget, before anything is allocated.
    fn array_count(
        &mut self,
        flexible: bool,
        element_min_bytes: usize,
        element_heap_bytes: usize,
    ) -> Result<Option<usize>, DecodeError> {
        let count = if flexible {
            self.compact_length()?
        } else {
            self.plain_length_32()?
        };
        let Some(count) = count else { return Ok(None) };
        if count.saturating_mul(element_min_bytes) > self.remaining() {
            return Err(self.error(DecodeErrorKind::CountTooLarge));
        }
        // An element without fields needs no memory, but it costs a loop iteration.
        self.charge(count.saturating_mul(element_heap_bytes.max(1)))?;
        Ok(Some(count))
    }

    /// Reads the byte that says whether a nullable structure follows.
    pub fn is_present(&mut self) -> Result<bool, DecodeError> {
        match self.i8()? {
            byte if byte < 0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.error(DecodeErrorKind::BadPresence)),
        }
    }

    /// As [`Decoder::is_present`] for a structure that is a tagged field.
    pub fn is_present_tagged(&mut self) -> Result<bool, DecodeError> {
        match self.unsigned_varint()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.error(DecodeErrorKind::BadPresence)),
        }
    }

    /// Reads a section of tagged fields and ignores them.
    pub fn skip_tagged_fields(&mut self) -> Result<(), DecodeError> {
        self.tagged_fields(|_, _| Ok(false))
    }

    /// Reads a section of tagged fields.
    ///
    /// `known` is called with each tag. It decodes the field and returns `true`; or it returns
    /// `false`, and the field is skipped. As in Kafka, the order of the tags is not checked, and
    /// the last of several fields with the same tag counts.
    pub fn tagged_fields(
        &mut self,
        mut known: impl FnMut(&mut Decoder, u32) -> Result<bool, DecodeError>,
    ) -> Result<(), DecodeError> {
        let count = self.unsigned_varint()? as usize;
        // A tagged field has at least a tag and a size.
        if count.saturating_mul(2) > self.remaining() {
            return Err(self.error(DecodeErrorKind::CountTooLarge));
        }
        for _ in 0..count {
            let tag = self.unsigned_varint()?;
            let size = self.unsigned_varint()? as usize;
            if size > self.remaining() {
                return Err(self.error(DecodeErrorKind::Truncated));
            }
            let field_end = self.position + size;
            let outer_end = std::mem::replace(&mut self.end, field_end);
            if !known(self, tag)? {
                self.position = field_end;
            }
            if self.position != field_end {
                return Err(self.error(DecodeErrorKind::BadTaggedField));
            }
            self.end = outer_end;
        }
        Ok(())
    }

    /// Charges the budget.
    pub fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        match self.budget.charge(bytes) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.error(DecodeErrorKind::OverBudget)),
        }
    }

    /// Reads `length` bytes as a slice of the frame.
    pub fn take(&mut self, length: usize) -> Result<Bytes, DecodeError> {
        if length > self.remaining() {
            return Err(self.error(DecodeErrorKind::Truncated));
        }
        let taken = self.bytes.slice(self.position..self.position + length);
        self.position += length;
        Ok(taken)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        match self.bytes[self.position..self.end].first_chunk::<N>() {
            Some(chunk) => {
                self.position += N;
                Ok(*chunk)
            }
            None => Err(self.error(DecodeErrorKind::Truncated)),
        }
    }

    fn compact_length(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok(self
            .unsigned_varint()?
            .checked_sub(1)
            .map(|length| length as usize))
    }

    fn plain_length_16(&mut self) -> Result<Option<usize>, DecodeError> {
        let length = self.i16()?;
        self.plain_length(i32::from(length))
    }

    fn plain_length_32(&mut self) -> Result<Option<usize>, DecodeError> {
        let length = self.i32()?;
        self.plain_length(length)
    }

    fn plain_length(&self, length: i32) -> Result<Option<usize>, DecodeError> {
        match length {
            -1 => Ok(None),
            ..-1 => Err(self.error(DecodeErrorKind::NegativeLength)),
            0.. => Ok(Some(length as usize)),
        }
    }
}
