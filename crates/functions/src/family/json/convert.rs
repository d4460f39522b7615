//! JSON to values and back: `from_json`, `to_json`, `schema_of_json`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::datatypes::{DataType as ArrowType, Field, Schema};
use format::ParseMode;
use format::json::tree::{Json, Node, Parsed, parse};
use format::json::{JsonDecoder, JsonEncoder, JsonEncoderOptions, JsonOptions, infer_type};
use sql::DataType;

use super::options::{
    as_promised, check_options, format_error, no_drop_malformed, options, schema,
};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::text::{is_text, texts};
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
    let values = arguments.array(0)?;
    let json = JsonEncoder::new(encoder)
        .encode_column(&values)
        .map_err(format_error)?;
    if !sorts {
        return Ok(Arc::new(json));
    }
    texts(arguments, |row, out| {
        if json.is_null(row) {
            return Ok(false);
        }
        if let Parsed::Value(node) = parse(json.value(row)) {
            write_sorted(&node, out);
        }
        Ok(true)
    })
}

/// Appends a value with the members of its objects in the order of their names.
fn write_sorted(node: &Node<'_>, out: &mut Vec<u8>) {
    match &node.json {
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| name);
            out.push(b'{');
            for (number, (name, value)) in members.into_iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                let name = Node {
                    json: Json::Text(name.clone()),
                    raw: "",
                };
                name.write(out);
                out.push(b':');
                write_sorted(value, out);
            }
            out.push(b'}');
        }
        Json::Array(elements) => {
            out.push(b'[');
            for (number, element) in elements.iter().enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_sorted(element, out);
            }
            out.push(b']');
        }
        _ => out.extend_from_slice(node.raw.as_bytes()),
    }
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
