//! Tables saved: as files, under Spark's save modes, and to the other sinks.

use std::path::Path;
use std::sync::{Arc, Mutex};

use vltava_stream::{DataFrame, SaveMode, Session, SqlResult, Trigger};

use crate::support::{column_of, names, numbers, numbers_schema, session, session_over, text};

fn frame(session: &Session, values: &[i64]) -> DataFrame {
    session
        .create_data_frame(numbers_schema(), vec![numbers(values)])
        .unwrap()
}

/// The numbers in the table at `path`, sorted.
async fn saved(session: &Session, path: &str) -> Vec<i64> {
    let rows = session.read().load_path(path).unwrap().collect().await;
    let mut values = column_of(&rows.unwrap(), "n");
    values.sort_unstable();
    values
}

async fn sql(session: &Session, text: &str) -> SqlResult {
    session.sql(text).await.unwrap()
}

#[tokio::test]
async fn the_mode_says_what_becomes_of_what_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    let one = frame(&session, &[1]);
    one.write().save_path(&path).await.unwrap();
    assert_eq!(saved(&session, &path).await, [1]);
    let found = names(&path);
    assert_eq!(found[0], "_SUCCESS");
    assert!(found[1].starts_with("part-00000-") && found[1].ends_with("-c000.snappy.parquet"));
    assert_eq!(found.len(), 2);

    let error = one.write().save_path(&path).await.unwrap_err();
    assert_eq!(error.condition(), Some("PATH_ALREADY_EXISTS"));
    assert_eq!(
        error.message(),
        format!(
            "Path file:{path} already exists. Set mode as \"overwrite\" to overwrite the existing path."
        )
    );
    let write = |values: &[i64], mode: &str| {
        let writer = frame(&session, values).write().mode_named(mode);
        writer.save_path(&path)
    };
    write(&[2], "append").await.unwrap();
    assert_eq!(saved(&session, &path).await, [1, 2]);
    write(&[3], "ignore").await.unwrap();
    assert_eq!(saved(&session, &path).await, [1, 2]);
    std::fs::create_dir_all(directory.path().join("out/n=9")).unwrap();
    write(&[4], "OVERWRITE").await.unwrap();
    assert_eq!(saved(&session, &path).await, [4]);
    assert_eq!(names(&path).len(), 2);
    let error = write(&[5], "replace").await.unwrap_err();
    assert_eq!(error.condition(), Some("INVALID_SAVE_MODE"));
}

#[tokio::test]
async fn partitions_are_directories_and_can_be_replaced_one_by_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    let rows = async |query: &str| match sql(&session, query).await {
        SqlResult::Rows(frame) => frame.write().format("json").partition_by(["day"]),
        other => panic!("not rows: {other:?}"),
    };
    let first = rows("SELECT * FROM VALUES (1, 'mon'), (2, 'tue') AS t(n, day)").await;
    first.save_path(&path).await.unwrap();
    assert_eq!(names(&path), ["_SUCCESS", "day=mon", "day=tue"]);
    let file = |day: &str| {
        let directory = Path::new(&path).join(format!("day={day}"));
        let found = names(&directory);
        assert_eq!(found.len(), 1, "{found:?}");
        text(directory.join(&found[0]))
    };
    assert_eq!(file("tue"), "{\"n\":2}\n");

    let second = rows("SELECT * FROM VALUES (3, 'tue') AS t(n, day)").await;
    let second = second.mode(SaveMode::Overwrite);
    let dynamic = second.clone().option("partitionOverwriteMode", "dynamic");
    dynamic.save_path(&path).await.unwrap();
    assert_eq!(
        (file("mon"), file("tue")),
        ("{\"n\":1}\n".into(), "{\"n\":3}\n".into())
    );
    second.save_path(&path).await.unwrap();
    assert_eq!(names(&path), ["_SUCCESS", "day=tue"]);
}

#[tokio::test]
async fn what_fails_leaves_the_old_table_and_nothing_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    frame(&session, &[1])
        .write()
        .save_path(&path)
        .await
        .unwrap();
    let before = names(&path);
    let batches = vec![numbers(&[1]), numbers(&[0])];
    let failing = session
        .create_data_frame(numbers_schema(), batches)
        .unwrap();
    let failing = failing.select_expr(["CAST(4 / n AS BIGINT) AS n"]).unwrap();
    // A file per batch: the first is written when the second fails.
    let writer = failing.write().mode(SaveMode::Overwrite);
    let error = writer.option("maxRecordsPerFile", 1).save_path(&path).await;
    assert_eq!(error.unwrap_err().condition(), Some("DIVIDE_BY_ZERO"));
    assert_eq!(names(&path), before);
    assert_eq!(saved(&session, &path).await, [1]);
}

#[tokio::test]
async fn a_full_file_is_followed_by_another_only_for_more_rows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    let batches = vec![numbers(&[1]), numbers(&[2])];
    let rows = session
        .create_data_frame(numbers_schema(), batches)
        .unwrap();
    let writer = rows.write().option("maxRecordsPerFile", 1);
    writer.json(&path).await.unwrap();
    let mut ends: Vec<String> = names(&path)
        .iter()
        .filter_map(|name| Some(name.rsplit_once('-')?.1.to_owned()))
        .collect();
    ends.sort();
    assert_eq!(ends, ["c000.json", "c001.json"]);
}

#[tokio::test]
async fn a_table_without_rows_still_has_columns() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    frame(&session, &[]).write().parquet(&path).await.unwrap();
    let read = session.read().parquet(&path).unwrap();
    assert_eq!(read.schema_string(), "struct<n:bigint>");
    assert_eq!(saved(&session, &path).await, Vec::<i64>::new());
}

#[tokio::test]
async fn what_is_read_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    frame(&session, &[1])
        .write()
        .save_path(&path)
        .await
        .unwrap();
    let read = session.read().load_path(&path).unwrap();
    read.create_or_replace_temp_view("t").unwrap();
    let SqlResult::Rows(more) = sql(&session, "SELECT n + 1 AS n FROM t").await else {
        panic!("not rows");
    };
    let error = more
        .write()
        .mode(SaveMode::Overwrite)
        .save_path(&path)
        .await
        .unwrap_err();
    assert_eq!(error.condition(), Some("UNSUPPORTED_OVERWRITE.PATH"));
    assert_eq!(saved(&session, &path).await, [1]);
    more.write()
        .mode(SaveMode::Append)
        .save_path(&path)
        .await
        .unwrap();
    assert_eq!(saved(&session, &path).await, [1, 2]);
}

#[tokio::test]
async fn a_streams_output_is_not_appended_to_but_can_be_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    let session = session();
    frame(&session, &[1])
        .write()
        .save_path(&at("in"))
        .await
        .unwrap();
    let stream = session
        .read_stream()
        .schema("n BIGINT")
        .parquet(&at("in"))
        .unwrap();
    let error = stream.write().save_path(&at("table")).await.unwrap_err();
    assert_eq!(
        error.condition(),
        Some("CALL_ON_STREAMING_DATASET_UNSUPPORTED")
    );
    let query = stream
        .write_stream()
        .trigger(Trigger::AvailableNow)
        .option("checkpointLocation", at("checkpoint"))
        .start_path(&at("out"))
        .await
        .unwrap();
    query.await_termination().await.unwrap();

    let two = frame(&session, &[2]);
    let error = two
        .write()
        .mode(SaveMode::Append)
        .save_path(&at("out"))
        .await;
    assert!(error.unwrap_err().message().contains("_spark_metadata"));
    assert_eq!(saved(&session, &at("out")).await, [1]);
    two.write()
        .mode(SaveMode::Overwrite)
        .save_path(&at("out"))
        .await
        .unwrap();
    assert_eq!(saved(&session, &at("out")).await, [2]);
}

#[tokio::test]
async fn sinks_that_are_no_files_know_few_modes() {
    let session = session();
    let rows = frame(&session, &[1, 22]);
    let noop = rows.write().format("noop");
    let error = noop.clone().save().await.unwrap_err();
    assert_eq!(error.condition(), Some("UNSUPPORTED_DATA_SOURCE_SAVE_MODE"));
    noop.mode(SaveMode::Overwrite).save().await.unwrap();
    let kafka = rows.write().format("kafka").mode(SaveMode::Overwrite);
    assert_eq!(
        kafka.save().await.unwrap_err().message(),
        "Save mode Overwrite not allowed for Kafka. Allowed save modes are Append and \
         ErrorIfExists (default)."
    );
    let printed = Arc::new(Mutex::new(String::new()));
    let output = Arc::clone(&printed);
    let console = rows.write().format("console").option("numRows", 1);
    let console =
        console.console_output(Arc::new(move |text| output.lock().unwrap().push_str(text)));
    console.save().await.unwrap();
    assert_eq!(
        *printed.lock().unwrap(),
        "+---+\n|  n|\n+---+\n|  1|\n+---+\nonly showing top 1 row\n\n"
    );
    let error = rows.write().format("memory").save().await.unwrap_err();
    assert_eq!(error.condition(), Some("DATA_SOURCE_NOT_FOUND"));
}

#[tokio::test]
async fn sql_overwrites_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    session.conf().set("out", &path);
    for statement in [
        "INSERT OVERWRITE DIRECTORY '${out}' USING parquet SELECT CAST(1 AS BIGINT) AS n",
        "INSERT OVERWRITE LOCAL DIRECTORY USING parquet OPTIONS (path '${out}') SELECT CAST(2 AS BIGINT) AS n",
    ] {
        assert!(matches!(sql(&session, statement).await, SqlResult::Done));
    }
    assert_eq!(saved(&session, &path).await, [2]);
}

#[tokio::test]
async fn a_table_is_saved_beside_a_temporary_view_of_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let session = session_over(directory.path());
    let rows = async |query: &str| match sql(&session, query).await {
        SqlResult::Rows(frame) => column_of(&frame.collect().await.unwrap(), "n"),
        other => panic!("{other:?}"),
    };
    sql(&session, "CREATE TEMPORARY VIEW v AS SELECT 7L AS n").await;
    for (mode, saved) in [
        ("append", vec![1]),
        ("append", vec![1, 1]),
        ("ignore", vec![1, 1]),
        ("overwrite", vec![1]),
    ] {
        let writer = frame(&session, &[1]).write().mode_named(mode);
        writer.save_as_table("v").await.unwrap();
        assert_eq!(rows("SELECT n FROM v").await, [7], "{mode}");
        assert_eq!(rows("SELECT n FROM default.v").await, saved, "{mode}");
    }
    let writer = frame(&session, &[1]).write().mode_named("error");
    let error = writer.save_as_table("v").await.unwrap_err();
    assert_eq!(error.condition(), Some("TABLE_OR_VIEW_ALREADY_EXISTS"));

    // A permanent view is replaced, and nothing else.
    sql(&session, "CREATE VIEW p AS SELECT 7L AS n").await;
    for mode in ["append", "ignore", "error"] {
        let writer = frame(&session, &[1]).write().mode_named(mode);
        let error = writer.save_as_table("p").await.unwrap_err();
        assert_eq!(
            error.condition(),
            Some("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE"),
            "{mode}"
        );
    }
    let writer = frame(&session, &[1]).write().mode_named("overwrite");
    writer.save_as_table("p").await.unwrap();
    assert_eq!(rows("SELECT n FROM p").await, [1]);
}

#[tokio::test]
async fn options_of_other_formats_are_not_looked_at() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    let SqlResult::Rows(lines) = sql(&session, "SELECT 'x' AS value").await else {
        panic!("no rows");
    };
    let refused = async |format: &str, option: &str, value: &str| {
        let writer = lines.write().format(format).option(option, value);
        let saved = writer.mode(SaveMode::Overwrite).save_path(&path).await;
        saved.err().map(|error| error.to_string())
    };
    for (option, value) in [
        ("encoding", "nope"),
        ("lineSep", ""),
        ("sep", ""),
        ("quote", "ab"),
        ("dateFormat", "nope'"),
        ("ignoreNullFields", "nope"),
        ("codec", "nope"),
    ] {
        assert_eq!(refused("parquet", option, value).await, None, "{option}");
        if option != "lineSep" {
            assert_eq!(refused("text", option, value).await, None, "{option}");
        }
    }
    for (format, option, value) in [
        ("text", "lineSep", ""),
        ("text", "compression", "nope"),
        ("json", "encoding", "nope"),
        ("json", "ignoreNullFields", "nope"),
        ("csv", "quote", "ab"),
        ("csv", "codec", "nope"),
        ("parquet", "compression", "nope"),
    ] {
        let error = refused(format, option, value).await;
        assert!(error.is_some(), "{format}: {option}");
    }
    assert_eq!(refused("json", "quote", "ab").await, None);
    assert_eq!(refused("json", "codec", "nope").await, None);
}

#[tokio::test]
async fn a_parquet_file_is_read_within_the_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("out").display().to_string();
    let session = session();
    let values: Vec<i64> = (0..1_000_000)
        .map(|n: i64| n.wrapping_mul(n ^ 0x5_DEEC_E66D))
        .collect();
    frame(&session, &values)
        .write()
        .save_path(&path)
        .await
        .unwrap();
    session.conf().set("vltava.memory.budget", "1m");
    // The columns stand in the footer. A row group is read as a whole.
    let rows = session.read().load_path(&path).unwrap();
    let error = rows.collect().await.unwrap_err().to_string();
    assert!(error.contains("vltava.memory.budget"), "{error}");
}

#[tokio::test]
async fn a_stream_goes_into_a_table_of_the_catalogue() {
    let directory = tempfile::tempdir().unwrap();
    let input = directory.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::write(input.join("a.json"), "{\"n\":1}\n{\"n\":2}\n").unwrap();
    let session = session_over(&directory.path().join("warehouse"));
    let write = async |table: &str, format: &str| {
        let reader = session.read_stream().format("json").schema("n BIGINT");
        let stream = reader.load_path(&input.to_string_lossy()).unwrap();
        let checkpoint = directory.path().join(format!("checkpoint-{table}"));
        let writer = stream.write_stream().format(format);
        let writer = writer.option("checkpointLocation", checkpoint.display());
        let query = writer
            .trigger(Trigger::AvailableNow)
            .to_table(table)
            .await?;
        query.await_termination().await
    };
    write("t", "parquet").await.unwrap();
    write("t", "parquet").await.unwrap();
    std::fs::write(input.join("b.json"), "{\"n\":3}\n").unwrap();
    write("t", "parquet").await.unwrap();
    let SqlResult::Rows(rows) = sql(&session, "SELECT n FROM t ORDER BY n").await else {
        panic!("no rows");
    };
    assert_eq!(column_of(&rows.collect().await.unwrap(), "n"), [1, 2, 3]);

    sql(&session, "CREATE TABLE j (n BIGINT) USING json").await;
    let error = write("j", "parquet").await.unwrap_err();
    assert_eq!(
        error.message(),
        "The input source(parquet) is different from the table j's data source provider(json)."
    );
    sql(&session, "CREATE VIEW v AS SELECT 1 AS n").await;
    let error = write("v", "parquet").await.unwrap_err();
    assert!(error.message().contains("Streaming into views"), "{error}");
    let error = write("nope.t", "parquet").await.unwrap_err();
    assert_eq!(error.condition(), Some("SCHEMA_NOT_FOUND"));
    // A table into which no stream is written is not made.
    write("k", "kafka").await.unwrap_err();
    assert!(!session.catalog().table_exists("k").unwrap());
}
