//! Statements about the session: settings, variables, functions, and `EXPLAIN`.

use sql::{ObjectName, ShowStatement, Span, Statement, StatementKind};

use super::answer::{rows, strings};
use super::execute_immediate::{ExecuteImmediate, execute_immediate};
use super::routine::{self, NewFunction};
use super::run::{SqlResult, not_supported, plan_query};
use super::{session_variable, settings};
use crate::error::{Error, ErrorKind, Result};
use crate::explain::{self, ExplainMode};
use crate::session::Session;

/// Runs a statement about the session; gives other statements back.
///
/// # Errors
/// What the statement fails with.
pub(super) async fn session_statement(
    session: &Session,
    text: &str,
    statement: Statement,
    depth: usize,
) -> Result<std::result::Result<SqlResult, Statement>> {
    let name_of = |name: &ObjectName| -> Result<Vec<String>> {
        Ok(session.analyser(text).object_name(name)?)
    };
    let result = match statement.kind {
        StatementKind::SetConfiguration { key, value } => settings::set(session, key, value)?,
        StatementKind::SetTimeZone(zone) => settings::set_time_zone(session, text, zone)?,
        StatementKind::ResetConfiguration(key) => {
            settings::reset(session, key.as_deref());
            SqlResult::Done
        }
        StatementKind::DeclareVariable {
            names,
            replace,
            data_type,
            default,
        } => {
            session_variable::declare(session, text, &names, replace, data_type, default).await?;
            SqlResult::Done
        }
        StatementKind::SetVariables(assignments) => {
            session_variable::set(session, text, assignments).await?;
            SqlResult::Done
        }
        StatementKind::SetVariablesFromQuery { names, query } => {
            session_variable::set_from_query(session, text, &names, query).await?;
            SqlResult::Done
        }
        StatementKind::DropVariable { name, if_exists } => {
            session_variable::drop(session, &name_of(&name)?, if_exists)?;
            SqlResult::Done
        }
        StatementKind::ExecuteImmediate {
            statement,
            into,
            using,
        } => {
            let execute = ExecuteImmediate {
                statement,
                into,
                using,
            };
            execute_immediate(session, text, execute, depth).await?
        }
        StatementKind::CreateFunction {
            name,
            replace,
            is_temporary,
            if_not_exists,
            parameters,
            returns,
            returns_table,
            comment,
            is_deterministic,
            body_text,
            ..
        } => {
            let new = NewFunction {
                name: name_of(&name)?,
                replace,
                parameters,
                returns,
                returns_table,
                comment,
                is_deterministic,
                body: body_text,
            };
            match is_temporary {
                true => routine::create_temporary(session, text, new)?,
                false => routine::create_permanent(session, text, new, if_not_exists).await?,
            }
            SqlResult::Done
        }
        StatementKind::DropFunction {
            name,
            is_temporary,
            if_exists,
        } => {
            let name = name_of(&name)?;
            match is_temporary {
                true => routine::drop_temporary(session, &name, if_exists)?,
                false => routine::drop_permanent(session, &name, if_exists).await?,
            }
            SqlResult::Done
        }
        StatementKind::RefreshFunction(name) => {
            routine::refresh(session, &name_of(&name)?)?;
            SqlResult::Done
        }
        StatementKind::Show(ShowStatement::Functions {
            scope,
            namespace,
            pattern,
        }) => {
            let (scope, pattern) = (scope.as_deref(), pattern.as_deref());
            routine::show(session, scope, namespace.as_ref(), pattern)?
        }
        StatementKind::DescribeFunction { name, is_extended } => {
            routine::describe(session, &name_of(&name)?, is_extended)?
        }
        StatementKind::Explain { mode, statement } => {
            explain_statement(session, text, mode, &statement).await?
        }
        kind => return Ok(Err(Statement { kind, ..statement })),
    };
    Ok(Ok(result))
}

/// `EXPLAIN`. What is wrong in the query is shown, as in Spark.
async fn explain_statement(
    session: &Session,
    text: &str,
    mode: sql::ExplainMode,
    statement: &Statement,
) -> Result<SqlResult> {
    let mode = match mode {
        sql::ExplainMode::Simple => ExplainMode::Simple,
        sql::ExplainMode::Extended => ExplainMode::Extended,
        sql::ExplainMode::Formatted => ExplainMode::Formatted,
        sql::ExplainMode::Cost => ExplainMode::Cost,
        sql::ExplainMode::Codegen => {
            return Err(Error::with_condition(
                ErrorKind::Unsupported,
                "UNSUPPORTED_FEATURE.SQL",
                "The feature is not supported: EXPLAIN CODEGEN. The engine generates no code.",
            ));
        }
    };
    let lines = match &statement.kind {
        StatementKind::Query(query) => {
            let parsed = sql::plan_tree(text, query);
            let planned = match plan_query(session, text, query) {
                Ok(frame) => explain::explain(&frame, mode, Some(&parsed)).await,
                Err(error) => Err(error),
            };
            match planned {
                Ok(plan) => vec![plan],
                Err(error) if mode == ExplainMode::Extended => vec![format!(
                    "== Parsed Logical Plan ==\n{parsed}\n== Analyzed Logical Plan ==\n{error}\n"
                )],
                Err(error) => {
                    let mut lines = vec!["Error occurred during query planning: ".to_owned()];
                    lines.extend(error.to_string().lines().map(str::to_owned));
                    lines
                }
            }
        }
        StatementKind::CreateStreamingQuery(new) => {
            let frame = plan_query(session, text, &new.query)?;
            let parsed = sql::plan_tree(text, &new.query);
            vec![explain::explain(&frame, mode, Some(&parsed)).await?]
        }
        StatementKind::Explain { .. } => return Err(not_supported(text, statement.span)),
        _ => vec![command(text, statement.span)],
    };
    rows(session, &[("plan", strings(lines))])
}

/// The plan of a statement that is no query: the statement.
fn command(text: &str, span: Span) -> String {
    let words: Vec<&str> = span.of(text).split_whitespace().collect();
    format!("== Physical Plan ==\nExecute {}\n", words.join(" "))
}
