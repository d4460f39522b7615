//! Which queries start in which output mode, and what the others are told: as Spark says.
//!
//! `tests/data/spark/modes.txt` holds what Spark 4.3 says, written by `modes.py` beside it.

use vltava_stream::functions::{col, count, window};
use vltava_stream::{DataFrame, JoinType, OutputMode, Result, Session, SqlResult};

fn session() -> Session {
    let (io, executors) = io::Io::real(1);
    // They end with the test process; a session does not own them.
    std::mem::forget(executors);
    Session::builder(io).build().unwrap()
}

async fn sql(session: &Session, text: &str) -> Result<DataFrame> {
    match session.sql(text).await? {
        SqlResult::Rows(frame) => Ok(frame),
        _ => panic!("{text} is no query"),
    }
}

/// The query that the file calls `name`.
async fn query(session: &Session, name: &str) -> Result<DataFrame> {
    let stream = || {
        let rate = session.read_stream().format("rate").load()?;
        rate.select_expr([
            "timestamp AS at",
            "value AS v",
            "CAST(value % 3 AS INT) AS k",
        ])
    };
    let table = sql(session, "SELECT 1 AS k, 'one' AS name").await?;
    let late = || stream()?.with_watermark("at", "10 seconds");
    let windows = || window("at", "10 seconds");
    let joined = |kind| stream()?.join_using(&table, ["k"], kind);
    match name {
        "map" => stream()?.where_("v > 1")?.select(["k"]),
        "union of streams" => stream()?.select(["k"])?.union(&stream()?.select(["k"])?),
        "union with a table" => stream()?.select(["k"])?.union(&table.select(["k"])?),
        "count" => stream()?.group_by(["k"])?.count(),
        "count with watermark" => late()?.group_by(["k"])?.count(),
        "windowed count without watermark" => stream()?.group_by([windows()])?.count(),
        "windowed count" => late()?.group_by([windows(), col("k")])?.count(),
        "global count" => late()?.agg([count("*")]),
        "count distinct" => {
            late()?.create_or_replace_temp_view("late")?;
            sql(
                session,
                "SELECT count(DISTINCT k) FROM late GROUP BY window(at, '10 seconds')",
            )
            .await
        }
        "inner join with a table" => joined(JoinType::Inner),
        "left join with a table" => joined(JoinType::LeftOuter),
        "right join with a table" => joined(JoinType::RightOuter),
        "full join with a table" => joined(JoinType::FullOuter),
        "semi join with a table" => joined(JoinType::LeftSemi),
        "anti join with a table" => joined(JoinType::LeftAnti),
        "table left join stream" => table.join_using(&stream()?, ["k"], JoinType::LeftOuter),
        "table right join stream" => table.join_using(&stream()?, ["k"], JoinType::RightOuter),
        "table semi join stream" => table.join_using(&stream()?, ["k"], JoinType::LeftSemi),
        "sort" => stream()?.order_by(["v"]),
        "sorted counts" => stream()?.group_by(["k"])?.count()?.order_by(["k"]),
        "limit" => stream()?.limit(5),
        "limited counts" => stream()?.group_by(["k"])?.count()?.limit(5),
        "rank" => {
            stream()?.create_or_replace_temp_view("ranked")?;
            sql(
                session,
                "SELECT row_number() OVER (PARTITION BY k ORDER BY v) AS n FROM ranked",
            )
            .await
        }
        "join then windowed count" => {
            let joined = late()?.join_using(&table, ["k"], JoinType::Inner)?;
            joined.group_by([windows(), col("name")])?.count()
        }
        other => panic!("modes.txt has a query that this test has not: {other}"),
    }
}

async fn start(session: &Session, name: &str, mode: &str) -> String {
    let mode = match mode {
        "append" => OutputMode::Append,
        "update" => OutputMode::Update,
        "complete" => OutputMode::Complete,
        other => panic!("{other} is no output mode"),
    };
    let frame = query(session, name).await.unwrap();
    match frame.streaming_plan(mode).await {
        Ok(_) => "OK".to_owned(),
        // Spark prints the whole window specification; ours is the engine's.
        Err(error) if name == "rank" => error.to_string().chars().take(80).collect(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn queries_start_in_the_modes_in_which_spark_starts_them() {
    let session = session();
    let mut different = String::new();
    for line in include_str!("../data/spark/modes.txt").lines() {
        let [name, mode, expected]: [&str; 3] = line
            .splitn(3, " | ")
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        let ours = start(&session, name, mode).await;
        let same = if name == "rank" {
            expected.starts_with(&ours)
        } else {
            ours == expected
        };
        if !same {
            different += &format!("{line}\nours: {ours}\n");
        }
    }
    assert!(different.is_empty(), "{different}");
}

/// Spark says so when the first batch runs.
#[tokio::test]
async fn a_second_event_time_among_the_keys_is_refused() {
    let session = session();
    let late = session.read_stream().format("rate").load().unwrap();
    let late = late.with_watermark("timestamp", "1 minute").unwrap();
    let windows = window("timestamp", "1 minute");
    let counts = late
        .group_by([windows, col("timestamp")])
        .unwrap()
        .count()
        .unwrap();
    for mode in [OutputMode::Append, OutputMode::Update] {
        let error = counts.streaming_plan(mode).await.err().unwrap();
        assert_eq!(
            error.condition(),
            Some("MULTIPLE_EVENT_TIME_COLUMNS"),
            "{error}"
        );
    }
}
