//! How alike texts are: edit distance, sound.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use sql::DataType;

use super::{Ints, Texts, ints, map_text};
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::types::{INT, STRING};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "levenshtein",
        Group::String,
        (2, 3),
        "levenshtein(str1, str2[, threshold]) - Returns how many characters must be changed, added or removed to make \
         one text the other; -1 if more than `threshold`.",
        |call| {
            call.accept(&[STRING, STRING, INT])?
                .invoke(DataType::Integer)
        },
        Kernel::Scalar(levenshtein),
    ),
    Function::scalar(
        "jaro_winkler_similarity",
        Group::String,
        (2, 2),
        "jaro_winkler_similarity(str1, str2) - Returns how alike the texts are, from 0 to 1 (Jaro and Winkler).",
        |call| call.accept(&[STRING])?.invoke(DataType::Double),
        Kernel::Scalar(jaro_winkler),
    ),
    Function::scalar(
        "soundex",
        Group::String,
        (1, 1),
        "soundex(str) - Returns the Soundex code of `str`.",
        |call| call.accept(&[STRING])?.invoke(DataType::String),
        Kernel::Scalar(|arguments| map_text(arguments, soundex)),
    ),
];

fn levenshtein(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (lefts, rights) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let thresholds = match arguments.len() {
        3 => Some(Ints::of(arguments, 2)?),
        _ => None,
    };
    let mut row_of_costs = Vec::new();
    ints(arguments.rows, |row| {
        let (Some(left), Some(right)) = (lefts.get(row), rights.get(row)) else {
            return Ok(None);
        };
        let threshold = match &thresholds {
            Some(thresholds) => match thresholds.get(row) {
                Some(threshold) => Some(threshold),
                None => return Ok(None),
            },
            None => None,
        };
        let distance = distance(left, right, &mut row_of_costs);
        Ok(Some(match threshold {
            Some(threshold) if distance > threshold => -1,
            _ => distance,
        }))
    })
}

fn distance(left: &str, right: &str, costs: &mut Vec<i32>) -> i32 {
    let right: Vec<char> = right.chars().collect();
    costs.clear();
    costs.extend(0..=right.len() as i32);
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = costs[0];
        costs[0] = i as i32 + 1;
        for (j, b) in right.iter().enumerate() {
            let changed = diagonal + i32::from(a != *b);
            diagonal = costs[j + 1];
            costs[j + 1] = changed.min(diagonal + 1).min(costs[j] + 1);
        }
    }
    costs[right.len()]
}

fn jaro_winkler(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let (lefts, rights) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let similarities = (0..arguments.rows).map(|row| {
        let left: Vec<char> = lefts.get(row)?.chars().collect();
        let right: Vec<char> = rights.get(row)?.chars().collect();
        Some(similarity(&left, &right))
    });
    Ok(Arc::new(similarities.collect::<Float64Array>()))
}

/// Jaro's similarity, raised by Winkler for as many as four equal characters at the beginning.
fn similarity(left: &[char], right: &[char]) -> f64 {
    if left == right {
        return 1.0;
    }
    let (left_matches, right_matches) = matches(left, right);
    let count = left_matches.len();
    if count == 0 {
        return 0.0;
    }
    let moved = left_matches.iter().zip(&right_matches);
    let moved = moved.filter(|(a, b)| a != b).count();
    let count = count as f64;
    let jaro = (count / left.len() as f64
        + count / right.len() as f64
        + (count - moved as f64 / 2.0) / count)
        / 3.0;
    let prefix = left.iter().zip(right).take(4).take_while(|(a, b)| a == b);
    jaro + prefix.count() as f64 * 0.1 * (1.0 - jaro)
}

/// The characters of each text that the other one has too, at most half of the longer length away.
fn matches(left: &[char], right: &[char]) -> (Vec<char>, Vec<char>) {
    let reach = (left.len().max(right.len()) / 2).saturating_sub(1);
    let mut is_taken = vec![false; right.len()];
    let mut found = Vec::new();
    for (at, character) in left.iter().enumerate() {
        let near = at.saturating_sub(reach)..(at + reach + 1).min(right.len());
        let free = near
            .into_iter()
            .find(|other| !is_taken[*other] && right[*other] == *character);
        if let Some(other) = free {
            is_taken[other] = true;
            found.push(*character);
        }
    }
    let others = right.iter().zip(is_taken).filter(|(_, taken)| *taken);
    (found, others.map(|(character, _)| *character).collect())
}

/// The code of each letter; `7` for a letter that does not separate two letters of the same code.
const CODES: &[u8; 26] = b"01230127022455012623017202";

fn soundex(text: &str, out: &mut Vec<u8>) {
    let letter = |byte: u8| byte.to_ascii_uppercase();
    let code = |letter: u8| CODES[usize::from(letter - b'A')];
    let bytes = text.as_bytes();
    let Some(first) = bytes.first().copied().filter(u8::is_ascii_alphabetic) else {
        out.extend_from_slice(bytes);
        return;
    };
    let mut result = [letter(first), b'0', b'0', b'0'];
    let mut length = 1;
    let mut last = code(letter(first));
    for byte in &bytes[1..] {
        if !byte.is_ascii_alphabetic() {
            last = b'0';
            continue;
        }
        let code = code(letter(*byte));
        if code == b'7' {
            continue;
        }
        if code != b'0' && code != last {
            result[length] = code;
            length += 1;
            if length == result.len() {
                break;
            }
        }
        last = code;
    }
    out.extend_from_slice(&result);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soundex_codes() {
        let cases = [
            ("Robert", "R163"),
            ("Ashcraft", "A261"),
            ("Tymczak", "T522"),
            ("Pfister", "P236"),
            ("Honeyman", "H555"),
            ("Lloyd-x", "L320"),
            ("école", "école"),
        ];
        for (text, expected) in cases {
            let mut out = Vec::new();
            soundex(text, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn distances() {
        for (left, right, expected) in [("kitten", "sitting", 3), ("", "abc", 3), ("é", "e", 1)] {
            assert_eq!(distance(left, right, &mut Vec::new()), expected);
        }
    }
}
