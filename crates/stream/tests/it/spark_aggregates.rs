//! Queries with aggregates give the types and rows, or the error, that Spark 4.3.0 gives.
//!
//! The cases are those of `crates/analysis/tests/cases/aggregates-*.jsonl` (form: `crates/analysis/tests/it/cases.rs`).

#![allow(clippy::disallowed_methods, reason = "reads files of the test")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use vltava_stream::{Session, SqlResult};

fn session() -> Session {
    let (io, executors) = io::Io::real(1);
    // They end with the test process; a session does not own them.
    std::mem::forget(executors);
    Session::builder(io).build().unwrap()
}

/// Types and text of a query, or the condition of its error.
async fn answer(session: &Session, query: &str) -> String {
    let answer = async {
        let SqlResult::Rows(frame) = session.sql(query).await? else {
            panic!("{query} is no query");
        };
        let table = frame.show_string(1000, 0).await?;
        Ok::<_, vltava_stream::Error>(format!("{}\n{table}", frame.schema_string()))
    };
    match answer.await {
        Ok(answer) => answer,
        Err(error) => match error.condition() {
            Some(condition) => format!("[{condition}]"),
            None => format!("error: {error}"),
        },
    }
}

fn expected(case: &Value) -> String {
    if let Some(condition) = case["error"].as_str() {
        return format!("[{condition}]");
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let columns = case["types"].as_array().into_iter().flatten();
    let columns: Vec<String> = columns
        .map(|pair| format!("{}:{}", text(&pair[0]), text(&pair[1])))
        .collect();
    format!("struct<{}>\n{}", columns.join(","), text(&case["text"]))
}

/// The cases of a file that differ.
async fn differences(session: &Session, file: &Path) -> String {
    let mut differences = String::new();
    let text = std::fs::read_to_string(file).expect("the file is there");
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a line is JSON");
        let query = case["sql"].as_str().expect("a case has a statement");
        let ansi = case["ansi"].as_bool().unwrap_or(true);
        session
            .conf()
            .set("spark.sql.ansi.enabled", ansi.to_string());
        let (ours, spark) = (answer(session, query).await, expected(&case));
        if ours != spark {
            let _ = writeln!(differences, "{query}\nSpark: {spark}\nours:  {ours}");
        }
    }
    differences
}

#[tokio::test]
async fn aggregates_are_those_of_spark() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../analysis/tests/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .expect("there are cases")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.to_string_lossy().contains("aggregates-"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let session = session();
    let mut found = String::new();
    for file in &files {
        found += &differences(&session, file).await;
    }
    assert!(found.is_empty(), "{found}");
}
