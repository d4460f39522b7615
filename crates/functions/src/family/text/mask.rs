//! Characters hidden or quoted, sentences, collations.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType as ArrowType;
use sql::DataType;

use super::{TextBuilder, Texts, is_text, map_text, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{STRING, array};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "mask",
        Group::String,
        (1, 5),
        "mask(str[, upperChar[, lowerChar[, digitChar[, otherChar]]]]) - Returns `str` with its letters and digits \
         replaced by these characters; NULL keeps them.",
        resolve_mask,
        Kernel::Scalar(mask),
    )
    .parameters(&["str", "upperChar", "lowerChar", "digitChar", "otherChar"]),
    Function::scalar(
        "quote",
        Group::String,
        (1, 1),
        "quote(str) - Returns `str` in single quotes, with a `\\` before each single quote in it.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| {
            map_text(arguments, |text, out| {
                out.push(b'\'');
                for byte in text.bytes() {
                    if byte == b'\'' {
                        out.push(b'\\');
                    }
                    out.push(byte);
                }
                out.push(b'\'');
            })
        }),
    ),
    Function::scalar(
        "sentences",
        Group::String,
        (1, 3),
        "sentences(str[, lang[, country]]) - Returns the sentences of `str`, each as an array of words.",
        |mut call| {
            while call.arguments.len() < 3 {
                call.arguments.push(Typed::string(""));
            }
            let nullable = call.arguments[0].nullable;
            let result = array(array(DataType::String));
            call.accept(&[STRING])?.invoke_nullable(result, nullable)
        },
        Kernel::Scalar(sentences),
    ),
    Function::scalar(
        "collation",
        Group::String,
        (1, 1),
        "collation(expr) - Returns the name of the collation of a text.",
        |call| {
            if !is_text(call.type_of(0)) {
                return Err(call.unexpected_type(0, "\"STRING\""));
            }
            let name = call.text();
            Ok(Typed::string("SYSTEM.BUILTIN.UTF8_BINARY").named(name))
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "collate",
        Group::String,
        (2, 2),
        "collate(expr, collationName) - Returns `expr` with a collation; only UTF8_BINARY is supported.",
        |mut call| {
            call.accept_one(0, STRING)?;
            let name = call.text();
            let collation = call.constant_string(1)?.unwrap_or_default();
            let simple = collation.rsplit('.').next().unwrap_or_default();
            if simple.eq_ignore_ascii_case("UTF8_BINARY") {
                return Ok(call.arguments[0].clone().named(name));
            }
            Err(Error::analysis(
                "UNSUPPORTED_FEATURE.COLLATION",
                format!("The feature is not supported: the collation {collation}."),
            ))
        },
        Kernel::Rewritten,
    ),
];

fn resolve_mask(mut call: Call<'_>) -> Result<Typed> {
    const NAMES: [&str; 5] = ["str", "upperChar", "lowerChar", "digitChar", "otherChar"];
    const DEFAULTS: [&str; 4] = ["", "X", "x", "n"];
    if !is_text(call.type_of(0)) {
        return Err(call.unexpected_type(0, "\"STRING\""));
    }
    while let Some(default) = DEFAULTS.get(call.arguments.len()) {
        call.arguments.push(Typed::string(default));
    }
    if call.arguments.len() < NAMES.len() {
        call.arguments.push(Typed::null(DataType::String));
    }
    for (index, name) in NAMES.iter().enumerate().skip(1) {
        let argument = &call.arguments[index];
        if !is_text(&argument.data_type) {
            return Err(call.unexpected_type(index, "\"STRING\""));
        }
        if !argument.is_foldable() {
            let message = format!(
                "the input `{name}` should be a foldable \"STRING\" expression; however, got \"{}\".",
                argument.name
            );
            return Err(call.mismatch("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", message));
        }
        let value = call.constant_string(index)?;
        if value.is_some_and(|value| value.chars().count() != 1) {
            let message = format!("Length of {name} should be 1.");
            return Err(call.mismatch("DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE", message));
        }
    }
    let call = call.accept(&[STRING])?;
    let nullable = call.arguments[0].nullable;
    call.invoke_nullable(DataType::String, nullable)
}

fn mask(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    let mut replacements = [None; 4];
    for (index, replacement) in replacements.iter_mut().enumerate() {
        let texts = Texts::of(arguments, index + 1)?;
        *replacement = texts.get(0).and_then(|text| text.chars().next());
    }
    let [upper, lower, digit, other] = replacements;
    let digits = regex::Regex::new(r"^\p{Nd}$").map_err(|e| Error::internal(e.to_string()))?;
    let is_digit = |c: char| {
        c.is_ascii_digit() || !c.is_ascii() && digits.is_match(c.encode_utf8(&mut [0; 4]))
    };
    texts(arguments, |row, out| {
        let Some(value) = values.get(row) else {
            return Ok(false);
        };
        for c in value.chars() {
            // Java sees two characters, which are no letters, beyond U+FFFF.
            let is_pair = c.len_utf16() == 2;
            let replacement = match c {
                _ if is_pair => other,
                c if c.is_uppercase() => upper,
                c if c.is_lowercase() => lower,
                c if is_digit(c) => digit,
                _ => other,
            };
            let copies = if is_pair && replacement.is_some() {
                2
            } else {
                1
            };
            let c = replacement.unwrap_or(c);
            for _ in 0..copies {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        Ok(true)
    })
}

fn sentences(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = Texts::of(arguments, 0)?;
    let mut words = TextBuilder::new(0);
    let (mut word_counts, mut sentence_counts) = (Vec::new(), Vec::new());
    let mut valid = Vec::with_capacity(arguments.rows);
    for row in 0..arguments.rows {
        let Some(value) = values.get(row) else {
            valid.push(false);
            sentence_counts.push(0);
            continue;
        };
        valid.push(true);
        let sentences = split_sentences(value);
        sentence_counts.push(sentences.len());
        for sentence in sentences {
            let mut count = 0;
            for word in split_words(sentence) {
                words.push(word.as_bytes())?;
                count += 1;
            }
            word_counts.push(count);
        }
    }
    let ArrowType::List(outer) = arguments.return_type else {
        return Err(Error::internal("an array was expected"));
    };
    let ArrowType::List(inner) = outer.data_type() else {
        return Err(Error::internal("an array of arrays was expected"));
    };
    let words = words.finish(&ArrowType::Utf8)?;
    let offsets = OffsetBuffer::from_lengths(word_counts);
    let sentences = ListArray::try_new(Arc::clone(inner), offsets, words, None)?;
    let offsets = OffsetBuffer::from_lengths(sentence_counts);
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(outer),
        offsets,
        Arc::new(sentences),
        nulls,
    )?))
}

/// The sentences: they end after `.`, `!` or `?` (and quotes and brackets) before a space, unless a small letter follows a
/// point.
fn split_sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut begin = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((_, c)) = characters.next() {
        if !matches!(c, '.' | '!' | '?' | '。' | '！' | '？') {
            continue;
        }
        let mut is_certain = c != '.';
        while let Some((_, c)) = characters
            .next_if(|(_, c)| matches!(c, '.' | '!' | '?' | '"' | '\'' | ')' | ']' | '”' | '’'))
        {
            is_certain |= matches!(c, '!' | '?');
        }
        let mut has_space = false;
        while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {
            has_space = true;
        }
        let Some((next, following)) = characters.peek().copied() else {
            break;
        };
        if has_space && (is_certain || !following.is_lowercase()) {
            sentences.push(&text[begin..next]);
            begin = next;
        }
    }
    if begin < text.len() {
        sentences.push(&text[begin..]);
    }
    sentences
}

/// The words of a sentence: letters, digits and `_`, with `.`, `'` and `-` between letters and `.` and `,` between digits.
fn split_words(sentence: &str) -> Vec<&str> {
    let characters: Vec<(usize, char)> = sentence.char_indices().collect();
    let mut words = Vec::new();
    let mut begin = None;
    for (index, (at, c)) in characters.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| characters[index].1);
        let after = characters.get(index + 1).map(|(_, c)| *c);
        let both = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
        let belongs = match c {
            '$' => true,
            c if c.is_alphanumeric() || *c == '_' => true,
            '.' => both(char::is_alphabetic) || both(char::is_numeric),
            '\'' | '’' | '-' => both(char::is_alphabetic),
            ',' => both(char::is_numeric),
            _ => false,
        };
        match (belongs, begin) {
            (true, None) => begin = Some(*at),
            (false, Some(from)) => {
                words.push(&sentence[from..*at]);
                begin = None;
            }
            _ => {}
        }
    }
    if let Some(from) = begin {
        words.push(&sentence[from..]);
    }
    words.retain(|word| word.starts_with(char::is_alphanumeric));
    words
}
