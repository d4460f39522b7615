"""Runs the streaming queries of batches.sql in Spark over the files of batches/, in each output mode, and writes the rows of
each batch, sorted.

    batches.txt   one run, one file a batch
    restarts.txt  the query is stopped and started again after each file

    pip install pyspark==4.3.0 && python batches.py
"""

import os
import pathlib
import shutil
import tempfile

from pyspark.sql import SparkSession

here = pathlib.Path(__file__).parent
files = sorted((here / "batches").iterdir())
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.sql.warehouse.dir", tempfile.mkdtemp())
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
spark.sql("CREATE TEMPORARY VIEW names AS SELECT * FROM VALUES ('a', 'Anna'), ('b', 'Bela') AS t(k, name)")


def read_events(directory):
    events = (
        spark.readStream.schema("k STRING, at TIMESTAMP, v DOUBLE").option("maxFilesPerTrigger", 1).json(str(directory))
    )
    events.createOrReplaceTempView("events")


def run(query, mode, checkpoint, out):
    def write(frame, batch_id):
        lines = frame._jdf.showString(1000, 0, False).splitlines()[3:-1]
        for line in sorted(", ".join(cell.strip() for cell in row[1:-1].split("|")) for row in lines):
            out.write(f"{batch_id}: {line}\n")

    spark.sql(query).writeStream.foreachBatch(write).outputMode(mode).option("checkpointLocation", checkpoint).trigger(
        availableNow=True
    ).start().awaitTermination()


def add_file(number, directory):
    shutil.copy(files[number], directory)
    # Files are read in the order of their modification times.
    os.utime(pathlib.Path(directory) / files[number].name, (1_700_000_000 + number, 1_700_000_000 + number))


def run_once(query, mode, out):
    directory = tempfile.mkdtemp()
    for number in range(len(files)):
        add_file(number, directory)
    read_events(directory)
    run(query, mode, tempfile.mkdtemp(), out)


def run_with_restarts(query, mode, out):
    directory, checkpoint = tempfile.mkdtemp(), tempfile.mkdtemp()
    for number in range(len(files)):
        add_file(number, directory)
        read_events(directory)
        run(query, mode, checkpoint, out)


for name, run_query in [("batches.txt", run_once), ("restarts.txt", run_with_restarts)]:
    with open(here / name, "w") as out:
        for query in filter(None, (here / "batches.sql").read_text().splitlines()):
            for mode in ["append", "update", "complete"]:
                out.write(f"-- {mode} {query}\n")
                try:
                    run_query(query, mode, out)
                except Exception:
                    out.write("refused\n")
