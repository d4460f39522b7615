"""Runs queries with Spark: reads a file with `{"setup": [..], "queries": [..]}` and writes the answers to another as JSON.

usage: spark_shell.py queries.json answers.json

A query is a text, or a pair: the statements before it and its text. See `vltava_shell.answers` for the answers.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile


def answers(queries, setup=(), timeout=600):
    """What Spark says to the queries, from a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        asked, said = pathlib.Path(directory, "queries.json"), pathlib.Path(directory, "answers.json")
        asked.write_text(json.dumps({"setup": list(setup), "queries": queries}))
        subprocess.run([sys.executable, __file__, asked, said], capture_output=True, timeout=timeout, check=True)
        return json.loads(said.read_text())


def session():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC")
    # Most of the time would be the compilation of each query.
    builder = builder.config("spark.sql.codegen.wholeStage", "false")
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def answer(spark, query):
    before, text = ([], query) if isinstance(query, str) else query
    text = " ".join(text.split("\n"))
    try:
        for statement in before:
            spark.sql(statement)
        frame = spark.sql(text)
        types = [[_shown(field.name), field.dataType.simpleString()] for field in frame.schema.fields]
        return {"types": types, "text": frame._jdf.showString(1_000_000, 0, False)}  # noqa: SLF001
    except Exception as error:  # noqa: BLE001 - every error is an answer
        condition = re.search(r"\[([A-Z_0-9.]+)\]", str(error))
        return {"error": condition[1] if condition else "NO CONDITION", "message": str(error)[:500]}


def _shown(name):
    """A name as `show` prints it."""
    for raw, escaped in [("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"), ("\f", "\\f"), ("\b", "\\b"), ("\v", "\\v")]:
        name = name.replace(raw, escaped)
    return name.rstrip()


if __name__ == "__main__":
    asked = json.loads(pathlib.Path(sys.argv[1]).read_text())
    spark = session()
    for statement in asked["setup"]:
        spark.sql(statement)
    pathlib.Path(sys.argv[2]).write_text(json.dumps([answer(spark, query) for query in asked["queries"]]))
