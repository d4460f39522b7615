//! A query from start to end: what its handle says, what listeners hear, what ends it.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use parking_lot::Mutex;
use vltava_stream::{
    ErrorKind, Lane, MemoryStream, OutputMode, QueryProgressEvent, QueryStartedEvent,
    QueryTerminatedEvent, Result, Sink, StreamingQueryListener, Trigger,
};

use crate::support::{column_of, names, numbers, numbers_schema, session, text};

#[tokio::test]
async fn rows_go_from_the_source_to_the_table() {
    let session = session();
    let input = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&input).unwrap();
    let query = frame
        .select_expr(["n * 10 AS tens"])
        .unwrap()
        .write_stream()
        .format("memory")
        .query_name("tens")
        .start()
        .await
        .unwrap();
    assert!(query.is_active());
    input.add(numbers(&[1, 2]));
    query.process_all_available().await.unwrap();
    input.add(numbers(&[3]));
    query.process_all_available().await.unwrap();
    let rows = session.table("tens").unwrap().collect().await.unwrap();
    assert_eq!(column_of(&rows, "tens"), [10, 20, 30]);

    let progress = query.recent_progress();
    assert_eq!(progress.len(), 2);
    let last = query.last_progress().unwrap();
    assert_eq!((last.batch_id, last.num_input_rows), (1, 1));
    assert_eq!(last.sources[0].description, "MemoryStream[n]");
    assert_eq!(last.sources[0].start_offset, 0);
    assert_eq!(last.sources[0].end_offset, 1);
    assert_eq!(last.sink.num_output_rows, 1);
    assert_eq!(query.status().message, "Waiting for data to arrive");

    query.stop().await;
    assert!(!query.is_active());
    assert_eq!(query.status().message, "Stopped");
    query.await_termination().await.unwrap();
}

#[tokio::test]
async fn available_now_ends_by_itself_and_goes_on_from_its_checkpoint() {
    let session = session();
    let checkpoint = tempfile::tempdir().unwrap();
    let input = MemoryStream::new(numbers_schema());
    let run = || async {
        let frame = session.read_stream().memory(&input).unwrap();
        let query = frame
            .write_stream()
            .format("noop")
            .trigger(Trigger::AvailableNow)
            .option("checkpointLocation", checkpoint.path().display())
            .start()
            .await
            .unwrap();
        query.await_termination().await.unwrap();
        query
    };
    input.add(numbers(&[1]));
    let first = run().await;
    assert_eq!(first.recent_progress().len(), 1);
    let nothing_new = run().await;
    assert_eq!(nothing_new.recent_progress(), []);
    input.add(numbers(&[2, 3]));
    let second = run().await;
    assert_eq!(second.last_progress().unwrap().batch_id, 1);
    assert_eq!(second.last_progress().unwrap().num_input_rows, 2);
    assert_eq!(first.id(), second.id());
    assert_ne!(first.run_id(), second.run_id());
    assert_eq!(names(checkpoint.path().join("offsets")), ["0", "1"]);
    assert_eq!(
        text(checkpoint.path().join("commits/1")),
        "v1\n{\"nextBatchWatermarkMs\":0}"
    );
    assert_eq!(
        text(checkpoint.path().join("metadata")),
        format!("{{\"id\":\"{}\"}}", first.id())
    );
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl StreamingQueryListener for Heard {
    fn on_query_started(&self, event: &QueryStartedEvent) {
        self.0
            .lock()
            .push(format!("started {}", event.name.as_deref().unwrap_or("?")));
    }
    fn on_query_progress(&self, event: &QueryProgressEvent) {
        self.0
            .lock()
            .push(format!("batch {}", event.progress.batch_id));
    }
    fn on_query_terminated(&self, event: &QueryTerminatedEvent) {
        self.0
            .lock()
            .push(format!("terminated {:?}", event.error_class_on_exception));
    }
}

#[tokio::test]
async fn a_failing_row_ends_the_query_and_says_where_it_stood() {
    let session = session();
    let heard = Arc::new(Heard::default());
    session.streams().add_listener(heard.clone());
    let input = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&input).unwrap();
    let query = frame
        .select_expr(["cast(concat('k', cast(n as string)) as int) AS x"])
        .unwrap()
        .write_stream()
        .format("noop")
        .query_name("bad")
        .start()
        .await
        .unwrap();
    input.add(numbers(&[0]));
    let error = query.await_termination().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StreamFailed);
    let message = error.to_string();
    let (first, rest) = message.split_once("=== Streaming Query ===").unwrap();
    assert!(first.starts_with(&format!(
        "[STREAM_FAILED] Query [id = {}, runId = {}] terminated with exception: ",
        query.id(),
        query.run_id()
    )));
    assert!(first.contains("'k0'"), "{first}");
    assert!(first.trim_end().ends_with("SQLSTATE: XXKST"), "{first}");
    assert!(rest.contains("Identifier: bad [id = "), "{rest}");
    assert!(rest.contains("Current Committed Offsets: {}"), "{rest}");
    assert!(
        rest.contains("Current Available Offsets: {MemoryStream[n]: 0}"),
        "{rest}"
    );
    assert!(rest.contains("Current State: ACTIVE"), "{rest}");
    assert!(
        query
            .status()
            .message
            .starts_with("Terminated with exception: ")
    );
    session.streams().await_any_termination().await.unwrap_err();
    // The handle learns of the end before the listeners do.
    while heard.0.lock().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        *heard.0.lock(),
        ["started bad", "terminated Some(\"STREAM_FAILED\")"]
    );
}

#[tokio::test]
async fn what_cannot_be_started_is_said_at_once() {
    let session = session();
    let input = MemoryStream::new(numbers_schema());
    let writer = || session.read_stream().memory(&input).unwrap().write_stream();
    let cases = [
        (
            writer()
                .format("parquet")
                .output_mode(OutputMode::Update)
                .option("path", "/tmp/x"),
            "[STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE] Invalid streaming output mode: \
             update. This output mode is not supported in Data Source parquet. SQLSTATE: 42KDE",
        ),
        (
            writer().output_mode_named("foo"),
            "[STREAMING_OUTPUT_MODE.INVALID] Invalid streaming output mode: foo. Accepted output \
             modes are 'Append', 'Complete', 'Update'. SQLSTATE: 42KDE",
        ),
        (writer().format("json"), "'path' is not specified."),
        (
            writer().format("memory"),
            "queryName must be specified for memory sink.",
        ),
        (
            writer().format("csv").option("path", "/tmp/x"),
            "checkpointLocation must be specified either through option(\"checkpointLocation\", \
             ...) or SparkSession.conf.set(\"spark.sql.streaming.checkpointLocation\", ...).",
        ),
    ];
    for (writer, message) in cases {
        assert_eq!(writer.start().await.unwrap_err().to_string(), message);
    }
    let frame = session.read_stream().memory(&input).unwrap();
    let first = frame
        .write_stream()
        .format("noop")
        .query_name("same")
        .start()
        .await
        .unwrap();
    let second = frame
        .write_stream()
        .format("noop")
        .query_name("same")
        .start()
        .await;
    assert!(second.unwrap_err().to_string().contains("already active"));
    first.stop().await;
}

#[tokio::test]
async fn batches_without_metadata_are_not_gone_on_with() {
    let session = session();
    let checkpoint = tempfile::tempdir().unwrap();
    let input = MemoryStream::new(numbers_schema());
    input.add(numbers(&[1]));
    let start = || {
        let frame = session.read_stream().memory(&input).unwrap();
        let location = checkpoint.path().display().to_string();
        frame
            .write_stream()
            .format("noop")
            .trigger(Trigger::AvailableNow)
            .option("checkpointLocation", location)
            .start()
    };
    start().await.unwrap().await_termination().await.unwrap();
    std::fs::remove_file(checkpoint.path().join("metadata")).unwrap();
    let error = start().await.unwrap_err();
    assert_eq!(
        error.condition(),
        Some("STREAMING_CHECKPOINT_MISSING_METADATA_FILE")
    );
}

#[tokio::test]
async fn a_second_run_on_the_same_checkpoint_is_detected() {
    let (one, other) = (session(), session());
    let checkpoint = tempfile::tempdir().unwrap();
    let input = MemoryStream::new(numbers_schema());
    let start = |session: &vltava_stream::Session| {
        let frame = session.read_stream().memory(&input).unwrap();
        let location = checkpoint.path().display().to_string();
        frame
            .write_stream()
            .format("noop")
            .option("checkpointLocation", location)
            .start()
    };
    let first = start(&one).await.unwrap();
    first.process_all_available().await.unwrap();
    let second = start(&other).await.unwrap();
    second.process_all_available().await.unwrap();
    input.add(numbers(&[1]));
    // Both plan batch 0; the file system lets one of them.
    let loser = tokio::select! {
        lost = first.await_termination() => lost,
        lost = second.await_termination() => lost,
    };
    let message = loser.unwrap_err().to_string();
    assert!(
        message.contains("[CONCURRENT_STREAM_LOG_UPDATE]"),
        "{message}"
    );
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn a_restart_in_the_same_session_replaces_the_running_query() {
    let session = session();
    let checkpoint = tempfile::tempdir().unwrap();
    let input = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&input).unwrap();
    let start = || {
        let location = checkpoint.path().display().to_string();
        frame
            .write_stream()
            .format("noop")
            .option("checkpointLocation", location)
            .start()
    };
    let first = start().await.unwrap();
    let second = start().await.unwrap();
    assert!(!first.is_active() && second.is_active());
    assert_eq!(session.streams().active().len(), 1);
    second.stop().await;
}

#[tokio::test]
async fn a_processing_time_query_waits_for_its_interval() {
    let session = session();
    let input = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&input).unwrap();
    let query = frame
        .write_stream()
        .format("noop")
        .trigger(Trigger::processing_time("1 hour").unwrap())
        .start()
        .await
        .unwrap();
    // The first look comes at once and finds nothing; the next is an hour away.
    while query.status().message != "Waiting for next trigger" {
        tokio::task::yield_now().await;
    }
    input.add(numbers(&[1]));
    let ended = query
        .await_termination_within(Duration::from_millis(50))
        .await
        .unwrap();
    assert!(!ended);
    assert_eq!(query.recent_progress(), []);
    query.stop().await;
}

/// A sink with a mistake in it.
struct Panicking;

#[async_trait]
impl Sink for Panicking {
    fn description(&self) -> String {
        "Panicking".to_string()
    }

    async fn add_batch(
        &self,
        _batch_id: u64,
        _mode: OutputMode,
        _schema: SchemaRef,
        _rows: Lane,
    ) -> Result<Option<u64>> {
        panic!("a mistake");
    }
}

#[tokio::test]
async fn a_panic_ends_the_query_it_happened_in() {
    let session = session();
    let input = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&input).unwrap();
    let healthy = frame.write_stream().format("noop").start().await.unwrap();
    let query = frame
        .write_stream()
        .sink(Arc::new(Panicking))
        .start()
        .await
        .unwrap();
    input.add(numbers(&[1]));
    let error = query.await_termination().await.unwrap_err().to_string();
    assert!(error.contains("the query panicked: a mistake"), "{error}");
    healthy.process_all_available().await.unwrap();
    healthy.stop().await;
}

#[tokio::test]
async fn each_batch_can_go_to_a_function() {
    let session = session();
    let input = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&input).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    let query = frame
        .write_stream()
        .foreach_batch(move |rows, batch_id| {
            let seen = Arc::clone(&into);
            Box::pin(async move {
                let twice = rows.select_expr(["n * 2 AS n"])?.collect().await?;
                seen.lock().push((batch_id, column_of(&twice, "n")));
                if batch_id == 1 {
                    return Err("enough".into());
                }
                Ok(())
            })
        })
        .start()
        .await
        .unwrap();
    input.add(numbers(&[1, 2]));
    query.process_all_available().await.unwrap();
    input.add(numbers(&[3]));
    let error = query.await_termination().await.unwrap_err().to_string();
    assert!(
        error.contains("[FOREACH_BATCH_USER_FUNCTION_ERROR]"),
        "{error}"
    );
    assert!(error.contains("Reason: enough"), "{error}");
    assert_eq!(*seen.lock(), [(0, vec![2, 4]), (1, vec![6])]);
}

#[tokio::test]
async fn the_rate_goes_on_counting_after_a_restart() {
    let session = session();
    let checkpoint = tempfile::tempdir().unwrap();
    let run = || async {
        let frame = session
            .read_stream()
            .format("rate")
            .option("rowsPerSecond", 1000)
            .load()
            .unwrap();
        let query = frame
            .write_stream()
            .format("noop")
            .option("checkpointLocation", checkpoint.path().display())
            .start()
            .await
            .unwrap();
        while query
            .recent_progress()
            .iter()
            .all(|batch| batch.num_input_rows == 0)
        {
            tokio::task::yield_now().await;
        }
        query.stop().await;
        query.recent_progress()
    };
    let first = run().await;
    let second = run().await;
    let stopped_at = &first.last().unwrap().sources[0].end_offset;
    assert_eq!(second[0].sources[0].start_offset, *stopped_at);
    assert_eq!(
        first[0].sources[0].description,
        "RateStreamV2[rowsPerSecond=1000, rampUpTimeSeconds=0, numPartitions=default"
    );
    let began = text(checkpoint.path().join("sources/0/0"));
    assert!(
        began.strip_prefix("v1\n").unwrap().parse::<i64>().is_ok(),
        "{began}"
    );
}
