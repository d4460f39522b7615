//! SQL: Spark's statements and clauses over the engine's parser and planner.
//!
//! The crate `sql` parses the text as a statement. The text of the query in it is parsed again by
//! DataFusion's parser, after its tables are bound. Where the two dialects differ, the syntax tree
//! is changed to Spark's meaning. The plan of the query is the same as that of a DataFrame made in
//! Rust.

mod catalog;
mod function;
mod name;
mod operator;
mod problem;
mod rewrite;
mod run;
mod variable;

use std::sync::Arc;

use datafusion::logical_expr::planner::ExprPlanner;

use crate::error::Result;

pub(crate) use name::column_name;
pub(crate) use problem::planning_error;
pub(crate) use rewrite::rewrite_expression;
pub use run::SqlResult;

/// What gives SQL's operators Spark's meaning.
pub(crate) fn expr_planners() -> Vec<Arc<dyn ExprPlanner>> {
    vec![Arc::new(operator::OperatorPlanner)]
}

/// The statements of a script: parts divided by `;` outside of strings, names and comments.
///
/// # Errors
/// `UNCLOSED_BRACKETED_COMMENT`.
pub fn split_statements(script: &str) -> Result<Vec<&str>> {
    Ok(sql::split_statements(script)?)
}
