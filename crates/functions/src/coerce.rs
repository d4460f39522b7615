//! Spark's implicit casts: which type the operands of an operator or the arguments of a function become
//! (`AnsiTypeCoercion`, and `TypeCoercion` where ANSI mode is off).

use sql::{DataType, StructField};

use crate::types::{Accepts, array, is_atomic, is_floating, is_integral, is_numeric, is_string};

/// The largest precision of a decimal.
pub const MAX_PRECISION: i32 = 38;
/// Digits behind the point that are not given up for digits before it.
const MIN_ADJUSTED_SCALE: i32 = 6;

/// The decimal that every value of a whole number's type fits in.
pub fn integral_decimal(data_type: &DataType) -> Option<(u8, i8)> {
    Some(match data_type {
        DataType::Byte => (3, 0),
        DataType::Short => (5, 0),
        DataType::Integer => (10, 0),
        DataType::Long => (20, 0),
        DataType::Decimal(precision, scale) => (*precision, *scale),
        _ => return None,
    })
}

/// A decimal of this precision and scale, cut to 38 digits (Spark: `DecimalType.bounded`).
pub fn bounded_decimal(precision: i32, scale: i32) -> DataType {
    DataType::Decimal(
        precision.min(MAX_PRECISION) as u8,
        scale.min(MAX_PRECISION) as i8,
    )
}

/// A decimal of this precision and scale; beyond 38 digits, digits behind the point are given up, but not the first six
/// (Spark: `DecimalType.adjustPrecisionScale`).
pub fn adjusted_decimal(precision: i32, scale: i32) -> DataType {
    if precision <= MAX_PRECISION {
        return DataType::Decimal(precision as u8, scale as i8);
    }
    let whole = precision - scale;
    let scale = (MAX_PRECISION - whole).max(scale.min(MIN_ADJUSTED_SCALE));
    DataType::Decimal(MAX_PRECISION as u8, scale as i8)
}

/// The decimal that holds the values of both.
fn wider_decimal((p1, s1): (u8, i8), (p2, s2): (u8, i8)) -> DataType {
    let scale = i32::from(s1.max(s2));
    let whole = (i32::from(p1) - i32::from(s1)).max(i32::from(p2) - i32::from(s2));
    bounded_decimal(whole + scale, scale)
}

/// The smallest type that both types fit in (Spark: `findTightestCommonType`).
pub fn tightest_common_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    use DataType as T;
    let nested = |a: &T, b: &T| tightest_common_type(a, b, ansi);
    if a == b {
        return Some(a.clone());
    }
    Some(match (a, b) {
        (T::Void, other) | (other, T::Void) => other.clone(),
        (T::Date, T::Timestamp) | (T::Timestamp, T::Date) => T::Timestamp,
        (T::Date, T::TimestampNtz) | (T::TimestampNtz, T::Date) => T::TimestampNtz,
        (T::Timestamp, T::TimestampNtz) | (T::TimestampNtz, T::Timestamp) => T::Timestamp,
        (T::Time(p), T::Time(q)) => T::Time(*p.max(q)),
        (T::YearMonthInterval(f1, t1), T::YearMonthInterval(f2, t2)) => {
            T::YearMonthInterval(*f1.max(f2), *t1.min(t2))
        }
        (T::DayTimeInterval(f1, t1), T::DayTimeInterval(f2, t2)) => {
            T::DayTimeInterval(*f1.max(f2), *t1.min(t2))
        }
        (a, b) if is_string(a) && is_string(b) => T::String,
        (a, b) if is_integral(a) && is_integral(b) => {
            if rank(a) > rank(b) {
                a.clone()
            } else {
                b.clone()
            }
        }
        (a, b) if is_floating(a) && is_floating(b) => T::Double,
        // A FLOAT does not hold every INT, which counts in ANSI mode only.
        (a, T::Float) | (T::Float, a) if is_integral(a) && !ansi => T::Float,
        (a, b) if is_integral(a) && is_floating(b) => T::Double,
        (a, b) if is_floating(a) && is_integral(b) => T::Double,
        (T::Array(a), T::Array(b)) => array(nested(a, b)?),
        (T::Map(k1, v1), T::Map(k2, v2)) => {
            T::Map(Box::new(nested(k1, k2)?), Box::new(nested(v1, v2)?))
        }
        (T::Struct(f1), T::Struct(f2)) => common_struct(f1, f2, nested)?,
        _ => return None,
    })
}

fn rank(data_type: &DataType) -> u8 {
    match data_type {
        DataType::Byte => 0,
        DataType::Short => 1,
        DataType::Integer => 2,
        _ => 3,
    }
}

/// The type that both types become in an operator, a `CASE`, a set operation or a function such as `coalesce` (Spark:
/// `findWiderTypeForTwo`). None if there is no such type.
pub fn wider_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    use DataType as T;
    if let Some(found) = tightest_common_type(a, b, ansi) {
        return Some(found);
    }
    if let (Some(a), Some(b)) = (integral_decimal(a), integral_decimal(b)) {
        return Some(wider_decimal(a, b));
    }
    let nested = |a: &T, b: &T| wider_type(a, b, ansi);
    Some(match (a, b) {
        (T::Decimal(..), b) if is_floating(b) => T::Double,
        (a, T::Decimal(..)) if is_floating(a) => T::Double,
        (a, b) if is_string(a) && is_atomic(b) => with_string(b, ansi)?,
        (a, b) if is_string(b) && is_atomic(a) => with_string(a, ansi)?,
        (T::Array(a), T::Array(b)) => array(nested(a, b)?),
        // Text that is no number has no key.
        (T::Map(k1, _), T::Map(k2, _)) if ansi && is_string(k1) != is_string(k2) => return None,
        (T::Map(k1, v1), T::Map(k2, v2)) => {
            T::Map(Box::new(nested(k1, k2)?), Box::new(nested(v1, v2)?))
        }
        (T::Struct(f1), T::Struct(f2)) => common_struct(f1, f2, nested)?,
        _ => return None,
    })
}

/// What text and another type become.
fn with_string(other: &DataType, ansi: bool) -> Option<DataType> {
    if !ansi {
        // Text wins, but not over bytes and truth.
        return (!matches!(other, DataType::Binary | DataType::Boolean))
            .then_some(DataType::String);
    }
    Some(match other {
        other if is_integral(other) => DataType::Long,
        other if is_numeric(other) => DataType::Double,
        other => other.clone(),
    })
}

fn common_struct(
    a: &[StructField],
    b: &[StructField],
    common: impl Fn(&DataType, &DataType) -> Option<DataType>,
) -> Option<DataType> {
    if a.len() != b.len() {
        return None;
    }
    let fields = a.iter().zip(b).map(|(a, b)| {
        if !a.name.eq_ignore_ascii_case(&b.name) {
            return None;
        }
        Some(StructField {
            name: a.name.clone(),
            data_type: common(&a.data_type, &b.data_type)?,
            nullable: a.nullable || b.nullable,
            comment: None,
        })
    });
    Some(DataType::Struct(fields.collect::<Option<_>>()?))
}

/// The one type that all become; `VOID` if there are none.
pub fn widest_type<'a>(
    types: impl IntoIterator<Item = &'a DataType>,
    ansi: bool,
) -> Option<DataType> {
    let mut types: Vec<&DataType> = types.into_iter().collect();
    if !ansi {
        // As in Spark, the result depends on the order of the types in ANSI mode only.
        types.sort_by_key(|data_type| is_string(data_type));
    }
    let mut widest = DataType::Void;
    for data_type in types {
        widest = wider_type(&widest, data_type, ansi)?;
    }
    Some(widest)
}

/// What the operands of a comparison become.
pub fn comparison_type(a: &DataType, b: &DataType, ansi: bool) -> Option<DataType> {
    if ansi || a == b || *a == DataType::Void || *b == DataType::Void {
        return wider_type(a, b, ansi);
    }
    // Without ANSI, text is compared as the other type (`TypeCoercion.findCommonTypeForBinaryComparison`).
    let other = match (is_string(a), is_string(b)) {
        (true, false) => b,
        (false, true) => a,
        _ => return wider_type(a, b, ansi),
    };
    Some(match other {
        DataType::Decimal(..) => DataType::Double,
        other if is_atomic(other) => other.clone(),
        _ => return None,
    })
}

/// The type that an argument of type `from` becomes where `to` is accepted; none if it is not allowed (Spark:
/// `implicitCast`).
pub fn implicit_cast(from: &DataType, to: Accepts, ansi: bool) -> Option<DataType> {
    if to.accepts(from) {
        return Some(from.clone());
    }
    if *from == DataType::Void {
        return Some(to.default_type());
    }
    match to {
        Accepts::OneOf(all) => {
            let mut casts = all.iter().filter_map(|one| implicit_cast(from, *one, ansi));
            let first = casts.next()?;
            if !ansi || is_string(from) {
                return Some(first);
            }
            // A cast without loss is better than the first one.
            let lossless =
                |to: &DataType| tightest_common_type(from, to, ansi).as_ref() == Some(to);
            if lossless(&first) {
                return Some(first);
            }
            if is_numeric(from) && is_integral(&first) {
                return casts.find(lossless);
            }
            Some(casts.find(lossless).unwrap_or(first))
        }
        Accepts::Numeric if is_string(from) => Some(DataType::Double),
        Accepts::Decimal => match integral_decimal(from) {
            Some((precision, scale)) => Some(DataType::Decimal(precision, scale)),
            None if is_string(from) => Some(DataType::Decimal(38, 18)),
            None => match from {
                DataType::Float => Some(DataType::Decimal(14, 7)),
                DataType::Double => Some(DataType::Decimal(30, 15)),
                _ => None,
            },
        },
        Accepts::Type(to) => can_store_assign(from, to, ansi).then(|| to.clone()),
        Accepts::Time if is_string(from) => Some(DataType::Time(6)),
        Accepts::DayTime if is_string(from) => Some(crate::types::DAY_TIME),
        Accepts::YearMonth if is_string(from) => Some(crate::types::YEAR_MONTH),
        _ => None,
    }
}

/// Whether an argument of one type is cast to another silently.
fn can_store_assign(from: &DataType, to: &DataType, ansi: bool) -> bool {
    use DataType as T;
    match (from, to) {
        (from, to) if from == to => true,
        (from, to) if is_numeric(from) && is_numeric(to) => true,
        (from, T::String) => is_atomic(from) || (!ansi && *from == T::CalendarInterval),
        (T::Date, T::Timestamp | T::TimestampNtz) => true,
        (T::Timestamp, T::Date | T::TimestampNtz) | (T::TimestampNtz, T::Date | T::Timestamp) => {
            true
        }
        (from, T::Binary) if is_string(from) => true,
        (from, T::Boolean) if is_string(from) => ansi,
        (from, to) if is_string(from) => is_atomic(to),
        (T::Array(from), T::Array(to)) => can_store_assign(from, to, ansi),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{DOUBLE, INT, STRING, STRING_OR_BINARY};

    #[test]
    fn wider_types_are_those_of_spark() {
        use DataType as T;
        let cases = [
            (T::Integer, T::Long, Some(T::Long)),
            (T::Integer, T::Float, Some(T::Double)),
            (T::Decimal(10, 2), T::Integer, Some(T::Decimal(12, 2))),
            (T::Decimal(10, 2), T::Double, Some(T::Double)),
            (T::Integer, T::String, Some(T::Long)),
            (T::Double, T::String, Some(T::Double)),
            (T::Date, T::String, Some(T::Date)),
            (T::Date, T::Timestamp, Some(T::Timestamp)),
            (T::Boolean, T::Integer, None),
            (T::Void, T::Integer, Some(T::Integer)),
        ];
        for (a, b, expected) in cases {
            assert_eq!(
                wider_type(&a, &b, true),
                expected,
                "{} {}",
                a.sql(),
                b.sql()
            );
        }
    }

    #[test]
    fn implicit_casts_are_those_of_spark() {
        use DataType as T;
        let cases = [
            (T::Integer, STRING, Some(T::String)),
            (T::String, INT, Some(T::Integer)),
            (T::Double, INT, Some(T::Integer)),
            (T::Double, Accepts::Integral, None),
            (T::Integer, DOUBLE, Some(T::Double)),
            (T::Void, STRING_OR_BINARY, Some(T::String)),
            (T::Integer, STRING_OR_BINARY, Some(T::String)),
            (T::Integer, Accepts::Array, None),
        ];
        for (from, to, expected) in cases {
            assert_eq!(
                implicit_cast(&from, to, true),
                expected,
                "{} {}",
                from.sql(),
                to.name()
            );
        }
    }
}
