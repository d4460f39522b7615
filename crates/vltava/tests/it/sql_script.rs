//! `vltava sql` as a program in a script: what it reads, and how it ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::process::VLTAVA;

/// Runs `vltava sql` with these arguments and this text on standard input.
fn sql(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(VLTAVA)
        .arg("sql")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    // The program may end before it has read everything.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

#[test]
fn a_failed_statement_fails_the_script_and_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("job.sql");
    let statements = [
        ("SELECT nope", "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"),
        ("SELEC 1", "PARSE_SYNTAX_ERROR"),
        ("SELECT 1 / 0", "DIVIDE_BY_ZERO"),
        ("SELECT * FROM json.`/no/such/file`", "PATH_NOT_FOUND"),
        ("SET VAR x = 1", "UNRESOLVED_VARIABLE"),
        ("SELECT 'unclosed", "PARSE_SYNTAX_ERROR"),
        ("SELECT /* unclosed", "UNCLOSED_BRACKETED_COMMENT"),
    ];
    for (statement, condition) in statements {
        let text = format!("{statement};\nSELECT 'after' AS x;\n");
        std::fs::write(&script, &text).unwrap();
        let path = script.display().to_string();
        let runs = [
            sql(&["-e", statement, "-e", "SELECT 'after' AS x"], ""),
            sql(&["-f", &path], ""),
            sql(&[], &text),
        ];
        for run in runs {
            let errors = String::from_utf8_lossy(&run.stderr);
            assert_eq!(run.status.code(), Some(1), "{statement}: {errors}");
            assert!(errors.contains(&format!("[{condition}]")), "{errors}");
            let output = String::from_utf8_lossy(&run.stdout);
            assert!(!output.contains("after"), "{output}");
        }
    }
}

#[test]
fn a_script_that_works_ends_with_zero() {
    let text = "DECLARE n INT = 2;\nSELECT n + 1 AS m;\n";
    let run = sql(&["-o", "json"], text);
    assert_eq!(run.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&run.stdout), "{\"m\":3}\n");
}

#[test]
fn parameters_have_values_from_the_command_line() {
    let run = sql(
        &[
            "-o",
            "json",
            "-p",
            "day=DATE '2024-01-02'",
            "--parameter",
            "t='range'",
            "-e",
            "SELECT :day + 1 AS d, id FROM IDENTIFIER(:t)(1)",
        ],
        "",
    );
    let errors = String::from_utf8_lossy(&run.stderr);
    assert_eq!(
        String::from_utf8_lossy(&run.stdout),
        "{\"d\":\"2024-01-03\",\"id\":0}\n",
        "{errors}"
    );
    let refused = sql(&["-p", "x=1 + 1", "-e", "SELECT :x"], "");
    assert_eq!(refused.status.code(), Some(1));
}

/// Planning so many joins takes minutes.
#[test]
fn a_signal_ends_the_program_while_it_plans_a_statement() {
    let joins = (1..400).map(|number| {
        let before = number - 1;
        format!("JOIN range(1) t{number} ON t{number}.id = t{before}.id")
    });
    let joins: Vec<String> = joins.collect();
    let statement = format!("SELECT count(*) FROM range(1) t0 {}", joins.join(" "));
    let mut child = Command::new(VLTAVA)
        .args(["sql", "-e", "SELECT 'begun' AS x", "-e", &statement])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut output = BufReader::new(child.stdout.take().expect("the output is piped")).lines();
    assert!(output.any(|line| line.unwrap().contains("begun")));
    std::thread::sleep(Duration::from_millis(500));
    let signalled = Instant::now();
    let pid = child.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(signalled.elapsed() < Duration::from_secs(10));
}
