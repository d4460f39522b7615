//! Spark's functions that are other functions, casts or cases under another name.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, ObjectName, ObjectNamePart, TimezoneInfo, Value,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::name::{column_name, function_name, suffixed_number};

/// Names of DataFusion's functions that do what Spark's of another name do.
const RENAMED: &[(&str, &str)] = &[
    ("any_value", "first_value"),
    ("array", "make_array"),
    ("char_length", "length"),
    ("collect_list", "array_agg"),
    ("explode", "unnest"),
    ("first", "first_value"),
    ("last", "last_value"),
    ("len", "length"),
    ("mean", "avg"),
    ("std", "stddev"),
    ("substr", "substring"),
    ("variance", "var_samp"),
];

/// Functions that give a part of a time, as an `INT`.
const PARTS: &[(&str, &str)] = &[
    ("year", "year"),
    ("quarter", "quarter"),
    ("month", "month"),
    ("day", "day"),
    ("dayofmonth", "day"),
    ("dayofyear", "doy"),
    ("weekofyear", "week"),
    ("hour", "hour"),
    ("minute", "minute"),
    ("second", "second"),
];

/// Puts what DataFusion knows in place of a call that only Spark knows.
pub(super) fn rewrite_function(expr: &mut Expr) {
    match expr {
        Expr::Floor { expr: value, .. } => {
            *expr = cast(
                call("floor", vec![value.as_ref().clone()]),
                DataType::BigInt(None),
            );
            return;
        }
        Expr::Ceil { expr: value, .. } => {
            *expr = cast(
                call("ceil", vec![value.as_ref().clone()]),
                DataType::BigInt(None),
            );
            return;
        }
        Expr::Identifier(ident) => {
            if let Some((digits, data_type)) = suffixed_number(ident) {
                *expr = cast(number(digits), data_type);
            }
            return;
        }
        _ => {}
    }
    let Expr::Function(function) = expr else {
        return;
    };
    let name = function_name(function);
    if let Some((_, renamed)) = RENAMED.iter().find(|(spark, _)| *spark == name) {
        function.name = object_name(renamed);
        return;
    }
    if name == "struct" {
        name_fields(function);
        return;
    }
    let Some(arguments) = plain_arguments(function) else {
        return;
    };
    if matches!(name.as_str(), "from_json" | "to_json") {
        constant_options(function);
        return;
    }
    let replaced = match (name.as_str(), arguments.as_slice()) {
        ("if", [condition, then, otherwise]) => case(condition, then, Some(otherwise)),
        ("nvl" | "ifnull", [_, _]) => call("coalesce", arguments),
        ("count_if", [condition]) => call("count", vec![case(condition, &number("1"), None)]),
        ("approx_count_distinct", [column]) => cast(
            call("approx_distinct", vec![column.clone()]),
            DataType::BigInt(None),
        ),
        ("date_format", [value, pattern]) => {
            let time = cast(value.clone(), DataType::Timestamp(None, TimezoneInfo::None));
            call("date_format", vec![time, pattern.clone()])
        }
        ("to_date", [value]) => cast(value.clone(), DataType::Date),
        ("to_timestamp", [value]) | ("timestamp_seconds", [value]) => {
            cast(value.clone(), DataType::Timestamp(None, TimezoneInfo::None))
        }
        ("unix_timestamp" | "to_unix_timestamp" | "unix_seconds", [value]) => {
            cast(value.clone(), DataType::BigInt(None))
        }
        (name, [value]) => match PARTS.iter().find(|(spark, _)| *spark == name) {
            Some((_, part)) => {
                // Parts are those that clocks of the session's zone show.
                let time = cast(value.clone(), DataType::Timestamp(None, TimezoneInfo::None));
                let local = cast(time, DataType::TimestampNtz(None));
                let part = call("date_part", vec![text(part), local]);
                cast(part, DataType::Int(None))
            }
            None => return,
        },
        _ => return,
    };
    *expr = replaced;
}

fn object_name(name: &str) -> ObjectName {
    ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote(
        '`', name,
    ))])
}

/// The arguments of a call that has nothing but arguments.
fn plain_arguments(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    if list.duplicate_treatment.is_some() || !list.clauses.is_empty() || function.over.is_some() {
        return None;
    }
    let argument = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
        _ => None,
    };
    list.args.iter().map(argument).collect()
}

/// `struct(a, b + 1)` names its fields `a` and `col2`.
fn name_fields(function: &mut Function) {
    let Some(arguments) = plain_arguments(function) else {
        return;
    };
    let mut named = Vec::with_capacity(arguments.len() * 2);
    for (i, argument) in arguments.into_iter().enumerate() {
        let name = match &argument {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => column_name(&argument),
            _ => format!("col{}", i + 1),
        };
        named.push(text(&name));
        named.push(argument);
    }
    let Expr::Function(call) = call("named_struct", named) else {
        return;
    };
    *function = call;
}

/// The options of a JSON function: `map('mode', 'FAILFAST')` becomes the text of a JSON object.
///
/// Calls within calls are rewritten first, so the map is a call of `map` with texts by now.
fn constant_options(function: &mut Function) {
    let FunctionArguments::List(list) = &mut function.args else {
        return;
    };
    let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(last))) = list.args.last_mut() else {
        return;
    };
    let Expr::Function(map) = &*last else { return };
    if function_name(map) != "map" {
        return;
    }
    let mut texts = Vec::new();
    for argument in plain_arguments(map).unwrap_or_default() {
        let Expr::Value(value) = argument else { return };
        let Value::SingleQuotedString(text) = value.value else {
            return;
        };
        texts.push(text);
    }
    let pairs = texts
        .chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone().into()));
    let object: serde_json::Map<String, serde_json::Value> = pairs.collect();
    *last = text(&serde_json::Value::Object(object).to_string());
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let arguments = arguments
        .into_iter()
        .map(|a| FunctionArg::Unnamed(FunctionArgExpr::Expr(a)));
    Expr::Function(Function {
        name: object_name(name),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(datafusion::sql::sqlparser::ast::FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn cast(expr: Expr, data_type: DataType) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(expr),
        data_type,
        array: false,
        format: None,
    }
}

fn case(condition: &Expr, then: &Expr, otherwise: Option<&Expr>) -> Expr {
    let when = CaseWhen {
        condition: condition.clone(),
        result: then.clone(),
    };
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![when],
        else_result: otherwise.map(|otherwise| Box::new(otherwise.clone())),
    }
}

fn text(text: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(text.to_owned()).with_span(Span::empty()))
}

fn number(digits: &str) -> Expr {
    Expr::Value(Value::Number(digits.to_owned(), false).with_span(Span::empty()))
}
