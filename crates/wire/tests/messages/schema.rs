//! Reads `tests/generated/schema.txt`: the fields of every message.
//!
//! The file is generated from the same definitions as the codec, but used differently: which fields a
//! version has is computed here, while the test runs.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

pub struct Message {
    pub versions: RangeInclusive<i16>,
    pub flexible: Option<RangeInclusive<i16>>,
    pub fields: Vec<Field>,
}

pub struct Field {
    /// `i32`, `[]string`, `struct`, `[]struct` and so on.
    pub ty: String,
    pub versions: RangeInclusive<i16>,
    pub nullable: Option<RangeInclusive<i16>>,
    pub tag: Option<u32>,
    /// What a structure consists of.
    pub fields: Vec<Field>,
}

impl Message {
    pub fn is_flexible(&self, version: i16) -> bool {
        self.flexible
            .as_ref()
            .is_some_and(|flexible| flexible.contains(&version))
    }
}

impl Field {
    pub fn is_nullable(&self, version: i16) -> bool {
        self.nullable
            .as_ref()
            .is_some_and(|nullable| nullable.contains(&version))
    }
}

/// All messages by name.
pub fn messages() -> BTreeMap<&'static str, Message> {
    let mut lines = include_str!("../generated/schema.txt").lines().peekable();
    let mut messages = BTreeMap::new();
    while let Some(line) = lines.next() {
        let words: Vec<&str> = line.split(' ').collect();
        let message = Message {
            versions: range(words[1]).expect("a message has versions"),
            flexible: range(words[3]),
            fields: read_fields(&mut lines, 1),
        };
        messages.insert(words[0], message);
    }
    messages
}

/// The fields with an indentation of `depth` steps, and the fields inside them.
fn read_fields<'a>(
    lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>,
    depth: usize,
) -> Vec<Field> {
    let mut fields = Vec::new();
    while let Some(line) = lines.peek() {
        if line.len() - line.trim_start().len() < depth {
            break;
        }
        let words: Vec<&str> = line.trim_start().split(' ').collect();
        let after = |word: &str| {
            let place = words.iter().skip(3).position(|found| *found == word)?;
            words.get(place + 4).copied()
        };
        let field = Field {
            ty: words[1].to_owned(),
            versions: range(words[2]).expect("a field has versions"),
            nullable: after("null").and_then(range),
            tag: after("tag").and_then(|tag| tag.parse().ok()),
            fields: Vec::new(),
        };
        lines.next();
        fields.push(Field {
            fields: read_fields(lines, depth + 1),
            ..field
        });
    }
    fields
}

fn range(text: &str) -> Option<RangeInclusive<i16>> {
    let (first, last) = text.split_once('-')?;
    Some(first.parse().ok()?..=last.parse().ok()?)
}
