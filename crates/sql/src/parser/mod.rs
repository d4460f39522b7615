//! The parser: by recursive descent, with one function for each rule of the grammar.
//!
//! Keywords are not reserved. Where a name may stand, a keyword is a name, but for the words that begin the next clause.

mod data_type;
mod expression;
mod function;
mod literal;
mod name;
mod pipe;
mod predicate;
mod query;
mod relation;
mod select;
mod statement;
mod window;

use crate::cursor::{Cursor, Result};
use crate::data_type::{DataType, StructField};
use crate::expression::Expression;
use crate::relation::Relation;
use crate::statement::{FunctionBody, Statement};

/// Parses one statement. Semicolons may follow it.
///
/// # Errors
/// A text that is not one statement of the grammar.
pub fn parse_statement(text: &str) -> Result<Statement> {
    parse_whole(text, statement::statement)
}

/// Parses one query.
///
/// # Errors
/// A text that is not one query.
pub fn parse_query(text: &str) -> Result<Relation> {
    parse_whole(text, query::query)
}

/// Parses one expression, which may have an alias: `a + 1 AS b`.
///
/// # Errors
/// A text that is not one expression.
pub fn parse_expression(text: &str) -> Result<Expression> {
    parse_whole(text, expression::named_expression)
}

/// Parses expressions separated by commas, as after `SELECT`.
///
/// # Errors
/// A text that is not a list of expressions.
pub fn parse_expressions(text: &str) -> Result<Vec<Expression>> {
    parse_whole(text, |cursor| {
        cursor.comma_separated(expression::named_expression)
    })
}

/// Parses the body of a SQL function: an expression or a query.
///
/// # Errors
/// A text that is neither.
pub fn parse_function_body(text: &str) -> Result<FunctionBody> {
    parse_whole(text, statement::function_body)
}

/// Parses a name of several parts: ``a.`b c` ``.
///
/// # Errors
/// A text that is not a name.
pub fn parse_name(text: &str) -> Result<Vec<String>> {
    parse_whole(text, name::multipart_name)
}

/// Parses a type: `ARRAY<INT>`.
///
/// # Errors
/// A text that is not a type.
pub fn parse_data_type(text: &str) -> Result<DataType> {
    parse_whole(text, data_type::data_type)
}

/// Parses the columns of a schema: `a INT, b STRING NOT NULL COMMENT 'text'`.
///
/// # Errors
/// A text that is not a schema.
pub fn parse_schema(text: &str) -> Result<Vec<StructField>> {
    parse_whole(text, |cursor| cursor.comma_separated(data_type::column))
}

/// Splits a script into its statements, at semicolons outside of strings, names and comments. Statements without tokens
/// are left out; the others are as in the text, without the comments before and after them.
///
/// # Errors
/// `UNCLOSED_BRACKETED_COMMENT`.
pub fn split_statements(script: &str) -> Result<Vec<&str>> {
    let mut cursor = Cursor::new(script)?;
    let mut statements = Vec::new();
    loop {
        let statement = cursor.take_statement();
        if !statement.is_empty() {
            statements.push(statement);
        }
        if !cursor.eat_symbol(";") {
            return Ok(statements);
        }
    }
}

/// Parses the whole text with one rule.
fn parse_whole<T>(text: &str, rule: impl FnOnce(&mut Cursor<'_>) -> Result<T>) -> Result<T> {
    let mut cursor = Cursor::new(text)?;
    if text.trim().is_empty() {
        return Err(cursor.error_at(
            "PARSE_EMPTY_STATEMENT",
            "Syntax error, unexpected empty statement.",
            cursor.here(),
        ));
    }
    let parsed = rule(&mut cursor)?;
    cursor.expect_end()?;
    Ok(parsed)
}
