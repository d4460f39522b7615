//! Values of a group as an array, and the value of an extreme row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::DataType as ArrowType;
use sql::{DataType, NullTreatment};

use crate::aggregate::{Encoder, Gathered, Spec};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::family::aggregate::extremes::check_ordering;
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
        Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, required(spec), set))),
    ),
    Function::aggregate(
        "min_by",
        (2, 2),
        "min_by(x, y) - Returns `x` of the row with the smallest `y`.",
        by,
        Kernel::Aggregate(|spec| {
            Ok(Gathered::boxed(spec, vec![1], |_, columns, offsets| {
                extreme_row(columns, offsets, false)
            }))
        }),
    ),
    Function::aggregate(
        "max_by",
        (2, 2),
        "max_by(x, y) - Returns `x` of the row with the largest `y`.",
        by,
        Kernel::Aggregate(|spec| {
            Ok(Gathered::boxed(spec, vec![1], |_, columns, offsets| {
                extreme_row(columns, offsets, true)
            }))
        }),
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
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
            "The input of `collect_set` can't be \"MAP\" or \"COLLATED STRING\" type data.",
        ));
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

fn by(call: Call<'_>) -> Result<Typed> {
    check_ordering(&call, 1)?;
    let result = call.type_of(0).clone();
    call.aggregate(result, true)
}

/// The array of each group.
fn lists(spec: &Spec, values: ArrayRef, offsets: OffsetBuffer<i32>) -> Result<ArrayRef> {
    let ArrowType::List(element) = spec.return_type() else {
        return Err(Error::internal("an array was expected"));
    };
    Ok(Arc::new(ListArray::try_new(
        element, offsets, values, None,
    )?))
}

fn list(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    lists(spec, Arc::clone(&columns[0]), offsets.clone())
}

/// The distinct values of each group. Small whole numbers come in the order of Spark's hash table.
fn set(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let encoded = Encoder::keys(&[spec.argument(0)])?.encode(&columns[..1])?;
    let whole = arrow::compute::cast(&columns[0], &ArrowType::Int64).ok();
    let is_integral = columns[0].data_type().is_integer();
    let (mut rows, mut lengths) = (Vec::new(), Vec::with_capacity(offsets.len() - 1));
    for group in offsets.windows(2) {
        let mut seen = std::collections::HashSet::new();
        let start = rows.len();
        for row in group[0] as usize..group[1] as usize {
            if seen.insert(encoded.row(row).owned()) {
                rows.push(row as u32);
            }
        }
        if let (true, Some(whole)) = (is_integral, &whole) {
            let whole = whole.as_primitive::<arrow::datatypes::Int64Type>();
            // A table of a power of two, at most three quarters full.
            let mut capacity = 16_usize;
            while (rows.len() - start) * 4 > capacity * 3 {
                capacity *= 2;
            }
            rows[start..].sort_by_key(|row| {
                if whole.is_null(*row as usize) {
                    return (0, 0);
                }
                let value = whole.value(*row as usize);
                let hash = i32::try_from(value).unwrap_or((value ^ (value >> 32)) as i32);
                let mixed = hash ^ ((hash as u32) >> 16) as i32;
                ((mixed as u32 as usize) & (capacity - 1), mixed)
            });
        }
        lengths.push(rows.len() - start);
    }
    let values = take(&columns[0], &UInt32Array::from(rows), None)?;
    lists(
        spec,
        crate::aggregate::normalised(&values)?,
        OffsetBuffer::from_lengths(lengths),
    )
}

/// The first column of the row with the extreme of the second; of equal rows the last.
fn extreme_row(
    columns: &[ArrayRef],
    offsets: &OffsetBuffer<i32>,
    is_max: bool,
) -> Result<ArrayRef> {
    let keys = Encoder::keys(&[columns[1].data_type().clone()])?.encode(&columns[1..2])?;
    let rows = offsets.windows(2).map(|group| {
        let rows = group[0] as usize..group[1] as usize;
        let best = rows.reduce(|best, row| {
            let order = keys.row(row).cmp(&keys.row(best));
            let is_better = if is_max { order.is_ge() } else { order.is_le() };
            if is_better { row } else { best }
        });
        best.map(|row| row as u32)
    });
    let rows: UInt32Array = rows.collect();
    Ok(take(&columns[0], &rows, None)?)
}
