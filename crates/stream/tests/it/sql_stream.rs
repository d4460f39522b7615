//! Jobs from views over sources to running queries; the time of a batch; JSON in and out.

use arrow::array::AsArray;
use vltava_stream::functions::{col, current_timestamp, from_json, structure, to_json};
use vltava_stream::{DataFrame, JoinType, Session, SqlResult, Trigger, row_text, split_statements};

use crate::support::{session, write_json};

async fn rows(frame: &DataFrame) -> Vec<String> {
    let mut rows = Vec::new();
    for batch in frame.collect().await.unwrap() {
        for row in 0..batch.num_rows() {
            rows.push(row_text(&batch, row).unwrap());
        }
    }
    rows.sort();
    rows
}

/// Runs a script and waits for its queries to end.
async fn run(session: &Session, script: &str) {
    for statement in split_statements(script).unwrap() {
        if let SqlResult::Query(query) = session.sql(statement).await.unwrap() {
            query.await_termination().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_script_starts_queries_over_views() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    write_json(
        &directory.path().join("in"),
        "0.json",
        &[
            r#"{"Value": "{\"at\": \"2013-01-01T05:10:00Z\", \"k\": \"a\", \"v\": 3}"}"#,
            r#"{"Value": "{\"at\": \"2013-01-01T05:20:00Z\", \"k\": \"b\", \"v\": 4}"}"#,
            r#"{"Value": "{\"at\": \"2013-01-01T07:50:00Z\", \"k\": \"a\", \"v\": \"x\"}"}"#,
            r#"{"Value": "no JSON at all"}"#,
        ],
    );
    let session = session();
    session.conf().set("in", at("in"));
    session.conf().set("out", at("out"));
    session.conf().set("checkpoint", at("checkpoint"));
    run(
        &session,
        r"
        CREATE TEMPORARY VIEW raw (Value STRING) USING json OPTIONS (path '${in}');
        CREATE TEMPORARY VIEW names AS SELECT * FROM VALUES ('a', 'Anna') AS t(k, name);
        CREATE TEMPORARY VIEW events AS
          SELECT e.at, e.k, e.v FROM (SELECT from_json(value, 'at TIMESTAMP, k STRING, v INT') AS e FROM STREAM raw);
        CREATE STREAMING QUERY hourly OUTPUT MODE append TRIGGER AVAILABLE NOW
          USING json OPTIONS (path '${out}', checkpointLocation '${checkpoint}') AS
          SELECT to_json(struct(*)) AS line FROM (
            SELECT window.start AS hour, coalesce(name, 'nobody') AS who, count(*) AS n, sum(v) AS total
            FROM STREAM events WATERMARK at DELAY OF INTERVAL 10 MINUTES
            LEFT JOIN names ON events.k = names.k
            GROUP BY window(at, '1 hour'), coalesce(name, 'nobody'));
        ",
    )
    .await;
    let SqlResult::Rows(written) = session.sql("SELECT line FROM json.`${out}`").await.unwrap()
    else {
        panic!("not rows");
    };
    assert_eq!(
        rows(&written).await,
        [
            r#"{"hour":"2013-01-01T05:00:00.000Z","who":"Anna","n":1,"total":3}"#,
            r#"{"hour":"2013-01-01T05:00:00.000Z","who":"nobody","n":1,"total":4}"#,
        ]
    );
}

#[tokio::test]
async fn the_time_of_a_batch_is_one_and_its_own() {
    let directory = tempfile::tempdir().unwrap();
    for (name, line) in [("0.json", r#"{"n": 1}"#), ("1.json", r#"{"n": 2}"#)] {
        write_json(&directory.path().join("in"), name, &[line, line]);
    }
    let session = session();
    let input = directory.path().join("in").display().to_string();
    let names = session
        .sql("SELECT CAST(1 AS BIGINT) AS n, 'one' AS name")
        .await
        .unwrap();
    let SqlResult::Rows(names) = names else {
        panic!("not rows")
    };
    let query = session
        .read_stream()
        .schema("n BIGINT")
        .option("maxFilesPerTrigger", 1)
        .json(&input)
        .unwrap()
        .join_using(&names, ["n"], JoinType::LeftOuter)
        .unwrap()
        .filter(current_timestamp().gt(col("n").cast("timestamp").unwrap()))
        .unwrap()
        .with_column("now", current_timestamp())
        .unwrap()
        .select_expr(["n", "now", "(SELECT current_timestamp()) AS queried"])
        .unwrap()
        .write_stream()
        .format("memory")
        .query_name("times")
        .trigger(Trigger::AvailableNow)
        .start()
        .await
        .unwrap();
    query.await_termination().await.unwrap();
    let times = session.table("times").unwrap();
    let mut seen = std::collections::BTreeMap::new();
    for batch in times.collect().await.unwrap() {
        assert_eq!(batch.column(1), batch.column(2), "in a subquery, too");
        let n = batch
            .column(0)
            .as_primitive::<arrow::datatypes::Int64Type>();
        let now = batch
            .column(1)
            .as_primitive::<arrow::datatypes::TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            seen.entry(n.value(row))
                .or_insert_with(Vec::new)
                .push(now.value(row));
        }
    }
    let (first, second) = (&seen[&1], &seen[&2]);
    assert_eq!(first[0], first[1]);
    assert_eq!(second[0], second[1]);
    assert!(first[0] < second[0], "{first:?} {second:?}");
}

#[tokio::test]
async fn json_goes_in_and_out() {
    let session = session();
    let SqlResult::Rows(texts) = session
        .sql(r#"SELECT * FROM VALUES ('{"a": 1, "b": "x"}'), ('{"a": "?"}'), (NULL) AS t(text)"#)
        .await
        .unwrap()
    else {
        panic!("not rows");
    };
    let parsed = texts
        .select([from_json("text", "a INT, b STRING").alias("s")])
        .unwrap();
    assert_eq!(parsed.schema_string(), "struct<s:struct<a:int,b:string>>");
    assert_eq!(rows(&parsed).await, ["NULL", "{1, x}", "{NULL, NULL}"]);
    let again = parsed.select([col("s.*")]).unwrap();
    let again = again.select([to_json(structure(["a", "b"]))]).unwrap();
    assert_eq!(
        again.schema_string(),
        "struct<to_json(struct(a, b)):string>"
    );
    assert_eq!(rows(&again).await, [r#"{"a":1,"b":"x"}"#, "{}", "{}"]);
    let strict = texts.select_expr(["from_json(text, 'a INT', map('mode', 'FAILFAST')) AS s"]);
    let error = strict.unwrap().collect().await.unwrap_err();
    assert_eq!(
        error.condition(),
        Some("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION")
    );
}

#[tokio::test]
async fn the_sessions_zone_is_that_of_times_without_one_however_a_source_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let json = directory.path().join("json");
    write_json(&json, "0.json", &[r#"{"at": "2024-06-01 12:00:00"}"#]);
    let csv = directory.path().join("csv");
    std::fs::create_dir(&csv).unwrap();
    std::fs::write(csv.join("0.csv"), "2024-06-01 12:00:00\n").unwrap();
    let session = session();
    session.conf().set("json", json.display().to_string());
    session.conf().set("csv", csv.display().to_string());
    run(
        &session,
        r"
        SET spark.sql.session.timeZone = Europe/Prague;
        CREATE TEMPORARY VIEW j (at TIMESTAMP) USING json OPTIONS (path '${json}');
        CREATE TEMPORARY VIEW c (at TIMESTAMP) USING csv OPTIONS (path '${csv}');
        CREATE TEMPORARY VIEW utc (at TIMESTAMP) USING csv OPTIONS (path '${csv}', timeZone 'UTC');
        ",
    )
    .await;
    let seconds = async |query: &str| match session.sql(query).await.unwrap() {
        SqlResult::Rows(frame) => rows(&frame).await,
        other => panic!("not rows: {other:?}"),
    };
    let (noon, in_prague) = ("1717243200", "1717236000");
    assert_eq!(
        seconds("SELECT CAST(at AS BIGINT) FROM j").await,
        [in_prague]
    );
    assert_eq!(
        seconds("SELECT CAST(at AS BIGINT) FROM c").await,
        [in_prague]
    );
    assert_eq!(seconds("SELECT CAST(at AS BIGINT) FROM utc").await, [noon]);
    assert_eq!(
        seconds("SELECT CAST(CAST(at AS TIMESTAMP) AS BIGINT) FROM json.`${json}`").await,
        [in_prague]
    );
    let read = session
        .read()
        .schema("at TIMESTAMP")
        .json(&json.display().to_string());
    let read = read.unwrap().select_expr(["CAST(at AS BIGINT)"]).unwrap();
    assert_eq!(rows(&read).await, [in_prague]);
}

/// What a table says that cannot be read is what the query says.
#[tokio::test]
async fn errors_of_tables_keep_their_conditions() {
    let session = session();
    let error = session.sql("SELECT * FROM parquet.`/nowhere`").await;
    assert_eq!(error.unwrap_err().condition(), Some("PATH_NOT_FOUND"));
}
