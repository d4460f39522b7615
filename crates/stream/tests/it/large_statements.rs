//! Statements that are small as text and large as a plan: they run, or are refused before they take time or memory.

use vltava_stream::{Session, SqlResult};

use crate::support::{column_of, session};

/// The number in column `n` of the only row, or the condition of the error.
async fn answer(session: &Session, statement: &str) -> Result<i64, String> {
    let run = async {
        let SqlResult::Rows(frame) = session.sql(statement).await? else {
            panic!("{statement} gives no rows");
        };
        frame.collect().await
    };
    match run.await {
        Ok(rows) => Ok(column_of(&rows, "n")[0]),
        Err(error) => Err(error.condition().unwrap_or_default().to_owned()),
    }
}

fn too_complex() -> Result<i64, String> {
    Err("FAILED_TO_PARSE_TOO_COMPLEX".to_owned())
}

/// Each alias names the one before it twice.
fn doubling(aliases: usize) -> String {
    let mut items = "x AS a0".to_owned();
    for number in 1..=aliases {
        items += &format!(", (a{0} + a{0}) % 1000 AS a{number}", number - 1);
    }
    format!("SELECT a{aliases} AS n FROM (SELECT {items} FROM VALUES (1L) AS t(x))")
}

#[tokio::test]
async fn an_alias_is_computed_once_for_all_that_name_it() {
    let session = session();
    assert_eq!(answer(&session, &doubling(8)).await, Ok(256));
    assert_eq!(answer(&session, &doubling(90)).await, Ok(224));
    // Spark gives up after a hundred rounds of its rules.
    assert_eq!(answer(&session, &doubling(200)).await, too_complex());
}

#[tokio::test]
async fn calls_of_sql_functions_that_double_are_refused_when_they_are_many() {
    let session = session();
    let function = "CREATE TEMPORARY FUNCTION twice(x BIGINT) RETURNS BIGINT RETURN x + x";
    session.sql(function).await.unwrap();
    let calls = |count| {
        let call = (0..count).fold("1".to_owned(), |inner, _| format!("twice({inner})"));
        format!("SELECT {call} AS n")
    };
    assert_eq!(answer(&session, &calls(8)).await, Ok(256));
    assert_eq!(answer(&session, &calls(40)).await, too_complex());
}

#[tokio::test]
async fn subqueries_within_each_other_are_refused_when_they_are_many() {
    let session = session();
    let nested = |levels| {
        let inner = (0..levels).fold("1L".to_owned(), |inner, _| format!("(SELECT {inner})"));
        format!("SELECT {inner} AS n")
    };
    assert_eq!(answer(&session, &nested(8)).await, Ok(1));
    assert_eq!(answer(&session, &nested(60)).await, too_complex());
}

/// With DataFusion's type coercion this takes a long time.
#[tokio::test]
async fn a_sum_of_two_hundred_terms_runs() {
    let session = session();
    let terms = vec!["x"; 200].join(" + ");
    let statement = format!("SELECT {terms} AS n FROM VALUES (1L) AS t(x)");
    assert_eq!(answer(&session, &statement).await, Ok(200));
}

#[tokio::test]
async fn a_condition_of_eight_thousand_parts_runs() {
    let session = session();
    let parts = (5..8_005).map(|number| format!("id <> {number}"));
    let condition = parts.collect::<Vec<_>>().join(" AND ");
    let statement = format!("SELECT count(*) AS n FROM range(10) WHERE {condition}");
    assert_eq!(answer(&session, &statement).await, Ok(5));
}

#[tokio::test]
async fn rows_that_one_row_would_make_are_bounded() {
    let session = session();
    let refused = Err("NOT_SUPPORTED".to_owned());
    let rows = "SELECT count(*) AS n FROM (SELECT stack(2147483647, 1))";
    assert_eq!(answer(&session, rows).await, refused);
    let windows = "SELECT count(*) AS n FROM (SELECT window(TIMESTAMP'2026-01-01', '1000000 days', '1 microsecond'))";
    assert_eq!(answer(&session, windows).await, refused);
}
