//! Schemas as text: `id BIGINT, at TIMESTAMP NOT NULL, where STRUCT<lat: DOUBLE, lon: DOUBLE>`.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use super::types::{timestamp_ntz_type, timestamp_type};
use crate::error::{Error, ErrorKind, Result};

/// The schema that a text in Spark's DDL form describes.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR`, with the place, if the text is not of that form.
pub(crate) fn parse_schema(text: &str) -> Result<SchemaRef> {
    let mut parser = Parser { text, tokens: tokens(text), next: 0 };
    // `struct<a: int>` is a schema too.
    let fields = match parser.peek_word().as_deref() {
        Some("struct") if parser.tokens.get(1).is_some_and(|t| t.text == "<") => {
            match parser.data_type()? {
                DataType::Struct(fields) => fields,
                _ => return Err(parser.error()),
            }
        }
        _ => parser.fields(None)?,
    };
    if parser.next < parser.tokens.len() {
        return Err(parser.error());
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// The type that a text such as `bigint` or `array<string>` names.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR` if it names none.
pub(crate) fn parse_type(text: &str) -> Result<DataType> {
    let mut parser = Parser { text, tokens: tokens(text), next: 0 };
    let data_type = parser.data_type()?;
    if parser.next < parser.tokens.len() {
        return Err(parser.error());
    }
    Ok(data_type)
}

struct Token {
    text: String,
    quoted: bool,
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
}

/// Words, back-quoted names, strings, and single signs.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        if first.is_whitespace() {
            continue;
        }
        if first == '`' || first == '\'' {
            let mut name = String::new();
            while let Some(c) = chars.next() {
                if c == first && chars.peek() == Some(&first) {
                    chars.next();
                } else if c == first {
                    break;
                }
                name.push(c);
            }
            tokens.push(Token { text: name, quoted: true });
        } else if first.is_alphanumeric() || first == '_' {
            let mut word = first.to_string();
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                word.push(c);
            }
            tokens.push(Token { text: word, quoted: false });
        } else {
            tokens.push(Token { text: first.to_string(), quoted: false });
        }
    }
    tokens
}

impl Parser<'_> {
    fn error(&self) -> Error {
        let near = match self.tokens.get(self.next) {
            Some(token) => format!("'{}'", token.text),
            None => "end of input".to_owned(),
        };
        Error::with_condition(
            ErrorKind::Parse,
            "PARSE_SYNTAX_ERROR",
            format!("Syntax error at or near {near} in the schema \"{}\".", self.text),
        )
    }

    fn peek_word(&self) -> Option<String> {
        let token = self.tokens.get(self.next)?;
        (!token.quoted).then(|| token.text.to_lowercase())
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.peek_word().as_deref() == Some(word);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        if self.eat(word) { Ok(()) } else { Err(self.error()) }
    }

    /// Fields up to `closing`, or to the end.
    fn fields(&mut self, closing: Option<&str>) -> Result<Fields> {
        let mut fields = Vec::new();
        loop {
            let Some(name) = self.tokens.get(self.next).map(|token| token.text.clone()) else {
                return Err(self.error());
            };
            self.next += 1;
            self.eat(":");
            let data_type = self.data_type()?;
            let required = self.eat("not");
            if required {
                self.expect("null")?;
            }
            if self.eat("comment") {
                self.next += 1;
            }
            fields.push(Field::new(name, data_type, !required));
            if self.eat(",") {
                continue;
            }
            if let Some(closing) = closing {
                self.expect(closing)?;
            }
            return Ok(fields.into());
        }
    }

    fn data_type(&mut self) -> Result<DataType> {
        let Some(name) = self.peek_word() else { return Err(self.error()) };
        self.next += 1;
        Ok(match name.as_str() {
            "boolean" => DataType::Boolean,
            "byte" | "tinyint" => DataType::Int8,
            "short" | "smallint" => DataType::Int16,
            "int" | "integer" => DataType::Int32,
            "long" | "bigint" => DataType::Int64,
            "float" | "real" => DataType::Float32,
            "double" => DataType::Float64,
            "decimal" | "dec" | "numeric" => {
                let (precision, scale) = self.precision()?;
                DataType::Decimal128(precision, scale)
            }
            "string" => DataType::Utf8,
            "varchar" | "char" => {
                self.precision()?;
                DataType::Utf8
            }
            "binary" => DataType::Binary,
            "date" => DataType::Date32,
            "timestamp" | "timestamp_ltz" => timestamp_type(),
            "timestamp_ntz" => timestamp_ntz_type(),
            "array" => {
                self.expect("<")?;
                let item = self.data_type()?;
                self.expect(">")?;
                DataType::List(Arc::new(Field::new("element", item, true)))
            }
            "map" => {
                self.expect("<")?;
                let key = self.data_type()?;
                self.expect(",")?;
                let value = self.data_type()?;
                self.expect(">")?;
                let entries = vec![Field::new("key", key, false), Field::new("value", value, true)];
                let entries = Field::new("entries", DataType::Struct(entries.into()), false);
                DataType::Map(Arc::new(entries), false)
            }
            "struct" => {
                self.expect("<")?;
                DataType::Struct(self.fields(Some(">"))?)
            }
            _ => {
                self.next -= 1;
                return Err(self.error());
            }
        })
    }

    /// `(precision, scale)`, either of which may be missing.
    fn precision(&mut self) -> Result<(u8, i8)> {
        if !self.eat("(") {
            return Ok((10, 0));
        }
        let precision = self.number()?;
        let scale = if self.eat(",") { self.number()? } else { 0 };
        self.expect(")")?;
        Ok((precision as u8, scale as i8))
    }

    fn number(&mut self) -> Result<u32> {
        let number = self.peek_word().and_then(|word| word.parse().ok());
        match number {
            Some(number) => {
                self.next += 1;
                Ok(number)
            }
            None => Err(self.error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::type_name;

    #[test]
    fn nested_types_are_read() {
        let text = "id BIGINT NOT NULL, `a b` array<struct<x: int, y:map<string,decimal(5,2)>>> COMMENT 'c', at TIMESTAMP";
        let schema = parse_schema(text).unwrap();
        let names: Vec<_> = schema
            .fields()
            .iter()
            .map(|f| format!("{} {}", f.name(), type_name(f.data_type())))
            .collect();
        assert_eq!(
            names,
            ["id bigint", "a b array<struct<x:int,y:map<string,decimal(5,2)>>>", "at timestamp"]
        );
        assert!(!schema.field(0).is_nullable());
    }

    #[test]
    fn the_place_of_a_mistake_is_named() {
        let error = parse_schema("id BIGINTS").unwrap_err();
        assert_eq!(error.condition(), Some("PARSE_SYNTAX_ERROR"));
        assert!(error.message().contains("'BIGINTS'"), "{error}");
    }
}
