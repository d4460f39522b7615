"""Asks Spark 4.3 the statements of session.jsonl again, in their order, and writes its answers into the file."""

import json
import pathlib

from pyspark.sql import SparkSession
from pyspark.sql.functions import expr

FILE = pathlib.Path(__file__).with_name("session.jsonl")


def arguments(args):
    if isinstance(args, dict):
        return {name: expr(value) for name, value in args.items()}
    return [expr(value) for value in args]


def answer(spark, case):
    kept = {name: case[name] for name in ("args", "sql", "ours") if name in case}
    try:
        args = arguments(case["args"]) if "args" in case else None
        frame = spark.sql(case["sql"], args=args) if args is not None else spark.sql(case["sql"])
        if not frame.columns:
            return kept
        text = frame._jdf.showString(50, 0, False)
        return kept | {"schema": frame.schema.simpleString(), "text": text}
    except Exception as error:
        condition = getattr(error, "getCondition", lambda: None)()
        return kept | {"error": condition or "INTERNAL"}


spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
cases = [json.loads(line) for line in FILE.read_text().splitlines()]
lines = [json.dumps(answer(spark, case), ensure_ascii=False) for case in cases]
FILE.write_text("\n".join(lines) + "\n")
