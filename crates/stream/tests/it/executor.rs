//! Streaming plans run batch by batch, without a query around them: what is emitted when.
//!
//! Rows, counters and watermarks are checked against what Spark 4.3 does with the same batches.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use futures::TryStreamExt;
use vltava_stream::functions::{avg, col, count, lit, sliding_window, window};
use vltava_stream::{
    BatchInput, BatchStats, BatchTimes, DataFrame, JoinType, Lane, MemoryStream,
    MicroBatchExecutor, OutputMode, Session, SqlResult,
};

/// Rows of `(key, seconds since the epoch, value)`.
type Rows<'a> = &'a [(&'a str, i64, f64)];

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("k", DataType::Utf8, true),
        Field::new(
            "at",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            true,
        ),
        Field::new("v", DataType::Float64, true),
    ]))
}

fn batch(rows: Rows) -> RecordBatch {
    let keys: StringArray = rows.iter().map(|row| Some(row.0)).collect();
    let times: TimestampMicrosecondArray = rows.iter().map(|row| Some(row.1 * 1_000_000)).collect();
    let values: Float64Array = rows.iter().map(|row| Some(row.2)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(keys),
        Arc::new(times.with_timezone("UTC")),
        Arc::new(values),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

fn session() -> Session {
    let (io, executors) = io::Io::real(1);
    // They end with the test process; a session does not own them.
    std::mem::forget(executors);
    Session::builder(io)
        .config("spark.sql.shuffle.partitions", "3")
        .build()
        .unwrap()
}

/// A plan with the watermark that a query would keep for it.
struct Driver {
    executor: MicroBatchExecutor,
    delay_ms: i64,
    watermark_ms: i64,
    late_ms: i64,
    next_batch: u64,
}

impl Driver {
    async fn new(frame: &DataFrame, mode: OutputMode) -> Driver {
        let plan = frame.streaming_plan(mode).await.unwrap();
        let delay_ms = plan.watermark_delays_ms().first().copied().unwrap_or(0);
        let session = frame.session();
        let executor = MicroBatchExecutor::new(
            session.runtime(),
            plan.batch_plan().clone(),
            None,
            session.conf(),
        );
        Driver {
            executor: executor.unwrap(),
            delay_ms,
            watermark_ms: 0,
            late_ms: 0,
            next_batch: 0,
        }
    }

    /// Runs a batch over `lanes` and gives its rows, sorted, as text.
    async fn run(&mut self, lanes: &[Rows<'_>]) -> (Vec<String>, BatchStats) {
        let lanes = lanes.iter().map(|rows| -> Lane {
            let batch = batch(rows);
            Box::pin(futures::stream::iter([Ok(batch)]))
        });
        let input = BatchInput {
            batch_id: self.next_batch,
            lanes: vec![lanes.collect()],
            times: BatchTimes {
                late_watermark_ms: self.late_ms,
                eviction_watermark_ms: self.watermark_ms,
                timestamp_ms: 1_000_000,
            },
        };
        let run = self.executor.run(input).await.unwrap();
        let batches: Vec<RecordBatch> = run.output.try_collect().await.unwrap();
        let stats = self.executor.finish().await.unwrap();
        self.executor.commit(self.next_batch).await.unwrap();
        self.next_batch += 1;
        self.late_ms = self.watermark_ms;
        if let Some(Some(seen)) = stats.event_time.first() {
            self.watermark_ms = self.watermark_ms.max(seen.max_ms - self.delay_ms);
        }
        let mut rows = Vec::new();
        for batch in &batches {
            for row in 0..batch.num_rows() {
                rows.push(vltava_stream::row_text(batch, row).unwrap());
            }
        }
        rows.sort();
        (rows, stats)
    }
}

fn windowed_counts(session: &Session) -> DataFrame {
    session
        .read_stream()
        .memory(&MemoryStream::new(schema()))
        .unwrap()
        .with_watermark("at", "10 seconds")
        .unwrap()
        .group_by([window("at", "10 seconds"), col("k")])
        .unwrap()
        .agg([count("*"), avg("v")])
        .unwrap()
}

#[tokio::test]
async fn names_and_types_are_sparks() {
    let frame = windowed_counts(&session());
    assert_eq!(
        format!("{frame:?}"),
        "DataFrame[window: struct<start:timestamp,end:timestamp>, k: string, count(1): bigint, \
         avg(v): double]"
    );
}

#[tokio::test]
async fn append_emits_a_window_once_the_watermark_has_passed_it() {
    let frame = windowed_counts(&session());
    let mut driver = Driver::new(&frame, OutputMode::Append).await;
    assert!(
        driver
            .run(&[&[("a", 1, 1.0), ("a", 2, 2.0), ("b", 3, 5.0)]])
            .await
            .0
            .is_empty()
    );
    // The watermark goes to 25 s after this batch: the first window is over, but not yet emitted.
    assert!(
        driver
            .run(&[&[("a", 35, 1.0), ("a", 5, 9.0)]])
            .await
            .0
            .is_empty()
    );
    let (rows, stats) = driver.run(&[]).await;
    assert_eq!(
        rows,
        [
            "{1970-01-01 00:00:00, 1970-01-01 00:00:10}, a, 3, 4.0",
            "{1970-01-01 00:00:00, 1970-01-01 00:00:10}, b, 1, 5.0",
        ]
    );
    assert_eq!(stats.operators[0].num_rows_removed, 2);
    assert_eq!(stats.operators[0].num_rows_total, 1);
    // Late for the watermark of the batch before: dropped, and counted by group.
    let (rows, stats) = driver
        .run(&[&[("a", 4, 1.0), ("a", 4, 1.0), ("a", 14, 1.0)]])
        .await;
    assert!(rows.is_empty());
    assert_eq!(stats.operators[0].num_rows_dropped_by_watermark, 2);
}

/// As in Spark, a stream stays in its plan though no row is left of it: the operators above it have state, and rows that are
/// read move the watermark.
#[tokio::test]
async fn a_stream_of_which_no_row_is_left_is_read() {
    let session = session();
    let stream = || {
        let stream = MemoryStream::new(schema());
        let frame = session.read_stream().memory(&stream).unwrap();
        frame.with_watermark("at", "10 seconds").unwrap()
    };
    let count = |frame: DataFrame| frame.group_by(["k"]).unwrap().count().unwrap();
    let SqlResult::Rows(nothing) = session.sql("SELECT 'a' AS k WHERE false").await.unwrap() else {
        panic!("a query has rows");
    };
    let SqlResult::Rows(one) = session.sql("SELECT 1 AS one").await.unwrap() else {
        panic!("a query has rows");
    };
    let inner = || JoinType::Inner;
    let frames = [
        ("WHERE false", count(stream().filter(lit(false)).unwrap())),
        (
            "an empty table",
            count(stream().join_using(&nothing, ["k"], inner()).unwrap()),
        ),
        (
            "ON false",
            count(stream().join(&one, lit(false), inner()).unwrap()),
        ),
        (
            "state below an empty table",
            count(stream())
                .join_using(&nothing, ["k"], inner())
                .unwrap(),
        ),
        ("LIMIT 0", count(stream()).limit(0).unwrap()),
    ];
    for (name, frame) in frames {
        let mut driver = Driver::new(&frame, OutputMode::Complete).await;
        let (rows, stats) = driver.run(&[&[("a", 35, 1.0), ("b", 2, 2.0)]]).await;
        assert!(rows.is_empty(), "{name}: {rows:?}");
        // As in Spark, a condition without columns is computed before the event times are looked at.
        if !name.ends_with(" false") {
            assert_eq!(driver.watermark_ms, 25_000, "{name}");
        }
        assert_eq!(stats.operators.len(), 1, "{name}");
        if name.starts_with("state below") {
            assert_eq!(stats.operators[0].num_rows_total, 2);
        }
    }
}

#[tokio::test]
async fn update_emits_what_changed() {
    let frame = windowed_counts(&session());
    let mut driver = Driver::new(&frame, OutputMode::Update).await;
    let (rows, _) = driver
        .run(&[&[("a", 1, 1.0), ("b", 3, 5.0)], &[("a", 2, 2.0)]])
        .await;
    assert_eq!(
        rows,
        [
            "{1970-01-01 00:00:00, 1970-01-01 00:00:10}, a, 2, 1.5",
            "{1970-01-01 00:00:00, 1970-01-01 00:00:10}, b, 1, 5.0",
        ]
    );
    let (rows, stats) = driver.run(&[&[("a", 5, 3.0)]]).await;
    assert_eq!(
        rows,
        ["{1970-01-01 00:00:00, 1970-01-01 00:00:10}, a, 3, 2.0"]
    );
    assert_eq!(stats.operators[0].num_rows_updated, 1);
    assert_eq!(stats.operators[0].num_rows_total, 2);
}

#[tokio::test]
async fn complete_emits_all_and_drops_nothing() {
    let frame = windowed_counts(&session());
    let mut driver = Driver::new(&frame, OutputMode::Complete).await;
    driver.run(&[&[("a", 1, 1.0)]]).await;
    driver.run(&[&[("a", 100, 1.0)]]).await;
    driver.run(&[&[("a", 101, 1.0)]]).await;
    let (rows, _) = driver.run(&[&[("a", 2, 2.0)]]).await;
    assert_eq!(
        rows,
        [
            "{1970-01-01 00:00:00, 1970-01-01 00:00:10}, a, 2, 1.5",
            "{1970-01-01 00:01:40, 1970-01-01 00:01:50}, a, 2, 1.0",
        ]
    );
}

#[tokio::test]
async fn a_row_falls_into_every_sliding_window_that_holds_it() {
    let session = session();
    let frame = session
        .read_stream()
        .memory(&MemoryStream::new(schema()))
        .unwrap()
        .group_by([sliding_window("at", "10 seconds", "5 seconds")])
        .unwrap()
        .count()
        .unwrap();
    let mut driver = Driver::new(&frame, OutputMode::Complete).await;
    let (rows, _) = driver.run(&[&[("a", 7, 0.0), ("a", 12, 0.0)]]).await;
    assert_eq!(
        rows,
        [
            "{1970-01-01 00:00:00, 1970-01-01 00:00:10}, 1",
            "{1970-01-01 00:00:05, 1970-01-01 00:00:15}, 2",
            "{1970-01-01 00:00:10, 1970-01-01 00:00:20}, 1",
        ]
    );
}

#[tokio::test]
async fn after_a_failed_commit_the_state_must_be_loaded_again() {
    let frame = windowed_counts(&session());
    let mut driver = Driver::new(&frame, OutputMode::Update).await;
    driver.run(&[&[("a", 1, 1.0)]]).await;
    let refused = driver.executor.commit(5).await.unwrap_err();
    assert!(refused.to_string().contains("state version 1"), "{refused}");
    let again = driver.executor.commit(1).await.unwrap_err();
    assert!(again.to_string().contains("loaded again"), "{again}");
    driver.executor.load(Some(1)).await.unwrap();
    let (rows, _) = driver.run(&[&[("a", 2, 3.0)]]).await;
    assert_eq!(
        rows,
        ["{1970-01-01 00:00:00, 1970-01-01 00:00:10}, a, 2, 2.0"]
    );
}
