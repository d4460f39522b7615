//! Casts of values that are written into a column (Spark: `TableOutputResolver`, `CheckOverflowInTableInsert`).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use datafusion_expr::ScalarUDF;
use sql::DataType;

use super::{FUNCTIONS, cast, rules};
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::settings::Settings;
use crate::typed::Typed;
use crate::types::{DAY_TIME, is_atomic, is_numeric, is_string, to_arrow};
use crate::udf::{Arguments, Resolved, ScalarFunction};

pub(super) const INSERT_CAST: Function = Function::scalar(
    "__insert_cast",
    Group::Conversion,
    (4, 4),
    "",
    |_| Err(Error::internal("a cast needs a type")),
    Kernel::Scalar(insert_cast),
);

pub(super) const FIT_TEXT: Function = Function::scalar(
    "__fit_text",
    Group::Conversion,
    (3, 3),
    "",
    |_| Err(Error::internal("a length needs a type")),
    Kernel::Scalar(fit_text),
);

/// Which values may be written into a column (`spark.sql.storeAssignmentPolicy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreAssignment {
    /// Those of standard SQL.
    Ansi,
    /// Those that lose nothing.
    Strict,
    /// Those that a cast without ANSI mode takes.
    Legacy,
}

/// `argument` as a value of the column `column` of the type `to`. The caller has asked [`mismatch`].
///
/// # Errors
/// If there is no such cast.
pub fn store(
    argument: Typed,
    to: &DataType,
    column: &str,
    policy: StoreAssignment,
    settings: &Arc<Settings>,
) -> Result<Typed> {
    let settings = &Arc::new(Settings {
        ansi: policy != StoreAssignment::Legacy,
        ..settings.as_ref().clone()
    });
    let from = argument.data_type.clone();
    let can_overflow = is_numeric(&from) && is_numeric(to) && from != *to;
    let stored = match can_overflow && !argument.is_null() {
        true if policy != StoreAssignment::Legacy => {
            let nullable = argument.nullable;
            let function = &FUNCTIONS[2];
            let udf = ScalarUDF::new_from_impl(ScalarFunction::new(Resolved {
                function,
                return_type: to_arrow(to),
                settings: Arc::clone(settings),
                place: None,
            }));
            let texts = [from.sql(), to.sql(), column.to_owned()];
            let [from, target, name] = texts.map(|text| Typed::string(&text).expr);
            let expr = udf.call(vec![argument.expr, from, target, name]);
            Typed::new(expr, to.clone(), nullable, column)
        }
        _ => cast(argument, to, settings, None, false)?,
    };
    Ok(match to {
        DataType::Char(length) | DataType::Varchar(length) => {
            let pads = matches!(to, DataType::Char(_));
            let udf = ScalarUDF::new_from_impl(ScalarFunction::new(Resolved {
                function: &FUNCTIONS[3],
                return_type: ArrowType::Utf8,
                settings: Arc::clone(settings),
                place: None,
            }));
            let limits = [Typed::int(*length as i32).expr, Typed::boolean(pads).expr];
            let [length, pads] = limits;
            let expr = udf.call(vec![stored.expr, length, pads]);
            Typed::new(expr, to.clone(), stored.nullable, column)
        }
        _ => stored,
    })
}

/// Where a value of one type cannot be written as the other: the path to the part, and both types; none if it can
/// (Spark: `Cast.canANSIStoreAssign`, `Cast.canUpCast`).
pub fn mismatch(
    from: &DataType,
    to: &DataType,
    path: &str,
    policy: StoreAssignment,
) -> Option<(String, DataType, DataType)> {
    use DataType as T;
    match (from, to) {
        (T::Array(from), T::Array(to)) => mismatch(from, to, &format!("{path}.`element`"), policy),
        (T::Map(from_key, from_value), T::Map(to_key, to_value)) => {
            mismatch(from_key, to_key, &format!("{path}.`key`"), policy)
                .or_else(|| mismatch(from_value, to_value, &format!("{path}.`value`"), policy))
        }
        (T::Struct(from), T::Struct(to)) if from.len() == to.len() => {
            from.iter().zip(to).find_map(|(from, to)| {
                let path = format!("{path}.`{}`", to.name);
                mismatch(&from.data_type, &to.data_type, &path, policy)
            })
        }
        _ if can_store(from, to, policy) => None,
        _ => Some((path.to_owned(), from.clone(), to.clone())),
    }
}

fn can_store(from: &DataType, to: &DataType, policy: StoreAssignment) -> bool {
    use DataType as T;
    if from == to || *from == T::Void {
        return true;
    }
    if is_string(to) {
        return is_atomic(from) || *from == T::CalendarInterval;
    }
    match policy {
        StoreAssignment::Legacy => rules::check(from, to, false, false, "").is_ok(),
        StoreAssignment::Ansi => match (from, to) {
            (T::YearMonthInterval(..), T::YearMonthInterval(..))
            | (T::DayTimeInterval(..), T::DayTimeInterval(..))
            | (T::Time(_), T::Time(_)) => true,
            _ => (is_numeric(from) && is_numeric(to)) || (is_date(from) && is_date(to)),
        },
        StoreAssignment::Strict => loses_nothing(from, to),
    }
}

fn is_date(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Date | DataType::Timestamp | DataType::TimestampNtz
    )
}

/// Whether every number, date or interval has a counterpart (Spark: `UpCastRule.canUpCast`).
fn loses_nothing(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    let rank = |data_type: &DataType| {
        [T::Byte, T::Short, T::Integer, T::Long, T::Float, T::Double]
            .iter()
            .position(|known| known == data_type)
    };
    let digits = |data_type: &DataType| match data_type {
        T::Byte => Some((3, 0)),
        T::Short => Some((5, 0)),
        T::Integer => Some((10, 0)),
        T::Long => Some((20, 0)),
        T::Decimal(precision, scale) => Some((i32::from(*precision), i32::from(*scale))),
        _ => None,
    };
    match (from, to) {
        (from, T::Decimal(precision, scale)) => digits(from).is_some_and(|(digits, fraction)| {
            let (precision, scale) = (i32::from(*precision), i32::from(*scale));
            scale >= fraction && precision - scale >= digits - fraction
        }),
        (T::Date, T::Timestamp | T::TimestampNtz)
        | (T::TimestampNtz, T::Timestamp)
        | (T::Timestamp, T::TimestampNtz)
        | (T::YearMonthInterval(..), T::YearMonthInterval(..)) => true,
        (T::DayTimeInterval(..), to) => *to == DAY_TIME,
        _ => matches!((rank(from), rank(to)), (Some(from), Some(to)) if from < to),
    }
}

/// A cast of numbers whose overflow names the column.
fn insert_cast(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    super::run(arguments, false).map_err(|error| {
        let is_overflow = matches!(error.condition(), "CAST_OVERFLOW" | "ARITHMETIC_OVERFLOW")
            || error.condition().starts_with("NUMERIC_VALUE_OUT_OF_RANGE");
        let text = |index: usize| match arguments.scalar(index) {
            Some(ScalarValue::Utf8(Some(text))) => text.clone(),
            _ => String::new(),
        };
        match is_overflow {
            false => error,
            true => Error::data(
                "CAST_OVERFLOW_IN_TABLE_INSERT",
                format!(
                    "Fail to assign a value of \"{}\" type to the \"{}\" type column or variable `{}` due to an overflow. \
                     Use `try_cast` on the input value to tolerate overflow and return NULL instead.",
                    text(1),
                    text(2),
                    text(3)
                ),
            ),
        }
    })
}

/// Texts of a `CHAR` or `VARCHAR` column: blanks beyond the length are cut, a `CHAR` is filled up (Spark:
/// `CharVarcharCodegenUtils`).
fn fit_text(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let length = match arguments.scalar(1) {
        Some(ScalarValue::Int32(Some(length))) => *length as usize,
        _ => return Err(Error::internal("the length of a text is no constant")),
    };
    let pads = matches!(arguments.scalar(2), Some(ScalarValue::Boolean(Some(true))));
    let array = arguments.array(0)?;
    let texts = array.as_string::<i32>();
    let mut fitted = StringBuilder::with_capacity(texts.len(), texts.value_data().len());
    for text in texts.iter() {
        let Some(text) = text else {
            fitted.append_null();
            continue;
        };
        let count = text.chars().count();
        if count <= length {
            let blanks = if pads { length - count } else { 0 };
            fitted.append_value(format!("{text}{}", " ".repeat(blanks)));
            continue;
        }
        let end = text
            .char_indices()
            .nth(length)
            .map_or(text.len(), |it| it.0);
        if text[end..].chars().any(|c| c != ' ') {
            return Err(Error::data(
                "EXCEED_LIMIT_LENGTH",
                format!("Exceeds char/varchar type length limitation: {length}."),
            ));
        }
        fitted.append_value(&text[..end]);
    }
    Ok(Arc::new(fitted.finish()))
}
