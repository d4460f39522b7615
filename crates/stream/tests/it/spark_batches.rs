//! Streaming queries give the rows that Spark gives, batch for batch, in each output mode.
//!
//! The queries of `tests/data/spark/batches.sql` run over the files of `batches/`, one a batch. `batches.txt` and, for a
//! query that is started again after each file, `restarts.txt` hold what Spark 4.3 gives, written by `batches.py` beside
//! them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use vltava_stream::{DataFrame, ErrorKind, OutputMode, Session, SqlResult, Trigger, row_text};

use crate::support::session;

/// How many files there are.
const FILES: u64 = 6;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/spark");

async fn tables() -> Session {
    let session = session();
    session
        .sql("CREATE TEMPORARY VIEW names AS SELECT * FROM VALUES ('a', 'Anna'), ('b', 'Bela') AS t(k, name)")
        .await
        .unwrap();
    session
}

fn read_events(session: &Session, directory: &Path) {
    session
        .read_stream()
        .schema("k STRING, at TIMESTAMP, v DOUBLE")
        .option("maxFilesPerTrigger", 1)
        .json(&directory.display().to_string())
        .unwrap()
        .create_or_replace_temp_view("events")
        .unwrap();
}

async fn query(session: &Session, text: &str) -> vltava_stream::Result<DataFrame> {
    match session.sql(text).await? {
        SqlResult::Rows(frame) => Ok(frame),
        _ => panic!("{text} is no query"),
    }
}

/// What a query gives, a line per row: the batch's number, then the row.
async fn run(
    session: &Session,
    mode: OutputMode,
    text: &str,
    checkpoint: &Path,
) -> vltava_stream::Result<String> {
    let rows: Arc<Mutex<BTreeMap<u64, Vec<String>>>> = Arc::default();
    let seen = Arc::clone(&rows);
    let started = query(session, text)
        .await?
        .write_stream()
        .foreach_batch(move |frame, batch_id| {
            let seen = Arc::clone(&seen);
            async move {
                let mut lines = Vec::new();
                for batch in frame.collect().await? {
                    for row in 0..batch.num_rows() {
                        lines.push(row_text(&batch, row)?);
                    }
                }
                lines.sort();
                seen.lock().unwrap().insert(batch_id, lines);
                Ok(())
            }
            .boxed()
        })
        .output_mode(mode)
        .option("checkpointLocation", checkpoint.display())
        .trigger(Trigger::AvailableNow)
        .start()
        .await?;
    started.await_termination().await?;
    let mut text = String::new();
    for (batch_id, lines) in rows.lock().unwrap().iter() {
        for line in lines {
            text += &format!("{batch_id}: {line}\n");
        }
    }
    Ok(text)
}

/// Puts a file into the directory that is read.
fn add_file(number: u64, directory: &Path) {
    let name = format!("{number}.json");
    let new = directory.join(&name);
    std::fs::copy(Path::new(DATA).join("batches").join(name), &new).unwrap();
    // Files are read in the order of their modification times.
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + number);
    let file = std::fs::File::options().write(true).open(new).unwrap();
    file.set_modified(time).unwrap();
}

/// All files in one run.
async fn run_once(
    session: &Session,
    mode: OutputMode,
    text: &str,
) -> vltava_stream::Result<String> {
    let (directory, checkpoint) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..FILES {
        add_file(number, directory.path());
    }
    read_events(session, directory.path());
    run(session, mode, text, checkpoint.path()).await
}

/// A run for each file, which goes on from the checkpoint of the one before.
async fn run_with_restarts(
    session: &Session,
    mode: OutputMode,
    text: &str,
) -> vltava_stream::Result<String> {
    let (directory, checkpoint) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut rows = String::new();
    for number in 0..FILES {
        add_file(number, directory.path());
        read_events(session, directory.path());
        rows += &run(session, mode, text, checkpoint.path()).await?;
    }
    Ok(rows)
}

/// Compares the answers of Spark, a block for each query and mode, with ours.
async fn compare<F>(answers: &str, run: F)
where
    F: AsyncFn(&Session, OutputMode, &str) -> vltava_stream::Result<String>,
{
    let session = tables().await;
    let mut different = String::new();
    for block in answers.split("-- ").skip(1) {
        let (head, expected) = block.split_once('\n').unwrap();
        let (mode, text) = head.split_once(' ').unwrap();
        let mode = match mode {
            "append" => OutputMode::Append,
            "update" => OutputMode::Update,
            _ => OutputMode::Complete,
        };
        let ours = match run(&session, mode, text).await {
            Ok(rows) => rows,
            Err(error) if expected == "refused\n" && error.kind() == ErrorKind::Analysis => {
                continue;
            }
            Err(error) => error.to_string(),
        };
        if ours != expected {
            different += &format!("-- {head}\nSpark:\n{expected}ours:\n{ours}\n");
        }
    }
    assert!(different.is_empty(), "{different}");
}

#[tokio::test]
async fn every_batch_has_the_rows_that_spark_gives_it() {
    compare(include_str!("../data/spark/batches.txt"), run_once).await;
}

#[tokio::test]
async fn every_batch_has_the_rows_that_spark_gives_it_with_a_restart_after_each_file() {
    compare(
        include_str!("../data/spark/restarts.txt"),
        run_with_restarts,
    )
    .await;
}
