//! Directories that stand for columns.

use vltava_stream::SqlResult;

use super::{Files, tree};
use crate::support::session;

#[tokio::test]
async fn only_directories_below_the_path_are_columns() {
    let files = Files::new();
    files.put("above=1/in/a.json", "{\"x\":1}");
    files
        .put("two/a=1/b=x/0.json", "{\"x\":0}")
        .put("two/a=2/b=y/1.json", "{\"x\":1}");
    files
        .put("esc/k=a%2Fb%20c/a.json", "{\"x\":0}")
        .put("esc/k=d%3De/b.json", "{\"x\":1}");
    files
        .put("null/k=__HIVE_DEFAULT_PARTITION__/a.json", "{\"x\":0}")
        .put("null/k=1/b.json", "{\"x\":1}");
    files
        .put("mix/a.json", "{\"c\":1}")
        .put("mix/p=1/b.json", "{\"c\":2}");
    files.put("same/x=9/a.json", "{\"x\":0}");
    files.put("time/t=2024-01-01 10%3A00%3A00/a.json", "{\"x\":0}");
    files.put("text/k=01/a.json", "{\"x\":0}");
    let base = files.path("two").display().to_string();
    for (name, schema, options, expected) in [
        ("above=1/in", "", vec![], "struct<x:bigint> [1]"),
        (
            "above=1/in",
            "x int, above int",
            vec![],
            "struct<x:int,above:int> [1,NULL]",
        ),
        (
            "two",
            "",
            vec![],
            "struct<x:bigint,a:int,b:string> [0,1,x][1,2,y]",
        ),
        ("two/a=1", "", vec![], "struct<x:bigint,b:string> [0,x]"),
        (
            "two/a=1",
            "",
            vec![("basePath", base.as_str())],
            "struct<x:bigint,a:int,b:string> [0,1,x]",
        ),
        ("two/*/*/*.json", "", vec![], "struct<x:bigint> [0][1]"),
        ("two/a=1/b=x/0.json", "", vec![], "struct<x:bigint> [0]"),
        (
            "two",
            "",
            vec![("recursiveFileLookup", "true")],
            "struct<x:bigint> [0][1]",
        ),
        (
            "two",
            "x int",
            vec![],
            "struct<x:int,a:int,b:string> [0,1,x][1,2,y]",
        ),
        (
            "esc",
            "",
            vec![],
            "struct<x:bigint,k:string> [0,a/b c][1,d=e]",
        ),
        ("null", "", vec![], "struct<x:bigint,k:int> [0,NULL][1,1]"),
        ("mix", "", vec![], "struct<c:bigint,p:int> [2,1]"),
        ("same", "", vec![], "struct<x:int> [9]"),
        (
            "time",
            "",
            vec![],
            "struct<x:bigint,t:timestamp> [0,2024-01-01 10:00:00]",
        ),
        (
            "text",
            "k string, x int",
            vec![],
            "struct<x:int,k:string> [0,01]",
        ),
    ] {
        let read = files.read("json", name, schema, &options).await;
        assert_eq!(read.unwrap(), expected, "{name} {schema} {options:?}");
    }
    files.put("bad/k=a/a.json", "{\"x\":0}");
    files.put("blank/k=/a.json", "{\"x\":0}");
    files
        .put("depth/p=1/b.json", "{}")
        .put("depth/p=1/q=1/b.json", "{}");
    files
        .put("plain/k/a.json", "{}")
        .put("plain/k=1/a.json", "{}");
    for (name, schema, condition) in [
        (
            "bad",
            "x int, k int",
            "INVALID_PARTITION_VALUE Failed to cast value 'a' to data type \"INT\" for partition column `k`.",
        ),
        ("blank", "", "EMPTY_PARTITION_COLUMN_VALUE "),
        ("depth", "", "CONFLICTING_PARTITION_COLUMN_NAMES "),
        ("plain", "", "CONFLICTING_DIRECTORY_STRUCTURES "),
        ("two/a=*", "", "CONFLICTING_DIRECTORY_STRUCTURES "),
    ] {
        let error = files.read("json", name, schema, &[]).await.unwrap_err();
        assert!(error.starts_with(condition), "{name}: {error}");
    }
}

#[tokio::test]
async fn partition_directories_are_named_as_spark_names_them() {
    let files = Files::new();
    for (value, directory) in [
        (
            "TIMESTAMP'2024-01-01 10:00:00'",
            "p=2024-01-01 10%3A00%3A00",
        ),
        (
            "TIMESTAMP_NTZ'2024-01-01 10:00:00.5'",
            "p=2024-01-01 10%3A00%3A00.5",
        ),
        ("DATE'2024-01-02'", "p=2024-01-02"),
        ("1.50BD", "p=1.50"),
        ("CAST(1.0 AS FLOAT)", "p=1.0"),
        ("true", "p=true"),
        ("INTERVAL 1 DAY", "p=INTERVAL %271%27 DAY"),
        ("X'414243'", "p=ABC"),
        ("''", "p=__HIVE_DEFAULT_PARTITION__"),
        ("CAST(NULL AS INT)", "p=__HIVE_DEFAULT_PARTITION__"),
        ("'{x}'", "p=%7Bx}"),
        ("'[x]^#%'", "p=%5Bx%5D%5E%23%25"),
        ("' lead'", "p= lead"),
        ("'a/b=c:d'", "p=a%2Fb%3Dc%3Ad"),
    ] {
        let session = session();
        let out = files.path(directory);
        let SqlResult::Rows(frame) = session
            .sql(&format!("SELECT 1 AS v, {value} AS p"))
            .await
            .unwrap()
        else {
            panic!("not rows");
        };
        let writer = frame
            .write()
            .mode_named("overwrite")
            .format("json")
            .partition_by(["p"]);
        writer.save_path(&out.display().to_string()).await.unwrap();
        assert_eq!(tree(&out), [format!("{directory}/.json")], "{value}");
    }
    let session = session();
    let SqlResult::Rows(frame) = session.sql("SELECT 1 AS v, array(1) AS p").await.unwrap() else {
        panic!("not rows");
    };
    for (columns, condition) in [
        (&["p"][..], "INVALID_PARTITION_COLUMN_DATA_TYPE"),
        (&["v", "V"], "COLUMN_ALREADY_EXISTS"),
    ] {
        let writer = frame
            .write()
            .format("json")
            .partition_by(columns.iter().copied());
        let error = writer.save_path("/nowhere").await.unwrap_err();
        assert_eq!(error.condition(), Some(condition));
    }
}
