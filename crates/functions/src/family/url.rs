//! URLs: their parts, and text made fit for them.

mod uri;

use arrow::array::ArrayRef;
use sql::DataType;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::text::{Texts, texts};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::STRING;
use crate::udf::Arguments;
use uri::Uri;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "parse_url",
        Group::Url,
        (2, 3),
        "parse_url(url, part[, key]) - Returns a part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or \
         USERINFO; with `key`, its value in the query.",
        resolve_parse,
        Kernel::Scalar(|arguments| parse(arguments, false)),
    ),
    Function::scalar(
        "try_parse_url",
        Group::Url,
        (2, 3),
        "try_parse_url(url, part[, key]) - As `parse_url`, but returns NULL for what is no URL.",
        resolve_parse,
        Kernel::Scalar(|arguments| parse(arguments, true)),
    ),
    Function::scalar(
        "url_encode",
        Group::Url,
        (1, 1),
        "url_encode(str) - Returns `str` in the form `application/x-www-form-urlencoded`.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(encode),
    ),
    Function::scalar(
        "url_decode",
        Group::Url,
        (1, 1),
        "url_decode(str) - Returns the text that `str` in the form `application/x-www-form-urlencoded` stands for.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| decode(arguments, false)),
    ),
    Function::scalar(
        "try_url_decode",
        Group::Url,
        (1, 1),
        "try_url_decode(str) - As `url_decode`, but returns NULL for what cannot be decoded.",
        |call| {
            call.accept(&[STRING])?
                .invoke_nullable(DataType::String, true)
        },
        Kernel::Scalar(|arguments| decode(arguments, true)),
    ),
];

fn resolve_parse(call: Call<'_>) -> Result<Typed> {
    call.accept(&[STRING])?
        .invoke_nullable(DataType::String, true)
}

fn parse(arguments: &Arguments<'_>, is_try: bool) -> Result<ArrayRef> {
    let (urls, parts) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let keys = match arguments.len() {
        3 => Some(Texts::of(arguments, 2)?),
        _ => None,
    };
    // The pattern of the key before, which most often is the same.
    let mut last: Option<(String, regex::Regex)> = None;
    texts(arguments, |row, out| {
        let (Some(url), Some(part)) = (urls.get(row), parts.get(row)) else {
            return Ok(false);
        };
        let key = match &keys {
            Some(keys) => match keys.get(row) {
                Some(key) => Some(key),
                None => return Ok(false),
            },
            None => None,
        };
        if key.is_some() && part != "QUERY" {
            return Ok(false);
        }
        let uri = match Uri::parse(url) {
            Some(uri) => uri,
            None if is_try || !arguments.settings.ansi => return Ok(false),
            None => {
                return Err(Error::data(
                    "INVALID_URL",
                    format!(
                        "The url is invalid: {url}. Use `try_parse_url` to tolerate invalid URL and return NULL instead."
                    ),
                ));
            }
        };
        let found = match part {
            "HOST" => uri.host,
            "PATH" => uri.path,
            "QUERY" => uri.query,
            "REF" => uri.fragment,
            "PROTOCOL" => uri.scheme,
            "AUTHORITY" => uri.authority,
            "USERINFO" => uri.user_info,
            "FILE" => {
                let Some(path) = uri.path else {
                    return Ok(false);
                };
                out.extend_from_slice(path.as_bytes());
                if let Some(query) = uri.query {
                    out.push(b'?');
                    out.extend_from_slice(query.as_bytes());
                }
                return Ok(true);
            }
            _ => None,
        };
        let Some(mut found) = found else {
            return Ok(false);
        };
        if let Some(key) = key {
            if last.as_ref().is_none_or(|(text, _)| text != key) {
                last = Some((key.to_owned(), key_pattern(key)?));
            }
            let captures = last
                .as_ref()
                .and_then(|(_, pattern)| pattern.captures(found));
            match captures.and_then(|captures| captures.name("value")) {
                Some(value) => found = value.as_str(),
                None => return Ok(false),
            }
        }
        out.extend_from_slice(found.as_bytes());
        Ok(true)
    })
}

/// What finds the value of a key. As in Spark, the key is a pattern.
fn key_pattern(key: &str) -> Result<regex::Regex> {
    let pattern = format!("(?:&|^)(?:{key})=(?P<value>[^&]*)");
    regex::Regex::new(&pattern).map_err(|_| {
        Error::data(
            "INVALID_PARAMETER_VALUE.PATTERN",
            format!("The value of parameter(s) `key` in `parse_url` is invalid: '{key}'."),
        )
    })
}

fn encode(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    crate::family::text::map_text(arguments, |text, out| {
        for byte in text.bytes() {
            match byte {
                b' ' => out.push(b'+'),
                b'*' | b'-' | b'_' | b'.' => out.push(byte),
                byte if byte.is_ascii_alphanumeric() => out.push(byte),
                byte => out.extend([
                    b'%',
                    DIGITS[usize::from(byte >> 4)],
                    DIGITS[usize::from(byte & 15)],
                ]),
            }
        }
    })
}

fn decode(arguments: &Arguments<'_>, is_try: bool) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    let mut bytes = Vec::new();
    texts(arguments, |row, out| {
        let Some(value) = values.get(row) else {
            return Ok(false);
        };
        bytes.clear();
        if decode_one(value.as_bytes(), &mut bytes).is_none() {
            if is_try {
                return Ok(false);
            }
            return Err(Error::data(
                "CANNOT_DECODE_URL",
                format!(
                    "The provided URL cannot be decoded: {value}. Please ensure that the URL is properly formatted and \
                     try again."
                ),
            ));
        }
        out.extend_from_slice(String::from_utf8_lossy(&bytes).as_bytes());
        Ok(true)
    })
}

fn decode_one(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                out.push((high << 4 | low) as u8);
            }
            byte => out.push(*byte),
        }
    }
    Some(())
}
