//! A rule of our own: the parameters of lambdas stay apart from the columns of the input.
//!
//! DataFusion numbers a parameter after the columns of the projection's input, and takes a number below the count of columns
//! for a column. When it puts one projection into another, the input has more columns, and the numbers stay.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::physical_expr::expressions::LambdaVariable;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

/// More columns than an input has.
const SHIFT: usize = 1 << 24;

/// Gives the parameters of lambdas in projections numbers that no column has.
#[derive(Debug)]
pub(crate) struct LambdaIndices;

impl PhysicalOptimizerRule for LambdaIndices {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let shifted = plan.transform_up(|node| {
            let Some(projection) = node.downcast_ref::<ProjectionExec>() else {
                return Ok(Transformed::no(node));
            };
            let mut is_changed = false;
            let mut exprs = Vec::with_capacity(projection.expr().len());
            for ProjectionExpr { expr, alias } in projection.expr() {
                let shifted = Arc::clone(expr).transform_up(|expr| {
                    let Some(variable) = expr.downcast_ref::<LambdaVariable>() else {
                        return Ok(Transformed::no(expr));
                    };
                    let index = variable.index() + SHIFT;
                    let shifted = LambdaVariable::new(index, Arc::clone(variable.field()));
                    Ok(Transformed::yes(Arc::new(shifted) as _))
                })?;
                is_changed |= shifted.transformed;
                exprs.push(ProjectionExpr {
                    expr: shifted.data,
                    alias: alias.clone(),
                });
            }
            match is_changed {
                true => {
                    let input = Arc::clone(projection.input());
                    let shifted = ProjectionExec::try_new(exprs, input)?;
                    Ok(Transformed::yes(Arc::new(shifted) as _))
                }
                false => Ok(Transformed::no(node)),
            }
        })?;
        Ok(shifted.data)
    }

    fn name(&self) -> &str {
        "LambdaIndices"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
