//! `vltava dev`: runs, stops cleanly, and continues where it stopped.

use std::process::Command;

use crate::process::{Running, VLTAVA, run};

/// Starts the demonstration on a free port, fast.
pub fn dev(directory: &std::path::Path) -> Running {
    let directory = directory.display().to_string();
    Running::start_by(Command::new(VLTAVA).args([
        "dev",
        "--data-dir",
        &directory,
        "--speed",
        "36000",
        "--set",
        "listeners=PLAINTEXT://localhost:0",
        // The checks read the offset ranges of all batches.
        "--conf",
        "spark.sql.streaming.minBatchesToRetain=100000",
    ]))
}

#[test]
fn the_demonstration_prints_delays_stops_on_ctrl_c_and_continues() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = dev(directory.path());
    let bootstrap = first.bootstrap();
    first.wait_for("Try");
    first.wait_for("Batch: 2");
    first.wait_for("|2013-01-0");
    // The first windows are final after departures of one day.
    let delays = [
        "consume",
        "delays",
        "-b",
        &bootstrap,
        "--from-beginning",
        "--max-messages",
        "3",
    ];
    let rows = run(&delays);
    assert!(
        rows.lines().all(|row| row.contains("\"mean_delay_min\":")),
        "{rows}"
    );
    let count = [
        "sql",
        "-b",
        &bootstrap,
        "-e",
        "SELECT count(*) > 0 AS some FROM kafka.flights",
    ];
    assert_eq!(run(&count), "+----+\n|some|\n+----+\n|true|\n+----+\n");
    let seen = first.lines("Batch: ").len();
    assert!(first.interrupt().success());

    let mut second = dev(directory.path());
    second.wait_for(&format!("Batch: {}", seen + 1));
    assert!(
        second.lines("Batch: 0").is_empty(),
        "it started again instead of continuing"
    );
    assert!(second.interrupt().success());
}
