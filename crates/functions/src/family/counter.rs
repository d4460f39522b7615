//! `counter_diff`: the differences of a counter that only grows (Spark: `CounterDiff`).

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, new_null_array};
use arrow::compute::kernels::cmp::{lt, neq};
use arrow::compute::kernels::numeric::sub_wrapping;
use arrow::compute::{and_kleene, cast, is_null, nullif, or_kleene};
use arrow::datatypes::{DataType as ArrowType, TimestampMicrosecondType};
use datafusion_common::ScalarValue;
use datafusion_expr::expr::{NullTreatment as EngineNulls, WindowFunction as WindowCall};
use datafusion_expr::{Expr, WindowFunctionDefinition, lit, when};
use datafusion_functions_window::lead_lag::lag_udwf;
use sql::DataType;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, Kind};
use crate::settings::Settings;
use crate::typed::Typed;
use crate::types::{is_numeric, to_arrow};
use crate::udf::Arguments;
use crate::window::WindowFunction;
use values::show_text;

/// The function without its window.
const DIFFERENCE: &str = "__counter_diff";

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "counter_diff",
        Group::Window,
        (1, 2),
        "counter_diff(value[, start_time]) - Returns how much a counter grew since the row before; NULL after a reset.",
        resolve,
        Kernel::Rewritten,
    )
    .kind(Kind::Window)
    .parameters(&["value", "start_time"]),
    Function::scalar(
        DIFFERENCE,
        Group::Window,
        (4, 4),
        "",
        |call| {
            let result = call.type_of(0).clone();
            call.invoke_nullable(result, true)
        },
        Kernel::Scalar(difference),
    ),
];

fn resolve(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 2 && call.arguments[1].data_type == DataType::Void {
        call.cast_argument(1, &DataType::Timestamp)?;
    }
    let name = call.text();
    let value = call.arguments[0].clone();
    if !is_numeric(&value.data_type) {
        return Err(call.unexpected_type(0, "\"NUMERIC\""));
    }
    let start = match call.arguments.get(1) {
        None => Typed::null(DataType::Timestamp),
        Some(start)
            if matches!(
                start.data_type,
                DataType::Timestamp | DataType::TimestampNtz
            ) =>
        {
            start.clone()
        }
        Some(_) => return Err(call.unexpected_type(1, "(\"TIMESTAMP\" or \"TIMESTAMP_NTZ\")")),
    };
    let counted = value.expr.clone().is_not_null();
    let start_of_value = when(counted, start.expr.clone()).end()?;
    let previous = |of: &Typed, expr: Expr| {
        Typed::new(
            before(expr, &of.data_type),
            of.data_type.clone(),
            true,
            &of.name,
        )
    };
    let arguments = vec![
        value.clone(),
        previous(&value, value.expr.clone()),
        start.clone(),
        previous(&start, start_of_value),
    ];
    Ok(call.call(DIFFERENCE, arguments)?.named(name))
}

/// The value of the nearest row before that has one.
fn before(expr: Expr, data_type: &DataType) -> Expr {
    let udwf = WindowFunction::wrap("counter_diff", lag_udwf(), to_arrow(data_type), true);
    let definition = WindowFunctionDefinition::WindowUDF(udwf);
    let mut call = WindowCall::new(definition, vec![expr, lit(1_i64), lit(ScalarValue::Null)]);
    call.params.null_treatment = Some(EngineNulls::IgnoreNulls);
    Expr::from(call)
}

/// The arguments are a value and the one before it, a start and the one before it.
fn difference(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (value, previous) = (arguments.array(0)?, arguments.array(1)?);
    let (start, earlier) = (arguments.array(2)?, arguments.array(3)?);
    check_sign(&value)?;
    check_order(&start, &earlier, arguments.settings)?;
    if value.is_empty() {
        return Ok(new_null_array(arguments.return_type, 0));
    }
    let grown = cast(&sub_wrapping(&value, &previous)?, arguments.return_type)?;
    let is_less = lt(&value, &previous)?;
    let is_other = and_kleene(&neq(&start, &earlier)?, &not_null(&start, &earlier)?)?;
    let is_reset = or_kleene(&is_less, &is_other)?;
    Ok(nullif(&grown, &is_reset)?)
}

fn not_null(left: &ArrayRef, right: &ArrayRef) -> Result<BooleanArray> {
    let nulls = arrow::compute::or(&is_null(left)?, &is_null(right)?)?;
    Ok(arrow::compute::not(&nulls)?)
}

fn check_sign(values: &ArrayRef) -> Result<()> {
    let zero = ScalarValue::new_zero(values.data_type())?.to_scalar()?;
    let is_negative = lt(values, &zero)?;
    match (0..values.len()).find(|row| is_negative.is_valid(*row) && is_negative.value(*row)) {
        None => Ok(()),
        Some(row) => Err(Error::data(
            "COUNTER_DIFF_NEGATIVE_COUNTER_VALUE",
            format!(
                "A negative counter value {} was provided to function `counter_diff`. Negative counter values are not \
                 allowed.",
                ScalarValue::try_from_array(values, row)?
            ),
        )),
    }
}

fn check_order(starts: &ArrayRef, earlier: &ArrayRef, settings: &Settings) -> Result<()> {
    let micros = |array: &ArrayRef| array.as_primitive::<TimestampMicrosecondType>().clone();
    let (after, before) = (micros(starts), micros(earlier));
    let decreases = |row: &usize| {
        after.is_valid(*row) && before.is_valid(*row) && after.value(*row) < before.value(*row)
    };
    let Some(row) = (0..after.len()).find(decreases) else {
        return Ok(());
    };
    let data_type = match starts.data_type() {
        ArrowType::Timestamp(_, None) => DataType::TimestampNtz,
        _ => DataType::Timestamp,
    };
    let shown = |array: &ArrayRef| show_text(array, row, &data_type, settings.zone());
    Err(Error::data(
        "COUNTER_DIFF_START_TIME_DECREASED",
        format!(
            "Start time provided to function `counter_diff` decreased from {} to {}. Start time is required to be \
             non-decreasing.",
            shown(earlier)?,
            shown(starts)?
        ),
    ))
}
