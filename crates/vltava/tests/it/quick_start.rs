//! The promises of the README's quick start.

use crate::process::{consume, run, run_with_input, serve};

#[test]
fn records_survive_a_kill_and_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = serve(directory.path());
    let bootstrap = server.bootstrap();
    run(&[
        "topic",
        "create",
        "greetings",
        "--partitions",
        "2",
        "-b",
        &bootstrap,
    ]);
    run_with_input(
        &["produce", "greetings", "-b", &bootstrap],
        "one\ntwo\nthree\n",
    );
    server.kill();

    let mut server = serve(directory.path());
    let bootstrap = server.bootstrap();
    let consumed = consume(&bootstrap, "greetings", &[]);
    let mut lines: Vec<_> = consumed.lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["one", "three", "two"]);
    assert_eq!(run(&["topic", "list", "-b", &bootstrap]), "greetings\n");
    assert!(server.interrupt().success());
}

#[test]
fn keys_are_produced_and_consumed() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = serve(directory.path());
    let bootstrap = server.bootstrap();
    run_with_input(
        &["produce", "pairs", "-b", &bootstrap, "--key-separator", ":"],
        "a:1\nb:2\n",
    );
    let records: Vec<serde_json::Value> = consume(&bootstrap, "pairs", &["-o", "json"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let pairs: Vec<_> = records
        .iter()
        .map(|r| (r["key"].as_str(), r["value"].as_str()))
        .collect();
    assert_eq!(pairs, [(Some("a"), Some("1")), (Some("b"), Some("2"))]);
    assert_eq!(records[1]["offset"], 1);
    assert_eq!(records[1]["timestamp_type"], "CreateTime");
}
