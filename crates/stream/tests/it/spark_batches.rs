//! Streaming queries give the rows that Spark gives, batch for batch, in each output mode.
//!
//! The queries of `tests/data/spark/batches.sql` run over the files of `batches/`, one a batch.
//! `batches.txt` holds what Spark 4.3 gives, written by `batches.py` beside it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use vltava_stream::{DataFrame, OutputMode, Session, SqlResult, Trigger, row_text};

use crate::support::session;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/spark");

async fn tables() -> Session {
    let session = session();
    session
        .sql("CREATE TEMPORARY VIEW names AS SELECT * FROM VALUES ('a', 'Anna'), ('b', 'Bela') AS t(k, name)")
        .await
        .unwrap();
    session
        .read_stream()
        .schema("k STRING, at TIMESTAMP, v DOUBLE")
        .option("maxFilesPerTrigger", 1)
        .json(&format!("{DATA}/batches"))
        .unwrap()
        .create_temp_view("events")
        .unwrap();
    session
}

async fn query(session: &Session, text: &str) -> vltava_stream::Result<DataFrame> {
    match session.sql(text).await? {
        SqlResult::Rows(frame) => Ok(frame),
        _ => panic!("{text} is no query"),
    }
}

/// What a query gives, a line per row: the batch's number, then the row.
async fn run(session: &Session, mode: OutputMode, text: &str) -> vltava_stream::Result<String> {
    let rows: Arc<Mutex<BTreeMap<u64, Vec<String>>>> = Arc::default();
    let seen = Arc::clone(&rows);
    let checkpoint = tempfile::tempdir().unwrap();
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
        .option("checkpointLocation", checkpoint.path().display())
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

#[tokio::test]
async fn every_batch_has_the_rows_that_spark_gives_it() {
    let session = tables().await;
    let mut different = String::new();
    for block in include_str!("../data/spark/batches.txt")
        .split("-- ")
        .skip(1)
    {
        let (head, expected) = block.split_once('\n').unwrap();
        let (mode, text) = head.split_once(' ').unwrap();
        let mode = match mode {
            "append" => OutputMode::Append,
            "update" => OutputMode::Update,
            _ => OutputMode::Complete,
        };
        let ours = match run(&session, mode, text).await {
            Ok(rows) => rows,
            Err(error) if expected == "refused\n" && error.condition().is_some() => continue,
            Err(error) => error.to_string(),
        };
        if ours != expected {
            different += &format!("-- {head}\nSpark:\n{expected}ours:\n{ours}\n");
        }
    }
    assert!(different.is_empty(), "{different}");
}
