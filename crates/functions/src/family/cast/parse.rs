//! Text as values of other types.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanBuilder, PrimitiveArray, PrimitiveBuilder,
    StringArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, DurationMicrosecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalMonthDayNanoType,
    IntervalYearMonthType, TimestampMicrosecondType,
};
use format::number::parse_decimal;
use format::time::{parse_date, parse_timestamp_on, parse_timestamp_without_zone};
use sql::DataType;

use super::{Context, numbers, out_of_range};
use crate::error::{Error, Result};
use crate::types::to_arrow;
use values::interval;

pub(super) fn from_text(array: &ArrayRef, to: &DataType, context: &Context) -> Result<ArrayRef> {
    use DataType as T;
    let Some(texts) = array.as_string_opt::<i32>() else {
        return Err(Error::internal("a cast from text of what is no text"));
    };
    let invalid = |text: &str| cast_invalid_input(&quoted(text), &T::String, to);
    match to {
        T::Binary => {
            let bytes = texts.iter().map(|text| text.map(str::as_bytes));
            Ok(Arc::new(bytes.collect::<BinaryArray>()))
        }
        T::Boolean => {
            let mut builder = BooleanBuilder::with_capacity(texts.len());
            for text in texts {
                builder.append_option(match text {
                    Some(text) => match parse_boolean(text) {
                        Some(value) => Some(value),
                        None => context.fail(|| invalid(text))?,
                    },
                    None => None,
                });
            }
            Ok(Arc::new(builder.finish()))
        }
        T::Byte => whole::<Int8Type>(texts, context, invalid),
        T::Short => whole::<Int16Type>(texts, context, invalid),
        T::Integer => whole::<Int32Type>(texts, context, invalid),
        T::Long => whole::<Int64Type>(texts, context, invalid),
        T::Float => parsed::<Float32Type>(texts, to, context, |text| {
            orr(
                parse_float(text, str::parse::<f32>, |value| value as f32),
                || invalid(text),
            )
        }),
        T::Double => parsed::<Float64Type>(texts, to, context, |text| {
            orr(parse_float(text, str::parse::<f64>, |value| value), || {
                invalid(text)
            })
        }),
        T::Decimal(precision, scale) => {
            let result = parse_each::<Decimal128Type>(texts, context, |text| {
                decimal(text, *precision, *scale, || invalid(text))
            })?;
            numbers::typed(result, *precision, *scale)
        }
        T::Date => parsed::<Date32Type>(texts, to, context, |text| {
            orr(parse_date(text), || invalid(text))
        }),
        T::Timestamp => parsed::<TimestampMicrosecondType>(texts, to, context, |text| {
            orr(
                parse_timestamp_on(text, context.zone, context.today),
                || invalid(text),
            )
        }),
        T::TimestampNtz => parsed::<TimestampMicrosecondType>(texts, to, context, |text| {
            orr(parse_timestamp_without_zone(text), || invalid(text))
        }),
        // A text that is no interval is NULL, in ANSI mode too.
        T::CalendarInterval => {
            let mut builder =
                PrimitiveBuilder::<IntervalMonthDayNanoType>::with_capacity(texts.len());
            for text in texts {
                builder.append_option(match text.map(interval::parse_calendar) {
                    Some(Ok(value)) => Some(value.to_arrow()?),
                    _ => None,
                });
            }
            Ok(Arc::new(builder.finish()))
        }
        // These fail without ANSI too.
        T::YearMonthInterval(from, end) => {
            parsed::<IntervalYearMonthType>(texts, to, &strict(context), |text| {
                interval::parse_year_month(text, *from, *end)
            })
        }
        T::DayTimeInterval(from, end) => {
            parsed::<DurationMicrosecondType>(texts, to, &strict(context), |text| {
                interval::parse_day_time(text, *from, *end)
            })
        }
        other => Err(Error::internal(format!(
            "no cast from STRING to {}",
            other.sql()
        ))),
    }
}

fn strict(context: &Context) -> Context {
    use super::Failure;
    Context {
        failure: match context.failure {
            Failure::Null => Failure::Null,
            Failure::Error | Failure::Legacy => Failure::Error,
        },
        ..*context
    }
}

fn orr<T>(value: Option<T>, error: impl FnOnce() -> Error) -> Result<T> {
    value.ok_or_else(error)
}

fn parse_each<T: ArrowPrimitiveType>(
    texts: &StringArray,
    context: &Context,
    of: impl Fn(&str) -> Result<T::Native>,
) -> Result<PrimitiveArray<T>> {
    let mut builder = PrimitiveBuilder::<T>::with_capacity(texts.len());
    for text in texts {
        builder.append_option(match text.map(&of) {
            None => None,
            Some(Ok(value)) => Some(value),
            Some(Err(error)) => context.fail(|| error)?,
        });
    }
    Ok(builder.finish())
}

fn parsed<T: ArrowPrimitiveType>(
    texts: &StringArray,
    to: &DataType,
    context: &Context,
    of: impl Fn(&str) -> Result<T::Native>,
) -> Result<ArrayRef> {
    let result = parse_each::<T>(texts, context, of)?;
    Ok(Arc::new(result.with_data_type(to_arrow(to))))
}

fn whole<T: ArrowPrimitiveType>(
    texts: &StringArray,
    context: &Context,
    invalid: impl Fn(&str) -> Error,
) -> Result<ArrayRef>
where
    T::Native: TryFrom<i64>,
{
    let result = parse_each::<T>(texts, context, |text| {
        let number = parse_whole(text, context.is_legacy());
        number
            .and_then(|number| T::Native::try_from(number).ok())
            .ok_or_else(|| invalid(text))
    })?;
    Ok(Arc::new(result))
}

/// Spark trims spaces and control characters.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ' || c == '\u{7f}')
}

/// A whole number; `allows_fraction` takes a fraction and drops it.
fn parse_whole(text: &str, allows_fraction: bool) -> Option<i64> {
    let text = trim(text);
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if allows_fraction => (whole, fraction),
        _ => (text, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match whole {
        "" | "+" | "-" if whole.len() < text.len() && text != "+" && text != "-" => Some(0),
        whole => whole.parse().ok(),
    }
}

/// `true`, `t`, `yes`, `y`, `1` and their opposites, in any case.
fn parse_boolean(text: &str) -> Option<bool> {
    match trim(text).to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// A number as Java's `parseDouble` reads it, or one of Spark's names for infinity and NaN.
fn parse_float<T, E>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, E>,
    special: impl Fn(f64) -> T,
) -> Option<T> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if is_number && !text.is_empty() {
        return parse(text).ok();
    }
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "inf" | "+inf" | "infinity" | "+infinity" => return Some(special(f64::INFINITY)),
        "-inf" | "-infinity" => return Some(special(f64::NEG_INFINITY)),
        "nan" => return Some(special(f64::NAN)),
        _ if matches!(text, "+NaN" | "-NaN") => return Some(special(f64::NAN)),
        _ => {}
    }
    let unsigned = lower.trim_start_matches(['+', '-']);
    if let Some(digits) = unsigned.strip_prefix("0x")
        && lower.len() - unsigned.len() <= 1
    {
        let value = hexadecimal(digits.strip_suffix(['d', 'f']).unwrap_or(digits))?;
        return Some(special(if lower.starts_with('-') {
            -value
        } else {
            value
        }));
    }
    // A suffix of Java's literals.
    let number = lower.strip_suffix(['d', 'f'])?;
    let is_number = number
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte));
    if is_number { parse(number).ok() } else { None }
}

/// `1.8p3`: hexadecimal digits, and an exponent of two.
fn hexadecimal(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let exponent: i32 = exponent.parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    Some(value * 2f64.powi(exponent.saturating_sub(places.saturating_mul(4))))
}

fn decimal(text: &str, precision: u8, scale: i8, invalid: impl Fn() -> Error) -> Result<i128> {
    let trimmed = text.trim_matches(|c: char| c <= ' ');
    if let Some(value) = parse_decimal(trimmed, precision, scale) {
        return Ok(value);
    }
    // Any number fits here, or has too many digits before the point.
    match plain(trimmed) {
        None => Err(invalid()),
        Some(number) => {
            let whole = number.split('.').next().unwrap_or_default();
            if whole.trim_start_matches('-').len() > 38 {
                return Err(Error::data(
                    "NUMERIC_OUT_OF_SUPPORTED_RANGE",
                    format!(
                        "The value {text} cannot be interpreted as a numeric since it has more than 38 digits."
                    ),
                ));
            }
            Err(out_of_range(&number, precision, scale))
        }
    }
}

/// A number without exponent (Java: `toPlainString`); none if the text is no number. Cut after a few hundred digits.
fn plain(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], unsigned[at + 1..].parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = whole.len() as i64 + i64::from(exponent.clamp(-400, 400));
    let digits = digits.trim_end();
    let mut out = String::new();
    if text.starts_with('-') {
        out.push('-');
    }
    let mut before = String::new();
    for at in 0..point.max(0) {
        before.push(
            digits
                .as_bytes()
                .get(at as usize)
                .map_or('0', |byte| char::from(*byte)),
        );
    }
    let before = before.trim_start_matches('0');
    out.push_str(if before.is_empty() { "0" } else { before });
    let after: String = if point >= 0 {
        digits.get(point as usize..).unwrap_or_default().to_owned()
    } else {
        "0".repeat(point.unsigned_abs() as usize) + digits
    };
    if !after.is_empty() {
        out.push('.');
        out.push_str(&after);
    }
    Some(out)
}

/// A text as a literal shows it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// `CAST_INVALID_INPUT` for a value as a literal shows it.
pub(crate) fn cast_invalid_input(value: &str, from: &DataType, to: &DataType) -> Error {
    Error::data(
        "CAST_INVALID_INPUT",
        format!(
            "The value {value} of the type \"{}\" cannot be cast to \"{}\" because it is malformed. Correct the value as per \
             the syntax, or change its target type. Use `try_cast` to tolerate malformed input and return NULL instead.",
            from.sql(),
            to.sql()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_in_java() {
        let double = |text| parse_float(text, str::parse::<f64>, |value| value);
        for (text, expected) in [
            ("1.5", Some(1.5)),
            (" +1.e3 ", Some(1000.0)),
            ("1d", Some(1.0)),
            ("0x1p3", Some(8.0)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("1e400", Some(f64::INFINITY)),
            ("", None),
            ("x", None),
            ("1e", None),
            ("e5", None),
            ("1 2", None),
        ] {
            assert_eq!(double(text), expected, "{text}");
        }
        for (text, allows_fraction, expected) in [
            (" 7\n", false, Some(7)),
            ("+1", false, Some(1)),
            ("1.5", false, None),
            ("1.5", true, Some(1)),
            (".", true, Some(0)),
            ("-", true, None),
            ("", true, None),
            ("1.x", true, None),
        ] {
            assert_eq!(parse_whole(text, allows_fraction), expected, "{text}");
        }
        assert_eq!(plain("-1.25e3").as_deref(), Some("-1250"));
        assert_eq!(plain("1e-3").as_deref(), Some("0.001"));
        assert_eq!(plain("x"), None);
    }
}
