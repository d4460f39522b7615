//! Casts and arithmetic with Spark's meaning, put in place of DataFusion's when a plan is
//! analysed. Types stay as they are, so this needs no say while the plan is made.

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{Expr, ExprSchemable, cast};

use super::function::{checked, is_plain_cast, spark_cast};

/// Rewrites what means something else in Spark.
#[derive(Debug)]
pub(crate) struct AnsiRewrite;

impl FunctionRewrite for AnsiRewrite {
    fn name(&self) -> &str {
        "spark_ansi"
    }

    fn rewrite(
        &self,
        expr: Expr,
        schema: &DFSchema,
        _: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        match expr {
            Expr::Cast(c) => {
                let (from, to) = (c.expr.get_type(schema)?, c.field.data_type().clone());
                if is_plain_cast(&from, &to) {
                    return Ok(Transformed::no(Expr::Cast(c)));
                }
                Ok(Transformed::yes(spark_cast(*c.expr, to, false)))
            }
            Expr::TryCast(c) => {
                let (from, to) = (c.expr.get_type(schema)?, c.field.data_type().clone());
                if is_plain_cast(&from, &to) {
                    return Ok(Transformed::no(Expr::TryCast(c)));
                }
                Ok(Transformed::yes(spark_cast(*c.expr, to, true)))
            }
            Expr::BinaryExpr(binary) => rewrite_arithmetic(binary, schema),
            other => Ok(Transformed::no(other)),
        }
    }
}

fn rewrite_arithmetic(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let (left, right) = (
        binary.left.get_type(schema)?,
        binary.right.get_type(schema)?,
    );
    if !left.is_signed_integer() || !right.is_signed_integer() {
        return Ok(Transformed::no(Expr::BinaryExpr(binary)));
    }
    let wider = if bytes(&left) >= bytes(&right) {
        left.clone()
    } else {
        right.clone()
    };
    let widened = |expr: &Expr, from: &DataType| match *from == wider {
        true => expr.clone(),
        false => cast(expr.clone(), wider.clone()),
    };
    match checked(
        widened(&binary.left, &left),
        binary.op,
        widened(&binary.right, &right),
    ) {
        Some(checked) => Ok(Transformed::yes(checked)),
        None => Ok(Transformed::no(Expr::BinaryExpr(binary))),
    }
}

fn bytes(integer: &DataType) -> usize {
    integer.primitive_width().unwrap_or(0)
}
