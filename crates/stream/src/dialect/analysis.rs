//! Expressions as the user wrote them, made to mean what they mean in Spark: names resolved
//! against the input, arithmetic typed, results named.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::expr::{BinaryExpr, Cast};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator};

use super::function::{decimal_operator, divide};
use super::name::pretty_name;
use crate::error::{Error, ErrorKind, Result};

/// `expr` with its columns resolved against `schema` and its operators Spark's.
///
/// # Errors
/// `UNRESOLVED_COLUMN` or `AMBIGUOUS_REFERENCE` for a name that means nothing, or two things.
pub(crate) fn resolve(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let resolved = expr.transform_up(|e| match e {
        Expr::Column(column) => Ok(Transformed::yes(resolve_column(&column, schema)?)),
        Expr::BinaryExpr(binary) => Ok(Transformed::yes(resolve_operator(binary, schema)?)),
        other => Ok(Transformed::no(other)),
    })?;
    Ok(resolved.data)
}

/// [`resolve`], with the column name that Spark would give.
pub(crate) fn resolve_named(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let name = match &expr {
        // `a.b` selects a field and is called `b`.
        Expr::Column(column) => last_name(&column.name),
        other => pretty_name(other),
    };
    let resolved = resolve(expr, schema)?;
    Ok(match &resolved {
        Expr::Column(column) if column.name == name => resolved,
        Expr::Alias(alias) if alias.name == name => resolved,
        _ => resolved.alias(name),
    })
}

/// [`resolve_named`] for a list in which `*` stands for all columns.
pub(crate) fn resolve_all(exprs: Vec<Expr>, schema: &DFSchema) -> Result<Vec<Expr>> {
    let mut resolved = Vec::with_capacity(exprs.len());
    for expr in exprs {
        match &expr {
            Expr::Column(column) if column.name == "*" => {
                resolved.extend(schema.columns().into_iter().map(Expr::Column));
            }
            Expr::Column(column) if column.name.ends_with(".*") => {
                let prefix = column.name.trim_end_matches(".*");
                resolved.extend(expand(prefix, schema)?);
            }
            _ => resolved.push(resolve_named(expr, schema)?),
        }
    }
    Ok(resolved)
}

/// `prefix.*`: the columns of a table, or the fields of a struct.
fn expand(prefix: &str, schema: &DFSchema) -> Result<Vec<Expr>> {
    let of_table: Vec<Expr> = schema
        .iter()
        .filter(|(qualifier, _)| qualifier.is_some_and(|q| q.table().eq_ignore_ascii_case(prefix)))
        .map(|(qualifier, field)| Expr::Column(Column::new(qualifier.cloned(), field.name())))
        .collect();
    if !of_table.is_empty() {
        return Ok(of_table);
    }
    let base = resolve_column(&Column::from_name(prefix), schema)?;
    match base.get_type(schema)? {
        DataType::Struct(fields) => Ok(fields
            .iter()
            .map(|field| get_field(base.clone(), field.name().as_str()).alias(field.name()))
            .collect()),
        _ => Err(unresolved(&format!("{prefix}.*"), schema)),
    }
}

/// What a column selected as `a.b` is called: `b`.
pub(crate) fn last_name(name: &str) -> String {
    split_name(name).pop().unwrap_or_default()
}

/// The parts of `a.b.c`; back quotes keep a dot within a part.
fn split_name(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in name.chars() {
        match c {
            '`' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c => parts.last_mut().expect("there is a part").push(c),
        }
    }
    parts
}

/// Finds the columns called `name`, whatever the case, of table `qualifier` if given.
fn find(qualifier: Option<&str>, name: &str, schema: &DFSchema) -> Vec<Column> {
    schema
        .iter()
        .filter(|(table, field)| {
            field.name().eq_ignore_ascii_case(name)
                && qualifier
                    .is_none_or(|q| table.is_some_and(|t| t.table().eq_ignore_ascii_case(q)))
        })
        .map(|(table, field)| Column::new(table.cloned(), field.name()))
        .collect()
}

fn resolve_column(column: &Column, schema: &DFSchema) -> Result<Expr> {
    // Resolved before, or a name that happens to hold dots.
    if schema.has_column(column) && column.relation.is_some() {
        return Ok(Expr::Column(column.clone()));
    }
    let whole = find(
        column.relation.as_ref().map(TableReference::table),
        &column.name,
        schema,
    );
    if let Some(found) = one_of(whole, &column.name)? {
        return Ok(Expr::Column(found));
    }
    let parts = match &column.relation {
        Some(table) => [vec![table.table().to_owned()], split_name(&column.name)].concat(),
        None => split_name(&column.name),
    };
    if let [table, name, fields @ ..] = parts.as_slice()
        && let Some(found) = one_of(find(Some(table), name, schema), &column.name)?
    {
        return fields_of(Expr::Column(found), fields, schema);
    }
    if let [name, fields @ ..] = parts.as_slice()
        && let Some(found) = one_of(find(None, name, schema), &column.name)?
    {
        return fields_of(Expr::Column(found), fields, schema);
    }
    Err(unresolved(&column.name, schema))
}

/// `base.f.g`: fields of structs, by name in any case.
fn fields_of(base: Expr, fields: &[String], schema: &DFSchema) -> Result<Expr> {
    let mut expr = base;
    for name in fields {
        let DataType::Struct(children) = expr.get_type(schema)? else {
            return Err(unresolved(name, schema));
        };
        let Some(child) = children
            .iter()
            .find(|f| f.name().eq_ignore_ascii_case(name))
        else {
            return Err(Error::analysis(
                "FIELD_NOT_FOUND",
                format!(
                    "No such struct field `{name}` in {}.",
                    quoted(children.iter().map(|f| f.name().as_str()))
                ),
            ));
        };
        expr = get_field(expr, child.name().as_str());
    }
    Ok(expr)
}

fn one_of(mut found: Vec<Column>, name: &str) -> Result<Option<Column>> {
    if found.len() > 1 {
        let candidates: Vec<_> = found.iter().map(Column::flat_name).collect();
        return Err(Error::analysis(
            "AMBIGUOUS_REFERENCE",
            format!(
                "Reference `{name}` is ambiguous, could be: [{}].",
                candidates.join(", ")
            ),
        ));
    }
    Ok(found.pop())
}

fn unresolved(name: &str, schema: &DFSchema) -> Error {
    let known = quoted(schema.fields().iter().map(|f| f.name().as_str()));
    let asked = quoted(split_name(name).iter().map(String::as_str)).replace(", ", ".");
    Error::with_condition(
        ErrorKind::Analysis,
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
        format!(
            "A column, variable, or function parameter with name {asked} cannot be resolved. Did \
             you mean one of the following? [{known}]."
        ),
    )
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Spark's types for an operator whose operands are resolved.
pub(crate) fn resolve_operator(binary: BinaryExpr, schema: &DFSchema) -> Result<Expr> {
    if !is_arithmetic(binary.op) {
        return Ok(Expr::BinaryExpr(binary));
    }
    let (left, right) = (
        binary.left.get_type(schema)?,
        binary.right.get_type(schema)?,
    );
    let op = binary.op;
    if let Some(call) = decimal_operator((&binary.left, &left), op, (&binary.right, &right)) {
        return Ok(call);
    }
    let number = |t: &DataType| t.is_numeric() || *t == DataType::Null;
    let mixed =
        left.is_decimal() && right.is_floating() || left.is_floating() && right.is_decimal();
    if !number(&left) || !number(&right) || !(mixed || op == Operator::Divide) {
        return Ok(Expr::BinaryExpr(binary));
    }
    let left = to_double(*binary.left, schema)?;
    let right = to_double(*binary.right, schema)?;
    Ok(match op {
        Operator::Divide => divide(left, right),
        op => Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right))),
    })
}

fn is_arithmetic(op: Operator) -> bool {
    matches!(
        op,
        Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
    )
}

fn to_double(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(match expr.get_type(schema)? {
        DataType::Float64 => expr,
        _ => Expr::Cast(Cast::new(Box::new(expr), DataType::Float64)),
    })
}
