//! A topic that is deleted and created again is read from its first record by a group that had read
//! the deleted one.

use crate::process::{run, run_with_input, serve};

fn produce(bootstrap: &str, count: usize) {
    let lines: Vec<String> = (0..count).map(|number| format!("{number}\n")).collect();
    run_with_input(&["produce", "t", "-b", bootstrap], &lines.concat());
}

/// How many records the group reads, from its committed offset or else from the beginning.
fn read_in_group(bootstrap: &str) -> usize {
    let printed = run(&[
        "consume",
        "t",
        "-b",
        bootstrap,
        "--group",
        "readers",
        "--from-beginning",
        "--until-end",
    ]);
    printed.lines().count()
}

fn create(bootstrap: &str) {
    run(&["topic", "create", "t", "-p", "1", "-b", bootstrap]);
}

fn delete(bootstrap: &str) {
    run(&["topic", "delete", "t", "--yes", "-b", bootstrap]);
}

#[test]
fn a_group_reads_a_topic_created_again_from_its_beginning() {
    let directory = tempfile::tempdir().unwrap();
    let log_dir = directory.path().join("log");
    let mut server = serve(&log_dir);
    let bootstrap = server.bootstrap();
    create(&bootstrap);
    produce(&bootstrap, 10);
    assert_eq!(read_in_group(&bootstrap), 10);
    delete(&bootstrap);
    create(&bootstrap);
    produce(&bootstrap, 12);
    assert_eq!(read_in_group(&bootstrap), 12);

    // The same with a kill right after the deletion.
    delete(&bootstrap);
    server.kill();
    let mut server = serve(&log_dir);
    let bootstrap = server.bootstrap();
    create(&bootstrap);
    produce(&bootstrap, 5);
    assert_eq!(read_in_group(&bootstrap), 5);
    assert!(server.interrupt().success());
}
