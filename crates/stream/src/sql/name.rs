//! Names of columns that a `SELECT` gives none: as Spark prints the expression.

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, UnaryOperator, Value,
};

use crate::dialect::{double, sql_name, sql_type_from};

/// The name of the column that `expr` gives.
pub(crate) fn column_name(expr: &Expr) -> String {
    match expr {
        // A cast column keeps its name.
        Expr::Cast { expr, .. } if is_name(expr) => column_name(expr),
        Expr::Nested(inner) => column_name(inner),
        Expr::CompoundIdentifier(parts) => parts
            .last()
            .map(|part| part.value.clone())
            .unwrap_or_default(),
        expr => text(expr),
    }
}

fn is_name(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
}

/// An expression as Spark prints it.
fn text(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(ident) => match suffixed_number(ident) {
            Some((digits, DataType::Real | DataType::DoublePrecision)) => {
                digits.parse().map_or_else(|_| digits.to_owned(), double)
            }
            Some((digits, _)) => digits.to_owned(),
            None => ident.value.clone(),
        },
        Expr::CompoundIdentifier(parts) => parts
            .iter()
            .map(|part| part.value.as_str())
            .collect::<Vec<_>>()
            .join("."),
        Expr::Nested(inner) => text(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.clone(),
            Value::Null => "NULL".to_owned(),
            Value::Number(digits, _) if digits.contains(['e', 'E']) => {
                digits.parse().map_or_else(|_| digits.clone(), double)
            }
            other => other.to_string(),
        },
        Expr::BinaryOp { left, op, right } => {
            let op = match op {
                BinaryOperator::NotEq => {
                    return format!("(NOT ({} = {}))", text(left), text(right));
                }
                BinaryOperator::StringConcat => {
                    return format!("concat({}, {})", text(left), text(right));
                }
                op => op.to_string().to_uppercase(),
            };
            format!("({} {op} {})", text(left), text(right))
        }
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => format!("(NOT {})", text(expr)),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => match expr.as_ref() {
            Expr::Value(_) => format!("-{}", text(expr)),
            expr => format!("(- {})", text(expr)),
        },
        Expr::IsNull(e) => format!("({} IS NULL)", text(e)),
        Expr::IsNotNull(e) => format!("({} IS NOT NULL)", text(e)),
        Expr::Cast {
            expr, data_type, ..
        } => {
            let target = sql_type_from(data_type)
                .map_or_else(|_| data_type.to_string().to_uppercase(), |t| sql_name(&t));
            format!("CAST({} AS {target})", text(expr))
        }
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let (expr, low, high) = (text(expr), text(low), text(high));
            let between = format!("between({expr}, {low}, {high})");
            if *negated {
                format!("(NOT {between})")
            } else {
                between
            }
        }
        Expr::InList {
            expr,
            list,
            negated,
        } => {
            let list: Vec<_> = list.iter().map(text).collect();
            let within = format!("({} IN ({}))", text(expr), list.join(", "));
            if *negated {
                format!("(NOT {within})")
            } else {
                within
            }
        }
        Expr::Like {
            negated,
            expr,
            pattern,
            ..
        } => {
            let like = format!("{} LIKE {}", text(expr), text(pattern));
            if *negated {
                format!("(NOT {like})")
            } else {
                like
            }
        }
        Expr::Case {
            operand,
            conditions,
            else_result,
            ..
        } => {
            let mut name = "CASE".to_owned();
            if let Some(operand) = operand {
                name += &format!(" {}", text(operand));
            }
            for when in conditions {
                name += &format!(
                    " WHEN {} THEN {}",
                    text(&when.condition),
                    text(&when.result)
                );
            }
            if let Some(otherwise) = else_result {
                name += &format!(" ELSE {}", text(otherwise));
            }
            name + " END"
        }
        Expr::Substring {
            expr,
            substring_from,
            substring_for,
            shorthand,
            ..
        } => {
            let parts = [Some(expr), substring_from.as_ref(), substring_for.as_ref()];
            let parts: Vec<_> = parts.into_iter().flatten().map(|part| text(part)).collect();
            let name = if *shorthand { "substr" } else { "substring" };
            format!("{name}({})", parts.join(", "))
        }
        Expr::Floor { expr, .. } => format!("FLOOR({})", text(expr)),
        Expr::Ceil { expr, .. } => format!("CEIL({})", text(expr)),
        Expr::Function(function) => function_text(function),
        other => other.to_string(),
    }
}

/// The name of the function called, in lower case and without quotes.
pub(super) fn function_name(function: &Function) -> String {
    let parts = function.name.0.iter().map(|part| match part.as_ident() {
        Some(ident) => ident.value.to_lowercase(),
        None => part.to_string().to_lowercase(),
    });
    parts.collect::<Vec<_>>().join(".")
}

/// A number with its type behind it, such as `10L` or `1.5D`; the parser takes it for a name.
pub(super) fn suffixed_number(ident: &Ident) -> Option<(&str, DataType)> {
    if ident.quote_style.is_some() || !ident.value.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (digits, suffix) = ident.value.split_at(ident.value.len() - 1);
    let data_type = match suffix {
        "L" | "l" => DataType::BigInt(None),
        "S" | "s" => DataType::SmallInt(None),
        "Y" | "y" => DataType::TinyInt(None),
        "F" | "f" => DataType::Real,
        "D" | "d" => DataType::DoublePrecision,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|_| (digits, data_type))
}

fn function_text(function: &Function) -> String {
    let name = function_name(function);
    if name == "window" {
        return name;
    }
    let FunctionArguments::List(list) = &function.args else {
        return format!("{name}()");
    };
    let arguments: Vec<_> = list
        .args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => text(expr),
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => "1".to_owned(),
            other => other.to_string(),
        })
        .collect();
    if name == "from_json" || name == "to_json" {
        // Neither schema nor options are part of the name.
        return format!("{name}({})", arguments.first().map_or("", String::as_str));
    }
    if name == "if" {
        return format!("(IF({}))", arguments.join(", "));
    }
    let distinct = match list.duplicate_treatment {
        Some(treatment) => format!("{treatment} "),
        None => String::new(),
    };
    format!("{name}({distinct}{})", arguments.join(", "))
}
