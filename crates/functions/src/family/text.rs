//! Functions of text.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use sql::DataType;

use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::types::STRING;
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "upper",
        Group::String,
        (1, 1),
        "upper(str) - Returns `str` with all characters changed to uppercase.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| map(arguments, |text| text.to_uppercase())),
    ),
    Function::scalar(
        "ucase",
        Group::String,
        (1, 1),
        "ucase(str) - Returns `str` with all characters changed to uppercase.",
        |call| call.replace_by("upper"),
        Kernel::Rewritten,
    ),
];

/// A text for each text.
fn map(arguments: &Arguments<'_>, of: impl Fn(&str) -> String) -> Result<ArrayRef> {
    let texts = arguments.strings(0)?;
    let results: StringArray = texts.iter().map(|text| text.map(&of)).collect();
    Ok(Arc::new(results))
}
