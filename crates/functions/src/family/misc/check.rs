//! Checks of text: Luhn's check digit, UTF-8; and base 32.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray, StringArray, StringBuilder,
};
use arrow::datatypes::DataType as ArrowType;
use sql::DataType;

use crate::error::{Error, Result};
use crate::family::hash::digest::binary;
use crate::function::{Function, Group, Kernel};
use crate::types::{BINARY, STRING, STRING_OR_BINARY};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "luhn_check",
        Group::String,
        (1, 1),
        "luhn_check(str) - Returns true if `str` is digits whose last one is right by Luhn's algorithm.",
        |call| call.accept(&[STRING])?.invoke(DataType::Boolean),
        Kernel::Scalar(|arguments| {
            let texts = arguments.strings(0)?;
            let checks = texts.iter().map(|text| text.map(is_luhn));
            Ok(Arc::new(checks.collect::<BooleanArray>()))
        }),
    ),
    Function::scalar(
        "is_valid_utf8",
        Group::String,
        (1, 1),
        "is_valid_utf8(str) - Returns true if `str` is valid UTF-8.",
        |call| call.accept(&[STRING_OR_BINARY])?.invoke(DataType::Boolean),
        Kernel::Scalar(|arguments| {
            let values = bytes(arguments)?;
            let checks = values
                .iter()
                .map(|value| value.map(|value| std::str::from_utf8(value).is_ok()));
            Ok(Arc::new(checks.collect::<BooleanArray>()))
        }),
    ),
    Function::scalar(
        "make_valid_utf8",
        Group::String,
        (1, 1),
        "make_valid_utf8(str) - Returns `str` with U+FFFD in place of what is not valid UTF-8.",
        |call| call.accept(&[STRING_OR_BINARY])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| {
            let values = bytes(arguments)?;
            let texts = values
                .iter()
                .map(|value| value.map(String::from_utf8_lossy));
            Ok(Arc::new(texts.collect::<StringArray>()))
        }),
    ),
    Function::scalar(
        "validate_utf8",
        Group::String,
        (1, 1),
        "validate_utf8(str) - Returns `str`, or raises an error if it is not valid UTF-8.",
        |mut call| {
            call.place = None;
            call.accept(&[STRING_OR_BINARY])?.invoke(DataType::String)
        },
        Kernel::Scalar(|arguments| validate(arguments, false)),
    ),
    Function::scalar(
        "try_validate_utf8",
        Group::String,
        (1, 1),
        "try_validate_utf8(str) - Returns `str`, or NULL if it is not valid UTF-8.",
        |call| {
            call.accept(&[STRING_OR_BINARY])?
                .invoke_nullable(DataType::String, true)
        },
        Kernel::Scalar(|arguments| validate(arguments, true)),
    ),
    Function::scalar(
        "to_base32",
        Group::String,
        (1, 1),
        "to_base32(bin) - Returns `bin` as text in base 32.",
        |call| call.accept(&[BINARY])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| {
            let values = binary(arguments, 0)?;
            let mut out = StringBuilder::new();
            for value in &values {
                out.append_option(value.map(to_base32));
            }
            Ok(Arc::new(out.finish()))
        }),
    ),
    Function::scalar(
        "from_base32",
        Group::String,
        (1, 1),
        "from_base32(str) - Returns the bytes that `str` stands for in base 32; other characters are skipped.",
        |call| call.accept(&[STRING])?.invoke(DataType::Binary),
        Kernel::Scalar(|arguments| {
            let texts = arguments.strings(0)?;
            let mut out = BinaryBuilder::new();
            for text in &texts {
                out.append_option(text.map(from_base32));
            }
            Ok(Arc::new(out.finish()))
        }),
    ),
];

/// Text or bytes as bytes.
fn bytes(arguments: &Arguments<'_>) -> Result<arrow::array::BinaryArray> {
    let values = arguments.array(0)?;
    let values = match values.data_type() {
        ArrowType::Utf8 => arrow::compute::cast(&values, &ArrowType::Binary)?,
        _ => values,
    };
    match values.as_binary_opt::<i32>() {
        Some(values) => Ok(values.clone()),
        None => Err(Error::internal(format!(
            "{} is no text",
            values.data_type()
        ))),
    }
}

fn validate(arguments: &Arguments<'_>, is_try: bool) -> Result<ArrayRef> {
    let values = bytes(arguments)?;
    let mut out = StringBuilder::with_capacity(values.len(), values.values().len());
    for value in &values {
        match value.map(std::str::from_utf8) {
            Some(Ok(text)) => out.append_value(text),
            Some(Err(_)) if !is_try => {
                let shown = value
                    .unwrap_or_default()
                    .iter()
                    .map(|byte| format!("\\x{byte:02X}"));
                return Err(Error::data(
                    "INVALID_UTF8_STRING",
                    format!(
                        "Invalid UTF8 byte sequence found in string: {}.",
                        shown.collect::<String>()
                    ),
                ));
            }
            _ => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn is_luhn(text: &str) -> bool {
    let mut sum = 0;
    for (place, byte) in text.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        let digit = u64::from(byte - b'0') << (place % 2);
        sum += if digit > 9 { digit - 9 } else { digit };
    }
    !text.is_empty() && sum % 10 == 0
}

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn to_base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut group = [0; 8];
        group[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(group);
        let digits = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = bits >> (35 - 5 * place) & 31;
            text.push(if place < digits {
                char::from(ALPHABET[digit as usize])
            } else {
                '='
            });
        }
    }
    text
}

fn from_base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes().take_while(|byte| *byte != b'=') {
        let digit = match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => continue,
        };
        bits = bits << 5 | u32::from(digit);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
