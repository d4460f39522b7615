//! `vltava topic compaction` and the metrics of the cleaner, with a running server.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::process::{run, run_with_input, serve_with};

#[test]
fn the_command_and_the_metrics_show_compaction() {
    let directory = tempfile::tempdir().unwrap();
    let settings = [
        "log.cleaner.backoff.ms=20",
        "vltava.metrics.listener=127.0.0.1:0",
    ];
    let mut server = serve_with(directory.path(), &settings);
    let bootstrap = server.bootstrap();
    run(&["topic", "create", "plain", "-p", "1", "-b", &bootstrap]);
    let compacted = [
        "topic",
        "create",
        "latest",
        "-p",
        "1",
        "-b",
        &bootstrap,
        "-c",
        "cleanup.policy=compact",
        "-c",
        "segment.bytes=1048576",
    ];
    run(&compacted);
    let shown = |more: &[&str]| {
        let arguments = [&["topic", "compaction", "-b", &bootstrap], more].concat();
        run(&arguments)
    };
    assert_eq!(
        shown(&["latest"]),
        "Topic: latest\tPartition: 0\tCleanUpTo: 0\tDirtyBytes: 0\tActiveBytes: 0\tTotalBytes: 0\tDirtyRatio: 0.000\tDue: no\n"
    );
    assert_eq!(shown(&["plain"]), "");
    let record = |number: usize| format!("k{}:{number:>1000}\n", number % 3);
    let input: String = (0..3000).map(record).collect();
    let produce = [
        "produce",
        "latest",
        "-b",
        &bootstrap,
        "--key-separator",
        ":",
    ];
    run_with_input(&produce, &input);
    let parsed = || -> Value { serde_json::from_str(&shown(&["-o", "json"])).unwrap() };
    let mut found = parsed();
    for _ in 0..500 {
        if found["dirty_bytes"] == 0 && found["clean_up_to"].as_i64() > Some(0) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        found = parsed();
    }
    // One record of each key is left of the two closed segments.
    assert_eq!(found["topic"], "latest");
    assert_eq!(found["due"], false);
    assert!(found["clean_up_to"].as_i64() > Some(1500), "{found}");
    let clean = found["total_bytes"].as_u64().unwrap() - found["active_bytes"].as_u64().unwrap();
    assert!(clean > 3000 && clean < 100_000, "{found}");

    let at = server.wait_for("metrics at ");
    assert!(
        at.starts_with("http://127.0.0.1:") && at.ends_with("/metrics"),
        "{at}"
    );
    let address = at
        .trim_start_matches("http://")
        .trim_end_matches("/metrics");
    let mut connection = TcpStream::connect(address).unwrap();
    connection
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(
        answer.contains("# TYPE vltava_log_cleaner_passes_total counter\n"),
        "{answer}"
    );
    server.interrupt();
}
