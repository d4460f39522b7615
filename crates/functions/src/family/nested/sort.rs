//! Functions that order the elements of an array.

use std::cmp::Ordering;
use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_null_array};
use arrow::compute::take;
use arrow::datatypes::Int32Type;
use datafusion_common::ScalarValue;
use sql::DataType;

use super::access::pick;
use super::lists::{Lists, offset, take_lists};
use super::sets::check_order;
use super::{element_type, exact, strict_element_type};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::order::comparator;
use crate::typed::Typed;
use crate::types::array;
use crate::udf::{Arguments, LambdaArguments};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "array_max",
        Group::Array,
        (1, 1),
        "array_max(array) - Returns the largest element; NULL is left out, NaN is larger than all numbers.",
        extreme,
        Kernel::Scalar(|arguments| find_extreme(arguments, Ordering::Greater)),
    ),
    Function::scalar(
        "array_min",
        Group::Array,
        (1, 1),
        "array_min(array) - Returns the smallest element; NULL is left out.",
        extreme,
        Kernel::Scalar(|arguments| find_extreme(arguments, Ordering::Less)),
    ),
    Function::scalar(
        "sort_array",
        Group::Array,
        (1, 2),
        "sort_array(array[, ascendingOrder]) - Returns the array sorted; NULL comes first, or last in descending order.",
        sort_array,
        Kernel::Scalar(|arguments| {
            let ascending = match arguments.scalar(1) {
                Some(ScalarValue::Boolean(Some(ascending))) => *ascending,
                _ => return Ok(new_null_array(arguments.return_type, arguments.rows)),
            };
            sort(arguments, ascending, true)
        }),
    ),
    Function::scalar(
        "__array_sort",
        Group::Array,
        (1, 1),
        "",
        |mut call| {
            let element = element_type(&mut call, 0)?;
            check_order(&call, &element)?;
            call.invoke(array(element))
        },
        Kernel::Scalar(|arguments| sort(arguments, true, false)),
    ),
    Function::scalar(
        "array_sort",
        Group::Lambda,
        (1, 2),
        "array_sort(expr[, func]) - Returns the array sorted, NULL last; or in the order of `func`, which gives a negative number, 0 or a positive number for two elements.",
        array_sort,
        Kernel::HigherOrder(sort_by),
    ),
];

fn extreme(mut call: Call<'_>) -> Result<Typed> {
    let element = element_type(&mut call, 0)?;
    check_order(&call, &element)?;
    call.invoke_nullable(element, true)
}

fn find_extreme(arguments: &Arguments<'_>, wanted: Ordering) -> Result<ArrayRef> {
    let lists = Lists::argument(arguments, 0)?;
    let compare = comparator(&*lists.values, &*lists.values)?;
    let nulls = lists.values.logical_nulls();
    let is_valid = |at: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(at));
    let found = (0..lists.rows()).map(|row| {
        let valid = lists.range(row).filter(|at| is_valid(*at));
        let best = valid.reduce(|best, at| {
            if compare(at, best) == wanted {
                at
            } else {
                best
            }
        });
        best.map(|at| at as u32)
    });
    pick(&lists.values, found.collect(), arguments.return_type)
}

fn sort_array(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 1 {
        call.arguments.push(Typed::boolean(true));
    }
    let element = element_type(&mut call, 0)?;
    check_order(&call, &element)?;
    exact(&mut call, 1, &DataType::Boolean)?;
    call.constant(1)?;
    call.invoke(array(element))
}

/// Sorts each list. In descending order NULL comes last.
fn sort(arguments: &Arguments<'_>, ascending: bool, nulls_first: bool) -> Result<ArrayRef> {
    let lists = Lists::argument(arguments, 0)?;
    let compare = comparator(&*lists.values, &*lists.values)?;
    let is_null = lists.values.logical_nulls();
    let is_null = |at: u32| {
        is_null
            .as_ref()
            .is_some_and(|nulls| nulls.is_null(at as usize))
    };
    let mut indices: Vec<u32> = Vec::with_capacity(lists.values.len());
    let mut offsets = Vec::with_capacity(lists.rows() + 1);
    offsets.push(0);
    for row in 0..lists.rows() {
        let first = indices.len();
        indices.extend(lists.range(row).map(|at| at as u32));
        let of_row = &mut indices[first..];
        if ascending {
            of_row.sort_by(|a, b| compare(*a as usize, *b as usize));
        } else {
            of_row.sort_by(|a, b| compare(*b as usize, *a as usize));
        }
        if ascending && !nulls_first {
            let nulls = of_row.partition_point(|at| is_null(*at));
            of_row.rotate_left(nulls);
        }
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

/// What Spark shows as the order of `array_sort` where none is given.
const DEFAULT_ORDER: &str = "lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, 0)))))))))), namedlambdavariable(), namedlambdavariable())";

fn array_sort(mut call: Call<'_>) -> Result<Typed> {
    let element = strict_element_type(&call, 0)?;
    if call.arguments.len() == 1 {
        let text = format!("array_sort({}, {DEFAULT_ORDER})", call.arguments[0].name);
        return Ok(call
            .call("__array_sort", call.arguments.clone())?
            .named(text));
    }
    call.lambda(1, &[(element.clone(), true), (element.clone(), true)])?;
    let returned = call.type_of(1).clone();
    if returned != DataType::Integer {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE",
            format!(
                "The `{}` requires return \"INT\" type, but the actual is \"{}\" type.",
                call.function.name,
                returned.sql()
            ),
        ));
    }
    let nullable = call.arguments[0].nullable;
    call.invoke_higher_order(array(element), nullable)
}

/// Two neighbouring sorted runs that become one.
struct Merge {
    row: u32,
    left: Range<usize>,
    right: Range<usize>,
    /// Where the next of the merged run goes.
    next: usize,
}

/// Sorts each list by what the lambda says: a merge sort, in which each step compares one pair of every merge in one call
/// of the lambda.
fn sort_by(arguments: &LambdaArguments<'_>) -> Result<ArrayRef> {
    let lists = Lists::new(&arguments.array(0)?)?;
    let elements = lists.elements()?;
    let mut order: Vec<u32> = (0..elements.values.len() as u32).collect();
    let longest = (0..lists.rows())
        .map(|row| lists.len(row))
        .max()
        .unwrap_or(0);
    let mut width = 1;
    while width < longest {
        let mut merged = order.clone();
        let mut merges = merges_of(&elements.offsets, width);
        while !merges.is_empty() {
            let left = merges.iter().map(|merge| order[merge.left.start]);
            let left = UInt32Array::from_iter_values(left);
            let right = merges.iter().map(|merge| order[merge.right.start]);
            let right = UInt32Array::from_iter_values(right);
            let rows = UInt32Array::from_iter_values(merges.iter().map(|merge| merge.row));
            let pair = [
                take(&elements.values, &left, None)?,
                take(&elements.values, &right, None)?,
            ];
            let compared = arguments.evaluate(1, &pair, &rows)?;
            let compared = compared.as_primitive::<Int32Type>();
            if let Some(at) = (0..compared.len()).find(|at| compared.is_null(*at)) {
                return Err(returned_null(&pair, at));
            }
            for (merge, compared) in merges.iter_mut().zip(compared.values()) {
                let from = if *compared <= 0 {
                    &mut merge.left
                } else {
                    &mut merge.right
                };
                merged[merge.next] = order[from.start];
                from.start += 1;
                merge.next += 1;
            }
            merges.retain(|merge| {
                if !merge.left.is_empty() && !merge.right.is_empty() {
                    return true;
                }
                let rest = if merge.left.is_empty() {
                    &merge.right
                } else {
                    &merge.left
                };
                merged[merge.next..merge.next + rest.len()].copy_from_slice(&order[rest.clone()]);
                false
            });
        }
        order = merged;
        width *= 2;
    }
    let nulls = lists.nulls();
    take_lists(
        &elements.values,
        order,
        elements.offsets,
        nulls,
        arguments.return_type,
    )
}

/// The pairs of sorted runs of `width` elements in each list.
fn merges_of(offsets: &[i32], width: usize) -> Vec<Merge> {
    let mut merges = Vec::new();
    for (row, bounds) in offsets.windows(2).enumerate() {
        let (mut start, last) = (bounds[0] as usize, bounds[1] as usize);
        while last - start > width {
            let middle = start + width;
            let end = (middle + width).min(last);
            merges.push(Merge {
                row: row as u32,
                left: start..middle,
                right: middle..end,
                next: start,
            });
            start = end;
        }
    }
    merges
}

fn returned_null(pair: &[ArrayRef; 2], at: usize) -> Error {
    let shown = |array: &ArrayRef| {
        let options = arrow::util::display::FormatOptions::default().with_null("null");
        let formatter = arrow::util::display::ArrayFormatter::try_new(array, &options);
        formatter.map_or_else(
            |_| String::new(),
            |formatter| formatter.value(at).to_string(),
        )
    };
    Error::data(
        "COMPARATOR_RETURNS_NULL",
        format!(
            "The comparator has returned a NULL for a comparison between {} and {}.\nIt should return a positive integer for \"greater than\", 0 for \"equal\" and a negative integer for \"less than\".\nTo revert to deprecated behavior where NULL is treated as 0 (equal), you must set \"spark.sql.legacy.allowNullComparisonResultInArraySort\" to \"true\".",
            shown(&pair[0]),
            shown(&pair[1])
        ),
    )
}
