//! Statements that are small as text and large as a plan: they run, or are refused before they take time or memory.

use vltava_stream::{MemoryStream, OutputMode, Session, SqlResult};

use crate::support::{column_of, numbers, numbers_schema, session};

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

/// Each names an argument twice in the plan.
#[tokio::test]
async fn calls_within_each_other_that_double_are_refused_when_they_are_many() {
    let session = session();
    let nested = |open: &str, close: &str, count| {
        let value = format!("{}id{}", open.repeat(count), close.repeat(count));
        format!("SELECT {value} AS n FROM range(7, 8)")
    };
    for (open, close, expected) in [
        ("nvl(", ", 10 / id)::bigint", 7),
        ("nullif(", ", -1)", 7),
        ("(", " BETWEEN 0 AND 9)::bigint", 1),
    ] {
        assert_eq!(
            answer(&session, &nested(open, close, 4)).await,
            Ok(expected),
            "{open}"
        );
        assert_eq!(
            answer(&session, &nested(open, close, 60)).await,
            too_complex(),
            "{open}"
        );
    }
    let constants = nested("nvl(", ", -1)", 60);
    assert_eq!(answer(&session, &constants).await, Ok(7));
}

#[tokio::test]
async fn a_text_is_compared_with_a_thousand_patterns() {
    let session = session();
    let patterns = (0..1_000).map(|number| format!("'%{number}%'"));
    let patterns = patterns.collect::<Vec<_>>().join(", ");
    for (test, rows) in [("LIKE ANY", 10), ("NOT LIKE ALL", 0)] {
        let statement = format!(
            "SELECT count(*) AS n FROM range(10) WHERE CAST(id AS STRING) {test} ({patterns})"
        );
        assert_eq!(answer(&session, &statement).await, Ok(rows), "{test}");
    }
}

#[tokio::test]
async fn a_union_of_hundreds_of_queries_and_a_query_of_two_thousand_columns_run() {
    let session = session();
    let union = |all: &str| {
        let queries = (0..300).map(|number| format!("SELECT {number} % 10 AS a"));
        let union = queries.collect::<Vec<_>>().join(&format!(" UNION {all} "));
        format!("SELECT count(*) AS n FROM ({union})")
    };
    assert_eq!(answer(&session, &union("ALL")).await, Ok(300));
    assert_eq!(answer(&session, &union("DISTINCT")).await, Ok(10));
    let columns = (0..2_000).map(|number| format!("id + {number} AS c{number}"));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let statement =
        format!("SELECT c1999 AS n FROM (SELECT *, 1 FROM (SELECT {columns} FROM range(1)))");
    assert_eq!(answer(&session, &statement).await, Ok(1_999));
}

#[tokio::test]
async fn unions_of_all_rows_and_of_distinct_rows_mix() {
    let session = session();
    for (union, rows) in [
        ("SELECT 1 UNION ALL SELECT 1 UNION SELECT 2", 2),
        ("SELECT 1 UNION SELECT 1 UNION ALL SELECT 1", 2),
        (
            "SELECT 1 UNION ALL SELECT 1 UNION ALL (SELECT 1 UNION SELECT 1)",
            3,
        ),
        ("SELECT 1 UNION ALL SELECT 2L UNION ALL SELECT 3.0D", 3),
    ] {
        let statement = format!("SELECT count(*) AS n FROM ({union})");
        assert_eq!(answer(&session, &statement).await, Ok(rows), "{union}");
    }
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

#[tokio::test]
async fn a_condition_of_hundreds_of_parts_that_can_fail_runs() {
    let session = session();
    let parts = (5..505).map(|number| format!("10 / (id + 1) <> {number}"));
    let condition = parts.collect::<Vec<_>>().join(" AND ");
    let statement = format!("SELECT count(*) AS n FROM range(10) WHERE {condition}");
    // Of 10/1, 10/2, .. 10/10 two are such a number: 10 and 5.
    assert_eq!(answer(&session, &statement).await, Ok(8));
}

/// Each level has one side in the plan twice: which one must be chosen well.
#[tokio::test]
async fn conditions_within_each_other_that_can_fail_run() {
    let session = session();
    let left = (0..40).fold("10 / id > 1".to_owned(), |inner, level| {
        let op = ["AND", "OR"][level % 2];
        format!("({inner}) {op} 10 / id > 1")
    });
    let right = (0..40).fold("10 / id > 1".to_owned(), |inner, level| {
        let op = ["AND", "OR"][level % 2];
        format!("10 / id > 1 {op} ({inner})")
    });
    for value in [left, right] {
        let statement = format!("SELECT count_if({value}) AS n FROM range(1, 20)");
        assert_eq!(answer(&session, &statement).await, Ok(9));
    }
}

/// Spark computes a part only where those before it do not decide, and `rand()` once for a row.
#[tokio::test]
async fn a_part_that_can_fail_is_not_computed_where_the_parts_before_it_decide() {
    let session = session();
    let count = |value: &str| {
        format!(
            "SELECT count_if({value}) AS n FROM VALUES (0, true), (5, NULL), (2, NULL) AS t(x, b)"
        )
    };
    for (value, expected) in [
        ("x <> 0 AND 10 / x = 2", 1),
        ("x = 0 OR 10 / x = 2", 2),
        ("(b AND 10 / nullif(x, 0) = 2) IS NULL", 2),
        ("(b OR 10 / nullif(x, 0) = 2) IS NULL", 1),
        ("(b OR 10 / nullif(x, 0) = 2)", 2),
        ("(NOT b AND 10 / x = 2) IS NULL", 1),
    ] {
        assert_eq!(
            answer(&session, &count(value)).await,
            Ok(expected),
            "{value}"
        );
    }
    let zero = count("b IS NULL AND 10 / (x - 5) > 0");
    assert_eq!(
        answer(&session, &zero).await,
        Err("DIVIDE_BY_ZERO".to_owned())
    );
    // All rows of the left side that decide are counted: about half.
    let statement =
        "SELECT count_if((rand(1) < 0.5 AND 10 / id > 0) IS NOT FALSE) AS n FROM range(1, 10001)";
    let count = answer(&session, statement).await.unwrap();
    assert!((4_700..5_300).contains(&count), "{count}");
}

#[tokio::test]
async fn lambdas_within_each_other_run() {
    let session = session();
    let nested = |open: &str, close: &str, levels: usize| {
        let value = (1..=levels)
            .rev()
            .fold(format!("x{levels} + id"), |body, level| {
                let outer = if level == 1 {
                    "id".to_owned()
                } else {
                    format!("x{}", level - 1)
                };
                let open = open
                    .replace("OUTER", &outer)
                    .replace('X', &format!("x{level}"));
                format!("{open}{body}{close}")
            });
        format!("SELECT {value} AS n FROM range(7, 8)")
    };
    let sums = nested(
        "aggregate(array(OUTER, 1L), 0L, (s, X) -> s + ",
        ") % 1000",
        3,
    );
    assert_eq!(answer(&session, &sums).await, Ok(70));
    // The time must not double with each level.
    for levels in [4, 5, 8, 12, 20] {
        let maximum = nested("array_max(transform(array(OUTER, id), X -> ", "))", levels);
        assert_eq!(answer(&session, &maximum).await, Ok(14), "{levels}");
    }
    let captures = "SELECT sum(size(filter(array(x1, x1 + 1), a -> exists(array(a, id), b -> exists(array(b), \
                    c -> exists(array(c), d -> exists(array(d), e -> exists(array(e), f -> f + id > k)))))))) AS n \
                    FROM (SELECT id, id % 3 AS x1, id % 5 AS k FROM range(100))";
    let joined = "SELECT sum(size(filter(array(x1, x1 + 1), a -> greatest(a, id) + id > k))) AS n \
                  FROM (SELECT id, id % 3 AS x1, id % 5 AS k FROM range(100))";
    let expected = answer(&session, joined).await;
    assert!(expected.is_ok(), "{expected:?}");
    assert_eq!(answer(&session, captures).await, expected);
    let refused = nested("array_max(transform(array(OUTER), X -> ", "))", 200);
    assert_eq!(answer(&session, &refused).await, too_complex());
}

#[tokio::test]
async fn a_case_of_two_thousand_branches_runs() {
    let session = session();
    let branches = (0..2_000).map(|number| format!("WHEN id = {number} THEN {}L", 2 * number));
    let branches = branches.collect::<Vec<_>>().join(" ");
    let statement = format!("SELECT CASE {branches} ELSE -1L END AS n FROM range(1999, 2000)");
    assert_eq!(answer(&session, &statement).await, Ok(3_998));
}

#[tokio::test]
async fn a_stream_with_lambdas_within_each_other_runs() {
    let session = session();
    let input = MemoryStream::new(numbers_schema());
    let stream = session.read_stream().memory(&input).unwrap();
    stream.create_or_replace_temp_view("numbers").unwrap();
    let value = (0..8).fold("x0 + n".to_owned(), |body, level| {
        let outer = if level == 7 {
            "n".to_owned()
        } else {
            format!("x{}", level + 1)
        };
        format!("array_max(transform(array({outer}), x{level} -> {body}))")
    });
    let statement = format!("SELECT {value} AS n FROM numbers");
    let SqlResult::Rows(doubled) = session.sql(&statement).await.unwrap() else {
        panic!("{statement} is no query");
    };
    let query = doubled
        .write_stream()
        .format("memory")
        .query_name("doubled");
    let query = query.output_mode(OutputMode::Append).start().await.unwrap();
    for batch in 0..2 {
        input.add(numbers(&[batch + 1, batch + 10]));
        query.process_all_available().await.unwrap();
    }
    query.stop().await;
    let sum = answer(&session, "SELECT sum(n) AS n FROM doubled").await;
    assert_eq!(sum, Ok(2 * (1 + 10 + 2 + 11)));
}
