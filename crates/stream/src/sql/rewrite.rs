//! Spark's meaning of SQL's operators and literals, put in place before DataFusion plans.

use std::ops::ControlFlow;

use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::Expr as EngineExpr;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Value, visit_expressions_mut,
};

use crate::dialect;

/// Gives whole-number literals Spark's types: `INT` if they fit, else `BIGINT`.
pub(crate) fn rewrite_expression(expr: &mut Expr) {
    let _ = visit_expressions_mut(expr, |e| {
        rewrite_literal(e);
        ControlFlow::<()>::Continue(())
    });
}

fn rewrite_literal(expr: &mut Expr) {
    let Expr::Value(value) = expr else { return };
    let Value::Number(digits, _) = &value.value else { return };
    if digits.parse::<i32>().is_ok() {
        let literal = expr.clone();
        *expr = Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(literal),
            data_type: DataType::Int(None),
            array: false,
            format: None,
        };
    }
}

/// Operators that mean something else in Spark than in DataFusion.
#[derive(Debug)]
pub(crate) struct OperatorPlanner;

impl ExprPlanner for OperatorPlanner {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        if expr.op != BinaryOperator::Divide {
            return Ok(PlannerResult::Original(expr));
        }
        let binary = BinaryExpr::new(
            Box::new(expr.left.clone()),
            datafusion::logical_expr::Operator::Divide,
            Box::new(expr.right.clone()),
        );
        let resolved = dialect::resolve_operator(binary, schema)?;
        match resolved {
            EngineExpr::BinaryExpr(_) => Ok(PlannerResult::Original(expr)),
            resolved => Ok(PlannerResult::Planned(resolved)),
        }
    }
}
