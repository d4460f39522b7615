//! `md5`, `sha1`, `sha2`, `crc32` and `hmac`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, Int64Array};
use arrow::datatypes::Int32Type;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use sql::DataType;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::math::radix::{LOWER, push_hex};
use crate::family::text::{TextBuilder, map_values};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{BINARY, INT, STRING};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "md5",
        Group::Hash,
        (1, 1),
        "md5(expr) - Returns the MD5 digest of bytes, in hexadecimal digits.",
        |call| call.accept(&[BINARY])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| digests(arguments, digest::<Md5>)),
    ),
    Function::scalar(
        "sha",
        Group::Hash,
        (1, 1),
        "sha(expr) - Returns the SHA-1 digest of bytes, in hexadecimal digits.",
        |call| call.accept(&[BINARY])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| digests(arguments, digest::<Sha1>)),
    ),
    Function::scalar(
        "sha1",
        Group::Hash,
        (1, 1),
        "sha1(expr) - Returns the SHA-1 digest of bytes, in hexadecimal digits.",
        |call| call.accept(&[BINARY])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| digests(arguments, digest::<Sha1>)),
    ),
    Function::scalar(
        "sha2",
        Group::Hash,
        (2, 2),
        "sha2(expr, bits) - Returns the SHA-2 digest of bytes, of 224, 256, 384 or 512 bits (0 is 256), in hexadecimal digits.",
        |call| {
            call.accept(&[BINARY, INT])?
                .invoke_nullable(DataType::String, true)
        },
        Kernel::Scalar(sha2),
    ),
    Function::scalar(
        "crc32",
        Group::Hash,
        (1, 1),
        "crc32(expr) - Returns the cyclic redundancy check of bytes, a BIGINT.",
        |call| call.accept(&[BINARY])?.invoke(DataType::Long),
        Kernel::Scalar(|arguments| {
            let values = binary(arguments, 0)?;
            let sums = values
                .iter()
                .map(|value| value.map(|bytes| i64::from(crc32fast::hash(bytes))));
            Ok(Arc::new(sums.collect::<Int64Array>()))
        }),
    ),
    Function::scalar(
        "hmac",
        Group::Hash,
        (2, 3),
        "hmac(key, msg[, algorithm]) - Returns the keyed-hash message authentication code of `msg`, by SHA-256 or another \
         algorithm.",
        hmac,
        Kernel::Scalar(run_hmac),
    ),
];

/// An argument of bytes.
///
/// # Errors
/// If it has another type.
pub(in crate::family) fn binary(arguments: &Arguments<'_>, index: usize) -> Result<BinaryArray> {
    let array = arguments.array(index)?;
    match array.as_binary_opt::<i32>() {
        Some(values) => Ok(values.clone()),
        None => Err(Error::internal(format!(
            "argument {index} is {}",
            array.data_type()
        ))),
    }
}

/// Makes the digest of bytes.
type Digester = fn(&[u8]) -> Vec<u8>;

fn digest<D: Digest>(bytes: &[u8]) -> Vec<u8> {
    D::digest(bytes).as_slice().to_vec()
}

fn digests(arguments: &Arguments<'_>, of: Digester) -> Result<ArrayRef> {
    let values = binary(arguments, 0)?;
    map_values(&values, arguments.return_type, |bytes, out| {
        push_hex(out, &of(bytes), LOWER);
    })
}

fn sha2(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = binary(arguments, 0)?;
    let bits = arguments.array(1)?;
    let bits = bits.as_primitive::<Int32Type>();
    let mut out = TextBuilder::new(values.len());
    for row in 0..values.len() {
        let of: Option<Digester> = match bits.is_valid(row).then(|| bits.value(row)) {
            Some(224) => Some(digest::<Sha224>),
            Some(0 | 256) => Some(digest::<Sha256>),
            Some(384) => Some(digest::<Sha384>),
            Some(512) => Some(digest::<Sha512>),
            _ => None,
        };
        match of {
            Some(of) if values.is_valid(row) => {
                push_hex(out.bytes(), &of(values.value(row)), LOWER);
                out.end()?;
            }
            _ => out.push_null(),
        }
    }
    out.finish(arguments.return_type)
}

fn hmac(mut call: Call<'_>) -> Result<Typed> {
    if call.arguments.len() == 2 {
        call.arguments.push(Typed::string("SHA-256"));
    }
    call.accept(&[BINARY, BINARY, STRING])?
        .invoke(DataType::Binary)
}

/// A digest, and the bytes that it takes at once.
fn algorithm(name: &str) -> Option<(Digester, usize)> {
    Some(match name.to_ascii_uppercase().as_str() {
        "MD5" => (digest::<Md5>, 64),
        "SHA-1" => (digest::<Sha1>, 64),
        "SHA-224" => (digest::<Sha224>, 64),
        "SHA-256" => (digest::<Sha256>, 64),
        "SHA-384" => (digest::<Sha384>, 128),
        "SHA-512" => (digest::<Sha512>, 128),
        _ => return None,
    })
}

fn run_hmac(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (keys, messages) = (binary(arguments, 0)?, binary(arguments, 1)?);
    let names = arguments.strings(2)?;
    let mut out = BinaryBuilder::new();
    for row in 0..keys.len() {
        if keys.is_null(row) || messages.is_null(row) || names.is_null(row) {
            out.append_null();
            continue;
        }
        let name = names.value(row);
        let Some((digest, block)) = algorithm(name) else {
            return Err(Error::data(
                "INVALID_PARAMETER_VALUE.HMAC_ALGORITHM",
                format!(
                    "The value of parameter(s) `algorithm` in `hmac` is invalid: expects one of the algorithms 'SHA-224', \
                     'SHA-256', 'SHA-384', 'SHA-512', 'SHA-1', 'MD5', but got '{name}'."
                ),
            ));
        };
        let key = keys.value(row);
        if key.is_empty() {
            return Err(Error::data(
                "INVALID_PARAMETER_VALUE.HMAC_CRYPTO_ERROR",
                "The value of parameter(s) `key` in `hmac` is invalid: detail message: Empty key",
            ));
        }
        let mut padded = if key.len() > block {
            digest(key)
        } else {
            key.to_vec()
        };
        padded.resize(block, 0);
        let with = |pad: u8, message: &[u8]| {
            let mut bytes: Vec<u8> = padded.iter().map(|byte| byte ^ pad).collect();
            bytes.extend_from_slice(message);
            digest(&bytes)
        };
        let inner = with(0x36, messages.value(row));
        out.append_value(with(0x5c, &inner));
    }
    Ok(Arc::new(out.finish()))
}
