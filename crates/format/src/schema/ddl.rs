//! Schemas as SQL writes them: `a INT, b STRUCT<c: STRING> NOT NULL COMMENT 'x'`.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, Fields};
use sql::ParseError;

use super::{
    COMMENT, array, day_time_interval, json, map, timestamp, timestamp_ntz, year_month_interval,
};
use crate::error::FormatError;

/// Types within types that a text may have. A type can be printed as JSON, where a struct is three
/// levels, and read again.
const DEPTH_MAX: usize = 40;

/// Columns from DDL (`a INT, b STRING`), from a struct type (`struct<a:int>`), or from Spark's JSON.
pub fn parse_fields(text: &str) -> Result<Fields, FormatError> {
    match parse_data_type(text)? {
        DataType::Struct(fields) => Ok(fields),
        other => Err(FormatError::InvalidSchema {
            message: format!(
                "[INVALID_SCHEMA.NON_STRUCT_TYPE] the schema {text:?} is {other}, not a struct"
            ),
        }),
    }
}

/// A type from DDL (`array<int>`), from columns (`a INT, b STRING`: a struct), or from Spark's JSON.
pub fn parse_data_type(text: &str) -> Result<DataType, FormatError> {
    let trimmed = text.trim();
    if trimmed.starts_with('{') || trimmed.starts_with('"') {
        return json::from_json(trimmed);
    }
    if trimmed.is_empty() {
        return Ok(DataType::Struct(Fields::empty()));
    }
    // A single type wins over a column list, but the list's error is the one to show.
    if let Ok(data_type) = sql::parse_data_type(text) {
        return arrow_type(&data_type, DEPTH_MAX + 1);
    }
    let columns = sql::parse_schema(text).map_err(parse_error)?;
    Ok(DataType::Struct(fields(&columns)?))
}

/// The columns of a schema that the SQL parser has read.
///
/// # Errors
/// Types that cannot be stored.
pub fn fields(columns: &[sql::StructField]) -> Result<Fields, FormatError> {
    struct_fields(columns, DEPTH_MAX + 1)
}

fn struct_fields(columns: &[sql::StructField], depth: usize) -> Result<Fields, FormatError> {
    let field = |column: &sql::StructField| {
        let data_type = arrow_type(&column.data_type, depth)?;
        let field = Field::new(&column.name, data_type, column.nullable);
        Ok(match &column.comment {
            Some(text) => field.with_metadata(HashMap::from([(COMMENT.to_owned(), text.clone())])),
            None => field,
        })
    };
    columns.iter().map(field).collect()
}

fn arrow_type(data_type: &sql::DataType, depth: usize) -> Result<DataType, FormatError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(invalid(
            "PARSE_SYNTAX_ERROR",
            "Syntax error as types within types go too deep.",
        ));
    };
    Ok(match data_type {
        sql::DataType::Boolean => DataType::Boolean,
        sql::DataType::Byte => DataType::Int8,
        sql::DataType::Short => DataType::Int16,
        sql::DataType::Integer => DataType::Int32,
        sql::DataType::Long => DataType::Int64,
        sql::DataType::Float => DataType::Float32,
        sql::DataType::Double => DataType::Float64,
        sql::DataType::Date => DataType::Date32,
        sql::DataType::Timestamp | sql::DataType::TimestampLtz => timestamp(),
        sql::DataType::TimestampNtz => timestamp_ntz(),
        sql::DataType::String | sql::DataType::Char(_) | sql::DataType::Varchar(_) => {
            DataType::Utf8
        }
        sql::DataType::Binary => DataType::Binary,
        sql::DataType::Decimal(precision, scale) => DataType::Decimal128(*precision, *scale),
        sql::DataType::Void => DataType::Null,
        sql::DataType::YearMonthInterval(..) => year_month_interval(),
        sql::DataType::DayTimeInterval(..) => day_time_interval(),
        sql::DataType::Array(element) => array(arrow_type(element, depth)?),
        sql::DataType::Map(key, value) => map(arrow_type(key, depth)?, arrow_type(value, depth)?),
        sql::DataType::Struct(columns) => DataType::Struct(struct_fields(columns, depth)?),
        sql::DataType::CalendarInterval => return Err(unsupported("INTERVAL")),
        sql::DataType::Variant => return Err(unsupported("VARIANT")),
        sql::DataType::Time(_) => return Err(unsupported("TIME")),
        sql::DataType::CollatedString(name) => {
            return Err(unsupported(&format!("STRING COLLATE {}", name.join("."))));
        }
    })
}

fn unsupported(name: &str) -> FormatError {
    invalid(
        "UNSUPPORTED_DATATYPE",
        &format!("Unsupported data type \"{name}\"."),
    )
}

fn invalid(condition: &str, message: &str) -> FormatError {
    FormatError::InvalidSchema {
        message: format!("[{condition}] {message}"),
    }
}

fn parse_error(error: ParseError) -> FormatError {
    let (condition, state) = (error.condition(), error.sql_state());
    invalid(condition, &format!("{} SQLSTATE: {state}", error.message()))
}
