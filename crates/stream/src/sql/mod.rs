//! SQL: Spark's statements and clauses over the engine's parser and planner.

mod name;
mod rewrite;

pub(crate) use name::column_name;
pub(crate) use rewrite::rewrite_expression;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::planner::ExprPlanner;

/// What gives SQL's operators Spark's meaning.
pub(crate) fn expr_planners() -> Vec<Arc<dyn ExprPlanner>> {
    vec![Arc::new(rewrite::OperatorPlanner)]
}

/// Teaches a session's planner our table expressions.
pub(crate) fn register(_: &mut SessionState) -> Result<()> {
    Ok(())
}
