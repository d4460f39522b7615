//! One value of any type for each group.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryBuilder, PrimitiveArray, StringBuilder,
    UInt64Array, downcast_primitive,
};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use arrow::datatypes::DataType as ArrowType;

use crate::aggregate::encoded::Encoder;
use crate::error::Result;

/// A value, or NULL, for each group.
pub(crate) trait Slots: Send + Sync + Debug {
    /// Makes room for this many groups; new ones hold NULL.
    fn grow(&mut self, groups: usize);

    /// For each `(group, row)`: the group holds the value of the array at this row.
    ///
    /// # Errors
    /// If the array has another type.
    fn assign(&mut self, array: &ArrayRef, kept: &[(usize, usize)]) -> Result<()>;

    /// The values of the first groups.
    ///
    /// # Errors
    /// If no array can be made.
    fn values(&self, count: usize) -> Result<ArrayRef>;

    /// Drops the first groups.
    fn remove(&mut self, count: usize);

    /// Bytes of memory.
    fn size(&self) -> usize;
}

/// Slots for values of a type.
///
/// # Errors
/// If the type cannot be encoded.
pub(crate) fn slots(data_type: &ArrowType) -> Result<Box<dyn Slots>> {
    macro_rules! numbers {
        ($t:ty, $data_type:expr) => {
            Box::new(Numbers::<$t> {
                values: Vec::new(),
                is_valid: Vec::new(),
                data_type: $data_type.clone(),
            })
        };
    }
    Ok(downcast_primitive! {
        data_type => (numbers, data_type),
        ArrowType::Utf8 => Box::new(Texts { values: Vec::new(), heap: 0, is_text: true }),
        ArrowType::Binary => Box::new(Texts { values: Vec::new(), heap: 0, is_text: false }),
        _ => Box::new(Encoded {
            encoder: Encoder::exact(data_type)?,
            null: null_row(data_type)?,
            values: Vec::new(),
            heap: 0,
        }),
    })
}

/// The row of each group that is kept of the current batch.
#[derive(Debug, Default)]
pub(crate) struct KeptRows {
    /// Groups and rows.
    rows: Vec<(usize, usize)>,
    /// The place of each group in `rows`, if it is there.
    place_of: Vec<u32>,
}

impl KeptRows {
    /// Makes room for this many groups.
    pub(crate) fn grow(&mut self, groups: usize) {
        self.place_of.resize(groups, u32::MAX);
    }

    /// A new batch begins.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
    }

    /// Keeps the row, if the group has none yet or `replaces` says so of the one that it has.
    #[inline]
    pub(crate) fn offer(&mut self, group: usize, row: usize, replaces: impl Fn(usize) -> bool) {
        match self.rows.get_mut(self.place_of[group] as usize) {
            Some(pick) if pick.0 == group => {
                if replaces(pick.1) {
                    pick.1 = row;
                }
            }
            _ => {
                self.place_of[group] = self.rows.len() as u32;
                self.rows.push((group, row));
            }
        }
    }

    /// Keeps only rows for which this holds; nothing may be offered after it until the next batch.
    pub(crate) fn retain(&mut self, holds: impl Fn(usize, usize) -> bool) {
        self.rows.retain(|(group, row)| holds(*group, *row));
    }

    /// The groups and their rows.
    pub(crate) fn rows(&self) -> &[(usize, usize)] {
        &self.rows
    }

    /// Drops the first groups.
    pub(crate) fn remove(&mut self, count: usize) {
        self.place_of.drain(..count);
    }

    /// Bytes of memory.
    pub(crate) fn size(&self) -> usize {
        self.rows.capacity() * size_of::<(usize, usize)>()
            + self.place_of.capacity() * size_of::<u32>()
    }
}

#[derive(Debug)]
struct Numbers<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    is_valid: Vec<bool>,
    data_type: ArrowType,
}

impl<T: ArrowPrimitiveType + Debug> Slots for Numbers<T> {
    fn grow(&mut self, groups: usize) {
        self.values.resize(groups, T::default_value());
        self.is_valid.resize(groups, false);
    }

    fn assign(&mut self, array: &ArrayRef, kept: &[(usize, usize)]) -> Result<()> {
        let array = array.as_primitive::<T>();
        let values = array.values();
        for (group, row) in kept {
            self.values[*group] = values[*row];
            self.is_valid[*group] = array.is_valid(*row);
        }
        Ok(())
    }

    fn values(&self, count: usize) -> Result<ArrayRef> {
        let nulls = NullBuffer::from(&self.is_valid[..count]);
        let values = self.values[..count].to_vec().into();
        let array = PrimitiveArray::<T>::new(values, Some(nulls));
        Ok(Arc::new(array.with_data_type(self.data_type.clone())))
    }

    fn remove(&mut self, count: usize) {
        self.values.drain(..count);
        self.is_valid.drain(..count);
    }

    fn size(&self) -> usize {
        self.values.capacity() * (size_of::<T::Native>() + 1)
    }
}

#[derive(Debug)]
struct Texts {
    values: Vec<Option<Vec<u8>>>,
    heap: usize,
    is_text: bool,
}

impl Slots for Texts {
    fn grow(&mut self, groups: usize) {
        self.values.resize(groups, None);
    }

    fn assign(&mut self, array: &ArrayRef, kept: &[(usize, usize)]) -> Result<()> {
        let texts = array.as_string_opt::<i32>();
        let bytes = array.as_binary_opt::<i32>();
        for (group, row) in kept {
            let slot = &mut self.values[*group];
            let value = match (texts, bytes) {
                _ if array.is_null(*row) => None,
                (Some(texts), _) => Some(texts.value(*row).as_bytes()),
                (_, Some(bytes)) => Some(bytes.value(*row)),
                _ => None,
            };
            let Some(value) = value else {
                self.heap -= slot.take().map_or(0, |old| old.capacity());
                continue;
            };
            let old = slot.get_or_insert_default();
            self.heap -= old.capacity();
            old.clear();
            old.extend_from_slice(value);
            self.heap += old.capacity();
        }
        Ok(())
    }

    fn values(&self, count: usize) -> Result<ArrayRef> {
        let values = &self.values[..count];
        let bytes = values.iter().flatten().map(Vec::len).sum();
        if self.is_text {
            let mut builder = StringBuilder::with_capacity(count, bytes);
            for value in values {
                let text = value.as_deref().map(String::from_utf8_lossy);
                builder.append_option(text);
            }
            return Ok(Arc::new(builder.finish()));
        }
        let mut builder = BinaryBuilder::with_capacity(count, bytes);
        for value in values {
            builder.append_option(value.as_deref());
        }
        Ok(Arc::new(builder.finish()))
    }

    fn remove(&mut self, count: usize) {
        let removed = self.values.drain(..count);
        self.heap -= removed
            .flatten()
            .map(|value| value.capacity())
            .sum::<usize>();
    }

    fn size(&self) -> usize {
        self.values.capacity() * size_of::<Option<Vec<u8>>>() + self.heap
    }
}

#[derive(Debug)]
struct Encoded {
    encoder: Encoder,
    /// The bytes of NULL.
    null: Box<[u8]>,
    values: Vec<Option<Box<[u8]>>>,
    heap: usize,
}

fn null_row(data_type: &ArrowType) -> Result<Box<[u8]>> {
    let null = arrow::array::new_null_array(data_type, 1);
    let rows = Encoder::exact(data_type)?.encode(&[null])?;
    Ok(rows.row(0).as_ref().into())
}

impl Slots for Encoded {
    fn grow(&mut self, groups: usize) {
        self.values.resize(groups, None);
    }

    fn assign(&mut self, array: &ArrayRef, kept: &[(usize, usize)]) -> Result<()> {
        let rows: UInt64Array = kept.iter().map(|(_, row)| *row as u64).collect();
        let rows = self.encoder.encode(&[take(array, &rows, None)?])?;
        for ((group, _), row) in kept.iter().zip(&rows) {
            let new: Box<[u8]> = row.as_ref().into();
            self.heap += new.len();
            let old = self.values[*group].replace(new);
            self.heap -= old.map_or(0, |old| old.len());
        }
        Ok(())
    }

    fn values(&self, count: usize) -> Result<ArrayRef> {
        let rows = self.values[..count].iter();
        let rows = rows.map(|value| value.as_deref().unwrap_or(&self.null));
        let mut columns = self.encoder.decode(rows)?;
        Ok(columns.swap_remove(0))
    }

    fn remove(&mut self, count: usize) {
        let removed = self.values.drain(..count);
        self.heap -= removed.flatten().map(|value| value.len()).sum::<usize>();
    }

    fn size(&self) -> usize {
        self.values.capacity() * size_of::<Option<Box<[u8]>>>() + self.heap
    }
}
