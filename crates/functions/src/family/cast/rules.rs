//! Which casts exist, and which can give NULL for a value.

use sql::{DataType, StructField};

use crate::coerce::integral_decimal;
use crate::error::{Error, Result};
use crate::types::{is_floating, is_integral, is_numeric, is_string};

/// The type that a cast gives: text has no length, and a timestamp is one with the session's zone.
pub(super) fn normalized(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Char(_) | DataType::Varchar(_) => DataType::String,
        DataType::TimestampLtz => DataType::Timestamp,
        DataType::Array(element) => DataType::Array(Box::new(normalized(element))),
        DataType::Map(key, value) => {
            DataType::Map(Box::new(normalized(key)), Box::new(normalized(value)))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|field| StructField {
                data_type: normalized(&field.data_type),
                ..field.clone()
            });
            DataType::Struct(fields.collect())
        }
        other => other.clone(),
    }
}

/// Refuses a cast that does not exist.
pub(super) fn check(
    from: &DataType,
    to: &DataType,
    ansi: bool,
    is_try: bool,
    text: &str,
) -> Result<()> {
    if matches!(to, DataType::Time(_)) {
        return Err(Error::analysis(
            "UNSUPPORTED_TIME_TYPE",
            "The data type TIME is not supported.",
        ));
    }
    if exists(from, to, !ansi && !is_try) && !(is_try && has_nullable_key(from, to)) {
        return Ok(());
    }
    let types = (format!("\"{}\"", from.sql()), format!("\"{}\"", to.sql()));
    let (from_name, to_name) = &types;
    let functions = match (from, to) {
        (from, DataType::Date) if is_numeric(from) => Some("`DATE_FROM_UNIX_DATE`"),
        (DataType::Date, to) if is_numeric(to) => Some("`UNIX_DATE`"),
        _ => None,
    };
    let (condition, reason) = match functions {
        Some(functions) if ansi || is_try => (
            "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION",
            format!(
                "cannot cast {from_name} to {to_name}.\nTo convert values from {from_name} to {to_name}, you can use the \
                 functions {functions} instead."
            ),
        ),
        _ if ansi && !is_try && exists(from, to, true) => (
            "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION",
            format!(
                "cannot cast {from_name} to {to_name} with ANSI mode on.\nIf you have to cast {from_name} to {to_name}, you \
                 can set \"spark.sql.ansi.enabled\" as 'false'."
            ),
        ),
        _ => (
            "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
            format!("cannot cast {from_name} to {to_name}."),
        ),
    };
    let message = format!("Cannot resolve \"{text}\" due to data type mismatch: {reason}");
    Err(Error::analysis(condition, message))
}

/// Whether keys of maps could become NULL, which they must not.
fn has_nullable_key(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Map(from_key, from_value), DataType::Map(key, value)) => {
            (from_key != key && can_give_null(from_key, key, true, true))
                || has_nullable_key(from_value, value)
        }
        (DataType::Array(from), DataType::Array(to)) => has_nullable_key(from, to),
        (DataType::Struct(from), DataType::Struct(to)) => {
            let mut pairs = from.iter().zip(to);
            pairs.any(|(from, to)| has_nullable_key(&from.data_type, &to.data_type))
        }
        _ => false,
    }
}

/// Whether there is such a cast; without ANSI there are more.
fn exists(from: &DataType, to: &DataType, is_legacy: bool) -> bool {
    use DataType as T;
    let is_exact = |data_type: &T| is_integral(data_type) || matches!(data_type, T::Decimal(..));
    match (from, to) {
        (from, to) if from == to => true,
        (T::Void, _) => true,
        (_, T::Void) => false,
        (_, to) if is_string(to) => true,
        (T::Array(from), T::Array(to)) => exists(from, to, is_legacy),
        (T::Map(k1, v1), T::Map(k2, v2)) => exists(k1, k2, is_legacy) && exists(v1, v2, is_legacy),
        (T::Struct(from), T::Struct(to)) => {
            let mut pairs = from.iter().zip(to);
            from.len() == to.len()
                && pairs.all(|(from, to)| exists(&from.data_type, &to.data_type, is_legacy))
        }
        (from, to) if is_string(from) => {
            is_numeric(to)
                || matches!(
                    to,
                    T::Boolean
                        | T::Binary
                        | T::Date
                        | T::Timestamp
                        | T::TimestampNtz
                        | T::CalendarInterval
                        | T::YearMonthInterval(..)
                        | T::DayTimeInterval(..)
                )
        }
        (T::Boolean, T::Timestamp) => is_legacy,
        (T::Boolean, to) => is_numeric(to),
        (from, T::Boolean | T::Timestamp) if is_numeric(from) => true,
        (from, to) if is_numeric(from) && is_numeric(to) => true,
        (from, T::Binary) if is_integral(from) => is_legacy,
        (from, T::YearMonthInterval(..) | T::DayTimeInterval(..)) if is_exact(from) => true,
        (T::YearMonthInterval(..) | T::DayTimeInterval(..) | T::Time(_), to) if is_exact(to) => {
            true
        }
        (T::YearMonthInterval(..), T::YearMonthInterval(..))
        | (T::DayTimeInterval(..), T::DayTimeInterval(..))
        | (T::Time(_), T::Timestamp | T::TimestampNtz)
        | (T::Date, T::Timestamp | T::TimestampNtz)
        | (T::Timestamp, T::Date | T::TimestampNtz)
        | (T::TimestampNtz, T::Date | T::Timestamp) => true,
        (T::Timestamp, to) if is_numeric(to) => true,
        (T::Timestamp, T::Boolean) => is_legacy,
        (T::Date, T::Boolean) => is_legacy,
        (T::Date, to) if is_numeric(to) => is_legacy,
        _ => false,
    }
}

/// Whether the cast of a value that is not NULL can be NULL (Spark: `Cast.nullable`).
pub(super) fn can_give_null(from: &DataType, to: &DataType, ansi: bool, is_try: bool) -> bool {
    use DataType as T;
    if is_try {
        return !matches!((from, to), (from, T::Binary) if is_string(from))
            && !is_lossless(from, to);
    }
    match (from, to) {
        (T::Void, _) => false,
        (from, T::Binary) if is_string(from) => false,
        (from, _) if is_string(from) => true,
        (_, to) if is_string(to) => false,
        (T::Timestamp, T::Byte | T::Short | T::Integer) => true,
        (from, T::Timestamp) if is_floating(from) => true,
        (T::Timestamp, T::Date) => false,
        (T::TimestampNtz, T::Date) => !ansi,
        (_, T::Date) => true,
        (T::Date, T::Timestamp | T::TimestampNtz) => false,
        (T::Date, _) | (_, T::CalendarInterval) => true,
        (from, T::Decimal(..)) => !is_lossless(from, to),
        (from, to) if is_floating(from) || matches!(from, T::Decimal(..)) => is_integral(to),
        (T::Array(_) | T::Map(..) | T::Struct(_), _) => false,
        _ => !ansi,
    }
}

/// Whether every value keeps its meaning (Spark: `canUpCast`).
fn is_lossless(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    match (from, to) {
        (T::Decimal(p1, s1), T::Decimal(p2, s2)) => {
            s1 <= s2 && i16::from(*p1) - i16::from(*s1) <= i16::from(*p2) - i16::from(*s2)
        }
        (from, T::Decimal(p2, s2)) if is_integral(from) => integral_decimal(from)
            .is_some_and(|(p1, _)| i16::from(p1) <= i16::from(*p2) - i16::from(*s2)),
        (from, to) if is_integral(from) && is_integral(to) => {
            crate::coerce::tightest_common_type(from, to, true).as_ref() == Some(to)
        }
        (from, T::Float | T::Double) => is_integral(from) || *from == T::Float,
        (T::Date, T::Timestamp | T::TimestampNtz)
        | (T::Timestamp, T::TimestampNtz)
        | (T::TimestampNtz, T::Timestamp) => true,
        (_, to) if is_string(to) => true,
        _ => false,
    }
}
