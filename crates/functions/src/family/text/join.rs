//! Texts put together, or chosen.

use arrow::array::{ArrayRef, AsArray, ListArray};
use sql::DataType;

use super::{Bytes, Column, Ints, Texts, text_or_binary, texts};
use crate::call::Call;
use crate::coerce::implicit_cast;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::typed::Typed;
use crate::types::{BINARY, INT, STRING, array};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "concat",
        Group::Collection,
        (0, MANY),
        "concat(col1, col2, ..., colN) - Returns the texts, byte strings or arrays one after the other.",
        resolve_concat,
        Kernel::Scalar(concat),
    ),
    Function::scalar(
        "concat_ws",
        Group::String,
        (1, MANY),
        "concat_ws(sep[, str | array(str)]+) - Returns the texts one after the other with `sep` between them; NULL is \
         left out.",
        resolve_concat_ws,
        Kernel::Scalar(concat_ws),
    ),
    Function::scalar(
        "elt",
        Group::String,
        (2, MANY),
        "elt(n, input1, input2, ...) - Returns the `n`th input.",
        resolve_elt,
        Kernel::Scalar(elt),
    ),
];

/// Whether all arguments from `first` on are bytes or NULL, and one is bytes.
fn is_binary(call: &Call<'_>, first: usize) -> bool {
    let types = call.arguments.iter().skip(first).map(|a| &a.data_type);
    let mut is_binary = false;
    for data_type in types {
        match data_type {
            DataType::Binary => is_binary = true,
            DataType::Void => {}
            _ => return false,
        }
    }
    is_binary
}

fn resolve_concat(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.is_empty() {
        return Ok(Typed::string("").named(call.text()));
    }
    let is_array = |argument: &Typed| matches!(argument.data_type, DataType::Array(_));
    if call.arguments.iter().any(is_array) {
        let others = |argument: &Typed| !is_array(argument) && argument.data_type != DataType::Void;
        if call.arguments.iter().any(others) {
            // Says which types they are.
            let all = 0..call.arguments.len();
            call.unify(all)?;
        }
        return call.replace_by("__array_concat");
    }
    let (accepted, result) = match is_binary(&call, 0) {
        true => (BINARY, DataType::Binary),
        false => (STRING, DataType::String),
    };
    call.accept(&[accepted])?.invoke(result)
}

fn concat(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let parts: Result<Vec<Bytes>> = (0..arguments.len())
        .map(|i| Bytes::of(arguments, i))
        .collect();
    let parts = parts?;
    texts(arguments, |row, out| {
        for part in &parts {
            let Some(part) = part.get(row) else {
                return Ok(false);
            };
            out.extend_from_slice(part);
        }
        Ok(true)
    })
}

fn resolve_concat_ws(mut call: Call<'_>) -> Result<Typed> {
    call.accept_one(0, STRING)?;
    for index in 1..call.arguments.len() {
        let element = match call.type_of(index) {
            DataType::Array(element) => Some(element.as_ref().clone()),
            _ => None,
        };
        let ansi = call.settings.ansi;
        let is_text = |from: &DataType| implicit_cast(from, STRING, ansi).is_some();
        match element {
            Some(element) if is_text(&element) => {
                call.cast_argument(index, &array(DataType::String))?;
            }
            None if is_text(call.type_of(index)) => call.accept_one(index, STRING)?,
            _ => return Err(call.unexpected_type(index, "(\"ARRAY<STRING>\" or \"STRING\")")),
        }
    }
    let nullable = call.arguments[0].nullable;
    call.invoke_nullable(DataType::String, nullable)
}

enum Part {
    Text(Texts),
    Array(Column<ListArray>),
}

fn concat_ws(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let separators = Texts::of(arguments, 0)?;
    let part = |index: usize| {
        Ok(match arguments.data_type(index) {
            arrow::datatypes::DataType::List(_) => Part::Array(Column::of(arguments, index)?),
            _ => Part::Text(Texts::of(arguments, index)?),
        })
    };
    let parts: Result<Vec<Part>> = (1..arguments.len()).map(part).collect();
    let parts = parts?;
    texts(arguments, |row, out| {
        let Some(separator) = separators.get(row) else {
            return Ok(false);
        };
        let mut is_first = true;
        let mut push = |text: &str| {
            if !is_first {
                out.extend_from_slice(separator.as_bytes());
            }
            is_first = false;
            out.extend_from_slice(text.as_bytes());
        };
        for part in &parts {
            match part {
                Part::Text(texts) => texts.get(row).into_iter().for_each(&mut push),
                Part::Array(arrays) => {
                    if let Some(elements) = arrays.get(row) {
                        elements
                            .as_string::<i32>()
                            .iter()
                            .flatten()
                            .for_each(&mut push);
                    }
                }
            }
        }
        Ok(true)
    })
}

fn resolve_elt(call: Call<'_>) -> Result<Typed> {
    let accepted = if is_binary(&call, 1) { BINARY } else { STRING };
    let call = call.accept(&[INT, accepted])?;
    let result = text_or_binary(call.type_of(1));
    call.invoke_nullable(result, true)
}

fn elt(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let numbers = Ints::of(arguments, 0)?;
    let inputs: Result<Vec<Bytes>> = (1..arguments.len())
        .map(|i| Bytes::of(arguments, i))
        .collect();
    let inputs = inputs?;
    texts(arguments, |row, out| {
        let Some(number) = numbers.get(row) else {
            return Ok(false);
        };
        let index = usize::try_from(i64::from(number) - 1).ok();
        let Some(input) = index.and_then(|index| inputs.get(index)) else {
            if !arguments.settings.ansi {
                return Ok(false);
            }
            return Err(Error::data(
                "INVALID_ARRAY_INDEX",
                format!(
                    "The index {number} is out of bounds. The array has {} elements. Use the SQL function `get()` to \
                     tolerate accessing element at invalid index and return NULL instead.",
                    inputs.len()
                ),
            ));
        };
        let Some(text) = input.get(row) else {
            return Ok(false);
        };
        out.extend_from_slice(text);
        Ok(true)
    })
}
