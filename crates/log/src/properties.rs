//! Java's `.properties` files: `meta.properties` of a log directory, and the configuration of a broker.

use std::collections::BTreeMap;

/// A `\u` escape is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: a \\u escape needs four hex digits")]
pub struct BadEscape {
    /// The line, from 1.
    pub line: usize,
}

/// Reads Java's `.properties` format as `java.util.Properties.load` does: `#` and `!` comments; `=`, `:` or
/// blanks between key and value; `\` escapes; lines that continue after a `\`. Blanks at the end of a
/// value are dropped, which Java keeps.
///
/// # Errors
/// A `\u` escape is malformed.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, BadEscape> {
    let mut properties = BTreeMap::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut logical = trim_start(line).to_owned();
        if logical.is_empty() || logical.starts_with(['#', '!']) {
            continue;
        }
        while is_continued(&logical) {
            logical.pop();
            match lines.next() {
                Some((_, next)) => logical.push_str(trim_start(next)),
                None => break,
            }
        }
        let (key, value) = split_property(&logical);
        let bad = BadEscape { line: number + 1 };
        let unescaped = |part: &str| unescape(part).ok_or(bad);
        properties.insert(unescaped(key)?, unescaped(value)?.trim_end().to_owned());
    }
    Ok(properties)
}

/// Whether a line ends with an odd number of backslashes, so that the next line continues it.
fn is_continued(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) & 1 == 1
}

/// The characters that Java skips around keys: no others, such as the no-break space.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}

/// Key and value of a line, still with escapes.
fn split_property(line: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = line
        .find(|c: char| {
            let separates = !escaped && (c == '=' || c == ':' || is_blank(c));
            escaped = c == '\\' && !escaped;
            separates
        })
        .unwrap_or(line.len());
    let rest = trim_start(&line[end..]);
    (
        &line[..end],
        trim_start(rest.strip_prefix(['=', ':']).unwrap_or(rest)),
    )
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                let code = u32::from_str_radix(&digits, 16)
                    .ok()
                    .filter(|_| digits.len() == 4)?;
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_files_are_read_as_java_reads_them() {
        let text = "# a comment\n! another\n\nnode.id=1\n  log.dirs : /a,\\\n      /b\nkey\\ with\\=odd value\\twith tab \nlast\na\u{a0}b = 1\n";
        assert_eq!(
            parse(text).unwrap(),
            BTreeMap::from(
                [
                    ("node.id", "1"),
                    ("log.dirs", "/a,/b"),
                    ("key with=odd", "value\twith tab"),
                    ("last", ""),
                    ("a\u{a0}b", "1"),
                ]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
            )
        );
    }

    #[test]
    fn a_broken_unicode_escape_names_its_line() {
        let error = parse("a=1\nb=\\u12").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2: a \\u escape needs four hex digits"
        );
    }
}
