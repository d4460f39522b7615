#!/usr/bin/env python3
"""Runs the flights query in Vltava and in Spark on this machine, in turn, and prints a Markdown table.

    bench/flights.py            (about ten minutes)

    VLTAVA      the release binary                     (default target/release/vltava)
    SPARK       a Python that has PySpark              (default that of tests/clients/spark)
    ROUNDS      how often each work is run             (default 3)

The same SQL, the same JSON files, one a batch, into Parquet in append mode: two shards of state, two cores each. Spark is
warmed up: one session runs each work three times before it is timed, and only from `start()` to the end of the query.
Ours is timed as a process from its start to its end. CPU is that of the whole process (of the JVM: during the query);
memory is the most it has held.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
TABLES = HERE.parent / "examples" / "flights"
SUITE = HERE.parent / "tests" / "clients" / "spark"
QUERY = (SUITE / "query.sql").read_text()
VLTAVA = os.environ.get("VLTAVA", "target/release/vltava")
SPARK = os.environ.get("SPARK", os.path.expanduser("~/.cache/vltava-clients/spark-venv/bin/python"))
WARM_UPS = 3
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SCHEMA = "scheduled_at TIMESTAMP, carrier STRING, origin STRING, dep_delay_min INT"

# title, how many times the two weeks follow each other, rows in a file
WORKS = [
    ("12,126 rows, 25 batches of 500", 1, 500),
    ("485,040 rows, 25 batches of 20,000", 40, 20_000),
]


def vltava(directory, work):
    job = work / "job.sql"
    job.write_text(f"""
        SET spark.sql.shuffle.partitions = 2;
        CREATE TEMPORARY VIEW flights ({SCHEMA}) USING json OPTIONS (path '{directory}', maxFilesPerTrigger '1');
        CREATE TEMPORARY VIEW airports USING csv OPTIONS (path '{TABLES}/airports.csv', header 'true');
        CREATE TEMPORARY VIEW airlines USING csv OPTIONS (path '{TABLES}/airlines.csv', header 'true');
        CREATE STREAMING QUERY bench OUTPUT MODE append TRIGGER AVAILABLE NOW
          USING parquet OPTIONS (path '{work}/out', checkpointLocation '{work}/checkpoint') AS {QUERY};
        """)
    begun = time.monotonic()
    process = subprocess.Popen([VLTAVA, "sql", "-f", job], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"vltava ended with {status}")
    seconds = time.monotonic() - begun
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss // 1024}


class Spark:
    """One session for all works: `spark_flights.py`, to which it gives a line a task."""

    def __init__(self):
        command = [SPARK, HERE / "spark_flights.py", TABLES, SUITE / "query.sql", SCHEMA]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline() or sys.exit("Spark has ended"))

    def run(self, directory, work):
        return self.ask(directory, work)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="vltava-bench-"))
    spark = Spark()
    print("| work | figure | Spark | Vltava | ratio |\n| --- | --- | --- | --- | --- |")
    for number, (title, times, rows) in enumerate(WORKS):
        directory = work / f"pieces-{number}"
        command = [sys.executable, SUITE / "pieces.py", TABLES / "flights-2013-01.csv", directory, str(rows), str(times)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        def turn(name, run, round):
            place = work / f"{name}-{number}-{round}"
            place.mkdir()
            figures = run(directory, place)
            return {**figures, "rows": spark.ask(place / "out")}

        for warm_up in range(WARM_UPS):
            turn("warm", spark.run, warm_up)
        runs = {"Spark": [], "Vltava": []}
        for round in range(ROUNDS):
            runs["Spark"].append(turn("spark", spark.run, round))
            runs["Vltava"].append(turn("vltava", vltava, round))
        if len({run["rows"] for results in runs.values() for run in results}) != 1:
            sys.exit(f"{title}: Spark and Vltava have not written the same number of rows: {runs}")
        for figure, key in [("seconds", "seconds"), ("CPU seconds", "cpu"), ("memory MB", "memory")]:
            theirs, ours = (statistics.median(run[key] for run in runs[name]) for name in ["Spark", "Vltava"])
            print(f"| {title} | {figure} | {theirs:.2f} | {ours:.2f} | {ours / theirs:.3f} |", flush=True)
            title = ""
    spark.stop()
    shutil.rmtree(work)


main()
