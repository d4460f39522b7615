//! Pipe operators: `query |> WHERE ..`.

use crate::cursor::{Cursor, Result};
use crate::error::ParseError;
use crate::expression::{Expression, ExpressionKind};
use crate::relation::{GroupingKind, PipeOperator, Relation, RelationKind, TableAlias};
use crate::span::Span;

use super::expression::{expression, named_expression};
use super::name::{multipart_name, name, whole_name};
use super::query::{
    limited, ordered, quantifier, query_primary, set_operation, set_operator, with_windows,
};
use super::relation::{aliased, finish_join, join_type, pivots, sample};
use super::select::{
    filter, grouping, project_or_aggregate, select_hints, select_list, with_hints,
};

/// The clauses of Spark's `queryOrganization`. A pipe operator may have one of them, but not `WINDOW`.
const RESULT_CLAUSES: [&str; 7] = [
    "ORDER BY",
    "CLUSTER BY",
    "DISTRIBUTE BY",
    "SORT BY",
    "WINDOW",
    "LIMIT",
    "OFFSET",
];

/// The operators `|> ..` that come next, applied to `input`.
pub(super) fn pipe_operators(
    cursor: &mut Cursor<'_>,
    input: Relation,
    start: Span,
) -> Result<Relation> {
    let mut result = piped(input, PipeOperator::Other);
    while cursor.eat_symbol("|>") {
        cursor.chain()?;
        let (relation, operator) = pipe_operator(cursor, result, start)?;
        result = piped(relation, operator);
    }
    Ok(result)
}

fn piped(input: Relation, operator: PipeOperator) -> Relation {
    let span = input.span;
    let input = Box::new(input);
    Relation::new(RelationKind::Pipe { input, operator }, span)
}

/// What follows `|>`, applied to `input`.
fn pipe_operator(
    cursor: &mut Cursor<'_>,
    input: Relation,
    start: Span,
) -> Result<(Relation, PipeOperator)> {
    if cursor.eat("EXTEND") {
        let extended = extend(cursor, input, start)?;
        return Ok((extended, PipeOperator::Extend));
    }
    if cursor.eat("AGGREGATE") {
        let aggregate = aggregate(cursor, input, start)?;
        return Ok((aggregate, PipeOperator::Aggregate));
    }
    let relation = if cursor.eat("SELECT") {
        select(cursor, input, start)?
    } else if cursor.eat("SET") {
        set(cursor, input, start)?
    } else if cursor.eat("DROP") {
        drop_columns(cursor, input, start)?
    } else if cursor.eat("AS") {
        let alias = TableAlias {
            name: whole_name(cursor)?,
            columns: Vec::new(),
        };
        aliased(input, alias, cursor.since(start))
    } else if cursor.eat("WHERE") {
        let filtered = filter(cursor, input, start)?;
        refuse_in_where(cursor)?;
        filtered
    } else if cursor.at_any(&["PIVOT", "UNPIVOT"]) {
        pivots(cursor, input, start)?
    } else if cursor.at("TABLESAMPLE") {
        sample(cursor, input, start)?
    } else if let Some(operator) = set_operator(cursor, &["UNION", "EXCEPT", "MINUS", "INTERSECT"])
    {
        let is_all = quantifier(cursor);
        let right = query_primary(cursor)?;
        set_operation(input, right, operator, is_all, cursor.since(start))
    } else if let Some((join_type, is_natural)) = join_type(cursor)? {
        finish_join(cursor, input, join_type, is_natural, start)?
    } else {
        result_clause(cursor, input, start)?
    };
    Ok((relation, PipeOperator::Other))
}

/// `SELECT list [GROUP BY ..] [WINDOW ..]`.
fn select(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let hints = select_hints(cursor)?;
    let (is_distinct, expressions) = select_list(cursor)?;
    let grouped = grouping(cursor, expression)?;
    let kind = project_or_aggregate(input, expressions, grouped);
    let mut query = Relation::new(kind, cursor.since(start));
    if is_distinct {
        let distinct = RelationKind::Distinct(Box::new(query));
        query = Relation::new(distinct, cursor.since(start));
    }
    query = with_windows(cursor, query, start)?;
    Ok(with_hints(cursor, query, hints, start))
}

/// `EXTEND expression [AS name], .. [WINDOW ..]`.
fn extend(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let mut expressions = vec![star(cursor, Vec::new())];
    expressions.extend(cursor.comma_separated(named_expression)?);
    let kind = project_or_aggregate(input, expressions, None);
    let query = Relation::new(kind, cursor.since(start));
    with_windows(cursor, query, start)
}

/// `SET column = value, ..`.
fn set(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let columns = cursor.comma_separated(|cursor| {
        let column_at = cursor.here();
        let column = name(cursor)?;
        if cursor.at_symbol(".") {
            return Err(cursor.error_at(
                "_LEGACY_ERROR_TEMP_0035",
                "Operation not allowed: SQL pipe syntax |> SET operator with multi-part assignment key (only single-part keys \
                 are allowed).",
                column_at,
            ));
        }
        cursor.expect_symbol("=")?;
        Ok((column, expression(cursor)?))
    })?;
    let kind = RelationKind::SetColumns {
        input: Box::new(input),
        columns,
    };
    Ok(Relation::new(kind, cursor.since(start)))
}

/// `DROP column, ..`: all columns but these.
fn drop_columns(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let columns = cursor.comma_separated(multipart_name)?;
    let kind = project_or_aggregate(input, vec![star(cursor, columns)], None);
    Ok(Relation::new(kind, cursor.since(start)))
}

fn star(cursor: &Cursor<'_>, except: Vec<Vec<String>>) -> Expression {
    let star = ExpressionKind::UnresolvedStar {
        target: None,
        except,
    };
    Expression::new(star, cursor.here())
}

/// `AGGREGATE [expressions] [GROUP BY keys] [WINDOW ..]`.
fn aggregate(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let ends = cursor.at_end() || cursor.at_symbol("|>") || cursor.at_symbol(")");
    if ends {
        return Err(cursor.error_at(
            "_LEGACY_ERROR_TEMP_0035",
            "Operation not allowed: The AGGREGATE clause requires a list of aggregate expressions or a list of grouping \
             expressions, or both.",
            cursor.since(start),
        ));
    }
    let expressions = match cursor.at("GROUP BY") {
        true => Vec::new(),
        false => cursor.comma_separated(named_expression)?,
    };
    let grouping_at = cursor.here();
    // The keys are columns of the result, and may have names.
    let grouped = grouping(cursor, named_expression)?;
    let (grouping, kind) = grouped.unwrap_or((Vec::new(), GroupingKind::GroupBy));
    if let Some(clause) = analytics(&grouping, &kind) {
        return Err(cursor.error_at(
            "UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE",
            format!(
                "The feature is not supported: The SQL pipe operator syntax with aggregation (using |> AGGREGATE) does not \
                 support {clause}."
            ),
            cursor.since(grouping_at),
        ));
    }
    let kind = RelationKind::Aggregate {
        input: Box::new(input),
        grouping,
        kind,
        expressions,
        keeps_grouping: true,
    };
    let query = Relation::new(kind, cursor.since(start));
    with_windows(cursor, query, start)
}

/// The clause that makes more groups than one for each value of the keys, if there is one.
fn analytics(grouping: &[Expression], kind: &GroupingKind) -> Option<&'static str> {
    let is_call = |expression: &Expression, name: &str| matches!(&expression.kind, ExpressionKind::UnresolvedFunction(call) if call.name == [name]);
    let has = |name: &str| grouping.iter().any(|key| is_call(key, name));
    match kind {
        GroupingKind::All => Some("GROUP BY ALL"),
        GroupingKind::Rollup => Some("GROUP BY ROLLUP"),
        GroupingKind::Cube => Some("GROUP BY CUBE"),
        GroupingKind::GroupingSets(_) => Some("GROUPING SETS"),
        GroupingKind::GroupBy if has("rollup") => Some("GROUP BY ROLLUP"),
        GroupingKind::GroupBy if has("cube") => Some("GROUP BY CUBE"),
        GroupingKind::GroupBy if has("grouping sets") => Some("GROUPING SETS"),
        GroupingKind::GroupBy => None,
    }
}

/// `WINDOW` may follow `WHERE` in a query, but not in a pipe operator.
fn refuse_in_where(cursor: &Cursor<'_>) -> Result<()> {
    match cursor.at("WINDOW") {
        true => Err(cursor.error_at(
            "NOT_ALLOWED_IN_PIPE_OPERATOR_WHERE.WINDOW_CLAUSE",
            "Not allowed in the pipe WHERE clause: WINDOW clause.",
            cursor.here(),
        )),
        false => Ok(()),
    }
}

/// One of the clauses that order and limit a query, or nothing: all parts of Spark's `queryOrganization` may be left out.
fn result_clause(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let Some(clause) = clause_at(cursor) else {
        return Ok(input);
    };
    let result = match clause {
        "WINDOW" => return Err(window_clause(cursor)),
        "LIMIT" | "OFFSET" => limited(cursor, input, start)?,
        _ => ordered(cursor, input, start)?,
    };
    match clause_at(cursor) {
        None => Ok(result),
        Some("WINDOW") => Err(window_clause(cursor)),
        Some("ORDER BY" | "SORT BY" | "CLUSTER BY" | "DISTRIBUTE BY") if clause.ends_with("BY") => {
            Err(cursor.error_at(
                "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES",
                "The feature is not supported: Combination of ORDER BY/SORT BY/DISTRIBUTE BY/CLUSTER BY.",
                cursor.here(),
            ))
        }
        Some(second) => Err(several_clauses(cursor, clause, second)),
    }
}

fn clause_at(cursor: &Cursor<'_>) -> Option<&'static str> {
    let mut clauses = RESULT_CLAUSES.into_iter();
    clauses.find(|clause| cursor.at(clause))
}

fn window_clause(cursor: &Cursor<'_>) -> ParseError {
    cursor.error_at(
        "UNSUPPORTED_FEATURE.CLAUSE_WITH_PIPE_OPERATORS",
        "The feature is not supported: The SQL pipe operator syntax using |> does not support the WINDOW clause.",
        cursor.here(),
    )
}

fn several_clauses(cursor: &Cursor<'_>, first: &str, second: &str) -> ParseError {
    cursor.error_at(
        "MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS",
        format!(
            "{first} and {second} cannot coexist in the same SQL pipe operator using '|>'. Please separate the multiple result \
             clauses into separate pipe operators and then retry the query again."
        ),
        cursor.here(),
    )
}
