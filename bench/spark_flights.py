"""Spark's side of flights.py. To a line `PIECES WORK` it runs the query and answers with seconds, CPU and memory; to a
line `OUTPUT` with the number of rows that a query has committed there.

    spark_flights.py TABLES QUERY SCHEMA
"""

import json
import pathlib
import sys
import time

from pyspark.sql import SparkSession

tables, query, schema = sys.argv[1:]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
jvm = pathlib.Path(f"/proc/{spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()}")


def cpu_seconds():
    fields = (jvm / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def peak_mb():
    line = next(line for line in (jvm / "status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


for table in ["airports", "airlines"]:
    spark.read.option("header", True).csv(f"{tables}/{table}.csv").createOrReplaceTempView(table)
for line in sys.stdin:
    if len(line.split()) == 1:
        print(spark.read.parquet(line.strip()).count(), flush=True)
        continue
    pieces, work = line.split()
    flights = spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).json(pieces)
    flights.createOrReplaceTempView("flights")
    frame = spark.sql(pathlib.Path(query).read_text())
    cpu, begun = cpu_seconds(), time.monotonic()
    stream = (
        frame.writeStream.format("parquet")
        .option("path", f"{work}/out")
        .option("checkpointLocation", f"{work}/checkpoint")
        .trigger(availableNow=True)
        .start()
    )
    stream.awaitTermination()
    figures = {"seconds": time.monotonic() - begun, "cpu": cpu_seconds() - cpu, "memory": peak_mb()}
    print(json.dumps(figures), flush=True)
