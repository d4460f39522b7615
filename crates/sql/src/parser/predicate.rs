//! Predicates: what may follow a value once, such as `BETWEEN` and `LIKE`.

use crate::cursor::{Cursor, Result};
use crate::expression::{Expression, ExpressionKind, LikeQuantifier};
use crate::literal::Literal;
use crate::span::Span;

use super::expression::{binary, expression, row_values, value_expression};
use super::literal::single_string;
use super::query::{at_query, query};

/// Words that a predicate begins with, after an optional `NOT`.
const PREDICATE_WORDS: [&str; 6] = ["BETWEEN", "IN", "RLIKE", "REGEXP", "LIKE", "ILIKE"];

/// `value`, with the predicate that follows it, if one does.
pub(super) fn predicate(cursor: &mut Cursor<'_>, value: Expression) -> Result<Expression> {
    if cursor.eat("IS") {
        let is_negated = eat_not(cursor);
        if is_negated && cursor.eat_any(&["NULL", "UNKNOWN"]).is_some() {
            let span = cursor.since(value.span);
            return Ok(Expression::call("isnotnull", vec![value], span));
        }
        if cursor.eat("DISTINCT") {
            cursor.expect("FROM")?;
            let right = value_expression(cursor)?;
            return Ok(negate_if(!is_negated, binary("<=>", value, right)));
        }
        let test = is_test(cursor, value)?;
        return Ok(negate_if(is_negated, test));
    }
    let has_not = cursor.at("NOT") || cursor.at_symbol("!");
    let word_at = usize::from(has_not);
    if !PREDICATE_WORDS
        .iter()
        .any(|word| cursor.is_word_at(word_at, word))
    {
        return Ok(value);
    }
    let is_negated = eat_not(cursor);
    if cursor.eat("BETWEEN") {
        let lower = value_expression(cursor)?;
        cursor.expect("AND")?;
        let upper = value_expression(cursor)?;
        let span = value.span.to(upper.span);
        return Ok(negate_if(
            is_negated,
            Expression::call("between", vec![value, lower, upper], span),
        ));
    }
    if cursor.eat("IN") {
        return Ok(negate_if(is_negated, in_list(cursor, value)?));
    }
    if cursor.eat_any(&["RLIKE", "REGEXP"]).is_some() {
        let pattern = value_expression(cursor)?;
        return Ok(negate_if(is_negated, binary("rlike", value, pattern)));
    }
    like(cursor, value, is_negated)
}

fn eat_not(cursor: &mut Cursor<'_>) -> bool {
    cursor.eat("NOT") || cursor.eat_symbol("!")
}

fn negate_if(is_negated: bool, child: Expression) -> Expression {
    let span = child.span;
    match is_negated {
        true => Expression::call("not", vec![child], span),
        false => child,
    }
}

/// What follows `IS [NOT]`.
fn is_test(cursor: &mut Cursor<'_>, value: Expression) -> Result<Expression> {
    let start = value.span;
    if cursor.eat_any(&["NULL", "UNKNOWN"]).is_some() {
        return Ok(Expression::call("isnull", vec![value], cursor.since(start)));
    }
    let literal_at = cursor.here();
    let truth = match cursor.eat_any(&["TRUE", "FALSE"]) {
        Some(word) => Literal::Boolean(word == "TRUE"),
        None => return Err(cursor.unexpected()),
    };
    let truth = Expression::new(ExpressionKind::Literal(truth), literal_at);
    Ok(binary("<=>", value, truth))
}

fn in_list(cursor: &mut Cursor<'_>, value: Expression) -> Result<Expression> {
    let start = value.span;
    if cursor.is_symbol_at(0, "(") && at_query(cursor, 1) {
        cursor.take();
        let query = Box::new(query(cursor)?);
        cursor.expect_symbol(")")?;
        let kind = ExpressionKind::InSubquery {
            values: row_values(value),
            query,
        };
        return Ok(Expression::new(kind, cursor.since(start)));
    }
    if cursor.at_symbol("(") && cursor.is_symbol_at(1, ")") {
        let message = "Invalid SQL syntax: IN predicate requires at least one value. Empty IN clauses like 'IN ()' are not \
                       allowed. Consider using 'WHERE FALSE' if you need an always-false condition, or provide at least one \
                       value in the IN list.";
        let span = cursor.since(start);
        return Err(cursor.error_at("INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", message, span));
    }
    let mut arguments = vec![value];
    arguments.extend(cursor.parenthesized(expression)?);
    Ok(Expression::call("in", arguments, cursor.since(start)))
}

fn like(cursor: &mut Cursor<'_>, value: Expression, is_negated: bool) -> Result<Expression> {
    let start = value.span;
    let like_at = cursor.here();
    let function = match cursor.eat_any(&["LIKE", "ILIKE"]) {
        Some("LIKE") => "like",
        Some(_) => "ilike",
        None => return Err(cursor.unexpected()),
    };
    let quantified = ["ANY", "SOME", "ALL"]
        .iter()
        .any(|word| cursor.is_word_at(0, word))
        && cursor.is_symbol_at(1, "(");
    if quantified {
        let quantifier = match cursor.eat_any(&["ANY", "SOME", "ALL"]) {
            Some("ALL") => LikeQuantifier::All,
            _ => LikeQuantifier::Any,
        };
        if cursor.is_symbol_at(1, ")") {
            let message = "Invalid SQL syntax: Expected something between '(' and ')'.";
            return Err(cursor.error_at(
                "INVALID_SQL_SYNTAX.EMPTY_QUANTIFIED_PATTERN",
                message,
                like_at,
            ));
        }
        let patterns = cursor.parenthesized(expression)?;
        let kind = ExpressionKind::LikeQuantified {
            child: Box::new(value),
            patterns,
            quantifier,
            ignores_case: function == "ilike",
            is_negated,
        };
        return Ok(Expression::new(kind, cursor.since(start)));
    }
    let pattern = value_expression(cursor)?;
    let mut arguments = vec![value, pattern];
    if cursor.eat("ESCAPE") {
        let escape = single_string(cursor)?;
        arguments.push(escape_character(cursor, escape, cursor.since(like_at))?);
    }
    Ok(negate_if(
        is_negated,
        Expression::call(function, arguments, cursor.since(start)),
    ))
}

fn escape_character(cursor: &Cursor<'_>, escape: String, span: Span) -> Result<Expression> {
    if escape.chars().count() != 1 {
        let message = format!(
            "Found an invalid escape string: '{escape}'. The escape string must contain only one character."
        );
        return Err(cursor.error_at("INVALID_ESC", message, span));
    }
    Ok(Expression::new(
        ExpressionKind::Literal(Literal::String(escape)),
        span,
    ))
}
