//! Queries: `SELECT`, set operations, `WITH`, and what orders and limits them.

use crate::cursor::{Cursor, DEPTH_MAX, Result};
use crate::expression::{Expression, SortOrder};
use crate::relation::{CommonTable, Relation, RelationKind, SetOperator};
use crate::span::Span;
use crate::token::TokenKind;

use super::expression::expression;
use super::name::{object_name, whole_name};
use super::pipe::pipe_operators;
use super::relation::inline_table;
use super::select::{from_first, select};
use super::window::{sort_order, window_clause};

/// Words that may follow a query in parentheses within a longer query.
const AFTER_QUERY: [&str; 10] = [
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "MINUS",
    "ORDER",
    "CLUSTER",
    "DISTRIBUTE",
    "SORT",
    "LIMIT",
    "OFFSET",
];

/// Whether a query begins `ahead` tokens after the next one. A query may be in parentheses, if the closing one is followed
/// by the end of what encloses it or by the rest of a query.
pub(super) fn at_query(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let mut parentheses = 0;
    while parentheses <= DEPTH_MAX && cursor.is_symbol_at(ahead + parentheses, "(") {
        parentheses += 1;
    }
    if !is_query_word(cursor, ahead + parentheses) {
        return false;
    }
    (0..parentheses).all(|opening| {
        let after = cursor.closing_of(ahead + opening) + 1;
        cursor.is_symbol_at(after, ")")
            || cursor.is_symbol_at(after, "|>")
            || AFTER_QUERY
                .iter()
                .any(|word| cursor.is_word_at(after, word))
    })
}

/// Whether the word `ahead` tokens after the next one begins a query, and is not a name.
fn is_query_word(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let next = cursor.peek_at(ahead + 1);
    let next_text = cursor.text_of(next);
    let is_name = next.kind == TokenKind::End
        || (next.kind == TokenKind::Symbol
            && matches!(
                next_text,
                ")" | "," | "." | "=" | "<" | ">" | "[" | "->" | "=>"
            ));
    if is_name {
        return false;
    }
    let is = |word: &str| cursor.is_word_at(ahead, word);
    is("SELECT")
        || is("VALUES")
        || ((is("FROM") || is("TABLE") || is("WITH")) && next.kind != TokenKind::Symbol)
        || (is("FROM") && next_text == "(")
}

/// A query.
pub(super) fn query(cursor: &mut Cursor<'_>) -> Result<Relation> {
    cursor.nested(|cursor| {
        let start = cursor.here();
        if cursor.at("WITH") {
            let tables = common_tables(cursor)?;
            let input = query_without_with(cursor)?;
            return Ok(tables.before(input, cursor));
        }
        let query = query_without_with(cursor)?;
        Ok(Relation {
            span: cursor.since(start),
            ..query
        })
    })
}

/// A `WITH` clause.
#[derive(Clone)]
pub(super) struct CommonTables {
    tables: Vec<CommonTable>,
    is_recursive: bool,
    start: Span,
}

impl CommonTables {
    /// The query `input`, which has been read after the clause.
    pub(super) fn before(self, input: Relation, cursor: &Cursor<'_>) -> Relation {
        let kind = RelationKind::With {
            tables: self.tables,
            is_recursive: self.is_recursive,
            input: Box::new(input),
        };
        Relation::new(kind, cursor.since(self.start))
    }
}

/// `WITH [RECURSIVE] name AS (query), ..`.
pub(super) fn common_tables(cursor: &mut Cursor<'_>) -> Result<CommonTables> {
    let start = cursor.here();
    cursor.expect("WITH")?;
    let is_recursive =
        cursor.at("RECURSIVE") && !cursor.is_word_at(1, "AS") && !cursor.is_symbol_at(1, "(");
    if is_recursive {
        cursor.take();
    }
    let tables = cursor.comma_separated(common_table)?;
    Ok(CommonTables {
        tables,
        is_recursive,
        start,
    })
}

fn common_table(cursor: &mut Cursor<'_>) -> Result<CommonTable> {
    let name = whole_name(cursor)?;
    let columns = match cursor.at_symbol("(") && !at_query(cursor, 1) {
        true => cursor.parenthesized(whole_name)?,
        false => Vec::new(),
    };
    let mut max_recursion = None;
    if cursor.eat("MAX RECURSION LEVEL") {
        let token = cursor.peek();
        let level = cursor
            .text_of(token)
            .parse()
            .ok()
            .filter(|_| token.kind == TokenKind::Integer);
        max_recursion = Some(level.ok_or_else(|| cursor.unexpected())?);
        cursor.take();
    }
    cursor.eat("AS");
    cursor.expect_symbol("(")?;
    let query = query(cursor)?;
    cursor.expect_symbol(")")?;
    Ok(CommonTable {
        name,
        columns,
        max_recursion,
        query,
    })
}

/// A query that does not begin with `WITH`.
pub(super) fn query_without_with(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    let mut left = set_operations(cursor)?;
    while cursor.at_symbol("|>") {
        left = pipe_operators(cursor, left, start)?;
        left = more_intersections(cursor, left, start)?;
        left = more_set_operations(cursor, left, start)?;
    }
    organization(cursor, left, start)
}

/// Queries with `UNION` and `EXCEPT` between them; `INTERSECT` binds stronger.
fn set_operations(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    let left = intersections(cursor)?;
    more_set_operations(cursor, left, start)
}

/// The set operations that come next, of which `left` is the left side.
fn more_set_operations(
    cursor: &mut Cursor<'_>,
    mut left: Relation,
    start: Span,
) -> Result<Relation> {
    while let Some(operator) = set_operator(cursor, &["UNION", "EXCEPT", "MINUS"]) {
        cursor.chain()?;
        let is_all = quantifier(cursor);
        let right = intersections(cursor)?;
        left = set_operation(left, right, operator, is_all, cursor.since(start));
    }
    Ok(left)
}

fn intersections(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    let left = query_primary(cursor)?;
    more_intersections(cursor, left, start)
}

/// The `INTERSECT`s that come next, of which `left` is the left side.
fn more_intersections(
    cursor: &mut Cursor<'_>,
    mut left: Relation,
    start: Span,
) -> Result<Relation> {
    while let Some(operator) = set_operator(cursor, &["INTERSECT"]) {
        cursor.chain()?;
        let is_all = quantifier(cursor);
        let right = query_primary(cursor)?;
        left = set_operation(left, right, operator, is_all, cursor.since(start));
    }
    Ok(left)
}

pub(super) fn set_operation(
    left: Relation,
    right: Relation,
    operator: SetOperator,
    is_all: bool,
    span: Span,
) -> Relation {
    let kind = RelationKind::SetOperation {
        left: Box::new(left),
        right: Box::new(right),
        operator,
        is_all,
    };
    Relation::new(kind, span)
}

/// The set operator that comes next, if it is one of `words`.
pub(super) fn set_operator(cursor: &mut Cursor<'_>, words: &[&str]) -> Option<SetOperator> {
    let operator = match cursor.eat_any(words)? {
        "UNION" => SetOperator::Union,
        "INTERSECT" => SetOperator::Intersect,
        _ => SetOperator::Except,
    };
    Some(operator)
}

/// Whether `ALL` comes next; `DISTINCT` is the default.
pub(super) fn quantifier(cursor: &mut Cursor<'_>) -> bool {
    matches!(cursor.eat_any(&["ALL", "DISTINCT"]), Some("ALL"))
}

/// A query without set operations.
pub(super) fn query_primary(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let start = cursor.here();
    if cursor.eat_symbol("(") {
        let query = query(cursor)?;
        cursor.expect_symbol(")")?;
        return Ok(Relation {
            span: cursor.since(start),
            ..query
        });
    }
    if cursor.at("SELECT") {
        return select(cursor, None);
    }
    if cursor.at("FROM") {
        return from_first(cursor);
    }
    if cursor.at("VALUES") {
        return inline_table(cursor);
    }
    if cursor.eat("TABLE") {
        let name = object_name(cursor)?;
        let kind = RelationKind::Table {
            name,
            options: Vec::new(),
            is_streaming: false,
        };
        return Ok(Relation::new(kind, cursor.since(start)));
    }
    Err(cursor.unexpected())
}

/// `input` with the `WINDOW` clause, if it comes next.
pub(super) fn with_windows(
    cursor: &mut Cursor<'_>,
    input: Relation,
    start: Span,
) -> Result<Relation> {
    let windows = window_clause(cursor)?;
    if windows.is_empty() {
        return Ok(input);
    }
    Ok(Relation::new(
        RelationKind::WithWindows {
            input: Box::new(input),
            windows,
        },
        cursor.since(start),
    ))
}

/// What orders and limits a query.
pub(super) fn organization(
    cursor: &mut Cursor<'_>,
    query: Relation,
    start: Span,
) -> Result<Relation> {
    let query = ordered(cursor, query, start)?;
    let query = with_windows(cursor, query, start)?;
    limited(cursor, query, start)
}

/// The keys of `CLUSTER BY`: they divide the rows, and sort them.
pub(super) fn cluster_keys(cursor: &mut Cursor<'_>) -> Result<Vec<Expression>> {
    let before = cursor.weight();
    let keys = cursor.comma_separated(expression)?;
    cursor.copy(cursor.weight() - before)?;
    Ok(keys)
}

/// What orders a query.
pub(super) fn ordered(
    cursor: &mut Cursor<'_>,
    mut query: Relation,
    start: Span,
) -> Result<Relation> {
    if cursor.eat("ORDER BY") {
        let order = cursor.comma_separated(sort_order)?;
        query = sort(query, order, true, cursor.since(start));
    } else if cursor.eat("CLUSTER BY") {
        let by = cluster_keys(cursor)?;
        let order = by.iter().cloned().map(SortOrder::ascending).collect();
        let span = cursor.since(start);
        query = Relation::new(
            RelationKind::Repartition {
                input: Box::new(query),
                by,
            },
            span,
        );
        query = sort(query, order, false, span);
    } else {
        if cursor.eat("DISTRIBUTE BY") {
            let by = cursor.comma_separated(expression)?;
            query = Relation::new(
                RelationKind::Repartition {
                    input: Box::new(query),
                    by,
                },
                cursor.since(start),
            );
        }
        if cursor.eat("SORT BY") {
            let order = cursor.comma_separated(sort_order)?;
            query = sort(query, order, false, cursor.since(start));
        }
    }
    Ok(query)
}

/// `LIMIT` and `OFFSET`, if they come next.
pub(super) fn limited(
    cursor: &mut Cursor<'_>,
    mut query: Relation,
    start: Span,
) -> Result<Relation> {
    let limit = match cursor.eat("LIMIT") && !cursor.eat("ALL") {
        true => Some(Box::new(expression(cursor)?)),
        false => None,
    };
    // Rows are left out before they are counted.
    if cursor.eat("OFFSET") {
        let offset = Box::new(expression(cursor)?);
        query = Relation::new(
            RelationKind::Offset {
                input: Box::new(query),
                offset,
            },
            cursor.since(start),
        );
    }
    if let Some(limit) = limit {
        query = Relation::new(
            RelationKind::Limit {
                input: Box::new(query),
                limit,
            },
            cursor.since(start),
        );
    }
    Ok(query)
}

fn sort(input: Relation, order: Vec<SortOrder>, is_global: bool, span: Span) -> Relation {
    Relation::new(
        RelationKind::Sort {
            input: Box::new(input),
            order,
            is_global,
        },
        span,
    )
}
