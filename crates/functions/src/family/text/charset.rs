//! Text as bytes: character sets, base 64, hexadecimal digits.

use arrow::array::ArrayRef;
use sql::DataType;

use super::{Column, TextBuilder, Texts, base64, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::typed::Typed;
use crate::types::{BINARY, STRING};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "encode",
        Group::String,
        (2, 2),
        "encode(str, charset) - Returns the bytes of `str` in the character set `charset`.",
        |call| call.accept(&[STRING])?.invoke(DataType::Binary),
        Kernel::Scalar(encode),
    ),
    Function::scalar(
        "decode",
        Group::String,
        (2, MANY),
        "decode(bin, charset), decode(expr, search, result[, search, result]...[, default]) - Returns the text of `bin` \
         in the character set `charset`, or the `result` after the first `search` that is equal to `expr`.",
        resolve_decode,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "__decode",
        Group::String,
        (2, 2),
        "",
        |mut call| {
            call.accept_one(0, BINARY)?;
            call.accept_one(1, STRING)?;
            call.invoke(DataType::String)
        },
        Kernel::Scalar(decode),
    ),
    Function::scalar(
        "base64",
        Group::String,
        (1, 1),
        "base64(bin) - Returns `bin` as text in base 64.",
        |call| call.accept(&[BINARY])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| {
            let values = Column::<arrow::array::BinaryArray>::of(arguments, 0)?;
            texts(arguments, |row, out| {
                let Some(value) = values.get(row) else {
                    return Ok(false);
                };
                base64::encode(value, out);
                Ok(true)
            })
        }),
    ),
    Function::scalar(
        "unbase64",
        Group::String,
        (1, 1),
        "unbase64(str) - Returns the bytes that `str` stands for in base 64.",
        |call| call.accept(&[STRING])?.invoke(DataType::Binary),
        Kernel::Scalar(unbase64),
    ),
    Function::scalar(
        "to_binary",
        Group::String,
        (1, 2),
        "to_binary(str[, fmt]) - Returns the bytes of `str`, which `fmt` says the form of: 'hex', 'utf-8' or 'base64'.",
        |call| resolve_to_binary(call, false),
        Kernel::Scalar(|arguments| to_binary(arguments, false)),
    )
    .parameters(&["str", "fmt"]),
    Function::scalar(
        "try_to_binary",
        Group::String,
        (1, 2),
        "try_to_binary(str[, fmt]) - As `to_binary`, but returns NULL where that fails.",
        |call| resolve_to_binary(call, true),
        Kernel::Scalar(|arguments| to_binary(arguments, true)),
    )
    .parameters(&["str", "fmt"]),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    Latin1,
    Ascii,
    Utf8,
    /// With a mark of byte order.
    Utf16,
    Utf16Be,
    Utf16Le,
    Utf32,
}

/// The character set of this name.
fn charset(name: &str, function: &str) -> Result<Charset> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "iso-8859-1" => Charset::Latin1,
        "us-ascii" => Charset::Ascii,
        "utf-8" => Charset::Utf8,
        "utf-16" => Charset::Utf16,
        "utf-16be" => Charset::Utf16Be,
        "utf-16le" => Charset::Utf16Le,
        "utf-32" => Charset::Utf32,
        _ => {
            return Err(Error::data(
                "INVALID_PARAMETER_VALUE.CHARSET",
                format!(
                    "The value of parameter(s) `charset` in `{function}` is invalid: expects one of the iso-8859-1, \
                     us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8, but got {name}."
                ),
            ));
        }
    })
}

fn malformed(function: &str, charset: &str) -> Error {
    Error::data(
        "MALFORMED_CHARACTER_CODING",
        format!("Invalid value found when performing `{function}` with {charset}"),
    )
}

fn encode(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (values, names) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    texts(arguments, |row, out| {
        let (Some(value), Some(name)) = (values.get(row), names.get(row)) else {
            return Ok(false);
        };
        let charset = charset(name, "encode")?;
        let utf16 = |out: &mut Vec<u8>, bytes: fn(u16) -> [u8; 2]| {
            out.extend(value.encode_utf16().flat_map(bytes));
        };
        match charset {
            Charset::Utf8 => out.extend_from_slice(value.as_bytes()),
            Charset::Latin1 | Charset::Ascii => {
                let last = if charset == Charset::Ascii {
                    '\u{7F}'
                } else {
                    '\u{FF}'
                };
                for c in value.chars() {
                    if c > last {
                        return Err(malformed("encode", name));
                    }
                    out.push(c as u8);
                }
            }
            Charset::Utf16 => {
                if !value.is_empty() {
                    out.extend_from_slice(&[0xFE, 0xFF]);
                }
                utf16(out, u16::to_be_bytes);
            }
            Charset::Utf16Be => utf16(out, u16::to_be_bytes),
            Charset::Utf16Le => utf16(out, u16::to_le_bytes),
            Charset::Utf32 => out.extend(value.chars().flat_map(|c| (c as u32).to_be_bytes())),
        }
        Ok(true)
    })
}

fn resolve_decode(call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 2 {
        return call.replace_by("__decode");
    }
    let name = call.text();
    let mut branches = Vec::new();
    let mut rest = call.arguments[1..].iter();
    while let Some(search) = rest.next() {
        match rest.next() {
            Some(result) => {
                let operands = vec![call.arguments[0].clone(), search.clone()];
                branches.push(call.call("<=>", operands)?);
                branches.push(result.clone());
            }
            None => branches.push(search.clone()),
        }
    }
    Ok(call.call("when", branches)?.named(name))
}

fn decode(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Column::<arrow::array::BinaryArray>::of(arguments, 0)?;
    let names = Texts::of(arguments, 1)?;
    texts(arguments, |row, out| {
        let (Some(value), Some(name)) = (values.get(row), names.get(row)) else {
            return Ok(false);
        };
        let decoded = decode_one(value, charset(name, "decode")?, out);
        decoded.ok_or_else(|| malformed("decode", name))?;
        Ok(true)
    })
}

/// Appends the text; none if the bytes are no text.
fn decode_one(bytes: &[u8], charset: Charset, out: &mut Vec<u8>) -> Option<()> {
    let push = |out: &mut Vec<u8>, c: char| {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    };
    match charset {
        Charset::Utf8 => out.extend_from_slice(std::str::from_utf8(bytes).ok()?.as_bytes()),
        Charset::Ascii => match bytes.is_ascii() {
            true => out.extend_from_slice(bytes),
            false => return None,
        },
        Charset::Latin1 => bytes.iter().for_each(|byte| push(out, char::from(*byte))),
        Charset::Utf16 | Charset::Utf16Be | Charset::Utf16Le => {
            let (is_little, bytes) = match (charset, bytes) {
                (Charset::Utf16, [0xFE, 0xFF, rest @ ..]) => (false, rest),
                (Charset::Utf16, [0xFF, 0xFE, rest @ ..]) => (true, rest),
                _ => (charset == Charset::Utf16Le, bytes),
            };
            let (units, []) = bytes.as_chunks::<2>() else {
                return None;
            };
            let units = units.iter().map(|unit| match is_little {
                true => u16::from_le_bytes(*unit),
                false => u16::from_be_bytes(*unit),
            });
            for c in char::decode_utf16(units) {
                push(out, c.ok()?);
            }
        }
        Charset::Utf32 => {
            let (is_little, bytes) = match bytes {
                [0, 0, 0xFE, 0xFF, rest @ ..] => (false, rest),
                [0xFF, 0xFE, 0, 0, rest @ ..] => (true, rest),
                _ => (false, bytes),
            };
            let (units, []) = bytes.as_chunks::<4>() else {
                return None;
            };
            for unit in units {
                let code = match is_little {
                    true => u32::from_le_bytes(*unit),
                    false => u32::from_be_bytes(*unit),
                };
                push(out, char::from_u32(code)?);
            }
        }
    }
    Some(())
}

fn unbase64(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    texts(arguments, |row, out| {
        let Some(value) = values.get(row) else {
            return Ok(false);
        };
        let decoded = base64::decode(value.as_bytes(), out);
        decoded.map_err(|message| Error::data("CONVERSION_INVALID_INPUT", message))?;
        Ok(true)
    })
}

fn resolve_to_binary(mut call: Call<'_>, is_try: bool) -> Result<Typed> {
    call.accept_one(0, STRING)?;
    if call.arguments.len() == 2 {
        call.accept_one(1, STRING)?;
        let format = call.constant_string(1)?;
        let format = format.map(|format| format.to_lowercase());
        let is_known = matches!(
            format.as_deref(),
            None | Some("hex" | "utf-8" | "utf8" | "base64")
        );
        if format.is_none() || !is_known && is_try {
            let name = call.text();
            return Ok(Typed::null(DataType::Binary).named(name));
        }
        if !is_known {
            let message = format!(
                "The fmt value must to be a case-insensitive \"STRING\" literal of 'hex', 'utf-8', 'utf8', or 'base64', \
                 but got '{}'.",
                format.unwrap_or_default()
            );
            return Err(call.mismatch("DATATYPE_MISMATCH.INVALID_ARG_VALUE", message));
        }
    }
    let nullable = is_try || call.any_nullable();
    call.invoke_nullable(DataType::Binary, nullable)
}

fn to_binary(arguments: &Arguments<'_>, is_try: bool) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    let format = match arguments.len() {
        2 => Texts::of(arguments, 1)?.get(0).map(str::to_lowercase),
        _ => Some("hex".to_owned()),
    };
    let format = format.as_deref().unwrap_or("hex");
    let mut out = TextBuilder::new(arguments.rows);
    let mut bytes = Vec::new();
    for row in 0..arguments.rows {
        let Some(value) = values.get(row) else {
            out.push_null();
            continue;
        };
        bytes.clear();
        let is_valid = match format {
            "hex" => unhex(value.as_bytes(), &mut bytes).is_some(),
            "base64" => {
                base64::is_valid(value) && base64::decode(value.as_bytes(), &mut bytes).is_ok()
            }
            _ => {
                bytes.extend_from_slice(value.as_bytes());
                true
            }
        };
        match (is_valid, is_try) {
            (true, _) => out.push(&bytes)?,
            (false, true) => out.push_null(),
            (false, false) => {
                return Err(Error::data(
                    "CONVERSION_INVALID_INPUT",
                    format!(
                        "The value '{value}' ('{}') cannot be converted to \"BINARY\" because it is malformed. Correct \
                         the value as per the syntax, or change its format. Use `try_to_binary` to tolerate malformed \
                         input and return NULL instead.",
                        format.to_uppercase()
                    ),
                ));
            }
        }
    }
    out.finish(arguments.return_type)
}

/// Appends the bytes of hexadecimal digits; if their number is odd, the first byte has one.
fn unhex(digits: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let (first, rest) = digits.split_at(digits.len() % 2);
    if let [digit] = first {
        out.push(value(*digit)?);
    }
    for pair in rest.as_chunks::<2>().0 {
        out.push(value(pair[0])? << 4 | value(pair[1])?);
    }
    Some(())
}
