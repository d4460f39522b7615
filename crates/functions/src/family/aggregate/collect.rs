//! Values of a group as an array.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::DataType as ArrowType;
use sql::{DataType, NullTreatment};

use crate::aggregate::{Codes, Distinct, Encoder, Fold, Gathered, Spec};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::array;

const LIST: Kernel = Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, required(spec), list)));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate(
        "collect_list",
        (1, 1),
        "collect_list(expr) - Returns the values that are not NULL as an array.",
        collect,
        LIST,
    ),
    Function::aggregate(
        "array_agg",
        (1, 1),
        "array_agg(expr) - Returns the values that are not NULL as an array.",
        collect,
        LIST,
    ),
    Function::aggregate(
        "collect_set",
        (1, 1),
        "collect_set(expr) - Returns the distinct values that are not NULL as an array.",
        collect,
        Kernel::Aggregate(make_set),
    ),
    Function::aggregate(
        "collect_union",
        (1, 1),
        "collect_union(expr) - Returns the distinct elements of all the arrays as an array.",
        union,
        Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, vec![0], distinct_elements))),
    ),
];

fn required(spec: &Spec) -> Vec<usize> {
    if spec.ignore_nulls {
        vec![0]
    } else {
        Vec::new()
    }
}

fn collect(call: Call<'_>) -> Result<Typed> {
    let is_set = call.function.name == "collect_set";
    if is_set && matches!(call.type_of(0), DataType::Map(..)) {
        return Err(no_maps(&call));
    }
    let ignore_nulls = call.clauses.nulls != Some(NullTreatment::Respect);
    let mut name = call.text();
    if let (false, Some(at)) = (is_set, name.find('(')) {
        name.replace_range(..at, "collect_list");
    }
    if !ignore_nulls {
        name.push_str(" RESPECT NULLS");
    }
    let result = array(call.type_of(0).clone());
    let parts = AggregateParts {
        ignore_nulls,
        ..AggregateParts::default()
    };
    call.aggregate_of(parts, result, false, name)
}

/// Maps are not equal to each other in Spark.
fn no_maps(call: &Call<'_>) -> Error {
    call.mismatch(
        "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
        format!(
            "The input of `{}` can't be \"MAP\" or \"COLLATED STRING\" type data.",
            call.function.name
        ),
    )
}

/// `collect_union`.
fn union(call: Call<'_>) -> Result<Typed> {
    let DataType::Array(element) = call.type_of(0) else {
        return Err(call.unexpected_type(0, "\"ARRAY\""));
    };
    if matches!(**element, DataType::Map(..)) {
        return Err(no_maps(&call));
    }
    let result = array(element.as_ref().clone());
    call.aggregate(result, false)
}

/// The array of each group.
pub(super) fn lists(
    spec: &Spec,
    values: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef> {
    let ArrowType::List(element) = spec.return_type() else {
        return Err(Error::internal("an array was expected"));
    };
    Ok(Arc::new(ListArray::try_new(
        element, offsets, values, nulls,
    )?))
}

fn list(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    lists(spec, Arc::clone(&columns[0]), offsets.clone(), None)
}

/// Keeps each value once, not each row.
fn make_set(spec: &Spec) -> Result<Box<dyn Fold>> {
    let gathered = spec.clone();
    let in_order = move || Ok(Gathered::boxed(&gathered, required(&gathered), set));
    let values = Distinct::new(vec![spec.argument(0)], Box::new(in_order))?;
    Ok(Box::new(values))
}

/// Values that are there once, in the order of Spark's hash table where it is known.
fn set(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let rows = offsets
        .windows(2)
        .map(|group| (group[0] as u32..group[1] as u32).collect());
    in_order(spec, &columns[0], rows)
}

/// The distinct values of each group, in the order of Spark's hash table where it is known.
fn distinct(spec: &Spec, values: &ArrayRef, offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let encoded =
        Encoder::keys(&[values.data_type().clone()])?.encode(std::slice::from_ref(values))?;
    let rows = offsets.windows(2).map(|group| {
        let mut seen = std::collections::HashSet::new();
        let mut rows: Vec<u32> = (group[0] as u32..group[1] as u32).collect();
        rows.retain(|row| seen.insert(encoded.row(*row as usize).owned()));
        rows
    });
    in_order(spec, values, rows)
}

/// An array of these rows for each group, in the order of Spark's hash table where it is known.
fn in_order(
    spec: &Spec,
    values: &ArrayRef,
    groups: impl Iterator<Item = Vec<u32>>,
) -> Result<ArrayRef> {
    let codes = Codes::of(values);
    let nulls = values.logical_nulls();
    let (mut rows, mut lengths) = (Vec::new(), Vec::new());
    for mut group in groups {
        if let Some(codes) = &codes {
            let count = group.len();
            group.sort_by_key(|row| match nulls.as_ref() {
                Some(nulls) if nulls.is_null(*row as usize) => (0, 0),
                _ => codes.place_in_set(*row as usize, count),
            });
        }
        lengths.push(group.len());
        rows.append(&mut group);
    }
    let values = take(values, &UInt32Array::from(rows), None)?;
    lists(
        spec,
        crate::aggregate::normalised(&values)?,
        OffsetBuffer::from_lengths(lengths),
        None,
    )
}

/// The distinct elements of the arrays of each group.
fn distinct_elements(
    spec: &Spec,
    columns: &[ArrayRef],
    offsets: &OffsetBuffer<i32>,
) -> Result<ArrayRef> {
    let arrays = columns[0].as_list::<i32>();
    let ends = arrays.value_offsets();
    let values = arrays.values();
    let nulls = values.logical_nulls();
    let (mut rows, mut lengths) = (Vec::new(), Vec::with_capacity(offsets.len() - 1));
    for group in offsets.windows(2) {
        // The elements of a group's arrays stand side by side.
        let elements = ends[group[0] as usize]..ends[group[1] as usize];
        let before = rows.len();
        let is_valid = |at: &i32| nulls.as_ref().is_none_or(|n| n.is_valid(*at as usize));
        rows.extend(elements.filter(is_valid).map(|at| at as u32));
        lengths.push(rows.len() - before);
    }
    let elements = take(values, &UInt32Array::from(rows), None)?;
    distinct(spec, &elements, &OffsetBuffer::from_lengths(lengths))
}
