//! A limit on the size of an expression.
//!
//! Some functions stand for an expression that names an argument twice, as `x BETWEEN a AND b` does. Such calls within each
//! other double with each level.

use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::Expr;

use crate::error::{Error, Result};

/// The most parts of an expression that a call stands for.
const NODES_MAX: usize = 20_000;

/// How many parts an expression has, without its literals.
pub(crate) fn nodes(expr: &Expr) -> usize {
    count(expr, usize::MAX)
}

/// Checks how many parts an expression has, without its literals.
///
/// # Errors
/// `FAILED_TO_PARSE_TOO_COMPLEX` above 20,000.
pub fn check_nodes(expr: &Expr) -> Result<()> {
    match count(expr, NODES_MAX) > NODES_MAX {
        true => Err(too_complex()),
        false => Ok(()),
    }
}

/// The error for a statement that is too large.
pub fn too_complex() -> Error {
    Error::analysis(
        "FAILED_TO_PARSE_TOO_COMPLEX",
        "The statement, including potential SQL functions and referenced views, was too complex to parse.",
    )
}

/// How many parts an expression has, without its literals; it stops above `most`.
fn count(expr: &Expr, most: usize) -> usize {
    let mut count = 0;
    // The closure does not fail.
    let _ = expr.apply(|part| {
        count += usize::from(!matches!(part, Expr::Literal(..)));
        Ok(match count > most {
            true => TreeNodeRecursion::Stop,
            false => TreeNodeRecursion::Continue,
        })
    });
    count
}
