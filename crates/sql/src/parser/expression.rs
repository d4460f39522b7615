//! Expressions: operators by precedence, and what they are applied to.

use crate::balanced::balanced;
use crate::cursor::{Cursor, Result};
use crate::expression::{ArgumentValue, Expression, ExpressionKind};
use crate::span::Span;
use crate::token::TokenKind;

use super::data_type::data_type;
use super::function::{function_call, special_form};
use super::literal::constant;
use super::name::{at_name, expression_alias, is_name_at, multipart_name, name, plain_name};
use super::predicate::predicate;
use super::query::{at_query, query};

/// An expression with an optional alias.
pub(super) fn named_expression(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let child = expression(cursor)?;
    let names = expression_alias(cursor)?;
    if names.is_empty() {
        return Ok(child);
    }
    let kind = ExpressionKind::Alias {
        child: Box::new(child),
        names,
    };
    Ok(Expression::new(kind, cursor.since(start)))
}

/// An expression.
pub(super) fn expression(cursor: &mut Cursor<'_>) -> Result<Expression> {
    cursor.nested(|cursor| {
        logical_chain(cursor, "OR", "or", |cursor| {
            logical_chain(cursor, "AND", "and", negation)
        })
    })
}

/// Operands with `operator` between them. The tree is balanced, as Spark's is, so that thousands of conditions are not
/// thousands of levels.
fn logical_chain(
    cursor: &mut Cursor<'_>,
    operator: &str,
    function: &str,
    operand: impl Fn(&mut Cursor<'_>) -> Result<Expression>,
) -> Result<Expression> {
    let operands = cursor.separated(operand, |cursor| cursor.eat(operator))?;
    let whole = balanced(operands, |left, right| binary(function, left, right));
    Ok(whole.expect("a chain has an operand"))
}

fn negation(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let is_negation = cursor.at_symbol("!") || (cursor.at("NOT") && !is_operand_end(cursor, 1));
    if is_negation {
        cursor.take();
        let child = cursor.nested(negation)?;
        return Ok(Expression::call("not", vec![child], cursor.since(start)));
    }
    if cursor.at("EXISTS") && cursor.is_symbol_at(1, "(") && at_query(cursor, 2) {
        cursor.take();
        cursor.take();
        let query = Box::new(query(cursor)?);
        cursor.expect_symbol(")")?;
        return Ok(Expression::new(
            ExpressionKind::Exists(query),
            cursor.since(start),
        ));
    }
    let value = value_expression(cursor)?;
    predicate(cursor, value)
}

/// Whether an operand ends before the token `ahead` tokens after the next one, so that the keyword before it is a name.
fn is_operand_end(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let token = cursor.peek_at(ahead);
    match token.kind {
        TokenKind::End => true,
        TokenKind::Symbol => matches!(cursor.text_of(token), ")" | "," | ";" | "." | "]"),
        _ => false,
    }
}

/// An expression without `AND`, `OR`, `NOT` and predicates.
pub(super) fn value_expression(cursor: &mut Cursor<'_>) -> Result<Expression> {
    binary_operators(cursor, 1)
}

/// The binary operators: how strongly they bind, and the functions they call. All are left-associative.
const BINARY_OPERATORS: [(&str, u8, &str); 24] = [
    ("=", 1, "=="),
    ("==", 1, "=="),
    ("<=>", 1, "<=>"),
    ("<>", 1, "!="),
    ("!=", 1, "!="),
    ("<=", 1, "<="),
    ("!>", 1, "<="),
    (">=", 1, ">="),
    ("!<", 1, ">="),
    ("<", 1, "<"),
    (">", 1, ">"),
    ("|", 2, "|"),
    ("^", 3, "^"),
    ("&", 4, "&"),
    ("<<", 5, "<<"),
    (">>", 5, ">>"),
    (">>>", 5, ">>>"),
    ("+", 6, "+"),
    ("-", 6, "-"),
    ("||", 6, "concat"),
    ("*", 7, "*"),
    ("/", 7, "/"),
    ("%", 7, "%"),
    ("DIV", 7, "div"),
];

/// Operands with operators between them that bind at least as strongly as `strength_min`.
fn binary_operators(cursor: &mut Cursor<'_>, strength_min: u8) -> Result<Expression> {
    let mut left = unary(cursor)?;
    while let Some((tokens, strength, function)) = binary_operator(cursor, strength_min) {
        for _ in 0..tokens {
            cursor.take();
        }
        cursor.chain()?;
        let right = binary_operators(cursor, strength + 1)?;
        left = binary(function, left, right);
    }
    Ok(left)
}

/// The operator that comes next, if it binds strongly enough: its number of tokens, its strength, its function.
fn binary_operator(cursor: &Cursor<'_>, strength_min: u8) -> Option<(usize, u8, &'static str)> {
    let (tokens, text) = operator_text(cursor)?;
    let found = BINARY_OPERATORS
        .iter()
        .find(|(operator, ..)| operator.eq_ignore_ascii_case(text));
    let (_, strength, function) = found?;
    (*strength >= strength_min).then_some((tokens, *strength, *function))
}

/// The text of the operator that comes next. `>>` and `>>>` are several tokens without space between them.
fn operator_text<'a>(cursor: &Cursor<'a>) -> Option<(usize, &'a str)> {
    let first = cursor.peek();
    match first.kind {
        TokenKind::Symbol => {}
        TokenKind::Word => return Some((1, cursor.text_of(first))),
        _ => return None,
    }
    let mut tokens = 1;
    let mut span = first.span;
    let most = if cursor.is_in_type() { 1 } else { 3 };
    while tokens < most && span.of(cursor.text()).ends_with('>') && cursor.text_of(first) == ">" {
        let next = cursor.peek_at(tokens);
        if next.span.start != span.end || cursor.text_of(next) != ">" {
            break;
        }
        span = span.to(next.span);
        tokens += 1;
    }
    Some((tokens, span.of(cursor.text())))
}

/// A call of a function of two arguments. `!=` is `not(==)`, as in Spark.
pub(super) fn binary(function: &str, left: Expression, right: Expression) -> Expression {
    let span = left.span.to(right.span);
    match function {
        "!=" => Expression::call(
            "not",
            vec![Expression::call("==", vec![left, right], span)],
            span,
        ),
        _ => Expression::call(function, vec![left, right], span),
    }
}

fn unary(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    if cursor.at_symbol("-") && is_number(cursor, 1) {
        return primary(cursor);
    }
    for (symbol, function) in [("-", "-"), ("+", "+"), ("~", "~")] {
        if cursor.eat_symbol(symbol) {
            let child = cursor.nested(unary)?;
            return Ok(Expression::call(function, vec![child], cursor.since(start)));
        }
    }
    primary(cursor)
}

/// Whether the token `ahead` tokens after the next one is a number.
fn is_number(cursor: &Cursor<'_>, ahead: usize) -> bool {
    matches!(
        cursor.peek_at(ahead).kind,
        TokenKind::Integer | TokenKind::Decimal | TokenKind::Exponent | TokenKind::SuffixedNumber
    )
}

/// A primary expression with what is applied to it: fields, indexes, casts, collations.
pub(super) fn primary(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let mut base = primary_base(cursor)?;
    loop {
        if cursor.at_symbol(".") && is_name_at(cursor, 1) {
            cursor.take();
            let field = plain_name(cursor)?;
            base = with_field(base, field, cursor.since(start));
        } else if cursor.eat_symbol("[") {
            let index = cursor.nested(value_expression)?;
            cursor.expect_symbol("]")?;
            base = extract(base, index, cursor.since(start));
        } else if cursor.eat_symbol("::") {
            let to = data_type(cursor)?;
            let kind = ExpressionKind::Cast {
                child: Box::new(base),
                to,
                is_try: false,
            };
            base = Expression::new(kind, cursor.since(start));
        } else if cursor.at("COLLATE") && is_name_at(cursor, 1) {
            cursor.take();
            let named_at = cursor.here();
            let collation = multipart_name(cursor)?.join(".");
            let collation = string_literal(collation, cursor.since(named_at));
            base = Expression::call("collate", vec![base, collation], cursor.since(start));
        } else if cursor.at_symbol(":") && is_name_at(cursor, 1) {
            let message = "The feature is not supported: extraction from a VARIANT.";
            return Err(cursor.error_at("UNSUPPORTED_FEATURE.VARIANT", message, cursor.here()));
        } else {
            return Ok(base);
        }
        cursor.chain()?;
    }
}

/// A string that the parser makes of a name.
pub(super) fn string_literal(text: String, span: Span) -> Expression {
    Expression::new(ExpressionKind::Literal(crate::Literal::String(text)), span)
}

/// `base.field`: of a column, a longer name.
fn with_field(base: Expression, field: String, span: Span) -> Expression {
    match base.kind {
        ExpressionKind::UnresolvedAttribute { mut parts, plan_id } => {
            parts.push(field);
            Expression::new(ExpressionKind::UnresolvedAttribute { parts, plan_id }, span)
        }
        _ => {
            let field = string_literal(
                field,
                Span {
                    start: base.span.end,
                    end: span.end,
                },
            );
            extract(base, field, span)
        }
    }
}

fn extract(base: Expression, extraction: Expression, span: Span) -> Expression {
    let kind = ExpressionKind::UnresolvedExtractValue {
        base: Box::new(base),
        extraction: Box::new(extraction),
    };
    Expression::new(kind, span)
}

fn primary_base(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    if cursor.at_symbol("(") {
        return parenthesis(cursor);
    }
    if cursor.eat_symbol("*") {
        return star(cursor, None, start);
    }
    if let Some(constant) = constant(cursor)? {
        return Ok(constant);
    }
    if !at_name(cursor) {
        return Err(cursor.unexpected());
    }
    if let Some(form) = special_form(cursor)? {
        return Ok(form);
    }
    if cursor.is_symbol_at(1, "->") {
        let arguments = vec![name(cursor)?];
        return lambda(cursor, arguments, start);
    }
    name_or_call(cursor)
}

/// A column, `t.*`, or a call of a function with a name of several parts.
fn name_or_call(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let mut parts = vec![plain_name(cursor)?];
    while cursor.at_symbol(".") {
        if cursor.is_symbol_at(1, "*") {
            cursor.take();
            cursor.take();
            return star(cursor, Some(parts), start);
        }
        if !is_name_at(cursor, 1) {
            break;
        }
        cursor.take();
        parts.push(plain_name(cursor)?);
    }
    if cursor.at_symbol("(") {
        return function_call(cursor, parts, start);
    }
    let kind = ExpressionKind::UnresolvedAttribute {
        parts,
        plan_id: None,
    };
    Ok(Expression::new(kind, cursor.since(start)))
}

fn star(cursor: &mut Cursor<'_>, target: Option<Vec<String>>, start: Span) -> Result<Expression> {
    let mut except = Vec::new();
    // `SELECT * EXCEPT (SELECT ..)` is a set operation.
    if cursor.at("EXCEPT") && cursor.is_symbol_at(1, "(") && !at_query(cursor, 2) {
        cursor.take();
        except = cursor.parenthesized(multipart_name)?;
    }
    Ok(Expression::new(
        ExpressionKind::UnresolvedStar { target, except },
        cursor.since(start),
    ))
}

fn lambda(cursor: &mut Cursor<'_>, arguments: Vec<String>, start: Span) -> Result<Expression> {
    cursor.expect_symbol("->")?;
    let body = Box::new(expression(cursor)?);
    Ok(Expression::new(
        ExpressionKind::Lambda { arguments, body },
        cursor.since(start),
    ))
}

/// What begins with a parenthesis: a subquery, the arguments of a lambda, a row, or an expression.
fn parenthesis(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let after = cursor.closing_of(0) + 1;
    if cursor.is_symbol_at(after, "->") {
        let arguments = cursor.parenthesized(name)?;
        return lambda(cursor, arguments, start);
    }
    cursor.take();
    if at_query(cursor, 0) {
        let query = Box::new(query(cursor)?);
        cursor.expect_symbol(")")?;
        return Ok(Expression::new(
            ExpressionKind::ScalarSubquery(query),
            cursor.since(start),
        ));
    }
    let mut items = cursor.comma_separated(named_expression)?;
    let has_alias = items
        .iter()
        .any(|item| matches!(item.kind, ExpressionKind::Alias { .. }));
    if items.len() == 1 && has_alias && cursor.at_symbol(")") {
        return Err(cursor.unexpected());
    }
    cursor.expect_symbol(")")?;
    let span = cursor.since(start);
    if items.len() > 1 {
        return Ok(Expression::call("struct", items, span));
    }
    let mut only = items.pop().expect("a list has an item");
    // A column in parentheses is not the start of a longer name.
    if !matches!(only.kind, ExpressionKind::UnresolvedAttribute { .. }) {
        only.span = span;
    }
    Ok(only)
}

/// The values of a row `(a, b)`; of something else, that alone.
pub(super) fn row_values(value: Expression) -> Vec<Expression> {
    match value.kind {
        ExpressionKind::UnresolvedFunction(call) if call.name == ["struct"] => {
            let arguments = call.arguments.into_iter().map(|argument| argument.value);
            let values = arguments.filter_map(|value| match value {
                ArgumentValue::Expression(value) => Some(value),
                ArgumentValue::Table { .. } => None,
            });
            values.collect()
        }
        _ => vec![value],
    }
}
