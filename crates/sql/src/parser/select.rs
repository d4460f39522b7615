//! `SELECT`: its list, hints, `WHERE`, `GROUP BY` and what follows.

use crate::cursor::{Cursor, Result};
use crate::expression::Expression;
use crate::relation::{GroupingKind, Hint, Relation, RelationKind, SetOperator};
use crate::span::Span;
use crate::token::TokenKind;

use super::expression::{expression, named_expression, primary, row_values};
use super::name::name;
use super::query::{organization, set_operation, with_windows};
use super::relation::{from_clause, lateral_views};

/// `FROM relations SELECT ..`, and `FROM relations` before `|>`.
pub(super) fn from_first(cursor: &mut Cursor<'_>) -> Result<Relation> {
    let (start, before) = (cursor.here(), cursor.weight());
    let input = from_clause(cursor)?;
    let weight = cursor.weight() - before;
    if !cursor.at("SELECT") {
        return Ok(Relation {
            span: cursor.since(start),
            ..input
        });
    }
    let mut query = select_from(cursor, &input, start)?;
    while cursor.at("SELECT") {
        cursor.chain()?;
        cursor.copy(weight)?;
        let next_at = cursor.here();
        let next = select_from(cursor, &input, next_at)?;
        query = set_operation(query, next, SetOperator::Union, true, cursor.since(start));
    }
    Ok(query)
}

/// `SELECT ..` with what orders and limits it, from relations that were written before it.
pub(super) fn select_from(
    cursor: &mut Cursor<'_>,
    input: &Relation,
    start: Span,
) -> Result<Relation> {
    let query = select(cursor, Some(input.clone()))?;
    organization(cursor, query, start)
}

/// `SELECT ..`; from `source` if that was written before it.
pub(super) fn select(cursor: &mut Cursor<'_>, source: Option<Relation>) -> Result<Relation> {
    let start = cursor.here();
    cursor.expect("SELECT")?;
    let hints = select_hints(cursor)?;
    let (is_distinct, expressions) = select_list(cursor)?;
    let input = match source {
        Some(source) => source,
        None if cursor.at("FROM") => from_clause(cursor)?,
        None => Relation::new(RelationKind::OneRow, start),
    };
    let mut input = lateral_views(cursor, input, start)?;
    if cursor.eat("WHERE") {
        input = filter(cursor, input, start)?;
    }
    let grouped = grouping(cursor, expression)?;
    let mut query = project_or_aggregate(input, expressions, grouped);
    if cursor.eat("HAVING") {
        let input = Box::new(Relation::new(query, cursor.since(start)));
        query = RelationKind::Having {
            input,
            condition: expression(cursor)?,
        };
    }
    if cursor.eat("QUALIFY") {
        let input = Box::new(Relation::new(query, cursor.since(start)));
        query = RelationKind::Qualify {
            input,
            condition: expression(cursor)?,
        };
    }
    if is_distinct {
        query = RelationKind::Distinct(Box::new(Relation::new(query, cursor.since(start))));
    }
    let mut query = Relation::new(query, cursor.since(start));
    query = with_windows(cursor, query, start)?;
    Ok(with_hints(cursor, query, hints, start))
}

/// The hints after `SELECT`.
pub(super) fn select_hints(cursor: &mut Cursor<'_>) -> Result<Vec<Hint>> {
    refuse_transform(cursor)?;
    let mut hints = Vec::new();
    while cursor.peek().kind == TokenKind::HintStart {
        hints.extend(read_hints(cursor)?);
    }
    Ok(hints)
}

/// `query` with the hints after its `SELECT`.
pub(super) fn with_hints(
    cursor: &Cursor<'_>,
    query: Relation,
    hints: Vec<Hint>,
    start: Span,
) -> Relation {
    if hints.is_empty() {
        return query;
    }
    let input = Box::new(query);
    Relation::new(RelationKind::Hints { input, hints }, cursor.since(start))
}

/// The expressions of `SELECT`, and whether there is a `DISTINCT` before them.
pub(super) fn select_list(cursor: &mut Cursor<'_>) -> Result<(bool, Vec<Expression>)> {
    let is_distinct = set_quantifier(cursor);
    Ok((is_distinct, cursor.comma_separated(named_expression)?))
}

/// `SELECT expressions`, over the groups of `GROUP BY` if there is one.
pub(super) fn project_or_aggregate(
    input: Relation,
    expressions: Vec<Expression>,
    grouped: Option<(Vec<Expression>, GroupingKind)>,
) -> RelationKind {
    let input = Box::new(input);
    match grouped {
        Some((grouping, kind)) => RelationKind::Aggregate {
            input,
            grouping,
            kind,
            expressions,
            keeps_grouping: false,
        },
        None => RelationKind::Project { input, expressions },
    }
}

/// Whether `DISTINCT` comes next. `SELECT all` selects a column of that name.
fn set_quantifier(cursor: &mut Cursor<'_>) -> bool {
    let next = cursor.peek_at(1);
    let is_column = next.kind == TokenKind::End
        || cursor.is_word_at(1, "FROM")
        || (next.kind == TokenKind::Symbol
            && matches!(cursor.text_of(next), "," | ")" | "." | ";"));
    !is_column && matches!(cursor.eat_any(&["DISTINCT", "ALL"]), Some("DISTINCT"))
}

/// Scripts in queries are not supported.
fn refuse_transform(cursor: &Cursor<'_>) -> Result<()> {
    if cursor.at("TRANSFORM") && cursor.is_symbol_at(1, "(") {
        let after = cursor.closing_of(1) + 1;
        if ["USING", "ROW", "RECORDWRITER"]
            .iter()
            .any(|word| cursor.is_word_at(after, word))
        {
            return Err(cursor.error_at(
                "UNSUPPORTED_FEATURE.TRANSFORM",
                "The feature is not supported: TRANSFORM with a script.",
                cursor.here(),
            ));
        }
    }
    Ok(())
}

fn read_hints(cursor: &mut Cursor<'_>) -> Result<Vec<Hint>> {
    cursor.take();
    let mut hints = Vec::new();
    loop {
        let name = name(cursor)?;
        let arguments = match cursor.at_symbol("(") {
            true => cursor.parenthesized(primary)?,
            false => Vec::new(),
        };
        hints.push(Hint { name, arguments });
        cursor.eat_symbol(",");
        if cursor.peek().kind == TokenKind::HintEnd {
            cursor.take();
            return Ok(hints);
        }
    }
}

pub(super) fn filter(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let condition = expression(cursor)?;
    Ok(Relation::new(
        RelationKind::Filter {
            input: Box::new(input),
            condition,
        },
        cursor.since(start),
    ))
}

/// `GROUP BY ..`, if it comes next. `key` reads a key that is not `ROLLUP`, `CUBE` or `GROUPING SETS`.
pub(super) fn grouping(
    cursor: &mut Cursor<'_>,
    key: fn(&mut Cursor<'_>) -> Result<Expression>,
) -> Result<Option<(Vec<Expression>, GroupingKind)>> {
    if !cursor.eat("GROUP BY") {
        return Ok(None);
    }
    if cursor.at("ALL")
        && !cursor.is_symbol_at(1, "(")
        && !cursor.is_symbol_at(1, ".")
        && !cursor.is_symbol_at(1, ",")
    {
        cursor.take();
        return Ok(Some((Vec::new(), GroupingKind::All)));
    }
    let grouping = cursor.comma_separated(|cursor| group_by_item(cursor, key))?;
    let kind = if cursor.eat("WITH ROLLUP") {
        GroupingKind::Rollup
    } else if cursor.eat("WITH CUBE") {
        GroupingKind::Cube
    } else if cursor.eat("GROUPING SETS") {
        GroupingKind::GroupingSets(cursor.parenthesized(grouping_set)?)
    } else {
        GroupingKind::GroupBy
    };
    Ok(Some((grouping, kind)))
}

/// A key, or `ROLLUP (sets)`, `CUBE (sets)`, `GROUPING SETS (sets)` as calls of functions whose arguments are the
/// sets, as calls of `struct`.
fn group_by_item(
    cursor: &mut Cursor<'_>,
    key: fn(&mut Cursor<'_>) -> Result<Expression>,
) -> Result<Expression> {
    let start = cursor.here();
    let function = if cursor.at("GROUPING SETS") && cursor.is_symbol_at(2, "(") {
        cursor.take();
        "grouping sets"
    } else if cursor.at("ROLLUP") && cursor.is_symbol_at(1, "(") {
        "rollup"
    } else if cursor.at("CUBE") && cursor.is_symbol_at(1, "(") {
        "cube"
    } else {
        return key(cursor);
    };
    cursor.take();
    let sets = cursor.nested(|cursor| cursor.parenthesized(grouping_element))?;
    Ok(Expression::call(function, sets, cursor.since(start)))
}

fn grouping_element(cursor: &mut Cursor<'_>) -> Result<Expression> {
    let start = cursor.here();
    let is_analytics = cursor.at_any(&["ROLLUP", "CUBE"]) || cursor.at("GROUPING SETS");
    if is_analytics {
        return group_by_item(cursor, expression);
    }
    let set = grouping_set(cursor)?;
    Ok(Expression::call("struct", set, cursor.since(start)))
}

/// `(a, b)`, `()` or one expression.
fn grouping_set(cursor: &mut Cursor<'_>) -> Result<Vec<Expression>> {
    if cursor.at_symbol("(") && cursor.is_symbol_at(1, ")") {
        cursor.take();
        cursor.take();
        return Ok(Vec::new());
    }
    expression(cursor).map(row_values)
}
