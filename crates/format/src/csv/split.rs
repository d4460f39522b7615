//! A line cut into values.

use std::borrow::Cow;

use super::CsvOptions;
use super::options::UnescapedQuote;
use crate::lines::Lines;

/// A value as it stands in a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cell<'a> {
    pub text: Cow<'a, str>,
    /// It stood in quotes.
    pub quoted: bool,
}

/// The lines of a part of a file that are records: no blank lines, no comments.
pub(super) fn records<'a>(
    bytes: &'a [u8],
    options: &'a CsvOptions,
) -> impl Iterator<Item = &'a [u8]> {
    let mut utf8 = [0; 4];
    let comment = options
        .comment
        .map(|comment| comment.encode_utf8(&mut utf8).as_bytes().to_vec());
    Lines::new(bytes, options.file.separator()).filter(move |line| {
        let is_blank = line.iter().all(|&byte| byte <= b' ');
        let is_comment = comment
            .as_ref()
            .is_some_and(|comment| line.starts_with(comment));
        !is_blank && !is_comment
    })
}

/// Takes the next record of a whole file, in which a value in quotes may have several lines; none
/// at the end. Its values go to `cells`.
pub(super) fn next_record<'a>(
    rest: &mut &'a str,
    options: &CsvOptions,
    cells: &mut Vec<Cell<'a>>,
) -> Option<&'a str> {
    loop {
        let ends = Ends::of_file(options);
        let line_len = ends.line(rest);
        let line = &rest[..line_len];
        let is_comment = options
            .comment
            .is_some_and(|comment| line.starts_with(comment));
        if line.is_empty() || is_comment {
            if rest.is_empty() {
                return None;
            }
            *rest = ends.skip(&rest[line_len..]);
            continue;
        }
        let record = *rest;
        let after = split_up_to(record, options, &ends, cells);
        *rest = ends.skip(after);
        return Some(&record[..record.len() - after.len()]);
    }
}

/// Cuts a line into `cells`.
///
/// Within quotes, the escape stands before a quote and before itself. A quote that neither is
/// escaped nor ends the value makes the value what it would be without quotes: everything up to the
/// next separator, quotes included. A value whose quotes are not closed goes to the end of the line.
pub(super) fn split<'a>(line: &'a str, options: &CsvOptions, cells: &mut Vec<Cell<'a>>) {
    split_up_to(line, options, &Ends { of_record: None }, cells);
}

/// Where a record ends.
struct Ends<'a> {
    /// At the end of the text if `None`; at an end of line, or at this separator.
    of_record: Option<Option<&'a str>>,
}

impl<'a> Ends<'a> {
    fn of_file(options: &'a CsvOptions) -> Ends<'a> {
        Ends {
            of_record: Some(options.file.separator.as_deref()),
        }
    }

    /// The length of the line that the text begins with.
    fn line(&self, text: &str) -> usize {
        let end = match self.of_record {
            None => None,
            Some(None) => memchr::memchr2(b'\n', b'\r', text.as_bytes()),
            Some(Some(separator)) => text.find(separator),
        };
        end.unwrap_or(text.len())
    }

    fn is_at(&self, text: &str) -> bool {
        text.is_empty()
            || match self.of_record {
                None => false,
                Some(None) => text.starts_with(['\n', '\r']),
                Some(Some(separator)) => text.starts_with(separator),
            }
    }

    /// The text after the end that it begins with.
    fn skip<'t>(&self, text: &'t str) -> &'t str {
        let ending = match self.of_record {
            _ if text.is_empty() => "",
            None => "",
            Some(None) if text.starts_with("\r\n") => "\r\n",
            Some(None) => &text[..1],
            Some(Some(separator)) => separator,
        };
        &text[ending.len()..]
    }
}

/// Cuts the record that the text begins with into `cells`; returns what comes after it.
fn split_up_to<'a>(
    text: &'a str,
    options: &CsvOptions,
    ends: &Ends<'_>,
    cells: &mut Vec<Cell<'a>>,
) -> &'a str {
    cells.clear();
    let separator = options.signs.separator.as_str();
    let mut rest = text;
    loop {
        let start = match options.trim_leading {
            true => trim_start(rest, separator, ends),
            false => rest,
        };
        let quoted = options.signs.quote.and_then(|quote| {
            let inside = start.strip_prefix(quote)?;
            quoted_value(inside, quote, options, ends)
        });
        let after = match quoted {
            Some((text, after)) => {
                cells.push(Cell { text, quoted: true });
                after
            }
            None => {
                let line = &start[..ends.line(start)];
                let end = line.find(separator).unwrap_or(line.len());
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
            None => return after,
        }
    }
}

/// The value behind an opening quote, and what comes after it: a separator or the end of the
/// record. `None` if there is a quote that should not be there.
fn quoted_value<'a>(
    inside: &'a str,
    quote: char,
    options: &CsvOptions,
    ends: &Ends<'_>,
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
        } else if c == '\r' && ends.of_record == Some(None) && inside[at + 1..].starts_with('\n') {
            // The end of a line within quotes is `\n`, whatever it is in the file.
            text.to_mut().push_str(&inside[taken..at]);
            taken = at + 1;
        } else if c == quote {
            let after = &inside[at + quote.len_utf8()..];
            let separator = options.signs.separator.as_str();
            let after = trim_start(after, separator, ends);
            if ends.is_at(after) || after.starts_with(separator) {
                return Some((joined(text, &inside[taken..at]), after));
            }
            if options.unescaped_quote != UnescapedQuote::StopAtClosingQuote {
                return None;
            }
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

/// Without leading white space, save what is itself a separator or an end of the record.
fn trim_start<'a>(text: &'a str, separator: &str, ends: &Ends<'_>) -> &'a str {
    let mut rest = text;
    while !rest.starts_with(separator)
        && !ends.is_at(rest)
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
    fn values_in_quotes_have_several_lines() {
        let map: Map = [("multiLine", "true"), ("comment", "#")]
            .into_iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let options = CsvOptions::from_map(&map, Zone::UTC).unwrap();
        let mut rest = "a,\"x\r\n\ny\"\r\n\n#c\nb,z\"\n\"open\n";
        let mut found = Vec::new();
        let mut cells = Vec::new();
        while let Some(record) = next_record(&mut rest, &options, &mut cells) {
            let values: Vec<String> = cells.iter().map(|cell| cell.text.to_string()).collect();
            found.push((record, values));
        }
        assert_eq!(found[0].1, ["a", "x\n\ny"]);
        assert_eq!(found[0].0, "a,\"x\r\n\ny\"");
        assert_eq!(found[1].1, ["b", "z\""]);
        assert_eq!(found[2].1, ["open\n"]);
        assert_eq!(found.len(), 3);
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
