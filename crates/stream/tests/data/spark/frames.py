"""Writes frames.txt: what PySpark's DataFrame API gives for the operations of frames.rs, by name."""

import pathlib
import sys

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from pyspark.sql import Window
from pyspark.sql import functions as f

spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
people = spark.sql(
    "SELECT * FROM VALUES (1, 'ann', 10, named_struct('x', 1, 'y', 'a')), (2, 'bob', 20, named_struct('x', 2, 'y', 'b')), "
    "(3, 'cid', 20, NULL) AS t(id, name, age, s)"
)
cities = spark.sql("SELECT * FROM VALUES (1, 'Praha'), (3, 'Brno'), (4, 'Plzen') AS t(id, city)")
by_age = Window.partitionBy("age").orderBy(f.col("id").desc())

FRAMES = {
    "expressions": lambda: people.select(
        f.col("id") + 1, f.col("age") / 3, f.col("id") == 2, ~(f.col("id") > 1), -f.col("id"), f.col("name").alias("who"),
        f.col("id").isin(1, 3), f.col("name").like("a%"), f.col("age").between(10, 15), f.col("s.x"), f.col("s").isNull(),
        f.lit(1.5), f.lit(None), f.col("id").cast("string"),
    ),
    "functions": lambda: people.select(
        f.upper("name"), f.concat("name", f.lit("!")), f.coalesce("s.y", f.lit("-")), f.struct("id", "s.x"), f.to_json("s"),
        f.when(f.col("id") > 1, "many"), f.when(f.col("id") > 1, "many").otherwise("one"), f.expr("id * 2"),
        f.call_function("repeat", f.col("name"), f.lit(2)),
    ),
    "stars": lambda: people.alias("p").select("p.*", f.col("p.id").alias("again")),
    "struct star": lambda: people.select("s.*"),
    "replaced column": lambda: people.withColumn("NAME", f.upper("name")).withColumn("new", f.col("age") + 1),
    "renamed column": lambda: people.withColumnRenamed("AGE", "years").withColumnRenamed("nothing", "x"),
    "dropped columns": lambda: people.drop("S", "nothing"),
    "column of the parent": lambda: people.select("id", "name").filter(people["id"] > 1),
    "column of another": lambda: people.filter(cities["id"] > 1),
    "column that is not there": lambda: people["nothing"],
    "join": lambda: people.join(cities, people["id"] == cities["id"]).select(people["id"], "name", cities["id"], "city"),
    "ambiguous name": lambda: people.join(cities, people["id"] == cities["id"]).select("id"),
    "join on a name": lambda: people.join(cities, ["id"]),
    "outer join on a name": lambda: people.join(cities, ["id"], "full").orderBy("id"),
    "right column of a join on a name": lambda: people.join(cities, ["id"], "left").select("name", cities["id"]).orderBy("name"),
    "semi join": lambda: people.join(cities, ["id"], "left_semi"),
    "anti join": lambda: people.join(cities, people["id"] == cities["id"], "left_anti"),
    "self join": lambda: people.alias("a").join(people.alias("b"), f.col("a.age") == f.col("b.age")).select("a.id", "b.id")
    .orderBy("a.id", "b.id"),
    "join of what was made of one": lambda: people.join(
        people.groupBy("age").agg(f.max("id").alias("m")), ["age"]
    ).orderBy("id"),
    "union": lambda: people.select("id").union(people.select("age")),
    "union with itself": lambda: people.select("id").union(people.select("id")),
    "union of types": lambda: people.select("id").union(people.select("name")),
    "union of widths": lambda: people.union(cities),
    "groups": lambda: people.groupBy("age").agg(f.count("*"), f.sum("id"), f.avg("id"), f.min("name").alias("m")).orderBy("age"),
    "counts": lambda: people.groupBy(f.col("age").alias("a")).count().orderBy("a"),
    "key of the parent": lambda: people.groupBy("age").count().filter(people["age"] > 10),
    "all rows": lambda: people.agg(f.max("age"), f.count("s")),
    "missing aggregation": lambda: people.groupBy("age").agg(f.col("id")),
    "rollup": lambda: people.rollup("age", "name").count().orderBy("age", "name"),
    "cube": lambda: people.cube("age").agg(f.sum("id")).orderBy("age"),
    "wrong key": lambda: people.groupBy("nothing").count(),
    "distinct": lambda: people.select("age").distinct().orderBy("age"),
    "duplicates": lambda: people.dropDuplicates(["age"]).select("age").orderBy("age"),
    "duplicates of nothing": lambda: people.dropDuplicates(["nothing"]),
    "sorted by what is left out": lambda: people.select("name").orderBy(f.col("id").desc()),
    "sorted by a left out column of the parent": lambda: people.select("name").orderBy(people["age"].desc(), people["id"]),
    "sorted groups": lambda: people.groupBy("age").count().orderBy(f.col("count").desc(), f.col("age").asc_nulls_last()),
    "limit": lambda: people.orderBy("id").limit(1).select("id"),
    "window": lambda: people.withColumn("n", f.row_number().over(by_age)).orderBy("id").select("id", "n"),
    "window frame": lambda: people.select(
        "id", f.sum("id").over(Window.orderBy("id").rowsBetween(-1, 0))
    ).orderBy("id"),
    "aggregate in select": lambda: people.select(f.sum("id"), f.count("*")),
    "expressions of text": lambda: people.selectExpr("id + 1 AS n", "upper(name)", "s.x"),
    "aggregate of text": lambda: people.selectExpr("count(*) AS n", "max(id)"),
    "condition of text": lambda: people.where("age > 10 AND s IS NOT NULL"),
    "exploded": lambda: people.select("id", f.explode(f.array("id", "age")).alias("e")).filter("id < 2"),
    "no boolean": lambda: people.filter(f.col("id")),
    "type mismatch": lambda: people.select(f.col("id") + f.col("s")),
}


def answer(frame):
    try:
        frame = frame()
        table = frame._show_string(20, False) if hasattr(frame, "_show_string") else frame._jdf.showString(20, 0, False)
        return f"{frame.schema.simpleString()}\n{table.strip()}"
    except PySparkException as error:
        return f"[{error.getCondition()}]"


out = pathlib.Path(__file__).with_name("frames.txt") if len(sys.argv) < 2 else pathlib.Path(sys.argv[1])
out.write_text("\n".join(f"-- {name}\n{answer(frame)}\n" for name, frame in FRAMES.items()))
