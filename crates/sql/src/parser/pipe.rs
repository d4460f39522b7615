//! Pipe operators: `query |> WHERE ..`.

use crate::cursor::{Cursor, Result};
use crate::expression::{Expression, ExpressionKind};
use crate::relation::{GroupingKind, Relation, RelationKind, TableAlias};
use crate::span::Span;

use super::expression::{expression, named_expression};
use super::name::{multipart_name, name, whole_name};
use super::query::{
    filter, grouping, organization, quantifier, query_primary, set_operation, set_operator,
};
use super::relation::{aliased, finish_join, join_type, lateral_views, pivots, sample};

/// What follows `|>`, applied to `input`.
pub(super) fn pipe_operator(
    cursor: &mut Cursor<'_>,
    input: Relation,
    start: Span,
) -> Result<Relation> {
    if cursor.eat("SELECT") {
        let is_distinct = matches!(cursor.eat_any(&["DISTINCT", "ALL"]), Some("DISTINCT"));
        let expressions = cursor.comma_separated(named_expression)?;
        let project = RelationKind::Project {
            input: Box::new(input),
            expressions,
        };
        let project = Relation::new(project, cursor.since(start));
        return Ok(match is_distinct {
            true => Relation::new(
                RelationKind::Distinct(Box::new(project)),
                cursor.since(start),
            ),
            false => project,
        });
    }
    if cursor.eat("EXTEND") {
        let star = ExpressionKind::UnresolvedStar {
            target: None,
            except: Vec::new(),
        };
        let mut expressions = vec![Expression::new(star, cursor.here())];
        expressions.extend(cursor.comma_separated(named_expression)?);
        return Ok(Relation::new(
            RelationKind::Project {
                input: Box::new(input),
                expressions,
            },
            cursor.since(start),
        ));
    }
    if cursor.eat("SET") {
        let columns = cursor.comma_separated(|cursor| {
            let column = name(cursor)?;
            cursor.expect_symbol("=")?;
            Ok((column, expression(cursor)?))
        })?;
        return Ok(Relation::new(
            RelationKind::SetColumns {
                input: Box::new(input),
                columns,
            },
            cursor.since(start),
        ));
    }
    if cursor.eat("DROP") {
        let columns = cursor.comma_separated(multipart_name)?;
        return Ok(Relation::new(
            RelationKind::DropColumns {
                input: Box::new(input),
                columns,
            },
            cursor.since(start),
        ));
    }
    if cursor.eat("AS") {
        let alias = TableAlias {
            name: whole_name(cursor)?,
            columns: Vec::new(),
        };
        return Ok(aliased(input, alias, cursor.since(start)));
    }
    if cursor.eat("WHERE") {
        return filter(cursor, input, start);
    }
    if cursor.eat("AGGREGATE") {
        return aggregate(cursor, input, start);
    }
    if cursor.at("LATERAL VIEW") {
        return lateral_views(cursor, input, start);
    }
    if cursor.at_any(&["PIVOT", "UNPIVOT"]) {
        return pivots(cursor, input, start);
    }
    if cursor.at("TABLESAMPLE") {
        return sample(cursor, input, start);
    }
    if let Some(operator) = set_operator(
        cursor,
        &["UNION", "EXCEPT", "MINUS", "SETMINUS", "INTERSECT"],
    ) {
        let is_all = quantifier(cursor);
        let right = query_primary(cursor)?;
        return Ok(set_operation(
            input,
            right,
            operator,
            is_all,
            cursor.since(start),
        ));
    }
    if let Some((join_type, is_natural)) = join_type(cursor)? {
        return finish_join(cursor, input, join_type, is_natural, start);
    }
    organization(cursor, input, start)
}

/// `AGGREGATE expressions GROUP BY ..`.
fn aggregate(cursor: &mut Cursor<'_>, input: Relation, start: Span) -> Result<Relation> {
    let expressions = match cursor.at("GROUP BY") {
        true => Vec::new(),
        false => cursor.comma_separated(named_expression)?,
    };
    // The keys are columns of the result, and may have names.
    let grouped = grouping(cursor, named_expression)?;
    let (grouping, kind) = grouped.unwrap_or((Vec::new(), GroupingKind::GroupBy));
    let kind = RelationKind::Aggregate {
        input: Box::new(input),
        grouping,
        kind,
        expressions,
        keeps_grouping: true,
    };
    Ok(Relation::new(kind, cursor.since(start)))
}
