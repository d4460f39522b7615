//! When two expressions are the same though they are written differently: `a + b` and `b + a` (Spark: `canonicalized`).

use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::expr::{InList, ScalarFunction};
use datafusion_expr::{BinaryExpr, Expr, Operator};

/// Functions whose arguments may change their places.
const COMMUTATIVE: [&str; 7] = ["+", "*", "&", "|", "^", "greatest", "least"];

/// One form for all expressions that differ only in the order of commutative operands. For comparisons only.
pub(crate) fn canonical(expr: &Expr) -> Expr {
    let ordered = expr.clone().transform_up(|expr| {
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
