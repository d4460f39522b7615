//! The catalogue on disk: what survives a killed process, and two processes that change it at once.

use std::path::Path;
use std::process::{Command, Stdio};

/// The output of one `vltava sql -e`.
fn said(directory: &Path, statement: &str) -> String {
    let warehouse = format!("spark.sql.warehouse.dir={}", directory.display());
    let done = Command::new(env!("CARGO_BIN_EXE_vltava"))
        .args(["sql", "-o", "json", "-d", &warehouse, "-e", statement])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{statement}: {errors}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn a_killed_insert_is_seen_as_a_whole_or_not_at_all() {
    const ROWS: u64 = 2000;
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    said(
        directory,
        "CREATE TABLE t (id BIGINT, p BIGINT) USING json PARTITIONED BY (p)",
    );
    let insert = format!("INSERT INTO t SELECT id, id % 40 AS p FROM range({ROWS})");
    let mut inserted = 0;
    for round in 0..12 {
        let warehouse = format!("spark.sql.warehouse.dir={}", directory.display());
        let mut process = Command::new(env!("CARGO_BIN_EXE_vltava"))
            .args(["sql", "-d", &warehouse, "-e", &insert])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(40 * round));
        process.kill().unwrap();
        process.wait().unwrap();
        let count = said(
            directory,
            "SELECT count(*) AS n, count(DISTINCT p) AS p FROM t",
        );
        let count: serde_json::Value = serde_json::from_str(&count).unwrap();
        let rows = count["n"].as_u64().unwrap();
        assert_eq!(rows % ROWS, 0, "round {round}");
        assert!(
            rows == inserted || rows == inserted + ROWS,
            "round {round}: {rows}"
        );
        let partitions = if rows == 0 { 0 } else { 40 };
        assert_eq!(count["p"], partitions);
        inserted = rows;
    }
    // What killed processes have left does not hinder the next insert.
    said(directory, &insert);
    let count = said(directory, "SELECT count(*) AS n FROM t");
    assert_eq!(count.trim(), format!("{{\"n\":{}}}", inserted + ROWS));
    let staged = std::fs::read_dir(directory.join("t/_temporary")).unwrap();
    assert_eq!(staged.count(), 0);
}

#[test]
fn two_processes_do_not_lose_each_others_tables() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let makers: Vec<_> = (0..2)
        .map(|maker| {
            let directory = directory.to_owned();
            std::thread::spawn(move || {
                let statements =
                    (0..10).map(|number| format!("CREATE TABLE t{maker}_{number} (a INT)"));
                let statements: Vec<String> = statements.collect();
                said(&directory, &statements.join(";"));
            })
        })
        .collect();
    for maker in makers {
        maker.join().unwrap();
    }
    assert_eq!(said(directory, "SHOW TABLES").lines().count(), 20);
}

#[test]
fn a_filter_on_partition_columns_finds_their_rows() {
    let directory = tempfile::tempdir().unwrap();
    let kinds = [
        ("INT", "1", "2"),
        ("STRING", "'a'", "'b'"),
        ("DATE", "DATE'2026-01-01'", "DATE'2026-01-02'"),
        ("BOOLEAN", "true", "false"),
        ("DECIMAL(5,2)", "1.50BD", "2.50BD"),
    ];
    let mut script = String::new();
    for (number, (kind, first, second)) in kinds.iter().enumerate() {
        script += &format!(
            "CREATE TABLE t{number} (a INT, p {kind}) USING parquet PARTITIONED BY (p);
             INSERT INTO t{number} VALUES (1, {first}), (2, {second});
             SELECT a FROM t{number} WHERE p = {first};
             INSERT INTO t{number} VALUES (3, NULL);
             SELECT a FROM t{number} WHERE p = {second};
             SELECT a FROM t{number} WHERE p IS NULL;
             SELECT a FROM t{number} WHERE p = {first} AND a > 1;"
        );
    }
    let said = said(directory.path(), &script);
    let rows: Vec<&str> = said.lines().collect();
    let expected = [r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#].repeat(kinds.len());
    assert_eq!(rows, expected);
}
