//! A query that dies at any moment of a batch, and what the next run makes of it.
//!
//! "Dies" means that its future is dropped where it stands: at a chosen moment a source or sink
//! stops answering, and the query is stopped there. What was durable is what the next run finds.

use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use futures::TryStreamExt;
use parking_lot::Mutex;
use tokio::sync::Notify;
use vltava_stream::functions::sum;
use vltava_stream::{
    DataFrame, FileFormat, FileSink, Lane, MemoryStream, Options, OutputMode, Result, Session,
    Sink, SqlResult, StreamingQuery, Trigger, read_ranges,
};

use crate::support::{column_of, names, numbers, numbers_schema, session, text};

/// Where in a batch the query dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// `offsets/N` is there; nothing has been written.
    BeforeTheSink,
    /// The sink has written; neither state nor `commits/N` has.
    AfterTheSink,
}

/// A sink that stops answering at a moment of one batch.
struct Dying {
    inner: Arc<dyn Sink>,
    moment: Moment,
    batch_id: u64,
    reached: Arc<Notify>,
}

impl Dying {
    async fn die_at(&self, moment: Moment, batch_id: u64) {
        if moment == self.moment && batch_id == self.batch_id {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Sink for Dying {
    fn description(&self) -> String {
        self.inner.description()
    }

    async fn add_batch(
        &self,
        batch_id: u64,
        mode: OutputMode,
        schema: SchemaRef,
        rows: Lane,
    ) -> Result<Option<u64>> {
        self.die_at(Moment::BeforeTheSink, batch_id).await;
        let written = self.inner.add_batch(batch_id, mode, schema, rows).await?;
        self.die_at(Moment::AfterTheSink, batch_id).await;
        Ok(written)
    }
}

fn parquet_sink(session: &Session, output: &Path) -> Arc<dyn Sink> {
    let options: Options = [("path", output.display().to_string())]
        .into_iter()
        .collect();
    Arc::new(FileSink::new(session.io(), FileFormat::Parquet, &options, &[]).unwrap())
}

async fn start(frame: &DataFrame, sink: Arc<dyn Sink>, checkpoint: &Path) -> StreamingQuery {
    frame
        .write_stream()
        .sink(sink)
        .option("checkpointLocation", checkpoint.display())
        .start()
        .await
        .unwrap()
}

/// Runs until the query dies at `moment` of `batch_id`.
async fn run_until(
    frame: &DataFrame,
    sink: Arc<dyn Sink>,
    checkpoint: &Path,
    moment: Moment,
    batch_id: u64,
) {
    let reached = Arc::new(Notify::new());
    let dying = Dying {
        inner: sink,
        moment,
        batch_id,
        reached: Arc::clone(&reached),
    };
    let query = start(frame, Arc::new(dying), checkpoint).await;
    reached.notified().await;
    query.stop().await;
}

async fn read(session: &Session, output: &Path) -> Vec<i64> {
    let path = output.display().to_string();
    let rows = session
        .read()
        .parquet(&path)
        .unwrap()
        .collect()
        .await
        .unwrap();
    let mut values = column_of(&rows, "n");
    values.sort_unstable();
    values
}

#[tokio::test]
async fn every_row_is_in_the_files_once_wherever_the_query_died() {
    for moment in [Moment::BeforeTheSink, Moment::AfterTheSink] {
        let session = session();
        let directory = tempfile::tempdir().unwrap();
        let (output, checkpoint) = (directory.path().join("out"), directory.path().join("ck"));
        let input = MemoryStream::new(numbers_schema());
        let frame = session.read_stream().memory(&input).unwrap();

        input.add(numbers(&[1, 2]));
        let query = start(&frame, parquet_sink(&session, &output), &checkpoint).await;
        query.process_all_available().await.unwrap();
        query.stop().await;
        input.add(numbers(&[3]));
        run_until(
            &frame,
            parquet_sink(&session, &output),
            &checkpoint,
            moment,
            1,
        )
        .await;
        assert_eq!(names(checkpoint.join("offsets")), ["0", "1"]);
        assert_eq!(names(checkpoint.join("commits")), ["0"]);

        // More has come meanwhile: the batch that died still ends where it was planned to.
        input.add(numbers(&[4, 5]));
        let query = start(&frame, parquet_sink(&session, &output), &checkpoint).await;
        query.process_all_available().await.unwrap();
        query.stop().await;
        assert_eq!(read(&session, &output).await, [1, 2, 3, 4, 5], "{moment:?}");
        let batches: Vec<u64> = query.recent_progress().iter().map(|p| p.batch_id).collect();
        assert_eq!(batches, [1, 2], "{moment:?}");
        assert_eq!(query.recent_progress()[0].num_input_rows, 1, "{moment:?}");

        let ranges = read_ranges(&session.io().objects, &checkpoint.display().to_string()).unwrap();
        let ranges: Vec<_> = ranges
            .iter()
            .map(|batch| {
                let (start, end) = &batch.sources[0];
                (
                    start.as_ref().map(|o| o.0.as_str()),
                    end.as_ref().map(|o| o.0.as_str()),
                )
            })
            .collect();
        assert_eq!(
            ranges,
            [
                (None, Some("0")),
                (Some("0"), Some("1")),
                (Some("1"), Some("2"))
            ]
        );
    }
}

#[tokio::test]
async fn a_repeated_batch_has_the_same_time_and_watermark() {
    let session = session();
    let directory = tempfile::tempdir().unwrap();
    let checkpoint = directory.path().join("ck");
    let input = MemoryStream::new(numbers_schema());
    let frame = session
        .read_stream()
        .memory(&input)
        .unwrap()
        .select_expr(["n", "current_timestamp() AS at"])
        .unwrap();
    input.add(numbers(&[1]));

    let rows = Arc::new(Recorder::default());
    run_until(&frame, rows.clone(), &checkpoint, Moment::AfterTheSink, 0).await;
    let planned = text(checkpoint.join("offsets/0"));
    let query = start(&frame, rows.clone(), &checkpoint).await;
    query.process_all_available().await.unwrap();
    query.stop().await;
    assert_eq!(text(checkpoint.join("offsets/0")), planned);
    let seen = rows.seen.lock();
    assert_eq!(seen.len(), 2, "the batch ran twice");
    assert_eq!(seen[0], seen[1], "with the same current_timestamp");
}

/// Keeps the last column of what it is given, repetitions included.
#[derive(Default)]
struct Recorder {
    seen: Mutex<Vec<Vec<i64>>>,
}

#[async_trait]
impl Sink for Recorder {
    fn description(&self) -> String {
        "Recorder".to_string()
    }

    async fn add_batch(
        &self,
        _batch_id: u64,
        _mode: OutputMode,
        _schema: SchemaRef,
        rows: Lane,
    ) -> Result<Option<u64>> {
        let batches: Vec<RecordBatch> = rows.try_collect().await?;
        let mut values = Vec::new();
        for batch in &batches {
            let last = batch.columns().last().expect("there is a column");
            let numbers = cast(last, &DataType::Int64)?;
            values.extend_from_slice(numbers.as_primitive::<Int64Type>().values());
        }
        self.seen.lock().push(values);
        Ok(None)
    }
}

#[tokio::test]
async fn state_is_taken_back_to_before_the_batch_that_died() {
    for moment in [Moment::BeforeTheSink, Moment::AfterTheSink] {
        let session = session();
        let directory = tempfile::tempdir().unwrap();
        let checkpoint = directory.path().join("ck");
        let input = MemoryStream::new(numbers_schema());
        let frame = session
            .read_stream()
            .memory(&input)
            .unwrap()
            .select_expr(["n % 2 AS odd", "n"])
            .unwrap()
            .group_by(["odd"])
            .unwrap()
            .agg([sum("n").alias("total")])
            .unwrap();
        let rows = Arc::new(Recorder::default());
        let begin = |sink: Arc<dyn Sink>| {
            frame
                .write_stream()
                .sink(sink)
                .output_mode(OutputMode::Update)
                .trigger(Trigger::Default)
                .option("checkpointLocation", checkpoint.display())
                .start()
        };
        input.add(numbers(&[1]));
        let query = begin(rows.clone()).await.unwrap();
        query.process_all_available().await.unwrap();
        query.stop().await;

        input.add(numbers(&[3]));
        let reached = Arc::new(Notify::new());
        let dying = Dying {
            inner: rows.clone(),
            moment,
            batch_id: 1,
            reached: reached.clone(),
        };
        let query = begin(Arc::new(dying)).await.unwrap();
        reached.notified().await;
        query.stop().await;

        let query = begin(rows.clone()).await.unwrap();
        query.process_all_available().await.unwrap();
        query.stop().await;
        let seen = rows.seen.lock();
        assert_eq!(seen.first().unwrap(), &[1]);
        assert_eq!(
            seen.last().unwrap(),
            &[4],
            "1 + 3, not 1 + 3 + 3: {moment:?}"
        );
    }
}

/// Takes back the last step of a batch, as if the process had died just before it.
fn uncommit(checkpoint: &Path, batch_id: u64) {
    std::fs::remove_file(checkpoint.join(format!("commits/{batch_id}"))).unwrap();
}

#[tokio::test]
async fn a_batch_of_which_only_the_commit_is_missing_changes_nothing_the_second_time() {
    let session = session();
    let directory = tempfile::tempdir().unwrap();
    let (output, checkpoint) = (directory.path().join("out"), directory.path().join("ck"));
    let input = MemoryStream::new(numbers_schema());
    let totals = session
        .read_stream()
        .memory(&input)
        .unwrap()
        .select_expr(["n % 2 AS odd", "n"])
        .unwrap()
        .group_by(["odd"])
        .unwrap()
        .agg([sum("n").alias("total")])
        .unwrap();
    let recorder = Arc::new(Recorder::default());
    let run = |input_to_add: i64| {
        input.add(numbers(&[input_to_add]));
        let writer = totals.write_stream().sink(recorder.clone());
        let start = writer
            .output_mode(OutputMode::Update)
            .trigger(Trigger::AvailableNow)
            .option("checkpointLocation", checkpoint.display())
            .start();
        async move { start.await.unwrap().await_termination().await.unwrap() }
    };
    run(1).await;
    run(3).await;
    uncommit(&checkpoint, 1);
    run(5).await;
    // Batches 0, 1, 1 again (state had version 2 already), 2.
    assert_eq!(*recorder.seen.lock(), [[1], [4], [4], [9]]);

    // The same of files: they are not written twice.
    let checkpoint = directory.path().join("ck-files");
    let frame = session.read_stream().memory(&input).unwrap();
    let copy = || {
        frame
            .write_stream()
            .sink(parquet_sink(&session, &output))
            .trigger(Trigger::AvailableNow)
            .option("checkpointLocation", checkpoint.display())
            .start()
    };
    copy().await.unwrap().await_termination().await.unwrap();
    uncommit(&checkpoint, 0);
    copy().await.unwrap().await_termination().await.unwrap();
    assert_eq!(read(&session, &output).await, [1, 3, 5]);
}

#[tokio::test]
async fn old_batches_are_purged_and_the_query_goes_on() {
    let session = session();
    session
        .conf()
        .set("spark.sql.streaming.minBatchesToRetain", "2");
    let directory = tempfile::tempdir().unwrap();
    let checkpoint = directory.path().join("ck");
    let run = || async {
        let frame = session
            .read_stream()
            .format("rate-micro-batch")
            .option("rowsPerBatch", 5)
            .load()
            .unwrap();
        let query = frame
            .write_stream()
            .format("noop")
            .trigger(Trigger::AvailableNow)
            .option("checkpointLocation", checkpoint.display())
            .start()
            .await
            .unwrap();
        query.await_termination().await.unwrap();
        query.last_progress().unwrap()
    };
    for batch_id in 0..5 {
        assert_eq!(run().await.batch_id, batch_id);
    }
    let last = run().await;
    assert_eq!(last.num_input_rows, 5);
    assert_eq!(
        last.sources[0].end_offset.to_string(),
        r#"{"offset":30,"timestamp":6000}"#
    );
    for log in ["offsets", "commits"] {
        assert_eq!(names(checkpoint.join(log)), ["4", "5"]);
    }
    let ranges = read_ranges(&session.io().objects, &checkpoint.display().to_string()).unwrap();
    let known: Vec<u64> = ranges.iter().map(|batch| batch.batch_id).collect();
    assert_eq!(known, [5], "where batch 4 began is forgotten");
}

#[tokio::test]
async fn state_that_outgrows_the_budget_fails_the_query_and_a_larger_budget_goes_on() {
    let session = session();
    let directory = tempfile::tempdir().unwrap();
    let checkpoint = directory.path().join("checkpoint");
    let output = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&output).unwrap();
    let counted = frame.group_by(["n"]).unwrap().count().unwrap();
    let start = async || {
        let query = counted.write_stream().format("noop");
        let query = query.output_mode(OutputMode::Update);
        let query = query.option("checkpointLocation", checkpoint.display());
        query.start().await.unwrap()
    };
    session.conf().set("vltava.memory.budget", "4m");
    output.add(numbers(&[1, 2, 3]));
    let query = start().await;
    query.process_all_available().await.unwrap();
    let many: Vec<i64> = (0..200_000).collect();
    output.add(numbers(&many));
    let refused = query.process_all_available().await.unwrap_err().to_string();
    assert!(refused.contains("state of operator 0 needs"), "{refused}");
    assert!(refused.contains("Raise vltava.memory.budget"), "{refused}");

    session.conf().set("vltava.memory.budget", "512m");
    let query = start().await;
    query.process_all_available().await.unwrap();
    let progress = query.last_progress().unwrap();
    assert_eq!(progress.state_operators[0].num_rows_total, 200_000);
    query.stop().await;
}

#[tokio::test]
async fn an_aggregate_of_few_values_has_a_small_state_however_many_rows_there_are() {
    let session = session();
    let output = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&output).unwrap();
    frame.create_or_replace_temp_view("numbers").unwrap();
    let query = "SELECT max_by(n, n % 7), min_by(CAST(n AS STRING), n), collect_set(n % 10), mode(n % 10), median(n % 10), \
                 percentile(n % 10, array(0.2, 0.9), n % 3), percentile_cont(0.3) WITHIN GROUP (ORDER BY n % 10), \
                 percentile_disc(0.3) WITHIN GROUP (ORDER BY n % 10 DESC) FROM numbers";
    let SqlResult::Rows(aggregated) = session.sql(query).await.unwrap() else {
        panic!("{query} is no query");
    };
    session.conf().set("vltava.memory.budget", "1m");
    let query = aggregated.write_stream().format("noop");
    let query = query.output_mode(OutputMode::Update);
    let query = query.start().await.unwrap();
    for batch in 0..20 {
        let many: Vec<i64> = (batch * 10_000..(batch + 1) * 10_000).collect();
        output.add(numbers(&many));
        query.process_all_available().await.unwrap();
    }
    query.stop().await;
}
