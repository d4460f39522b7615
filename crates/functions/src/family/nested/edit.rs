//! Arrays made of the elements of other arrays, by position.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::{DataType as ArrowType, Int32Type};
use sql::DataType;

use super::lists::{ListBuilder, Lists, element_of, list_of, offset, retype, take_lists, union};
use super::make::{MAX_ELEMENTS, field_name};
use super::{array_and_value, common_element, element_type, position, strict_element_type};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::typed::Typed;
use crate::types::{INT, array, field};
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "array_append",
        Group::Array,
        (2, 2),
        "array_append(array, element) - Returns the array with `element` at its end.",
        add,
        Kernel::Scalar(|arguments| append(arguments, false)),
    ),
    Function::scalar(
        "array_prepend",
        Group::Array,
        (2, 2),
        "array_prepend(array, element) - Returns the array with `element` at its beginning.",
        add,
        Kernel::Scalar(|arguments| append(arguments, true)),
    ),
    Function::scalar(
        "array_insert",
        Group::Array,
        (3, 3),
        "array_insert(array, pos, val) - Returns the array with `val` at `pos`, counted from 1 or from the end; gaps are filled with NULL.",
        |mut call| {
            position(&mut call, 1)?;
            let element = array_and_value(&mut call, 0, 2, common_element)?;
            let nullable = call.arguments[0].nullable || call.arguments[1].nullable;
            call.invoke_nullable(array(element), nullable)
        },
        Kernel::Scalar(insert),
    ),
    Function::scalar(
        "array_compact",
        Group::Array,
        (1, 1),
        "array_compact(array) - Returns the array without the elements that are NULL.",
        |mut call| {
            let element = element_type(&mut call, 0)?;
            call.invoke(array(element))
        },
        Kernel::Scalar(compact),
    ),
    Function::scalar(
        "__array_reverse",
        Group::Array,
        (1, 1),
        "",
        |mut call| {
            let element = element_type(&mut call, 0)?;
            call.invoke(array(element))
        },
        Kernel::Scalar(reverse),
    ),
    Function::scalar(
        "__array_concat",
        Group::Array,
        (1, MANY),
        "",
        |mut call| {
            let list = call.unify(0..call.arguments.len())?;
            if !matches!(list, DataType::Array(_)) {
                return Err(call.unexpected_type(0, "\"ARRAY\""));
            }
            call.invoke(list)
        },
        Kernel::Scalar(concat),
    ),
    Function::scalar(
        "flatten",
        Group::Array,
        (1, 1),
        "flatten(arrayOfArrays) - Returns one array of the elements of the inner arrays.",
        |call| match call.type_of(0) {
            DataType::Array(inner) if matches!(**inner, DataType::Array(_)) => {
                let inner = (**inner).clone();
                call.invoke_nullable(inner, true)
            }
            _ => Err(call.unexpected_type(0, "\"ARRAY\" of \"ARRAY\"")),
        },
        Kernel::Scalar(flatten),
    ),
    Function::scalar(
        "slice",
        Group::Array,
        (3, 3),
        "slice(x, start, length) - Returns up to `length` elements of the array from `start`, counted from 1 or from the end.",
        |mut call| {
            let element = element_type(&mut call, 0)?;
            call.accept_one(1, INT)?;
            call.accept_one(2, INT)?;
            call.invoke(array(element))
        },
        Kernel::Scalar(slice),
    ),
    Function::scalar(
        "arrays_zip",
        Group::Array,
        (0, MANY),
        "arrays_zip(a1, a2, ...) - Returns an array of structs: the first has the first elements of all arrays, and so on.",
        |mut call| {
            let mut fields = Vec::with_capacity(call.arguments.len());
            for index in 0..call.arguments.len() {
                let element = element_type(&mut call, index)?;
                let name = field_name(&call.arguments[index]);
                let name = name.unwrap_or_else(|| index.to_string());
                fields.push(field(&name, element, true));
            }
            call.invoke(array(DataType::Struct(fields)))
        },
        Kernel::Scalar(zip),
    ),
];

fn add(mut call: Call<'_>) -> Result<Typed> {
    strict_element_type(&call, 0)?;
    let element = array_and_value(&mut call, 0, 1, common_element)?;
    let nullable = call.arguments[0].nullable;
    call.invoke_nullable(array(element), nullable)
}

/// The lists of an argument, with elements of the result's type.
fn lists_for(arguments: &Arguments<'_>, index: usize) -> Result<Lists> {
    let mut lists = Lists::argument(arguments, index)?;
    let element = element_of(arguments.return_type)?;
    lists.values = retype(&lists.values, element.data_type())?;
    Ok(lists)
}

fn values_for(arguments: &Arguments<'_>, index: usize) -> Result<ArrayRef> {
    let element = element_of(arguments.return_type)?;
    retype(&arguments.array(index)?, element.data_type())
}

fn append(arguments: &Arguments<'_>, at_front: bool) -> Result<ArrayRef> {
    let lists = lists_for(arguments, 0)?;
    let values = values_for(arguments, 1)?;
    let (old, new) = (lists.values.to_data(), values.to_data());
    let mut results = ListBuilder::new(vec![&old, &new], lists.rows());
    for row in 0..lists.rows() {
        if lists.is_null(row) {
            results.null();
            continue;
        }
        if at_front {
            results.push(1, row..row + 1)?;
        }
        results.push(0, lists.range(row))?;
        if !at_front {
            results.push(1, row..row + 1)?;
        }
        results.end();
    }
    results.finish(arguments.return_type)
}

fn insert(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let lists = lists_for(arguments, 0)?;
    let positions = arguments.array(1)?;
    let positions = positions.as_primitive::<Int32Type>();
    let values = values_for(arguments, 2)?;
    let (old, new) = (lists.values.to_data(), values.to_data());
    let mut results = ListBuilder::new(vec![&old, &new], lists.rows());
    for row in 0..lists.rows() {
        if lists.is_null(row) || positions.is_null(row) {
            results.null();
            continue;
        }
        let range = lists.range(row);
        let position = i64::from(positions.value(row));
        if position == 0 {
            return Err(Error::data(
                "INVALID_INDEX_OF_ZERO",
                "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).",
            ));
        }
        let distance = position.unsigned_abs() as usize;
        let count = distance.max(range.len() + 1);
        if count as i64 > MAX_ELEMENTS {
            return Err(Error::data(
                "COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION",
                format!(
                    "Can't create array with {count} elements which exceeding the array size limit {MAX_ELEMENTS}, unsuccessful try to create arrays in the function `array_insert`."
                ),
            ));
        }
        let gap = count - range.len() - 1;
        if position > 0 {
            let before = range.len().min(distance - 1);
            results.push(0, range.start..range.start + before)?;
            results.push_nulls(gap)?;
            results.push(1, row..row + 1)?;
            results.push(0, range.start + before..range.end)?;
        } else if gap > 0 || distance == range.len() + 1 {
            results.push(1, row..row + 1)?;
            results.push_nulls(gap)?;
            results.push(0, range)?;
        } else {
            let split = range.end + 1 - distance;
            results.push(0, range.start..split)?;
            results.push(1, row..row + 1)?;
            results.push(0, split..range.end)?;
        }
        results.end();
    }
    results.finish(arguments.return_type)
}

fn compact(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let lists = Lists::argument(arguments, 0)?;
    let valid = arrow::compute::is_not_null(&lists.values)?;
    select(&lists, arguments, |at| valid.value(at))
}

/// The elements of each list for which `keep` is true.
pub(super) fn select(
    lists: &Lists,
    arguments: &Arguments<'_>,
    mut keep: impl FnMut(usize) -> bool,
) -> Result<ArrayRef> {
    let mut indices = Vec::with_capacity(lists.values.len());
    let mut offsets = Vec::with_capacity(lists.rows() + 1);
    offsets.push(0);
    for row in 0..lists.rows() {
        indices.extend(lists.range(row).filter(|at| keep(*at)).map(|at| at as u32));
        offsets.push(offset(indices.len())?);
    }
    take_lists(
        &lists.values,
        indices,
        offsets,
        lists.nulls(),
        arguments.return_type,
    )
}

fn reverse(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let lists = Lists::argument(arguments, 0)?;
    let mut indices = Vec::with_capacity(lists.values.len());
    let mut offsets = Vec::with_capacity(lists.rows() + 1);
    offsets.push(0);
    for row in 0..lists.rows() {
        indices.extend(lists.range(row).rev().map(|at| at as u32));
        offsets.push(offset(indices.len())?);
    }
    take_lists(
        &lists.values,
        indices,
        offsets,
        lists.nulls(),
        arguments.return_type,
    )
}

/// The elements of all lists, or the entries of all maps.
pub(super) fn concat(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let all = (0..arguments.len()).map(|index| lists_for(arguments, index));
    let all = all.collect::<Result<Vec<_>>>()?;
    let data: Vec<_> = all.iter().map(|lists| lists.values.to_data()).collect();
    let mut results = ListBuilder::new(data.iter().collect(), arguments.rows);
    for row in 0..arguments.rows {
        if all.iter().any(|lists| lists.is_null(row)) {
            results.null();
            continue;
        }
        for (source, lists) in all.iter().enumerate() {
            results.push(source, lists.range(row))?;
        }
        results.end();
    }
    results.finish(arguments.return_type)
}

/// The elements of the inner lists; NULL if one of them is NULL.
fn flatten(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let outer = Lists::argument(arguments, 0)?;
    let inner = Lists::new(&outer.values)?;
    let data = inner.values.to_data();
    let mut results = ListBuilder::new(vec![&data], outer.rows());
    for row in 0..outer.rows() {
        if outer.is_null(row) || outer.range(row).any(|list| inner.is_null(list)) {
            results.null();
            continue;
        }
        for list in outer.range(row) {
            results.push(0, inner.range(list))?;
        }
        results.end();
    }
    results.finish(arguments.return_type)
}

fn slice(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let lists = lists_for(arguments, 0)?;
    let (starts, lengths) = (arguments.array(1)?, arguments.array(2)?);
    let starts = starts.as_primitive::<Int32Type>();
    let lengths = lengths.as_primitive::<Int32Type>();
    let data = lists.values.to_data();
    let mut results = ListBuilder::new(vec![&data], lists.rows());
    for row in 0..lists.rows() {
        if lists.is_null(row) || starts.is_null(row) || lengths.is_null(row) {
            results.null();
            continue;
        }
        let (range, start, length) = (lists.range(row), starts.value(row), lengths.value(row));
        if start == 0 {
            return Err(Error::data(
                "INVALID_PARAMETER_VALUE.START",
                "The value of parameter(s) `start` in `slice` is invalid: Expects a positive or a negative value for `start`, but got 0.",
            ));
        }
        if length < 0 {
            return Err(Error::data(
                "INVALID_PARAMETER_VALUE.LENGTH",
                format!(
                    "The value of parameter(s) `length` in `slice` is invalid: Expects `length` greater than or equal to 0, but got {length}."
                ),
            ));
        }
        let distance = start.unsigned_abs() as usize;
        let first = if start > 0 {
            distance - 1
        } else {
            // Before the first element: an empty array.
            range.len().checked_sub(distance).unwrap_or(range.len())
        };
        let first = range.start + first.min(range.len());
        let end = first.saturating_add(length as usize).min(range.end);
        results.push(0, first..end)?;
        results.end();
    }
    results.finish(arguments.return_type)
}

/// One struct for each position of the longest array.
fn zip(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = element_of(arguments.return_type)?.data_type() else {
        return Err(Error::internal("arrays_zip of no structs"));
    };
    let all = (0..arguments.len()).map(|index| Lists::argument(arguments, index));
    let all = all.collect::<Result<Vec<_>>>()?;
    let nulls = union(all.iter().map(Lists::nulls));
    let mut offsets = Vec::with_capacity(arguments.rows + 1);
    offsets.push(0);
    let mut indices: Vec<Vec<Option<u32>>> = vec![Vec::new(); all.len()];
    let mut total = 0;
    for row in 0..arguments.rows {
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            let longest = all.iter().map(|lists| lists.len(row)).max().unwrap_or(0);
            for (lists, indices) in all.iter().zip(&mut indices) {
                let range = lists.range(row);
                let missing = longest - range.len();
                indices.extend(range.map(|at| Some(at as u32)));
                indices.resize(indices.len() + missing, None);
            }
            total += longest;
        }
        offsets.push(offset(total)?);
    }
    let mut columns = Vec::with_capacity(all.len());
    for ((lists, indices), field) in all.iter().zip(indices).zip(fields) {
        let column = take(&lists.values, &UInt32Array::from(indices), None)?;
        columns.push(retype(&column, field.data_type())?);
    }
    let structs = StructArray::try_new_with_length(fields.clone(), columns, None, total)?;
    list_of(Arc::new(structs), offsets, nulls, arguments.return_type)
}
