//! Exact percentiles.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Float64Array, Int64Array, IntervalYearMonthArray, ListArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Float64Type, IntervalYearMonthType};
use datafusion_common::ScalarValue;
use sql::DataType;

use crate::aggregate::{Counted, Spec};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::{DAY_TIME, YEAR_MONTH, array, is_numeric, is_string};

const EXACT: Kernel = Kernel::Aggregate(|spec| Counted::boxed(spec, exact));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::aggregate("median", (1, 1), "median(col) - Returns the median of the values.", median, EXACT),
    Function::aggregate(
        "percentile",
        (2, 3),
        "percentile(col, percentage[, frequency]) - Returns the exact percentile of the values; an array for an array of \
         percentages.",
        percentile,
        EXACT,
    )
    .parameters(&["col", "percentage", "frequency"]),
    Function::aggregate(
        "percentile_cont",
        (1, 1),
        "percentile_cont(percentage) WITHIN GROUP (ORDER BY col) - Returns the interpolated percentile of the values.",
        within_group,
        EXACT,
    )
    .parameters(&["percentage"]),
    Function::aggregate(
        "percentile_disc",
        (1, 1),
        "percentile_disc(percentage) WITHIN GROUP (ORDER BY col) - Returns the first value at or after the percentage.",
        within_group,
        EXACT,
    )
    .parameters(&["percentage"]),
];

/// Makes the values numbers, intervals or times, and says what a percentile of them is.
fn value_type(call: &mut Call<'_>) -> Result<DataType> {
    let data_type = call.type_of(0).clone();
    Ok(match data_type {
        DataType::YearMonthInterval(..) => YEAR_MONTH,
        DataType::DayTimeInterval(..) => DAY_TIME,
        DataType::Time(_) => data_type,
        DataType::Void => {
            call.cast_argument(0, &DataType::Double)?;
            DataType::Double
        }
        other if is_numeric(&other) || is_string(&other) => {
            call.cast_argument(0, &DataType::Double)?;
            DataType::Double
        }
        _ => return Err(call.unexpected_type(0, "(\"NUMERIC\" or \"ANSI INTERVAL\" or \"TIME\")")),
    })
}

/// The constant percentages at `index`: a `DOUBLE`, or an array of them.
pub(super) fn percentages(call: &mut Call<'_>, index: usize) -> Result<(ScalarValue, bool)> {
    let is_array = matches!(call.type_of(index), DataType::Array(_));
    let wanted = if is_array {
        array(DataType::Double)
    } else {
        DataType::Double
    };
    if !call.arguments[index].is_foldable() {
        call.constant(index)?;
    }
    call.cast_argument(index, &wanted)?;
    let value = call.constant(index)?;
    if value.is_null() {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.UNEXPECTED_NULL",
            "The percentage must not be null.",
        ));
    }
    for percentage in numbers(&value) {
        if !(0.0..=1.0).contains(&percentage) {
            return Err(call.mismatch(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                format!(
                    "The percentage must be between [0.0, 1.0] (current value = {percentage:?}D)."
                ),
            ));
        }
    }
    Ok((value, is_array))
}

/// The numbers of a constant `DOUBLE` or array of them.
pub(super) fn numbers(value: &ScalarValue) -> Vec<f64> {
    match value {
        ScalarValue::Float64(Some(number)) => vec![*number],
        ScalarValue::List(list) => {
            let values = list.value(0);
            values
                .as_primitive_opt::<Float64Type>()
                .map_or(Vec::new(), |values| values.values().to_vec())
        }
        _ => Vec::new(),
    }
}

pub(super) fn result_of(data_type: DataType, is_array: bool) -> DataType {
    if is_array {
        array(data_type)
    } else {
        data_type
    }
}

pub(super) fn with(constants: Vec<ScalarValue>) -> AggregateParts {
    AggregateParts {
        constants,
        ..AggregateParts::default()
    }
}

fn median(mut call: Call<'_>) -> Result<Typed> {
    let name = call.text();
    let result = value_type(&mut call)?;
    call.aggregate_of(with(vec![ScalarValue::from(0.5_f64)]), result, true, name)
}

fn percentile(mut call: Call<'_>) -> Result<Typed> {
    let has_frequency = call.arguments.len() == 3;
    if !has_frequency {
        call.arguments.push(Typed::int(1));
    }
    let name = call.text();
    let (constant, is_array) = percentages(&mut call, 1)?;
    let result = result_of(value_type(&mut call)?, is_array);
    call.accept_one(2, crate::types::LONG)?;
    call.arguments.remove(1);
    if !has_frequency {
        call.arguments.truncate(1);
    }
    call.aggregate_of(with(vec![constant]), result, true, name)
}

/// Refuses `DISTINCT` in a function that takes `WITHIN GROUP`.
pub(super) fn no_distinct(call: &Call<'_>) -> Result<()> {
    if !call.clauses.is_distinct {
        return Ok(());
    }
    Err(Error::analysis(
        "INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED",
        format!(
            "Invalid function `{}` with WITHIN GROUP. The function does not support DISTINCT with WITHIN GROUP.",
            call.function.name
        ),
    ))
}

/// `percentile_cont` and `percentile_disc`.
fn within_group(mut call: Call<'_>) -> Result<Typed> {
    let function = call.function.name;
    let [key] = call.clauses.within_group.as_slice() else {
        return Err(Error::analysis(
            "INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING",
            format!(
                "Invalid function `{function}` with WITHIN GROUP. WITHIN GROUP is required for the function."
            ),
        ));
    };
    no_distinct(&call)?;
    let key = key.clone();
    let direction = if key.is_ascending { "" } else { " DESC" };
    let name = format!(
        "{} WITHIN GROUP (ORDER BY {}{direction})",
        call.text(),
        key.key.name
    );
    let (constant, is_array) = percentages(&mut call, 0)?;
    call.arguments = vec![key.key];
    let result = result_of(value_type(&mut call)?, is_array);
    let parts = AggregateParts {
        constants: vec![constant],
        orders: vec![(key.is_ascending, key.nulls_first)],
        ignore_nulls: false,
    };
    call.aggregate_of(parts, result, true, name)
}

/// The values as numbers.
pub(super) fn as_doubles(values: &ArrayRef) -> Result<Float64Array> {
    let whole: ArrayRef = match values.data_type() {
        ArrowType::Interval(_) => {
            let months = values.as_primitive::<IntervalYearMonthType>();
            Arc::new(Int64Array::from_iter_values(
                months.values().iter().map(|m| i64::from(*m)),
            ))
        }
        ArrowType::Duration(_) | ArrowType::Time64(_) => cast(values, &ArrowType::Int64)?,
        _ => Arc::clone(values),
    };
    Ok(cast(&whole, &ArrowType::Float64)?
        .as_primitive::<Float64Type>()
        .clone())
}

/// Numbers as values of a type; a fraction of the smallest unit is cut off.
pub(super) fn from_doubles(numbers: Float64Array, data_type: &ArrowType) -> Result<ArrayRef> {
    Ok(match data_type {
        ArrowType::Float64 => Arc::new(numbers),
        ArrowType::Interval(_) => {
            let months: IntervalYearMonthArray =
                numbers.iter().map(|n| n.map(|n| n as i32)).collect();
            Arc::new(months)
        }
        other => {
            let whole: Int64Array = numbers.iter().map(|n| n.map(|n| n as i64)).collect();
            cast(&whole, other)?
        }
    })
}

/// One value for each group, or a list of as many as there are percentages.
pub(super) fn shaped(
    spec: &Spec,
    values: impl FnOnce(&ArrowType) -> Result<ArrayRef>,
    found: &[bool],
) -> Result<ArrayRef> {
    let return_type = spec.return_type();
    let ArrowType::List(element) = &return_type else {
        return values(&return_type);
    };
    let values = values(element.data_type())?;
    let width = numbers(&spec.constants[0]).len();
    let lengths = found.iter().map(|found| if *found { width } else { 0 });
    let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
    let nulls = found.iter().map(|found| *found && width > 0).collect();
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        offsets,
        values,
        Some(nulls),
    )?))
}

fn exact(
    spec: &Spec,
    values: &ArrayRef,
    counts: &Int64Array,
    offsets: &OffsetBuffer<i32>,
) -> Result<ArrayRef> {
    let values = as_doubles(values)?;
    let wanted = numbers(&spec.constants[0]);
    let is_list = matches!(spec.return_type(), ArrowType::List(_));
    let is_disc = spec.function.name == "percentile_disc";
    let is_descending = spec
        .orders
        .first()
        .is_some_and(|(is_ascending, _)| !is_ascending);
    let (mut results, mut found) = (Vec::new(), Vec::new());
    for group in offsets.windows(2) {
        let rows = group[0] as usize..group[1] as usize;
        let mut sorted: Vec<(f64, i64)> = rows
            .map(|row| (values.value(row), counts.value(row)))
            .collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        if is_descending {
            sorted.reverse();
        }
        let mut total = 0_i64;
        for (_, count) in &mut sorted {
            total = total.saturating_add(*count);
            *count = total;
        }
        found.push(total > 0);
        if total == 0 {
            if !is_list {
                results.push(None);
            }
            continue;
        }
        // The value at a position, from 0.
        let at = |position: i64| {
            sorted[sorted
                .partition_point(|(_, end)| *end <= position)
                .min(sorted.len() - 1)]
            .0
        };
        for percentage in &wanted {
            if is_disc {
                let position = (percentage * total as f64).ceil() as i64 - 1;
                results.push(Some(at(position.max(0))));
                continue;
            }
            let position = percentage * (total - 1) as f64;
            let (lower, higher) = (position.floor(), position.ceil());
            let (low, high) = (at(lower as i64), at(higher as i64));
            results.push(Some(if lower == higher || low == high {
                low
            } else {
                low + (high - low) * (position - lower)
            }));
        }
    }
    shaped(
        spec,
        |data_type| from_doubles(Float64Array::from(results), data_type),
        &found,
    )
}
