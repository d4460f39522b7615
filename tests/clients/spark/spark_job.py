"""Runs query.sql in Spark over the pieces, one file a batch, in one output mode; prints what the console sink prints.

    spark_job.py PIECES TABLES CHECKPOINT MODE
"""

import pathlib
import sys

from pyspark.sql import SparkSession

pieces, tables, checkpoint, mode = sys.argv[1:]
here = pathlib.Path(__file__).parent

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
schema = "scheduled_at TIMESTAMP, carrier STRING, origin STRING, dep_delay_min INT"
flights = spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).json(pieces)
flights.createOrReplaceTempView("flights")
for table in ["airports", "airlines"]:
    spark.read.option("header", True).csv(f"{tables}/{table}.csv").createOrReplaceTempView(table)
query = (
    spark.sql((here / "query.sql").read_text())
    .writeStream.format("console")
    .option("numRows", 1_000_000)
    .option("truncate", False)
    .option("checkpointLocation", checkpoint)
    .outputMode(mode)
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
