//! Paths such as `$.a[0].b`, and what they find in JSON (Spark: `get_json_object`).

use format::json::tree::{Json, Node};

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `.name` or `['name']`
    Name(String),
    /// `.*` or `['*']`
    AnyName,
    /// `[0]`
    Index(usize),
    /// `[*]`
    AnyIndex,
}

/// A path that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

/// How what is found is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Text without quotes.
    Raw,
    Quoted,
    /// The elements of arrays without the brackets.
    Flat,
}

impl Path {
    /// Reads a path; none if it is malformed.
    pub(super) fn parse(text: &str) -> Option<Path> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (name, after) = after.split_at(end);
                steps.push(match name {
                    "" => return None,
                    "*" => Step::AnyName,
                    name => Step::Name(name.to_owned()),
                });
                rest = after;
            } else if let Some(after) = rest.strip_prefix("['") {
                let (name, after) = after.split_once("']")?;
                steps.push(match name {
                    "*" => Step::AnyName,
                    name if name.is_empty() || name.contains(['\'', '?']) => return None,
                    name => Step::Name(name.to_owned()),
                });
                rest = after;
            } else {
                let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
                steps.push(match index {
                    "*" => Step::AnyIndex,
                    index if index.bytes().all(|byte| byte.is_ascii_digit()) => {
                        Step::Index(index.parse().ok()?)
                    }
                    _ => return None,
                });
                rest = after;
            }
        }
        Some(Path(steps))
    }

    /// Writes what the path finds. False if that is nothing.
    pub(super) fn find(&self, node: &Node<'_>, out: &mut Vec<u8>) -> bool {
        let mut found = Output {
            bytes: std::mem::take(out),
            needs_comma: false,
        };
        let is_found = evaluate(node, &self.0, Style::Raw, &mut found);
        *out = found.bytes;
        is_found
    }
}

/// What was found, with commas between the values of an array.
struct Output {
    bytes: Vec<u8>,
    needs_comma: bool,
}

impl Output {
    fn value(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.needs_comma {
            self.bytes.push(b',');
        }
        write(&mut self.bytes);
        self.needs_comma = true;
    }

    fn array(&mut self, write: impl FnOnce(&mut Output)) {
        if self.needs_comma {
            self.bytes.push(b',');
        }
        self.bytes.push(b'[');
        self.needs_comma = false;
        write(self);
        self.bytes.push(b']');
        self.needs_comma = true;
    }
}

/// Writes what the steps find in a value. False if that is nothing. As in Spark, a wildcard for names finds nothing.
fn evaluate(node: &Node<'_>, steps: &[Step], style: Style, out: &mut Output) -> bool {
    match (&node.json, steps) {
        (Json::Text(text), []) if style == Style::Raw => {
            out.value(|bytes| bytes.extend_from_slice(text.as_bytes()));
            true
        }
        (Json::Array(elements), []) if style == Style::Flat => {
            let mut is_found = false;
            for element in elements {
                is_found |= evaluate(element, &[], style, out);
            }
            is_found
        }
        (_, []) => {
            out.value(|bytes| node.write(bytes));
            true
        }
        (Json::Object(members), [Step::Name(name), rest @ ..]) => {
            members.iter().any(|(key, value)| {
                key == name
                    && !matches!(value.json, Json::Null)
                    && evaluate(value, rest, style, out)
            })
        }
        (Json::Array(elements), [Step::AnyIndex, Step::AnyIndex, rest @ ..]) => {
            let mut is_found = false;
            out.array(|out| {
                for element in elements {
                    is_found |= evaluate(element, rest, Style::Flat, out);
                }
            });
            is_found
        }
        (Json::Array(elements), [Step::AnyIndex, rest @ ..]) if style != Style::Quoted => {
            let style = if style == Style::Raw {
                Style::Quoted
            } else {
                style
            };
            let mut inner = Output {
                bytes: Vec::new(),
                needs_comma: false,
            };
            let found = elements
                .iter()
                .filter(|element| evaluate(element, rest, style, &mut inner))
                .count();
            match found {
                0 => {}
                // A single value stands alone.
                1 => out.value(|bytes| bytes.extend_from_slice(&inner.bytes)),
                _ => out.array(|out| out.bytes.extend_from_slice(&inner.bytes)),
            }
            found > 0
        }
        (Json::Array(elements), [Step::AnyIndex, rest @ ..]) => {
            let mut is_found = false;
            out.array(|out| {
                for element in elements {
                    is_found |= evaluate(element, rest, Style::Quoted, out);
                }
            });
            is_found
        }
        (Json::Array(elements), [Step::Index(index), rest @ ..]) => {
            let style = match rest {
                [Step::AnyIndex, ..] => Style::Quoted,
                _ => style,
            };
            elements
                .get(*index)
                .is_some_and(|element| evaluate(element, rest, style, out))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use format::json::tree::{Parsed, parse};

    use super::*;

    fn found(json: &str, path: &str) -> Option<String> {
        let Parsed::Value(node) = parse(json) else {
            return None;
        };
        let mut out = Vec::new();
        Path::parse(path)?
            .find(&node, &mut out)
            .then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn paths_find_what_spark_finds() {
        let cases = [
            (r#"{"a":{"b":[1,2,{"c":"x"}]}}"#, "$.a.b[2].c", Some("x")),
            (r#"{"a":1.50}"#, "$.a", Some("1.5")),
            (r#"{"a":null}"#, "$.a", None),
            ("[1,null]", "$[1]", Some("null")),
            (r#"[{"a":"b"},{"a":"c"}]"#, "$[*].a", Some(r#"["b","c"]"#)),
            (r#"[{"a":"b"}]"#, "$[*].a", Some(r#""b""#)),
            ("[[1,2],[3]]", "$[*][*]", Some("[1,2,3]")),
            (
                r#"{"a":[{"b":[1,2]},{"b":[3]}]}"#,
                "$.a[*].b[*]",
                Some("[[1,2],[3]]"),
            ),
            ("[[[1,2],[3]],[[4]]]", "$[*][*][*]", Some("[[1,2,3],4]")),
            (r#"{"a":1,"b":2}"#, "$.*", None),
            (r#"{"a":1}"#, "$..a", None),
            (r#"{"a b":1}"#, "$['a b']", Some("1")),
        ];
        for (json, path, expected) in cases {
            assert_eq!(found(json, path).as_deref(), expected, "{json} {path}");
        }
    }
}
