//! Writes Kafka's primitive types.
//!
//! Record data is not copied: large byte ranges become pieces of their own, and data in a file
//! becomes a hole of known length, which the caller fills when it sends. Only primitives are
//! encoded here; generated code encodes messages.

use std::ops::RangeInclusive;

use bytes::{BufMut, Bytes, BytesMut};

use crate::error::EncodeError;
use crate::record_set::Records;
use crate::uuid::Uuid;

/// Record data of at least this many bytes is shared, not copied.
const SHARE_FROM_BYTES: usize = 1024;

/// A piece of encoded output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes to send.
    Bytes(Bytes),
    /// The number of bytes that are elsewhere; see [`Records::Elsewhere`].
    Hole(u64),
}

/// Encoded output.
#[derive(Debug, Default)]
pub struct Encoder {
    finished: Vec<Piece>,
    tail: BytesMut,
}

/// Position of a tagged field; see [`Encoder::begin_tagged`].
#[derive(Debug)]
#[must_use = "a tagged field must be ended"]
pub struct TaggedField {
    body_start: usize,
}

impl Encoder {
    /// An encoder without output.
    pub fn new() -> Encoder {
        Encoder::default()
    }

    /// All output, as one range.
    ///
    /// # Panics
    ///
    /// If record data was written as [`Records::Elsewhere`]: use [`Encoder::finish_pieces`].
    pub fn finish(self) -> Bytes {
        if self.finished.is_empty() {
            return self.tail.freeze();
        }
        let mut whole = BytesMut::new();
        for piece in self.finish_pieces() {
            match piece {
                Piece::Bytes(bytes) => whole.extend_from_slice(&bytes),
                Piece::Hole(_) => panic!("record data lies elsewhere: finish in pieces"),
            }
        }
        whole.freeze()
    }

    /// All output, in order. The caller fills the holes.
    pub fn finish_pieces(mut self) -> Vec<Piece> {
        self.close_tail();
        self.finished
    }

    /// Length of the output in bytes, including holes.
    pub fn len(&self) -> u64 {
        let finished: u64 = self.finished.iter().map(Piece::len).sum();
        finished + self.tail.len() as u64
    }

    /// Whether there is no output.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An error unless `version` is one of `valid`.
    pub fn check_version(
        &self,
        message: &'static str,
        version: i16,
        valid: RangeInclusive<i16>,
    ) -> Result<(), EncodeError> {
        if valid.contains(&version) {
            return Ok(());
        }
        Err(EncodeError::UnsupportedVersion { message, version })
    }

    /// Writes a byte, 1 or 0.
    pub fn bool(&mut self, value: bool) {
        self.tail.put_u8(u8::from(value));
    }

    /// Writes one signed byte.
    pub fn i8(&mut self, value: i8) {
        self.tail.put_i8(value);
    }

    /// Writes two bytes, big-endian.
    pub fn i16(&mut self, value: i16) {
        self.tail.put_i16(value);
    }

    /// Writes two bytes, big-endian, unsigned.
    pub fn u16(&mut self, value: u16) {
        self.tail.put_u16(value);
    }

    /// Writes four bytes, big-endian.
    pub fn i32(&mut self, value: i32) {
        self.tail.put_i32(value);
    }

    /// Writes four bytes, big-endian, unsigned.
    pub fn u32(&mut self, value: u32) {
        self.tail.put_u32(value);
    }

    /// Writes eight bytes, big-endian.
    pub fn i64(&mut self, value: i64) {
        self.tail.put_i64(value);
    }

    /// Writes an IEEE 754 double, big-endian.
    pub fn f64(&mut self, value: f64) {
        self.tail.put_f64(value);
    }

    /// Writes sixteen bytes.
    pub fn uuid(&mut self, value: Uuid) {
        self.tail.put_slice(&value.0);
    }

    /// Writes bytes without a length.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.tail.put_slice(bytes);
    }

    /// Writes an unsigned variable-length integer.
    pub fn unsigned_varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.tail.put_u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.tail.put_u8(value as u8);
    }

    /// Writes a string.
    pub fn string(&mut self, value: &str, flexible: bool) -> Result<(), EncodeError> {
        self.string_length(value.len(), flexible)?;
        self.tail.put_slice(value.as_bytes());
        Ok(())
    }

    /// Writes a string, or null.
    pub fn nullable_string(
        &mut self,
        value: Option<&str>,
        flexible: bool,
    ) -> Result<(), EncodeError> {
        match value {
            Some(value) => self.string(value, flexible)?,
            None if flexible => self.unsigned_varint(0),
            None => self.i16(-1),
        }
        Ok(())
    }

    /// Writes bytes.
    pub fn bytes(&mut self, value: &[u8], flexible: bool) -> Result<(), EncodeError> {
        self.length(value.len(), flexible)?;
        self.tail.put_slice(value);
        Ok(())
    }

    /// Writes bytes, or null.
    pub fn nullable_bytes(
        &mut self,
        value: Option<&[u8]>,
        flexible: bool,
    ) -> Result<(), EncodeError> {
        match value {
            Some(value) => self.bytes(value, flexible)?,
            None => self.null(flexible),
        }
        Ok(())
    }

    /// Writes record data that must not be null.
    pub fn records(
        &mut self,
        value: &Records,
        flexible: bool,
        field: &'static str,
    ) -> Result<(), EncodeError> {
        if *value == Records::Null {
            return Err(EncodeError::UnexpectedNull { field });
        }
        self.nullable_records(value, flexible)
    }

    /// Writes record data, or null.
    pub fn nullable_records(&mut self, value: &Records, flexible: bool) -> Result<(), EncodeError> {
        match value {
            Records::Null => self.null(flexible),
            Records::Bytes(bytes) if bytes.len() < SHARE_FROM_BYTES => {
                self.bytes(bytes, flexible)?;
            }
            Records::Bytes(bytes) => {
                self.length(bytes.len(), flexible)?;
                self.close_tail();
                self.finished.push(Piece::Bytes(bytes.clone()));
            }
            Records::Elsewhere(bytes) => {
                let length = usize::try_from(*bytes).unwrap_or(usize::MAX);
                self.length(length, flexible)?;
                self.close_tail();
                self.finished.push(Piece::Hole(*bytes));
            }
        }
        Ok(())
    }

    /// Writes an array, element by element.
    pub fn array<T>(
        &mut self,
        elements: &[T],
        flexible: bool,
        mut element: impl FnMut(&mut Encoder, &T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.length(elements.len(), flexible)?;
        for value in elements {
            element(self, value)?;
        }
        Ok(())
    }

    /// Writes an array, element by element, or null.
    pub fn nullable_array<T>(
        &mut self,
        elements: Option<&[T]>,
        flexible: bool,
        element: impl FnMut(&mut Encoder, &T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        match elements {
            Some(elements) => self.array(elements, flexible, element)?,
            None => self.null(flexible),
        }
        Ok(())
    }

    /// Writes the byte that says whether a nullable structure follows.
    pub fn presence(&mut self, present: bool) {
        self.i8(if present { 1 } else { -1 });
    }

    /// As [`Encoder::presence`] for a structure that is a tagged field.
    pub fn presence_tagged(&mut self, present: bool) {
        self.unsigned_varint(u32::from(present));
    }

    /// Begins a tagged field: writes the tag and reserves room for the size.
    pub fn begin_tagged(&mut self, tag: u32) -> TaggedField {
        self.unsigned_varint(tag);
        TaggedField {
            body_start: self.tail.len(),
        }
    }

    /// Ends a tagged field: writes its size.
    pub fn end_tagged(&mut self, field: TaggedField) {
        let body = self.tail.split_off(field.body_start);
        self.unsigned_varint(body.len() as u32);
        self.tail.unsplit(body);
    }

    /// Writes a length: four bytes, or one more than the length as a variable-length integer.
    fn length(&mut self, length: usize, flexible: bool) -> Result<(), EncodeError> {
        let Ok(plain) = i32::try_from(length) else {
            return Err(EncodeError::TooLong { length });
        };
        if flexible {
            self.unsigned_varint(plain as u32 + 1);
        } else {
            self.i32(plain);
        }
        Ok(())
    }

    fn string_length(&mut self, length: usize, flexible: bool) -> Result<(), EncodeError> {
        let Ok(plain) = i16::try_from(length) else {
            return Err(EncodeError::TooLong { length });
        };
        if flexible {
            self.unsigned_varint(plain as u32 + 1);
        } else {
            self.i16(plain);
        }
        Ok(())
    }

    fn null(&mut self, flexible: bool) {
        if flexible {
            self.unsigned_varint(0);
        } else {
            self.i32(-1);
        }
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            self.finished.push(Piece::Bytes(self.tail.split().freeze()));
        }
    }
}

/// The value of a field that must not be null in this version.
pub fn required<'a, T>(value: &'a Option<T>, field: &'static str) -> Result<&'a T, EncodeError> {
    value.as_ref().ok_or(EncodeError::UnexpectedNull { field })
}

impl Piece {
    /// Its length on the wire, in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Hole(bytes) => *bytes,
        }
    }

    /// Whether its length is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
