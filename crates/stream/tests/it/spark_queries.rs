//! Queries over tables, answered as Spark 4.3.0 answers them: columns, types, rows, conditions of errors.
//!
//! The files are `crates/analysis/tests/cases/queries-*.jsonl`. A line has a statement: a query, with Spark's answer, or
//! one with `"setup"` that is run before the lines after it. An error may have its `"context"`. With `CASES=file` another file is compared too.

#![allow(clippy::disallowed_methods, reason = "reads files of the test")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use vltava_stream::{Session, SqlResult};

fn session() -> Session {
    let (io, executors) = io::Io::real(1);
    // They end with the test process; a session does not own them.
    std::mem::forget(executors);
    Session::builder(io).build().unwrap()
}

/// The files with queries.
fn files() -> Vec<PathBuf> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../analysis/tests/cases");
    let entries = std::fs::read_dir(cases).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("queries")
    });
    files.sort();
    files.extend(std::env::var("CASES").ok().map(PathBuf::from));
    files
}

/// Our answer, in the form of the file's. Errors show their context if `case` has one.
async fn answer(session: &Session, case: &Value) -> String {
    let query = case["sql"].as_str().unwrap();
    let answer = async {
        let SqlResult::Rows(frame) = session.sql(query).await? else {
            panic!("{query} is no query");
        };
        let table = frame.show_string(10_000, 0).await?;
        Ok::<_, vltava_stream::Error>(format!("{}\n{}", frame.schema_string(), table.trim()))
    };
    match answer.await {
        Ok(answer) => answer,
        Err(error) => match error.condition() {
            Some(condition) if case["context"].is_string() => {
                let text = error.to_string();
                let context = text.find("== SQL").map_or("", |at| &text[at..]);
                format!("[{condition}]\n{}", context.trim_end())
            }
            Some(condition) => format!("[{condition}]"),
            None => format!("error: {error}"),
        },
    }
}

/// Spark's answer.
fn expected(case: &Value) -> String {
    if let Some(condition) = case["error"].as_str() {
        return match case["context"].as_str() {
            Some(context) => format!("[{condition}]\n{context}"),
            None => format!("[{condition}]"),
        };
    }
    let columns = case["types"].as_array().unwrap().iter();
    let columns = columns.map(|column| {
        let text = |index: usize| column[index].as_str().unwrap();
        format!("{}:{}", text(0), text(1))
    });
    let columns = columns.collect::<Vec<_>>().join(",");
    format!(
        "struct<{columns}>\n{}",
        case["text"].as_str().unwrap().trim()
    )
}

// Two tests, so that two cores share the work.
#[tokio::test]
async fn queries_over_tables_are_answered_as_spark_answers_them() {
    compare(files().into_iter().step_by(2)).await;
}

#[tokio::test]
async fn queries_of_the_other_files_are_answered_as_spark_answers_them() {
    compare(files().into_iter().skip(1).step_by(2)).await;
}

async fn compare(files: impl Iterator<Item = PathBuf>) {
    let mut different = String::new();
    let (mut equal, mut all) = (0, 0);
    for file in files {
        let session = session();
        let text = std::fs::read_to_string(&file).unwrap();
        for line in text.lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            if let Some(setup) = case["setup"].as_str() {
                session.sql(setup).await.unwrap();
                continue;
            }
            let query = case["sql"].as_str().unwrap();
            let (ours, spark) = (answer(&session, &case).await, expected(&case));
            all += 1;
            if ours == spark {
                equal += 1;
            } else {
                different += &format!("-- {query}\nSpark:\n{spark}\nours:\n{ours}\n\n");
            }
        }
    }
    println!("{equal} of {all}");
    assert!(different.is_empty(), "{different}");
}
