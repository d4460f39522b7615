//! `vltava topic repair`: makes a damaged topic readable again.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::process::{VLTAVA, run, run_with_input, serve};

fn call(arguments: &[&str]) -> Output {
    let output = Command::new(VLTAVA).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked"), "{errors}");
    output
}

fn repair(directory: &Path, more: &[&str]) -> Output {
    let directory = directory.to_str().unwrap();
    let mut arguments = vec![
        "topic",
        "repair",
        "-t",
        "t",
        "-p",
        "0",
        "--log-dir",
        directory,
    ];
    arguments.extend(more);
    call(&arguments)
}

fn consume(bootstrap: &str) -> Output {
    call(&[
        "consume",
        "t",
        "-b",
        bootstrap,
        "--from-beginning",
        "--until-end",
    ])
}

#[test]
fn a_repaired_topic_is_read_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = serve(directory.path());
    let bootstrap = server.bootstrap();
    run(&["topic", "create", "t", "-p", "1", "-b", &bootstrap]);
    for value in ["one", "two", "three"] {
        run_with_input(&["produce", "t", "-b", &bootstrap], &format!("{value}\n"));
    }
    let refused = repair(directory.path(), &[]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("in use by another process"));
    assert!(server.interrupt().success());

    let segment = directory.path().join("t-0/00000000000000000000.log");
    let mut content = fs::read(&segment).unwrap();
    let two = content
        .windows(3)
        .position(|bytes| bytes == b"two")
        .unwrap();
    content[two] ^= 1;
    fs::write(&segment, content).unwrap();

    let mut server = serve(directory.path());
    let consumed = consume(&server.bootstrap());
    assert!(
        !consumed.status.success(),
        "a damaged record is not skipped"
    );
    assert!(String::from_utf8_lossy(&consumed.stdout).contains("one"));
    let (status, errors) = server.interrupt_with_errors();
    assert!(
        status.success() && errors.contains("vltava topic repair"),
        "{errors}"
    );

    let listed = repair(directory.path(), &["-o", "json"]);
    assert!(!listed.status.success());
    let range: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(
        (&range["first_offset"], &range["next_offset"]),
        (&1.into(), &2.into())
    );
    let aside = directory.path().join("aside");
    let skipped = repair(
        directory.path(),
        &["--skip", "--quarantine", aside.to_str().unwrap()],
    );
    assert!(
        skipped.status.success(),
        "{}",
        String::from_utf8_lossy(&skipped.stderr)
    );
    let kept: Vec<Vec<u8>> = fs::read_dir(&aside)
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert!(kept.len() == 1 && kept[0].windows(2).any(|bytes| bytes == b"wo"));
    assert!(repair(directory.path(), &[]).status.success());

    let mut server = serve(directory.path());
    let bootstrap = server.bootstrap();
    run_with_input(&["produce", "t", "-b", &bootstrap], "four\n");
    let consumed = consume(&bootstrap);
    assert!(consumed.status.success());
    let text = String::from_utf8_lossy(&consumed.stdout);
    assert_eq!(text.lines().collect::<Vec<_>>(), ["one", "three", "four"]);
    let (status, errors) = server.interrupt_with_errors();
    assert!(status.success() && !errors.contains("damaged"), "{errors}");
}
