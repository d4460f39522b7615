//! Parts of JSON texts: `get_json_object`, `json_tuple`, `json_array_length`, `json_object_keys`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType as ArrowType;
use format::json::tree::{Json, Node, Parsed};
use sql::DataType;

use super::path::Path;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::pattern::regexp::lists;
use crate::family::text::{TextBuilder, Texts, ints, texts};
use crate::function::{Function, Group, Kernel, Kind, MANY};
use crate::typed::Typed;
use crate::types::{STRING, array, field, is_string};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "get_json_object",
        Group::Json,
        (2, 2),
        "get_json_object(json_txt, path) - Returns what `path`, such as `$.a[0]`, finds in `json_txt`.",
        |call| {
            call.accept(&[STRING])?
                .invoke_nullable(DataType::String, true)
        },
        Kernel::Scalar(get_json_object),
    ),
    Function::scalar(
        "json_array_length",
        Group::Json,
        (1, 1),
        "json_array_length(jsonArray) - Returns how many elements an array has; NULL for what is no array.",
        |call| {
            call.accept(&[STRING])?
                .invoke_nullable(DataType::Integer, true)
        },
        Kernel::Scalar(array_length),
    ),
    Function::scalar(
        "json_object_keys",
        Group::Json,
        (1, 1),
        "json_object_keys(json_object) - Returns the names of an object; NULL for what is no object.",
        |call| {
            let result = array(DataType::String);
            call.accept(&[STRING])?.invoke_nullable(result, true)
        },
        Kernel::Scalar(object_keys),
    ),
    Function::scalar(
        "json_tuple",
        Group::Json,
        (2, MANY),
        "json_tuple(jsonStr, p1, p2, ..., pn) - Returns a row with the values of these names.",
        resolve_json_tuple,
        Kernel::Scalar(json_tuple),
    )
    .kind(Kind::Generator),
];

/// The first value of a text. As in Spark, numbers such as `NaN` are not read here.
fn parse(text: &str) -> Parsed<'_> {
    let parsed = format::json::tree::parse(text);
    if let Parsed::Value(node) = &parsed
        && (text.contains("NaN") || text.contains("INF") || text.contains("Infinity"))
        && has_non_finite(node)
    {
        return Parsed::Malformed;
    }
    parsed
}

fn has_non_finite(node: &Node<'_>) -> bool {
    match &node.json {
        Json::NonFinite(_) => true,
        Json::Array(elements) => elements.iter().any(has_non_finite),
        Json::Object(members) => members.iter().any(|(_, value)| has_non_finite(value)),
        _ => false,
    }
}

fn get_json_object(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, paths) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let mut last: Option<(String, Option<Path>)> = None;
    texts(arguments, |row, out| {
        let (Some(value), Some(path)) = (values.get(row), paths.get(row)) else {
            return Ok(false);
        };
        if last.as_ref().is_none_or(|(text, _)| text != path) {
            last = Some((path.to_owned(), Path::parse(path)));
        }
        let Some((_, Some(path))) = &last else {
            return Ok(false);
        };
        Ok(match parse(value) {
            Parsed::Value(node) => path.find(&node, out),
            _ => false,
        })
    })
}

fn array_length(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    ints(arguments.rows, |row| {
        let node = values.get(row).map(parse);
        Ok(match node {
            Some(Parsed::Value(node)) => match node.json {
                Json::Array(elements) => Some(elements.len() as i32),
                _ => None,
            },
            _ => None,
        })
    })
}

fn object_keys(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    lists(arguments, |row, out| {
        let Some(Parsed::Value(node)) = values.get(row).map(parse) else {
            return Ok(None);
        };
        let Json::Object(members) = node.json else {
            return Ok(None);
        };
        for (name, _) in &members {
            out.push(name.as_bytes())?;
        }
        Ok(Some(members.len()))
    })
}

fn resolve_json_tuple(call: Call<'_>) -> Result<Typed> {
    if !call
        .arguments
        .iter()
        .all(|argument| is_string(&argument.data_type))
    {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.NON_STRING_TYPE",
            "all arguments of the function `json_tuple` must be strings.",
        ));
    }
    let names = 0..call.arguments.len() - 1;
    let fields = names.map(|index| field(&format!("c{index}"), DataType::String, true));
    let result = array(DataType::Struct(fields.collect()));
    call.invoke_nullable(result, false)
}

fn json_tuple(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    let names: Result<Vec<Texts>> = (1..arguments.len())
        .map(|i| Texts::of(arguments, i))
        .collect();
    let names = names?;
    let mut columns: Vec<TextBuilder> = names
        .iter()
        .map(|_| TextBuilder::new(arguments.rows))
        .collect();
    for row in 0..arguments.rows {
        let node = values.get(row).map(parse);
        let members = match &node {
            Some(Parsed::Value(node)) => match &node.json {
                Json::Object(members) => members.as_slice(),
                _ => &[],
            },
            _ => &[],
        };
        for (name, column) in names.iter().zip(&mut columns) {
            let name = name.get(row);
            // The last member of a name counts, unless it is null.
            let found = members.iter().rev().find(|(key, value)| {
                Some(key.as_ref()) == name && !matches!(value.json, Json::Null)
            });
            match found {
                Some((_, value)) => {
                    match &value.json {
                        Json::Text(text) => column.bytes().extend_from_slice(text.as_bytes()),
                        _ => value.write(column.bytes()),
                    }
                    column.end()?;
                }
                None => column.push_null(),
            }
        }
    }
    let ArrowType::List(element) = arguments.return_type else {
        return Err(Error::internal("an array was expected"));
    };
    let ArrowType::Struct(fields) = element.data_type() else {
        return Err(Error::internal("an array of structs was expected"));
    };
    let columns: Result<Vec<ArrayRef>> = columns
        .into_iter()
        .map(|column| column.finish(&ArrowType::Utf8))
        .collect();
    let rows = StructArray::try_new(fields.clone(), columns?, None)?;
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(1, rows.len()));
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        offsets,
        Arc::new(rows),
        None,
    )?))
}
