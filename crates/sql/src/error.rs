//! Errors of the parser, in Spark's form.

use std::fmt;

use crate::span::Span;
use crate::sql_state::sql_state;

/// The text is not a statement of the grammar. Displayed as Spark's `ParseException`: condition, message, SQLSTATE and the
/// text with a mark below the place; for a syntax error with the position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    condition: &'static str,
    message: String,
    sql_state: &'static str,
    line: usize,
    column: usize,
    /// Characters of the place in its line.
    length: usize,
    text: String,
}

impl ParseError {
    /// An error of `condition` at `span` of `text`.
    pub(crate) fn new(
        condition: &'static str,
        message: impl Into<String>,
        text: &str,
        span: Span,
    ) -> ParseError {
        let (line, column) = span.position(text);
        ParseError {
            condition,
            message: message.into(),
            sql_state: sql_state(condition).unwrap_or("42000"),
            line,
            column,
            length: span
                .of(text)
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .count(),
            text: text.to_owned(),
        }
    }

    /// Spark's condition name, such as `PARSE_SYNTAX_ERROR`.
    pub fn condition(&self) -> &'static str {
        self.condition
    }

    /// The message without condition, SQLSTATE and position.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The SQLSTATE of the condition.
    pub fn sql_state(&self) -> &'static str {
        self.sql_state
    }

    /// The line of the place, from 1, and the character in that line, from 0.
    pub fn position(&self) -> (usize, usize) {
        (self.line, self.column)
    }

    /// The lines that follow the message: the text with a mark below the place.
    pub fn context(&self) -> String {
        // As in Spark: a syntax error marks a token, other errors mark a part of the text.
        let (mut context, mark) = match self.condition {
            "PARSE_SYNTAX_ERROR" => ("== SQL ==\n".to_owned(), ("-", 3)),
            _ => {
                let place = self.column + 1;
                (
                    format!("== SQL (line {}, position {place}) ==\n", self.line),
                    (" ", self.length.max(1)),
                )
            }
        };
        for (number, line) in self.text.split('\n').enumerate() {
            context.push_str(line);
            context.push('\n');
            if number + 1 == self.line {
                context.push_str(&mark.0.repeat(self.column));
                context.push_str(&"^".repeat(mark.1));
                context.push('\n');
            }
        }
        context
    }

    /// What follows the SQLSTATE: for a syntax error the position, and the context.
    pub fn details(&self) -> String {
        match self.condition {
            "PARSE_SYNTAX_ERROR" => format!(
                " (line {}, pos {})\n\n{}",
                self.line,
                self.column,
                self.context()
            ),
            _ => format!("\n{}", self.context()),
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ParseError {
            condition,
            message,
            sql_state,
            ..
        } = self;
        write!(
            f,
            "[{condition}] {message} SQLSTATE: {sql_state}{}",
            self.details()
        )
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_displayed_as_in_spark() {
        let text = "SELECT 1\nFROM x y z";
        let at = text.find('z').unwrap();
        let error = ParseError::new(
            "PARSE_SYNTAX_ERROR",
            "Syntax error at or near 'z': extra input 'z'.",
            text,
            Span {
                start: at,
                end: at + 1,
            },
        );
        assert_eq!(
            error.to_string(),
            "[PARSE_SYNTAX_ERROR] Syntax error at or near 'z': extra input 'z'. SQLSTATE: 42601 (line 2, pos 9)\n\n\
             == SQL ==\nSELECT 1\nFROM x y z\n---------^^^\n"
        );
    }
}
