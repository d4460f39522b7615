//! A compiled pattern, and matches found one after the other as Java's `Matcher` finds them.

use regex::CaptureLocations;

use super::java::{Invalid, translate};
use crate::error::{Error, Result};

/// A regular expression with Java's syntax.
pub(super) struct Pattern {
    text: String,
    /// Right for texts that do not end with an end of line, or for all if `full` is none.
    plain: Option<regex::Regex>,
    /// Right for all texts.
    full: Option<fancy_regex::Regex>,
    groups: usize,
    names: Vec<(String, usize)>,
}

/// How often the slower engine may step back in one search. Java has no limit but the stack.
const BACKTRACK_MAX: usize = 10_000_000;

impl Pattern {
    /// Compiles a pattern. `function` and `parameter` are for the error.
    pub(super) fn new(text: &str, function: &str) -> Result<Pattern> {
        Pattern::compile(text).map_err(|Invalid| {
            Error::data(
                "INVALID_PARAMETER_VALUE.PATTERN",
                format!(
                    "The value of parameter(s) `regexp` in `{function}` is invalid: '{}'.",
                    text.replace('\\', "\\\\").replace('\'', "\\'")
                ),
            )
        })
    }

    fn compile(text: &str) -> Result<Pattern, Invalid> {
        let translated = translate(text)?;
        let plain = match &translated.plain {
            Some(plain) => Some(regex::Regex::new(plain).map_err(|_| Invalid)?),
            None => None,
        };
        let full = match &translated.full {
            Some(full) => {
                let mut builder = fancy_regex::RegexBuilder::new(full);
                builder.backtrack_limit(BACKTRACK_MAX);
                Some(builder.build().map_err(|_| Invalid)?)
            }
            None => None,
        };
        Ok(Pattern {
            text: text.to_owned(),
            plain,
            full,
            groups: translated.groups,
            names: translated.names,
        })
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// The number of the group of this name.
    pub(super) fn group(&self, name: &str) -> Option<usize> {
        let named = self.names.iter().find(|(other, _)| other == name);
        named.map(|(_, number)| *number)
    }

    /// Whether the pattern matches somewhere.
    pub(super) fn is_match(&self, text: &str) -> Result<bool> {
        match (&self.plain, &self.full) {
            (Some(plain), None) => Ok(plain.is_match(text)),
            (Some(plain), Some(_)) if !ends_line(text) => Ok(plain.is_match(text)),
            (_, Some(full)) => full.is_match(text).map_err(|_| self.too_hard()),
            (None, None) => Ok(false),
        }
    }

    fn too_hard(&self) -> Error {
        Error::data(
            "INVALID_PARAMETER_VALUE.PATTERN",
            format!(
                "The pattern '{}' takes too many steps on a text.",
                self.text
            ),
        )
    }
}

/// Whether a text ends with an end of line, so that `$` may match before it.
fn ends_line(text: &str) -> bool {
    text.ends_with(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
}

/// Finds the matches of a pattern in texts.
pub(super) struct Matcher<'a> {
    pattern: &'a Pattern,
    locations: Option<CaptureLocations>,
    /// The bytes of the match and of its groups.
    spans: Vec<Option<(usize, usize)>>,
    /// Where the next search begins; none if the text has been searched.
    next: Option<usize>,
}

impl<'a> Matcher<'a> {
    /// Nothing found yet.
    pub(super) fn new(pattern: &'a Pattern) -> Matcher<'a> {
        Matcher {
            pattern,
            locations: pattern.plain.as_ref().map(regex::Regex::capture_locations),
            spans: Vec::new(),
            next: Some(0),
        }
    }

    /// Finds the next match. False if there is none.
    ///
    /// # Errors
    /// If the search takes too many steps.
    pub(super) fn find(&mut self, text: &str) -> Result<bool> {
        let Some(from) = self.next else {
            return Ok(false);
        };
        self.spans.clear();
        let is_plain = match (&self.pattern.plain, &self.pattern.full) {
            (Some(_), None) => true,
            (Some(_), Some(_)) => !ends_line(text),
            _ => false,
        };
        if is_plain {
            if let (Some(plain), Some(locations)) = (&self.pattern.plain, &mut self.locations)
                && plain.captures_read_at(locations, text, from).is_some()
            {
                self.spans
                    .extend((0..locations.len()).map(|group| locations.get(group)));
            }
        } else if let Some(full) = &self.pattern.full {
            let found = full.captures_from_pos(text, from);
            if let Some(captures) = found.map_err(|_| self.pattern.too_hard())? {
                let groups = captures.iter();
                self.spans
                    .extend(groups.map(|group| group.map(|m| (m.start(), m.end()))));
            }
        }
        let Some((start, end)) = self.span() else {
            self.next = None;
            return Ok(false);
        };
        // After an empty match the search goes on one character later.
        self.next = match start == end {
            true => text[end..].chars().next().map(|c| end + c.len_utf8()),
            false => Some(end),
        };
        Ok(true)
    }

    /// The bytes of the match.
    pub(super) fn span(&self) -> Option<(usize, usize)> {
        self.group(0)
    }

    /// The bytes of a group; none if it took no part.
    pub(super) fn group(&self, number: usize) -> Option<(usize, usize)> {
        self.spans.get(number).copied().flatten()
    }
}

/// The pattern of each row. What was compiled last is kept, as most calls have one pattern for all rows.
pub(super) struct Patterns {
    function: &'static str,
    last: Option<Pattern>,
}

impl Patterns {
    /// Patterns of a function, whose name is for errors.
    pub(super) fn new(function: &'static str) -> Patterns {
        Patterns {
            function,
            last: None,
        }
    }

    /// The pattern of this text.
    ///
    /// # Errors
    /// `INVALID_PARAMETER_VALUE.PATTERN`.
    pub(super) fn get(&mut self, text: &str) -> Result<&Pattern> {
        if self.last.as_ref().is_none_or(|last| last.text != text) {
            self.last = Some(Pattern::new(text, self.function)?);
        }
        match &self.last {
            Some(pattern) => Ok(pattern),
            None => Err(Error::internal("no pattern")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Vec<(usize, usize)> {
        let pattern = Pattern::new(pattern, "f").unwrap();
        let mut matcher = Matcher::new(&pattern);
        let mut spans = Vec::new();
        while matcher.find(text).unwrap() {
            spans.extend(matcher.span());
        }
        spans
    }

    #[test]
    fn an_empty_match_may_follow_another_match() {
        assert_eq!(found("a*", "baac"), [(0, 0), (1, 3), (3, 3), (4, 4)]);
        assert_eq!(found("", "é"), [(0, 0), (2, 2)]);
    }

    #[test]
    fn dollar_matches_before_the_last_end_of_line() {
        assert_eq!(found("a$", "a\n"), [(0, 1)]);
        assert_eq!(found("a$", "a\r\n"), [(0, 1)]);
        assert_eq!(found("a$", "a\n\n"), []);
        assert_eq!(found("$", "a\r\n"), [(1, 1), (3, 3)]);
    }

    #[test]
    fn constructs_of_java() {
        let cases = [
            ("(?<=a)b", "abc", true),
            (r"(ab)\1", "abab", true),
            ("a++b", "aab", true),
            ("(?>a*)ab", "aab", false),
            ("a(?!c)", "abc", true),
            (r"\Qf.\Eo", "f.o", true),
            (r"[a\-b]+", "-", true),
            ("[a-z&&[^x]]", "x", false),
            ("[a-d[m-p]]", "n", true),
            (r"\w", "é", false),
            ("(?i)é", "É", false),
            ("(?iu)é", "É", true),
            ("a(?i)b", "aB", true),
            ("(?i:a)b", "aB", false),
            ("(?x) a b # c", "ab", true),
            (r"(?<n>a)\k<n>", "aa", true),
            (r"\p{InGreek}", "α", true),
            (r"\p{IsGreek}", "α", true),
            (r"\p{Alpha}", "é", false),
            (r"\p{IsAlphabetic}", "é", true),
            (r"\0141\x61\u0061\x{61}", "aaaa", true),
            ("]", "]", true),
            ("[]a]", "]", true),
            ("(?m)^b$", "a\nb", true),
            (".", "\u{85}", false),
        ];
        for (pattern, text, expected) in cases {
            let compiled = Pattern::new(pattern, "f").unwrap();
            assert_eq!(compiled.is_match(text).unwrap(), expected, "{pattern}");
        }
    }
}
