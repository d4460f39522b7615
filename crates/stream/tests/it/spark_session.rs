//! A session of statements, answered as Spark answers them: parameters, variables, SQL functions, settings.
//!
//! `tests/data/spark/session.jsonl` holds the statements in their order, with Spark 4.3's answers: the columns and the
//! table of text, or the condition of the error; `args` are values of parameters. Statements after which the answers
//! differ by intention have `"ours"`, the answer that this engine gives.

use std::fmt::Write as _;

use serde_json::Value;
use vltava_stream::{Error, Parameters, Session, SqlResult};

use crate::support::session;

#[tokio::test]
async fn a_session_is_answered_as_spark_answers_it() {
    let session = session();
    let mut differences = String::new();
    let text = include_str!("../data/spark/session.jsonl");
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let statement = case["sql"].as_str().unwrap();
        let field = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default();
        let spark = match field("error") {
            "" => format!("{}\n{}", field("schema"), field("text")),
            condition => format!("[{condition}]"),
        };
        let expected = match field("ours") {
            "" => spark.trim().to_owned(),
            ours => ours.to_owned(),
        };
        let actual = match our_answer(&session, statement, case.get("args")).await {
            Ok(answer) => answer.trim().to_owned(),
            Err(error) => match error.condition() {
                Some(condition) => format!("[{condition}]"),
                None => format!("error: {error}"),
            },
        };
        if actual != expected {
            let _ = writeln!(
                differences,
                "{statement}\n  expected: {expected}\n  actual: {actual}"
            );
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

async fn our_answer(
    session: &Session,
    statement: &str,
    arguments: Option<&Value>,
) -> Result<String, Error> {
    let result = match arguments {
        None => session.sql(statement).await?,
        Some(arguments) => session.sql_with(statement, &parameters(arguments)).await?,
    };
    let SqlResult::Rows(frame) = result else {
        return Ok(String::new());
    };
    let table = frame.show_string(50, 0).await?;
    Ok(format!("{}\n{table}", frame.schema_string()))
}

fn parameters(arguments: &Value) -> Parameters {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match arguments {
        Value::Object(named) => {
            let named = named
                .iter()
                .map(|(name, value)| (name.clone(), text(value)));
            Parameters::Named(named.collect())
        }
        other => Parameters::Positional(other.as_array().unwrap().iter().map(text).collect()),
    }
}
