//! Intervals: their values, how they are read and how they are printed.

mod calendar;
mod range;

use arrow::datatypes::IntervalMonthDayNano;
use format::time::{push_fraction, push_number};
use sql::IntervalUnit;

use condition::{Error, Result};

pub use format::time::{MICROS_PER_DAY, MICROS_PER_SECOND};

pub use calendar::{parse_calendar, parse_interval_literal};
pub use range::{parse_day_time, parse_year_month};

/// Microseconds of an hour.
pub const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// Microseconds of a minute.
pub const MICROS_PER_MINUTE: i64 = 60_000_000;

/// A calendar interval (Spark: `CalendarInterval`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Months, with twelve for each year.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

impl Calendar {
    /// The interval that an Arrow value stands for.
    pub fn from_arrow(value: IntervalMonthDayNano) -> Calendar {
        Calendar {
            months: value.months,
            days: value.days,
            micros: value.nanoseconds.div_euclid(1000),
        }
    }

    /// The Arrow value, which is kept in nanoseconds.
    ///
    /// # Errors
    /// `INTERVAL_ARITHMETIC_OVERFLOW` beyond 292 years of nanoseconds.
    pub fn to_arrow(self) -> Result<IntervalMonthDayNano> {
        let nanos = self.micros.checked_mul(1000).ok_or_else(overflow)?;
        Ok(IntervalMonthDayNano::new(self.months, self.days, nanos))
    }

    /// Appends the interval as Spark prints it: `1 years 2 days 3.5 seconds`.
    pub fn push(self, out: &mut String) {
        if self == Calendar::default() {
            out.push_str("0 seconds");
            return;
        }
        let parts = [
            (i64::from(self.months / 12), "years"),
            (i64::from(self.months % 12), "months"),
            (i64::from(self.days), "days"),
            (self.micros / MICROS_PER_HOUR, "hours"),
            (self.micros % MICROS_PER_HOUR / MICROS_PER_MINUTE, "minutes"),
        ];
        let start = out.len();
        for (count, unit) in parts.into_iter().filter(|(count, _)| *count != 0) {
            if out.len() > start {
                out.push(' ');
            }
            out.push_str(&format!("{count} {unit}"));
        }
        let rest = self.micros % MICROS_PER_MINUTE;
        if rest != 0 {
            if out.len() > start {
                out.push(' ');
            }
            if rest < 0 {
                out.push('-');
            }
            let rest = rest.abs();
            out.push_str(&(rest / MICROS_PER_SECOND).to_string());
            push_fraction(out, rest % MICROS_PER_SECOND);
            out.push_str(" seconds");
        }
    }
}

/// `INTERVAL_ARITHMETIC_OVERFLOW` without a function to suggest.
pub fn overflow() -> Error {
    Error::data(
        "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
        "Integer overflow while operating with intervals. Try devising appropriate values for the interval parameters.",
    )
}

/// `INTERVAL_ARITHMETIC_OVERFLOW` that suggests a function.
pub fn overflow_with(function: &str) -> Error {
    Error::data(
        "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
        format!(
            "Integer overflow while operating with intervals. Use `{function}` to tolerate overflow and return NULL instead."
        ),
    )
}

/// `' YEAR TO MONTH`: the end of an interval as it is written.
fn push_units(out: &mut String, from: IntervalUnit, to: IntervalUnit) {
    out.push_str("' ");
    out.push_str(from.name());
    if from != to {
        out.push_str(" TO ");
        out.push_str(to.name());
    }
}

/// Appends `INTERVAL '1-2' YEAR TO MONTH`.
pub fn push_year_month(out: &mut String, months: i32, from: IntervalUnit, to: IntervalUnit) {
    out.push_str("INTERVAL '");
    if months < 0 {
        out.push('-');
    }
    let months = months.unsigned_abs();
    let value = match (from, to) {
        (IntervalUnit::Year, IntervalUnit::Year) => (months / 12).to_string(),
        (IntervalUnit::Month, _) => months.to_string(),
        _ => format!("{}-{}", months / 12, months % 12),
    };
    out.push_str(&value);
    push_units(out, from, to);
}

/// Appends `INTERVAL '1 02:03:04.5' DAY TO SECOND`.
pub fn push_day_time(out: &mut String, micros: i64, from: IntervalUnit, to: IntervalUnit) {
    out.push_str("INTERVAL '");
    if micros < 0 {
        out.push('-');
    }
    let micros = micros.unsigned_abs();
    // The first unit takes everything, each later unit what the one before it leaves.
    let units = [
        (IntervalUnit::Day, MICROS_PER_DAY, " "),
        (IntervalUnit::Hour, MICROS_PER_HOUR, ":"),
        (IntervalUnit::Minute, MICROS_PER_MINUTE, ":"),
        (IntervalUnit::Second, MICROS_PER_SECOND, ""),
    ];
    let mut rest = micros;
    for (unit, length, separator) in units {
        if unit > from || unit < to {
            continue;
        }
        let width = if unit == IntervalUnit::Day { 1 } else { 2 };
        push_number(out, rest / length.unsigned_abs(), width);
        rest %= length.unsigned_abs();
        if unit == IntervalUnit::Second {
            push_fraction(out, rest as i64);
        } else if unit != to {
            out.push_str(separator);
        }
    }
    push_units(out, from, to);
}

/// Why a text is no interval.
pub(crate) fn malformed(condition: &'static str, text: &str, reason: &str) -> Error {
    Error::data(
        condition,
        format!(
            "Error parsing '{text}' to interval. Please ensure that the value provided is in a valid format for defining \
             an interval. You can reference the documentation for the correct format. {reason}"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sql::IntervalUnit::{Day, Hour, Minute, Month, Second, Year};

    #[test]
    fn intervals_are_printed_as_in_spark() {
        let day_time = |micros, from, to| {
            let mut out = String::new();
            push_day_time(&mut out, micros, from, to);
            out
        };
        assert_eq!(
            day_time(93_784_500_000, Day, Second),
            "INTERVAL '1 02:03:04.5' DAY TO SECOND"
        );
        assert_eq!(
            day_time(-5_050_000, Second, Second),
            "INTERVAL '-05.05' SECOND"
        );
        assert_eq!(day_time(3_600_000_000, Hour, Hour), "INTERVAL '01' HOUR");
        assert_eq!(
            day_time(306_000_000, Minute, Second),
            "INTERVAL '05:06' MINUTE TO SECOND"
        );
        assert_eq!(
            day_time(i64::MIN, Day, Second),
            "INTERVAL '-106751991 04:00:54.775808' DAY TO SECOND"
        );
        let mut out = String::new();
        push_year_month(&mut out, -14, Year, Month);
        assert_eq!(out, "INTERVAL '-1-2' YEAR TO MONTH");
        let mut out = String::new();
        let calendar = Calendar {
            months: -14,
            days: -3,
            micros: -14_706_500_000,
        };
        calendar.push(&mut out);
        assert_eq!(
            out,
            "-1 years -2 months -3 days -4 hours -5 minutes -6.5 seconds"
        );
    }
}
