//! `docs/functions.md` lists the functions of the registry. `VLTAVA_UPDATE=1 cargo test -p vltava-functions --test
//! documentation` writes it anew.

#![allow(
    clippy::disallowed_methods,
    reason = "reads and writes a document, not the data of a broker"
)]

use std::fmt::Write as _;
use std::path::Path;

use vltava_functions::{Kind, all};

#[test]
fn the_list_of_functions_is_that_of_the_registry() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/functions.md");
    let expected = document();
    if std::env::var_os("VLTAVA_UPDATE").is_some() {
        std::fs::write(&path, &expected).expect("the document can be written");
    }
    let actual = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "docs/functions.md is out of date: run this test with VLTAVA_UPDATE=1"
    );
}

#[test]
fn every_public_function_is_documented() {
    for function in all() {
        let begins_with_name = function
            .usage
            .to_lowercase()
            .contains(&function.name.to_lowercase());
        assert!(
            begins_with_name && function.usage.contains(" - "),
            "{}: {:?}",
            function.name,
            function.usage
        );
    }
}

/// The document: a table for each group.
fn document() -> String {
    let mut text = "# Functions\n\nThe functions and operators of SQL, from the registry of the crate `functions`. Types, results and errors are Spark's; \
                    [`docs/compatibility-sql.md`](compatibility-sql.md) lists the differences. `DESCRIBE FUNCTION name` shows one of them.\n"
        .to_owned();
    let mut groups: Vec<String> = all().iter().map(|f| format!("{:?}", f.group)).collect();
    groups.sort();
    groups.dedup();
    for group in groups {
        let _ = write!(
            text,
            "\n## {group}\n\n| function | kind | does |\n| --- | --- | --- |\n"
        );
        for function in all() {
            if format!("{:?}", function.group) != group {
                continue;
            }
            let kind = match function.kind {
                Kind::Scalar => "",
                Kind::Aggregate => "aggregate",
                Kind::Window => "window",
                Kind::Generator => "generator",
            };
            let (call, does) = function
                .usage
                .split_once(" - ")
                .unwrap_or((function.name, ""));
            let escaped = |text: &str| text.replace('|', "\\|");
            let _ = writeln!(text, "| `{}` | {kind} | {} |", escaped(call), escaped(does));
        }
    }
    text
}
