//! Transcripts of statements about databases, tables, views and functions, with Spark's answers.
//!
//! `tests/data/spark/catalogue.py` writes `tests/data/spark/catalogue/*.txt` and describes their form. A difference on
//! purpose has `-- ours: reason` behind Spark's answer, and our answer behind that.

use std::path::Path;

use vltava_stream::{Session, SqlResult};

use crate::support::session_over;

#[tokio::test]
async fn tables_are_made_and_dropped_as_in_spark() {
    check("tables").await;
}

#[tokio::test]
async fn databases_are_made_and_used_as_in_spark() {
    check("databases").await;
}

#[tokio::test]
async fn rows_are_inserted_as_in_spark() {
    check("insert").await;
}

#[tokio::test]
async fn rows_of_one_relation_are_inserted_several_times_as_in_spark() {
    check("multi_insert").await;
}

#[tokio::test]
async fn names_of_columns_are_matched_as_in_spark() {
    check("names").await;
}

#[tokio::test]
async fn tables_are_described_as_in_spark() {
    check("describe").await;
}

#[tokio::test]
async fn views_are_resolved_as_in_spark() {
    check("views").await;
}

#[tokio::test]
async fn tables_are_altered_as_in_spark() {
    check("alter").await;
}

#[tokio::test]
async fn properties_are_checked_as_in_spark() {
    check("properties").await;
}

#[tokio::test]
async fn functions_are_kept_as_in_spark() {
    check("functions").await;
}

#[tokio::test]
async fn defaults_of_columns_are_used_as_in_spark() {
    check("defaults").await;
}

#[tokio::test]
async fn statistics_of_columns_are_shown_as_in_spark() {
    check("statistics").await;
}

#[tokio::test]
async fn cached_tables_have_the_rows_of_spark() {
    check("cache").await;
}

async fn check(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = path.join(format!("tests/data/spark/catalogue/{name}.txt"));
    let transcript = std::fs::read_to_string(&path).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut differences = Vec::new();
    let warehouse = directory.path().join("warehouse");
    std::fs::create_dir(&warehouse).unwrap();
    let mut session = session_over(&warehouse);
    for step in steps(&transcript) {
        let Step::Statement(case) = step else {
            session = session_over(&warehouse);
            continue;
        };
        let statement = case.statement.trim_end_matches(';');
        let statement = statement.replace("{dir}", &directory.path().to_string_lossy());
        let answer = shown(&answer(&session, &statement).await, directory.path());
        let expected = case.ours.as_ref().unwrap_or(&case.spark);
        if answer.trim() != expected.trim() {
            let statement = &case.statement;
            differences.push(format!(
                "> {statement}\n{answer}\n-- expected:\n{expected}\n"
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences in {}\n{}",
        differences.len(),
        path.display(),
        differences.join("\n")
    );
}

async fn answer(session: &Session, statement: &str) -> String {
    let rows = match session.sql(statement).await {
        Ok(SqlResult::Rows(frame)) => frame.show_string(1000, 0).await,
        Ok(_) => Ok(String::new()),
        Err(error) => Err(error),
    };
    rows.unwrap_or_else(|error| error.to_string())
}

enum Step {
    Restart,
    Statement(Case),
}

#[derive(Default)]
struct Case {
    statement: String,
    spark: String,
    ours: Option<String>,
}

fn steps(transcript: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut is_in_statement = false;
    for line in transcript.lines() {
        if let Some(first) = line.strip_prefix("> ")
            && !is_in_statement
        {
            steps.push(Step::Statement(Case {
                statement: first.to_owned(),
                ..Case::default()
            }));
            is_in_statement = !line.ends_with(';');
            continue;
        }
        if line.starts_with("-- restart") {
            steps.push(Step::Restart);
            continue;
        }
        let Some(Step::Statement(case)) = steps.last_mut() else {
            continue;
        };
        if is_in_statement {
            case.statement.push('\n');
            case.statement.push_str(line);
            is_in_statement = !line.ends_with(';');
        } else if line.starts_with("-- ours: ") {
            case.ours = Some(String::new());
        } else if !line.starts_with("--") {
            let answer = case.ours.as_mut().unwrap_or(&mut case.spark);
            answer.push_str(line);
            answer.push('\n');
        }
    }
    steps
}

/// An answer without what differs from run to run: `shown` and `failure` of `catalogue.py`.
fn shown(answer: &str, directory: &Path) -> String {
    let mut text = answer.replace(&*directory.to_string_lossy(), "{dir}");
    if let Some(at) = text.find("SQLSTATE: ")
        && text.starts_with('[')
    {
        text.truncate(at + "SQLSTATE: ".len() + 5);
    } else if !text.starts_with(['+', '[']) {
        text = text.lines().next().unwrap_or_default().to_owned();
    }
    let changes = ["{dir}", "Created Time", "Create Time"];
    let changes = changes.iter().any(|it| text.contains(it));
    let lines = text.lines().map(|line| {
        let mut line = hidden(line);
        let is_hidden = ["<time>", "<user>", "<program>"];
        if changes || is_hidden.iter().any(|it| line.contains(it)) {
            line = collapsed(&line);
        }
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line with a mark in place of a time, user or program.
fn hidden(line: &str) -> String {
    let changing = [
        ("Created Time", "<time>"),
        ("Create Time:", "<time>"),
        ("Last Access", "<time>"),
        ("Created By", "<program>"),
        ("Owner", "<user>"),
    ];
    for (key, mark) in changing {
        let Some(rest) = line.strip_prefix(&format!("|{key}")) else {
            continue;
        };
        let value = rest.trim_start_matches([' ', ':']);
        if let Some(value) = value.strip_prefix('|')
            && let Some((_, behind)) = value.split_once('|')
        {
            return format!("|{key}|{mark}|{behind}");
        }
        // A line of one column.
        let space = &rest[..rest.len() - value.len()];
        return format!("|{key}{space}{mark}|");
    }
    line.to_owned()
}

/// A line of a table without its padding.
fn collapsed(line: &str) -> String {
    let mut line = line.to_owned();
    for (from, to) in [(" |", "|"), ("| ", "|"), ("----", "---")] {
        while line.contains(from) {
            line = line.replace(from, to);
        }
    }
    line
}
