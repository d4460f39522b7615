//! `DECLARE`, `SET VARIABLE` and `DROP TEMPORARY VARIABLE`.

use std::collections::HashSet;

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::Expr;
use sql::{DataType, Expression, ExpressionKind, ObjectName, Relation, RelationKind};

use super::run::plan_query;
use super::session_object::{Variable, session_name};
use crate::error::{Error, Result};
use crate::session::Session;

/// The search path of names of variables that are assigned.
const PATH: &str = "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]";

/// `DECLARE [OR REPLACE] names [type] [DEFAULT value]`.
///
/// # Errors
/// `VARIABLE_ALREADY_EXISTS`, `UNRESOLVED_VARIABLE` for another schema than `session`, `INVALID_DEFAULT_VALUE`.
pub(super) async fn declare(
    session: &Session,
    text: &str,
    names: &[ObjectName],
    replace: bool,
    data_type: Option<DataType>,
    default: Option<Expression>,
) -> Result<()> {
    let mut new: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let parts = session.analyser(text).object_name(name)?;
        let name =
            session_name(&parts).ok_or_else(|| unresolved(&parts, "[`system`.`session`]"))?;
        if new.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(Error::analysis(
                "DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE",
                format!(
                    "Found duplicate variable `system`.`session`.`{name}` in the declare variable list. Please, remove one of \
                     them."
                ),
            ));
        }
        new.push(name.to_owned());
    }
    let default_text = default
        .as_ref()
        .map(|default| default.span.of(text).to_owned());
    if let (Some(default), Some(name)) = (&default, new.first()) {
        refuse_subquery(session, text, default, name)?;
    }
    let value = default.unwrap_or(Expression {
        kind: ExpressionKind::Literal(sql::Literal::Null),
        span: sql::Span::default(),
    });
    let (value, data_type) = evaluate(session, text, cast(value, data_type.as_ref())).await?;
    let variables = new.into_iter().map(|name| Variable {
        name,
        data_type: data_type.clone(),
        default: default_text.clone(),
        value: value.clone(),
    });
    session.objects().declare(variables.collect(), replace)
}

fn refuse_subquery(session: &Session, text: &str, default: &Expression, name: &str) -> Result<()> {
    let typed = session.analyser(text).constant(default)?;
    let has_subquery = typed.expr.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_)
        ))
    })?;
    match has_subquery {
        true => Err(Error::analysis(
            "INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION",
            format!(
                "Failed to execute DECLARE VARIABLE command because the destination column or variable \
                 `system`.`session`.`{name}` has a DEFAULT value {}, which contains subquery expressions.",
                default.span.of(text)
            ),
        )),
        false => Ok(()),
    }
}

/// `SET VARIABLE name = value, ..`. All values are computed before the first is assigned.
///
/// # Errors
/// `UNRESOLVED_VARIABLE`, `DUPLICATE_ASSIGNMENTS`, values that do not fit.
pub(super) async fn set(
    session: &Session,
    text: &str,
    assignments: Vec<(Vec<String>, Expression)>,
) -> Result<()> {
    let names: Vec<Vec<String>> = assignments.iter().map(|(name, _)| name.clone()).collect();
    let targets = targets(session, &names)?;
    let mut values = Vec::with_capacity(targets.len());
    for (target, (_, value)) in targets.iter().zip(assignments) {
        let (value, _) = match (&value.kind, &target.default) {
            (ExpressionKind::Default, None) => (ScalarValue::Null, DataType::Void),
            (ExpressionKind::Default, Some(default)) => {
                let value = cast(sql::parse_expression(default)?, Some(&target.data_type));
                evaluate(session, default, value).await?
            }
            _ => evaluate(session, text, cast(value, Some(&target.data_type))).await?,
        };
        values.push(value);
    }
    assign(session, &targets, values);
    Ok(())
}

/// `SET VARIABLE (names) = (query)`. A query without rows gives NULL to all.
///
/// # Errors
/// As [`set`]; `ASSIGNMENT_ARITY_MISMATCH`, `ROW_SUBQUERY_TOO_MANY_ROWS`.
pub(super) async fn set_from_query(
    session: &Session,
    text: &str,
    names: &[Vec<String>],
    query: Relation,
) -> Result<()> {
    let targets = targets(session, names)?;
    let columns = plan_query(session, text, &query)?.schema().fields().len();
    if columns != targets.len() {
        return Err(Error::analysis(
            "ASSIGNMENT_ARITY_MISMATCH",
            format!(
                "The number of columns or variables assigned or aliased: {} does not match the number of source expressions: \
                 {columns}.",
                targets.len()
            ),
        ));
    }
    // The columns get names by place, so that each can be cast.
    let names: Vec<String> = (0..columns).map(|index| format!("c{index}")).collect();
    let span = query.span;
    let values = names.iter().zip(&targets).map(|(name, target)| {
        let column = Expression {
            kind: ExpressionKind::UnresolvedAttribute {
                parts: vec![name.clone()],
                plan_id: None,
            },
            span,
        };
        cast(column, Some(&target.data_type))
    });
    let expressions = values.collect();
    let alias = sql::TableAlias {
        name: "source".to_owned(),
        columns: names,
    };
    let input = Relation::new(
        RelationKind::SubqueryAlias {
            input: Box::new(query),
            alias: Some(alias),
        },
        span,
    );
    let row = Relation::new(
        RelationKind::Project {
            input: Box::new(input),
            expressions,
        },
        span,
    );
    let mut rows = first_rows(session, text, &row).await?;
    let first = rows.pop();
    if !rows.is_empty() {
        return Err(Error::with_condition(
            crate::error::ErrorKind::Data,
            "ROW_SUBQUERY_TOO_MANY_ROWS",
            "More than one row returned by a subquery used as a row.",
        ));
    }
    let values = first.unwrap_or_else(|| vec![ScalarValue::Null; targets.len()]);
    assign(session, &targets, values);
    Ok(())
}

/// `DROP TEMPORARY VARIABLE`.
///
/// # Errors
/// `VARIABLE_NOT_FOUND`, unless `if_exists`; `UNRESOLVED_VARIABLE` for another schema than `session`.
pub(super) fn drop(session: &Session, parts: &[String], if_exists: bool) -> Result<()> {
    let name = session_name(parts).ok_or_else(|| unresolved(parts, "[`system`.`session`]"))?;
    if session.objects().drop_variable(name) || if_exists {
        return Ok(());
    }
    Err(Error::analysis(
        "VARIABLE_NOT_FOUND",
        format!(
            "The variable `system`.`session`.`{name}` cannot be found. Verify the spelling and correctness of the schema and \
             catalog.\nIf you did not qualify the name with a schema and catalog, verify the current_schema() output, or \
             qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VARIABLE IF EXISTS."
        ),
    ))
}

/// The variables of these names.
fn targets(session: &Session, names: &[Vec<String>]) -> Result<Vec<Variable>> {
    let mut seen = HashSet::new();
    let mut targets = Vec::with_capacity(names.len());
    for parts in names {
        let found = session_name(parts).and_then(|name| session.objects().variable(name));
        let target = found.ok_or_else(|| unresolved(parts, PATH))?;
        if !seen.insert(target.name.to_lowercase()) {
            return Err(Error::analysis(
                "DUPLICATE_ASSIGNMENTS",
                format!(
                    "The columns or variables `{}` appear more than once as assignment targets.",
                    target.name
                ),
            ));
        }
        targets.push(target);
    }
    Ok(targets)
}

fn assign(session: &Session, targets: &[Variable], values: Vec<ScalarValue>) {
    for (target, value) in targets.iter().zip(values) {
        let typed = match value.is_null() {
            true => null_of(&target.data_type),
            false => value,
        };
        session.objects().assign(&target.name, typed);
    }
}

/// NULL of a type.
fn null_of(data_type: &DataType) -> ScalarValue {
    let arrow = values::types::to_arrow(data_type);
    ScalarValue::try_from(&arrow).unwrap_or(ScalarValue::Null)
}

/// `value` cast to a type, if one is given.
fn cast(value: Expression, to: Option<&DataType>) -> Expression {
    let Some(to) = to else {
        return value;
    };
    Expression {
        span: value.span,
        kind: ExpressionKind::Cast {
            child: Box::new(value),
            to: to.clone(),
            is_try: false,
        },
    }
}

/// The value and the type of an expression of `text` without columns; it may contain subqueries.
pub(super) async fn evaluate(
    session: &Session,
    text: &str,
    expression: Expression,
) -> Result<(ScalarValue, DataType)> {
    let data_type = session.analyser(text).constant(&expression)?.data_type;
    let span = expression.span;
    let row = Relation::new(
        RelationKind::Project {
            input: Box::new(Relation::new(RelationKind::OneRow, span)),
            expressions: vec![expression],
        },
        span,
    );
    let value = first_rows(session, text, &row)
        .await?
        .pop()
        .and_then(|mut row| row.pop());
    Ok((value.unwrap_or(ScalarValue::Null), data_type))
}

/// At most two rows of a query.
async fn first_rows(
    session: &Session,
    text: &str,
    query: &Relation,
) -> Result<Vec<Vec<ScalarValue>>> {
    let batches = plan_query(session, text, query)?
        .limit(2)?
        .collect()
        .await?;
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let values = batch.columns().iter();
            let values = values.map(|column| ScalarValue::try_from_array(column, row));
            rows.push(values.collect::<Result<Vec<_>, _>>()?);
        }
    }
    Ok(rows)
}

fn unresolved(parts: &[String], path: &str) -> Error {
    let parts: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
    Error::analysis(
        "UNRESOLVED_VARIABLE",
        format!(
            "Cannot resolve variable {} on search path {path}.",
            parts.join(".")
        ),
    )
}
