//! JSON to values and back: `from_json`, `to_json`, `schema_of_json`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StringArray, StructArray};
use arrow::datatypes::{DataType as ArrowType, Field, Schema};
use format::ParseMode;
use format::json::{JsonDecoder, JsonEncoder, JsonEncoderOptions, JsonOptions, infer_type};
use sql::DataType;

use super::options::{
    as_promised, check_options, format_error, no_drop_malformed, options, schema,
};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::text::is_text;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{STRING, from_arrow, to_arrow};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "from_json",
        Group::Json,
        (2, 3),
        "from_json(jsonStr, schema[, options]) - Returns the value of the type `schema` that `jsonStr` describes.",
        resolve_from_json,
        Kernel::Scalar(from_json),
    ),
    Function::scalar(
        "to_json",
        Group::Json,
        (1, 2),
        "to_json(expr[, options]) - Returns a struct, an array or a map as JSON.",
        resolve_to_json,
        Kernel::Scalar(to_json),
    ),
    Function::scalar(
        "schema_of_json",
        Group::Json,
        (1, 2),
        "schema_of_json(json[, options]) - Returns the type of the constant `json`.",
        resolve_schema_of_json,
        Kernel::Rewritten,
    )
    .parameters(&["json"]),
];

fn resolve_from_json(mut call: Call<'_>) -> Result<Typed> {
    if !is_text(call.type_of(0)) {
        return Err(call.unexpected_type(0, "\"STRING\""));
    }
    call.accept_one(0, STRING)?;
    let data_type = schema(&call, 1)?;
    let options = check_options(&call, 2)?;
    let shown = format!("from_json({})", call.arguments[0].name);
    let fields = match &data_type {
        DataType::Struct(_) => match to_arrow(&data_type) {
            ArrowType::Struct(fields) => fields,
            _ => return Err(Error::internal("a struct was expected")),
        },
        DataType::Array(_) | DataType::Map(..) => {
            vec![Field::new("value", to_arrow(&data_type), true)].into()
        }
        other => {
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                format!(
                    "Cannot resolve \"{shown}\" due to data type mismatch: Input schema \"{}\" must be a struct, an \
                     array, a map or a variant.",
                    other.sql()
                ),
            ));
        }
    };
    let json_options =
        JsonOptions::from_map(&options, call.settings.zone()).map_err(format_error)?;
    if json_options.mode == ParseMode::DropMalformed {
        return Err(no_drop_malformed("from_json"));
    }
    JsonDecoder::new(&Schema::new(fields), json_options).map_err(format_error)?;
    // As in Spark, whose map has this name.
    let name = match &data_type {
        DataType::Map(..) => "entries".to_owned(),
        _ => shown,
    };
    Ok(call.invoke_nullable(data_type, true)?.named(name))
}

fn from_json(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let texts = arguments.strings(0)?;
    let options = options(arguments, 2);
    let options =
        JsonOptions::from_map(&options, arguments.settings.zone()).map_err(format_error)?;
    if let ArrowType::Struct(fields) = arguments.return_type {
        let decoder =
            JsonDecoder::new(&Schema::new(fields.clone()), options).map_err(format_error)?;
        let texts = first_elements(&texts);
        let decoded = decoder.decode_strings(&texts).map_err(format_error)?;
        return as_promised(Arc::new(decoded), arguments.return_type);
    }
    // An array or a map is read as the only field of a struct.
    let field = Field::new("value", arguments.return_type.clone(), true);
    let schema = Schema::new(vec![field]);
    let decoder = JsonDecoder::new(&schema, options).map_err(format_error)?;
    let is_struct_array = match arguments.return_type {
        ArrowType::List(element) => matches!(element.data_type(), ArrowType::Struct(_)),
        _ => false,
    };
    let wrapped: StringArray = texts
        .iter()
        .map(|text| {
            let text = text.filter(|text| !text.trim().is_empty())?;
            let text = format::json::tree::first_value(text).unwrap_or(text);
            // One object stands for an array of one.
            Some(match is_struct_array && text.starts_with('{') {
                true => format!("{{\"value\":[{text}]}}"),
                false => format!("{{\"value\":{text}}}"),
            })
        })
        .collect();
    let decoded = decoder.decode_strings(&wrapped).map_err(format_error)?;
    as_promised(Arc::clone(decoded.column(0)), arguments.return_type)
}

/// Texts in which an array stands for its first element, as a struct is read from it.
fn first_elements(texts: &StringArray) -> StringArray {
    use format::json::tree::{Json, Parsed, parse};
    let is_array = |text: &str| text.trim_start().starts_with('[');
    if !texts.iter().flatten().any(is_array) {
        return texts.clone();
    }
    let first = |text: Option<&str>| {
        let text = text?;
        if !is_array(text) {
            return Some(text.to_owned());
        }
        match parse(text) {
            Parsed::Value(node) => match node.json {
                Json::Array(elements) => elements.first().map(|element| element.raw.to_owned()),
                _ => Some(text.to_owned()),
            },
            _ => Some(text.to_owned()),
        }
    };
    texts.iter().map(first).collect()
}

fn resolve_to_json(mut call: Call<'_>) -> Result<Typed> {
    let options = check_options(&call, 1)?;
    let name = format!("to_json({})", call.arguments[0].name);
    match call.type_of(0) {
        DataType::Struct(_) | DataType::Array(_) | DataType::Map(..) => {}
        DataType::Void => return Ok(Typed::null(DataType::String).named(name)),
        other => {
            let message = format!(
                "Cannot resolve \"{name}\" due to data type mismatch: Input schema \"{}\" must be a struct, an array, a \
                 map or a variant.",
                other.sql()
            );
            return Err(Error::analysis(
                "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                message,
            ));
        }
    }
    JsonEncoderOptions::from_map(&options, call.settings.zone()).map_err(format_error)?;
    let nullable = call.arguments[0].nullable;
    if options.is_empty() {
        call.arguments.truncate(1);
    }
    Ok(call
        .invoke_nullable(DataType::String, nullable)?
        .named(name))
}

fn to_json(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let options = options(arguments, 1);
    let zone = arguments.settings.zone();
    let encoder = JsonEncoderOptions::from_map(&options, zone).map_err(format_error)?;
    let sorts = options
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("sortKeys") && value == "true");
    let mut values = arguments.array(0)?;
    if sorts {
        values = with_sorted_fields(&values)?;
    }
    let texts = JsonEncoder::new(encoder).encode_column(&values);
    Ok(Arc::new(texts.map_err(format_error)?))
}

/// Structs with their fields in the order of their names.
fn with_sorted_fields(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(match values.data_type() {
        ArrowType::Struct(fields) => {
            let structs = values.as_struct();
            let mut order: Vec<usize> = (0..fields.len()).collect();
            order.sort_by_key(|index| fields[*index].name());
            let mut columns = Vec::new();
            let mut sorted = Vec::new();
            for index in order {
                let column = with_sorted_fields(structs.column(index))?;
                let field = fields[index].as_ref().clone();
                sorted.push(field.with_data_type(column.data_type().clone()));
                columns.push(column);
            }
            let nulls = structs.nulls().cloned();
            let length = structs.len();
            Arc::new(StructArray::try_new_with_length(
                sorted.into(),
                columns,
                nulls,
                length,
            )?)
        }
        ArrowType::List(field) => {
            let lists = values.as_list::<i32>();
            let elements = with_sorted_fields(lists.values())?;
            let field = field
                .as_ref()
                .clone()
                .with_data_type(elements.data_type().clone());
            let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
            Arc::new(ListArray::try_new(
                Arc::new(field),
                offsets,
                elements,
                nulls,
            )?)
        }
        _ => Arc::clone(values),
    })
}

fn resolve_schema_of_json(mut call: Call<'_>) -> Result<Typed> {
    let name = format!("schema_of_json({})", call.arguments[0].name);
    call.accept_one(0, STRING)?;
    check_options(&call, 1)?;
    let Some(text) = call.constant_string(0)? else {
        return Err(Error::analysis(
            "DATATYPE_MISMATCH.UNEXPECTED_NULL",
            format!(
                "Cannot resolve \"{name}\" due to data type mismatch: The json must not be null."
            ),
        ));
    };
    let Some(arrow) = infer_type(&text) else {
        return Err(Error::data(
            "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            format!("Malformed records are detected in record parsing: {text}."),
        ));
    };
    let data_type = from_arrow(&arrow).ok_or_else(|| Error::internal("an unknown type"))?;
    Ok(Typed::string(&data_type.sql()).named(name))
}
