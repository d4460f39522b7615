//! Texts that are wrong: Spark's condition, and the place.

use vltava_sql::{parse_expression, parse_statement};

/// Condition, place and message of the error of `text`.
fn failure(text: &str) -> (&'static str, (usize, usize), String) {
    let error = parse_statement(text).expect_err(text);
    (
        error.condition(),
        error.position(),
        error.message().to_owned(),
    )
}

#[test]
fn syntax_errors_name_the_token_and_its_place() {
    let cases = [
        (
            "SELECT 1 FROM t x y",
            (1, 18),
            "Syntax error at or near 'y': extra input 'y'.",
        ),
        ("SELECT (1", (1, 9), "Syntax error at or near end of input."),
        (
            "SELECT 1 +",
            (1, 10),
            "Syntax error at or near end of input.",
        ),
        ("SELEC 1", (1, 0), "Syntax error at or near 'SELEC'."),
        (
            "SELECT a\nFROM t\nWHERE a =",
            (3, 9),
            "Syntax error at or near end of input.",
        ),
        (
            "SELECT * FROM a JOIN",
            (1, 20),
            "Syntax error at or near end of input.",
        ),
        ("SELECT 'a", (1, 7), "Syntax error at or near '''."),
    ];
    for (text, place, message) in cases {
        assert_eq!(
            failure(text),
            ("PARSE_SYNTAX_ERROR", place, message.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn other_conditions() {
    let cases = [
        ("", "PARSE_EMPTY_STATEMENT"),
        ("-- nothing", "PARSE_SYNTAX_ERROR"),
        ("SELECT 1 /* a", "UNCLOSED_BRACKETED_COMMENT"),
        ("SELECT * FROM test-table", "INVALID_IDENTIFIER"),
        ("SELECT 1 AS é", "INVALID_IDENTIFIER"),
        ("SELECT 128Y", "INVALID_NUMERIC_LITERAL_RANGE"),
        ("SELECT GEO 'x'", "UNSUPPORTED_TYPED_LITERAL"),
        ("SELECT X'1G'", "INVALID_TYPED_LITERAL"),
        ("SELECT CAST(1 AS foo)", "UNSUPPORTED_DATATYPE"),
        ("SELECT CAST('a' AS VARCHAR)", "DATATYPE_MISSING_SIZE"),
        (
            "SELECT CAST(a AS ARRAY)",
            "INCOMPLETE_TYPE_DEFINITION.ARRAY",
        ),
        ("SELECT a LIKE 'b' ESCAPE '!!'", "INVALID_ESC"),
        (
            "CREATE TABLE t (a INT) LOCATION 'x' LOCATION 'y'",
            "DUPLICATE_CLAUSES",
        ),
        (
            "LOAD DATA INPATH 'x' INTO TABLE t",
            "UNSUPPORTED_FEATURE.SQL",
        ),
        ("BEGIN SELECT 1; END", "UNSUPPORTED_FEATURE.SQL"),
        ("SET a b = c", "INVALID_SET_SYNTAX"),
    ];
    for (text, condition) in cases {
        assert_eq!(failure(text).0, condition, "{text}");
    }
}

#[test]
fn depth_is_bounded_and_long_conditions_are_not_deep() {
    for (open, close) in [
        ("(", ")"),
        ("f(", ")"),
        ("NOT ", ""),
        ("- ", ""),
        ("CASE WHEN ", " THEN 1 END"),
        ("(SELECT ", ")"),
    ] {
        let text = format!("SELECT {}1{}", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(failure(&text).0, "FAILED_TO_PARSE_TOO_COMPLEX", "{open}");
    }
    for (open, close) in [
        ("CASE ", " WHEN 1 THEN 1 WHEN 2 THEN 2 END"),
        ("sum(1) OVER (CLUSTER BY ", ")"),
    ] {
        let text = format!("SELECT {}1{}", open.repeat(60), close.repeat(60));
        assert_eq!(failure(&text).0, "FAILED_TO_PARSE_TOO_COMPLEX", "{open}");
    }
    let copied = format!(
        "{}FROM t{}",
        "FROM (".repeat(60),
        " SELECT a SELECT b)".repeat(60)
    );
    assert_eq!(failure(&copied).0, "FAILED_TO_PARSE_TOO_COMPLEX");
    let types = format!(
        "SELECT CAST(1 AS {}INT{})",
        "ARRAY<".repeat(100_000),
        ">".repeat(100_000)
    );
    assert_eq!(failure(&types).0, "FAILED_TO_PARSE_TOO_COMPLEX");
    let sum = format!("SELECT 1{}", " + 1".repeat(100_000));
    assert_eq!(failure(&sum).0, "FAILED_TO_PARSE_TOO_COMPLEX");
    let union = format!("SELECT 1{}", " UNION SELECT 1".repeat(100_000));
    assert_eq!(failure(&union).0, "FAILED_TO_PARSE_TOO_COMPLEX");

    let condition = format!(
        "a = 0{}",
        (1..20_000)
            .map(|i| format!(" OR a = {i}"))
            .collect::<String>()
    );
    assert!(parse_expression(&condition).is_ok());
    let values = format!("VALUES {}", vec!["(1 + 1)"; 20_000].join(", "));
    assert!(parse_statement(&values).is_ok());
}

#[test]
fn every_prefix_of_a_statement_gives_a_result() {
    let text = "WITH a AS (SELECT 'é' || \"x\" AS b, r'y', `q``r` FROM STREAM t WATERMARK ts DELAY OF INTERVAL '1' DAY TO SECOND) \
        SELECT /*+ h(1) */ DISTINCT f(x -> x[1].y::ARRAY<INT>, z => 1) OVER (ORDER BY 1 ROWS 1 PRECEDING), CASE WHEN a IN (1) \
        THEN INTERVAL 1 DAY ELSE ? END FROM a LATERAL VIEW e(b) c AS d PIVOT (s(x) FOR y IN (1)) TABLESAMPLE (1 PERCENT) |> WHERE 1";
    let ends = text.char_indices().map(|(at, _)| at);
    for end in ends {
        let _ = parse_statement(&text[..end]);
        let _ = parse_statement(&text[end..]);
    }
}
