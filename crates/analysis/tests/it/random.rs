//! Any text as SQL: parser and analyser give a plan or an error with a condition, and never panic.
//!
//! The statements of `tests/cases`, and one of each other kind, are changed at random: tokens are removed, doubled,
//! exchanged, taken from other statements, nested; or bytes are. `SEED=n` changes the first number, `ROUNDS=n` the
//! number of texts.

#![allow(clippy::disallowed_methods, reason = "reads files of the test")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use functions::Settings;
use serde_json::Value;
use sql::{Parameters, StatementKind};
use vltava_analysis::Analyser;

/// Statements of kinds that the cases do not have.
const STATEMENTS: [&str; 42] = [
    "SELECT * FROM range(10) t WHERE id IN (SELECT id FROM range(3)) ORDER BY id DESC LIMIT 2 OFFSET 1",
    "SELECT a, sum(b) FILTER (WHERE b > 1) FROM VALUES (1, 2), (1, 3) AS t(a, b) GROUP BY a WITH ROLLUP HAVING count(*) > 0",
    "SELECT a, row_number() OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM VALUES (1, 2) t(a, b)",
    "WITH c AS (SELECT 1 AS x), d(y) AS (SELECT x + 1 FROM c) SELECT * FROM c JOIN d ON c.x = d.y",
    "SELECT * FROM VALUES (1, 'a') t(x, y) PIVOT (count(*) FOR y IN ('a' AS p, 'b'))",
    "SELECT * FROM VALUES (1, 2) t(x, y) UNPIVOT INCLUDE NULLS (v FOR n IN (x AS p, y))",
    "SELECT col FROM VALUES (array(1, 2)) t(a) LATERAL VIEW OUTER explode(a) u AS col",
    "SELECT * FROM range(3) t, LATERAL (SELECT t.id + 1 AS n)",
    "SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT ALL SELECT 4",
    "SELECT /*+ BROADCAST(t) */ * FROM range(3) t NATURAL JOIN range(4) u",
    "FROM range(5) |> WHERE id > 1 |> AGGREGATE count(*) AS n GROUP BY id % 2 AS k |> ORDER BY n |> SET n = n + 1",
    "SELECT transform(array(1, 2), (x, i) -> x + i), named_struct('a', 1).a, map('k', 2)['k']",
    "SELECT CASE WHEN a > 1 THEN 'x' ELSE NULL END, a BETWEEN 1 AND 2, a LIKE ANY ('x', 'y') FROM VALUES (1) t(a)",
    "SELECT CAST('1' AS DECIMAL(10, 2)), INTERVAL '1-2' YEAR TO MONTH, DATE '2024-01-01' - INTERVAL 1 DAY, X'1F', r'\\n'",
    "SELECT IDENTIFIER('a' || 'bs')(-1), IDENTIFIER('x') FROM VALUES (1) t(x)",
    "SELECT :a, ?, ? + :b",
    "SELECT count(DISTINCT a), grouping_id() FROM VALUES (1) t(a) GROUP BY GROUPING SETS ((a), ())",
    "SELECT a FROM VALUES (1) t(a) TABLESAMPLE (10 PERCENT) REPEATABLE (3) QUALIFY row_number() OVER w > 0 WINDOW w AS (ORDER BY a)",
    "CREATE OR REPLACE TEMPORARY VIEW v (a COMMENT 'x') AS SELECT 1",
    "CREATE TEMPORARY VIEW v (a INT) USING json OPTIONS (path '/x', multiLine true)",
    "CREATE TABLE IF NOT EXISTS t (a INT NOT NULL DEFAULT 1 COMMENT 'x', b STRUCT<c: ARRAY<INT>>) USING parquet PARTITIONED BY (a) LOCATION '/x'",
    "CREATE TABLE t USING csv AS SELECT 1 AS a",
    "ALTER TABLE t ADD COLUMNS (a INT, b STRING)",
    "ALTER TABLE t SET TBLPROPERTIES ('a' = 'b', c = 1)",
    "DROP TABLE IF EXISTS a.b.t PURGE",
    "INSERT OVERWRITE TABLE t PARTITION (a = 1, b) SELECT 1, 2",
    "INSERT OVERWRITE LOCAL DIRECTORY '/x' USING json OPTIONS (a 'b') SELECT 1",
    "CREATE DATABASE IF NOT EXISTS d COMMENT 'x' LOCATION '/x' WITH DBPROPERTIES (a = 'b')",
    "CREATE TEMPORARY FUNCTION f(a INT DEFAULT 1, b STRING COMMENT 'x') RETURNS TABLE (c INT) LANGUAGE SQL RETURN SELECT a",
    "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a + 1",
    "DROP TEMPORARY FUNCTION IF EXISTS f",
    "DECLARE OR REPLACE VARIABLE x, y INT DEFAULT 1 + 2",
    "SET VAR x = 1, session.y = DEFAULT",
    "SET VARIABLE (x, y) = (SELECT 1, 2)",
    "EXECUTE IMMEDIATE 'SELECT ?' INTO x USING 1 AS a, 2",
    "EXPLAIN EXTENDED SELECT 1",
    "SET spark.sql.ansi.enabled = true",
    "SET TIME ZONE INTERVAL '01:00' HOUR TO MINUTE",
    "SHOW USER FUNCTIONS LIKE 'a*|b'",
    "DESCRIBE EXTENDED t a.b",
    "CACHE LAZY TABLE t OPTIONS ('storageLevel' = 'DISK_ONLY') AS SELECT 1",
    "CREATE STREAMING QUERY q OUTPUT MODE append TRIGGER PROCESSING TIME '1 second' USING console OPTIONS (a 'b') AS \
     SELECT window.start, count(*) FROM STREAM s WATERMARK at DELAY OF INTERVAL 1 HOUR GROUP BY window(at, '1 hour')",
];

/// Texts that come between tokens.
const PIECES: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ".",
    ":",
    "::",
    "?",
    "*",
    "-",
    "=>",
    "->",
    "|>",
    "'",
    "\"",
    "`",
    "/*",
    "*/",
    "--",
    "\\",
    "\0",
    "é",
    "😀",
    "NULL",
    "SELECT",
    "FROM",
    "AS",
    "INTERVAL",
    "IDENTIFIER(",
    "1e999",
    "0x",
    "99999999999",
    "1.5BD",
    "-9223372036854775808L",
    "\u{feff}",
    "CAST(",
];

/// Numbers that look random (`xorshift64*`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 33) as usize) % end
    }

    fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }
}

#[test]
fn any_text_gives_a_plan_or_an_error() {
    let number = |name: &str, default: u64| {
        let set = std::env::var(name).ok();
        set.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let mut random = Random(number("SEED", 4_3_0).max(1));
    let corpus = corpus();
    for round in 0..number("ROUNDS", 6000) {
        let text = match round % 8 {
            0 => bytes(&mut random, &corpus),
            _ => tokens(&mut random, &corpus),
        };
        let done = catch_unwind(AssertUnwindSafe(|| run(&text)));
        assert!(done.is_ok(), "round {round}: {text:?}");
    }
}

/// The statements that are changed.
fn corpus() -> Vec<Vec<String>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut texts: Vec<String> = STATEMENTS.iter().map(|text| (*text).to_owned()).collect();
    for entry in std::fs::read_dir(directory).expect("the directory is there") {
        let path = entry.expect("an entry").path();
        let lines = std::fs::read_to_string(path).expect("the file is there");
        for line in lines.lines().step_by(7) {
            let case: Value = serde_json::from_str(line).expect("a line is JSON");
            texts.extend(case["sql"].as_str().map(str::to_owned));
        }
    }
    texts.sort();
    texts.iter().map(|text| words(text)).collect()
}

/// Words, spaces, and single characters of everything else.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for c in text.chars() {
        let is_word = c.is_ascii_alphanumeric() || c == '_';
        match words.last_mut() {
            Some(last) if is_word && is_open => last.push(c),
            _ => words.push(c.to_string()),
        }
        is_open = is_word;
    }
    words
}

/// A statement with a few changes.
fn tokens(random: &mut Random, corpus: &[Vec<String>]) -> String {
    let mut text = random.of(corpus).clone();
    for _ in 0..=random.below(4) {
        let at = random.below(text.len() + 1);
        let end = (at + 1 + random.below(6)).min(text.len());
        match random.below(8) {
            0 => drop(text.drain(at..end)),
            1 => text.truncate(at.max(1)),
            2 => text.insert(at, (*random.of(&PIECES)).to_owned()),
            3 => {
                let again: Vec<String> = text[at..end].to_vec();
                text.splice(at..at, again);
            }
            4 => {
                let other = random.below(text.len());
                let last = text.len() - 1;
                text.swap(at.min(last), other);
            }
            5 => {
                let other = random.of(corpus);
                let start = random.below(other.len());
                let end = (start + 1 + random.below(8)).min(other.len());
                text.splice(at..at, other[start..end].iter().cloned());
            }
            6 => {
                let (open, close) =
                    *random.of(&[("(", ")"), ("abs(", ")"), ("NOT ", ""), ("[", "]")]);
                let depth = 1 + random.below(300);
                text.insert(end.max(at), close.repeat(depth));
                text.insert(at, open.repeat(depth));
            }
            _ => {
                let other = random.of(corpus).concat();
                text.splice(at..end.max(at), [format!("({other})")]);
            }
        }
        if text.is_empty() {
            text.push(" ".to_owned());
        }
    }
    text.concat()
}

/// A statement with other bytes in it; bytes that are not UTF-8 are replaced, as by a reader of files.
fn bytes(random: &mut Random, corpus: &[Vec<String>]) -> String {
    let mut text = random.of(corpus).concat().into_bytes();
    for _ in 0..1 + random.below(5) {
        let at = random.below(text.len());
        text[at] = random.next() as u8;
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Parses and analyses a text in every way.
fn run(text: &str) {
    let _ = sql::split_statements(text);
    let _ = sql::parse_data_type(text);
    let _ = sql::parse_schema(text);
    let parameters = Parameters::Named(vec![("a".to_owned(), "1".to_owned())]);
    if let Ok(bound) = sql::bind_parameters(text, &parameters) {
        let _ = sql::parse_expressions(&bound);
    }
    let statement = match sql::parse_statement(text) {
        Ok(statement) => statement,
        Err(error) => {
            assert!(!error.condition().is_empty());
            let _ = error.to_string();
            return;
        }
    };
    let analyser = Analyser::new(text, Settings::default());
    let query = match statement.kind {
        StatementKind::Query(query) => query,
        StatementKind::CreateView { query, .. } => query,
        StatementKind::CreateStreamingQuery(new) => new.query,
        _ => return,
    };
    let _ = sql::plan_tree(text, &query);
    if let Err(error) = analyser.query(&query) {
        assert!(!error.condition().is_empty());
        let _ = error.to_string();
    }
}
