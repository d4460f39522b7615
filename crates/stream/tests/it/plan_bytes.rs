//! A query's batches as a plan of bytes: run in another session, or refused.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use futures::TryStreamExt;
use vltava_stream::functions::{abs, col};
use vltava_stream::{
    BatchInput, BatchPlan, BatchTimes, Lane, MemoryStream, MicroBatchExecutor, OutputMode, Session,
    SqlResult, StreamingPlan,
};

use crate::support::{numbers, numbers_schema, session, write_json};

fn texts_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("t", DataType::Utf8, true)]))
}

/// A session in which `numbers` and `texts` are streams, `files` a directory of JSON and `inline`
/// rows in memory.
fn session_with_tables(directory: &std::path::Path) -> Session {
    let session = session();
    let view = |name: &str, schema| {
        let frame = session.read_stream().memory(&MemoryStream::new(schema));
        frame.unwrap().create_or_replace_temp_view(name).unwrap();
    };
    view("numbers", numbers_schema());
    view("texts", texts_schema());
    write_json(
        directory,
        "a.json",
        &[r#"{"n": 1, "name": "one"}"#, r#"{"n": 2, "name": "two"}"#],
    );
    let files = session
        .read()
        .schema("n BIGINT, name STRING")
        .json(directory.to_str().unwrap());
    files.unwrap().create_or_replace_temp_view("files").unwrap();
    let inline = session.create_data_frame(numbers_schema(), vec![numbers(&[2, 3])]);
    inline
        .unwrap()
        .create_or_replace_temp_view("inline")
        .unwrap();
    session
}

async fn plan(session: &Session, sql: &str, mode: OutputMode) -> StreamingPlan {
    let SqlResult::Rows(frame) = session.sql(sql).await.unwrap() else {
        panic!("{sql} gives no rows");
    };
    frame.streaming_plan(mode).await.unwrap()
}

/// The rows of one batch over `input`, as text, sorted.
async fn rows(session: &Session, plan: BatchPlan, input: RecordBatch) -> Vec<String> {
    let mut executor =
        MicroBatchExecutor::new(session.runtime(), plan, None, session.conf()).unwrap();
    let lane: Lane = Box::pin(futures::stream::iter([Ok(input)]));
    let input = BatchInput {
        batch_id: 0,
        lanes: vec![vec![lane]],
        times: BatchTimes {
            late_watermark_ms: 0,
            eviction_watermark_ms: 0,
            timestamp_ms: 1_500,
        },
    };
    let run = executor.run(input).await.unwrap();
    let batches: Vec<RecordBatch> = run.output.try_collect().await.unwrap();
    executor.finish().await.unwrap();
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            rows.push(vltava_stream::row_text(batch, row).unwrap());
        }
    }
    rows.sort();
    rows
}

/// Queries over `numbers` that show every operator and function of ours in a plan.
const QUERIES: [(&str, OutputMode); 6] = [
    (
        "SELECT window(at, '10 minutes', '5 minutes') AS w, count(*), avg(n), sum(n) FILTER (WHERE n > 2)
         FROM (SELECT n, CAST(n * 100 AS TIMESTAMP) AS at FROM numbers) GROUP BY 1",
        OutputMode::Update,
    ),
    (
        "SELECT n + 1, n % 2, n / 2, CAST(n AS STRING), current_timestamp() FROM numbers WHERE n <> 3",
        OutputMode::Append,
    ),
    (
        "SELECT to_json(named_struct('n', n)), from_json('{\"a\": 7}', 'a INT').a + n FROM numbers",
        OutputMode::Append,
    ),
    (
        "SELECT name, min(numbers.n), stddev(numbers.n) FROM numbers JOIN files ON numbers.n = files.n
         GROUP BY name",
        OutputMode::Complete,
    ),
    (
        "SELECT numbers.n FROM inline JOIN numbers ON numbers.n = inline.n",
        OutputMode::Append,
    ),
    ("SELECT count(*), approx_count_distinct(n) FROM numbers", OutputMode::Complete),
];

#[tokio::test]
async fn a_plan_runs_the_same_in_another_session() {
    let directory = tempfile::tempdir().unwrap();
    let here = session_with_tables(directory.path());
    let there = session();
    for (sql, mode) in QUERIES {
        let plan = plan(&here, sql, mode).await;
        let bytes = plan.batch_plan().to_bytes(here.runtime()).unwrap();
        let decoded = BatchPlan::from_bytes(there.runtime(), &bytes).unwrap();
        assert_eq!(decoded.to_bytes(there.runtime()).unwrap(), bytes, "{sql}");
        let input = numbers(&[1, 2, 2, 3, 40]);
        let expected = rows(&here, plan.batch_plan().clone(), input.clone()).await;
        assert!(!expected.is_empty(), "{sql}");
        assert_eq!(rows(&there, decoded, input).await, expected, "{sql}");
    }
}

#[tokio::test]
async fn a_plan_keeps_the_time_zone_it_was_made_with() {
    let directory = tempfile::tempdir().unwrap();
    let here = session_with_tables(directory.path());
    here.conf().set("spark.sql.session.timeZone", "Asia/Tokyo");
    let sql = "SELECT CAST(CAST(n AS TIMESTAMP) AS STRING) FROM numbers";
    let plan = plan(&here, sql, OutputMode::Append).await;
    let bytes = plan.batch_plan().to_bytes(here.runtime()).unwrap();
    let there = session();
    let decoded = BatchPlan::from_bytes(there.runtime(), &bytes).unwrap();
    assert_eq!(
        rows(&there, decoded, numbers(&[0])).await,
        ["1970-01-01 09:00:00"]
    );
}

#[tokio::test]
async fn what_only_this_process_has_is_not_encoded_and_runs_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let session = session_with_tables(directory.path());
    let many: Vec<i64> = (2..200_000).collect();
    let held = session.create_data_frame(numbers_schema(), vec![numbers(&many)]);
    held.unwrap().create_or_replace_temp_view("held").unwrap();
    let sql = "SELECT numbers.n FROM numbers JOIN held ON numbers.n = held.n";
    let plan = plan(&session, sql, OutputMode::Append).await;
    let refused = plan.batch_plan().to_bytes(session.runtime()).unwrap_err();
    assert!(
        refused.to_string().contains("tables in memory"),
        "{refused}"
    );
    let plan = plan.batch_plan().clone();
    assert_eq!(rows(&session, plan, numbers(&[1, 2])).await, ["2"]);
}

#[tokio::test]
async fn an_expression_too_deep_for_bytes_runs_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let session = session_with_tables(directory.path());
    let deep = (0..120).fold(col("n"), |inner, _| abs(inner));
    let frame = session.table("numbers").unwrap().select([deep]).unwrap();
    let plan = frame.streaming_plan(OutputMode::Append).await.unwrap();
    let refused = plan.batch_plan().to_bytes(session.runtime()).unwrap_err();
    assert!(refused.to_string().contains("deep"), "{refused}");
    let plan = plan.batch_plan().clone();
    assert_eq!(rows(&session, plan, numbers(&[-4])).await, ["4"]);
}

#[tokio::test]
async fn damaged_bytes_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let session = session_with_tables(directory.path());
    for (sql, mode) in QUERIES {
        let plan = plan(&session, sql, mode).await;
        let bytes = plan.batch_plan().to_bytes(session.runtime()).unwrap();
        for end in 0..bytes.len() {
            assert!(BatchPlan::from_bytes(session.runtime(), &bytes[..end]).is_err());
        }
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            assert!(BatchPlan::from_bytes(session.runtime(), &damaged).is_err());
        }
    }
}

#[tokio::test]
async fn forged_bytes_are_refused_or_another_plan_and_never_a_panic() {
    let session = session();
    let numbers = MemoryStream::new(numbers_schema());
    let frame = session.read_stream().memory(&numbers).unwrap();
    let counted = frame.group_by(["n"]).unwrap().count().unwrap();
    let plan = counted.streaming_plan(OutputMode::Update).await.unwrap();
    let bytes = plan.batch_plan().to_bytes(session.runtime()).unwrap();
    let message = &bytes[4..];
    let mut refused = 0;
    for place in 0..message.len() {
        for bit in 0..8 {
            let mut forged = message.to_vec();
            forged[place] ^= 1 << bit;
            let mut bytes = crc32c::crc32c(&forged).to_le_bytes().to_vec();
            bytes.extend(forged);
            refused += usize::from(BatchPlan::from_bytes(session.runtime(), &bytes).is_err());
        }
    }
    assert!(refused > message.len());
}
