//! Functions that look for equal elements: sets, membership, removal.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, BooleanBuilder, Int64Array};
use arrow::buffer::NullBuffer;
use sql::DataType;

use super::keys::{Seen, keys, normalised};
use super::lists::{Lists, offset, retype, take_lists, union};
use super::{
    Common, array_and_value, common_element, element_type, null_type, strict_element_type,
    wider_element,
};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::order::comparator;
use crate::typed::Typed;
use crate::types::{array, is_orderable};
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "array_contains",
        Group::Array,
        (2, 2),
        "array_contains(array, value) - Returns whether the array has the value; NULL if not and an element is NULL.",
        |call| {
            if (0..2).any(|index| *call.type_of(index) == DataType::Void) {
                return Err(null_type(&call));
            }
            strict_element_type(&call, 0)?;
            find(call, DataType::Boolean, wider_element)
        },
        Kernel::Scalar(contains),
    ),
    Function::scalar(
        "array_position",
        Group::Array,
        (2, 2),
        "array_position(array, element) - Returns where `element` is in the array, counted from 1; 0 if it is not there.",
        |call| {
            if *call.type_of(0) == DataType::Void {
                return Err(null_type(&call));
            }
            strict_element_type(&call, 0)?;
            find(call, DataType::Long, common_element)
        },
        Kernel::Scalar(position),
    ),
    Function::scalar(
        "array_remove",
        Group::Array,
        (2, 2),
        "array_remove(array, element) - Returns the array without the elements that equal `element`.",
        |mut call| {
            let element = value_of_array(&mut call, common_element)?;
            call.invoke(array(element))
        },
        Kernel::Scalar(remove),
    ),
    Function::scalar(
        "array_distinct",
        Group::Array,
        (1, 1),
        "array_distinct(array) - Returns the array without duplicates.",
        |mut call| {
            let element = element_type(&mut call, 0)?;
            check_order(&call, &element)?;
            call.invoke(array(element))
        },
        Kernel::Scalar(distinct),
    ),
    Function::scalar(
        "array_union",
        Group::Array,
        (2, 2),
        "array_union(array1, array2) - Returns the elements of both arrays without duplicates.",
        set,
        Kernel::Scalar(set_union),
    ),
    Function::scalar(
        "array_intersect",
        Group::Array,
        (2, 2),
        "array_intersect(array1, array2) - Returns the elements that are in both arrays, without duplicates.",
        set,
        Kernel::Scalar(|arguments| filter_set(arguments, true)),
    ),
    Function::scalar(
        "array_except",
        Group::Array,
        (2, 2),
        "array_except(array1, array2) - Returns the elements of `array1` that are not in `array2`, without duplicates.",
        set,
        Kernel::Scalar(|arguments| filter_set(arguments, false)),
    ),
    Function::scalar(
        "arrays_overlap",
        Group::Array,
        (2, 2),
        "arrays_overlap(a1, a2) - Returns whether the arrays have an element in common; NULL if not, none is empty and an element is NULL.",
        |mut call| {
            two_arrays(&mut call)?;
            call.invoke_nullable(DataType::Boolean, true)
        },
        Kernel::Scalar(overlap),
    ),
];

/// Elements are compared: they must have an order.
pub(super) fn check_order(call: &Call<'_>, element: &DataType) -> Result<()> {
    if is_orderable(element) {
        return Ok(());
    }
    Err(call.mismatch(
        "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
        format!(
            "The `{}` does not support ordering on type \"{}\".",
            call.function.name,
            element.sql()
        ),
    ))
}

/// Takes an array, and a value of its elements' type.
fn value_of_array(call: &mut Call<'_>, common: Common) -> Result<DataType> {
    let element = array_and_value(call, 0, 1, common)?;
    check_order(call, &element)?;
    Ok(element)
}

fn find(mut call: Call<'_>, result: DataType, common: Common) -> Result<Typed> {
    value_of_array(&mut call, common)?;
    // An element that is NULL may make the answer unknown.
    let nullable = result == DataType::Boolean || call.any_nullable();
    call.invoke_nullable(result, nullable)
}

/// Casts two arrays to one type, and gives that of the elements.
fn two_arrays(call: &mut Call<'_>) -> Result<DataType> {
    let common = match (call.type_of(0), call.type_of(1)) {
        (DataType::Array(left), DataType::Array(right)) => common_element(left, right),
        _ => None,
    };
    let Some(common) = common else {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES",
            format!(
                "Input to function `{}` should have been two \"ARRAY\" with same element type, but it's [\"{}\", \"{}\"].",
                call.function.name,
                call.type_of(0).sql(),
                call.type_of(1).sql()
            ),
        ));
    };
    check_order(call, &common)?;
    call.cast_argument(0, &array(common.clone()))?;
    call.cast_argument(1, &array(common.clone()))?;
    Ok(common)
}

fn set(mut call: Call<'_>) -> Result<Typed> {
    let element = two_arrays(&mut call)?;
    call.invoke(array(element))
}

/// The arrays, and the value to look for in each.
fn lists_and_values(arguments: &Arguments<'_>) -> Result<(Lists, ArrayRef)> {
    let lists = Lists::argument(arguments, 0)?;
    let values = retype(&arguments.array(1)?, lists.values.data_type())?;
    Ok((lists, values))
}

fn contains(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (lists, values) = lists_and_values(arguments)?;
    let compare = comparator(&*lists.values, &*values)?;
    let elements = lists.values.logical_nulls();
    let mut results = BooleanBuilder::with_capacity(lists.rows());
    for row in 0..lists.rows() {
        if lists.is_null(row) || values.is_null(row) {
            results.append_null();
        } else if lists.range(row).any(|at| compare(at, row).is_eq()) {
            results.append_value(true);
        } else {
            let has_null = has_null(elements.as_ref(), lists.range(row));
            results.append_option((!has_null).then_some(false));
        }
    }
    Ok(Arc::new(results.finish()))
}

fn has_null(nulls: Option<&NullBuffer>, mut range: std::ops::Range<usize>) -> bool {
    nulls.is_some_and(|nulls| range.any(|at| nulls.is_null(at)))
}

fn position(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (lists, values) = lists_and_values(arguments)?;
    let compare = comparator(&*lists.values, &*values)?;
    let positions = (0..lists.rows()).map(|row| {
        let mut range = lists.range(row);
        range
            .position(|at| compare(at, row).is_eq())
            .map_or(0, |at| at as i64 + 1)
    });
    let nulls = NullBuffer::union(lists.nulls().as_ref(), values.logical_nulls().as_ref());
    Ok(Arc::new(Int64Array::new(positions.collect(), nulls)))
}

fn remove(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (lists, values) = lists_and_values(arguments)?;
    let compare = comparator(&*lists.values, &*values)?;
    let mut indices = Vec::with_capacity(lists.values.len());
    let mut offsets = Vec::with_capacity(lists.rows() + 1);
    offsets.push(0);
    for row in 0..lists.rows() {
        if values.is_valid(row) {
            let kept = lists.range(row).filter(|at| compare(*at, row).is_ne());
            indices.extend(kept.map(|at| at as u32));
        }
        offsets.push(offset(indices.len())?);
    }
    let nulls = NullBuffer::union(lists.nulls().as_ref(), values.logical_nulls().as_ref());
    take_lists(
        &lists.values,
        indices,
        offsets,
        nulls,
        arguments.return_type,
    )
}

fn distinct(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let mut lists = Lists::argument(arguments, 0)?;
    lists.values = normalised(&lists.values)?;
    let rows = keys(&[&lists.values])?;
    let mut seen = Seen::default();
    let mut indices = Vec::with_capacity(lists.values.len());
    let mut offsets = Vec::with_capacity(lists.rows() + 1);
    offsets.push(0);
    for row in 0..lists.rows() {
        seen.clear();
        let first = lists.range(row).filter(|at| seen.insert(rows[0].row(*at)));
        indices.extend(first.map(|at| at as u32));
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

/// Two arrays with elements of one type.
fn two_lists(arguments: &Arguments<'_>) -> Result<[Lists; 2]> {
    let mut left = Lists::argument(arguments, 0)?;
    let mut right = Lists::argument(arguments, 1)?;
    left.values = normalised(&left.values)?;
    right.values = normalised(&retype(&right.values, left.values.data_type())?)?;
    Ok([left, right])
}

fn set_union(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let [left, right] = two_lists(arguments)?;
    let nulls = union([left.nulls(), right.nulls()]);
    let rows = keys(&[&left.values, &right.values])?;
    let split = left.values.len();
    let values = arrow::compute::concat(&[&*left.values, &*right.values])?;
    let mut seen = Seen::default();
    let mut indices = Vec::with_capacity(values.len());
    let mut offsets = Vec::with_capacity(arguments.rows + 1);
    offsets.push(0);
    for row in 0..arguments.rows {
        seen.clear();
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            let new = left.range(row).filter(|at| seen.insert(rows[0].row(*at)));
            indices.extend(new.map(|at| at as u32));
            let new = right.range(row).filter(|at| seen.insert(rows[1].row(*at)));
            indices.extend(new.map(|at| (split + at) as u32));
        }
        offsets.push(offset(indices.len())?);
    }
    take_lists(&values, indices, offsets, nulls, arguments.return_type)
}

/// The elements of the first array that are, or are not, in the second.
fn filter_set(arguments: &Arguments<'_>, in_both: bool) -> Result<ArrayRef> {
    let [left, right] = two_lists(arguments)?;
    let nulls = union([left.nulls(), right.nulls()]);
    let rows = keys(&[&left.values, &right.values])?;
    let (mut seen, mut other) = (Seen::default(), Seen::default());
    let mut indices = Vec::with_capacity(left.values.len());
    let mut offsets = Vec::with_capacity(arguments.rows + 1);
    offsets.push(0);
    for row in 0..arguments.rows {
        seen.clear();
        other.clear();
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)) {
            for at in right.range(row) {
                other.insert(rows[1].row(at));
            }
            let kept = left.range(row).filter(|at| {
                let key = rows[0].row(*at);
                other.contains(key) == in_both && seen.insert(key)
            });
            indices.extend(kept.map(|at| at as u32));
        }
        offsets.push(offset(indices.len())?);
    }
    take_lists(&left.values, indices, offsets, nulls, arguments.return_type)
}

fn overlap(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let [left, right] = two_lists(arguments)?;
    let rows = keys(&[&left.values, &right.values])?;
    let left_nulls = left.values.logical_nulls();
    let right_nulls = right.values.logical_nulls();
    let is_null = |nulls: &Option<NullBuffer>, at: usize| {
        nulls.as_ref().is_some_and(|nulls| nulls.is_null(at))
    };
    let mut seen = Seen::default();
    let mut results = Vec::with_capacity(arguments.rows);
    for row in 0..arguments.rows {
        if left.is_null(row) || right.is_null(row) {
            results.push(None);
            continue;
        }
        seen.clear();
        for at in left.range(row).filter(|at| !is_null(&left_nulls, *at)) {
            seen.insert(rows[0].row(at));
        }
        let mut others = right.range(row).filter(|at| !is_null(&right_nulls, *at));
        let found = others.any(|at| seen.contains(rows[1].row(at)));
        let unknown = left.len(row) > 0
            && right.len(row) > 0
            && (has_null(left_nulls.as_ref(), left.range(row))
                || has_null(right_nulls.as_ref(), right.range(row)));
        results.push((found || !unknown).then_some(found));
    }
    Ok(Arc::new(BooleanArray::from(results)))
}
