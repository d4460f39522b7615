//! A column of text or bytes that is being made.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, NullBufferBuilder, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::DataType as ArrowType;

use crate::error::{Error, Result};

/// Collects texts or byte strings. A column of more than 2 GiB is an error.
pub(in crate::family) struct TextBuilder {
    bytes: Vec<u8>,
    ends: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl TextBuilder {
    /// An empty column with room for `rows`.
    pub(in crate::family) fn new(rows: usize) -> TextBuilder {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        TextBuilder {
            bytes: Vec::new(),
            ends,
            nulls: NullBufferBuilder::new(rows),
        }
    }

    /// What the row that is being made is appended to.
    #[inline]
    pub(in crate::family) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends the row.
    ///
    /// # Errors
    /// If the column is larger than 2 GiB.
    #[inline]
    pub(in crate::family) fn end(&mut self) -> Result<()> {
        let Ok(end) = i32::try_from(self.bytes.len()) else {
            return Err(too_large());
        };
        self.ends.push(end);
        self.nulls.append_non_null();
        Ok(())
    }

    /// Adds a row.
    ///
    /// # Errors
    /// If the column is larger than 2 GiB.
    #[inline]
    pub(in crate::family) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(bytes);
        self.end()
    }

    /// Adds a row that is NULL.
    #[inline]
    pub(in crate::family) fn push_null(&mut self) {
        self.ends.push(self.ends[self.ends.len() - 1]);
        self.nulls.append_null();
    }

    /// The column as the Arrow type `Utf8` or `Binary`.
    ///
    /// # Errors
    /// If text is not UTF-8.
    pub(in crate::family) fn finish(mut self, data_type: &ArrowType) -> Result<ArrayRef> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends));
        let values = Buffer::from_vec(self.bytes);
        let nulls = self.nulls.finish();
        Ok(match data_type {
            ArrowType::Binary => Arc::new(BinaryArray::try_new(offsets, values, nulls)?),
            _ => Arc::new(StringArray::try_new(offsets, values, nulls)?),
        })
    }
}

/// The error for a column of more than 2 GiB.
pub(in crate::family) fn too_large() -> Error {
    Error::internal("a column of more than 2 GiB of text or elements")
}

/// Checks a row before it grows further.
///
/// # Errors
/// If the column is larger than 2 GiB.
#[inline]
pub(in crate::family) fn check_size(bytes: &[u8]) -> Result<()> {
    match bytes.len() <= i32::MAX as usize {
        true => Ok(()),
        false => Err(too_large()),
    }
}
