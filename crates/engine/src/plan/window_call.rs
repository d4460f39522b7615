//! `window(time, size[, slide[, start]])`: the time windows a row falls into.
//!
//! A row may fall into several, so this is not a function of one row: each call becomes a node of the plan.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::ScalarFunction;

use crate::error::Error;
use crate::operator::WindowSpec;
use crate::options::parse_duration;

static NAME: &str = "window";

/// The time and shape of the windows, if `expr` is a call of the function.
pub fn window_call(expr: &Expr) -> Option<crate::error::Result<(Expr, WindowSpec)>> {
    let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else {
        return None;
    };
    if func.name() != NAME {
        return None;
    }
    let [time, durations @ ..] = args.as_slice() else {
        return None;
    };
    Some(read_spec(durations).map(|spec| (time.clone(), spec)))
}

/// The most windows that one row may belong to.
const OVERLAP_MAX: i64 = 100_000;

fn read_spec(durations: &[Expr]) -> crate::error::Result<WindowSpec> {
    let mut micros = Vec::new();
    for duration in durations {
        micros.push(read_duration(duration)?);
    }
    let [size_us, rest @ ..] = micros.as_slice() else {
        return Err(Error::illegal_argument("window() needs a duration"));
    };
    let slide_us = rest.first().unwrap_or(size_us);
    let start_us = rest.get(1).unwrap_or(&0);
    let spec = WindowSpec::try_new(*size_us, *slide_us, *start_us).ok_or_else(|| {
        Error::analysis(
            "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
            format!(
                "The window's size must be positive, its slide between 0 and the size, and its \
                 start smaller than the slide: {size_us} us, {slide_us} us, {start_us} us."
            ),
        )
    })?;
    match spec.overlap() <= OVERLAP_MAX {
        true => Ok(spec),
        false => Err(Error::analysis(
            "NOT_SUPPORTED",
            format!(
                "{} windows for each row are not supported: at most {OVERLAP_MAX}. Choose a longer slide \
                 or a shorter window.",
                spec.overlap()
            ),
        )),
    }
}

/// Microseconds of a duration: a string, or an interval without months.
fn read_duration(expr: &Expr) -> crate::error::Result<i64> {
    let value = match expr {
        Expr::Literal(value, _) => value,
        Expr::Cast(cast) => return read_duration(&cast.expr),
        Expr::Alias(alias) => return read_duration(&alias.expr),
        other => {
            return Err(Error::illegal_argument(format!(
                "the duration of a window must be a constant, not {other}"
            )));
        }
    };
    let micros = match value {
        ScalarValue::Utf8(Some(text))
        | ScalarValue::LargeUtf8(Some(text))
        | ScalarValue::Utf8View(Some(text)) => match text.trim().strip_prefix('-') {
            Some(text) => micros_of(text).map(|micros| -micros),
            None => micros_of(text),
        },
        ScalarValue::IntervalMonthDayNano(Some(i)) if i.months == 0 => {
            with_days(i.nanoseconds / 1000, i.days)
        }
        ScalarValue::IntervalDayTime(Some(i)) => {
            with_days(i64::from(i.milliseconds) * 1000, i.days)
        }
        _ => None,
    };
    micros.ok_or_else(|| {
        Error::illegal_argument(format!("{value} is not a duration such as '10 minutes'"))
    })
}

fn micros_of(text: &str) -> Option<i64> {
    i64::try_from(parse_duration(text)?.as_micros()).ok()
}

fn with_days(micros: i64, days: i32) -> Option<i64> {
    let days = i64::from(days).checked_mul(86_400_000_000)?;
    days.checked_add(micros)
}
