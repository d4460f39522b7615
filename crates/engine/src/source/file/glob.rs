//! Path patterns, as Hadoop's `GlobPattern` and `GlobExpander` read them.
//!
//! `*` and `?` match within one name, `[ab]`, `[a-c]`, `[!a]` and `[^a]` one character, `{a,b}` one
//! of several patterns, and `\` takes the meaning from what follows it.

use regex::Regex;

use crate::error::{Error, Result};

/// Whether a path has a character that makes it a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// A pattern for a name.
pub(super) fn compile(pattern: &str) -> Result<Regex> {
    let illegal = |reason: &str| {
        Error::illegal_argument(format!(
            "Illegal file pattern: error parsing regexp: {reason}: `{pattern}`"
        ))
    };
    let mut regex = String::from("^(?s:");
    let mut open_groups = 0;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped) => push_literal(&mut regex, escaped),
                None => return Err(illegal("Missing escaped character")),
            },
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '{' => {
                open_groups += 1;
                regex.push_str("(?:");
            }
            ',' if open_groups > 0 => regex.push('|'),
            '}' if open_groups > 0 => {
                open_groups -= 1;
                regex.push(')');
            }
            '[' => {
                regex.push('[');
                if chars.next_if(|c| matches!(c, '!' | '^')).is_some() {
                    regex.push('^');
                }
                loop {
                    match chars.next() {
                        None => return Err(illegal("Unclosed character class")),
                        Some(']') => break,
                        Some('-') => regex.push('-'),
                        Some('\\') => match chars.next() {
                            Some(escaped) => push_literal(&mut regex, escaped),
                            None => return Err(illegal("Missing escaped character")),
                        },
                        Some(c) => push_literal(&mut regex, c),
                    }
                }
                regex.push(']');
            }
            c => push_literal(&mut regex, c),
        }
    }
    if open_groups > 0 {
        return Err(illegal("Unclosed group"));
    }
    regex.push_str(")$");
    Regex::new(&regex).map_err(|_| illegal("invalid character class"))
}

/// Appends a character that stands for itself, within a character class too.
fn push_literal(regex: &mut String, c: char) {
    if c.is_ascii_punctuation() && c != '_' {
        regex.push('\\');
    }
    regex.push(c);
}

/// A path that stands for more patterns is refused.
const EXPANDED_MAX: usize = 10_000;

/// The patterns that a path stands for, when every group with a slash in it is written out.
pub(super) fn expand(path: &str) -> Result<Vec<String>> {
    let mut open = vec![path.to_owned()];
    let mut expanded = Vec::new();
    while let Some(path) = open.pop() {
        match group_with_slash(&path) {
            None => expanded.push(path),
            Some((start, end, parts)) => {
                for part in parts.iter().rev() {
                    open.push(format!("{}{part}{}", &path[..start], &path[end..]));
                }
            }
        }
        if open.len() + expanded.len() > EXPANDED_MAX {
            return Err(Error::illegal_argument(format!(
                "Illegal file pattern: it stands for more than {EXPANDED_MAX} patterns"
            )));
        }
    }
    Ok(expanded)
}

/// The first outermost group with a slash in it: where it starts and ends, and its parts.
fn group_with_slash(path: &str) -> Option<(usize, usize, Vec<&str>)> {
    let bytes = path.as_bytes();
    let (mut depth, mut start, mut has_slash, mut cuts) = (0, 0, false, Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'{' => {
                if depth == 0 {
                    (start, has_slash, cuts) = (at, false, vec![at]);
                }
                depth += 1;
            }
            b',' if depth == 1 => cuts.push(at),
            b'/' => has_slash |= depth > 0,
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 && has_slash {
                    cuts.push(at);
                    let parts = cuts.windows(2).map(|cut| &path[cut[0] + 1..cut[1]]);
                    return Some((start, at + 1, parts.collect()));
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and patterns that Spark 4.3.0 was asked about.
    #[test]
    fn patterns_match_as_in_hadoop() {
        let names = [
            "a1", "b1", "c1", "a-1", "A1", "x,y", "{z}", "[k]", "q?", "n^",
        ];
        for (pattern, expected) in [
            ("[!a]1", &["b1", "c1", "A1"][..]),
            ("[^a-b]1", &["c1", "A1"]),
            ("{a,{b,c}}1", &["a1", "b1", "c1"]),
            ("?1", &["a1", "b1", "c1", "A1"]),
            (r"\{z\}", &["{z}"]),
            (r"\[k\]", &["[k]"]),
            (r"q\?", &["q?"]),
            (r"{x\,y,a1}", &["a1", "x,y"]),
            ("[a-]1", &["a1"]),
            ("[-a]1", &["a1"]),
            (r"[\^a]1", &["a1"]),
            ("{}1", &[]),
            ("[a^]1", &["a1"]),
            ("n^", &["n^"]),
            ("a.1", &[]),
            ("[a]?1", &["a-1"]),
            ("a1|b1", &[]),
            ("a}1", &[]),
        ] {
            let regex = compile(pattern).unwrap();
            let mut matched: Vec<&str> = Vec::new();
            matched.extend(names.iter().filter(|name| regex.is_match(name)));
            assert_eq!(matched, expected, "{pattern}");
        }
        for pattern in ["[]", "[a", "{a", "[z-a]1", "[!]1", "a\\"] {
            let error = compile(pattern).unwrap_err();
            assert!(
                error.message().starts_with("Illegal file pattern"),
                "{pattern}"
            );
        }
    }

    #[test]
    fn groups_with_slashes_are_written_out() {
        assert_eq!(expand("/d/{a,b}").unwrap(), ["/d/{a,b}"]);
        assert_eq!(
            expand("/{a/x,b}/{1,2}").unwrap(),
            ["/a/x/{1,2}", "/b/{1,2}"]
        );
        assert_eq!(expand(r"/\{a/b\}").unwrap(), [r"/\{a/b\}"]);
        assert!(expand(&"{a/,b/}".repeat(40)).is_err());
    }
}
