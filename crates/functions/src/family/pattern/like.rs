//! `LIKE` and `ILIKE`.

use arrow::array::ArrayRef;
use datafusion_common::ScalarValue;
use memchr::memmem::Finder;
use sql::DataType;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::text::{Texts, booleans};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::STRING;
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "like",
        Group::Predicate,
        (2, 3),
        "like(str, pattern[, escape]) - Returns whether `pattern` matches all of `str`: `_` is one character, `%` any \
         number of them, `escape` (or `\\`) takes their meaning from the two.",
        resolve,
        Kernel::Scalar(|arguments| run(arguments, false)),
    ),
    Function::scalar(
        "ilike",
        Group::Predicate,
        (2, 3),
        "ilike(str, pattern[, escape]) - As `like`, without regard to case.",
        resolve,
        Kernel::Scalar(|arguments| run(arguments, true)),
    ),
];

fn resolve(call: Call<'_>) -> Result<Typed> {
    let mut call = call;
    call.accept_one(0, STRING)?;
    call.accept_one(1, STRING)?;
    let (text, pattern) = (&call.arguments[0].name, &call.arguments[1].name);
    let mut name = match call.function.name {
        "like" => format!("{text} LIKE {pattern}"),
        _ => format!("ilike({text}, {pattern})"),
    };
    if let Some(escape) = call.arguments.get(2) {
        let character = match escape.literal() {
            Some(ScalarValue::Utf8(Some(character))) if character.chars().count() == 1 => character,
            _ => {
                return Err(Error::analysis(
                    "INVALID_ESCAPE_CHAR",
                    format!(
                        "`EscapeChar` should be a string literal of length one, but got \"{}\".",
                        escape.name
                    ),
                ));
            }
        };
        if call.function.name == "like" && character != "\\" {
            name.push_str(&format!(" ESCAPE '{character}'"));
        }
    }
    Ok(call.invoke(DataType::Boolean)?.named(name))
}

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Character(char),
    /// `_`
    One,
    /// `%`
    Any,
}

/// A pattern that was read.
enum Like {
    /// Without `%` and `_`.
    Equal(String),
    /// Without `_`: `start%part%..%end`.
    Parts {
        start: String,
        parts: Vec<Finder<'static>>,
        end: String,
    },
    Other(Vec<Token>),
}

impl Like {
    fn new(pattern: &str, escape: char) -> Result<Like> {
        let invalid = |condition, rest: &str| {
            let shown = pattern.replace('\\', "\\\\").replace('\'', "\\'");
            Error::data(
                condition,
                format!("The format is invalid: '{shown}'. {rest}"),
            )
        };
        let mut tokens = Vec::new();
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            tokens.push(match c {
                c if c == escape => match rest.next() {
                    Some(c) if c == escape || c == '_' || c == '%' => Token::Character(c),
                    Some(c) => {
                        return Err(invalid(
                            "INVALID_FORMAT.ESC_IN_THE_MIDDLE",
                            &format!("The escape character is not allowed to precede '{c}'."),
                        ));
                    }
                    None => {
                        return Err(invalid(
                            "INVALID_FORMAT.ESC_AT_THE_END",
                            "The escape character is not allowed to end with.",
                        ));
                    }
                },
                '_' => Token::One,
                '%' if tokens.last() == Some(&Token::Any) => continue,
                '%' => Token::Any,
                c => Token::Character(c),
            });
        }
        if tokens.contains(&Token::One) {
            return Ok(Like::Other(tokens));
        }
        let mut texts = tokens.split(|token| *token == Token::Any).map(|tokens| {
            let characters = tokens.iter().filter_map(|token| match token {
                Token::Character(c) => Some(*c),
                _ => None,
            });
            characters.collect::<String>()
        });
        let start = texts.next().unwrap_or_default();
        let Some(end) = texts.next_back() else {
            return Ok(Like::Equal(start));
        };
        let parts = texts.map(|part| Finder::new(&part).into_owned()).collect();
        Ok(Like::Parts { start, parts, end })
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Like::Equal(whole) => text == whole,
            Like::Parts { start, parts, end } => text
                .strip_prefix(start.as_str())
                .and_then(|rest| rest.strip_suffix(end.as_str()))
                .is_some_and(|middle| are_in_order(parts, middle.as_bytes())),
            Like::Other(tokens) => matches(tokens, text),
        }
    }
}

/// Whether the parts are in the text, one behind the other.
fn are_in_order(parts: &[Finder<'static>], text: &[u8]) -> bool {
    let mut rest = text;
    parts.iter().all(|part| {
        let found = part.find(rest);
        rest = found.map_or(rest, |at| &rest[at + part.needle().len()..]);
        found.is_some()
    })
}

/// Whether the tokens match the text. A `%` takes as little as it can; if what follows does not match, the last `%` takes
/// one character more: the ones before it need not be tried again.
fn matches(tokens: &[Token], text: &str) -> bool {
    let mut rest = text.chars();
    let mut at = 0;
    // The token after the last `%`, and the text that it was tried at.
    let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        let before = rest.clone();
        let matched = match (tokens.get(at), rest.next()) {
            (None, None) => return true,
            (Some(Token::Any), _) => {
                rest = before;
                at += 1;
                if at == tokens.len() {
                    return true;
                }
                retry = Some((at, rest.clone()));
                continue;
            }
            (Some(Token::One), Some(_)) => true,
            (Some(Token::Character(c)), Some(other)) => *c == other,
            (Some(_), None) => return false,
            (None, Some(_)) => false,
        };
        if matched {
            at += 1;
            continue;
        }
        let Some((after, mut from)) = retry else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        at = after;
        rest = from.clone();
        retry = Some((after, from));
    }
}

fn run(arguments: &Arguments<'_>, ignores_case: bool) -> Result<ArrayRef> {
    let (values, patterns) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let escape = match arguments.len() {
        3 => Texts::of(arguments, 2)?
            .get(0)
            .and_then(|text| text.chars().next()),
        _ => None,
    };
    let escape = escape.unwrap_or('\\');
    let mut last: Option<(String, Like)> = None;
    booleans(arguments.rows, |row| {
        let (Some(value), Some(pattern)) = (values.get(row), patterns.get(row)) else {
            return Ok(None);
        };
        if last.as_ref().is_none_or(|(text, _)| text != pattern) {
            let like = match ignores_case {
                true => Like::new(&pattern.to_lowercase(), escape)?,
                false => Like::new(pattern, escape)?,
            };
            last = Some((pattern.to_owned(), like));
        }
        let is_match = last.as_ref().is_some_and(|(_, like)| match ignores_case {
            true => like.is_match(&value.to_lowercase()),
            false => like.is_match(value),
        });
        Ok(Some(is_match))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("a%b", "a\nb", true),
            ("a_c", "abc", true),
            ("_", "😀", true),
            ("%a%b_", "xaxbxbz", true),
            ("%ab", "aab", true),
            ("a%b%c", "abcb", false),
            ("a\\%", "a%", true),
            ("%", "", true),
            ("_%", "", false),
            ("%ab%bc%", "xabcxbcx", true),
            ("%ab%bc%", "xabcx", false),
            ("ab%ba", "aba", false),
            ("ab%ba", "abba", true),
            ("%ß%", "aßa", true),
        ];
        for (pattern, text, expected) in cases {
            let like = Like::new(pattern, '\\').unwrap();
            assert_eq!(like.is_match(text), expected, "{pattern} {text}");
        }
    }
}
