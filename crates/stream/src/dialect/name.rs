//! The names Spark gives to columns that were given none: `count(1)`, `(a + 1)`, `avg(delay)`.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{BinaryExpr, InList, Like, ScalarFunction};
use datafusion::logical_expr::{Between, Case, Expr, Operator};

use super::types::sql_name;

/// The name of an expression's column.
pub(crate) fn pretty_name(expr: &Expr) -> String {
    match expr {
        Expr::Column(column) => column.name.clone(),
        Expr::Alias(alias) => alias.name.clone(),
        Expr::Literal(value, _) => literal(value),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let op = match op {
                Operator::IsDistinctFrom | Operator::NotEq => "<>".to_owned(),
                op => op.to_string().to_uppercase(),
            };
            format!("({} {op} {})", pretty_name(left), pretty_name(right))
        }
        Expr::Not(e) => format!("(NOT {})", pretty_name(e)),
        Expr::Negative(e) => format!("(- {})", pretty_name(e)),
        Expr::IsNull(e) => format!("({} IS NULL)", pretty_name(e)),
        Expr::IsNotNull(e) => format!("({} IS NOT NULL)", pretty_name(e)),
        Expr::Cast(cast) => {
            format!(
                "CAST({} AS {})",
                pretty_name(&cast.expr),
                sql_name(cast.field.data_type())
            )
        }
        Expr::TryCast(cast) => {
            format!(
                "TRY_CAST({} AS {})",
                pretty_name(&cast.expr),
                sql_name(cast.field.data_type())
            )
        }
        Expr::Like(Like {
            negated,
            expr,
            pattern,
            ..
        }) => {
            let not = if *negated { "NOT " } else { "" };
            let like = format!("{} LIKE {}", pretty_name(expr), pretty_name(pattern));
            if *negated {
                format!("({not}{like})")
            } else {
                like
            }
        }
        Expr::Between(Between {
            expr,
            negated,
            low,
            high,
        }) => {
            let (expr, low, high) = (pretty_name(expr), pretty_name(low), pretty_name(high));
            let between = format!("between({expr}, {low}, {high})");
            if *negated {
                format!("(NOT {between})")
            } else {
                between
            }
        }
        Expr::InList(InList {
            expr,
            list,
            negated,
        }) => {
            let within = format!("({} IN ({}))", pretty_name(expr), names(list));
            if *negated {
                format!("(NOT {within})")
            } else {
                within
            }
        }
        Expr::Case(case) => case_name(case),
        Expr::ScalarFunction(ScalarFunction { func, args }) => match (func.name(), args.as_slice())
        {
            ("get_field", [base, Expr::Literal(field, _)]) => {
                format!("{}.{}", pretty_name(base), literal(field))
            }
            // The schema and options of `from_json` are not part of its name.
            ("from_json" | "to_json", [value, ..]) => {
                format!("{}({})", func.name(), pretty_name(value))
            }
            ("named_struct", fields) => {
                let values = fields.iter().skip(1).step_by(2).map(pretty_name);
                format!("struct({})", values.collect::<Vec<_>>().join(", "))
            }
            // A window is called so whatever its arguments are.
            ("window", _) => "window".to_owned(),
            (name, args) => match (operator_of(name), args) {
                (Some(op), [left, right]) => {
                    format!("({} {op} {})", pretty_name(left), pretty_name(right))
                }
                _ => format!("{name}({})", names(args)),
            },
        },
        Expr::AggregateFunction(function) => {
            let distinct = if function.params.distinct {
                "DISTINCT "
            } else {
                ""
            };
            format!(
                "{}({distinct}{})",
                function.func.name(),
                names(&function.params.args)
            )
        }
        #[expect(deprecated, reason = "count(*) still arrives as a wildcard")]
        Expr::Wildcard { .. } => "1".to_owned(),
        other => other.schema_name().to_string(),
    }
}

/// The operator that a function stands for.
fn operator_of(function: &str) -> Option<&'static str> {
    Some(match function {
        "decimal_add" => "+",
        "decimal_subtract" => "-",
        "decimal_multiply" => "*",
        "divide" | "decimal_divide" => "/",
        "decimal_mod" => "%",
        _ => return None,
    })
}

fn names(exprs: &[Expr]) -> String {
    exprs.iter().map(pretty_name).collect::<Vec<_>>().join(", ")
}

fn literal(value: &ScalarValue) -> String {
    if value.is_null() {
        return "NULL".to_owned();
    }
    match value {
        ScalarValue::Utf8(Some(text))
        | ScalarValue::LargeUtf8(Some(text))
        | ScalarValue::Utf8View(Some(text)) => text.clone(),
        other => other.to_string(),
    }
}

fn case_name(case: &Case) -> String {
    let mut name = "CASE".to_owned();
    if let Some(expr) = &case.expr {
        name += &format!(" {}", pretty_name(expr));
    }
    for (when, then) in &case.when_then_expr {
        name += &format!(" WHEN {} THEN {}", pretty_name(when), pretty_name(then));
    }
    if let Some(otherwise) = &case.else_expr {
        name += &format!(" ELSE {}", pretty_name(otherwise));
    }
    name + " END"
}
