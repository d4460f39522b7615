//! Streams over files, and their checkpoints.

use super::{Files, run};
use crate::support::session;

#[tokio::test]
async fn an_aggregate_over_a_union_of_streams() {
    let files = Files::new();
    files.put(
        "in/0.json",
        "{\"k\":\"a\",\"v\":1}\n{\"k\":\"b\",\"v\":2}\n",
    );
    let path = |name: &str| files.path(name).display().to_string();
    for (name, input) in [
        (
            "two",
            "SELECT k FROM STREAM s UNION ALL SELECT k FROM STREAM s",
        ),
        (
            "three",
            "SELECT k FROM STREAM s UNION ALL (SELECT k FROM STREAM s UNION ALL SELECT k FROM STREAM s)",
        ),
        (
            "joined",
            "SELECT u.k FROM (SELECT k FROM STREAM s UNION ALL SELECT k FROM STREAM s) AS u JOIN names ON u.k = names.k",
        ),
    ] {
        let script = format!(
            "CREATE TEMP VIEW s (k STRING, v INT) USING json OPTIONS (path '{}');
             CREATE TEMP VIEW names AS SELECT * FROM VALUES ('a') AS t(k);
             CREATE STREAMING QUERY {name} OUTPUT MODE complete TRIGGER AVAILABLE NOW USING memory
               AS SELECT k, count(*) AS n FROM ({input}) GROUP BY k;
             SELECT * FROM {name}",
            path("in")
        );
        let expected = match name {
            "two" => "struct<k:string,n:bigint> [a,2][b,2]",
            "three" => "struct<k:string,n:bigint> [a,3][b,3]",
            _ => "struct<k:string,n:bigint> [a,2]",
        };
        assert_eq!(run(&session(), &script).await.unwrap(), expected, "{name}");
    }
}

#[tokio::test]
async fn streams_read_compressed_files_and_partition_columns() {
    let files = Files::new();
    files
        .gzip("in/a=1/b=x/0.json.gz", "{\"x\":0}\n")
        .put("in/a=2/b=y/1.json", "{\"x\":1}\n");
    files.put("in/_hidden/2.json", "{\"x\":2}\n");
    let path = |name: &str| files.path(name).display().to_string();
    for (name, view, expected) in [
        (
            "all",
            format!("(x INT) USING json OPTIONS (path '{}')", path("in")),
            "struct<x:int,a:int,b:string> [0,1,x][1,2,y]",
        ),
        (
            "glob",
            format!(
                "(x INT, a INT) USING json OPTIONS (path '{}')",
                path("in/a=*/b=*")
            ),
            "struct<x:int,a:int> [0,NULL][1,NULL]",
        ),
        (
            "filter",
            format!(
                "(x INT) USING json OPTIONS (path '{}', pathGlobFilter '*.gz')",
                path("in")
            ),
            "struct<x:int,a:int,b:string> [0,1,x]",
        ),
    ] {
        let script = format!(
            "CREATE TEMP VIEW s {view};
             CREATE STREAMING QUERY {name} TRIGGER AVAILABLE NOW USING memory AS SELECT * FROM STREAM s;
             SELECT * FROM {name}"
        );
        assert_eq!(run(&session(), &script).await.unwrap(), expected, "{name}");
    }
}

#[tokio::test]
async fn a_damaged_checkpoint_is_named_as_spark_names_it() {
    for (damage, expected) in [
        ("sources", "batch 2 doesn't exist"),
        ("sources/0/2", "batch 2 doesn't exist"),
        (
            "sources/0/1",
            "sources/0/1 doesn't exist (latestId: 2, compactInterval: 10)",
        ),
        (
            "sources/0/0",
            "sources/0/0 doesn't exist (latestId: 2, compactInterval: 10)",
        ),
        (
            "=sources/0/2",
            "Log file was malformed: failed to read correct log version from xx.",
        ),
        (
            "=offsets/2",
            "Log file was malformed: failed to read correct log version from xx.",
        ),
        ("-offsets/2", "Incomplete log file"),
        (
            "=commits/2",
            "Log file was malformed: failed to read correct log version from xx.",
        ),
    ] {
        let files = Files::new();
        let path = |name: &str| files.path(name).display().to_string();
        let script = format!(
            "CREATE TEMP VIEW s (v INT) USING json OPTIONS (path '{}');
             CREATE STREAMING QUERY q TRIGGER AVAILABLE NOW USING json
               OPTIONS (path '{}', checkpointLocation '{}') AS SELECT * FROM STREAM s",
            path("in"),
            path("out"),
            path("ck")
        );
        for batch in 0..3 {
            files.put(&format!("in/{batch}.json"), format!("{{\"v\":{batch}}}\n"));
            run(&session(), &script).await.unwrap();
        }
        match damage.strip_prefix(['=', '-']) {
            Some(file) => {
                let text = if damage.starts_with('=') { "xx" } else { "" };
                std::fs::write(files.path("ck").join(file), text).unwrap();
            }
            None if damage == "sources" => {
                std::fs::remove_dir_all(files.path("ck/sources")).unwrap()
            }
            None => std::fs::remove_file(files.path("ck").join(damage)).unwrap(),
        }
        files.put("in/9.json", "{\"v\":9}\n");
        let error = run(&session(), &script).await.unwrap_err();
        assert_eq!(error.condition(), Some("STREAM_FAILED"), "{damage}");
        assert!(
            error.message().contains(expected),
            "{damage}: {}",
            error.message()
        );
    }
}
