//! DataFusion's type coercion finds nothing to do in the plan of a query: all casts are Spark's.

use std::path::Path;

use datafusion::config::ConfigOptions;
use datafusion::optimizer::AnalyzerRule;
use datafusion::optimizer::analyzer::type_coercion::TypeCoercion;
use io::Io;

use super::SqlResult;
use crate::session::Session;

/// The queries of the test cases, after their setups.
#[allow(clippy::disallowed_methods, reason = "reads files of the test")]
fn statements() -> Vec<String> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../analysis/tests/cases");
    let entries = std::fs::read_dir(cases).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("queries")
    });
    files.sort();
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap());
    let lines: Vec<String> = texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let statement = |line: String| {
        let case: serde_json::Value = serde_json::from_str(&line).unwrap();
        let text = case["setup"].as_str().or(case["sql"].as_str());
        text.unwrap().to_owned()
    };
    lines.into_iter().map(statement).collect()
}

#[tokio::test]
async fn nothing_is_left_to_coerce() {
    let (io, executors) = Io::real(1);
    // They end with the test process; a session does not own them.
    std::mem::forget(executors);
    let session = Session::builder(io).build().unwrap();
    let mut checked = 0;
    for statement in statements() {
        let Ok(SqlResult::Rows(frame)) = session.sql(&statement).await else {
            continue;
        };
        let plan = frame.plan().clone();
        let coerced = TypeCoercion::new()
            .analyze(plan.clone(), &ConfigOptions::default())
            .unwrap();
        let (before, after) = (
            plan.display_indent().to_string(),
            coerced.display_indent().to_string(),
        );
        assert_eq!(before, after, "{statement}");
        checked += 1;
    }
    assert!(checked > 100, "{checked} queries");
}
