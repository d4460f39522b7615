//! Percentiles, the mode, and text of many rows.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, IntervalYearMonthArray,
    ListArray, StringArray, UInt32Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type, IntervalYearMonthType};
use datafusion_common::ScalarValue;
use sql::DataType;

use crate::aggregate::{Encoder, Gathered, Spec};
use crate::call::{AggregateParts, Call};
use crate::error::{Error, Result};
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::{DAY_TIME, YEAR_MONTH, array, is_numeric, is_string};

const EXACT: Kernel = Kernel::Aggregate(|spec| {
    Ok(Gathered::boxed(
        spec,
        (0..spec.arguments.len()).collect(),
        exact,
    ))
});
const APPROXIMATE: Kernel =
    Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, vec![0], approximate)));
const LISTAGG: Kernel = Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, vec![0], join)));

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
    Function::aggregate(
        "percentile_approx",
        (2, 3),
        "percentile_approx(col, percentage[, accuracy]) - Returns the value that the percentage of the values does not \
         exceed.",
        percentile_approx,
        APPROXIMATE,
    )
    .parameters(&["col", "percentage", "accuracy"]),
    Function::aggregate(
        "approx_percentile",
        (2, 3),
        "approx_percentile(col, percentage[, accuracy]) - Returns the value that the percentage of the values does not \
         exceed.",
        percentile_approx,
        APPROXIMATE,
    )
    .parameters(&["col", "percentage", "accuracy"]),
    Function::aggregate(
        "mode",
        (0, 2),
        "mode(col[, deterministic]) - Returns the value that is there most often.",
        mode,
        Kernel::Aggregate(|spec| Ok(Gathered::boxed(spec, vec![0], most_frequent))),
    ),
    Function::aggregate(
        "listagg",
        (1, 2),
        "listagg(expr[, delimiter])[ WITHIN GROUP (ORDER BY key)] - Returns the values that are not NULL as one text.",
        listagg,
        LISTAGG,
    )
    .parameters(&["expr", "delimiter"]),
    Function::aggregate(
        "string_agg",
        (1, 2),
        "string_agg(expr[, delimiter])[ WITHIN GROUP (ORDER BY key)] - Returns the values that are not NULL as one text.",
        listagg,
        LISTAGG,
    )
    .parameters(&["expr", "delimiter"]),
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
fn percentages(call: &mut Call<'_>, index: usize) -> Result<(ScalarValue, bool)> {
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
fn numbers(value: &ScalarValue) -> Vec<f64> {
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

fn result_of(data_type: DataType, is_array: bool) -> DataType {
    if is_array {
        array(data_type)
    } else {
        data_type
    }
}

fn with(constants: Vec<ScalarValue>) -> AggregateParts {
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

fn percentile_approx(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::int(10_000));
    }
    let name = call.text();
    call.accept_one(2, crate::types::LONG)?;
    let accuracy = match call.constant(2)? {
        ScalarValue::Int64(Some(accuracy)) => accuracy,
        _ => 0,
    };
    if !(1..=i64::from(i32::MAX)).contains(&accuracy) {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!("The accuracy must be between (0, 2147483647] (current value = {accuracy}L)."),
        ));
    }
    let (constant, is_array) = percentages(&mut call, 1)?;
    let values = call.type_of(0).clone();
    let values = match values {
        text if is_string(&text) || text == DataType::Void => DataType::Double,
        DataType::Date | DataType::Timestamp | DataType::TimestampNtz => values,
        DataType::YearMonthInterval(..) | DataType::DayTimeInterval(..) | DataType::Time(_) => {
            values
        }
        number if is_numeric(&number) => number,
        _ => {
            return Err(call.unexpected_type(
                0,
                "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"ANSI INTERVAL\")",
            ));
        }
    };
    call.cast_argument(0, &values)?;
    call.arguments.truncate(1);
    let parts = with(vec![constant, ScalarValue::from(1.0 / accuracy as f64)]);
    call.aggregate_of(parts, result_of(values, is_array), true, name)
}

/// The values as numbers.
fn as_doubles(values: &ArrayRef) -> Result<Float64Array> {
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
fn from_doubles(numbers: Float64Array, data_type: &ArrowType) -> Result<ArrayRef> {
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
fn shaped(
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

fn exact(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let values = as_doubles(&columns[0])?;
    let frequencies = columns
        .get(1)
        .map(|column| column.as_primitive::<Int64Type>());
    let wanted = numbers(&spec.constants[0]);
    let is_list = matches!(spec.return_type(), ArrowType::List(_));
    let is_disc = spec.function.name == "percentile_disc";
    let is_descending = spec
        .orders
        .first()
        .is_some_and(|(is_ascending, _)| !is_ascending);
    let (mut results, mut found) = (Vec::new(), Vec::new());
    for group in offsets.windows(2) {
        let mut sorted: Vec<(f64, i64)> = Vec::with_capacity((group[1] - group[0]) as usize);
        for row in group[0] as usize..group[1] as usize {
            let count = frequencies.map_or(1, |counts| counts.value(row));
            if count < 0 {
                return Err(Error::data(
                    "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION",
                    format!(
                        "Found the negative value in \"{count}\": {count}L, but expected a positive integral value."
                    ),
                ));
            }
            if count > 0 {
                sorted.push((values.value(row) + 0.0, count));
            }
        }
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
                (higher - position) * low + (position - lower) * high
            }));
        }
    }
    shaped(
        spec,
        |data_type| from_doubles(Float64Array::from(results), data_type),
        &found,
    )
}

/// The value at the rank of each percentage: exact, which the accuracy allows.
fn approximate(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let keys = Encoder::keys(&[columns[0].data_type().clone()])?.encode(&columns[..1])?;
    let wanted = numbers(&spec.constants[0]);
    let error = numbers(&spec.constants[1]).first().copied().unwrap_or(0.0);
    let is_list = matches!(spec.return_type(), ArrowType::List(_));
    let (mut rows, mut found) = (Vec::new(), Vec::new());
    for group in offsets.windows(2) {
        let mut sorted: Vec<u32> = (group[0] as u32..group[1] as u32).collect();
        sorted.sort_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
        found.push(!sorted.is_empty());
        if sorted.is_empty() {
            if !is_list {
                rows.push(None);
            }
            continue;
        }
        let last = sorted.len() - 1;
        for percentage in &wanted {
            let place = if *percentage <= error {
                0
            } else if *percentage >= 1.0 - error {
                last
            } else {
                ((percentage * sorted.len() as f64).ceil() as usize)
                    .saturating_sub(1)
                    .min(last)
            };
            rows.push(Some(sorted[place]));
        }
    }
    shaped(
        spec,
        |_| Ok(take(&columns[0], &UInt32Array::from(rows), None)?),
        &found,
    )
}

fn mode(mut call: Call<'_>) -> Result<Typed> {
    let mut orders = Vec::new();
    let name = match (call.clauses.within_group.as_slice(), call.arguments.len()) {
        ([key], 0) => {
            orders.push((!key.is_ascending, key.nulls_first));
            // Spark shows the order in which it looks for the value, which is the other one.
            let shown = if key.is_ascending { " DESC" } else { "" };
            let name = format!("mode() WITHIN GROUP (ORDER BY {}{shown})", key.key.name);
            call.arguments = vec![call.clauses.within_group[0].key.clone()];
            name
        }
        ([], 1) => call.text(),
        ([], 2) => {
            let is_deterministic = call.constant(1)? == ScalarValue::from(true);
            call.arguments.truncate(1);
            if is_deterministic {
                orders.push((false, true));
                format!(
                    "mode() WITHIN GROUP (ORDER BY {} DESC)",
                    call.arguments[0].name
                )
            } else {
                call.text()
            }
        }
        ([], _) => return Err(call.wrong_number()),
        _ => {
            return Err(Error::analysis(
                "INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS",
                "Invalid function `mode` with WITHIN GROUP. The function requires 1 orderings in WITHIN GROUP.",
            ));
        }
    };
    let result = call.type_of(0).clone();
    let parts = AggregateParts {
        orders,
        ..AggregateParts::default()
    };
    call.aggregate_of(parts, result, true, name)
}

/// The most frequent value of each group; of several the smallest, or the largest if that is asked for.
fn most_frequent(
    spec: &Spec,
    columns: &[ArrayRef],
    offsets: &OffsetBuffer<i32>,
) -> Result<ArrayRef> {
    let keys = Encoder::keys(&[spec.argument(0)])?.encode(&columns[..1])?;
    let wants_largest = spec
        .orders
        .first()
        .is_some_and(|(is_largest, _)| *is_largest);
    let rows = offsets.windows(2).map(|group| {
        let mut sorted: Vec<usize> = (group[0] as usize..group[1] as usize).collect();
        sorted.sort_by(|a, b| keys.row(*a).cmp(&keys.row(*b)));
        let mut best: Option<(usize, usize)> = None;
        for run in sorted.chunk_by(|a, b| keys.row(*a) == keys.row(*b)) {
            let is_better = best.is_none_or(|(length, _)| {
                run.len() > length || (wants_largest && run.len() == length)
            });
            if is_better {
                best = Some((run.len(), run[0]));
            }
        }
        best.map(|(_, row)| row as u32)
    });
    let rows: UInt32Array = rows.collect();
    Ok(take(&columns[0], &rows, None)?)
}

fn listagg(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 1 {
        call.arguments.push(Typed::null(DataType::Void));
    }
    let mut name = call.text();
    if let Some(at) = name.find('(') {
        name.replace_range(..at, "listagg");
    }
    let keys = std::mem::take(&mut call.clauses.within_group);
    if !keys.is_empty() {
        let shown = keys.iter().map(|key| {
            let direction = if key.is_ascending { "ASC" } else { "DESC" };
            let nulls = if key.nulls_first { "FIRST" } else { "LAST" };
            format!("{} {direction} NULLS {nulls}", key.key.name)
        });
        let shown = shown.collect::<Vec<_>>().join(", ");
        name = format!("{name} WITHIN GROUP (ORDER BY {shown})");
    }
    let is_binary = *call.type_of(0) == DataType::Binary;
    let result = if is_binary {
        DataType::Binary
    } else {
        DataType::String
    };
    if is_binary && is_string(call.type_of(1)) {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
            "Input to `listagg` should all be the same type, but it's (\"BINARY\" or \"STRING\").",
        ));
    }
    if !is_binary {
        call.accept_one(0, crate::types::STRING)?;
        call.accept_one(1, crate::types::STRING)?;
    }
    let delimiter = call.constant(1)?;
    call.arguments.truncate(1);
    let orders = keys
        .iter()
        .map(|key| (key.is_ascending, key.nulls_first))
        .collect();
    if call.clauses.is_distinct {
        // The key is the value itself: DISTINCT looks at one column.
        call.arguments.truncate(1);
    } else {
        call.arguments.extend(keys.into_iter().map(|key| key.key));
    }
    let parts = AggregateParts {
        constants: vec![delimiter],
        orders,
        ignore_nulls: false,
    };
    call.aggregate_of(parts, result, true, name)
}

fn join(spec: &Spec, columns: &[ArrayRef], offsets: &OffsetBuffer<i32>) -> Result<ArrayRef> {
    let is_text = spec.return_type() == ArrowType::Utf8;
    let delimiter: &[u8] = match &spec.constants[0] {
        ScalarValue::Utf8(Some(text)) => text.as_bytes(),
        ScalarValue::Binary(Some(bytes)) => bytes,
        _ => &[],
    };
    let values = cast(&columns[0], &ArrowType::Binary)?;
    let values = values.as_binary::<i32>();
    let keys = if columns.len() > 1 {
        &columns[1..]
    } else {
        columns
    };
    let encoded = if spec.orders.is_empty() {
        None
    } else {
        let types: Vec<ArrowType> = keys.iter().map(|key| key.data_type().clone()).collect();
        Some(
            Encoder::ordered(&types, &spec.orders[..keys.len().min(spec.orders.len())])?
                .encode(keys)?,
        )
    };
    let joined = offsets.windows(2).map(|group| {
        let mut rows: Vec<usize> = (group[0] as usize..group[1] as usize).collect();
        if rows.is_empty() {
            return None;
        }
        if let Some(encoded) = &encoded {
            rows.sort_by(|a, b| encoded.row(*a).cmp(&encoded.row(*b)));
        }
        let mut bytes = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                bytes.extend_from_slice(delimiter);
            }
            bytes.extend_from_slice(values.value(*row));
        }
        Some(bytes)
    });
    if is_text {
        let texts: StringArray = joined
            .map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
            .collect();
        return Ok(Arc::new(texts));
    }
    Ok(Arc::new(joined.collect::<BinaryArray>()))
}
