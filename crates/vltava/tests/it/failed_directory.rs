//! Log directories that fail: the failed one goes offline, and the others serve.

use std::fs;
use std::path::Path;

use wire::ErrorCode;
use wire::messages::metadata_request::MetadataRequest;

use crate::process::{Running, consume, run, run_with_input, serve_with};
use crate::raw::Raw;

const METADATA: i16 = 12;

/// A server with these two directories.
fn serve_two(first: &Path, second: &Path) -> Running {
    let both = format!("log.dirs={},{}", first.display(), second.display());
    serve_with(first, &[&both])
}

#[test]
fn a_directory_that_cannot_be_opened_is_offline() {
    let directory = tempfile::tempdir().unwrap();
    let first = directory.path().join("first");
    let second = directory.path().join("second");
    let mut server = serve_two(&first, &second);
    let bootstrap = server.bootstrap();
    run(&[
        "topic",
        "create",
        "t",
        "-b",
        &bootstrap,
        "--partitions",
        "2",
    ]);
    let lines = "1\n2\n3\n4\n5\n6\n7\n8\n";
    run_with_input(&["produce", "t", "-b", &bootstrap], lines);
    assert!(server.interrupt().success());

    // A file replaces the directory, as if the disk were gone.
    let aside = directory.path().join("aside");
    fs::rename(&second, &aside).unwrap();
    fs::write(&second, "").unwrap();
    let mut server = serve_two(&first, &second);
    let bootstrap = server.bootstrap();
    let mut raw = Raw::connect(&bootstrap);
    let everything = MetadataRequest {
        topics: None,
        ..Default::default()
    };
    let response = raw.request(&everything, METADATA);
    let partitions = &response.topics[0].partitions;
    let offline: Vec<_> = partitions.iter().filter(|p| p.leader_id == -1).collect();
    assert_eq!((partitions.len(), offline.len()), (2, 1), "{partitions:?}");
    assert_eq!(offline[0].error_code, ErrorCode::LeaderNotAvailable.code());
    assert_eq!(offline[0].offline_replicas, offline[0].replica_nodes);
    run(&[
        "topic",
        "create",
        "new",
        "-b",
        &bootstrap,
        "--partitions",
        "3",
    ]);
    run_with_input(&["produce", "new", "-b", &bootstrap], lines);
    let (status, said) = server.interrupt_with_errors();
    assert!(status.success());
    let offline = format!("log directory {} is offline", second.display());
    assert!(said.contains(&offline), "{said}");

    fs::remove_file(&second).unwrap();
    fs::rename(&aside, &second).unwrap();
    let mut server = serve_two(&first, &second);
    let bootstrap = server.bootstrap();
    for topic in ["t", "new"] {
        let consumed = consume(&bootstrap, topic, &[]);
        let mut found: Vec<String> = consumed.lines().map(str::to_owned).collect();
        found.sort();
        assert_eq!(found, lines.lines().collect::<Vec<_>>(), "{topic}");
    }
    assert!(server.interrupt().success());
}

#[test]
fn the_directory_of_the_metadata_log_is_needed() {
    let directory = tempfile::tempdir().unwrap();
    let first = directory.path().join("first");
    fs::write(&first, "").unwrap();
    let server = serve_two(&first, &directory.path().join("second"));
    let (status, said) = server.ended();
    assert!(!status.success());
    assert!(said.contains(&first.display().to_string()), "{said}");
}
