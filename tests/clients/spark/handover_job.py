"""Copies JSON files into Parquet, a file a batch, and prints the batches it ran and all values in the output.

    handover_job.py WORK
"""

import json
import sys

from pyspark.sql import SparkSession

work = sys.argv[1]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
query = (
    spark.readStream.schema("at TIMESTAMP, v BIGINT")
    .option("maxFilesPerTrigger", 1)
    .json(f"{work}/in")
    .writeStream.format("parquet")
    .option("path", f"{work}/out")
    .option("checkpointLocation", f"{work}/checkpoint")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
# A run without new data reports a batch that did not run.
batches = [progress["batchId"] for progress in query.recentProgress if progress["numInputRows"]]
values = sorted(row.v for row in spark.read.parquet(f"{work}/out").collect())
print(json.dumps({"batches": batches, "v": values}))
