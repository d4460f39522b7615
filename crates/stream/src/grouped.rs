//! A DataFrame divided into groups, waiting to be told what to compute of each.

use datafusion::common::Column as ColumnName;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::utils::find_aggregate_exprs;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};

use crate::column::Column;
use crate::dataframe::DataFrame;
use crate::dialect;
use crate::error::{Error, Result};
use crate::functions;
use crate::plan;

/// What [`DataFrame::group_by`] gives.
#[derive(Clone, Debug)]
pub struct GroupedData {
    frame: DataFrame,
    keys: Vec<Expr>,
}

impl GroupedData {
    pub(crate) fn new(frame: DataFrame, keys: Vec<Expr>) -> GroupedData {
        GroupedData { frame, keys }
    }

    /// One row per group: its keys, then `aggregates`.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN`, or `MISSING_AGGREGATION` for an expression that has no one value per
    /// group.
    pub fn agg<C: Into<Column>>(
        self,
        aggregates: impl IntoIterator<Item = C>,
    ) -> Result<DataFrame> {
        let input = self.frame.plan();
        let mut results = Vec::new();
        for aggregate in aggregates {
            results.push(dialect::resolve_named(
                aggregate.into().expr,
                input.schema(),
            )?);
        }
        let calls = find_aggregate_exprs(results.iter());
        let keys: Vec<(Expr, String)> = self
            .keys
            .into_iter()
            .map(|key| match key {
                Expr::Alias(alias) => (*alias.expr, alias.name),
                key => {
                    let name = dialect::pretty_name(&key);
                    (key, name)
                }
            })
            .collect();
        let key_exprs: Vec<Expr> = keys.iter().map(|(key, _)| key.clone()).collect();
        let grouped = LogicalPlanBuilder::from(input.clone())
            .aggregate(key_exprs.clone(), calls)?
            .build()?;
        let grouped = plan::resolve_time_windows(grouped)?;
        let mut output = Vec::new();
        for (i, (_, name)) in keys.into_iter().enumerate() {
            let key = Expr::Column(ColumnName::from(grouped.schema().qualified_field(i)));
            output.push(match &key {
                Expr::Column(column) if column.name == name => key,
                _ => key.alias(name),
            });
        }
        for result in results {
            output.push(over_groups(result, &key_exprs)?);
        }
        let plan = LogicalPlanBuilder::from(grouped).project(output)?.build()?;
        Ok(DataFrame::new(self.frame.session().clone(), plan))
    }

    /// How many rows each group has, as `count`.
    ///
    /// # Errors
    /// As [`agg`](Self::agg).
    pub fn count(self) -> Result<DataFrame> {
        self.agg([functions::count("*").alias("count")])
    }
}

/// `result` with its aggregate calls and group keys replaced by the columns that hold them.
fn over_groups(result: Expr, keys: &[Expr]) -> Result<Expr> {
    let mut ungrouped = None;
    let replaced = result.transform_down(|expr| {
        let known = matches!(expr, Expr::AggregateFunction(_)) || keys.contains(&expr);
        if known {
            let (qualifier, name) = expr.qualified_name();
            let column = Expr::Column(ColumnName::new(qualifier, name));
            return Ok(Transformed::new(column, true, TreeNodeRecursion::Jump));
        }
        if let Expr::Column(column) = &expr {
            ungrouped.get_or_insert_with(|| column.name.clone());
        }
        Ok(Transformed::no(expr))
    })?;
    match ungrouped {
        None => Ok(replaced.data),
        Some(name) => Err(Error::analysis(
            "MISSING_AGGREGATION",
            format!(
                "The non-aggregating expression \"{name}\" is based on columns which are not \
                 participating in the GROUP BY clause. Add the columns or the expression to the \
                 GROUP BY, aggregate the expression, or use \"any_value({name})\" if you do not \
                 care which of the values within a group is returned."
            ),
        )),
    }
}
