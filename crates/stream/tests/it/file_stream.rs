//! Streams from files into files, beside what Spark makes of the same.

use std::path::Path;

use vltava_stream::{DataFrame, Session, StreamingQuery, Trigger};

use crate::support::{column_of, names, session, text, write_json};

const SCHEMA: &str = "ts timestamp, k string, v long";

fn write_inputs(directory: &Path, files: std::ops::Range<usize>) {
    for file in files {
        let lines: Vec<String> = (0..3)
            .map(|k| {
                format!(
                    "{{\"ts\":\"2026-01-01T00:00:{file:02}.000Z\",\"k\":\"k{k}\",\"v\":{}}}",
                    file * 10 + k
                )
            })
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        write_json(directory, &format!("f{file:02}.json"), &lines);
        // Files are taken in the order of their times, which have milliseconds.
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
}

fn stream(session: &Session, input: &Path) -> DataFrame {
    session
        .read_stream()
        .schema(SCHEMA)
        .option("maxFilesPerTrigger", 1)
        .json(&input.display().to_string())
        .unwrap()
}

async fn run(frame: &DataFrame, format: &str, output: &Path, checkpoint: &Path) -> StreamingQuery {
    let query = frame
        .write_stream()
        .format(format)
        .trigger(Trigger::AvailableNow)
        .option("checkpointLocation", checkpoint.display())
        .start_path(&output.display().to_string())
        .await
        .unwrap();
    query.await_termination().await.unwrap();
    query
}

/// A file's text with what differs from run to run replaced.
fn masked(text: &str, root: &Path) -> String {
    let text = text.replace(&root.display().to_string(), "ROOT");
    let uuid = regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    let time =
        regex::Regex::new(r#"("(timestamp|modificationTime|batchTimestampMs)":)\d+"#).unwrap();
    let size = regex::Regex::new(r#"("size":)\d+"#).unwrap();
    let text = uuid.replace_all(&text, "UUID");
    let text = time.replace_all(&text, "${1}T");
    size.replace_all(&text, "${1}S").into_owned()
}

#[tokio::test]
async fn checkpoint_and_output_log_are_byte_for_byte_sparks() {
    let session = session();
    session.conf().set("spark.sql.shuffle.partitions", "2");
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let (input, output, checkpoint) = (root.join("in"), root.join("out"), root.join("ck"));
    write_inputs(&input, 0..12);
    run(&stream(&session, &input), "parquet", &output, &checkpoint).await;

    for log in ["offsets", "commits"] {
        let expected: Vec<String> = (0..12).map(|batch| batch.to_string()).collect();
        let mut found = names(checkpoint.join(log));
        found.sort_by_key(|name| name.parse::<u64>().unwrap());
        assert_eq!(found, expected);
    }
    // The files beside this one are what Spark 4.3.0 wrote for the same query, masked alike.
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/spark");
    for (file, ours) in [
        ("offsets-3", checkpoint.join("offsets/3")),
        ("commits-3", checkpoint.join("commits/3")),
        ("metadata", checkpoint.join("metadata")),
        ("sources-0-0", checkpoint.join("sources/0/0")),
        (
            "sources-0-9.compact",
            checkpoint.join("sources/0/9.compact"),
        ),
        ("sink-0", output.join("_spark_metadata/0")),
        ("sink-9.compact", output.join("_spark_metadata/9.compact")),
    ] {
        assert_eq!(masked(&text(ours), root), text(golden.join(file)), "{file}");
    }
    assert_eq!(
        names(output.join("_spark_metadata")),
        [
            "0",
            "1",
            "10",
            "11",
            "2",
            "3",
            "4",
            "5",
            "6",
            "7",
            "8",
            "9.compact"
        ]
    );
}

#[tokio::test]
async fn a_checkpoint_of_sparks_is_gone_on_with() {
    let session = session();
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let (input, output, checkpoint) = (root.join("in"), root.join("out"), root.join("ck"));
    write_inputs(&input, 0..1);
    // Batch 0 as Spark left it, its hidden checksum files included.
    for (name, text) in [
        (
            "metadata",
            "{\"id\":\"efb6485b-edfb-48b1-91e8-29434ec0e240\"}".to_string(),
        ),
        ("offsets/.0.crc", "crc".to_string()),
        (
            "offsets/0",
            "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":1795369696888,\"conf\":\
             {\"spark.sql.shuffle.partitions\":\"2\"}}\n{\"logOffset\":0}"
                .to_string(),
        ),
        ("commits/0", "v1\n{\"nextBatchWatermarkMs\":0}".to_string()),
        (
            "sources/0/0",
            format!(
                "v1\n{{\"path\":\"file://{}/f00.json\",\"timestamp\":1795369691630,\"batchId\":0}}",
                input.display()
            ),
        ),
    ] {
        let path = checkpoint.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    write_inputs(&input, 1..2);
    let query = run(&stream(&session, &input), "parquet", &output, &checkpoint).await;
    assert_eq!(
        query.id().to_string(),
        "efb6485b-edfb-48b1-91e8-29434ec0e240"
    );
    let batches: Vec<u64> = query.recent_progress().iter().map(|p| p.batch_id).collect();
    assert_eq!(batches, [1]);
    let rows = session
        .read()
        .parquet(&output.display().to_string())
        .unwrap()
        .collect()
        .await;
    assert_eq!(column_of(&rows.unwrap(), "v"), [10, 11, 12]);
    assert!(text(checkpoint.join("offsets/1")).contains("\"spark.sql.shuffle.partitions\":\"2\""));
}

#[tokio::test]
async fn partition_columns_go_into_the_path_and_come_back() {
    let session = session();
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let (input, output) = (root.join("in"), root.join("out"));
    write_inputs(&input, 0..2);
    let query = stream(&session, &input)
        .write_stream()
        .format("json")
        .partition_by(["k"])
        .trigger(Trigger::AvailableNow)
        .option("checkpointLocation", root.join("ck").display())
        .start_path(&output.display().to_string())
        .await
        .unwrap();
    query.await_termination().await.unwrap();
    assert_eq!(names(&output), ["_spark_metadata", "k=k0", "k=k1", "k=k2"]);
    let frame = session
        .read()
        .schema("v long, k string")
        .json(&output.display().to_string());
    let rows = frame
        .unwrap()
        .where_("k = 'k1'")
        .unwrap()
        .collect()
        .await
        .unwrap();
    let mut values = column_of(&rows, "v");
    values.sort_unstable();
    assert_eq!(values, [1, 11]);
}

#[tokio::test]
async fn files_of_a_batch_that_failed_are_not_read() {
    let session = session();
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let (input, output) = (root.join("in"), root.join("out"));
    write_inputs(&input, 0..1);
    run(&stream(&session, &input), "csv", &output, &root.join("ck")).await;
    std::fs::write(
        output.join("part-00000-of-nobody.csv"),
        "2026-01-01T00:00:00.000Z,x,99\n",
    )
    .unwrap();
    let frame = session
        .read()
        .schema(SCHEMA)
        .csv(&output.display().to_string())
        .unwrap();
    assert_eq!(column_of(&frame.collect().await.unwrap(), "v"), [0, 1, 2]);
}
