//! Queries.

use vltava_sql::parse_query;

use crate::show::relation;

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let parsed = parse_query(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(relation(&parsed), *expected, "{text}");
    }
}

#[test]
fn clauses_apply_in_spark_s_order() {
    check(&[
        (
            "SELECT a, b AS c FROM t WHERE a > 1",
            "Project(a b AS c, Filter((> a 1), t))",
        ),
        ("SELECT a c FROM s.t x", "Project(a AS c, s.t AS x)"),
        (
            "SELECT a, sum(b) FROM t GROUP BY a HAVING sum(b) > 1 ORDER BY 1 LIMIT 10 OFFSET 5",
            "Limit(10, Offset(5, Sort(1, Having((> (sum b) 1), Aggregate([a] a (sum b), t)))))",
        ),
        (
            "SELECT DISTINCT a FROM t ORDER BY a DESC NULLS FIRST",
            "Sort(a desc nulls first, Distinct(Project(a, t)))",
        ),
        (
            "SELECT 1 DISTRIBUTE BY b SORT BY a",
            "SortWithin(a, Repartition(b, Project(1, OneRow)))",
        ),
        (
            "SELECT 1 CLUSTER BY b",
            "SortWithin(b, Repartition(b, Project(1, OneRow)))",
        ),
        (
            "SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY b)",
            "Windows(w=by[] order[b], Project((sum a over[w]), t))",
        ),
        (
            "SELECT /*+ BROADCAST(t), REPARTITION(3) */ a FROM t",
            "Hints(BROADCAST(t) REPARTITION(3), Project(a, t))",
        ),
        ("SELECT a FROM t GROUP BY ALL", "Aggregate([] All a, t)"),
        (
            "SELECT a FROM t GROUP BY a, b WITH ROLLUP",
            "Aggregate([a b] Rollup a, t)",
        ),
        (
            "SELECT a FROM t GROUP BY GROUPING SETS ((a, b), a, ()), CUBE(c)",
            "Aggregate([(grouping sets (struct a b) (struct a) (struct)) (cube (struct c))] a, t)",
        ),
        ("SELECT a FROM t LIMIT ALL", "Project(a, t)"),
        ("FROM t SELECT a WHERE b", "Project(a, Filter(b, t))"),
        ("TABLE a.b", "a.b"),
        (
            "VALUES (1, 'a'), (2, 'b') AS t(x, y)",
            r#"Values((struct 1 "a") (struct 2 "b")) AS t(x y)"#,
        ),
    ]);
}

#[test]
fn relations_after_from() {
    check(&[
        ("SELECT * FROM a, b", "Project(*, Inner(a, b))"),
        (
            "SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN c USING (x, y)",
            "Project(*, LeftOuter using x y(Inner on (== a.x b.x)(a, b), c))",
        ),
        (
            "SELECT * FROM a NATURAL FULL OUTER JOIN b",
            "Project(*, FullOuter natural(a, b))",
        ),
        (
            "SELECT * FROM a LEFT SEMI JOIN b ON x ANTI JOIN c ON y",
            "Project(*, LeftAnti on y(LeftSemi on x(a, b), c))",
        ),
        (
            "SELECT * FROM a, LATERAL (SELECT a.x) AS b",
            "Project(*, Inner lateral(a, Project(a.x, OneRow) AS b))",
        ),
        ("SELECT * FROM (a JOIN b) c", "Project(*, Inner(a, b) AS c)"),
        (
            "SELECT * FROM (SELECT 1) UNION SELECT 2",
            "Union(Project(*, (Project(1, OneRow))), Project(2, OneRow))",
        ),
        (
            "SELECT * FROM range(1, 10) r(id)",
            "Project(*, range(1 10) AS r(id))",
        ),
        (
            "SELECT * FROM f(TABLE t, x => 1)",
            "Project(*, f(table:t x=>1))",
        ),
        (
            "SELECT * FROM parquet.`/a/b.parquet`",
            "Project(*, parquet./a/b.parquet)",
        ),
        (
            "SELECT * FROM t TABLESAMPLE (10 PERCENT) REPEATABLE (3) s",
            "Project(*, Sample(Percent(\"10\") Some(3), t) AS s)",
        ),
        (
            "SELECT * FROM t LATERAL VIEW OUTER explode(a) e AS x, y LATERAL VIEW explode(b) f WHERE x",
            "Project(*, Filter(x, LateralView((explode b) AS f(), LateralView outer((explode a) AS e(x y), t))))",
        ),
        (
            "SELECT * FROM t PIVOT (sum(a) AS s FOR b IN ('x' AS y, 'z')) p",
            r#"Project(*, Pivot((sum a) AS s for b in "x" AS y "z", t) AS p)"#,
        ),
        (
            "SELECT * FROM t UNPIVOT (v FOR n IN (a, b AS c))",
            r#"Project(*, Unpivot(v for n in [["a"]] None [["b"]] Some("c"), t))"#,
        ),
        ("SELECT * FROM STREAM t", "Project(*, stream t)"),
        (
            "SELECT * FROM STREAM t WATERMARK ts DELAY OF INTERVAL 10 SECONDS AS x",
            "Project(*, Watermark(ts Interval(10 Second), stream t) AS x)",
        ),
        (
            "SELECT * FROM stream WHERE a",
            "Project(*, Filter(a, stream))",
        ),
        (
            "SELECT * FROM t WITH (a = 1, b 'c')",
            "Project(*, t a=\"1\"  b=\"c\")",
        ),
        (
            "SELECT * FROM IDENTIFIER('a' || :b) x",
            r#"Project(*, identifier((concat "a" :b)) AS x)"#,
        ),
    ]);
}

#[test]
fn set_operations_and_common_tables() {
    check(&[
        (
            "TABLE a UNION TABLE b INTERSECT TABLE c",
            "Union(a, Intersect(b, c))",
        ),
        (
            "TABLE a UNION ALL TABLE b EXCEPT ALL TABLE c",
            "ExceptAll(UnionAll(a, b), c)",
        ),
        (
            "TABLE a MINUS (TABLE b UNION TABLE c) ORDER BY x",
            "Sort(x, Except(a, Union(b, c)))",
        ),
        (
            "WITH a AS (SELECT 1), b(x) AS (TABLE a) SELECT * FROM b",
            "With(a()=Project(1, OneRow) b(x)=a, Project(*, b))",
        ),
        (
            "WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
            "With recursive(r(n)=UnionAll(Values(1), Project((+ n 1), r)), Project(n, r))",
        ),
    ]);
}

#[test]
fn question_marks_are_numbered_from_0_on_in_every_statement() {
    let text = "WITH a AS (SELECT ?) SELECT ? FROM a |> AGGREGATE sum(x) GROUP BY ?";
    let vltava_sql::StatementKind::Query(query) = vltava_sql::parse_statement(text).unwrap().kind
    else {
        panic!("another statement")
    };
    assert_eq!(
        relation(&query),
        "With(a()=Project(?0, OneRow), Aggregate(Aggregate([?2] keeps (sum x), Project(?1, a))))"
    );
}

#[test]
fn a_clause_after_a_lateral_view_is_not_its_column() {
    check(&[
        (
            "SELECT a FROM t LATERAL VIEW explode(b) e QUALIFY a",
            "Qualify(a, Project(a, LateralView((explode b) AS e(), t)))",
        ),
        (
            "SELECT a FROM t LATERAL VIEW explode(b) e x WHERE a",
            "Project(a, Filter(a, LateralView((explode b) AS e(x), t)))",
        ),
    ]);
}

#[test]
fn pipe_operators() {
    check(&[
        ("FROM t |> WHERE a |> SELECT b", "Project(b, Filter(a, t))"),
        (
            "FROM t |> EXTEND a + 1 AS b |> DROP a",
            "Project(* except a, Extend(Project(* (+ a 1) AS b, t)))",
        ),
        ("FROM t |> SET a = 1, b = a", "SetColumns(a=1 b=a, t)"),
        (
            "FROM t |> AGGREGATE sum(a) AS s GROUP BY b AS c",
            "Aggregate(Aggregate([b AS c] keeps (sum a) AS s, t))",
        ),
        (
            "TABLE t |> AS x |> JOIN u ON x.a = u.a |> ORDER BY a |> LIMIT 1",
            "Limit(1, Sort(a, Inner on (== x.a u.a)(t AS x, u)))",
        ),
        ("TABLE t |> UNION ALL TABLE u", "UnionAll(t, u)"),
        ("FROM t |>", "t"),
        ("FROM t |> |> WHERE a", "Filter(a, t)"),
    ]);
}

#[test]
fn keywords_are_names_where_a_name_may_stand() {
    check(&[
        (
            "SELECT select, from.x FROM from",
            "Project(select from.x, from)",
        ),
        (
            "SELECT date, interval, year FROM table",
            "Project(date interval year, table)",
        ),
        (
            "SELECT a AS where FROM t AS limit",
            "Project(a AS where, t AS limit)",
        ),
        (
            "SELECT map('a', 1), array(1), values FROM values",
            r#"Project((map "a" 1) (array 1) values, values)"#,
        ),
    ]);
}
