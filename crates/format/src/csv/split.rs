//! A line cut into values.

use std::borrow::Cow;

use super::CsvOptions;
use crate::lines::Lines;

/// A value as it stands in a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell<'a> {
    pub text: Cow<'a, str>,
    /// It stood in quotes.
    pub quoted: bool,
}

/// The lines of a file that are records, without the header: no blank lines, no comments.
pub(super) fn records<'a>(bytes: &'a [u8], options: &CsvOptions) -> impl Iterator<Item = &'a [u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut utf8 = [0; 4];
    let comment = options
        .comment
        .map(|comment| comment.encode_utf8(&mut utf8).as_bytes().to_vec());
    Lines::new(bytes).filter(move |line| {
        let is_blank = line.iter().all(|&byte| byte <= b' ');
        let is_comment = comment
            .as_ref()
            .is_some_and(|comment| line.starts_with(comment));
        !is_blank && !is_comment
    })
}

/// Cuts a line into `cells`.
///
/// Within quotes, the escape stands before a quote and before itself. A quote that neither is
/// escaped nor ends the value makes the value what it would be without quotes: everything up to the
/// next separator, quotes included. A value whose quotes are not closed goes to the end of the line.
pub(super) fn split<'a>(line: &'a str, options: &CsvOptions, cells: &mut Vec<Cell<'a>>) {
    cells.clear();
    let separator = options.signs.separator.as_str();
    let mut rest = line;
    loop {
        let start = match options.trim_leading {
            true => trim_start(rest, separator),
            false => rest,
        };
        let quoted = options.signs.quote.and_then(|quote| {
            let inside = start.strip_prefix(quote)?;
            quoted_value(inside, quote, options)
        });
        let after = match quoted {
            Some((text, after)) => {
                cells.push(Cell { text, quoted: true });
                after
            }
            None => {
                let end = start.find(separator).unwrap_or(start.len());
                let text = match options.trim_trailing {
                    true => start[..end].trim_end_matches(|c| c <= ' '),
                    false => &start[..end],
                };
                cells.push(Cell {
                    text: Cow::Borrowed(text),
                    quoted: false,
                });
                &start[end..]
            }
        };
        match after.strip_prefix(separator) {
            Some(next) => rest = next,
            None => return,
        }
    }
}

/// The value behind an opening quote, and what comes after it: a separator or nothing. `None` if
/// there is a quote that should not be there.
fn quoted_value<'a>(
    inside: &'a str,
    quote: char,
    options: &CsvOptions,
) -> Option<(Cow<'a, str>, &'a str)> {
    let escape = options.signs.escape;
    let mut text = Cow::Borrowed("");
    // What of `inside` is in `text`.
    let mut taken = 0;
    let mut chars = inside.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if Some(c) == escape
            && let Some(&(next_at, next)) = chars.peek()
            && (next == quote || Some(next) == escape && escape != Some(quote))
        {
            text.to_mut().push_str(&inside[taken..at]);
            taken = next_at;
            chars.next();
        } else if c == quote {
            let after = &inside[at + quote.len_utf8()..];
            let separator = options.signs.separator.as_str();
            let after = match trim_start(after, separator) {
                "" => "",
                more if more.starts_with(separator) => more,
                _ => return None,
            };
            return Some((joined(text, &inside[taken..at]), after));
        }
    }
    Some((joined(text, &inside[taken..]), ""))
}

fn joined<'a>(head: Cow<'a, str>, tail: &'a str) -> Cow<'a, str> {
    match head {
        Cow::Borrowed("") => Cow::Borrowed(tail),
        head => head + tail,
    }
}

/// Without leading white space, save what is itself a separator.
fn trim_start<'a>(text: &'a str, separator: &str) -> &'a str {
    let mut rest = text;
    while !rest.starts_with(separator)
        && let Some(next) = rest.strip_prefix(|c| c <= ' ')
    {
        rest = next;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Map;
    use crate::time::Zone;

    fn cells(line: &str, options: &[(&str, &str)]) -> Vec<String> {
        let map: Map = options
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let options = CsvOptions::from_map(&map, Zone::UTC).unwrap();
        let mut cells = Vec::new();
        split(line, &options, &mut cells);
        cells
            .into_iter()
            .map(|cell| cell.text.into_owned())
            .collect()
    }

    /// What Spark 4.3.0 made of these lines.
    #[test]
    fn quotes_are_spark_s() {
        for (line, expected) in [
            (r#""a""b",1"#, [r#""a""b""#, "1"]),
            (r#""a ""q"" b",4"#, [r#""a ""q"" b""#, "4"]),
            (r#""a\"b",2"#, [r#"a"b"#, "2"]),
            (r#""a\\",3"#, [r"a\", "3"]),
            (r#""a\nb",4"#, [r"a\nb", "4"]),
            (r"a\,b", [r"a\", "b"]),
            (r#""a,b",6"#, ["a,b", "6"]),
            (r#""a"x,7"#, [r#""a"x"#, "7"]),
            (r#" x"a",8"#, [r#" x"a""#, "8"]),
            (r#" "a" ,9"#, [r#" "a" "#, "9"]),
            (r#""a" ,10"#, ["a", "10"]),
            (r#"25,"x,26"#, ["25", "x,26"]),
            (r#"line",14"#, [r#"line""#, "14"]),
        ] {
            assert_eq!(cells(line, &[]), expected, "{line}");
        }
    }

    #[test]
    fn signs_can_be_chosen() {
        assert_eq!(cells("a||b", &[("sep", "||")]), ["a", "b"]);
        assert_eq!(cells("a\tb", &[("sep", r"\t")]), ["a", "b"]);
        assert_eq!(cells(r#""a""b",c"#, &[("escape", "\"")]), [r#"a"b"#, "c"]);
        assert_eq!(cells("'a,b',\"c", &[("quote", "'")]), ["a,b", "\"c"]);
        assert_eq!(cells("\"a,b", &[("quote", "")]), ["\"a", "b"]);
        let trim = [
            ("ignoreLeadingWhiteSpace", "true"),
            ("ignoreTrailingWhiteSpace", "true"),
        ];
        assert_eq!(cells(" 5 , \"y\" ,", &trim), ["5", "y", ""]);
    }
}
