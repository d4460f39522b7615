//! Texts such as `1 day -2.5 seconds` (Spark: `IntervalUtils.stringToInterval`).

use sql::{DataType, IntervalUnit};

use super::{Calendar, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, malformed};
use condition::{Error, Result};

/// The units by their names, without the `s` of the plural.
const UNITS: [(&str, IntervalUnit); 9] = [
    ("year", IntervalUnit::Year),
    ("month", IntervalUnit::Month),
    ("week", IntervalUnit::Week),
    ("day", IntervalUnit::Day),
    ("hour", IntervalUnit::Hour),
    ("minute", IntervalUnit::Minute),
    ("second", IntervalUnit::Second),
    ("millisecond", IntervalUnit::Millisecond),
    ("microsecond", IntervalUnit::Microsecond),
];

/// Reads an interval: numbers with their units, after the word `interval` or without it.
///
/// # Errors
/// `INVALID_INTERVAL_FORMAT`.
pub fn parse_calendar(text: &str) -> Result<Calendar> {
    Ok(parse(text)?.0)
}

/// Reads the value of a literal `INTERVAL 'text'`: its units decide whether it is a year-month or a day-time interval.
/// Gives the months or the microseconds, with the type.
///
/// # Errors
/// `INVALID_INTERVAL_FORMAT`, or `_LEGACY_ERROR_TEMP_0029` for months beside days.
pub fn parse_interval_literal(text: &str) -> Result<(i64, DataType)> {
    let (value, units) = parse(text)?;
    let is_months = |unit: &IntervalUnit| matches!(unit, IntervalUnit::Year | IntervalUnit::Month);
    if units.iter().all(is_months) {
        let (from, to) = (units.iter().max(), units.iter().min());
        let (from, to) = from
            .zip(to)
            .unwrap_or((&IntervalUnit::Year, &IntervalUnit::Month));
        let data_type = DataType::YearMonthInterval(*from, *to);
        return Ok((value.months.into(), data_type));
    }
    if units.iter().any(is_months) {
        return Err(Error::analysis(
            "_LEGACY_ERROR_TEMP_0029",
            format!("Cannot mix year-month and day-time fields: {text}."),
        ));
    }
    let units = units.into_iter().map(|unit| match unit {
        IntervalUnit::Week => IntervalUnit::Day,
        unit => unit.max(IntervalUnit::Second),
    });
    let units: Vec<IntervalUnit> = units.collect();
    let (from, to) = (units.iter().max(), units.iter().min());
    let (from, to) = from
        .zip(to)
        .unwrap_or((&IntervalUnit::Day, &IntervalUnit::Second));
    let days = i64::from(value.days).checked_mul(super::MICROS_PER_DAY);
    let micros = days.and_then(|days| days.checked_add(value.micros));
    let micros = micros.ok_or_else(|| {
        Error::data(
            "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
            "Integer overflow while operating with intervals. Try devising appropriate values for the interval parameters.",
        )
    })?;
    Ok((micros, DataType::DayTimeInterval(*from, *to)))
}

/// The interval, and the units in the order of the text.
fn parse(input: &str) -> Result<(Calendar, Vec<IntervalUnit>)> {
    let error = |condition, reason: String| Err(malformed(condition, input, &reason));
    let lower = input.to_ascii_lowercase();
    let mut rest = lower.trim_matches(is_space_or_control);
    if rest.is_empty() {
        return error("INVALID_INTERVAL_FORMAT.INPUT_IS_EMPTY", EMPTY.to_owned());
    }
    if let Some(after) = rest.strip_prefix("interval") {
        if after.is_empty() {
            return error("INVALID_INTERVAL_FORMAT.INPUT_IS_EMPTY", EMPTY.to_owned());
        }
        if !after.starts_with(is_space) {
            let word = word(rest);
            return error(
                "INVALID_INTERVAL_FORMAT.INVALID_PREFIX",
                format!("Invalid interval prefix {word}."),
            );
        }
        rest = after;
    }
    let (mut value, mut units) = (Calendar::default(), Vec::new());
    loop {
        rest = rest.trim_start_matches(is_space);
        if rest.is_empty() {
            return Ok((value, units));
        }
        let start = rest;
        let (is_negative, unsigned) = match rest.as_bytes()[0] {
            b'-' => (true, &rest[1..]),
            b'+' => (false, &rest[1..]),
            b'0'..=b'9' | b'.' => (false, rest),
            _ => {
                return error(
                    "INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER",
                    format!("Unrecognized number {}.", word(rest)),
                );
            }
        };
        rest = unsigned;
        if unsigned.len() < start.len() {
            rest = rest.trim_start_matches(is_space);
            if rest.is_empty() {
                return error(
                    "INVALID_INTERVAL_FORMAT.MISSING_NUMBER",
                    format!("Expect a number after {} but hit EOL.", word(start)),
                );
            }
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Ok(number) = (if digits == 0 {
            Ok(0)
        } else {
            rest[..digits].parse::<i64>()
        }) else {
            return error(
                "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION",
                format!("Uncaught arithmetic exception while parsing '{input}'."),
            );
        };
        let whole = digits;
        rest = &rest[digits..];
        let mut fraction = None;
        if let Some(after) = rest.strip_prefix('.') {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            if digits > 9 {
                return error(
                    "INVALID_INTERVAL_FORMAT.INVALID_PRECISION",
                    format!(
                        "Interval can only support nanosecond precision, {} is out of range.",
                        word(start)
                    ),
                );
            }
            if whole == 0 && (digits == 0 || unsigned.len() < start.len()) {
                return error(
                    "INVALID_INTERVAL_FORMAT.INVALID_VALUE",
                    format!("Invalid value {}.", word(start)),
                );
            }
            let padded = format!("{:0<9}", &after[..digits]);
            fraction = Some(padded[..6].parse::<i64>().unwrap_or(0));
            rest = &after[digits..];
        }
        if rest.is_empty() {
            return error(
                "INVALID_INTERVAL_FORMAT.MISSING_UNIT",
                format!("Expect a unit name after {} but hit EOL.", word(start)),
            );
        }
        if !rest.starts_with(is_space) {
            return error(
                "INVALID_INTERVAL_FORMAT.INVALID_VALUE",
                format!("Invalid value {}.", word(start)),
            );
        }
        rest = rest.trim_start_matches(is_space);
        let name = word(rest);
        if fraction.is_some() && !rest.starts_with('s') {
            return error(
                "INVALID_INTERVAL_FORMAT.INVALID_FRACTION",
                format!("{name} cannot have fractional part."),
            );
        }
        let singular = name.strip_suffix('s').unwrap_or(name);
        let Some((_, unit)) = UNITS.iter().find(|(unit, _)| *unit == singular) else {
            return error(
                "INVALID_INTERVAL_FORMAT.INVALID_UNIT",
                format!("Invalid unit {name}."),
            );
        };
        let sign = if is_negative { -1 } else { 1 };
        let Some(added) = add(value, *unit, sign * number, sign * fraction.unwrap_or(0)) else {
            return error(
                "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION",
                format!("Uncaught arithmetic exception while parsing '{input}'."),
            );
        };
        value = added;
        units.push(*unit);
        rest = &rest[name.len()..];
    }
}

const EMPTY: &str = "Interval string cannot be empty.";

fn add(value: Calendar, unit: IntervalUnit, count: i64, fraction: i64) -> Option<Calendar> {
    let mut value = value;
    let months = |months: i64| i32::try_from(i64::from(value.months).checked_add(months)?).ok();
    let days = |days: i64| i32::try_from(i64::from(value.days).checked_add(days)?).ok();
    let micros = |length: i64| value.micros.checked_add(count.checked_mul(length)?);
    match unit {
        IntervalUnit::Year => value.months = months(count.checked_mul(12)?)?,
        IntervalUnit::Month => value.months = months(count)?,
        IntervalUnit::Week => value.days = days(count.checked_mul(7)?)?,
        IntervalUnit::Day => value.days = days(count)?,
        IntervalUnit::Hour => value.micros = micros(MICROS_PER_HOUR)?,
        IntervalUnit::Minute => value.micros = micros(MICROS_PER_MINUTE)?,
        IntervalUnit::Second => value.micros = micros(MICROS_PER_SECOND)?.checked_add(fraction)?,
        IntervalUnit::Millisecond => value.micros = micros(1000)?,
        IntervalUnit::Microsecond => value.micros = micros(1)?,
        IntervalUnit::Nanosecond => return None,
    }
    Some(value)
}

/// The word that `text` begins with.
fn word(text: &str) -> &str {
    text.split(is_space).next().unwrap_or(text)
}

fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\x1c'..=' ')
}

fn is_space_or_control(c: char) -> bool {
    c <= ' ' || c == '\u{7f}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_with_units() {
        let read = |text: &str| {
            let value = parse_calendar(text).map_err(|error| error.condition())?;
            let mut out = String::new();
            value.push(&mut out);
            Ok(out)
        };
        for (text, expected) in [
            ("1 day 2 hours", Ok("1 days 2 hours")),
            (" Interval -1 YEARS + 2 months ", Ok("-10 months")),
            (".5 seconds", Ok("0.5 seconds")),
            ("1.123456789 second", Ok("1.123456 seconds")),
            ("", Err("INVALID_INTERVAL_FORMAT.INPUT_IS_EMPTY")),
            ("1", Err("INVALID_INTERVAL_FORMAT.MISSING_UNIT")),
            ("x day", Err("INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER")),
            ("1.5 day", Err("INVALID_INTERVAL_FORMAT.INVALID_FRACTION")),
            ("1 parsec", Err("INVALID_INTERVAL_FORMAT.INVALID_UNIT")),
            (
                "99999999999 day",
                Err("INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION"),
            ),
        ] {
            assert_eq!(read(text), expected.map(str::to_owned), "{text}");
        }
    }
}
