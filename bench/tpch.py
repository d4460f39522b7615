#!/usr/bin/env python3
"""Runs the 22 queries of TPC-H over Parquet files in Vltava, in Spark and in DataFusion on this machine, in turn, and prints a
Markdown table of CPU seconds.

    bench/tpch.py               (about fifteen minutes)

    VLTAVA      the release binary                     (default target/release/vltava)
    SPARK       a Python that has PySpark and DuckDB   (default that of tests/clients/spark)
    DATAFUSION  a Python that has DataFusion's package (default none: it is left out)
    SCALE       the scale factor                       (default 1)

Tables and queries are made by DuckDB's generator. Spark is warmed up: one session runs all queries once before they are
timed. Ours is timed as a process for each query, from its start to its end. CPU is that of the whole process (of the JVM and
of DataFusion: during the query).
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
VLTAVA = os.environ.get("VLTAVA", "target/release/vltava")
SPARK = os.environ.get("SPARK", os.path.expanduser("~/.cache/vltava-clients/spark-venv/bin/python"))
DATAFUSION = os.environ.get("DATAFUSION")
SCALE = os.environ.get("SCALE", "1")


def generate(directory):
    """Writes the tables as Parquet files, and the queries."""
    script = f"""
import duckdb, json
database = duckdb.connect()
database.execute("CALL dbgen(sf={SCALE})")
for (table,) in database.execute("SELECT table_name FROM information_schema.tables").fetchall():
    database.execute(f"COPY {{table}} TO '{directory}/{{table}}.parquet' (FORMAT parquet)")
queries = database.execute("SELECT query_nr, query FROM tpch_queries()").fetchall()
print(json.dumps([query.strip().rstrip(";") for _, query in sorted(queries)]))
"""
    done = subprocess.run([SPARK, "-c", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def vltava(directory, query):
    job = directory / "job.sql"
    views = "".join(
        f"CREATE TEMPORARY VIEW {file.stem} USING parquet OPTIONS (path '{file}');\n"
        for file in directory.glob("*.parquet")
    )
    job.write_text(f"{views}{query};\n")
    process = subprocess.Popen([VLTAVA, "sql", "-f", job], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"vltava ended with {status}:\n{query}")
    return usage.ru_utime + usage.ru_stime


def by_engine(python, engine, directory, queries):
    """CPU seconds of each query, by a process that runs all."""
    file = directory / "queries.json"
    file.write_text(json.dumps(queries))
    command = [python, HERE / "tpch_engine.py", engine, directory, file]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        queries = generate(directory)
        ours = [vltava(directory, query) for query in queries]
        columns = {"Vltava": ours, "Spark": by_engine(SPARK, "spark", directory, queries)}
        if DATAFUSION:
            columns["DataFusion"] = by_engine(DATAFUSION, "datafusion", directory, queries)
    print("| query | " + " | ".join(columns) + " |\n" + "| --- " * (len(columns) + 1) + "|")
    for index in range(len(queries)):
        print(f"| {index + 1} | " + " | ".join(f"{seconds[index]:.2f}" for seconds in columns.values()) + " |")
    print("| all | " + " | ".join(f"{sum(seconds):.1f}" for seconds in columns.values()) + " |")


main()
