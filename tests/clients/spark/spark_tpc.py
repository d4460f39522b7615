"""Runs the queries of TPC-H and TPC-DS with Spark; prints the results as JSON.

usage: spark_tpc.py directory queries.json
"""

import json
import pathlib
import sys

from pyspark.sql import SparkSession

directory, queries = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
session = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
session.sparkContext.setLogLevel("OFF")
results = {}
for benchmark in ("tpch", "tpcds"):
    for file in sorted((directory / benchmark).iterdir()):
        session.read.parquet(str(file)).createOrReplaceTempView(file.stem)
    for name, query in queries.items():
        if name.startswith(f"{benchmark}-"):
            results[name] = session.sql(query)._jdf.showString(1_000_000, 0, False)  # noqa: SLF001
print(json.dumps(results))
