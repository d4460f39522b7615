//! When two expressions are the same though they are written differently: `a + b` and `b + a` (Spark: `canonicalized`).

use std::sync::Arc;

use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_expr::expr::{InList, Lambda, LambdaVariable, ScalarFunction};
use datafusion_expr::{BinaryExpr, Expr, Operator};

/// Functions whose arguments may change their places.
const COMMUTATIVE: [&str; 7] = ["+", "*", "&", "|", "^", "greatest", "least"];

/// One form for all expressions that differ only in the order of commutative operands and in the names of lambdas'
/// parameters. For comparisons only.
pub(crate) fn canonical(expr: &Expr) -> Expr {
    let renamed = expr.clone().transform_up(|expr| match expr {
        Expr::Lambda(lambda) => Ok(Transformed::yes(Expr::Lambda(with_plain_names(lambda)?))),
        other => Ok(Transformed::no(other)),
    });
    let renamed = renamed.map_or_else(|_| expr.clone(), |renamed| renamed.data);
    let ordered = renamed.transform_up(|expr| {
        Ok(match expr {
            Expr::ScalarFunction(call) if COMMUTATIVE.contains(&call.func.name()) => {
                let mut args = Vec::with_capacity(call.args.len());
                for argument in call.args {
                    match argument {
                        // `(a + b) + c` and `a + (b + c)`.
                        Expr::ScalarFunction(inner) if inner.func.name() == call.func.name() => {
                            args.extend(inner.args);
                        }
                        other => args.push(other),
                    }
                }
                sort(&mut args);
                Transformed::yes(Expr::ScalarFunction(ScalarFunction {
                    func: call.func,
                    args,
                }))
            }
            Expr::BinaryExpr(binary) => Transformed::yes(Expr::BinaryExpr(in_order(binary))),
            Expr::InList(InList {
                expr,
                mut list,
                negated,
            }) => {
                sort(&mut list);
                Transformed::yes(Expr::InList(InList {
                    expr,
                    list,
                    negated,
                }))
            }
            other => Transformed::no(other),
        })
    });
    ordered.map_or_else(|_| expr.clone(), |ordered| ordered.data)
}

/// A lambda whose parameters are called by their places and by how many lambdas are within each other in its body.
fn with_plain_names(lambda: Lambda) -> datafusion_common::Result<Lambda> {
    let Lambda { params, body } = lambda;
    let depth = depth(&body);
    let names: Vec<String> = (0..params.len())
        .map(|place| format!("{depth}.{place}"))
        .collect();
    let body = (*body).transform_up(|expr| {
        let Expr::LambdaVariable(variable) = &expr else {
            return Ok(Transformed::no(expr));
        };
        let place = params.iter().position(|name| *name == variable.name);
        let Some(name) = place.map(|place| names[place].clone()) else {
            return Ok(Transformed::no(expr));
        };
        let field = variable.field.as_ref();
        let field = field.map(|field| Arc::new(field.as_ref().clone().with_name(&name)));
        Ok(Transformed::yes(Expr::LambdaVariable(LambdaVariable::new(
            name, field,
        ))))
    })?;
    Ok(Lambda::new(names, body.data))
}

/// How many lambdas are within each other.
fn depth(expr: &Expr) -> usize {
    let mut deepest = 0;
    // The closure does not fail.
    let _ = expr.apply(|expr| {
        Ok(match expr {
            Expr::Lambda(lambda) => {
                deepest = deepest.max(1 + depth(&lambda.body));
                TreeNodeRecursion::Jump
            }
            _ => TreeNodeRecursion::Continue,
        })
    });
    deepest
}

/// A comparison with its sides in their order: `a > b` as `b < a`.
fn in_order(binary: BinaryExpr) -> BinaryExpr {
    let BinaryExpr { left, op, right } = binary;
    let (op, is_turned) = match op {
        Operator::Gt => (Operator::Lt, true),
        Operator::GtEq => (Operator::LtEq, true),
        Operator::Eq | Operator::IsNotDistinctFrom | Operator::And | Operator::Or => {
            (op, right.to_string() < left.to_string())
        }
        other => (other, false),
    };
    match is_turned {
        true => BinaryExpr::new(right, op, left),
        false => BinaryExpr::new(left, op, right),
    }
}

fn sort(exprs: &mut [Expr]) {
    exprs.sort_by_cached_key(ToString::to_string);
}
