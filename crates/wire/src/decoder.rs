//! Reads Kafka's primitive types from a frame that may be hostile.
//!
//! Strings and bytes are slices of the frame, not copies. Every length is checked against the
//! bytes left, every array also against the [`Budget`], before anything is allocated. No input
//! makes it panic. It knows primitives only; what a message consists of is generated code.

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
    /// Where reading must stop: the end of the frame, or of the tagged field being read.
    end: usize,
    budget: Budget,
    structure: &'static str,
}

impl Decoder {
    /// Starts at the first of `bytes`; decoding may allocate at most `budget_bytes`.
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

    /// Starts at the first of `bytes`, with the budget a frame of this size deserves.
    pub fn for_frame(bytes: Bytes) -> Decoder {
        let budget_bytes = Budget::for_frame(bytes.len()).remaining_bytes();
        Decoder::new(bytes, budget_bytes)
    }

    /// Bytes not yet taken.
    pub fn remaining(&self) -> usize {
        self.end - self.position
    }

    /// Bytes taken so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Takes all that is left.
    pub fn rest(&mut self) -> Bytes {
        let rest = self.bytes.slice(self.position..self.end);
        self.position = self.end;
        rest
    }

    /// Declares decoding finished; an error if bytes are left over.
    pub fn finish(&self) -> Result<(), DecodeError> {
        if self.remaining() > 0 {
            return Err(self.error(DecodeErrorKind::TrailingBytes));
        }
        Ok(())
    }

    /// Notes that `structure` is being decoded, for errors; gives back what was noted before.
    pub fn enter(&mut self, structure: &'static str) -> &'static str {
        std::mem::replace(&mut self.structure, structure)
    }

    /// Goes back to what [`Decoder::enter`] gave.
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

    /// An error of this kind, at this place.
    pub fn error(&self, kind: DecodeErrorKind) -> DecodeError {
        DecodeError {
            kind,
            structure: self.structure,
            position: self.position,
        }
    }

    /// Takes a byte that is 0 or not.
    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.i8()? != 0)
    }

    /// Takes one signed byte.
    pub fn i8(&mut self) -> Result<i8, DecodeError> {
        Ok(i8::from_be_bytes(self.fixed()?))
    }

    /// Takes two bytes, big-endian.
    pub fn i16(&mut self) -> Result<i16, DecodeError> {
        Ok(i16::from_be_bytes(self.fixed()?))
    }

    /// Takes two bytes, big-endian, unsigned.
    pub fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(self.fixed()?))
    }

    /// Takes four bytes, big-endian.
    pub fn i32(&mut self) -> Result<i32, DecodeError> {
        Ok(i32::from_be_bytes(self.fixed()?))
    }

    /// Takes four bytes, big-endian, unsigned.
    pub fn u32(&mut self) -> Result<u32, DecodeError> {
        Ok(u32::from_be_bytes(self.fixed()?))
    }

    /// Takes eight bytes, big-endian.
    pub fn i64(&mut self) -> Result<i64, DecodeError> {
        Ok(i64::from_be_bytes(self.fixed()?))
    }

    /// Takes an IEEE 754 double, big-endian.
    pub fn f64(&mut self) -> Result<f64, DecodeError> {
        Ok(f64::from_be_bytes(self.fixed()?))
    }

    /// Takes sixteen bytes.
    pub fn uuid(&mut self) -> Result<Uuid, DecodeError> {
        Ok(Uuid(self.fixed()?))
    }

    /// Takes an unsigned variable-length integer of at most 32 bits.
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

    /// Takes a string that must not be null.
    pub fn string(&mut self, flexible: bool) -> Result<StrBytes, DecodeError> {
        match self.nullable_string(flexible)? {
            Some(string) => Ok(string),
            None => Err(self.error(DecodeErrorKind::UnexpectedNull)),
        }
    }

    /// Takes a string, or null.
    pub fn nullable_string(&mut self, flexible: bool) -> Result<Option<StrBytes>, DecodeError> {
        let length = if flexible {
            self.compact_length()?
        } else {
            self.plain_length_16()?
        };
        let Some(length) = length else {
            return Ok(None);
        };
        // A longer one could be read in a flexible version, but not be written in any other.
        if length > i16::MAX as usize {
            return Err(self.error(DecodeErrorKind::StringTooLong));
        }
        let bytes = self.take(length)?;
        match StrBytes::from_utf8(bytes) {
            Ok(string) => Ok(Some(string)),
            Err(_) => Err(self.error(DecodeErrorKind::NotUtf8)),
        }
    }

    /// Takes bytes that must not be null.
    pub fn bytes(&mut self, flexible: bool) -> Result<Bytes, DecodeError> {
        match self.nullable_bytes(flexible)? {
            Some(bytes) => Ok(bytes),
            None => Err(self.error(DecodeErrorKind::UnexpectedNull)),
        }
    }

    /// Takes bytes, or null.
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

    /// Takes record data that must not be null; it stays a slice of the frame.
    pub fn records(&mut self, flexible: bool) -> Result<Records, DecodeError> {
        Ok(Records::Bytes(self.bytes(flexible)?))
    }

    /// Takes record data, or null; it stays a slice of the frame.
    pub fn nullable_records(&mut self, flexible: bool) -> Result<Records, DecodeError> {
        Ok(match self.nullable_bytes(flexible)? {
            Some(bytes) => Records::Bytes(bytes),
            None => Records::Null,
        })
    }

    /// Takes an array that must not be null, element by element.
    ///
    /// `element_min_bytes` is the least an element takes on the wire.
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

    /// Takes an array, or null. See [`Decoder::array`].
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

    /// Takes an array's count and pays for its elements before they are allocated.
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
        // An element of no fields takes nothing on the heap, but still a turn of the loop.
        self.charge(count.saturating_mul(element_heap_bytes.max(1)))?;
        Ok(Some(count))
    }

    /// Takes the byte that says whether a nullable structure follows.
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

    /// Takes a section of tagged fields and keeps none of it.
    pub fn skip_tagged_fields(&mut self) -> Result<(), DecodeError> {
        self.tagged_fields(|_, _| Ok(false))
    }

    /// Takes a section of tagged fields.
    ///
    /// `known` is called for each with its tag; it decodes the field and says `true`, or leaves
    /// it alone and says `false`, and the field is skipped. As in Kafka the order of the tags is
    /// not checked, and of a tag that comes twice the last counts.
    pub fn tagged_fields(
        &mut self,
        mut known: impl FnMut(&mut Decoder, u32) -> Result<bool, DecodeError>,
    ) -> Result<(), DecodeError> {
        let count = self.unsigned_varint()? as usize;
        // A tagged field takes at least its tag and its size.
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

    /// Claims memory from the budget.
    pub fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        match self.budget.charge(bytes) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.error(DecodeErrorKind::OverBudget)),
        }
    }

    /// Takes `length` bytes as a slice of the frame.
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
