//! What follows `FROM`: tables, joins, and what is applied to them.

use crate::cursor::{Cursor, Result};
use crate::relation::{
    JoinCriteria, JoinType, Pivot, PivotValue, Relation, RelationKind, SampleMethod, TableAlias,
    Unpivot, UnpivotColumns,
};
use crate::span::Span;
use crate::statement::{ObjectName, Property};
use crate::token::TokenKind;

use super::expression::{expression, named_expression};
use super::function::argument;
use super::literal::{constant, number};
use super::name::{
    at_implicit_name, is_name_at, multipart_name, name, object_name, optional_name, table_alias,
    whole_name,
};
use super::query::{at_query, query};
use super::statement::properties::property_list;

/// `FROM relation, relation ..`.
pub(super) fn from_clause(cursor: &mut Cursor<'_>) -> Result<Relation> {
    cursor.expect("FROM")?;
    let start = cursor.here();
    let mut left = relation(cursor)?;
    while cursor.eat_symbol(",") {
        cursor.chain()?;
        let is_lateral = eat_lateral(cursor);
        let right = relation(cursor)?;
        left = join(
            left,
            right,
            JoinType::Inner,
            JoinCriteria::None,
            is_lateral,
            cursor.since(start),
        );
    }
    let left = lateral_views(cursor, left, start)?;
    pivots(cursor, left, start)
}

/// Whether `LATERAL` comes next, and not `LATERAL VIEW`.
fn eat_lateral(cursor: &mut Cursor<'_>) -> bool {
    !cursor.at("LATERAL VIEW") && cursor.eat("LATERAL")
}

fn join(
    left: Relation,
    right: Relation,
    join_type: JoinType,
    criteria: JoinCriteria,
    is_lateral: bool,
    span: Span,
) -> Relation {
    let kind = RelationKind::Join {
        left: Box::new(left),
        right: Box::new(right),
        join_type,
        criteria,
        is_lateral,
    };
    Relation::new(kind, span)
}

/// A table with the joins that follow it.
fn relation(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    let is_lateral = eat_lateral(cursor);
    let first = relation_primary(cursor)?;
    let mut left = match is_lateral {
        // The first relation has nothing to its left.
        true => join(
            Relation::new(RelationKind::OneRow, start),
            first,
            JoinType::Inner,
            JoinCriteria::None,
            true,
            cursor.since(start),
        ),
        false => first,
    };
    loop {
        left = pivots(cursor, left, start)?;
        let Some((join_type, is_natural)) = join_type(cursor)? else {
            return Ok(left);
        };
        cursor.chain()?;
        left = finish_join(cursor, left, join_type, is_natural, start)?;
    }
}

/// What follows `JOIN`.
pub(super) fn finish_join(
    cursor: &mut Cursor<'_>,
    left: Relation,
    join_type: JoinType,
    is_natural: bool,
    start: Span,
) -> Result<Relation> {
    let is_lateral = eat_lateral(cursor);
    let right = relation_primary(cursor)?;
    let criteria = if is_natural {
        JoinCriteria::Natural
    } else if cursor.eat("ON") {
        JoinCriteria::On(Box::new(expression(cursor)?))
    } else if cursor.eat("USING") {
        JoinCriteria::Using(cursor.parenthesized(whole_name)?)
    } else {
        JoinCriteria::None
    };
    Ok(join(
        left,
        right,
        join_type,
        criteria,
        is_lateral,
        cursor.since(start),
    ))
}

/// The words of a join up to `JOIN`, if a join comes next. With whether it is `NATURAL`.
pub(super) fn join_type(cursor: &mut Cursor<'_>) -> Result<Option<(JoinType, bool)>> {
    const TYPES: [(&str, JoinType); 13] = [
        ("JOIN", JoinType::Inner),
        ("INNER JOIN", JoinType::Inner),
        ("CROSS JOIN", JoinType::Cross),
        ("LEFT JOIN", JoinType::LeftOuter),
        ("LEFT OUTER JOIN", JoinType::LeftOuter),
        ("RIGHT JOIN", JoinType::RightOuter),
        ("RIGHT OUTER JOIN", JoinType::RightOuter),
        ("FULL JOIN", JoinType::FullOuter),
        ("FULL OUTER JOIN", JoinType::FullOuter),
        ("LEFT SEMI JOIN", JoinType::LeftSemi),
        ("SEMI JOIN", JoinType::LeftSemi),
        ("LEFT ANTI JOIN", JoinType::LeftAnti),
        ("ANTI JOIN", JoinType::LeftAnti),
    ];
    let is_natural = cursor.eat("NATURAL");
    for (words, join_type) in TYPES {
        if cursor.eat(words) {
            return Ok(Some((join_type, is_natural)));
        }
    }
    let has_begun =
        is_natural || cursor.at_any(&["INNER", "CROSS", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"]);
    match has_begun {
        true => {
            cursor.take();
            Err(cursor.unexpected())
        }
        false => Ok(None),
    }
}

/// A table, a table function, values, or something in parentheses.
fn relation_primary(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    if cursor.at_symbol("(") {
        return parenthesis(cursor);
    }
    let is_struct = cursor.is_word_at(1, "STRUCT") && cursor.is_symbol_at(2, "(");
    if cursor.at("VALUES") && (cursor.is_symbol_at(1, "(") || is_struct || !is_table_end(cursor, 1))
    {
        return inline_table(cursor);
    }
    let is_streaming =
        cursor.at("STREAM") && (is_stream_name(cursor) || cursor.is_symbol_at(1, "("));
    if is_streaming {
        return stream(cursor);
    }
    let name = object_name(cursor)?;
    if cursor.at_symbol("(") {
        return table_function(cursor, name, start);
    }
    let options = table_options(cursor)?;
    refuse_time_travel(cursor)?;
    let kind = RelationKind::Table {
        name,
        options,
        is_streaming: false,
    };
    let table = Relation::new(kind, cursor.since(start));
    let table = watermark(cursor, table, start)?;
    table_extensions(cursor, table, start)
}

/// Whether a table's name ends before the token `ahead` tokens after the next one.
fn is_table_end(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let token = cursor.peek_at(ahead);
    matches!(token.kind, TokenKind::End | TokenKind::Word)
        || (token.kind == TokenKind::Symbol
            && matches!(cursor.text_of(token), ")" | "," | ";" | "."))
}

/// Whether the word after `STREAM` is a table's name, and not what follows a table called `stream`.
fn is_stream_name(cursor: &Cursor<'_>) -> bool {
    const AFTER_TABLE: [&str; 20] = [
        "AS",
        "WHERE",
        "JOIN",
        "INNER",
        "CROSS",
        "LEFT",
        "RIGHT",
        "FULL",
        "SEMI",
        "ANTI",
        "NATURAL",
        "GROUP",
        "HAVING",
        "ORDER",
        "LIMIT",
        "UNION",
        "INTERSECT",
        "EXCEPT",
        "ON",
        "WATERMARK",
    ];
    is_name_at(cursor, 1) && !AFTER_TABLE.iter().any(|word| cursor.is_word_at(1, word))
}

/// `STREAM name` or `STREAM(name)`.
fn stream(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    cursor.take();
    let in_parentheses = cursor.eat_symbol("(");
    let name = object_name(cursor)?;
    if in_parentheses {
        cursor.expect_symbol(")")?;
    }
    let options = table_options(cursor)?;
    let kind = RelationKind::Table {
        name,
        options,
        is_streaming: true,
    };
    let table = Relation::new(kind, cursor.since(start));
    let table = watermark(cursor, table, start)?;
    alias(cursor, table, start)
}

/// `WITH (key = value, ..)`, if it comes next.
fn table_options(cursor: &mut Cursor<'_>) -> Result<Vec<Property>> {
    match cursor.at("WITH") && cursor.is_symbol_at(1, "(") {
        true => {
            cursor.take();
            property_list(cursor)
        }
        false => Ok(Vec::new()),
    }
}

/// `WATERMARK column DELAY OF interval`, if it comes next.
fn watermark(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    if !cursor.at("WATERMARK") || cursor.is_symbol_at(1, ",") {
        return Ok(input);
    }
    cursor.take();
    let column = named_expression(cursor)?;
    cursor.expect("DELAY OF")?;
    let delay = constant(cursor)?.ok_or_else(|| cursor.unexpected())?;
    let kind = RelationKind::Watermark {
        input: Box::new(input),
        column,
        delay: Box::new(delay),
    };
    Ok(Relation::new(kind, cursor.since(start)))
}

/// Older versions of a table are not supported.
fn refuse_time_travel(cursor: &Cursor<'_>) -> Result<()> {
    let ahead = usize::from(cursor.at("FOR"));
    let is_version = ["VERSION", "SYSTEM_VERSION", "TIMESTAMP", "SYSTEM_TIME"]
        .iter()
        .any(|word| cursor.is_word_at(ahead, word));
    if is_version && cursor.is_word_at(ahead + 1, "AS") && cursor.is_word_at(ahead + 2, "OF") {
        return Err(cursor.error_at(
            "UNSUPPORTED_FEATURE.TIME_TRAVEL",
            "The feature is not supported: Time travel on the relation.",
            cursor.here(),
        ));
    }
    Ok(())
}

/// A query or a relation in parentheses.
fn parenthesis(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    cursor.take();
    if at_query(cursor, 0) {
        let query = query(cursor)?;
        cursor.expect_symbol(")")?;
        let query = watermark(cursor, query, start)?;
        let query = sample(cursor, query, start)?;
        let alias = table_alias(cursor)?;
        let kind = RelationKind::SubqueryAlias {
            input: Box::new(query),
            alias,
        };
        return Ok(Relation::new(kind, cursor.since(start)));
    }
    let inner = cursor.nested(relation)?;
    cursor.expect_symbol(")")?;
    let inner = Relation {
        span: cursor.since(start),
        ..inner
    };
    table_extensions(cursor, inner, start)
}

/// A sample and an alias, if they come next.
pub(super) fn table_extensions(
    cursor: &mut Cursor<'_>,
    input: Relation,
    start: Span,
) -> Result<Relation> {
    let input = sample(cursor, input, start)?;
    alias(cursor, input, start)
}

fn alias(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    match table_alias(cursor)? {
        Some(alias) => Ok(aliased(input, alias, cursor.since(start))),
        None => Ok(input),
    }
}

pub(super) fn aliased(input: Relation, alias: TableAlias, span: Span) -> Relation {
    Relation::new(
        RelationKind::SubqueryAlias {
            input: Box::new(input),
            alias: Some(alias),
        },
        span,
    )
}

/// `VALUES row, row .. [alias]`.
pub(super) fn inline_table(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    cursor.expect("VALUES")?;
    let rows = cursor.comma_separated(expression)?;
    let values = Relation::new(RelationKind::Values { rows }, cursor.since(start));
    alias(cursor, values, start)
}

fn table_function(cursor: &mut Cursor<'_>, name: ObjectName, start: Span) -> Result<Relation> {
    let arguments = cursor.parenthesized_or_empty(argument)?;
    let function = Relation::new(
        RelationKind::TableFunction { name, arguments },
        cursor.since(start),
    );
    let function = watermark(cursor, function, start)?;
    alias(cursor, function, start)
}

/// `TABLESAMPLE (..)`, if it comes next.
pub(super) fn sample(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let follows = cursor.at("TABLESAMPLE") && cursor.is_symbol_at(1, "(");
    if !follows {
        return Ok(input);
    }
    cursor.take();
    cursor.take();
    let method = sample_method(cursor)?;
    cursor.expect_symbol(")")?;
    let mut seed = None;
    if cursor.eat("REPEATABLE") {
        cursor.expect_symbol("(")?;
        let digits = cursor.text_of(cursor.peek()).parse().ok();
        seed = Some(digits.ok_or_else(|| cursor.unexpected())?);
        cursor.take();
        cursor.expect_symbol(")")?;
    }
    let kind = RelationKind::Sample {
        input: Box::new(input),
        method,
        seed,
    };
    Ok(Relation::new(kind, cursor.since(start)))
}

fn sample_method(cursor: &mut Cursor<'_>) -> Result<SampleMethod> {
    if cursor.eat("BUCKET") {
        let buckets = integer_text(cursor)?;
        cursor.expect("OUT OF")?;
        let of = integer_text(cursor)?;
        if cursor.at("ON") {
            return Err(cursor.error_at(
                "_LEGACY_ERROR_TEMP_0015",
                "TABLESAMPLE(BUCKET x OUT OF y ON colname) is not supported.",
                cursor.here(),
            ));
        }
        return Ok(SampleMethod::Bucket(buckets, of));
    }
    let is_percent = |ahead: usize| cursor.is_word_at(ahead, "PERCENT");
    let number_at = usize::from(cursor.at_symbol("-"));
    if is_percent(number_at + 1) {
        let start = cursor.here();
        number(cursor)?;
        let percent = cursor.since(start).of(cursor.text()).to_owned();
        cursor.take();
        return Ok(SampleMethod::Percent(percent));
    }
    let rows = Box::new(expression(cursor)?);
    if cursor.eat("ROWS") {
        return Ok(SampleMethod::Rows(rows));
    }
    match cursor.at_symbol(")") {
        true => Err(cursor.error_at(
            "_LEGACY_ERROR_TEMP_0015",
            "TABLESAMPLE(byteLengthLiteral) is not supported.",
            rows.span,
        )),
        false => Err(cursor.unexpected()),
    }
}

fn integer_text(cursor: &mut Cursor<'_>) -> Result<String> {
    let token = cursor.peek();
    if token.kind != TokenKind::Integer {
        return Err(cursor.unexpected());
    }
    cursor.take();
    Ok(cursor.text_of(token).to_owned())
}

/// `LATERAL VIEW ..`, as often as it comes next.
pub(super) fn lateral_views(
    cursor: &mut Cursor<'_>,
    mut input: Relation,
    start: Span,
) -> Result<Relation> {
    while cursor.eat("LATERAL VIEW") {
        cursor.chain()?;
        let is_outer = cursor.eat("OUTER");
        let call_at = cursor.here();
        let function = multipart_name(cursor)?;
        let generator = Box::new(super::function::function_call(cursor, function, call_at)?);
        let table = name(cursor)?;
        let has_columns = cursor.eat("AS") || at_implicit_name(cursor);
        let columns = match has_columns {
            true => cursor.comma_separated(name)?,
            false => Vec::new(),
        };
        let kind = RelationKind::LateralView {
            input: Box::new(input),
            generator,
            is_outer,
            table,
            columns,
        };
        input = Relation::new(kind, cursor.since(start));
    }
    Ok(input)
}

/// `PIVOT (..)` and `UNPIVOT (..)`, as often as they come next.
pub(super) fn pivots(
    cursor: &mut Cursor<'_>,
    mut input: Relation,
    start: Span,
) -> Result<Relation> {
    loop {
        let is_pivot = cursor.at("PIVOT") && cursor.is_symbol_at(1, "(");
        let is_unpivot = cursor.at("UNPIVOT")
            && (cursor.is_symbol_at(1, "(")
                || cursor.is_word_at(1, "INCLUDE")
                || cursor.is_word_at(1, "EXCLUDE"));
        let kind = if is_pivot {
            cursor.take();
            RelationKind::Pivot {
                input: Box::new(input),
                pivot: pivot(cursor)?,
            }
        } else if is_unpivot {
            cursor.take();
            RelationKind::Unpivot {
                input: Box::new(input),
                unpivot: unpivot(cursor)?,
            }
        } else {
            return Ok(input);
        };
        cursor.chain()?;
        let relation = Relation::new(kind, cursor.since(start));
        input = alias(cursor, relation, start)?;
        if is_unpivot
            && let RelationKind::SubqueryAlias { alias, .. } = &input.kind
            && alias
                .as_ref()
                .is_some_and(|alias| !alias.columns.is_empty())
        {
            return Err(cursor.unexpected());
        }
    }
}

fn pivot(cursor: &mut Cursor<'_>) -> Result<Pivot> {
    cursor.expect_symbol("(")?;
    let aggregates = cursor.comma_separated(named_expression)?;
    cursor.expect("FOR")?;
    let columns = cursor.parenthesized_or_one(whole_name)?;
    cursor.expect("IN")?;
    let values = cursor.parenthesized(|cursor| {
        let value = expression(cursor)?;
        let alias = optional_name(cursor)?;
        Ok(PivotValue { value, alias })
    })?;
    cursor.expect_symbol(")")?;
    Ok(Pivot {
        aggregates,
        columns,
        values,
    })
}

fn unpivot(cursor: &mut Cursor<'_>) -> Result<Unpivot> {
    let nulls = cursor.eat_any(&["INCLUDE", "EXCLUDE"]);
    if nulls.is_some() {
        cursor.expect("NULLS")?;
    }
    cursor.expect_symbol("(")?;
    let is_multi = cursor.at_symbol("(");
    let value_columns = match is_multi {
        true => cursor.parenthesized(name)?,
        false => vec![name(cursor)?],
    };
    cursor.expect("FOR")?;
    let name_column = name(cursor)?;
    cursor.expect("IN")?;
    let columns = cursor.parenthesized(|cursor| {
        let columns = match is_multi {
            true => cursor.parenthesized(multipart_name)?,
            false => vec![multipart_name(cursor)?],
        };
        let alias = optional_name(cursor)?;
        Ok(UnpivotColumns { columns, alias })
    })?;
    cursor.expect_symbol(")")?;
    Ok(Unpivot {
        includes_nulls: nulls == Some("INCLUDE"),
        value_columns,
        name_column,
        columns,
    })
}
