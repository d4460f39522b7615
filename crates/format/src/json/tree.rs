//! A record as a tree, by all the rules that Spark reads JSON with.
//!
//! Beyond the standard, unless an option says otherwise: single quotes, and the numbers `NaN`,
//! `Infinity`, `+Infinity`, `-Infinity`, `+INF` and `-INF`. What follows the value is not looked at. Uses no stack for depth; takes
//! memory in proportion to the record.

use std::borrow::Cow;

use super::{DEPTH_MAX, NUMBER_LEN_MAX, is_space, text};

/// A value and the text it was read from.
#[derive(Debug)]
pub struct Node<'a> {
    /// The value.
    pub json: Json<'a>,
    /// The text.
    pub raw: &'a str,
}

/// A value.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names are JSON's")]
pub enum Json<'a> {
    Null,
    Boolean(bool),
    /// A number without fraction and exponent.
    Integer(&'a str),
    /// Any other number.
    Fraction(&'a str),
    /// Not a number, or infinite.
    NonFinite(f64),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// What stood at the beginning of a record.
pub enum Parsed<'a> {
    /// White space only.
    Nothing,
    /// A value.
    Value(Node<'a>),
    /// No value of JSON.
    Malformed,
}

/// What is allowed beyond the standard: Spark's options of the names that begin with `allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// `//` and `/* */`
    pub comments: bool,
    /// Names of members without quotes.
    pub unquoted_names: bool,
    /// Strings in single quotes.
    pub single_quotes: bool,
    /// Zeros before the first digit of a number.
    pub leading_zeros: bool,
    /// A backslash before any character.
    pub any_escape: bool,
    /// Control characters within strings.
    pub control_characters: bool,
    /// `NaN`, `Infinity` and their like.
    pub non_finite: bool,
}

impl Default for Syntax {
    fn default() -> Syntax {
        Syntax {
            comments: false,
            unquoted_names: false,
            single_quotes: true,
            leading_zeros: false,
            any_escape: false,
            control_characters: false,
            non_finite: true,
        }
    }
}

/// The first value of a record, by Spark's default syntax.
pub fn parse(record: &str) -> Parsed<'_> {
    parse_with(record, &Syntax::default())
}

/// The first value of a record.
pub fn parse_with<'a>(record: &'a str, syntax: &Syntax) -> Parsed<'a> {
    let mut parser = Parser {
        text: record,
        bytes: record.as_bytes(),
        at: 0,
        syntax,
    };
    parser.parse()
}

/// The text of the first value of a record; none if there is none.
pub fn first_value(record: &str) -> Option<&str> {
    match parse(record) {
        Parsed::Value(node) => Some(node.raw),
        Parsed::Nothing | Parsed::Malformed => None,
    }
}

struct Parser<'a, 's> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    syntax: &'s Syntax,
}

/// An object or array that is not closed yet.
struct Open<'a> {
    start: usize,
    content: Content<'a>,
}

enum Content<'a> {
    Array(Vec<Node<'a>>),
    /// With the name of the member that is being read.
    Object(Vec<(Cow<'a, str>, Node<'a>)>, Cow<'a, str>),
}

impl<'a> Parser<'a, '_> {
    fn parse(&mut self) -> Parsed<'a> {
        self.skip_space();
        if self.at == self.text.len() {
            return Parsed::Nothing;
        }
        match self.value() {
            Some(node) => Parsed::Value(node),
            None => Parsed::Malformed,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        loop {
            while self.peek().is_some_and(is_space) {
                self.at += 1;
            }
            let rest = &self.text[self.at..];
            let comment_len = match () {
                () if !self.syntax.comments => return,
                () if rest.starts_with("//") => rest.find(['\n', '\r']),
                () if rest.starts_with("/*") => rest[2..].find("*/").map(|end| end + 4),
                () => return,
            };
            self.at += comment_len.unwrap_or(rest.len());
        }
    }

    fn next_is(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Option<Node<'a>> {
        let mut open: Vec<Open<'a>> = Vec::new();
        loop {
            self.skip_space();
            let start = self.at;
            let mut done = match self.peek()? {
                b'[' | b'{' if open.len() == DEPTH_MAX => return None,
                b'[' => {
                    self.at += 1;
                    if !self.next_is(b']') {
                        open.push(Open {
                            start,
                            content: Content::Array(Vec::new()),
                        });
                        continue;
                    }
                    self.node(start, Json::Array(Vec::new()))
                }
                b'{' => {
                    self.at += 1;
                    if !self.next_is(b'}') {
                        let name = self.name()?;
                        open.push(Open {
                            start,
                            content: Content::Object(Vec::new(), name),
                        });
                        continue;
                    }
                    self.node(start, Json::Object(Vec::new()))
                }
                _ => {
                    let json = self.scalar()?;
                    self.node(start, json)
                }
            };
            // Give the value to what it stands in, closing what closes.
            loop {
                let Some(mut parent) = open.pop() else {
                    return Some(done);
                };
                let another = match &mut parent.content {
                    Content::Array(items) => {
                        items.push(done);
                        if self.next_is(b',') {
                            true
                        } else if self.next_is(b']') {
                            false
                        } else {
                            return None;
                        }
                    }
                    Content::Object(members, name) => {
                        members.push((std::mem::take(name), done));
                        if self.next_is(b',') {
                            *name = self.name()?;
                            true
                        } else if self.next_is(b'}') {
                            false
                        } else {
                            return None;
                        }
                    }
                };
                if another {
                    open.push(parent);
                    break;
                }
                let json = match parent.content {
                    Content::Array(items) => Json::Array(items),
                    Content::Object(members, _) => Json::Object(members),
                };
                done = self.node(parent.start, json);
            }
        }
    }

    fn node(&self, start: usize, json: Json<'a>) -> Node<'a> {
        Node {
            json,
            raw: &self.text[start..self.at],
        }
    }

    /// A member's name and the colon.
    fn name(&mut self) -> Option<Cow<'a, str>> {
        self.skip_space();
        let is_quoted = matches!(self.peek()?, b'"' | b'\'');
        let name = match self.syntax.unquoted_names && !is_quoted {
            true => Cow::Borrowed(self.word()?),
            false => self.string()?,
        };
        if self.next_is(b':') { Some(name) } else { None }
    }

    /// A name without quotes.
    fn word(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let ends = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_$@#*-+".contains(c);
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += word.len();
        (!word.is_empty()).then_some(word)
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let single = self.syntax.single_quotes;
        let is_quote = |byte: &u8| *byte == b'"' || single && *byte == b'\'';
        let quote = self.peek().filter(is_quote)?;
        let start = self.at + 1;
        let end = text::plain_end(self.bytes, start);
        if quote == b'"' && self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Some(Cow::Borrowed(&self.text[start..end]));
        }
        let mut characters = Vec::new();
        self.at = text::read(self.bytes, start, quote, self.syntax, &mut characters)?;
        String::from_utf8(characters).ok().map(Cow::Owned)
    }

    fn scalar(&mut self) -> Option<Json<'a>> {
        let rest = &self.text[self.at..];
        Some(match self.peek()? {
            b'"' | b'\'' => Json::Text(self.string()?),
            b't' => self.literal("true", Json::Boolean(true))?,
            b'f' => self.literal("false", Json::Boolean(false))?,
            b'n' => self.literal("null", Json::Null)?,
            b'N' if self.syntax.non_finite => self.literal("NaN", Json::NonFinite(f64::NAN))?,
            b'I' if self.syntax.non_finite => {
                self.literal("Infinity", Json::NonFinite(f64::INFINITY))?
            }
            sign @ (b'+' | b'-') if self.syntax.non_finite && rest[1..].starts_with('I') => {
                let value = if sign == b'-' {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                };
                self.at += 1;
                let word = if rest[1..].starts_with("INF") {
                    "INF"
                } else {
                    "Infinity"
                };
                self.literal(word, Json::NonFinite(value))?
            }
            _ => self.number()?,
        })
    }

    fn literal(&mut self, literal: &str, json: Json<'a>) -> Option<Json<'a>> {
        let rest = self.text[self.at..].strip_prefix(literal)?;
        if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            return None;
        }
        self.at += literal.len();
        Some(json)
    }

    fn number(&mut self) -> Option<Json<'a>> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let first = self.at;
        let whole = self.digits();
        if whole == 0 || whole > 1 && self.bytes[first] == b'0' && !self.syntax.leading_zeros {
            return None;
        }
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            is_integer = false;
            self.at += 1;
            if self.digits() == 0 {
                return None;
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_integer = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return None;
            }
        }
        let text = &self.text[start..self.at];
        if text.len() > NUMBER_LEN_MAX {
            return None;
        }
        Some(if is_integer {
            Json::Integer(text)
        } else {
            Json::Fraction(text)
        })
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }
}

impl Node<'_> {
    /// Appends the value as JSON without white space, with numbers as a double or an integer is
    /// printed: what Spark makes of it when a string is wanted and the text itself is not at hand.
    pub fn write(&self, out: &mut Vec<u8>) {
        match &self.json {
            Json::Null => out.extend(b"null"),
            Json::Boolean(true) => out.extend(b"true"),
            Json::Boolean(false) => out.extend(b"false"),
            Json::Integer("-0") => out.push(b'0'),
            Json::Integer(digits) => out.extend(digits.bytes()),
            Json::Fraction(digits) => write_double(out, digits.parse().unwrap_or(f64::NAN)),
            Json::NonFinite(value) => write_double(out, *value),
            Json::Text(string) => text::write(out, string),
            Json::Array(items) => {
                out.push(b'[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Json::Object(members) => {
                out.push(b'{');
                for (i, (name, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    text::write(out, name);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

/// Appends a double; what JSON has no number for, in quotes.
pub(super) fn write_double(out: &mut Vec<u8>, value: f64) {
    let mut digits = String::new();
    crate::number::push_double(&mut digits, value);
    write_number(out, &digits, value.is_finite());
}

pub(super) fn write_number(out: &mut Vec<u8>, digits: &str, is_finite: bool) {
    let quote: &[u8] = if is_finite { b"" } else { b"\"" };
    out.extend_from_slice(quote);
    out.extend_from_slice(digits.as_bytes());
    out.extend_from_slice(quote);
}
