//! `aes_encrypt` and `aes_decrypt`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryBuilder, StringArray};
use datafusion_common::ScalarValue;
use sql::DataType;

use super::cipher::{Aes, BLOCK};
use super::digest::binary;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{BINARY, STRING};
use crate::udf::Arguments;

const GCM_IV: usize = 12;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "aes_encrypt",
        Group::Misc,
        (2, 6),
        "aes_encrypt(expr, key[, mode[, padding[, iv[, aad]]]]) - Returns `expr` encrypted with AES, in the mode 'ECB', 'CBC' \
         or 'GCM' (the default).",
        |mut call| {
            complete(&mut call, 6);
            call.accept(&[BINARY, BINARY, STRING, STRING, BINARY, BINARY])?
                .invoke(DataType::Binary)
        },
        // Without an initialization vector a random one is taken.
        Kernel::Volatile(encrypt),
    )
    .parameters(&["expr", "key", "mode", "padding", "iv", "aad"]),
    Function::scalar(
        "aes_decrypt",
        Group::Misc,
        (2, 5),
        "aes_decrypt(expr, key[, mode[, padding[, aad]]]) - Returns what `aes_encrypt` encrypted.",
        |mut call| {
            complete(&mut call, 5);
            call.accept(&[BINARY, BINARY, STRING, STRING, BINARY])?
                .invoke(DataType::Binary)
        },
        Kernel::Scalar(decrypt),
    )
    .parameters(&["expr", "key", "mode", "padding", "aad"]),
    Function::scalar(
        "try_aes_decrypt",
        Group::Misc,
        (2, 5),
        "try_aes_decrypt(expr, key[, mode[, padding[, aad]]]) - Returns what `aes_encrypt` encrypted, or NULL if it cannot be \
         decrypted.",
        |mut call| {
            complete(&mut call, 5);
            let text = call.text();
            Ok(call.call("aes_decrypt", call.arguments.clone())?.tried().named(text))
        },
        Kernel::Rewritten,
    )
    .parameters(&["expr", "key", "mode", "padding", "aad"]),
];

/// Adds the arguments that were left out; Spark shows them.
fn complete(call: &mut Call<'_>, count: usize) {
    for index in call.arguments.len()..count {
        call.arguments.push(match index {
            2 => Typed::string("GCM"),
            3 => Typed::string("DEFAULT"),
            _ => empty(),
        });
    }
}

fn empty() -> Typed {
    Typed::constant(ScalarValue::Binary(Some(Vec::new())), DataType::Binary, "")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Ecb,
    Cbc,
    Gcm,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Ecb => "ECB",
            Mode::Cbc => "CBC",
            Mode::Gcm => "GCM",
        }
    }
}

fn mode(name: &str, padding: &str) -> Result<Mode> {
    let is = |wanted: &str, paddings: &[&str]| {
        let fits = paddings.iter().any(|one| one.eq_ignore_ascii_case(padding));
        wanted.eq_ignore_ascii_case(name) && fits
    };
    if is("ECB", &["PKCS", "DEFAULT"]) {
        Ok(Mode::Ecb)
    } else if is("CBC", &["PKCS", "DEFAULT"]) {
        Ok(Mode::Cbc)
    } else if is("GCM", &["NONE", "DEFAULT"]) {
        Ok(Mode::Gcm)
    } else {
        Err(Error::data(
            "UNSUPPORTED_FEATURE.AES_MODE",
            format!(
                "The feature is not supported: AES-{name} with the padding {padding} by the `aes_encrypt`/`aes_decrypt` \
                 function."
            ),
        ))
    }
}

fn cipher(key: &[u8]) -> Result<Aes> {
    Aes::new(key).ok_or_else(|| {
        Error::data(
            "INVALID_PARAMETER_VALUE.AES_KEY_LENGTH",
            format!(
                "The value of parameter(s) `key` in `aes_encrypt`/`aes_decrypt` is invalid: expects a binary value with 16, 24 \
                 or 32 bytes, but got {} bytes.",
                key.len()
            ),
        )
    })
}

fn unsupported(condition: &'static str, mode: Mode, what: &str) -> Error {
    Error::data(
        condition,
        format!(
            "The feature is not supported: `aes_encrypt` with AES-{} does not support {what}.",
            mode.name()
        ),
    )
}

fn crypto_error(detail: &str) -> Error {
    Error::data(
        "INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR",
        format!(
            "The value of parameter(s) `expr`, `key` in `aes_encrypt`/`aes_decrypt` is invalid: detail message: {detail}"
        ),
    )
}

/// The initialization vector of a row: `given`, or random bytes.
fn vector<const N: usize>(given: &[u8], mode: Mode) -> Result<[u8; N]> {
    if given.is_empty() {
        let mut random = [0; N];
        return match getrandom::fill(&mut random) {
            Ok(()) => Ok(random),
            Err(error) => Err(Error::internal(format!("no random bytes: {error}"))),
        };
    }
    <[u8; N]>::try_from(given).map_err(|_| {
        Error::data(
            "INVALID_PARAMETER_VALUE.AES_IV_LENGTH",
            format!(
                "The value of parameter(s) `iv` in `aes_encrypt`/`aes_decrypt` is invalid: supports 16-byte CBC IVs and \
                 12-byte GCM IVs, but got {} bytes for {}.",
                given.len(),
                mode.name()
            ),
        )
    })
}

fn encrypt(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let aad_at = 5;
    each(arguments, &[4, aad_at], |text, key, mode, rest| {
        let (given, aad) = (rest[0], rest[1]);
        let cipher = cipher(key)?;
        if mode == Mode::Ecb && !given.is_empty() {
            let what = "initialization vectors (IVs)";
            return Err(unsupported("UNSUPPORTED_FEATURE.AES_MODE_IV", mode, what));
        }
        if mode != Mode::Gcm && !aad.is_empty() {
            let what = "additional authenticate data (AAD)";
            return Err(unsupported("UNSUPPORTED_FEATURE.AES_MODE_AAD", mode, what));
        }
        Ok(match mode {
            Mode::Ecb => cipher.encrypt_padded(text, None),
            Mode::Cbc => {
                let iv = vector::<BLOCK>(given, mode)?;
                let mut bytes = iv.to_vec();
                bytes.extend(cipher.encrypt_padded(text, Some(iv)));
                bytes
            }
            Mode::Gcm => {
                let iv = vector::<GCM_IV>(given, mode)?;
                let mut bytes = iv.to_vec();
                bytes.extend(cipher.encrypt_gcm(text, iv, aad));
                bytes
            }
        })
    })
}

fn decrypt(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    each(arguments, &[4], |bytes, key, mode, rest| {
        let aad = rest[0];
        let cipher = cipher(key)?;
        if mode != Mode::Gcm && !aad.is_empty() {
            let what = "additional authenticate data (AAD)";
            return Err(unsupported("UNSUPPORTED_FEATURE.AES_MODE_AAD", mode, what));
        }
        let (iv, bytes) = match mode {
            Mode::Ecb => (None, bytes),
            Mode::Cbc => match bytes.split_first_chunk::<BLOCK>() {
                Some((iv, bytes)) => (Some(*iv), bytes),
                None => {
                    let detail = "IV buffer too short for given offset/length combination";
                    return Err(crypto_error(detail));
                }
            },
            Mode::Gcm => {
                let Some((iv, bytes)) = bytes.split_first_chunk::<GCM_IV>() else {
                    return Err(crypto_error("Invalid buffer arguments"));
                };
                let text = cipher.decrypt_gcm(bytes, *iv, aad);
                return text.ok_or_else(|| crypto_error("Tag mismatch"));
            }
        };
        if bytes.len() % BLOCK != 0 {
            let detail = "Input length must be multiple of 16 when decrypting with padded cipher";
            return Err(crypto_error(detail));
        }
        if bytes.is_empty() {
            return Ok(Vec::new());
        }
        let text = cipher.decrypt_padded(bytes, iv);
        text.ok_or_else(|| {
            crypto_error(
                "Given final block not properly padded. Such issues can arise if a bad key is used during decryption.",
            )
        })
    })
}

/// A result for each row without NULL; `others` are further arguments of bytes.
fn each(
    arguments: &Arguments<'_>,
    others: &[usize],
    of: impl Fn(&[u8], &[u8], Mode, &[&[u8]]) -> Result<Vec<u8>>,
) -> Result<ArrayRef> {
    let (values, keys) = (binary(arguments, 0)?, binary(arguments, 1)?);
    let (modes, paddings): (StringArray, StringArray) =
        (arguments.strings(2)?, arguments.strings(3)?);
    let others = others.iter().map(|index| binary(arguments, *index));
    let others: Vec<_> = others.collect::<Result<_>>()?;
    let mut out = BinaryBuilder::new();
    for row in 0..values.len() {
        let is_null = values.is_null(row)
            || keys.is_null(row)
            || modes.is_null(row)
            || paddings.is_null(row)
            || others.iter().any(|other| other.is_null(row));
        if is_null {
            out.append_null();
            continue;
        }
        let mode = mode(modes.value(row), paddings.value(row))?;
        let rest: Vec<&[u8]> = others.iter().map(|other| other.value(row)).collect();
        out.append_value(of(values.value(row), keys.value(row), mode, &rest)?);
    }
    Ok(Arc::new(out.finish()))
}
