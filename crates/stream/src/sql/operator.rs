//! SQL's operators with Spark's types.

use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{Expr, Operator};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use crate::dialect;

/// Plans operators that mean something else in Spark than in DataFusion.
#[derive(Debug)]
pub(crate) struct OperatorPlanner;

impl ExprPlanner for OperatorPlanner {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let op = match expr.op {
            BinaryOperator::Plus => Operator::Plus,
            BinaryOperator::Minus => Operator::Minus,
            BinaryOperator::Multiply => Operator::Multiply,
            BinaryOperator::Divide => Operator::Divide,
            BinaryOperator::Modulo => Operator::Modulo,
            _ => return Ok(PlannerResult::Original(expr)),
        };
        let (left, right) = (Box::new(expr.left.clone()), Box::new(expr.right.clone()));
        let binary = BinaryExpr::new(left, op, right);
        match dialect::resolve_operator(binary.clone(), schema)? {
            Expr::BinaryExpr(same) if same == binary => Ok(PlannerResult::Original(expr)),
            resolved => Ok(PlannerResult::Planned(resolved)),
        }
    }
}
