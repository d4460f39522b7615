//! Arrays, maps and structs: their parts are cast.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::nullif;
use arrow::datatypes::DataType as ArrowType;
use sql::DataType;

use super::{Context, convert as convert_value};
use crate::error::{Error, Result};
use crate::types::{element_field, to_arrow, to_fields};

pub(super) fn convert(
    array: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    match (from, to) {
        (DataType::Array(from), DataType::Array(to)) => {
            let list = array.as_list::<i32>();
            let (offsets, first, length) = own_offsets(list.offsets());
            let values = convert_value(&list.values().slice(first, length), from, to, context)?;
            let result =
                ListArray::try_new(element_field(to), offsets, values, list.nulls().cloned())?;
            Ok(Arc::new(result))
        }
        (DataType::Map(from_key, from_value), DataType::Map(key, value)) => {
            let map = array.as_map();
            let (offsets, first, length) = own_offsets(map.offsets());
            let keys = convert_value(&map.keys().slice(first, length), from_key, key, context)?;
            let values = convert_value(
                &map.values().slice(first, length),
                from_value,
                value,
                context,
            )?;
            let ArrowType::Map(entries, _) = to_arrow(to) else {
                return Err(Error::internal("a map is kept in another type"));
            };
            let ArrowType::Struct(fields) = entries.data_type() else {
                return Err(Error::internal("a map has no entries"));
            };
            let structs = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
            let result = MapArray::try_new(
                Arc::clone(&entries),
                offsets,
                structs,
                map.nulls().cloned(),
                false,
            )?;
            Ok(Arc::new(result))
        }
        (DataType::Struct(from), DataType::Struct(to)) => {
            let structs = array.as_struct();
            let mut columns = Vec::with_capacity(to.len());
            for ((column, from), to) in structs.columns().iter().zip(from).zip(to) {
                // What is behind a NULL must not fail.
                let column = match structs.nulls() {
                    Some(nulls) => nullif(
                        column,
                        &arrow::array::BooleanArray::new(!nulls.inner(), None),
                    )?,
                    None => Arc::clone(column),
                };
                columns.push(convert_value(
                    &column,
                    &from.data_type,
                    &to.data_type,
                    context,
                )?);
            }
            // Fields that a failed cast makes NULL: what is kept is nullable.
            let fields = to_fields(to);
            let result = if columns.is_empty() {
                StructArray::new_empty_fields(structs.len(), structs.nulls().cloned())
            } else {
                StructArray::try_new(fields, columns, structs.nulls().cloned())?
            };
            Ok(Arc::new(result))
        }
        (from, to) => Err(Error::internal(format!(
            "no cast from {} to {}",
            from.sql(),
            to.sql()
        ))),
    }
}

/// Offsets that begin at zero, with the first value and the number of values that belong to them.
fn own_offsets(offsets: &OffsetBuffer<i32>) -> (OffsetBuffer<i32>, usize, usize) {
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    let moved = offsets
        .iter()
        .map(|offset| offset - first)
        .collect::<Vec<_>>();
    (
        OffsetBuffer::new(moved.into()),
        first as usize,
        (last - first) as usize,
    )
}
