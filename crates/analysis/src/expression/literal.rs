//! Literals and types as they are written.

use datafusion_common::ScalarValue;
use datafusion_expr::lit;
use format::number::{push_double, push_float};
use functions::{Typed, explicit_cast};
use sql::{DataType, IntervalUnit, Literal};

use crate::analyser::Analyser;
use crate::error::{Error, Result};

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
                units_interval(text).map_err(|error| match error.condition() {
                    "_LEGACY_ERROR_TEMP_0029" => error,
                    _ => invalid_literal("INTERVAL", text),
                })?
            }
            Literal::IntervalUnits(units) => {
                // As Spark puts them together: its messages show this text.
                let mut text = String::new();
                for (value, unit) in units {
                    text.push_str(&format!(" {} {}", value.trim(), unit.name()));
                }
                units_interval(&text)?
            }
            Literal::IntervalRange { value, from, to } => {
                let data_type = if *from >= IntervalUnit::Month {
                    DataType::YearMonthInterval(*from, *to)
                } else {
                    DataType::DayTimeInterval(*from, *to)
                };
                self.range_interval(value, data_type)?
            }
        })
    }

    /// A literal that is written as text: `DATE '2024-01-01'`.
    fn of_text(&self, text: &str, data_type: DataType, keyword: &str) -> Result<Typed> {
        let invalid = || invalid_literal(keyword, text);
        let value = match data_type {
            DataType::Time(_) => {
                let micros = format::time::parse_time_of_day(text).ok_or_else(invalid)?;
                ScalarValue::Time64Microsecond(Some(micros))
            }
            _ => {
                let text = Typed::string(text);
                let cast = explicit_cast(text, &data_type, &self.settings, None, false)
                    .map_err(|_| invalid())?;
                functions::fold(&cast.expr).map_err(|_| invalid())?
            }
        };
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
        Ok(typed.named(format!("{keyword} '{shown}'")))
    }

    /// `INTERVAL '1-2' YEAR TO MONTH`.
    fn range_interval(&self, text: &str, data_type: DataType) -> Result<Typed> {
        let text = Typed::string(text);
        let cast = explicit_cast(text, &data_type, &self.settings, None, false)?;
        let value = functions::fold(&cast.expr)?;
        let number = match &value {
            ScalarValue::IntervalYearMonth(Some(months)) => i64::from(*months),
            ScalarValue::DurationMicrosecond(Some(micros)) => *micros,
            _ => return Err(Error::internal("an interval of another type")),
        };
        let name = interval_name(number, &data_type);
        Ok(Typed::constant(value, data_type, name))
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

fn invalid_literal(keyword: &str, text: &str) -> Error {
    Error::analysis(
        "INVALID_TYPED_LITERAL",
        format!("The value of the typed literal \"{keyword}\" is invalid: '{text}'."),
    )
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

/// An interval literal of numbers with units, such as `1 day 2 hours`: a year-month or a day-time interval.
fn units_interval(text: &str) -> Result<Typed> {
    let (value, data_type) = values::interval::parse_interval_literal(text)?;
    let name = interval_name(value, &data_type);
    let value = match data_type {
        DataType::YearMonthInterval(..) => ScalarValue::IntervalYearMonth(Some(
            i32::try_from(value)
                .map_err(|_| Error::internal("an interval of more months than fit"))?,
        )),
        _ => ScalarValue::DurationMicrosecond(Some(value)),
    };
    Ok(Typed::new(lit(value), data_type, false, name))
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
