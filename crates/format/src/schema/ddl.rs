//! Schemas as SQL writes them: `a INT, b STRUCT<c: STRING> NOT NULL COMMENT 'x'`.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Field, Fields};

use super::{
    COMMENT, array, day_time_interval, json, map, simple_type, timestamp, timestamp_ntz,
    year_month_interval,
};
use crate::error::FormatError;

/// Columns from DDL (`a INT, b STRING`), from a struct type (`struct<a:int>`), or from Spark's JSON.
pub fn parse_fields(text: &str) -> Result<Fields, FormatError> {
    match parse_data_type(text)? {
        DataType::Struct(fields) => Ok(fields),
        other => Err(FormatError::InvalidSchema {
            message: format!(
                "[INVALID_SCHEMA.NON_STRUCT_TYPE] the schema {text:?} is {other}, not a struct"
            ),
        }),
    }
}

/// A type from DDL (`array<int>`), from columns (`a INT, b STRING`: a struct), or from Spark's JSON.
pub fn parse_data_type(text: &str) -> Result<DataType, FormatError> {
    let trimmed = text.trim();
    if trimmed.starts_with('{') || trimmed.starts_with('"') {
        return json::from_json(trimmed);
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(DataType::Struct(Fields::empty()));
    }
    if depth(&tokens) > DEPTH_MAX {
        return Err(syntax("as types within types go too deep"));
    }
    // A single type wins over a column list, but the list's error is the one to show.
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
    };
    if let Ok(data_type) = parser.data_type()
        && parser.at == tokens.len()
    {
        return Ok(data_type);
    }
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
    };
    let fields = parser.columns(None)?;
    Ok(DataType::Struct(fields))
}

/// Types within types that a text may have: the parser calls itself for each. What is read can be
/// printed as JSON, where a struct is three levels, and read again.
const DEPTH_MAX: usize = 40;

fn depth(tokens: &[Token]) -> usize {
    let mut depth = 0i64;
    let mut deepest = 0;
    for token in tokens {
        match token {
            Token::Sign('<') => depth += 1,
            Token::Sign('>') => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    usize::try_from(deepest).unwrap_or(0)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A word: name, type or keyword.
    Word(String),
    /// A name in backquotes.
    Quoted(String),
    /// A string literal.
    Text(String),
    Sign(char),
}

fn tokens(text: &str) -> Result<Vec<Token>, FormatError> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            _ if c.is_whitespace() => {}
            '`' => {
                let mut name = String::new();
                loop {
                    match chars.next() {
                        Some('`') if chars.peek() == Some(&'`') => {
                            chars.next();
                            name.push('`');
                        }
                        Some('`') => break,
                        Some(c) => name.push(c),
                        None => return Err(syntax("a backquote is not closed")),
                    }
                }
                tokens.push(Token::Quoted(name));
            }
            '\'' | '"' => {
                let mut literal = String::new();
                loop {
                    match chars.next() {
                        Some('\\') => literal.extend(chars.next()),
                        Some(quote) if quote == c => break,
                        Some(other) => literal.push(other),
                        None => return Err(syntax("a string is not closed")),
                    }
                }
                tokens.push(Token::Text(literal));
            }
            _ if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                tokens.push(Token::Word(word));
            }
            '<' | '>' | '(' | ')' | ',' | ':' => tokens.push(Token::Sign(c)),
            _ => return Err(syntax(&format!("at or near '{c}'"))),
        }
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let there = self.tokens.get(self.at) == Some(&Token::Sign(sign));
        self.at += usize::from(there);
        there
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(there);
        there
    }

    fn expect_sign(&mut self, sign: char) -> Result<(), FormatError> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    /// An error about the token that is next.
    fn unexpected(&self) -> FormatError {
        match self.tokens.get(self.at) {
            None => syntax("at or near end of input"),
            Some(Token::Word(t) | Token::Quoted(t) | Token::Text(t)) => {
                syntax(&format!("at or near '{t}'"))
            }
            Some(Token::Sign(c)) => syntax(&format!("at or near '{c}'")),
        }
    }

    /// Columns up to `end`, which is taken, or up to the end of input.
    fn columns(&mut self, end: Option<char>) -> Result<Fields, FormatError> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.column()?);
            if self.take_sign(',') {
                continue;
            }
            match end {
                Some(sign) => self.expect_sign(sign)?,
                None if self.at < self.tokens.len() => return Err(self.unexpected()),
                None => {}
            }
            return Ok(fields.into());
        }
    }

    fn column(&mut self) -> Result<Field, FormatError> {
        let name = match self.tokens.get(self.at) {
            Some(Token::Word(name) | Token::Quoted(name)) => name.clone(),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        self.take_sign(':');
        let data_type = self.data_type()?;
        let mut nullable = true;
        if self.take_word("not") {
            if !self.take_word("null") {
                return Err(self.unexpected());
            }
            nullable = false;
        }
        let field = Field::new(name, data_type, nullable);
        if !self.take_word("comment") {
            return Ok(field);
        }
        match self.next() {
            Some(Token::Text(text)) => {
                Ok(field.with_metadata(HashMap::from([(COMMENT.to_owned(), text)])))
            }
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    fn data_type(&mut self) -> Result<DataType, FormatError> {
        let name = match self.tokens.get(self.at) {
            Some(Token::Word(name)) => name.to_lowercase(),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        match name.as_str() {
            "array" => {
                self.expect_sign('<')?;
                let element = self.data_type()?;
                self.expect_sign('>')?;
                Ok(array(element))
            }
            "map" => {
                self.expect_sign('<')?;
                let key = self.data_type()?;
                self.expect_sign(',')?;
                let value = self.data_type()?;
                self.expect_sign('>')?;
                Ok(map(key, value))
            }
            "struct" => {
                self.expect_sign('<')?;
                if self.take_sign('>') {
                    return Ok(DataType::Struct(Fields::empty()));
                }
                Ok(DataType::Struct(self.columns(Some('>'))?))
            }
            "decimal" | "dec" | "numeric" => self.decimal(),
            "char" | "character" | "varchar" => {
                self.expect_sign('(')?;
                self.number()?;
                self.expect_sign(')')?;
                Ok(DataType::Utf8)
            }
            "interval" => self.interval(),
            "timestamp" if self.take_word("without") => {
                for word in ["time", "zone"] {
                    if !self.take_word(word) {
                        return Err(self.unexpected());
                    }
                }
                Ok(timestamp_ntz())
            }
            "timestamp" if self.take_word("with") => {
                for word in ["local", "time", "zone"] {
                    if !self.take_word(word) {
                        return Err(self.unexpected());
                    }
                }
                Ok(timestamp())
            }
            other => simple_type(other).ok_or_else(|| FormatError::InvalidSchema {
                message: format!(
                    "[UNSUPPORTED_DATATYPE] Unsupported data type \"{}\".",
                    other.to_uppercase()
                ),
            }),
        }
    }

    fn decimal(&mut self) -> Result<DataType, FormatError> {
        if !self.take_sign('(') {
            return Ok(DataType::Decimal128(10, 0));
        }
        let precision = self.number()?;
        let scale = if self.take_sign(',') {
            self.number()?
        } else {
            0
        };
        self.expect_sign(')')?;
        if precision > 38 {
            return Err(FormatError::InvalidSchema {
                message: format!(
                    "[DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION] Decimal precision {precision} exceeds max precision 38."
                ),
            });
        }
        if scale > precision {
            return Err(FormatError::InvalidSchema {
                message: format!(
                    "Decimal scale ({scale}) cannot be greater than precision ({precision})."
                ),
            });
        }
        Ok(DataType::Decimal128(precision as u8, scale as i8))
    }

    fn number(&mut self) -> Result<u32, FormatError> {
        match self.tokens.get(self.at) {
            Some(Token::Word(digits)) if digits.parse::<u32>().is_ok() => {
                self.at += 1;
                Ok(digits.parse().expect("just parsed"))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `INTERVAL DAY TO SECOND` and its parts; without unit, the calendar interval, which cannot be stored.
    fn interval(&mut self) -> Result<DataType, FormatError> {
        let months = ["year", "month"];
        let times = ["day", "hour", "minute", "second"];
        for (units, data_type) in [
            (&months[..], year_month_interval()),
            (&times[..], day_time_interval()),
        ] {
            if units.iter().any(|unit| self.take_word(unit)) {
                if self.take_word("to") && !units.iter().any(|unit| self.take_word(unit)) {
                    return Err(self.unexpected());
                }
                return Ok(data_type);
            }
        }
        Err(FormatError::InvalidSchema {
            message: "[UNSUPPORTED_DATATYPE] Unsupported data type \"INTERVAL\".".to_owned(),
        })
    }
}

fn syntax(problem: &str) -> FormatError {
    FormatError::InvalidSchema {
        message: format!("[PARSE_SYNTAX_ERROR] Syntax error {problem}. SQLSTATE: 42601"),
    }
}
