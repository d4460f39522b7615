"""Runs the streaming queries of batches.sql in Spark over the files of batches/, one file a batch,
in each output mode, and writes the rows of each batch, sorted, to batches.txt.

    pip install pyspark==4.3.0 && python batches.py
"""

import pathlib
import tempfile

from pyspark.sql import SparkSession

here = pathlib.Path(__file__).parent
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
events = (
    spark.readStream.schema("k STRING, at TIMESTAMP, v DOUBLE")
    .option("maxFilesPerTrigger", 1)
    .json(str(here / "batches"))
)
events.createTempView("events")

def run(query, mode, out):
    def write(frame, batch_id):

        lines = frame._jdf.showString(1000, 0, False).splitlines()[3:-1]
        for line in sorted(", ".join(cell.strip() for cell in row[1:-1].split("|")) for row in lines):
            out.write(f"{batch_id}: {line}\n")

    spark.sql(query).writeStream.foreachBatch(write).outputMode(mode).option(
        "checkpointLocation", tempfile.mkdtemp()
    ).trigger(availableNow=True).start().awaitTermination()

with open(here / "batches.txt", "w") as out:
    for query in filter(None, (here / "batches.sql").read_text().splitlines()):
        for mode in ["append", "update", "complete"]:
            out.write(f"-- {mode} {query}\n")
            try:
                run(query, mode, out)
            except Exception:
                out.write("refused\n")
