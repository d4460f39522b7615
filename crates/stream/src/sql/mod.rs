//! SQL: Spark's statements and clauses over the engine's parser and planner.
//!
//! A text is first read as a statement; the query in it has its tables bound, is parsed, given
//! Spark's meaning where the two dialects differ, and planned. What it means from there on is
//! the same as for a DataFrame made in Rust.

mod function;
mod name;
mod operator;
mod problem;
mod relation;
mod rewrite;
mod run;
mod script;
mod statement;
mod variable;

use std::sync::Arc;

use datafusion::logical_expr::planner::ExprPlanner;

pub(crate) use name::column_name;
pub(crate) use problem::planning_error;
pub(crate) use rewrite::rewrite_expression;
pub use run::SqlResult;
pub use script::split_statements;

/// What gives SQL's operators Spark's meaning.
pub(crate) fn expr_planners() -> Vec<Arc<dyn ExprPlanner>> {
    vec![Arc::new(operator::OperatorPlanner)]
}
