//! How Spark shows a call: `upper(a)`, `(a + b)`, `(a IS NULL)`.

/// The call of `function` with arguments that are shown as `names`.
pub(crate) fn call(function: &str, names: &[&str]) -> String {
    match (function, names) {
        ("==" | "=", [a, b]) => format!("({a} = {b})"),
        ("and", [a, b]) => format!("({a} AND {b})"),
        ("or", [a, b]) => format!("({a} OR {b})"),
        (
            "+" | "-" | "*" | "/" | "%" | "div" | "&" | "|" | "^" | "<" | "<=" | ">" | ">=" | "<=>"
            | "<<" | ">>" | ">>>",
            [a, b],
        ) => format!("({a} {function} {b})"),
        ("-", [a]) => format!("(- {a})"),
        ("+" | "positive", [a]) => format!("(+ {a})"),
        ("~", [a]) => format!("~{a}"),
        ("not" | "!", [a]) => format!("(NOT {a})"),
        ("!=" | "<>", [a, b]) => format!("(NOT ({a} = {b}))"),
        ("isnull", [a]) => format!("({a} IS NULL)"),
        ("isnotnull", [a]) => format!("({a} IS NOT NULL)"),
        ("in", [value, list @ ..]) => format!("({value} IN ({}))", list.join(", ")),
        ("if", [..]) => format!("(IF({}))", names.join(", ")),
        ("when", [..]) => case(names),
        ("ceil" | "floor", [_]) => format!("{}({})", function.to_uppercase(), names.join(", ")),
        _ if UPPER_CASE.contains(&function) => {
            format!("{}({})", function.to_uppercase(), names.join(", "))
        }
        _ => format!("{function}({})", names.join(", ")),
    }
}

/// Functions that Spark shows in upper case.
const UPPER_CASE: [&str; 32] = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "cot",
    "csc",
    "degrees",
    "e",
    "exp",
    "expm1",
    "hypot",
    "log",
    "log10",
    "log1p",
    "log2",
    "pi",
    "power",
    "radians",
    "sec",
    "signum",
    "sin",
    "sinh",
    "spark_partition_id",
    "sqrt",
    "tan",
    "tanh",
];

/// `CASE WHEN a THEN b ELSE c END`.
fn case(names: &[&str]) -> String {
    let mut text = "CASE".to_owned();
    let (branches, rest) = names.as_chunks::<2>();
    for [condition, value] in branches {
        text.push_str(&format!(" WHEN {condition} THEN {value}"));
    }
    if let [otherwise] = rest {
        text.push_str(&format!(" ELSE {otherwise}"));
    }
    text.push_str(" END");
    text
}
