//! Characters taken off the ends of a text.

use arrow::array::ArrayRef;
use sql::DataType;

use super::{Texts, map_text, texts};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::STRING;
use crate::udf::Arguments;

/// Which ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Leading,
    Trailing,
}

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "trim",
        Group::String,
        (1, 2),
        "trim([BOTH | LEADING | TRAILING] [[characters] FROM] str) - Returns `str` without spaces, or without these \
         characters, at its ends.",
        |call| resolve(call, "BOTH"),
        Kernel::Scalar(|arguments| run(arguments, Side::Both, false)),
    ),
    Function::scalar(
        "ltrim",
        Group::String,
        (1, 2),
        "ltrim([characters, ]str) - Returns `str` without spaces, or without these characters, at its beginning.",
        |call| resolve(call, "LEADING"),
        Kernel::Scalar(|arguments| run(arguments, Side::Leading, false)),
    ),
    Function::scalar(
        "rtrim",
        Group::String,
        (1, 2),
        "rtrim([characters, ]str) - Returns `str` without spaces, or without these characters, at its end.",
        |call| resolve(call, "TRAILING"),
        Kernel::Scalar(|arguments| run(arguments, Side::Trailing, false)),
    ),
    Function::scalar(
        "btrim",
        Group::String,
        (1, 2),
        "btrim(str[, characters]) - Returns `str` without spaces, or without these characters, at its ends.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| run(arguments, Side::Both, true)),
    ),
];

fn resolve(call: Call<'_>, side: &str) -> Result<Typed> {
    let call = call.accept(&[STRING])?;
    let name = match call.arguments.as_slice() {
        [characters, source] => {
            format!("TRIM({side} {} FROM {})", characters.name, source.name)
        }
        _ => call.text(),
    };
    Ok(call.invoke(DataType::String)?.named(name))
}

fn run(arguments: &Arguments<'_>, side: Side, is_source_first: bool) -> Result<ArrayRef> {
    if arguments.len() == 1 {
        return map_text(arguments, |text, out| {
            out.extend_from_slice(trim(text, side, |c| c == ' ').as_bytes());
        });
    }
    let (source, characters) = if is_source_first { (0, 1) } else { (1, 0) };
    let (sources, sets) = (
        Texts::of(arguments, source)?,
        Texts::of(arguments, characters)?,
    );
    texts(arguments, |row, out| {
        let (Some(source), Some(set)) = (sources.get(row), sets.get(row)) else {
            return Ok(false);
        };
        out.extend_from_slice(trim(source, side, |c| set.contains(c)).as_bytes());
        Ok(true)
    })
}

fn trim(text: &str, side: Side, is_trimmed: impl Fn(char) -> bool) -> &str {
    let mut text = text;
    if side != Side::Trailing {
        text = text.trim_start_matches(&is_trimmed);
    }
    if side != Side::Leading {
        text = text.trim_end_matches(&is_trimmed);
    }
    text
}
