//! Operations of the DataFrame API, answered as PySpark answers them: names, types, rows, errors.
//!
//! `tests/data/spark/frames.txt` holds what Spark 4.3 says, written by `frames.py` beside it.

use std::collections::BTreeMap;

use vltava_stream::functions::{
    avg, call_function, coalesce, col, concat, count, explode, expr, lit, max, min, row_number,
    structure, sum, to_json, upper, when, when_else,
};
use vltava_stream::{Column, DataFrame, JoinType, Result, Session, SqlResult, WindowSpec};

use crate::support::{numbers, numbers_schema, session};

async fn rows_of(session: &Session, query: &str) -> DataFrame {
    match session.sql(query).await.unwrap() {
        SqlResult::Rows(frame) => frame,
        _ => panic!("{query} is no query"),
    }
}

/// The result of the operation that `frames.py` has under the same name.
fn frame(name: &str, people: &DataFrame, cities: &DataFrame) -> Result<DataFrame> {
    let none = || lit(None::<i32>);
    let by_id = || Ok::<_, vltava_stream::Error>(people.col("id")?.eq(cities.col("id")?));
    let by_age = || {
        let keys = WindowSpec::new().partition_by(["age"]);
        keys.order_by([col("id").desc()])
    };
    match name {
        "expressions" => people.select([
            col("id") + lit(1),
            col("age") / lit(3),
            col("id").eq(lit(2)),
            !col("id").gt(lit(1)),
            -col("id"),
            col("name").alias("who"),
            col("id").is_in([lit(1), lit(3)]),
            col("name").like("a%"),
            col("age").between(lit(10), lit(15)),
            col("s.x"),
            col("s").is_null(),
            lit(1.5),
            none(),
            col("id").cast("string")?,
        ]),
        "functions" => people.select([
            upper("name"),
            concat([col("name"), lit("!")]),
            coalesce([col("s.y"), lit("-")]),
            structure(["id", "s.x"]),
            to_json("s"),
            when(col("id").gt(lit(1)), lit("many")),
            when_else(col("id").gt(lit(1)), lit("many"), lit("one")),
            expr("id * 2")?,
            call_function("repeat", [col("name"), lit(2)]),
        ]),
        "stars" => people
            .alias("p")?
            .select([col("p.*"), col("p.id").alias("again")]),
        "struct star" => people.select(["s.*"]),
        "replaced column" => people
            .with_column("NAME", upper("name"))?
            .with_column("new", col("age") + lit(1)),
        "renamed column" => people
            .with_column_renamed("AGE", "years")?
            .with_column_renamed("nothing", "x"),
        "dropped columns" => people.drop(["S", "nothing"]),
        "column of the parent" => {
            let condition = people.col("id")?.gt(lit(1));
            people.select(["id", "name"])?.filter(condition)
        }
        "column of another" => people.filter(cities.col("id")?.gt(lit(1))),
        "column that is not there" => people.select([people.col("nothing")?]),
        "join" => people.join(cities, by_id()?, JoinType::Inner)?.select([
            people.col("id")?,
            col("name"),
            cities.col("id")?,
            col("city"),
        ]),
        "ambiguous name" => people
            .join(cities, by_id()?, JoinType::Inner)?
            .select(["id"]),
        "join on a name" => people.join_using(cities, ["id"], JoinType::Inner),
        "outer join on a name" => people
            .join_using(cities, ["id"], JoinType::FullOuter)?
            .order_by(["id"]),
        "right column of a join on a name" => people
            .join_using(cities, ["id"], JoinType::LeftOuter)?
            .select([col("name"), cities.col("id")?])?
            .order_by(["name"]),
        "semi join" => people.join_using(cities, ["id"], JoinType::LeftSemi),
        "anti join" => people.join(cities, by_id()?, JoinType::LeftAnti),
        "self join" => people
            .alias("a")?
            .join(
                &people.alias("b")?,
                col("a.age").eq("b.age"),
                JoinType::Inner,
            )?
            .select(["a.id", "b.id"])?
            .order_by(["a.id", "b.id"]),
        "join of what was made of one" => {
            let largest = people.group_by(["age"])?.agg([max("id").alias("m")])?;
            let joined = people.join_using(&largest, ["age"], JoinType::Inner)?;
            joined.order_by(["id"])
        }
        "union" => people.select(["id"])?.union(&people.select(["age"])?),
        "union with itself" => people.select(["id"])?.union(&people.select(["id"])?),
        "union of types" => people.select(["id"])?.union(&people.select(["name"])?),
        "union of widths" => people.union(cities),
        "groups" => people
            .group_by(["age"])?
            .agg([count("*"), sum("id"), avg("id"), min("name").alias("m")])?
            .order_by(["age"]),
        "counts" => people
            .group_by([col("age").alias("a")])?
            .count()?
            .order_by(["a"]),
        "key of the parent" => people
            .group_by(["age"])?
            .count()?
            .filter(people.col("age")?.gt(lit(10))),
        "all rows" => people.agg([max("age"), count("s")]),
        "missing aggregation" => people.group_by(["age"])?.agg(["id"]),
        "rollup" => people
            .rollup(["age", "name"])?
            .count()?
            .order_by(["age", "name"]),
        "cube" => people.cube(["age"])?.agg([sum("id")])?.order_by(["age"]),
        "wrong key" => people.group_by(["nothing"])?.count(),
        "distinct" => people.select(["age"])?.distinct()?.order_by(["age"]),
        "duplicates" => people
            .drop_duplicates(["age"])?
            .select(["age"])?
            .order_by(["age"]),
        "duplicates of nothing" => people.drop_duplicates(["nothing"]),
        "sorted by what is left out" => people.select(["name"])?.order_by([col("id").desc()]),
        "sorted by a left out column of the parent" => people
            .select(["name"])?
            .order_by([people.col("age")?.desc(), people.col("id")?]),
        "sorted groups" => people
            .group_by(["age"])?
            .count()?
            .order_by([col("count").desc(), col("age").asc_nulls_last()]),
        "limit" => people.order_by(["id"])?.limit(1)?.select(["id"]),
        "window" => people
            .with_column("n", row_number().over(by_age())?)?
            .order_by(["id"])?
            .select(["id", "n"]),
        "window frame" => {
            let window = WindowSpec::new().order_by(["id"]).rows_between(-1, 0);
            let sums: Column = sum("id").over(window)?;
            people.select([col("id"), sums])?.order_by(["id"])
        }
        "aggregate in select" => people.select([sum("id"), count("*")]),
        "expressions of text" => people.select_expr(["id + 1 AS n", "upper(name)", "s.x"]),
        "aggregate of text" => people.select_expr(["count(*) AS n", "max(id)"]),
        "condition of text" => people.where_("age > 10 AND s IS NOT NULL"),
        "exploded" => {
            let elements = explode(call_function("array", ["id", "age"])).alias("e");
            people.select([col("id"), elements])?.where_("id < 2")
        }
        "no boolean" => people.filter("id"),
        "type mismatch" => people.select([col("id") + col("s")]),
        other => panic!("{other} is not here"),
    }
}

#[tokio::test]
async fn frames_are_those_of_pyspark() {
    let answers: BTreeMap<&str, &str> = include_str!("../data/spark/frames.txt")
        .split("-- ")
        .filter_map(|block| block.split_once('\n'))
        .map(|(name, answer)| (name, answer.trim()))
        .collect();
    assert!(answers.len() > 40, "the file is whole");
    let session = session();
    let people = rows_of(
        &session,
        "SELECT * FROM VALUES (1, 'ann', 10, named_struct('x', 1, 'y', 'a')), \
         (2, 'bob', 20, named_struct('x', 2, 'y', 'b')), (3, 'cid', 20, NULL) AS t(id, name, age, s)",
    )
    .await;
    let cities = rows_of(
        &session,
        "SELECT * FROM VALUES (1, 'Praha'), (3, 'Brno'), (4, 'Plzen') AS t(id, city)",
    )
    .await;
    let mut differences = String::new();
    for (name, expected) in answers {
        let answer = async {
            let frame = frame(name, &people, &cities)?;
            let table = frame.show_string(20, 0).await?;
            Ok::<_, vltava_stream::Error>(format!("{}\n{}", frame.schema_string(), table.trim()))
        };
        let answer = answer
            .await
            .unwrap_or_else(|error| match error.condition() {
                Some(condition) => format!("[{condition}]"),
                None => format!("error: {error}"),
            });
        if answer != expected {
            differences += &format!("{name}\nSpark: {expected}\nwe: {answer}\n\n");
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[tokio::test]
async fn a_column_of_a_frame_that_is_joined_with_itself_is_ambiguous() {
    let session = session();
    let people = rows_of(&session, "SELECT 1 AS id, 2 AS age").await;
    let condition = people.col("id").unwrap().gt(people.col("age").unwrap());
    let joined = people.join(&people, condition, JoinType::Inner);
    let error = joined.err().and_then(|error| error.condition());
    assert_eq!(error, Some("AMBIGUOUS_COLUMN_REFERENCE"));
}

#[tokio::test]
async fn a_runtime_error_shows_the_text_of_its_expression() {
    let session = session();
    let people = rows_of(&session, "SELECT 0 AS id").await;
    let frame = people.select_expr(["1 / id AS n"]).unwrap();
    let frame = frame.filter(col("n").gt(lit(0))).unwrap();
    let error = frame.collect().await.unwrap_err().to_string();
    assert!(error.contains("[DIVIDE_BY_ZERO]"), "{error}");
    assert!(error.contains("1 / id AS n\n^^^^^^"), "{error}");
}

#[tokio::test]
async fn the_smaller_side_of_a_join_is_kept_in_memory() {
    let session = session();
    let directory = tempfile::tempdir().unwrap();
    for (name, rows) in [("a", 10_000), ("b", 10_000), ("c", 10)] {
        let path = directory.path().join(name).display().to_string();
        let rows: Vec<i64> = (0..rows).collect();
        let frame = session.create_data_frame(numbers_schema(), vec![numbers(&rows)]);
        let written = frame.unwrap().write().parquet(&path).await;
        written.unwrap();
        let read = session.read().parquet(&path).unwrap();
        read.create_or_replace_temp_view(name).unwrap();
    }
    let query = "SELECT a.n FROM a JOIN b ON a.n = b.n JOIN c ON a.n = c.n";
    let SqlResult::Rows(joined) = session.sql(query).await.unwrap() else {
        panic!("{query} is no query");
    };
    let plan = joined.explain(false).await.unwrap();
    let place = |name: &str| plan.find(&format!("/{name}]")).unwrap();
    // The first input of a join is the one that is kept.
    assert!(place("c") < place("a"), "{plan}");
}
