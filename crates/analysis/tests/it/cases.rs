//! Expressions with the types and values that Spark 4.3.0 gives.
//!
//! The files in `tests/cases` hold lines such as `{"family": .., "sql": "SELECT 1 + 2 AS a", "types": [["a", "int"]],
//! "text": "+---+\n|a  |\n.."}`, or `"error"` with a condition; Spark made them. With `CASES=file` another file is
//! compared too, and its differences are printed; `FUNCTION=name` keeps the lines of one function or family.

#![allow(clippy::disallowed_methods, reason = "reads files of the test")]

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use functions::{Settings, Typed};
use serde_json::Value;
use sql::RelationKind;
use vltava_analysis::Analyser;

/// What a statement gives: names and types of the columns and the text of the table, or the condition of the error.
type Answer = Result<(Vec<(String, String)>, String), String>;

#[test]
fn answers_are_those_of_spark() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .map(|entries| {
            entries
                .filter_map(|entry| entry.ok().map(|e| e.path()))
                .collect()
        })
        .unwrap_or_default();
    // Queries and aggregates need rows: the tests of `stream` run them.
    files.retain(|file| {
        !file.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.starts_with("queries") || name.starts_with("aggregates-")
        })
    });
    files.sort();
    let mut differences = String::new();
    for file in files {
        let (equal, all) = compare(&file, &mut differences);
        println!("{}: {equal} of {all}", file.display());
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn cases_of_another_file() {
    let Ok(file) = std::env::var("CASES") else {
        return;
    };
    let mut differences = String::new();
    let (equal, all) = compare(Path::new(&file), &mut differences);
    println!("{differences}\n{equal} of {all}");
}

/// Compares the lines of a file; what differs is written to `differences`.
fn compare(file: &Path, differences: &mut String) -> (usize, usize) {
    let text = std::fs::read_to_string(file).expect("the file is there");
    let wanted = std::env::var("FUNCTION").ok();
    let (mut equal, mut all) = (0, 0);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).expect("a line is JSON");
        let field = |name: &str| case.get(name).and_then(Value::as_str);
        let family = field("function").or(field("family")).unwrap_or_default();
        if wanted.as_deref().is_some_and(|wanted| wanted != family) {
            continue;
        }
        let sql = field("sql").expect("a case has a statement");
        let expected: Answer = match field("error") {
            Some(condition) => Err(condition.to_owned()),
            None => Ok((
                types_of(&case["types"]),
                field("text").unwrap_or_default().to_owned(),
            )),
        };
        let Some(actual) = catch_unwind(AssertUnwindSafe(|| answer(sql, settings_of(&case))))
            .unwrap_or_else(|_| Some(Err("PANIC".to_owned())))
        else {
            continue;
        };
        all += 1;
        if actual == expected || same_condition(&actual, &expected) {
            equal += 1;
        } else {
            let _ = writeln!(
                differences,
                "{family}: {sql}\n  Spark: {expected:?}\n  ours:  {actual:?}"
            );
        }
    }
    (equal, all)
}

/// A condition without its subclass is enough: `DATATYPE_MISMATCH` for `DATATYPE_MISMATCH.X`.
fn same_condition(actual: &Answer, expected: &Answer) -> bool {
    match (actual, expected) {
        (Err(actual), Err(expected)) => {
            actual.split(':').next() == Some(expected.as_str())
                || actual.split(['.', ':']).next() == Some(expected.as_str())
        }
        _ => false,
    }
}

fn types_of(types: &Value) -> Vec<(String, String)> {
    let pairs = types.as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    pairs.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
}

/// The settings of a case: `"zone"` is the session's time zone, `"ansi": false` switches ANSI mode off.
fn settings_of(case: &Value) -> Settings {
    let mut settings = Settings::default();
    if let Some(zone) = case.get("zone").and_then(Value::as_str) {
        zone.clone_into(&mut settings.time_zone);
    }
    if let Some(ansi) = case.get("ansi").and_then(Value::as_bool) {
        settings.ansi = ansi;
    }
    settings
}

/// The answer to a `SELECT` without `FROM`; none for other statements.
fn answer(text: &str, settings: Settings) -> Option<Answer> {
    let query = match sql::parse_query(text) {
        Ok(query) => query,
        Err(error) => return Some(Err(error.condition().to_owned())),
    };
    let RelationKind::Project { input, expressions } = query.kind else {
        return None;
    };
    if input.kind != RelationKind::OneRow {
        return None;
    }
    let analyser = Analyser::new(text, settings.clone());
    let mut columns = Vec::new();
    for expression in &expressions {
        match analyser
            .constant(expression)
            .and_then(|typed| column(&typed, &settings))
        {
            Ok(column) => columns.push(column),
            Err(error) => return Some(Err(format!("{}: {}", error.condition(), error.message()))),
        }
    }
    let types = columns
        .iter()
        .map(|(name, data_type, _)| (name.clone(), data_type.clone()));
    Some(Ok((types.collect(), table(&columns))))
}

/// Name, type and text of a value.
fn column(typed: &Typed, settings: &Settings) -> functions::Result<(String, String, String)> {
    let value = functions::fold(&typed.expr)?;
    let name = typed.column_name().to_owned();
    let data_type = typed.data_type.simple_string();
    let array = value.to_array()?;
    let text = values::show_text(&array, 0, &typed.data_type, settings.zone())?;
    Ok((name, data_type, text))
}

/// The text of `show(truncate=False)` for one row.
fn table(columns: &[(String, String, String)]) -> String {
    let escape = |text: &str| {
        text.replace('\n', "\\n")
            .replace('\r', "\\r")
            .replace('\t', "\\t")
            .replace('\u{c}', "\\f")
            .replace('\u{8}', "\\b")
            .replace('\u{b}', "\\v")
            .replace('\u{7}', "\\a")
    };
    let cells: Vec<(String, String)> = columns
        .iter()
        .map(|(name, _, text)| (escape(name), escape(text)))
        .collect();
    let columns = |c: char| c.len_utf16() + usize::from(is_wide(c));
    let width = |text: &str| -> usize { text.chars().map(columns).sum() };
    let widths: Vec<usize> = cells
        .iter()
        .map(|(name, text)| width(name).max(width(text)).max(3))
        .collect();
    let line: String = widths
        .iter()
        .map(|width| format!("{}+", "-".repeat(*width)))
        .collect();
    let row = |texts: Vec<&str>| -> String {
        let cells = texts
            .iter()
            .zip(&widths)
            .map(|(text, wide)| format!("{text}{}|", " ".repeat(wide - width(text))));
        format!("|{}\n", cells.collect::<String>())
    };
    let names = row(cells.iter().map(|(name, _)| name.as_str()).collect());
    let values = row(cells.iter().map(|(_, text)| text.as_str()).collect());
    format!("+{line}\n{names}+{line}\n{values}+{line}\n")
}

/// Whether Spark counts a character as two columns (`Utils.fullWidthRegex`).
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}')
}
