//! `CAST`: one type read as another, as Spark does it.
//!
//! Under ANSI mode a value that cannot be read so fails the query; `TRY_CAST` gives null. Text is
//! read without the white space around it, times are seconds as numbers and have no superfluous
//! decimals as text, doubles are written as Java writes them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, StringArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Field, FieldRef, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use format::time::{self, MICROS_PER_DAY, Zone};

use super::session_zone;
use crate::dialect::show;
use crate::dialect::types::sql_name;
use crate::error::{Error, ErrorKind};

/// A cast to one type.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Cast {
    target: DataType,
    /// Null instead of an error.
    lenient: bool,
    signature: Signature,
}

/// `expr` as `target`; `lenient` gives null where it cannot be.
pub(crate) fn spark_cast(expr: Expr, target: DataType, lenient: bool) -> Expr {
    udf(target, lenient).call(vec![expr])
}

/// The function that casts to `target`.
pub(super) fn udf(target: DataType, lenient: bool) -> ScalarUDF {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::from(Cast {
        target,
        lenient,
        signature,
    })
}

/// What `function` casts to, and whether leniently, if it is a cast.
pub(super) fn parameters(function: &ScalarUDF) -> Option<(&DataType, bool)> {
    let cast = function.inner().downcast_ref::<Cast>()?;
    Some((&cast.target, cast.lenient))
}

/// Whether a cast means the same in Spark and in Arrow, and cannot fail.
pub(crate) fn is_plain_cast(from: &DataType, to: &DataType) -> bool {
    let width = |t: &DataType| match t {
        DataType::Int8 => Some(1),
        DataType::Int16 => Some(2),
        DataType::Int32 => Some(3),
        DataType::Int64 => Some(4),
        DataType::Float32 => Some(5),
        DataType::Float64 => Some(6),
        _ => None,
    };
    match (width(from), width(to)) {
        _ if from == to || *from == DataType::Null => true,
        (Some(from), Some(to)) => from <= to,
        _ => false,
    }
}

impl ScalarUDFImpl for Cast {
    fn name(&self) -> &str {
        if self.lenient { "try_cast" } else { "cast" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.target.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let nullable = self.lenient || args.arg_fields[0].is_nullable();
        Ok(Arc::new(Field::new(
            self.name(),
            self.target.clone(),
            nullable,
        )))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = session_zone(&args.config_options)?;
        let [value] = args.args.as_slice() else {
            return internal_err!("a cast has one argument");
        };
        let is_scalar = matches!(value, ColumnarValue::Scalar(_));
        let column = value.to_array(if is_scalar { 1 } else { args.number_rows })?;
        let read = read_as(&column, &self.target, zone)?;
        if !self.lenient
            && let Some(row) =
                (0..column.len()).find(|&row| column.is_valid(row) && read.is_null(row))
        {
            return Err(cannot_cast(&column, row, &self.target).into());
        }
        match is_scalar {
            true => Ok(ColumnarValue::Scalar(
                datafusion::common::ScalarValue::try_from_array(&read, 0)?,
            )),
            false => Ok(ColumnarValue::Array(read)),
        }
    }
}

fn cannot_cast(column: &ArrayRef, row: usize, target: &DataType) -> Error {
    let value = show::cell(column, row).unwrap_or_default();
    let (from, to) = (sql_name(column.data_type()), sql_name(target));
    if matches!(column.data_type(), DataType::Utf8) {
        return Error::with_condition(
            ErrorKind::Data,
            "CAST_INVALID_INPUT",
            format!(
                "The value '{value}' of the type \"{from}\" cannot be cast to \"{to}\" because it \
                 is malformed. Correct the value as per the syntax, or change its target type. \
                 Use `try_cast` to tolerate malformed input and return NULL instead."
            ),
        );
    }
    Error::with_condition(
        ErrorKind::Data,
        "CAST_OVERFLOW",
        format!(
            "The value {value} of the type \"{from}\" cannot be cast to \"{to}\" due to an \
             overflow. Use `try_cast` to tolerate overflow and return NULL instead."
        ),
    )
}

/// `column` as `target`, null where it cannot be.
fn read_as(column: &ArrayRef, target: &DataType, zone: Zone) -> Result<ArrayRef> {
    let micros = |column: &ArrayRef| column.as_primitive::<TimestampMicrosecondType>().clone();
    Ok(match (column.data_type(), target) {
        (DataType::Utf8, target) => read_text(column.as_string::<i32>(), target, zone)?,
        (DataType::Timestamp(TimeUnit::Microsecond, from_zone), DataType::Utf8) => {
            let zone = from_zone.as_ref().map_or(Zone::UTC, |_| zone);
            let texts = micros(column);
            Arc::new(
                texts
                    .iter()
                    .map(|t| t.map(|t| show::timestamp_in(t, zone)))
                    .collect::<StringArray>(),
            )
        }
        // What clocks show, of the session's zone.
        (DataType::Date32, DataType::Timestamp(TimeUnit::Microsecond, Some(_))) => {
            let midnight = |day: i32| i64::from(day).saturating_mul(MICROS_PER_DAY);
            let times = column
                .as_primitive::<Date32Type>()
                .unary::<_, TimestampMicrosecondType>(|day| zone.to_instant(midnight(day)));
            Arc::new(times.with_timezone("UTC"))
        }
        (DataType::Timestamp(TimeUnit::Microsecond, Some(_)), DataType::Date32) => {
            let day = |t: i64| zone.to_local(t).div_euclid(MICROS_PER_DAY) as i32;
            Arc::new(micros(column).unary::<_, Date32Type>(day))
        }
        (
            DataType::Timestamp(TimeUnit::Microsecond, None),
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)),
        ) => {
            let times: PrimitiveArray<TimestampMicrosecondType> =
                micros(column).unary(|local| zone.to_instant(local));
            Arc::new(times.with_timezone("UTC"))
        }
        (
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)),
            DataType::Timestamp(TimeUnit::Microsecond, None),
        ) => {
            let local: PrimitiveArray<TimestampMicrosecondType> =
                micros(column).unary(|t| zone.to_local(t));
            Arc::new(local)
        }
        (DataType::Timestamp(TimeUnit::Microsecond, _), DataType::Int64) => {
            Arc::new(micros(column).unary::<_, Int64Type>(|t| t.div_euclid(1_000_000)))
        }
        (DataType::Timestamp(TimeUnit::Microsecond, _), DataType::Float64) => {
            Arc::new(micros(column).unary::<_, Float64Type>(|t| t as f64 / 1e6))
        }
        (from, DataType::Timestamp(TimeUnit::Microsecond, Some(_))) if from.is_integer() => {
            let seconds = arrow_cast(column, &DataType::Int64)?;
            let seconds = seconds.as_primitive::<Int64Type>();
            let times: PrimitiveArray<TimestampMicrosecondType> = seconds
                .iter()
                .map(|s| s.and_then(|s| s.checked_mul(1_000_000)))
                .collect();
            Arc::new(times.with_timezone("UTC"))
        }
        (from, DataType::Timestamp(TimeUnit::Microsecond, Some(_))) if from.is_floating() => {
            let seconds = arrow_cast(column, &DataType::Float64)?;
            let times = seconds
                .as_primitive::<Float64Type>()
                .unary::<_, TimestampMicrosecondType>(|s| (s * 1e6) as i64);
            Arc::new(times.with_timezone("UTC"))
        }
        (DataType::Float64, DataType::Utf8) => {
            let doubles = column.as_primitive::<Float64Type>();
            Arc::new(
                doubles
                    .iter()
                    .map(|d| d.map(show::double))
                    .collect::<StringArray>(),
            )
        }
        (from, DataType::Utf8) if from.is_floating() || from.is_nested() => {
            let mut texts = Vec::with_capacity(column.len());
            for row in 0..column.len() {
                texts.push(
                    column
                        .is_valid(row)
                        .then(|| show::cell(column, row))
                        .transpose()?,
                );
            }
            Arc::new(StringArray::from(texts))
        }
        (_, target) => arrow_cast(column, target)?,
    })
}

fn arrow_cast(column: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    Ok(cast_with_options(
        column,
        target,
        &CastOptions {
            safe: true,
            ..CastOptions::default()
        },
    )?)
}

/// Text as another type, without the white space around it.
fn read_text(texts: &StringArray, target: &DataType, zone: Zone) -> Result<ArrayRef> {
    Ok(match target {
        DataType::Int8 => numbers::<Int8Type>(texts),
        DataType::Int16 => numbers::<Int16Type>(texts),
        DataType::Int32 => numbers::<Int32Type>(texts),
        DataType::Int64 => numbers::<Int64Type>(texts),
        DataType::Float32 => numbers::<Float32Type>(texts),
        DataType::Float64 => numbers::<Float64Type>(texts),
        DataType::Boolean => {
            let read = |text: &str| match text.trim().to_ascii_lowercase().as_str() {
                "t" | "true" | "y" | "yes" | "1" => Some(true),
                "f" | "false" | "n" | "no" | "0" => Some(false),
                _ => None,
            };
            Arc::new(
                texts
                    .iter()
                    .map(|text| text.and_then(read))
                    .collect::<BooleanArray>(),
            )
        }
        DataType::Date32 => {
            let read = |text: &str| time::parse_date(text.trim());
            Arc::new(
                texts
                    .iter()
                    .map(|text| text.and_then(read))
                    .collect::<PrimitiveArray<Date32Type>>(),
            )
        }
        DataType::Timestamp(TimeUnit::Microsecond, target_zone) => {
            let read = |text: &str| match target_zone {
                Some(_) => time::parse_timestamp(text.trim(), zone),
                None => time::parse_timestamp_ntz(text.trim()),
            };
            let times: PrimitiveArray<TimestampMicrosecondType> =
                texts.iter().map(|text| text.and_then(read)).collect();
            Arc::new(times.with_timezone_opt(target_zone.clone()))
        }
        target => {
            let trimmed: StringArray = texts.iter().map(|text| text.map(str::trim)).collect();
            arrow_cast(&(Arc::new(trimmed) as ArrayRef), target)?
        }
    })
}

fn numbers<T>(texts: &StringArray) -> ArrayRef
where
    T: ArrowPrimitiveType,
    T::Native: std::str::FromStr,
{
    let read = |text: &str| text.trim().parse::<T::Native>().ok();
    Arc::new(
        texts
            .iter()
            .map(|text| text.and_then(read))
            .collect::<PrimitiveArray<T>>(),
    )
}
