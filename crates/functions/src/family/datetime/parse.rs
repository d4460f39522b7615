//! Text to dates and timestamps by a pattern, and back.

use arrow::array::{ArrayRef, StringArray, StringBuilder};
use arrow::datatypes::{Int64Type, Time64MicrosecondType, TimestampMicrosecondType};
use datafusion_common::ScalarValue;
use format::time::{MICROS_PER_DAY, MICROS_PER_SECOND, Pattern, Zone};
use sql::DataType;

use super::{Values, collect, map, text_at, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::cast;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{LONG, STRING, TIMESTAMP, is_string};
use crate::udf::Arguments;

/// The pattern of functions of Unix time.
const DEFAULT: &str = "yyyy-MM-dd HH:mm:ss";

const fn entry(
    name: &'static str,
    arity: (usize, usize),
    usage: &'static str,
    resolve: fn(Call<'_>) -> Result<Typed>,
    kernel: Kernel,
) -> Function {
    Function::scalar(name, Group::Date, arity, usage, resolve, kernel)
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    entry(
        "to_date",
        (1, 2),
        "to_date(expr[, fmt]) - Reads a date from text.",
        |call| to(call, &DataType::Date, false),
        Kernel::Rewritten,
    ),
    entry(
        "try_to_date",
        (1, 2),
        "try_to_date(expr[, fmt]) - Reads a date from text; NULL if it is none.",
        |call| to(call, &DataType::Date, true),
        Kernel::Rewritten,
    ),
    entry(
        "to_timestamp",
        (1, 2),
        "to_timestamp(expr[, fmt]) - Reads a timestamp from text.",
        |call| to(call, &DataType::Timestamp, false),
        Kernel::Rewritten,
    ),
    entry(
        "try_to_timestamp",
        (1, 2),
        "try_to_timestamp(expr[, fmt]) - Reads a timestamp from text; NULL if it is none.",
        |call| to(call, &DataType::Timestamp, true),
        Kernel::Rewritten,
    ),
    entry(
        "to_timestamp_ltz",
        (1, 2),
        "to_timestamp_ltz(expr[, fmt]) - Reads a timestamp with the session's zone from text.",
        |call| to(call, &DataType::Timestamp, false),
        Kernel::Rewritten,
    ),
    entry(
        "to_timestamp_ntz",
        (1, 2),
        "to_timestamp_ntz(expr[, fmt]) - Reads a timestamp without zone from text.",
        |call| to(call, &DataType::TimestampNtz, false),
        Kernel::Rewritten,
    ),
    entry(
        "__get_timestamp",
        (2, 2),
        "",
        |call| parsed(call, DataType::Timestamp),
        Kernel::Scalar(|arguments| parse(arguments, false)),
    ),
    entry(
        "__get_timestamp_ntz",
        (2, 2),
        "",
        |call| parsed(call, DataType::TimestampNtz),
        Kernel::Scalar(|arguments| parse(arguments, false)),
    ),
    entry(
        "__try_get_timestamp",
        (2, 2),
        "",
        |call| parsed(call, DataType::Timestamp),
        Kernel::Scalar(|arguments| parse(arguments, true)),
    ),
    entry(
        "unix_timestamp",
        (0, 2),
        "unix_timestamp([timeExp[, fmt]]) - Returns the seconds since 1970-01-01 00:00:00 UTC.",
        unix_timestamp,
        Kernel::Rewritten,
    ),
    entry(
        "to_unix_timestamp",
        (1, 2),
        "to_unix_timestamp(timeExp[, fmt]) - Returns the seconds since 1970-01-01 00:00:00 UTC.",
        unix_timestamp,
        Kernel::Rewritten,
    ),
    // Unlike `unix_seconds`, without the fraction of a second before 1970.
    entry(
        "__whole_seconds",
        (1, 1),
        "",
        |call| call.accept(&[TIMESTAMP])?.invoke(DataType::Long),
        Kernel::Scalar(|arguments| {
            map::<TimestampMicrosecondType, Int64Type>(arguments, |instant| {
                Ok(Some(instant / MICROS_PER_SECOND))
            })
        }),
    ),
    entry(
        "from_unixtime",
        (1, 2),
        "from_unixtime(unix_time[, fmt]) - Prints the timestamp that is so many seconds after 1970-01-01 00:00:00 UTC.",
        |mut call| {
            if call.arguments.len() == 1 {
                call.arguments.push(Typed::string(DEFAULT));
            }
            call.accept(&[LONG, STRING])?.invoke(DataType::String)
        },
        Kernel::Scalar(from_unixtime),
    ),
    entry(
        "date_format",
        (2, 2),
        "date_format(timestamp, fmt) - Prints a timestamp by a pattern.",
        |call| {
            if matches!(call.type_of(0), DataType::Time(_)) {
                return call.replace_by("__time_format");
            }
            call.accept(&[TIMESTAMP, STRING])?.invoke(DataType::String)
        },
        Kernel::Scalar(date_format),
    ),
    entry(
        "__time_format",
        (2, 2),
        "",
        |call| {
            let mut call = call;
            call.accept_one(1, STRING)?;
            call.invoke(DataType::String)
        },
        Kernel::Scalar(time_format),
    ),
];

/// `to_date`, `to_timestamp` and their like: a cast, or a parser of the pattern.
fn to(mut call: Call<'_>, to: &DataType, is_try: bool) -> Result<Typed> {
    let text = call.text();
    if call.arguments.len() == 2 {
        call.accept_one(1, STRING)?;
    }
    let argument = call.arguments[0].clone();
    let is_text = is_string(&argument.data_type);
    if call.arguments.len() == 2 && is_text {
        let name = match (to, is_try) {
            (_, true) => "__try_get_timestamp",
            (DataType::TimestampNtz, false) => "__get_timestamp_ntz",
            _ => "__get_timestamp",
        };
        let parsed = call.call(name, call.arguments.clone())?;
        return Ok(call.cast(parsed, to)?.named(text));
    }
    let takes = match (to, &argument.data_type) {
        (_, DataType::Void | DataType::Date | DataType::Timestamp | DataType::TimestampNtz) => true,
        // A number of seconds.
        (DataType::Timestamp, data_type) => is_text || crate::types::is_numeric(data_type),
        _ => is_text,
    };
    if !takes {
        // Other types are read as text.
        let argument = call.cast(argument, &DataType::String)?;
        let cast = cast::cast(argument, to, call.settings, call.place.as_ref(), is_try)?;
        return Ok(cast.named(text));
    }
    let cast = cast::cast(argument, to, call.settings, call.place.as_ref(), is_try)?;
    Ok(cast.named(text))
}

fn parsed(call: Call<'_>, to: DataType) -> Result<Typed> {
    call.accept(&[STRING, STRING])?.invoke_nullable(to, true)
}

fn unix_timestamp(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.is_empty() {
        let now = super::now::timestamp(&call)?;
        call.arguments.push(now);
    }
    if call.arguments.len() == 1 {
        call.arguments.push(Typed::string(DEFAULT));
    }
    call.accept_one(1, STRING)?;
    let text = call.text();
    let timestamp = if is_string(call.type_of(0)) || *call.type_of(0) == DataType::Void {
        call.call("__get_timestamp", call.arguments.clone())?
    } else {
        call.accept_one(0, TIMESTAMP)?;
        call.arguments[0].clone()
    };
    Ok(call.call("__whole_seconds", vec![timestamp])?.named(text))
}

/// The patterns of an argument: one for all rows if it is a constant.
struct Patterns {
    constant: Option<Pattern>,
    texts: StringArray,
    parses: bool,
}

impl Patterns {
    fn of(arguments: &Arguments<'_>, index: usize, parses: bool) -> Result<Patterns> {
        let constant = match arguments.scalar(index) {
            Some(ScalarValue::Utf8(Some(text))) => Some(pattern(text, parses)?),
            _ => None,
        };
        Ok(Patterns {
            constant,
            texts: texts(arguments, index)?,
            parses,
        })
    }

    /// What `of` gives with the pattern of a row; none if that is NULL.
    fn with<T>(&self, row: usize, of: impl FnOnce(&Pattern) -> T) -> Result<Option<T>> {
        match (&self.constant, text_at(&self.texts, row)) {
            (_, None) => Ok(None),
            (Some(constant), _) => Ok(Some(of(constant))),
            (None, Some(text)) => Ok(Some(of(&pattern(text, self.parses)?))),
        }
    }
}

fn pattern(text: &str, parses: bool) -> Result<Pattern> {
    if let Ok(pattern) = Pattern::new("format", text) {
        return Ok(pattern);
    }
    let mut is_quoted = false;
    let letters = text.chars().filter(|c| {
        is_quoted ^= *c == '\'';
        !is_quoted && c.is_ascii_alphabetic()
    });
    let letters: Vec<char> = letters.collect();
    let week_based = letters.iter().any(|c| "YWwec".contains(*c));
    let error = |condition, message: String| Err(Error::data(condition, message));
    if week_based && !parses {
        return error(
            "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN",
            "You may get a different result due to the upgrading to Spark >= 3.0: all week-based patterns are unsupported \
             since Spark 3.0. Please use the SQL function EXTRACT instead."
                .to_owned(),
        );
    }
    // The letters of Java's old patterns: Spark asks whether a pattern was right before Spark 3.
    if letters
        .iter()
        .any(|letter| !"GyYMLwWDdFEuaHkKhmsSzZX".contains(*letter))
        && !letters.iter().any(|c| "ABnNp".contains(*c))
    {
        return error(
            "INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
            format!(
                "Unrecognized datetime pattern: '{text}'. You can form a valid datetime pattern with the guide from \
                 'https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html'."
            ),
        );
    }
    if let Some(letter) = letters.iter().find(|c| "ABnNp".contains(**c)) {
        return error(
            "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER",
            format!(
                "Unrecognized datetime pattern: {text}. Illegal pattern character found in datetime pattern: {letter}. Please provide legal character."
            ),
        );
    }
    error(
        "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
        format!(
            "You may get a different result due to the upgrading to Spark >= 3.0: Fail to recognize '{text}' pattern in the \
             DateTimeFormatter."
        ),
    )
}

fn parse(arguments: &Arguments<'_>, is_try: bool) -> Result<ArrayRef> {
    let values = texts(arguments, 0)?;
    let patterns = Patterns::of(arguments, 1, true)?;
    let has_no_zone = matches!(
        arguments.return_type,
        arrow::datatypes::DataType::Timestamp(_, None)
    );
    let zone = if has_no_zone {
        Zone::UTC
    } else {
        arguments.settings.zone()
    };
    collect::<TimestampMicrosecondType>(arguments, |row| {
        let Some(text) = text_at(&values, row) else {
            return Ok(None);
        };
        let parsed = patterns.with(row, |pattern| {
            if has_no_zone {
                pattern.parse_timestamp_ntz(text)
            } else {
                pattern.parse_timestamp(text, zone)
            }
        })?;
        match parsed {
            None => Ok(None),
            Some(Some(instant)) => Ok(Some(instant)),
            Some(None) if is_try || !arguments.settings.ansi => Ok(None),
            Some(None) => Err(Error::data(
                "CANNOT_PARSE_TIMESTAMP",
                format!(
                    "Text '{text}' could not be parsed. Use `try_to_timestamp` to tolerate invalid input string and return \
                     NULL instead."
                ),
            )),
        }
    })
}

/// A text for each row.
fn print(
    arguments: &Arguments<'_>,
    of: impl Fn(&mut String, usize) -> Result<bool>,
) -> Result<ArrayRef> {
    let mut builder = StringBuilder::with_capacity(arguments.rows, arguments.rows * 20);
    let mut text = String::new();
    for row in 0..arguments.rows {
        text.clear();
        if of(&mut text, row)? {
            builder.append_value(&text);
        } else {
            builder.append_null();
        }
    }
    Ok(std::sync::Arc::new(builder.finish()))
}

fn date_format(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Values::<TimestampMicrosecondType>::of(arguments, 0)?;
    let patterns = Patterns::of(arguments, 1, false)?;
    let zone = arguments.settings.zone();
    print(arguments, |out, row| {
        let Some(instant) = values.get(row) else {
            return Ok(false);
        };
        let printed = patterns.with(row, |pattern| pattern.push_timestamp(out, instant, zone))?;
        Ok(printed.is_some())
    })
}

fn from_unixtime(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Values::<Int64Type>::of(arguments, 0)?;
    let patterns = Patterns::of(arguments, 1, false)?;
    let zone = arguments.settings.zone();
    print(arguments, |out, row| {
        let Some(seconds) = values.get(row) else {
            return Ok(false);
        };
        // As in Java, the product wraps.
        let instant = seconds.wrapping_mul(MICROS_PER_SECOND);
        let printed = patterns.with(row, |pattern| pattern.push_timestamp(out, instant, zone))?;
        Ok(printed.is_some())
    })
}

fn time_format(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Values::<Time64MicrosecondType>::of(arguments, 0)?;
    let patterns = Patterns::of(arguments, 1, false)?;
    print(arguments, |out, row| {
        let Some(micros) = values.get(row) else {
            return Ok(false);
        };
        let micros = micros.rem_euclid(MICROS_PER_DAY);
        let printed = patterns.with(row, |pattern| pattern.push_timestamp_ntz(out, micros))?;
        Ok(printed.is_some())
    })
}
