//! Upper and lower case, codes of characters.

use arrow::array::{ArrayRef, Int64Array};
use sql::DataType;

use super::{Column, Texts, ints, map_text, texts};
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::types::{LONG, STRING};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "upper",
        Group::String,
        (1, 1),
        "upper(str) - Returns `str` with all characters changed to uppercase.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(upper),
    ),
    Function::scalar(
        "ucase",
        Group::String,
        (1, 1),
        "ucase(str) - Returns `str` with all characters changed to uppercase.",
        |call| call.replace_by("upper"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "lower",
        Group::String,
        (1, 1),
        "lower(str) - Returns `str` with all characters changed to lowercase.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(lower),
    ),
    Function::scalar(
        "lcase",
        Group::String,
        (1, 1),
        "lcase(str) - Returns `str` with all characters changed to lowercase.",
        |call| call.replace_by("lower"),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "initcap",
        Group::String,
        (1, 1),
        "initcap(str) - Returns `str` with the first letter of each word in uppercase and all others in lowercase; \
         spaces end words.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(initcap),
    ),
    Function::scalar(
        "ascii",
        Group::String,
        (1, 1),
        "ascii(str) - Returns the code point of the first character of `str`, 0 if it is empty.",
        |call| call.accept(&[STRING])?.invoke(DataType::Integer),
        Kernel::Scalar(|arguments| {
            let texts = Texts::of(arguments, 0)?;
            let first = |text: &str| text.chars().next().map_or(0, |c| c as i32);
            ints(arguments.rows, |row| Ok(texts.get(row).map(first)))
        }),
    ),
    Function::scalar(
        "char",
        Group::String,
        (1, 1),
        "char(expr) - Returns the character of code `expr` modulo 256; nothing if `expr` is negative.",
        |call| call.accept(&[LONG])?.invoke(DataType::String),
        Kernel::Scalar(character),
    ),
    Function::scalar(
        "chr",
        Group::String,
        (1, 1),
        "chr(expr) - Returns the character of code `expr` modulo 256; nothing if `expr` is negative.",
        |call| call.replace_by("char"),
        Kernel::Rewritten,
    ),
];

fn upper(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    change_case(arguments, <[u8]>::make_ascii_uppercase, str::to_uppercase)
}

fn lower(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    change_case(arguments, <[u8]>::make_ascii_lowercase, str::to_lowercase)
}

fn change_case(
    arguments: &Arguments<'_>,
    of_ascii: impl Fn(&mut [u8]),
    of: impl Fn(&str) -> String,
) -> Result<ArrayRef> {
    map_text(arguments, |text, out| {
        let begin = out.len();
        if text.is_ascii() {
            out.extend_from_slice(text.as_bytes());
            of_ascii(&mut out[begin..]);
        } else {
            out.extend_from_slice(of(text).as_bytes());
        }
    })
}

fn initcap(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    map_text(arguments, |text, out| {
        for (number, word) in text.split(' ').enumerate() {
            if number > 0 {
                out.push(b' ');
            }
            let Some(first) = word.chars().next() else {
                continue;
            };
            push_title_case(first, out);
            // The whole word decides how a sigma at its end is written.
            let lower = word.to_lowercase();
            let first_length: usize = first.to_lowercase().map(char::len_utf8).sum();
            out.extend_from_slice(lower.as_bytes().get(first_length..).unwrap_or_default());
        }
    })
}

/// Appends a character as the first of a word.
fn push_title_case(first: char, out: &mut Vec<u8>) {
    let mut push = |c: char| out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    match first {
        // Characters that are two letters have a form of their own.
        '\u{1C4}'..='\u{1C6}' => push('\u{1C5}'),
        '\u{1C7}'..='\u{1C9}' => push('\u{1C8}'),
        '\u{1CA}'..='\u{1CC}' => push('\u{1CB}'),
        '\u{1F1}'..='\u{1F3}' => push('\u{1F2}'),
        // Georgian words do not begin with a capital.
        '\u{10D0}'..='\u{10FF}' => push(first),
        // Greek vowels with a subscript have a capital with one.
        '\u{1F80}'..='\u{1FAF}' => push(char::from_u32(first as u32 | 8).unwrap_or(first)),
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => {
            push(char::from_u32(first as u32 + 9).unwrap_or(first));
        }
        _ => {
            let mut upper = first.to_uppercase();
            upper.next().into_iter().for_each(&mut push);
            // `ŉ` becomes `ʼN`, `ß` becomes `Ss`.
            let keeps_capitals = first == '\u{149}';
            for c in upper {
                match keeps_capitals {
                    true => push(c),
                    false => c.to_lowercase().for_each(&mut push),
                }
            }
        }
    }
}

fn character(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let codes = Column::<Int64Array>::of(arguments, 0)?;
    texts(arguments, |row, out| {
        let Some(code) = codes.get(row) else {
            return Ok(false);
        };
        if code >= 0 {
            let c = char::from(code as u8);
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(true)
    })
}
