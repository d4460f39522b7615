//! SQL queries answered as Spark answers them: names, types, values, errors.
//!
//! `tests/data/spark/answers.txt` holds what Spark 4.3 says, written by `answers.py` beside it.

use vltava_stream::{DataFrame, Session, SqlResult, row_text};

/// A query of the file and Spark's answer to it.
struct Answer {
    query: String,
    expected: String,
}

fn answers() -> Vec<Answer> {
    let text = include_str!("../data/spark/answers.txt");
    let blocks = text.split("-- ").filter(|block| !block.trim().is_empty());
    let answer = |block: &str| {
        let (query, expected) = block.split_once('\n').unwrap();
        Answer {
            query: query.to_owned(),
            expected: expected.trim().to_owned(),
        }
    };
    blocks.map(answer).collect()
}

fn session() -> Session {
    let (io, executors) = io::Io::real(1);
    // They end with the test process; a session does not own them.
    std::mem::forget(executors);
    Session::builder(io).build().unwrap()
}

async fn rows_of(session: &Session, query: &str) -> vltava_stream::Result<DataFrame> {
    match session.sql(query).await? {
        SqlResult::Rows(frame) => Ok(frame),
        _ => panic!("{query} is no query"),
    }
}

async fn our_answer(session: &Session, query: &str) -> String {
    let answer = async {
        let frame = rows_of(session, query).await?;
        let table = frame.show_string(20, 0).await?;
        Ok::<_, vltava_stream::Error>(format!("{}\n{}", frame.schema_string(), table.trim()))
    };
    match answer.await {
        Ok(answer) => answer,
        Err(error) => match error.condition() {
            Some(condition) => format!("[{condition}]"),
            None => format!("error: {error}"),
        },
    }
}

#[tokio::test]
async fn queries_are_answered_as_spark_answers_them() {
    let session = session();
    let table = include_str!("../data/spark/table.sql");
    session.sql(table).await.unwrap();
    let mut different = String::new();
    for Answer { query, expected } in answers() {
        let ours = our_answer(&session, &query).await;
        if ours != expected {
            different += &format!("-- {query}\nSpark:\n{expected}\nours:\n{ours}\n\n");
        }
    }
    assert!(different.is_empty(), "{different}");
}

#[tokio::test]
async fn a_query_that_runs_twice_gives_the_same_random_numbers() {
    let session = session();
    let frame = rows_of(
        &session,
        "SELECT rand(7), shuffle(array(1, 2, 3, 4), 1) FROM range(5)",
    );
    let frame = frame.await.unwrap();
    let first = frame.show_string(20, 0).await.unwrap();
    let (second, third) = tokio::join!(frame.show_string(20, 0), frame.show_string(20, 0));
    assert_eq!([second.unwrap(), third.unwrap()], [first.clone(), first]);
}

/// The type of the one column, and its values.
async fn column(session: &Session, query: &str) -> vltava_stream::Result<String> {
    let frame = rows_of(session, query).await?;
    let schema = frame.schema_string();
    let data_type = schema.rsplit_once(':').unwrap().1.trim_end_matches('>');
    let mut text = data_type.to_owned();
    for batch in frame.collect().await? {
        for row in 0..batch.num_rows() {
            text += &format!(" {}", row_text(&batch, row)?);
        }
    }
    Ok(text)
}

/// By the rules that Spark documents for `+ - * / %` of decimals.
#[tokio::test]
async fn decimals_have_sparks_types_and_rounding() {
    let session = session();
    let table = "CREATE TEMPORARY VIEW d AS SELECT CAST(price AS DECIMAL(5, 2)) AS price, \
                 CAST(n AS INT) AS n, CAST(n AS BIGINT) AS big, CAST(n AS DOUBLE) AS x \
                 FROM VALUES (12.34, 5), (-0.07, 3) AS t(price, n)";
    session.sql(table).await.unwrap();
    for (query, expected) in [
        ("SELECT price + 1 FROM d", "decimal(6,2) 13.34 0.93"),
        ("SELECT price * -10 FROM d", "decimal(8,2) -123.40 0.70"),
        ("SELECT price * n FROM d", "decimal(16,2) 61.70 -0.21"),
        ("SELECT big - price FROM d", "decimal(23,2) -7.34 3.07"),
        (
            "SELECT price / n FROM d",
            "decimal(16,13) 2.4680000000000 -0.0233333333333",
        ),
        ("SELECT price % n FROM d", "decimal(5,2) 2.34 -0.07"),
        (
            "SELECT price * x FROM d",
            "double 61.7 -0.21000000000000002",
        ),
        (
            "SELECT price / x FROM d",
            "double 2.468 -0.023333333333333334",
        ),
        (
            "SELECT sum(price) / count(*) FROM d",
            "decimal(36,23) 6.13500000000000000000000",
        ),
        ("SELECT 1.0 / 3", "decimal(7,6) 0.333333"),
        ("SELECT 2 / 3.0", "decimal(8,6) 0.666667"),
        (
            "SELECT CAST(1.5 AS DECIMAL(38, 18)) * CAST(1.5 AS DECIMAL(38, 18))",
            "decimal(38,6) 2.250000",
        ),
    ] {
        assert_eq!(column(&session, query).await.unwrap(), expected, "{query}");
    }
    for (query, condition) in [
        ("SELECT 1.0 / 0", "DIVIDE_BY_ZERO"),
        ("SELECT 1.0 % 0", "REMAINDER_BY_ZERO"),
        (
            "SELECT CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0)) + 1",
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        ),
    ] {
        let error = column(&session, query).await.unwrap_err();
        assert_eq!(error.condition(), Some(condition), "{query}");
    }
}

#[tokio::test]
async fn times_are_those_of_the_sessions_zone() {
    let session = session();
    session
        .conf()
        .set("spark.sql.session.timeZone", "America/New_York");
    for (call, expected) in [
        ("date_format('2016-04-08', 'y')", "string 2016"),
        (
            "date_format(DATE '2013-01-05', 'EEE d. MMMM yyyy')",
            "string Sat 5. January 2013",
        ),
        (
            "date_format(TIMESTAMP '2013-07-01 17:04:09.25Z', 'HH:mm:ss.SSS xxx')",
            "string 13:04:09.250 -04:00",
        ),
        (
            "date_format(TIMESTAMP '2013-07-01 13:04:09', \"h 'o''clock' a\")",
            "string 1 o'clock PM",
        ),
        ("date_format(CAST(NULL AS TIMESTAMP), 'y')", "string NULL"),
        ("hour(TIMESTAMP '2013-07-01 17:04:09Z')", "int 13"),
        ("year('2013-01-01T04:00:00Z')", "int 2013"),
        (
            "CAST(TIMESTAMP '2013-01-05 02:00:00Z' AS DATE)",
            "date 2013-01-04",
        ),
        (
            "CAST(CAST(DATE '2013-01-05' AS TIMESTAMP) AS BIGINT)",
            "bigint 1357362000",
        ),
        (
            "CAST(CAST(CAST('2013-01-05 01:00:00' AS TIMESTAMP_NTZ) AS TIMESTAMP) AS BIGINT)",
            "bigint 1357365600",
        ),
    ] {
        let answer = column(&session, &format!("SELECT {call}")).await.unwrap();
        assert_eq!(answer, expected, "{call}");
    }
    let error = column(&session, "SELECT date_format('2016-04-08', 'bad')").await;
    assert_eq!(
        error.unwrap_err().condition(),
        Some("INVALID_DATETIME_PATTERN.WITH_SUGGESTION")
    );
}

/// DataFusion computes both sides of `AND` and `OR` for all rows; where one can fail, the other one guards it, as in Spark.
#[tokio::test]
async fn a_condition_guards_the_one_after_it() {
    let session = session();
    for (query, expected) in [
        (
            "SELECT count(*) FROM VALUES (1), (0) AS t(a) WHERE a <> 0 AND 10 / a > 1",
            "bigint 1",
        ),
        (
            "SELECT count_if(a <> 0 AND 10 / a > 1) FROM VALUES (1), (0) AS t(a)",
            "bigint 1",
        ),
        (
            "SELECT count_if(a = 0 OR 10 / a > 1) FROM VALUES (1), (0) AS t(a)",
            "bigint 2",
        ),
        (
            "SELECT count(*) FROM VALUES (1), (0) AS t(a) JOIN VALUES (1), (0) AS u(b) ON a = b AND b <> 0 AND 10 / b > 1",
            "bigint 1",
        ),
    ] {
        assert_eq!(column(&session, query).await.unwrap(), expected, "{query}");
    }
}
