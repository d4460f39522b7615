//! What a match is replaced by: text with `$1`, `${name}` and `\`, as Java's `appendReplacement` reads it.

use super::matcher::{Matcher, Pattern};

/// A part of a replacement.
enum Part {
    Text(String),
    Group(usize),
}

/// A replacement that was read.
pub(super) struct Replacement(Vec<Part>);

impl Replacement {
    /// Reads a replacement; none if it is malformed, or names a group that the pattern has not.
    pub(super) fn new(text: &str, pattern: &Pattern) -> Option<Replacement> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\\' => literal.push(rest.next()?),
                '$' => {
                    let group = if rest.next_if_eq(&'{').is_some() {
                        let mut name = String::new();
                        loop {
                            match rest.next()? {
                                '}' => break,
                                c if c.is_ascii_alphanumeric() => name.push(c),
                                _ => return None,
                            }
                        }
                        pattern.group(&name)?
                    } else {
                        let mut number = rest.next()?.to_digit(10)? as usize;
                        if number > pattern.groups() {
                            return None;
                        }
                        // More digits belong to it as long as there is such a group.
                        while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
                            let longer = number * 10 + digit as usize;
                            if longer > pattern.groups() {
                                break;
                            }
                            number = longer;
                            rest.next();
                        }
                        number
                    };
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Group(group));
                }
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Some(Replacement(parts))
    }

    /// Appends what the match in `text` that `matcher` has found is replaced by.
    pub(super) fn write(&self, matcher: &Matcher<'_>, text: &str, out: &mut Vec<u8>) {
        for part in &self.0 {
            match part {
                Part::Text(literal) => out.extend_from_slice(literal.as_bytes()),
                Part::Group(number) => {
                    if let Some((start, end)) = matcher.group(*number) {
                        out.extend_from_slice(&text.as_bytes()[start..end]);
                    }
                }
            }
        }
    }
}
