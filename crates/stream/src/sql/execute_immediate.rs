//! `EXECUTE IMMEDIATE text [INTO variables] [USING values]`.

use datafusion::common::ScalarValue;
use sql::{DataType, Expression, ExpressionKind, ParameterKind, Parameters, StatementKind};

use super::run::{SqlResult, run};
use super::session_object::session_name;
use super::session_variable;
use super::value::value_sql;
use crate::error::{Error, Result};
use crate::session::Session;

/// How often a statement may execute another one.
const DEPTH_MAX: usize = 32;

/// The parts of the statement.
pub(super) struct ExecuteImmediate {
    /// The text of the statement, as an expression.
    pub statement: Expression,
    /// `INTO`.
    pub into: Vec<Vec<String>>,
    /// `USING`.
    pub using: Vec<Expression>,
}

/// Runs the statement that `execute.statement` gives.
///
/// # Errors
/// A text that is no string, parameters without values, a statement with `INTO` that is no query, and what the statement
/// fails with.
pub(super) async fn execute_immediate(
    session: &Session,
    text: &str,
    execute: ExecuteImmediate,
    depth: usize,
) -> Result<SqlResult> {
    if depth > DEPTH_MAX {
        return Err(Error::analysis(
            "FAILED_TO_PARSE_TOO_COMPLEX",
            format!("EXECUTE IMMEDIATE is nested more than {DEPTH_MAX} levels deep."),
        ));
    }
    let (statement, data_type) =
        session_variable::evaluate(session, text, execute.statement).await?;
    if data_type != DataType::String {
        return Err(Error::analysis(
            "INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE",
            format!(
                "Expression type must be string type but got \"{}\".",
                data_type.sql()
            ),
        ));
    }
    let ScalarValue::Utf8(Some(statement)) = statement else {
        return Err(Error::analysis(
            "NULL_QUERY_STRING_EXECUTE_IMMEDIATE",
            "Execute immediate requires a non-null variable as the query string, but the provided expression is null.",
        ));
    };
    let bound = bind(session, text, &statement, execute.using).await?;
    let parsed = sql::parse_statement(&bound)?;
    if execute.into.is_empty() {
        return Box::pin(run(session, &bound, parsed, depth + 1)).await;
    }
    let StatementKind::Query(query) = parsed.kind else {
        return Err(Error::analysis(
            "INVALID_STATEMENT_FOR_EXECUTE_INTO",
            format!(
                "The INTO clause of EXECUTE IMMEDIATE is only valid for queries but the given statement is not a query: {}.",
                statement.to_uppercase()
            ),
        ));
    };
    for name in &execute.into {
        refuse_unknown(session, name)?;
    }
    session_variable::set_from_query(session, &bound, &execute.into, query).await?;
    Ok(SqlResult::Done)
}

/// The statement with the values of `USING` in the place of its parameters.
async fn bind(
    session: &Session,
    text: &str,
    statement: &str,
    using: Vec<Expression>,
) -> Result<String> {
    for value in &using {
        refuse_query(value, value.span.of(text))?;
    }
    let Some(kind) = sql::parameter_kind(statement)? else {
        return Ok(statement.to_owned());
    };
    let mut named = Vec::with_capacity(using.len());
    let mut positional = Vec::with_capacity(using.len());
    let mut nameless = Vec::new();
    for value in using {
        let shown = value.span.of(text).to_owned();
        let (name, value) = match value.kind {
            ExpressionKind::Alias { child, mut names } => (names.pop(), *child),
            ExpressionKind::UnresolvedAttribute { ref parts, .. } => (parts.last().cloned(), value),
            _ => (None, value),
        };
        let (value, data_type) = session_variable::evaluate(session, text, value).await?;
        let value = value_sql(&value, &data_type);
        match name {
            Some(name) => named.push((name, value.clone())),
            None => nameless.push(format!("\"{shown}\"")),
        }
        positional.push(value);
    }
    let parameters = match kind {
        ParameterKind::Positional => Parameters::Positional(positional),
        ParameterKind::Named if nameless.is_empty() => Parameters::Named(named),
        ParameterKind::Named => {
            return Err(Error::analysis(
                "ALL_PARAMETERS_MUST_BE_NAMED",
                format!(
                    "Using name parameterized queries requires all parameters to be named. Parameters missing names: {}.",
                    nameless.join(", ")
                ),
            ));
        }
    };
    Ok(sql::bind_parameters(statement, &parameters)?.into_owned())
}

/// A variable after `INTO` must exist.
fn refuse_unknown(session: &Session, name: &[String]) -> Result<()> {
    let found = session_name(name).and_then(|name| session.objects().variable(name));
    if found.is_some() {
        return Ok(());
    }
    let parts: Vec<String> = name.iter().map(|part| format!("`{part}`")).collect();
    Err(Error::analysis(
        "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION",
        format!(
            "A column, variable, or function parameter with name {} cannot be resolved.",
            parts.join(".")
        ),
    ))
}

/// A value of `USING` is an expression without a subquery.
fn refuse_query(value: &Expression, shown: &str) -> Result<()> {
    let is_query = matches!(
        value.kind,
        ExpressionKind::ScalarSubquery(_)
            | ExpressionKind::Exists(_)
            | ExpressionKind::InSubquery { .. }
    );
    match is_query {
        true => Err(Error::analysis(
            "UNSUPPORTED_EXPR_FOR_PARAMETER",
            format!(
                "A query parameter contains unsupported expression.\nParameters can either be variables or literals.\nInvalid \
                 expression: [\"{shown}\"]"
            ),
        )),
        false => Ok(()),
    }
}
