//! Literals and types as they are written.

use datafusion_common::ScalarValue;
use datafusion_expr::lit;
use format::number::{push_double, push_float};
use functions::{Typed, explicit_cast};
use sql::{DataType, IntervalUnit, Literal};

use crate::analyser::Analyser;
use crate::error::{Error, Result, not_supported};

const MICROS_PER_DAY: i128 = 86_400_000_000;

impl Analyser {
    /// A literal with its type.
    pub(crate) fn literal(&self, literal: &Literal) -> Result<Typed> {
        Ok(match literal {
            Literal::Null => Typed::null(DataType::Void),
            Literal::Boolean(value) => Typed::boolean(*value),
            Literal::Byte(value) => {
                Typed::constant(ScalarValue::from(*value), DataType::Byte, value.to_string())
            }
            Literal::Short(value) => Typed::constant(
                ScalarValue::from(*value),
                DataType::Short,
                value.to_string(),
            ),
            Literal::Integer(value) => Typed::int(*value),
            Literal::Long(value) => Typed::long(*value),
            Literal::Float(value) => {
                let mut name = String::new();
                push_float(&mut name, *value);
                Typed::constant(ScalarValue::from(*value), DataType::Float, name)
            }
            Literal::Double(value) => {
                let mut name = String::new();
                push_double(&mut name, *value);
                Typed::constant(ScalarValue::from(*value), DataType::Double, name)
            }
            Literal::Decimal(text) => decimal(text)?,
            Literal::String(value) => Typed::string(value),
            Literal::Binary(value) => {
                let digits: String = value.iter().map(|byte| format!("{byte:02X}")).collect();
                let value = ScalarValue::Binary(Some(value.clone()));
                Typed::constant(value, DataType::Binary, format!("X'{digits}'"))
            }
            Literal::Date(text) => self.of_text(text, DataType::Date, "DATE")?,
            Literal::Timestamp(text) | Literal::TimestampLtz(text) => {
                self.of_text(text, DataType::Timestamp, "TIMESTAMP")?
            }
            Literal::TimestampNtz(text) => {
                self.of_text(text, DataType::TimestampNtz, "TIMESTAMP_NTZ")?
            }
            Literal::Time(text) => self.of_text(text, DataType::Time(6), "TIME")?,
            Literal::IntervalText(text) => {
                self.of_text(text, DataType::CalendarInterval, "INTERVAL")?
            }
            Literal::IntervalUnits(units) => units_interval(units)?,
            Literal::IntervalRange { value, from, to } => {
                let data_type = if *from >= IntervalUnit::Month {
                    DataType::YearMonthInterval(*from, *to)
                } else {
                    DataType::DayTimeInterval(*from, *to)
                };
                self.of_text(value, data_type, "INTERVAL")?
            }
        })
    }

    /// A literal that is written as text: `DATE '2024-01-01'`.
    fn of_text(&self, text: &str, data_type: DataType, keyword: &str) -> Result<Typed> {
        let invalid = || {
            Error::analysis(
                "INVALID_TYPED_LITERAL",
                format!("The value of the typed literal \"{keyword}\" is invalid: '{text}'."),
            )
        };
        let cast = explicit_cast(Typed::string(text), &data_type, &self.settings, None, false)
            .map_err(|_| invalid())?;
        let value = functions::fold(&cast.expr).map_err(|_| invalid())?;
        if value.is_null() {
            return Err(invalid());
        }
        let typed = Typed::constant(value, data_type, "");
        let shown = explicit_cast(
            typed.clone(),
            &DataType::String,
            &self.settings,
            None,
            false,
        )
        .and_then(|shown| functions::fold(&shown.expr));
        let shown = match shown {
            Ok(ScalarValue::Utf8(Some(shown))) => shown,
            _ => text.to_owned(),
        };
        // Intervals show their keyword in their text.
        let name = if keyword == "INTERVAL" {
            shown
        } else {
            format!("{keyword} '{shown}'")
        };
        Ok(typed.named(name))
    }

    /// A type with the aliases of the query resolved: `TIMESTAMP_LTZ` is `TIMESTAMP`.
    pub(crate) fn data_type(&self, data_type: &DataType) -> DataType {
        match data_type {
            DataType::TimestampLtz => DataType::Timestamp,
            DataType::Array(element) => DataType::Array(Box::new(self.data_type(element))),
            DataType::Map(key, value) => DataType::Map(
                Box::new(self.data_type(key)),
                Box::new(self.data_type(value)),
            ),
            DataType::Struct(fields) => {
                let fields = fields.iter().map(|field| sql::StructField {
                    data_type: self.data_type(&field.data_type),
                    ..field.clone()
                });
                DataType::Struct(fields.collect())
            }
            other => other.clone(),
        }
    }
}

/// Digits with a point. Precision and scale are what is written.
fn decimal(text: &str) -> Result<Typed> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let scale = text.find('.').map_or(0, |point| text.len() - point - 1);
    let significant = digits.trim_start_matches('0').len();
    let precision = significant.max(scale).max(1);
    let magnitude: Option<i128> = digits
        .parse()
        .ok()
        .or_else(|| digits.is_empty().then_some(0));
    let (Some(magnitude), true) = (magnitude, precision <= 38) else {
        return Err(Error::analysis(
            "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            format!("Decimal precision {precision} exceeds max precision 38."),
        ));
    };
    let value = if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    };
    let (precision, scale) = (precision as u8, scale as i8);
    let mut name = String::new();
    format::number::push_decimal(&mut name, value, scale);
    let value = ScalarValue::Decimal128(Some(value), precision, scale);
    Ok(Typed::constant(
        value,
        DataType::Decimal(precision, scale),
        name,
    ))
}

/// `INTERVAL 1 DAY 2 HOURS`: a year-month or a day-time interval.
fn units_interval(units: &[(String, IntervalUnit)]) -> Result<Typed> {
    let is_months = |unit: &IntervalUnit| *unit >= IntervalUnit::Month;
    let smallest = units.iter().map(|(_, unit)| *unit).min();
    let largest = units.iter().map(|(_, unit)| *unit).max();
    let (Some(smallest), Some(largest)) = (smallest, largest) else {
        return Err(Error::internal("an interval without units"));
    };
    if units.iter().any(|(_, unit)| is_months(unit))
        && units.iter().any(|(_, unit)| !is_months(unit))
    {
        return Err(not_supported(
            "An interval of months or years and of days or parts of a day",
        ));
    }
    let overflow = || {
        Error::analysis(
            "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
            "Integer overflow while operating with intervals.",
        )
    };
    if is_months(&smallest) {
        let mut months: i64 = 0;
        for (value, unit) in units {
            let value: i64 = value.trim().parse().map_err(|_| invalid_unit(value))?;
            let factor = if *unit == IntervalUnit::Year { 12 } else { 1 };
            months = value
                .checked_mul(factor)
                .and_then(|value| months.checked_add(value))
                .ok_or_else(overflow)?;
        }
        let months = i32::try_from(months).map_err(|_| overflow())?;
        let data_type = DataType::YearMonthInterval(largest, smallest);
        let name = interval_name(i64::from(months), &data_type);
        let value = ScalarValue::IntervalYearMonth(Some(months));
        return Ok(Typed::new(lit(value), data_type, false, name));
    }
    let mut micros: i128 = 0;
    for (value, unit) in units {
        micros += unit_micros(value.trim(), *unit).ok_or_else(|| invalid_unit(value))?;
    }
    let micros = i64::try_from(micros).map_err(|_| overflow())?;
    let field = |unit: IntervalUnit| match unit {
        IntervalUnit::Week | IntervalUnit::Day => IntervalUnit::Day,
        IntervalUnit::Hour | IntervalUnit::Minute => unit,
        _ => IntervalUnit::Second,
    };
    let data_type = DataType::DayTimeInterval(field(largest), field(smallest));
    let name = interval_name(micros, &data_type);
    let value = ScalarValue::DurationMicrosecond(Some(micros));
    Ok(Typed::new(lit(value), data_type, false, name))
}

fn invalid_unit(value: &str) -> Error {
    Error::analysis(
        "INVALID_INTERVAL_FORMAT.INVALID_VALUE",
        format!("Error parsing interval: invalid value {value}."),
    )
}

/// The microseconds of a number of units. Seconds may have a fraction.
fn unit_micros(value: &str, unit: IntervalUnit) -> Option<i128> {
    let per_unit: i128 = match unit {
        IntervalUnit::Nanosecond => {
            let nanos: i128 = value.parse().ok()?;
            return (nanos % 1000 == 0).then_some(nanos / 1000);
        }
        IntervalUnit::Microsecond => 1,
        IntervalUnit::Millisecond => 1000,
        IntervalUnit::Second => {
            let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
            let negative = whole.starts_with('-');
            let digits = whole.trim_start_matches(['-', '+']);
            let whole: i128 = if digits.is_empty() {
                0
            } else {
                digits.parse().ok()?
            };
            let mut micros = whole * 1_000_000;
            if !fraction.is_empty() {
                if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                    return None;
                }
                let nanos: i128 = format!("{fraction:0<9}").parse().ok()?;
                micros += nanos / 1000;
            }
            return Some(if negative { -micros } else { micros });
        }
        IntervalUnit::Minute => 60_000_000,
        IntervalUnit::Hour => 3_600_000_000,
        IntervalUnit::Day => MICROS_PER_DAY,
        IntervalUnit::Week => 7 * MICROS_PER_DAY,
        IntervalUnit::Month | IntervalUnit::Year => return None,
    };
    value
        .parse::<i64>()
        .ok()
        .map(|value| i128::from(value) * per_unit)
}

/// How an interval of months or microseconds is shown: as its text.
fn interval_name(value: i64, data_type: &DataType) -> String {
    let value = match data_type {
        DataType::YearMonthInterval(..) => {
            ScalarValue::IntervalYearMonth(i32::try_from(value).ok())
        }
        _ => ScalarValue::DurationMicrosecond(Some(value)),
    };
    let settings = std::sync::Arc::new(functions::Settings::default());
    let typed = Typed::constant(value, data_type.clone(), "");
    let shown = explicit_cast(typed, &DataType::String, &settings, None, false)
        .and_then(|shown| functions::fold(&shown.expr));
    match shown {
        Ok(ScalarValue::Utf8(Some(shown))) => shown,
        _ => String::new(),
    }
}
