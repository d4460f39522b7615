//! `bin`, `hex`, `unhex` and `conv`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryBuilder, StringBuilder};
use arrow::datatypes::{DataType as ArrowType, Int32Type, Int64Type};
use sql::DataType;

use crate::columns::column;
use crate::error::{Error, Result};
use crate::family::text::map_values;
use crate::function::{Function, Group, Kernel};
use crate::types::{Accepts, BINARY, INT, LONG, STRING};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "bin",
        Group::Math,
        (1, 1),
        "bin(expr) - Returns the binary digits of a BIGINT.",
        |call| call.accept(&[LONG])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| {
            let numbers = column::<Int64Type>(arguments, 0)?;
            map_values(&numbers, arguments.return_type, |number, out| {
                push_digits(out, number, 1)
            })
        }),
    ),
    Function::scalar(
        "hex",
        Group::Math,
        (1, 1),
        "hex(expr) - Returns the hexadecimal digits of a BIGINT, or of the bytes of a STRING or BINARY.",
        |call| {
            call.accept(&[Accepts::OneOf(&[LONG, BINARY, STRING])])?
                .invoke(DataType::String)
        },
        Kernel::Scalar(hex),
    ),
    Function::scalar(
        "unhex",
        Group::Math,
        (1, 1),
        "unhex(expr) - Returns the bytes of hexadecimal digits, or NULL if `expr` has other characters.",
        |call| {
            call.accept(&[STRING])?
                .invoke_nullable(DataType::Binary, true)
        },
        Kernel::Scalar(unhex),
    ),
    Function::scalar(
        "conv",
        Group::Math,
        (3, 3),
        "conv(num, from_base, to_base) - Converts the digits of a number from one base to another.",
        |call| {
            call.accept(&[STRING, INT, INT])?
                .invoke_nullable(DataType::String, true)
        },
        Kernel::Scalar(conv),
    ),
];

/// Appends two digits for each byte.
pub(in crate::family) fn push_hex(out: &mut Vec<u8>, bytes: &[u8], digits: &[u8; 16]) {
    for byte in bytes {
        out.push(digits[usize::from(byte >> 4)]);
        out.push(digits[usize::from(byte & 15)]);
    }
}

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
pub(in crate::family) const LOWER: &[u8; 16] = b"0123456789abcdef";

/// Appends the digits of the 64 bits of a number, `bits` bits for each.
fn push_digits(out: &mut Vec<u8>, number: i64, bits: u32) {
    let (number, mask) = (number as u64, (1 << bits) - 1);
    let count = (u64::BITS - number.leading_zeros()).div_ceil(bits).max(1);
    let digits = (0..count)
        .rev()
        .map(|digit| number >> (digit * bits) & mask);
    out.extend(digits.map(|digit| UPPER[digit as usize]));
}

fn hex(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = arguments.array(0)?;
    match values.data_type() {
        ArrowType::Int64 => map_values(
            values.as_primitive::<Int64Type>(),
            arguments.return_type,
            |number, out| {
                push_digits(out, number, 4);
            },
        ),
        ArrowType::Utf8 => map_values(
            values.as_string::<i32>(),
            arguments.return_type,
            |text, out| {
                push_hex(out, text.as_bytes(), UPPER);
            },
        ),
        ArrowType::Binary => map_values(
            values.as_binary::<i32>(),
            arguments.return_type,
            |bytes, out| {
                push_hex(out, bytes, UPPER);
            },
        ),
        other => Err(Error::internal(format!("hex of {other}"))),
    }
}

fn unhex(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let texts = arguments.strings(0)?;
    let mut out = BinaryBuilder::with_capacity(texts.len(), texts.values().len() / 2);
    let mut bytes = Vec::new();
    for text in &texts {
        match text.and_then(|text| from_hex(text.as_bytes(), &mut bytes)) {
            Some(()) => out.append_value(&bytes),
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// The bytes of hexadecimal digits; one digit alone in front is a byte.
fn from_hex(digits: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.clear();
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let (first, rest) = digits.split_at(digits.len() % 2);
    for byte in first {
        out.push(digit(*byte)?);
    }
    let (pairs, _) = rest.as_chunks::<2>();
    for [high, low] in pairs {
        out.push(digit(*high)? << 4 | digit(*low)?);
    }
    Some(())
}

fn conv(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let numbers = arguments.strings(0)?;
    let from = column::<Int32Type>(arguments, 1)?;
    let to = column::<Int32Type>(arguments, 2)?;
    let mut out = StringBuilder::with_capacity(numbers.len(), numbers.len() * 8);
    for row in 0..numbers.len() {
        if numbers.is_null(row) || from.is_null(row) || to.is_null(row) {
            out.append_null();
            continue;
        }
        let number = numbers.value(row).trim_matches(' ');
        match convert(
            number,
            from.value(row),
            to.value(row),
            arguments.settings.ansi,
        )? {
            Some(text) => out.append_value(text),
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// `number` in another base: 64 bits, with a sign where the base is negative. Digits after the first character that is none
/// are left out.
fn convert(number: &str, from: i32, to: i32, ansi: bool) -> Result<Option<String>> {
    let bases = 2..=36;
    let base = to.unsigned_abs();
    if !bases.contains(&from.unsigned_abs())
        || from < 0
        || !bases.contains(&base)
        || number.is_empty()
    {
        return Ok(None);
    }
    let (mut is_negative, digits) = match number.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, number),
    };
    let mut value = 0_u64;
    for byte in digits.bytes() {
        let Some(digit) = char::from(byte).to_digit(from as u32) else {
            break;
        };
        let next = value
            .checked_mul(from as u64)
            .and_then(|v| v.checked_add(u64::from(digit)));
        match next {
            Some(next) => value = next,
            None if ansi => {
                return Err(Error::data(
                    "ARITHMETIC_OVERFLOW",
                    "Overflow in function conv(). If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this \
                     error.",
                ));
            }
            None => {
                value = u64::MAX;
                break;
            }
        }
    }
    if is_negative && to > 0 {
        value = match (value as i64) < 0 {
            true => u64::MAX,
            false => value.wrapping_neg(),
        };
    }
    if to < 0 && (value as i64) < 0 {
        value = value.wrapping_neg();
        is_negative = true;
    }
    let mut text = Vec::new();
    loop {
        let digit = (value % u64::from(base)) as u32;
        text.push(
            char::from_digit(digit, base)
                .unwrap_or('0')
                .to_ascii_uppercase(),
        );
        value /= u64::from(base);
        if value == 0 {
            break;
        }
    }
    if is_negative && to < 0 {
        text.push('-');
    }
    Ok(Some(text.into_iter().rev().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_change_their_base_as_in_spark() {
        for (number, from, to, expected) in [
            ("100", 2, 10, Some("4")),
            ("-10", 16, -10, Some("-16")),
            ("-FF", 16, 10, Some("18446744073709551361")),
            ("9223372036854775808", 10, -10, Some("-9223372036854775808")),
            ("-9223372036854775808", 10, 16, Some("FFFFFFFFFFFFFFFF")),
            ("12G", 16, 10, Some("18")),
            ("xyz", 10, 16, Some("0")),
            ("1", 1, 10, None),
            ("", 10, 2, None),
        ] {
            let converted = convert(number, from, to, true);
            assert_eq!(converted, Ok(expected.map(str::to_owned)), "{number}");
        }
        assert!(convert("99999999999999999999", 10, 16, true).is_err());
    }
}
