"""Spark's and DataFusion's side of tpch.py: runs queries twice and prints the CPU seconds of the second run of each as JSON.

tpch_engine.py spark|datafusion DIRECTORY QUERIES
"""

import json
import pathlib
import sys
import time

engine, directory, queries = sys.argv[1], pathlib.Path(sys.argv[2]), json.loads(pathlib.Path(sys.argv[3]).read_text())
files = list(directory.glob("*.parquet"))

if engine == "spark":
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "4g")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    jvm = pathlib.Path(f"/proc/{session.sparkContext._jvm.java.lang.ProcessHandle.current().pid()}")
    for file in files:
        session.read.parquet(str(file)).createOrReplaceTempView(file.stem)

    def cpu_seconds():
        fields = (jvm / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

else:
    import datafusion

    session = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(2))
    for file in files:
        session.register_parquet(file.stem, str(file))
    cpu_seconds = time.process_time

for query in queries:
    session.sql(query).collect()
seconds = []
for query in queries:
    begun = cpu_seconds()
    session.sql(query).collect()
    seconds.append(round(cpu_seconds() - begun, 3))
print(json.dumps(seconds))
