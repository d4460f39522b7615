//! Names of columns that a `SELECT` gives none: as Spark prints the expression.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    Value,
};

use crate::dialect::{sql_type_from, sql_name};

/// The name of the column that `expr` gives.
pub(crate) fn column_name(expr: &Expr) -> String {
    match expr {
        Expr::CompoundIdentifier(parts) => {
            parts.last().map(|part| part.value.clone()).unwrap_or_default()
        }
        expr => text(expr),
    }
}

/// An expression as Spark prints it.
fn text(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(ident) => ident.value.clone(),
        Expr::CompoundIdentifier(parts) => {
            parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")
        }
        Expr::Nested(inner) => text(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            Value::Null => "NULL".to_owned(),
            other => other.to_string(),
        },
        Expr::BinaryOp { left, op, right } => {
            let op = match op {
                BinaryOperator::NotEq => {
                    return format!("(NOT ({} = {}))", text(left), text(right));
                }
                op => op.to_string().to_uppercase(),
            };
            format!("({} {op} {})", text(left), text(right))
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => format!("(NOT {})", text(expr)),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match expr.as_ref() {
            Expr::Value(_) => format!("-{}", text(expr)),
            expr => format!("(- {})", text(expr)),
        },
        Expr::IsNull(e) => format!("({} IS NULL)", text(e)),
        Expr::IsNotNull(e) => format!("({} IS NOT NULL)", text(e)),
        Expr::Cast { expr, data_type, .. } => {
            let target = sql_type_from(data_type)
                .map_or_else(|_| data_type.to_string().to_uppercase(), |t| sql_name(&t));
            format!("CAST({} AS {target})", text(expr))
        }
        Expr::Between { expr, negated, low, high } => {
            let (expr, low, high) = (text(expr), text(low), text(high));
            let between = format!("(({expr} >= {low}) AND ({expr} <= {high}))");
            if *negated { format!("(NOT {between})") } else { between }
        }
        Expr::InList { expr, list, negated } => {
            let list: Vec<_> = list.iter().map(text).collect();
            let within = format!("({} IN ({}))", text(expr), list.join(", "));
            if *negated { format!("(NOT {within})") } else { within }
        }
        Expr::Like { negated, expr, pattern, .. } => {
            let like = format!("{} LIKE {}", text(expr), text(pattern));
            if *negated { format!("(NOT {like})") } else { like }
        }
        Expr::Case { operand, conditions, else_result, .. } => {
            let mut name = "CASE".to_owned();
            if let Some(operand) = operand {
                name += &format!(" {}", text(operand));
            }
            for when in conditions {
                name += &format!(" WHEN {} THEN {}", text(&when.condition), text(&when.result));
            }
            if let Some(otherwise) = else_result {
                name += &format!(" ELSE {}", text(otherwise));
            }
            name + " END"
        }
        Expr::Function(function) => function_text(function),
        other => other.to_string(),
    }
}

fn function_text(function: &Function) -> String {
    let name = function.name.to_string().to_lowercase();
    if name == "window" {
        return name;
    }
    let FunctionArguments::List(list) = &function.args else { return format!("{name}()") };
    let arguments: Vec<_> = list
        .args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => text(expr),
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => "1".to_owned(),
            other => other.to_string(),
        })
        .collect();
    let distinct = match list.duplicate_treatment {
        Some(treatment) => format!("{treatment} "),
        None => String::new(),
    };
    format!("{name}({distinct}{})", arguments.join(", "))
}
