//! Texts of one shape, such as `1-2` for `YEAR TO MONTH` and `1 02:03:04.5` for `DAY TO SECOND`.

use sql::IntervalUnit;

use super::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, malformed};
use condition::{Error, Result};

/// The months of `[+|-]y-m`, `[+|-]y` or `[+|-]m`, also as a literal: `INTERVAL '1-2' YEAR TO MONTH`.
///
/// # Errors
/// `INVALID_INTERVAL_FORMAT`.
pub fn parse_year_month(text: &str, from: IntervalUnit, to: IntervalUnit) -> Result<i32> {
    let shape = match (from, to) {
        (IntervalUnit::Year, IntervalUnit::Month) => "y-m",
        (IntervalUnit::Year, _) => "y",
        _ => "m",
    };
    let mismatch = || unmatched(text, "year-month", shape, from, to);
    let (is_negative, value) = unquote(text, from, to).ok_or_else(mismatch)?;
    let months = match value.split_once('-') {
        Some((years, months)) if from != to => {
            let (years, months) = (digits(years, 10), digits(months, 10));
            let (years, months) = years.zip(months).ok_or_else(mismatch)?;
            (months < 12).then_some(years * 12 + months)
        }
        None if from == to => {
            let value = digits(value, 10).ok_or_else(mismatch)?;
            Some(if from == IntervalUnit::Year {
                value * 12
            } else {
                value
            })
        }
        _ => return Err(mismatch()),
    };
    let months = months.map(|months| if is_negative { -months } else { months });
    months
        .and_then(|months| i32::try_from(months).ok())
        .ok_or_else(|| {
            malformed(
                "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING",
                text,
                "Error parsing interval year-month string.",
            )
        })
}

/// The microseconds of `[+|-]d h:m:s.n` or a part of it, also as a literal: `INTERVAL '1 02' DAY TO HOUR`.
///
/// # Errors
/// `INVALID_INTERVAL_FORMAT`.
pub fn parse_day_time(text: &str, from: IntervalUnit, to: IntervalUnit) -> Result<i64> {
    let units = [
        (IntervalUnit::Day, MICROS_PER_DAY, i64::MAX, "d", ' '),
        (IntervalUnit::Hour, MICROS_PER_HOUR, 23, "h", ':'),
        (IntervalUnit::Minute, MICROS_PER_MINUTE, 59, "m", ':'),
        (IntervalUnit::Second, MICROS_PER_SECOND, 59, "s.n", ':'),
    ];
    let units: Vec<_> = units
        .into_iter()
        .filter(|(unit, ..)| *unit <= from && *unit >= to)
        .collect();
    let mut shape = String::new();
    for (unit, _, _, name, separator) in &units {
        shape.push_str(name);
        if *unit != to {
            shape.push(*separator);
        }
    }
    let mismatch = || unmatched(text, "day-time", &shape, from, to);
    let (is_negative, value) = unquote(text, from, to).ok_or_else(mismatch)?;
    let mut rest = value;
    let mut micros: i128 = 0;
    for (index, (unit, length, most, _, separator)) in units.iter().enumerate() {
        let part = if *unit == to {
            rest
        } else {
            let (part, after) = rest.split_once(*separator).ok_or_else(mismatch)?;
            rest = after;
            part
        };
        let (whole, fraction) = match part.split_once('.') {
            Some((whole, fraction)) if *unit == IntervalUnit::Second => (whole, Some(fraction)),
            _ => (part, None),
        };
        let width = if index == 0 { 18 } else { 2 };
        let count = digits(whole, width).ok_or_else(mismatch)?;
        if index > 0 && count > *most {
            return Err(Error::data(
                "_LEGACY_ERROR_TEMP_0063",
                format!(
                    "requirement failed: {} {count} outside range [0, {most}]",
                    unit.name().to_lowercase()
                ),
            ));
        }
        micros += i128::from(count) * i128::from(*length);
        if let Some(fraction) = fraction {
            digits(fraction, 9).ok_or_else(mismatch)?;
            let padded = format!("{fraction:0<9}");
            micros += i128::from(digits(&padded[..6], 6).unwrap_or(0));
        }
    }
    let micros = if is_negative { -micros } else { micros };
    i64::try_from(micros).map_err(|_| Error::data("_LEGACY_ERROR_TEMP_0063", "long overflow"))
}

/// A number of 1 to `width` digits.
fn digits(text: &str, width: usize) -> Option<i64> {
    let is_number = (1..=width).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// The sign and the value, without the words and quotes of a literal around it.
fn unquote(text: &str, from: IntervalUnit, to: IntervalUnit) -> Option<(bool, &str)> {
    let text = text.trim_matches(|c: char| c <= ' ' || c == '\u{7f}');
    let is_literal = text
        .get(..8)
        .is_some_and(|word| word.eq_ignore_ascii_case("interval"));
    if !is_literal {
        return Some(sign(text));
    }
    let rest = text[8..].trim_start();
    if rest.len() == text.len() - 8 {
        return None;
    }
    let (outer, rest) = sign(rest);
    let (value, units) = rest.strip_prefix('\'')?.split_once('\'')?;
    let mut expected = vec![from.name()];
    if from != to {
        expected.extend(["TO", to.name()]);
    }
    let mut words = units.split_ascii_whitespace();
    let is_same = units.starts_with(char::is_whitespace)
        && expected
            .iter()
            .all(|word| words.next().is_some_and(|w| w.eq_ignore_ascii_case(word)))
        && words.next().is_none();
    if !is_same {
        return None;
    }
    let (inner, value) = sign(value);
    Some((outer != inner, value))
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+' | b'|') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn unmatched(text: &str, kind: &str, shape: &str, from: IntervalUnit, to: IntervalUnit) -> Error {
    let mut units = from.name().to_owned();
    if from != to {
        units = format!("{units} TO {}", to.name());
    }
    let reason = format!(
        "Interval string does not match {kind} format of `[+|-]{shape}`, `INTERVAL [+|-]'[+|-]{shape}' {units}` when cast to \
         interval {}: {text}.",
        units.to_lowercase()
    );
    if kind == "day-time" {
        let notice = " Set \"spark.sql.legacy.fromDayTimeString.enabled\" to \"true\" to restore the behavior before Spark 3.0.";
        malformed(
            "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE",
            text,
            &(reason + notice),
        )
    } else {
        malformed(
            "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING",
            text,
            &reason,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sql::IntervalUnit::{Day, Hour, Minute, Month, Second, Year};

    #[test]
    fn reads_values_of_their_shape() {
        assert_eq!(parse_year_month("-1-2", Year, Month).unwrap(), -14);
        assert_eq!(
            parse_year_month("interval -'5' month", Month, Month).unwrap(),
            -5
        );
        assert!(parse_year_month("5", Year, Month).is_err());
        assert_eq!(
            parse_day_time("1 02:03:04.5", Day, Second).unwrap(),
            93_784_500_000
        );
        assert_eq!(
            parse_day_time(" 01:02 ", Hour, Minute).unwrap(),
            3_720_000_000
        );
        assert_eq!(
            parse_day_time("INTERVAL -'-1 02' DAY TO HOUR", Day, Hour).unwrap(),
            93_600_000_000
        );
        assert!(parse_day_time("1 02:03", Day, Second).is_err());
        assert!(parse_day_time("1 24:00:00", Day, Second).is_err());
    }
}
