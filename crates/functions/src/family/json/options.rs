//! Constant arguments of the functions: schemas and options.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use datafusion_common::ScalarValue;
use format::FormatError;
use sql::{DataType, StructField};

use crate::call::Call;
use crate::error::{Error, Result};
use crate::types::from_arrow;
use crate::udf::Arguments;

/// Options by name.
pub(super) type Options = BTreeMap<String, String>;

/// Checks the argument with the options: a constant map of texts.
///
/// # Errors
/// `INVALID_OPTIONS`.
pub(super) fn check_options(call: &Call<'_>, index: usize) -> Result<Options> {
    let Some(argument) = call.arguments.get(index) else {
        return Ok(Options::new());
    };
    let DataType::Map(key, value) = &argument.data_type else {
        return Err(Error::analysis(
            "INVALID_OPTIONS.NON_MAP_FUNCTION",
            "Invalid options: Must use the `map()` function for options.",
        ));
    };
    let is_text = |data_type: &DataType| crate::types::is_string(data_type);
    if !is_text(key) || !is_text(value) {
        return Err(Error::analysis(
            "INVALID_OPTIONS.NON_STRING_TYPE",
            format!(
                "Invalid options: A type of keys and values in `map()` must be string, but got \"{}\".",
                argument.data_type.sql()
            ),
        ));
    }
    if !argument.is_foldable() {
        return Err(Error::analysis(
            "INVALID_OPTIONS.NON_MAP_FUNCTION",
            "Invalid options: Must use the `map()` function for options.",
        ));
    }
    Ok(to_options(&call.constant(index)?))
}

/// The options of a running call.
pub(super) fn options(arguments: &Arguments<'_>, index: usize) -> Options {
    if index >= arguments.len() {
        return Options::new();
    }
    arguments.scalar(index).map(to_options).unwrap_or_default()
}

fn to_options(value: &ScalarValue) -> Options {
    let mut options = Options::new();
    if let ScalarValue::Map(map) = value
        && map.len() == 1
        && map.is_valid(0)
    {
        let entries = map.value(0);
        let (keys, values) = (entries.column(0), entries.column(1));
        if let (Some(keys), Some(values)) =
            (keys.as_string_opt::<i32>(), values.as_string_opt::<i32>())
        {
            for (key, value) in keys.iter().zip(values) {
                if let (Some(key), Some(value)) = (key, value) {
                    options.insert(key.to_owned(), value.to_owned());
                }
            }
        }
    }
    options
}

/// The type that the constant text at `index` describes, all of it nullable.
///
/// # Errors
/// `INVALID_SCHEMA.NON_STRING_LITERAL`, or what is wrong in the text.
pub(super) fn schema(call: &Call<'_>, index: usize) -> Result<DataType> {
    let argument = &call.arguments[index];
    let text = match argument.is_foldable() && argument.data_type == DataType::String {
        true => call.constant_string(index)?,
        false => None,
    };
    let Some(text) = text else {
        return Err(Error::analysis(
            "INVALID_SCHEMA.NON_STRING_LITERAL",
            format!(
                "The input schema \"{}\" is not a valid schema string. The input expression must be string literal and \
                 not null.",
                argument.name
            ),
        ));
    };
    if text.trim_start().starts_with(['{', '"']) {
        let arrow = format::schema::from_json(&text).map_err(format_error)?;
        let data_type = from_arrow(&arrow);
        return Ok(nullable(
            data_type.ok_or_else(|| Error::internal("an unknown type"))?,
        ));
    }
    if let Ok(data_type) = sql::parse_data_type(&text) {
        return Ok(nullable(data_type));
    }
    match sql::parse_schema(&text) {
        Ok(fields) => Ok(nullable(DataType::Struct(fields))),
        Err(error) => Err(Error::analysis("PARSE_SYNTAX_ERROR", error.message())),
    }
}

/// The type with fields that can all be NULL.
fn nullable(data_type: DataType) -> DataType {
    match data_type {
        DataType::Array(element) => DataType::Array(Box::new(nullable(*element))),
        DataType::Map(key, value) => {
            DataType::Map(Box::new(nullable(*key)), Box::new(nullable(*value)))
        }
        DataType::Struct(fields) => {
            let field = |field: StructField| StructField {
                data_type: nullable(field.data_type),
                nullable: true,
                ..field
            };
            DataType::Struct(fields.into_iter().map(field).collect())
        }
        DataType::Char(_) | DataType::Varchar(_) => DataType::String,
        other => other,
    }
}

/// An error of the format as one of a function.
pub(super) fn format_error(error: FormatError) -> Error {
    match error {
        FormatError::MalformedRecord { record } => Error::data(
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            format!(
                "Malformed records are detected in record parsing: {record}.\nParse Mode: FAILFAST. To process malformed \
                 records as null result, try setting the option 'mode' as 'PERMISSIVE'."
            ),
        ),
        FormatError::UnsupportedType { .. } => {
            Error::analysis("DATATYPE_MISMATCH.INVALID_JSON_SCHEMA", error.to_string())
        }
        FormatError::InvalidOption { .. } => {
            Error::analysis("INVALID_PARAMETER_VALUE", error.to_string())
        }
        FormatError::InvalidSchema { .. } => Error::analysis("INVALID_SCHEMA", error.to_string()),
        other => Error::internal(other.to_string()),
    }
}

/// The error for a mode that a function does not have.
pub(super) fn no_drop_malformed(function: &str) -> Error {
    Error::analysis(
        "PARSE_MODE_UNSUPPORTED",
        format!(
            "The function `{function}` doesn't support the DROPMALFORMED mode. Acceptable modes are PERMISSIVE and \
             FAILFAST."
        ),
    )
}

/// A column as the type that was promised: names and nullability of the parts may differ.
pub(super) fn as_promised(
    array: arrow::array::ArrayRef,
    promised: &arrow::datatypes::DataType,
) -> Result<arrow::array::ArrayRef> {
    if array.data_type() == promised {
        return Ok(array);
    }
    Ok(arrow::compute::cast(&array, promised)?)
}
