//! SQL expressions as text, for `select_expr` and `where_`.

use std::collections::HashMap;

use analysis::{Analyser, TableColumn};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::Expr;

use crate::error::{Error, Result};

/// The expressions of a comma-separated list such as `a + 1 AS b, count(*)`, over the columns of `schema`, with their
/// names.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR`, or what the analyser finds wrong.
pub(crate) fn parse_expressions(
    settings: functions::Settings,
    text: &str,
    schema: &DFSchema,
) -> Result<Vec<Expr>> {
    let expressions = sql::parse_expressions(text)?;
    let mut columns = Vec::with_capacity(schema.fields().len());
    let mut names = HashMap::new();
    for (index, (table, field)) in schema.iter().enumerate() {
        let Some(data_type) = functions::types::field_type(field) else {
            return Err(Error::unsupported(format!(
                "a column of the type {}",
                field.data_type()
            )));
        };
        let column = TableColumn {
            name: field.name().clone(),
            data_type,
            nullable: field.is_nullable(),
        };
        columns.push((table.map(|table| table.table().to_owned()), column));
        names.insert(
            format!("#{index}"),
            Column::new(table.cloned(), field.name()),
        );
    }
    let analyser = Analyser::new(text, settings);
    let mut exprs = Vec::new();
    for typed in analyser.expressions(&columns, &expressions)? {
        let name = typed.column_name().to_owned();
        let expr = typed.expr.transform_up(|expr| {
            Ok(match expr {
                Expr::Column(column) => match names.get(&column.name) {
                    Some(found) => Transformed::yes(Expr::Column(found.clone())),
                    None => Transformed::no(Expr::Column(column)),
                },
                other => Transformed::no(other),
            })
        })?;
        exprs.push(match expr.data {
            Expr::Column(column) if column.name == name => Expr::Column(column),
            other => other.alias(name),
        });
    }
    Ok(exprs)
}
