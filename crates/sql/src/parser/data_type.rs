//! Types.

use crate::cursor::{Cursor, Result};
use crate::data_type::{DataType, StructField};
use crate::literal::IntervalUnit;
use crate::span::Span;
use crate::token::TokenKind;

use super::literal::single_string;
use super::name::{multipart_name, whole_name};

/// The digits of a decimal at most.
const DECIMAL_PRECISION_MAX: u32 = 38;

/// A type.
pub(super) fn data_type(cursor: &mut Cursor<'_>) -> Result<DataType> {
    cursor.nested(any_type)
}

fn any_type(cursor: &mut Cursor<'_>) -> Result<DataType> {
    let start = cursor.here();
    let token = cursor.peek();
    if token.kind != TokenKind::Word {
        return Err(cursor.unexpected());
    }
    cursor.take();
    let word = cursor.text_of(token).to_ascii_uppercase();
    match &*word {
        "ARRAY" => {
            element_types_follow(cursor, ("ARRAY", "an element type", "ARRAY<INT>"), start)?;
            let element = data_type(cursor)?;
            cursor.expect_symbol(">")?;
            Ok(DataType::Array(Box::new(element)))
        }
        "MAP" => {
            element_types_follow(
                cursor,
                ("MAP", "a key type and a value type", "MAP<TIMESTAMP, INT>"),
                start,
            )?;
            let key = data_type(cursor)?;
            cursor.expect_symbol(",")?;
            let value = data_type(cursor)?;
            cursor.expect_symbol(">")?;
            Ok(DataType::Map(Box::new(key), Box::new(value)))
        }
        "STRUCT" => {
            if cursor.eat_symbol("<>") {
                return Ok(DataType::Struct(Vec::new()));
            }
            element_types_follow(
                cursor,
                (
                    "STRUCT",
                    "at least one field type",
                    "STRUCT<name STRING, phone DECIMAL(10, 0)>",
                ),
                start,
            )?;
            let fields = match cursor.at_symbol(">") {
                true => Vec::new(),
                false => cursor.comma_separated(column)?,
            };
            cursor.expect_symbol(">")?;
            Ok(DataType::Struct(fields))
        }
        "INTERVAL" => interval_type(cursor),
        _ => simple_type(cursor, &word, start),
    }
}

fn element_types_follow(
    cursor: &mut Cursor<'_>,
    (name, missing, example): (&str, &str, &str),
    start: Span,
) -> Result<()> {
    if cursor.eat_symbol("<") {
        return Ok(());
    }
    let message = format!(
        "Incomplete complex type: The definition of \"{name}\" type is incomplete. You must provide {missing}. For example: \
         \"{example}\"."
    );
    let condition = match name {
        "ARRAY" => "INCOMPLETE_TYPE_DEFINITION.ARRAY",
        "MAP" => "INCOMPLETE_TYPE_DEFINITION.MAP",
        _ => "INCOMPLETE_TYPE_DEFINITION.STRUCT",
    };
    Err(cursor.error_at(condition, message, start))
}

/// A field of a struct, or a column of a schema: `name[:] type [NOT NULL] [COMMENT 'text']`.
pub(super) fn column(cursor: &mut Cursor<'_>) -> Result<StructField> {
    let name = whole_name(cursor)?;
    cursor.eat_symbol(":");
    let data_type = data_type(cursor)?;
    let nullable = !eat_not_null(cursor)?;
    let comment = match cursor.eat("COMMENT") {
        true => Some(single_string(cursor)?),
        false => None,
    };
    Ok(StructField {
        name,
        data_type,
        nullable,
        comment,
    })
}

/// `NOT NULL`, if it comes next.
pub(super) fn eat_not_null(cursor: &mut Cursor<'_>) -> Result<bool> {
    let has_not = cursor.eat("NOT");
    if has_not {
        cursor.expect("NULL")?;
    }
    Ok(has_not)
}

/// `INTERVAL YEAR TO MONTH` and its like.
fn interval_type(cursor: &mut Cursor<'_>) -> Result<DataType> {
    const UNITS: [&str; 6] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
    let Some(from) = cursor.eat_any(&UNITS) else {
        return Ok(DataType::CalendarInterval);
    };
    let unit = |word: &str| IntervalUnit::of(word).expect("the word is a unit");
    let from = unit(from);
    let is_year_month = |unit: IntervalUnit| unit >= IntervalUnit::Month;
    let mut to = from;
    if cursor.at("TO")
        && let Some(word) = UNITS.iter().find(|word| cursor.is_word_at(1, word))
        && unit(word) < from
        && is_year_month(unit(word)) == is_year_month(from)
    {
        cursor.take();
        cursor.take();
        to = unit(word);
    }
    Ok(match is_year_month(from) {
        true => DataType::YearMonthInterval(from, to),
        false => DataType::DayTimeInterval(from, to),
    })
}

fn simple_type(cursor: &mut Cursor<'_>, word: &str, start: Span) -> Result<DataType> {
    let parameters = match cursor.at_symbol("(") {
        true => cursor.parenthesized(parameter)?,
        false => Vec::new(),
    };
    let span = cursor.since(start);
    Ok(match (word, &*parameters) {
        ("BOOLEAN", []) => DataType::Boolean,
        ("TINYINT" | "BYTE", []) => DataType::Byte,
        ("SMALLINT" | "SHORT", []) => DataType::Short,
        ("INT" | "INTEGER", []) => DataType::Integer,
        ("BIGINT" | "LONG", []) => DataType::Long,
        ("FLOAT" | "REAL", []) => DataType::Float,
        ("DOUBLE", []) => DataType::Double,
        ("DATE", []) => DataType::Date,
        ("TIMESTAMP", []) if cursor.eat("WITH LOCAL TIME ZONE") => DataType::TimestampLtz,
        ("TIMESTAMP", []) if cursor.eat("WITHOUT TIME ZONE") => DataType::TimestampNtz,
        ("TIMESTAMP", []) => DataType::Timestamp,
        ("TIMESTAMP_LTZ", []) => DataType::TimestampLtz,
        ("TIMESTAMP_NTZ", []) => DataType::TimestampNtz,
        ("TIME", []) => DataType::Time(6),
        ("TIME", [digits @ 0..=6]) => DataType::Time(*digits as u8),
        ("STRING", []) => match cursor.eat("COLLATE") {
            true => DataType::CollatedString(multipart_name(cursor)?),
            false => DataType::String,
        },
        ("CHAR" | "CHARACTER", [length]) if *length > 0 => DataType::Char(*length),
        ("VARCHAR", [length]) if *length > 0 => DataType::Varchar(*length),
        ("CHAR" | "CHARACTER" | "VARCHAR", []) => {
            let message = format!(
                "DataType \"{word}\" requires a length parameter, for example \"{word}\"(10). Please specify the length."
            );
            return Err(cursor.error_at("DATATYPE_MISSING_SIZE", message, span));
        }
        ("BINARY", []) => DataType::Binary,
        ("DECIMAL" | "DEC" | "NUMERIC", []) => DataType::Decimal(10, 0),
        ("DECIMAL" | "DEC" | "NUMERIC", [precision]) => decimal(cursor, *precision, 0, span)?,
        ("DECIMAL" | "DEC" | "NUMERIC", [precision, scale]) => {
            decimal(cursor, *precision, *scale, span)?
        }
        ("VOID", []) => DataType::Void,
        ("VARIANT", []) => DataType::Variant,
        _ => {
            let written = span.of(cursor.text()).to_ascii_uppercase();
            return Err(cursor.error_at(
                "UNSUPPORTED_DATATYPE",
                format!("Unsupported data type \"{written}\"."),
                span,
            ));
        }
    })
}

fn parameter(cursor: &mut Cursor<'_>) -> Result<u32> {
    let token = cursor.peek();
    match (token.kind, cursor.text_of(token).parse()) {
        (TokenKind::Integer, Ok(value)) => {
            cursor.take();
            Ok(value)
        }
        _ => Err(cursor.unexpected()),
    }
}

fn decimal(cursor: &Cursor<'_>, precision: u32, scale: u32, span: Span) -> Result<DataType> {
    if precision > DECIMAL_PRECISION_MAX {
        let message =
            format!("Decimal precision {precision} exceeds max precision {DECIMAL_PRECISION_MAX}.");
        return Err(cursor.error_at("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", message, span));
    }
    if scale > precision {
        let message =
            format!("Decimal scale ({scale}) cannot be greater than precision ({precision}).");
        return Err(cursor.error_at("DECIMAL_SCALE_EXCEEDS_PRECISION", message, span));
    }
    Ok(DataType::Decimal(precision as u8, scale as i8))
}
