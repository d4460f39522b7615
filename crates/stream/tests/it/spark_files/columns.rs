//! Columns of Parquet files, and of one name.

use super::{Files, run};
use crate::support::session;

#[tokio::test]
async fn parquet_columns_are_read_as_asked_or_named() {
    let files = Files::new();
    let path = files.path("pq").display().to_string();
    let source = "SELECT 1 AS i32, 3000000000L AS i64, CAST(1.5 AS FLOAT) AS f, 'x' AS s, DATE'2024-01-02' AS dt,
        TIMESTAMP_NTZ'2024-01-01 10:00:00' AS ntz, 1.50BD AS dec, array(1, 2) AS arr, map('k', 1) AS m,
        named_struct('a', 1, 'b', 'x') AS st";
    let text = format!("INSERT OVERWRITE DIRECTORY '{path}' USING parquet {source}");
    run(&session(), &text).await.unwrap();
    for (schema, expected) in [
        ("i32 BIGINT", "struct<i32:bigint> [1]"),
        ("i32 DOUBLE", "struct<i32:double> [1.0]"),
        ("i32 TINYINT", "struct<i32:tinyint> [1]"),
        ("i32 DATE", "struct<i32:date> [1970-01-02]"),
        ("i32 DECIMAL(12,2)", "struct<i32:decimal(12,2)> [1.00]"),
        (
            "i64 DECIMAL(38,2)",
            "struct<i64:decimal(38,2)> [3000000000.00]",
        ),
        ("f DOUBLE", "struct<f:double> [1.5]"),
        ("dt INT", "struct<dt:int> [19724]"),
        (
            "dt TIMESTAMP_NTZ",
            "struct<dt:timestamp_ntz> [2024-01-02 00:00:00]",
        ),
        (
            "ntz TIMESTAMP",
            "struct<ntz:timestamp> [2024-01-01 10:00:00]",
        ),
        ("ntz BIGINT", "struct<ntz:bigint> [1704103200000000]"),
        ("dec DECIMAL(22,4)", "struct<dec:decimal(22,4)> [1.5000]"),
        ("dec INT", "struct<dec:int> [150]"),
        ("arr ARRAY<BIGINT>", "struct<arr:array<bigint>> [[1,2]]"),
        (
            "m MAP<STRING,BIGINT>",
            "struct<m:map<string,bigint>> [{k -> 1}]",
        ),
        ("st STRUCT<A:INT>", "struct<st:struct<A:int>> [{1}]"),
        ("st STRUCT<zz:INT>", "struct<st:struct<zz:int>> [{NULL}]"),
        ("S STRING, zz INT", "struct<S:string,zz:int> [x,NULL]"),
    ] {
        let read = files.read("parquet", "pq", schema, &[]).await;
        assert_eq!(read.unwrap(), expected, "{schema}");
    }
    for (schema, column, expected) in [
        (
            "i32 FLOAT",
            "i32",
            "Expected Spark type float, actual Parquet type INT32.",
        ),
        (
            "i32 STRING",
            "i32",
            "Expected Spark type string, actual Parquet type INT32.",
        ),
        (
            "i32 DECIMAL(10,2)",
            "i32",
            "Expected Spark type decimal(10,2), actual Parquet type INT32.",
        ),
        (
            "i64 INT",
            "i64",
            "Expected Spark type int, actual Parquet type INT64.",
        ),
        (
            "i64 DECIMAL(20,2)",
            "i64",
            "Expected Spark type decimal(20,2), actual Parquet type INT64.",
        ),
        (
            "s INT",
            "s",
            "Expected Spark type int, actual Parquet type BINARY.",
        ),
        (
            "dt TIMESTAMP",
            "dt",
            "Expected Spark type timestamp, actual Parquet type INT32.",
        ),
        (
            "arr ARRAY<STRING>",
            "arr, list, element",
            "Expected Spark type string, actual Parquet type INT32.",
        ),
        (
            "st STRUCT<a:STRING>",
            "st, a",
            "Expected Spark type string, actual Parquet type INT32.",
        ),
    ] {
        let error = files.read("parquet", "pq", schema, &[]).await.unwrap_err();
        let condition = "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH Encountered error while reading file file://ROOT/pq/";
        assert!(error.starts_with(condition), "{schema}: {error}");
        let end = format!("column [{column}]. {expected}");
        assert!(error.ends_with(&end), "{schema}: {error}");
    }
    // A column that nobody reads is not looked at.
    let text = format!(
        "CREATE TEMP VIEW v (i64 INT, s STRING) USING parquet OPTIONS (path '{path}'); SELECT s FROM v"
    );
    assert_eq!(
        run(&session(), &text).await.unwrap(),
        "struct<s:string> [x]"
    );
}

#[tokio::test]
async fn parquet_schemas_are_merged_where_asked() {
    let files = Files::new();
    for (name, query) in [
        ("a", "SELECT 1 AS a"),
        ("b", "SELECT 2 AS b"),
        ("c", "SELECT 1L AS a"),
    ] {
        let path = files.path(name).display().to_string();
        let text = format!("INSERT OVERWRITE DIRECTORY '{path}' USING parquet {query}");
        run(&session(), &text).await.unwrap();
    }
    let merge = [("mergeSchema", "true"), ("recursiveFileLookup", "true")];
    let read = files.read("parquet", "[ab]", "", &merge).await;
    assert_eq!(read.unwrap(), "struct<a:int,b:int> [1,NULL][NULL,2]");
    let error = files.read("parquet", "[ac]", "", &merge).await.unwrap_err();
    assert!(error.starts_with("CANNOT_MERGE_SCHEMAS "), "{error}");
}

#[tokio::test]
async fn columns_of_one_name_are_refused() {
    let files = Files::new();
    files
        .put("a.json", "{\"a\":1,\"A\":2}")
        .put("b.json", "{\"a\":1,\"a\":2}")
        .put("c.json", "{\"s\":{\"a\":1,\"A\":2}}");
    let refused = "COLUMN_ALREADY_EXISTS The column `a` already exists. Choose another name or rename the existing column.";
    for (format, name, schema) in [
        ("json", "a.json", ""),
        ("json", "b.json", ""),
        ("json", "c.json", ""),
        ("json", "a.json", "a int, A int"),
        ("csv", "a.json", "a int, A int"),
        ("parquet", "a.json", "s struct<a: int, A: int>"),
    ] {
        let read = files.read(format, name, schema, &[]).await;
        assert_eq!(read.unwrap_err(), refused, "{format} {name} {schema}");
    }
    for format in ["json", "parquet"] {
        let path = files.path("out").display().to_string();
        let text =
            format!("INSERT OVERWRITE DIRECTORY '{path}' USING {format} SELECT 1 AS a, 2 AS A");
        let error = run(&session(), &text).await.unwrap_err();
        assert_eq!(files.shown(&error), refused);
    }
    let path = files.path("csv").display().to_string();
    let text = format!(
        "INSERT OVERWRITE DIRECTORY '{path}' USING csv SELECT 1 AS a, 2 AS A; SELECT * FROM csv.`{path}`"
    );
    assert_eq!(
        run(&session(), &text).await.unwrap(),
        "struct<_c0:string,_c1:string> [1,2]"
    );
}

#[tokio::test]
async fn intervals_are_written_as_text() {
    let files = Files::new();
    for format in ["json", "csv"] {
        let path = files.path(format).display().to_string();
        let script = format!(
            "INSERT OVERWRITE DIRECTORY '{path}' USING {format}
             SELECT INTERVAL 1 DAY AS x, INTERVAL 1 MONTH AS y; SELECT * FROM text.`{path}`"
        );
        let expected = match format {
            "json" => r#"{"x":"INTERVAL '1' DAY","y":"INTERVAL '1' MONTH"}"#,
            _ => "INTERVAL '1' DAY,INTERVAL '1' MONTH",
        };
        let written = run(&session(), &script).await.unwrap();
        assert_eq!(written, format!("struct<value:string> [{expected}]"));
    }
}
