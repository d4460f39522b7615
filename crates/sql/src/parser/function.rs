//! Calls of functions, and the forms that look like calls but have a grammar of their own.

use crate::cursor::{Cursor, Result};
use crate::expression::{
    Argument, ArgumentValue, Expression, ExpressionKind, FunctionCall, NullTreatment, TrimSide,
};
use crate::relation::{Relation, RelationKind};
use crate::span::Span;
use crate::token::TokenKind;

use super::data_type::data_type;
use super::expression::{expression, named_expression, string_literal, value_expression};
use super::name::{is_name_at, name, object_name};
use super::query::{at_query, query};
use super::window::{sort_order, window};

/// Units of `TIMESTAMPADD` and `TIMESTAMPDIFF`.
const DATETIME_UNITS: [&str; 11] = [
    "YEAR",
    "QUARTER",
    "MONTH",
    "WEEK",
    "DAY",
    "DAYOFYEAR",
    "HOUR",
    "MINUTE",
    "SECOND",
    "MILLISECOND",
    "MICROSECOND",
];

/// A form with its own grammar: `CASE`, `CAST(x AS t)`, `EXTRACT(f FROM x)` and others, if one comes next.
pub(super) fn special_form(cursor: &mut Cursor<'_>) -> Result<Option<Expression>> {
    let token = cursor.peek();
    if token.kind != TokenKind::Word {
        return Ok(None);
    }
    let word = cursor.text_of(token).to_ascii_uppercase();
    if word == "CASE" && !matches!(cursor.peek_at(1).kind, TokenKind::End) && !is_plain_name(cursor)
    {
        return case(cursor).map(Some);
    }
    if !cursor.is_symbol_at(1, "(") {
        return Ok(None);
    }
    match &*word {
        "CAST" | "TRY_CAST" => cast(cursor, word == "TRY_CAST").map(Some),
        "EXTRACT" if is_name_at(cursor, 2) && cursor.is_word_at(3, "FROM") => {
            extract(cursor).map(Some)
        }
        "STRUCT" => struct_call(cursor).map(Some),
        "TRIM" => trim(cursor).map(Some),
        "SUBSTR" | "SUBSTRING" => substring(cursor).map(Some),
        "POSITION" => position(cursor).map(Some),
        "OVERLAY" => overlay(cursor).map(Some),
        "TIMESTAMPADD" | "DATEADD" | "DATE_ADD" if has_datetime_unit(cursor) => {
            datetime_call(cursor, "timestampadd").map(Some)
        }
        "TIMESTAMPDIFF" | "DATEDIFF" | "DATE_DIFF" | "TIMEDIFF" if has_datetime_unit(cursor) => {
            datetime_call(cursor, "timestampdiff").map(Some)
        }
        "IDENTIFIER" if cursor.is_symbol_at(cursor.closing_of(1) + 1, "(") => {
            computed_call(cursor).map(Some)
        }
        _ => Ok(None),
    }
}

/// Whether the next word is a name because nothing that belongs to it can follow.
fn is_plain_name(cursor: &Cursor<'_>) -> bool {
    let next = cursor.peek_at(1);
    next.kind == TokenKind::Symbol
        && matches!(cursor.text_of(next), ")" | "," | "." | ";" | "=" | "]")
}

fn case(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    cursor.expect("CASE")?;
    let before = cursor.weight();
    let value = match cursor.at("WHEN") {
        true => None,
        false => Some(expression(cursor)?),
    };
    let weight = cursor.weight() - before;
    if !cursor.eat("WHEN") {
        return Err(cursor.unexpected());
    }
    let branch = |cursor: &mut Cursor<'_>| {
        let condition = expression(cursor)?;
        let condition = match &value {
            Some(value) => {
                cursor.copy(weight)?;
                super::expression::binary("==", value.clone(), condition)
            }
            None => condition,
        };
        cursor.expect("THEN")?;
        Ok([condition, expression(cursor)?])
    };
    let branches = cursor.separated(branch, |cursor| cursor.eat("WHEN"))?;
    let mut arguments: Vec<Expression> = branches.into_iter().flatten().collect();
    if cursor.eat("ELSE") {
        arguments.push(expression(cursor)?);
    }
    cursor.expect("END")?;
    Ok(Expression::call("when", arguments, cursor.since(start)))
}

fn cast(cursor: &mut Cursor<'_>, is_try: bool) -> Result<Expression> {
    let start = cursor.here();
    cursor.take();
    cursor.expect_symbol("(")?;
    let child = Box::new(expression(cursor)?);
    cursor.expect("AS")?;
    let to = data_type(cursor)?;
    cursor.expect_symbol(")")?;
    Ok(Expression::new(
        ExpressionKind::Cast { child, to, is_try },
        cursor.since(start),
    ))
}

fn extract(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    cursor.take();
    cursor.expect_symbol("(")?;
    let field_at = cursor.here();
    let field = string_literal(name(cursor)?, field_at);
    cursor.expect("FROM")?;
    let source = value_expression(cursor)?;
    finish_form(cursor, "extract", vec![field, source], start)
}

/// `STRUCT(a AS x, b)`: the arguments may have aliases.
fn struct_call(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    cursor.take();
    let arguments = cursor.parenthesized_or_empty(named_expression)?;
    Ok(Expression::call("struct", arguments, cursor.since(start)))
}

fn trim(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let name_token = cursor.take();
    cursor.expect_symbol("(")?;
    let is_option = !cursor.is_symbol_at(1, ",") && !cursor.is_symbol_at(1, ")");
    let option = match is_option {
        true => cursor.eat_any(&["BOTH", "LEADING", "TRAILING"]),
        false => None,
    };
    let side = match option {
        Some("LEADING") => TrimSide::Leading,
        Some("TRAILING") => TrimSide::Trailing,
        _ => TrimSide::Both,
    };
    let characters = match option.is_some() && cursor.at("FROM") {
        true => None,
        false => Some(expression(cursor)?),
    };
    if option.is_none() && !cursor.at("FROM") {
        let name = vec![cursor.text_of(name_token).to_owned()];
        return call_with_first(cursor, name, characters, start);
    }
    cursor.expect("FROM")?;
    let source = Box::new(value_expression(cursor)?);
    cursor.expect_symbol(")")?;
    let kind = ExpressionKind::Trim {
        side,
        characters: characters.map(Box::new),
        source,
    };
    Ok(Expression::new(kind, cursor.since(start)))
}

fn substring(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let text = match call_or_form(cursor, "FROM", expression)? {
        CallOrForm::Call(call) => return Ok(call),
        CallOrForm::Form(text) => text,
    };
    let mut arguments = vec![text, value_expression(cursor)?];
    if cursor.eat("FOR") {
        arguments.push(value_expression(cursor)?);
    }
    finish_form(cursor, "substring", arguments, start)
}

/// `POSITION(part IN text)`. A first argument with `IN`, `LIKE` or the like needs parentheses.
fn position(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let part = match call_or_form(cursor, "IN", value_expression)? {
        CallOrForm::Call(call) => return Ok(call),
        CallOrForm::Form(part) => part,
    };
    let arguments = vec![part, value_expression(cursor)?];
    finish_form(cursor, "locate", arguments, start)
}

fn overlay(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let input = match call_or_form(cursor, "PLACING", expression)? {
        CallOrForm::Call(call) => return Ok(call),
        CallOrForm::Form(input) => input,
    };
    let mut arguments = vec![input, value_expression(cursor)?];
    cursor.expect("FROM")?;
    arguments.push(value_expression(cursor)?);
    if cursor.eat("FOR") {
        arguments.push(value_expression(cursor)?);
    }
    finish_form(cursor, "overlay", arguments, start)
}

/// What `name(first ..` turned out to be.
enum CallOrForm {
    /// An ordinary call, read to its end.
    Call(Expression),
    /// A form with its own grammar: its first argument. The keyword after it has been read.
    Form(Expression),
}

/// Reads a call up to `keyword` after its first argument, or to its end if the keyword does not follow. `first` reads
/// the first argument.
fn call_or_form(
    cursor: &mut Cursor<'_>,
    keyword: &str,
    first: impl Fn(&mut Cursor<'_>) -> Result<Expression>,
) -> Result<CallOrForm> {
    let start = cursor.here();
    let name_token = cursor.take();
    cursor.expect_symbol("(")?;
    let has_no_form = cursor.at_symbol(")")
        || cursor.is_symbol_at(1, "=>")
        || cursor.at_any(&["DISTINCT", "ALL"]);
    let argument = match has_no_form {
        true => None,
        false => Some(first(cursor)?),
    };
    match argument {
        Some(argument) if cursor.eat(keyword) => Ok(CallOrForm::Form(argument)),
        argument => {
            let name = vec![cursor.text_of(name_token).to_owned()];
            call_with_first(cursor, name, argument, start).map(CallOrForm::Call)
        }
    }
}

/// The closing parenthesis of a form, which calls `function`.
fn finish_form(
    cursor: &mut Cursor<'_>,
    function: &str,
    arguments: Vec<Expression>,
    start: Span,
) -> Result<Expression> {
    cursor.expect_symbol(")")?;
    Ok(Expression::call(function, arguments, cursor.since(start)))
}

/// Whether the first argument of the call that comes next is the word of a unit.
fn has_datetime_unit(cursor: &Cursor<'_>) -> bool {
    DATETIME_UNITS.iter().any(|unit| cursor.is_word_at(2, unit)) && cursor.is_symbol_at(3, ",")
}

fn datetime_call(cursor: &mut Cursor<'_>, function: &str) -> Result<Expression> {
    let start = cursor.here();
    cursor.take();
    cursor.expect_symbol("(")?;
    let unit_at = cursor.here();
    let unit = string_literal(name(cursor)?.to_ascii_uppercase(), unit_at);
    cursor.expect_symbol(",")?;
    let second = value_expression(cursor)?;
    cursor.expect_symbol(",")?;
    let third = value_expression(cursor)?;
    finish_form(cursor, function, vec![unit, second, third], start)
}

/// `IDENTIFIER(expression)(arguments)`.
fn computed_call(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    cursor.take();
    cursor.expect_symbol("(")?;
    let computed = expression(cursor)?;
    cursor.expect_symbol(")")?;
    let mut call = FunctionCall::named(Vec::new());
    call.computed_name = Some(Box::new(computed));
    cursor.expect_symbol("(")?;
    arguments(cursor, &mut call)?;
    finish_call(cursor, call, start)
}

/// A call of the function `name`; its opening parenthesis comes next.
pub(super) fn function_call(
    cursor: &mut Cursor<'_>,
    name: Vec<String>,
    start: Span,
) -> Result<Expression> {
    cursor.expect_symbol("(")?;
    call_with_first(cursor, name, None, start)
}

/// A call whose opening parenthesis, and maybe first argument, have been read.
fn call_with_first(
    cursor: &mut Cursor<'_>,
    name: Vec<String>,
    first: Option<Expression>,
    start: Span,
) -> Result<Expression> {
    let mut call = FunctionCall::named(name);
    match first {
        Some(first) => {
            call.arguments.push(Argument::positional(first));
            if cursor.eat_symbol(",") {
                call.arguments.extend(cursor.comma_separated(argument)?);
            }
            cursor.expect_symbol(")")?;
        }
        None => arguments(cursor, &mut call)?,
    }
    finish_call(cursor, call, start)
}

/// The arguments of a call after its opening parenthesis, with the closing one.
fn arguments(cursor: &mut Cursor<'_>, call: &mut FunctionCall) -> Result<()> {
    if cursor.eat_symbol(")") {
        return Ok(());
    }
    // `f(all)` is a call with a column.
    let has_quantifier = !cursor.is_symbol_at(1, ")")
        && !cursor.is_symbol_at(1, ",")
        && !cursor.is_symbol_at(1, "=>");
    if has_quantifier {
        call.is_distinct = matches!(cursor.eat_any(&["DISTINCT", "ALL"]), Some("DISTINCT"));
    }
    call.arguments = cursor.comma_separated(argument)?;
    call.nulls = null_treatment(cursor);
    cursor.expect_symbol(")")
}

fn null_treatment(cursor: &mut Cursor<'_>) -> Option<NullTreatment> {
    if cursor.eat("IGNORE NULLS") {
        Some(NullTreatment::Ignore)
    } else if cursor.eat("RESPECT NULLS") {
        Some(NullTreatment::Respect)
    } else {
        None
    }
}

/// An argument: a value, `name => value`, or `TABLE ..`.
pub(super) fn argument(cursor: &mut Cursor<'_>) -> Result<Argument> {
    let mut name_of_argument = None;
    if is_name_at(cursor, 0) && cursor.is_symbol_at(1, "=>") {
        name_of_argument = Some(name(cursor)?);
        cursor.take();
    }
    let is_table = cursor.at("TABLE") && (is_name_at(cursor, 1) || cursor.is_symbol_at(1, "("));
    let value = match is_table {
        true => table_argument(cursor)?,
        false => ArgumentValue::Expression(expression(cursor)?),
    };
    Ok(Argument {
        name: name_of_argument,
        value,
    })
}

fn table_argument(cursor: &mut Cursor<'_>) -> Result<ArgumentValue> {
    cursor.expect("TABLE")?;
    let start = cursor.here();
    let table = if cursor.at_symbol("(") && at_query(cursor, 1) {
        cursor.take();
        let table = query(cursor)?;
        cursor.expect_symbol(")")?;
        table
    } else {
        let in_parentheses = cursor.eat_symbol("(");
        let name = object_name(cursor)?;
        if in_parentheses {
            cursor.expect_symbol(")")?;
        }
        let kind = RelationKind::Table {
            name,
            options: Vec::new(),
            is_streaming: false,
        };
        Relation::new(kind, cursor.since(start))
    };
    let single_partition = cursor.eat("WITH SINGLE PARTITION");
    let mut partition_by = Vec::new();
    if cursor.eat("PARTITION BY") || cursor.eat("DISTRIBUTE BY") {
        partition_by = cursor.parenthesized_or_one(expression)?;
    }
    let mut order_by = Vec::new();
    if cursor.eat("ORDER BY") || cursor.eat("SORT BY") {
        order_by = cursor.parenthesized_or_one(sort_order)?;
    }
    Ok(ArgumentValue::Table {
        table: Box::new(table),
        partition_by,
        single_partition,
        order_by,
    })
}

/// What may follow the closing parenthesis of a call.
fn finish_call(cursor: &mut Cursor<'_>, mut call: FunctionCall, start: Span) -> Result<Expression> {
    if cursor.eat("WITHIN GROUP") {
        cursor.expect_symbol("(")?;
        cursor.expect("ORDER BY")?;
        call.within_group = cursor.comma_separated(sort_order)?;
        cursor.expect_symbol(")")?;
    }
    if cursor.at("FILTER") && cursor.is_symbol_at(1, "(") && cursor.is_word_at(2, "WHERE") {
        cursor.take();
        cursor.take();
        cursor.take();
        call.filter = Some(expression(cursor)?);
        cursor.expect_symbol(")")?;
    }
    if let Some(nulls) = null_treatment(cursor) {
        call.nulls = Some(nulls);
    }
    if cursor.at("OVER") && (cursor.is_symbol_at(1, "(") || is_name_at(cursor, 1)) {
        cursor.take();
        call.over = Some(cursor.nested(window)?);
    }
    Ok(Expression::new(
        ExpressionKind::UnresolvedFunction(Box::new(call)),
        cursor.since(start),
    ))
}
