//! The nodes of a plan over another input, which has more columns: their keys.
//!
//! What a node does, it does for each value of the keys by itself.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::DataType as ArrowType;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_common::{Column as EngineColumn, NullEquality};
use datafusion_expr::{
    Aggregate, Distinct, Expr, FetchType, Join, Limit, LogicalPlan, LogicalPlanBuilder, Projection,
    SkipType, Window, cast, lit,
};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::planned::{all_columns, projection};
use crate::subquery::lift::own_condition;

impl Analyser {
    /// A node of one input over another input, for each value of the keys by itself.
    pub(crate) fn keep_keys(
        &self,
        plan: &LogicalPlan,
        input: LogicalPlan,
        keys: &[EngineColumn],
    ) -> Result<Option<LogicalPlan>> {
        Ok(Some(match plan {
            LogicalPlan::Distinct(Distinct::All(_)) => {
                LogicalPlanBuilder::from(input).distinct()?.build()?
            }
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => LogicalPlanBuilder::from(input)
                .sort(sort.expr.clone())?
                .build()?,
            LogicalPlan::Limit(limit) => self.limit_with(limit, input, keys)?,
            LogicalPlan::Window(window) => window_with(window, input, keys)?,
            LogicalPlan::Unnest(unnest) => LogicalPlanBuilder::from(input)
                .unnest_columns_with_options(unnest.exec_columns.clone(), unnest.options.clone())?
                .build()?,
            _ => return Ok(None),
        }))
    }

    /// `LIMIT` and `OFFSET` for each value of the keys: by the number of a row in the order of the sort below.
    fn limit_with(
        &self,
        limit: &Limit,
        input: LogicalPlan,
        keys: &[EngineColumn],
    ) -> Result<LogicalPlan> {
        let (FetchType::Literal(fetch), SkipType::Literal(skip)) =
            (limit.get_fetch_type()?, limit.get_skip_type()?)
        else {
            return Err(unsupported());
        };
        // The sort may stand below projections that drop its keys.
        let mut projections = Vec::new();
        let mut base = &input;
        while let LogicalPlan::Projection(projection) = base {
            projections.push(projection);
            base = &projection.input;
        }
        let (base, order) = match base {
            LogicalPlan::Sort(sort) => (sort.input.as_ref().clone(), sort.expr.clone()),
            _ => {
                projections.clear();
                (input.clone(), Vec::new())
            }
        };
        let columns = all_columns(&base);
        let (numbered, number) = self.numbered_by(base, keys, order)?;
        let number = cast(number.expr(), ArrowType::Int64);
        let mut condition = number.clone().gt(lit(skip as i64));
        if let Some(fetch) = fetch {
            condition = condition.and(number.lt_eq(lit(skip.saturating_add(fetch) as i64)));
        }
        let mut plan = LogicalPlanBuilder::from(numbered)
            .filter(condition)?
            .project(columns)?
            .build()?;
        for projection in projections.into_iter().rev() {
            let projection = Projection::try_new(projection.expr.clone(), Arc::new(plan))?;
            plan = LogicalPlan::Projection(projection);
        }
        Ok(plan)
    }
}

/// The window functions of a node for each value of the keys, under their old names.
fn window_with(window: &Window, input: LogicalPlan, keys: &[EngineColumn]) -> Result<LogicalPlan> {
    let mut exprs = Vec::with_capacity(window.window_expr.len());
    let mut renamed: HashMap<String, String> = HashMap::new();
    for expr in &window.window_expr {
        let before = expr.schema_name().to_string();
        let by_key = expr.clone().transform(|expr| {
            Ok(match expr {
                Expr::WindowFunction(mut call) => {
                    let keys = keys.iter().cloned().map(Expr::Column);
                    call.params.partition_by.extend(keys);
                    Transformed::yes(Expr::WindowFunction(call))
                }
                other => Transformed::no(other),
            })
        })?;
        renamed.insert(by_key.data.schema_name().to_string(), before);
        exprs.push(by_key.data);
    }
    let plan = LogicalPlanBuilder::window_plan(input, exprs)?;
    let columns = all_columns(&plan).into_iter().map(|expr| match &expr {
        Expr::Column(column) => match renamed.get(&column.name) {
            Some(name) => expr.alias(name),
            None => expr,
        },
        _ => expr,
    });
    projection(plan, columns)
}

/// A projection over another input, with more columns of it.
pub(crate) fn project_with(
    projection: &Projection,
    input: LogicalPlan,
    keys: &[EngineColumn],
) -> Result<LogicalPlan> {
    let mut exprs = projection.expr.clone();
    for key in keys {
        let key = Expr::Column(key.clone());
        if !exprs.contains(&key) {
            exprs.push(key);
        }
    }
    let projection = Projection::try_new(exprs, Arc::new(input))?;
    Ok(LogicalPlan::Projection(projection))
}

/// An aggregate over another input, with more keys; none for grouping sets.
pub(crate) fn aggregate_with(
    aggregate: &Aggregate,
    input: LogicalPlan,
    keys: &[EngineColumn],
) -> Result<Option<LogicalPlan>> {
    let mut groups = aggregate.group_expr.clone();
    if groups
        .iter()
        .any(|group| matches!(group, Expr::GroupingSet(_)))
    {
        return Ok(None);
    }
    for key in keys {
        let key = Expr::Column(key.clone());
        if !groups.contains(&key) {
            groups.push(key);
        }
    }
    let plan = Aggregate::try_new(Arc::new(input), groups, aggregate.aggr_expr.clone())?;
    Ok(Some(LogicalPlan::Aggregate(plan)))
}

/// A join of other inputs, with more pairs of columns that must be equal, NULL to NULL.
pub(crate) fn rejoin(
    join: &Join,
    left: LogicalPlan,
    right: LogicalPlan,
    pairs: Vec<(EngineColumn, EngineColumn)>,
    bind: impl Fn(Expr) -> Result<Expr>,
) -> Result<LogicalPlan> {
    let mut filter = join.filter.clone().map(&bind).transpose()?;
    let mut add = |condition: Expr| {
        filter = Some(match filter.take() {
            Some(before) => before.and(condition),
            None => condition,
        });
    };
    let has_pairs = !pairs.is_empty();
    let mut keys: (Vec<EngineColumn>, Vec<EngineColumn>) = pairs.into_iter().unzip();
    let nulls = match keys.0.is_empty() {
        true => join.null_equality,
        false => NullEquality::NullEqualsNull,
    };
    for (a, b) in &join.on {
        match (a, b) {
            (Expr::Column(a), Expr::Column(b)) if join.null_equality == nulls => {
                keys.0.push(a.clone());
                keys.1.push(b.clone());
            }
            _ => add(bind(a.clone())?.eq(bind(b.clone())?)),
        }
    }
    if has_pairs {
        filter = filter.map(own_condition);
    }
    Ok(LogicalPlanBuilder::from(left)
        .join_detailed(right, join.join_type, keys, filter, nulls)?
        .build()?)
}

pub(crate) fn unsupported() -> Error {
    Error::analysis(
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED",
        "Unsupported subquery expression: Accessing outer query column is not allowed in this location.",
    )
}
