//! `vltava sql` as scripts use it: what it prints, and whether it fails.

use std::path::Path;
use std::process::{Command, Output};

use crate::process::VLTAVA;

fn sql(statements: &[&str]) -> Output {
    let mut command = Command::new(VLTAVA);
    command.arg("sql");
    for statement in statements {
        command.args(["-e", statement]);
    }
    command.output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn put(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[test]
fn a_failed_query_fails_the_script_whatever_follows() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    put(&directory.path().join("in/0.json"), "{\"v\":1}\n");
    put(
        &directory.path().join("bad/metadata"),
        "{\"id\":\"11111111-1111-1111-1111-111111111111\"}",
    );
    put(&directory.path().join("bad/offsets/0"), "xx\n");
    let view = format!(
        "CREATE TEMP VIEW s (v INT) USING json OPTIONS (path '{}')",
        at("in")
    );
    let query = |checkpoint: &str| {
        format!(
            "CREATE STREAMING QUERY q TRIGGER AVAILABLE NOW USING console \
             OPTIONS (checkpointLocation '{}') AS SELECT v FROM STREAM s",
            at(checkpoint)
        )
    };
    let failed = sql(&[&view, &query("bad"), "SELECT count(*) AS rows FROM s"]);
    assert_eq!(failed.status.code(), Some(1), "{}", errors(&failed));
    assert!(
        errors(&failed).contains("MALFORMED_LOG_FILE"),
        "{}",
        errors(&failed)
    );
    assert!(String::from_utf8_lossy(&failed.stdout).contains("rows"));
    let done = sql(&[&view, &query("good"), "SELECT count(*) AS rows FROM s"]);
    assert!(done.status.success(), "{}", errors(&done));
}

#[test]
fn options_that_are_not_honoured_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.json");
    put(&path, "{\"v\":1}\n");
    let view = |option: &str| {
        format!(
            "CREATE TEMP VIEW t (v INT) USING json OPTIONS (path '{}', {option})",
            path.display()
        )
    };
    let warned = sql(&[&view("mutliLine 'true'"), "SELECT * FROM t"]);
    assert!(warned.status.success(), "{}", errors(&warned));
    assert!(
        errors(&warned).contains("option \"mutliLine\" is ignored"),
        "{}",
        errors(&warned)
    );
    let refused = sql(&[&view("cleanSource 'archive'")]);
    assert!(!refused.status.success());
    assert!(
        errors(&refused).contains("cleanSource"),
        "{}",
        errors(&refused)
    );
}

#[test]
fn a_path_that_does_not_exist_fails_the_view() {
    let failed = sql(&["CREATE TEMP VIEW t (v INT) USING json OPTIONS (path '/nowhere/at/all')"]);
    assert_eq!(failed.status.code(), Some(1));
    let expected = "[PATH_NOT_FOUND] Path does not exist: file:/nowhere/at/all.";
    assert!(errors(&failed).contains(expected), "{}", errors(&failed));
}
