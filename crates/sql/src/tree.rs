//! An unresolved plan as text, for `EXPLAIN EXTENDED`.

use crate::expression::{ArgumentValue, Expression};
use crate::relation::{
    GroupingKind, JoinCriteria, PipeOperator, Relation, RelationKind, SampleMethod,
};
use crate::span::Span;
use crate::statement::ObjectName;

/// The plan of a query of `text` as a tree, one line for each relation. What is not resolved has `'` before it, as in Spark;
/// expressions are shown as they are written.
pub fn plan_tree(text: &str, query: &Relation) -> String {
    let mut tree = String::new();
    // The relations that are left, each with what stands before it in its line and in the lines below it.
    let mut left = vec![(query, String::new(), String::new())];
    while let Some((relation, first, below)) = left.pop() {
        let line = describe(text, relation);
        tree.push_str(&format!("{first}{line}\n"));
        let inputs = inputs(relation);
        let last = inputs.len().saturating_sub(1);
        for (index, input) in inputs.into_iter().enumerate().rev() {
            left.push(match index == last {
                true => (input, format!("{below}+- "), format!("{below}   ")),
                false => (input, format!("{below}:- "), format!("{below}:  ")),
            });
        }
    }
    tree
}

/// The relations that a relation reads.
fn inputs(relation: &Relation) -> Vec<&Relation> {
    match &relation.kind {
        RelationKind::Analysed(_)
        | RelationKind::OneRow
        | RelationKind::Table { .. }
        | RelationKind::Values { .. }
        | RelationKind::TableFunction { .. } => Vec::new(),
        RelationKind::Join { left, right, .. } | RelationKind::SetOperation { left, right, .. } => {
            vec![left, right]
        }
        RelationKind::With { tables, input, .. } => {
            let tables = tables.iter().map(|table| &table.query);
            tables.chain([input.as_ref()]).collect()
        }
        RelationKind::Distinct(input)
        | RelationKind::SubqueryAlias { input, .. }
        | RelationKind::Watermark { input, .. }
        | RelationKind::Project { input, .. }
        | RelationKind::Aggregate { input, .. }
        | RelationKind::Filter { input, .. }
        | RelationKind::Having { input, .. }
        | RelationKind::Qualify { input, .. }
        | RelationKind::LateralView { input, .. }
        | RelationKind::Pivot { input, .. }
        | RelationKind::Unpivot { input, .. }
        | RelationKind::Sample { input, .. }
        | RelationKind::Hints { input, .. }
        | RelationKind::WithWindows { input, .. }
        | RelationKind::Sort { input, .. }
        | RelationKind::Repartition { input, .. }
        | RelationKind::Limit { input, .. }
        | RelationKind::Offset { input, .. }
        | RelationKind::SetColumns { input, .. }
        | RelationKind::Pipe { input, .. }
        | RelationKind::WithColumns { input, .. }
        | RelationKind::WithColumnsRenamed { input, .. }
        | RelationKind::Drop { input, .. }
        | RelationKind::Deduplicate { input, .. } => vec![input],
    }
}

/// The line of a relation.
fn describe(text: &str, relation: &Relation) -> String {
    let one = |expression: &Expression| one_line(text, expression.span);
    let all = |expressions: &[Expression]| -> String {
        let texts: Vec<String> = expressions.iter().map(one).collect();
        format!("[{}]", texts.join(", "))
    };
    match &relation.kind {
        RelationKind::Analysed(number) => format!("Analysed {number}"),
        RelationKind::OneRow => "OneRowRelation".to_owned(),
        RelationKind::Table {
            name, is_streaming, ..
        } => format!(
            "'UnresolvedRelation [{}], {is_streaming}",
            name_of(text, name)
        ),
        RelationKind::Values { rows } => format!("'UnresolvedInlineTable {}", all(rows)),
        RelationKind::TableFunction { name, arguments } => {
            let values = arguments.iter().map(|argument| match &argument.value {
                ArgumentValue::Expression(value) => one(value),
                ArgumentValue::Table { table, .. } => one_line(text, table.span),
            });
            format!(
                "'UnresolvedTableValuedFunction [{}], [{}]",
                name_of(text, name),
                values.collect::<Vec<_>>().join(", ")
            )
        }
        RelationKind::SubqueryAlias { alias, .. } => match alias {
            Some(alias) => format!("'SubqueryAlias {}", alias.name),
            None => "'SubqueryAlias __auto_generated_subquery_name".to_owned(),
        },
        RelationKind::Watermark { column, delay, .. } => {
            format!("'EventTimeWatermark {}, {}", one(column), one(delay))
        }
        RelationKind::Project { expressions, .. } => format!("'Project {}", all(expressions)),
        RelationKind::Aggregate {
            grouping,
            kind,
            expressions,
            ..
        } => {
            let keys = match kind {
                GroupingKind::All => "ALL".to_owned(),
                GroupingKind::GroupBy => all(grouping),
                GroupingKind::Rollup => format!("rollup{}", all(grouping)),
                GroupingKind::Cube => format!("cube{}", all(grouping)),
                GroupingKind::GroupingSets(sets) => {
                    let sets: Vec<String> = sets.iter().map(|set| all(set)).collect();
                    format!("grouping sets[{}]", sets.join(", "))
                }
            };
            format!("'Aggregate {keys}, {}", all(expressions))
        }
        RelationKind::Distinct(_) => "'Distinct".to_owned(),
        RelationKind::Filter { condition, .. } => format!("'Filter {}", one(condition)),
        RelationKind::Having { condition, .. } => format!("'UnresolvedHaving {}", one(condition)),
        RelationKind::Qualify { condition, .. } => format!("'UnresolvedQualify {}", one(condition)),
        RelationKind::Join {
            join_type,
            criteria,
            is_lateral,
            ..
        } => {
            let name = if *is_lateral { "LateralJoin" } else { "Join" };
            let criteria = match criteria {
                JoinCriteria::None => String::new(),
                JoinCriteria::On(condition) => format!(", {}", one(condition)),
                JoinCriteria::Using(names) => format!(", using [{}]", names.join(", ")),
                JoinCriteria::Natural => ", natural".to_owned(),
            };
            format!("'{name} {join_type:?}{criteria}")
        }
        RelationKind::SetOperation {
            operator, is_all, ..
        } => format!("'{operator:?}{}", if *is_all { " All" } else { "" }),
        RelationKind::LateralView {
            generator,
            is_outer,
            table,
            columns,
            ..
        } => format!(
            "'Generate {}, {is_outer}, {table}, [{}]",
            one(generator),
            columns.join(", ")
        ),
        RelationKind::Pivot { pivot, .. } => {
            format!(
                "'Pivot {}, [{}]",
                all(&pivot.aggregates),
                pivot.columns.join(", ")
            )
        }
        RelationKind::Unpivot { unpivot, .. } => {
            format!(
                "'Unpivot {}, [{}]",
                unpivot.name_column,
                unpivot.value_columns.join(", ")
            )
        }
        RelationKind::Sample { method, .. } => match method {
            SampleMethod::Percent(percent) => format!("'Sample {percent} percent"),
            SampleMethod::Rows(rows) => format!("'Sample {} rows", one(rows)),
            SampleMethod::Bucket(bucket, of) => format!("'Sample bucket {bucket} out of {of}"),
        },
        RelationKind::Hints { hints, .. } => {
            let names: Vec<&str> = hints.iter().map(|hint| hint.name.as_str()).collect();
            format!("'UnresolvedHint {}", names.join(", "))
        }
        RelationKind::WithWindows { windows, .. } => {
            let names: Vec<&str> = windows.iter().map(|window| window.name.as_str()).collect();
            format!("'WithWindowDefinition [{}]", names.join(", "))
        }
        RelationKind::Sort {
            order, is_global, ..
        } => {
            let keys: Vec<String> = order.iter().map(|key| one(&key.child)).collect();
            format!("'Sort [{}], {is_global}", keys.join(", "))
        }
        RelationKind::Repartition { by, .. } => format!("'RepartitionByExpression {}", all(by)),
        RelationKind::Limit { limit, .. } => format!("'GlobalLimit {}", one(limit)),
        RelationKind::Offset { offset, .. } => format!("'Offset {}", one(offset)),
        RelationKind::With { tables, .. } => {
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            format!("CTE [{}]", names.join(", "))
        }
        RelationKind::SetColumns { columns, .. } => {
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            format!("'SetColumns [{}]", names.join(", "))
        }
        RelationKind::Pipe { operator, .. } => match operator {
            PipeOperator::Other => "'PipeOperator".to_owned(),
            operator => format!("'PipeOperator {operator:?}"),
        },
        RelationKind::WithColumns { columns, .. } => {
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            format!("'WithColumns [{}]", names.join(", "))
        }
        RelationKind::WithColumnsRenamed { renames, .. } => {
            let names: Vec<String> = renames
                .iter()
                .map(|(old, new)| format!("{old} AS {new}"))
                .collect();
            format!("'WithColumnsRenamed [{}]", names.join(", "))
        }
        RelationKind::Drop { names, .. } => format!("'Drop [{}]", names.join(", ")),
        RelationKind::Deduplicate { names, .. } => {
            format!("'Deduplicate [{}]", names.join(", "))
        }
    }
}

fn name_of(text: &str, name: &ObjectName) -> String {
    match name {
        ObjectName::Parts(parts) => parts.join(", "),
        ObjectName::Computed(expression) => {
            format!("IDENTIFIER({})", one_line(text, expression.span))
        }
    }
}

/// A part of the text without line breaks.
fn one_line(text: &str, span: Span) -> String {
    let words: Vec<&str> = span.of(text).split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_a_tree_with_a_line_for_each_relation() {
        let text = "WITH c AS (SELECT 1) SELECT a + 1 AS b, count(*) FROM t JOIN range(3) ON a = id\n\
                    WHERE a > 1 GROUP BY a ORDER BY b LIMIT 2";
        let query = crate::parse_query(text).unwrap();
        let expected = "\
CTE [c]
:- 'Project [1]
:  +- OneRowRelation
+- 'GlobalLimit 2
   +- 'Sort [b], true
      +- 'Aggregate [a], [a + 1 AS b, count(*)]
         +- 'Filter a > 1
            +- 'Join Inner, a = id
               :- 'UnresolvedRelation [t], false
               +- 'UnresolvedTableValuedFunction [range], [3]
";
        assert_eq!(plan_tree(text, &query), expected);
    }
}
