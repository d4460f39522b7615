//! Values as keys: bytes that are equal where the values are. NaN equals NaN, 0.0 equals -0.0, NULL equals NULL.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float64Array, ListArray, MapArray, StructArray,
};
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type};
use arrow::row::{Row, RowConverter, Rows, SortField};

use crate::error::Result;

/// The bytes of each value; equal values have equal bytes.
pub(super) fn keys(columns: &[&ArrayRef]) -> Result<Vec<Rows>> {
    let Some(first) = columns.first() else {
        return Ok(Vec::new());
    };
    let converter = RowConverter::new(vec![SortField::new(first.data_type().clone())])?;
    let rows = columns
        .iter()
        .map(|column| Ok(converter.convert_columns(&[normalised(column)?])?));
    rows.collect()
}

/// The values with one kind of NaN and without -0.0.
pub(super) fn normalised(array: &ArrayRef) -> Result<ArrayRef> {
    if !has_floats(array.data_type()) {
        return Ok(Arc::clone(array));
    }
    Ok(match array.data_type() {
        ArrowType::Float64 => {
            let array = array.as_primitive::<Float64Type>();
            let array: Float64Array = array.unary(|x| if x.is_nan() { f64::NAN } else { x + 0.0 });
            Arc::new(array)
        }
        ArrowType::Float32 => {
            let array = array.as_primitive::<Float32Type>();
            let array: Float32Array = array.unary(|x| if x.is_nan() { f32::NAN } else { x + 0.0 });
            Arc::new(array)
        }
        ArrowType::Struct(fields) => {
            let structs = array.as_struct();
            let columns = structs
                .columns()
                .iter()
                .map(normalised)
                .collect::<Result<_>>()?;
            let nulls = structs.nulls().cloned();
            let length = array.len();
            Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                columns,
                nulls,
                length,
            )?)
        }
        ArrowType::List(field) => {
            let lists = array.as_list::<i32>();
            let values = normalised(lists.values())?;
            let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
            Arc::new(ListArray::try_new(
                Arc::clone(field),
                offsets,
                values,
                nulls,
            )?)
        }
        ArrowType::Map(field, ordered) => {
            let maps = array.as_map();
            let entries: ArrayRef = Arc::new(maps.entries().clone());
            let entries = normalised(&entries)?.as_struct().clone();
            let (offsets, nulls) = (maps.offsets().clone(), maps.nulls().cloned());
            Arc::new(MapArray::try_new(
                Arc::clone(field),
                offsets,
                entries,
                nulls,
                *ordered,
            )?)
        }
        _ => Arc::clone(array),
    })
}

fn has_floats(data_type: &ArrowType) -> bool {
    match data_type {
        ArrowType::Float32 | ArrowType::Float64 => true,
        ArrowType::Struct(fields) => fields.iter().any(|field| has_floats(field.data_type())),
        ArrowType::List(field) | ArrowType::Map(field, _) => has_floats(field.data_type()),
        _ => false,
    }
}

/// Values that were seen. A few are compared one by one, many are hashed.
#[derive(Default)]
pub(super) struct Seen<'a> {
    few: Vec<Row<'a>>,
    many: HashSet<Row<'a>>,
}

/// Up to how many values are compared one by one.
const FEW: usize = 16;

impl<'a> Seen<'a> {
    /// Forgets all values.
    pub(super) fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    /// Whether the value was seen.
    pub(super) fn contains(&self, key: Row<'a>) -> bool {
        if self.many.is_empty() {
            self.few.contains(&key)
        } else {
            self.many.contains(&key)
        }
    }

    /// Adds a value; false if it was seen before.
    pub(super) fn insert(&mut self, key: Row<'a>) -> bool {
        if !self.many.is_empty() {
            return self.many.insert(key);
        }
        if self.few.contains(&key) {
            return false;
        }
        self.few.push(key);
        if self.few.len() > FEW {
            self.many.extend(self.few.drain(..));
        }
        true
    }
}
