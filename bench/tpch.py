#!/usr/bin/env python3
"""Runs the 22 queries of TPC-H over Parquet files in Vltava, in Spark and in DataFusion on this machine, in turn, and prints a
Markdown table of CPU seconds.

    bench/tpch.py               (about fifteen minutes)

    VLTAVA      the release binary                     (default target/release/vltava)
    SPARK       a Python that has PySpark and DuckDB   (default that of tests/clients/spark)
    DATAFUSION  a Python that has DataFusion's package (default none: it is left out)
    SCALE       the scale factor                       (default 1)

Tables and queries are made by DuckDB's generator. Each engine is warmed up: one session runs all queries once before they are
timed. CPU is that of the whole process (of Spark: the JVM) during the query.
"""

import itertools
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
MARK = "the query before has ended"


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


def vltava(directory, queries):
    """CPU seconds of the second run of each query in one session. A row with a mark follows each query; the process's CPU is read
    when a mark is seen."""
    views = [
        f"CREATE TEMPORARY VIEW {file.stem} USING parquet OPTIONS (path '{file}')"
        for file in directory.glob("*.parquet")
    ]
    marked = [statement for query in queries for statement in (query, f"SELECT '{MARK}'")]
    job = directory / "job.sql"
    job.write_text(";\n".join([*views, *queries, f"SELECT '{MARK}'", *marked]) + ";\n")
    process = subprocess.Popen([VLTAVA, "sql", "-o", "json", "-f", job], stdout=subprocess.PIPE, text=True)
    readings = [cpu_seconds(process.pid) for line in process.stdout if line == f'{{"{MARK}":"{MARK}"}}\n']
    if process.wait() != 0:
        sys.exit(f"vltava ended with {process.returncode}")
    return [after - before for before, after in itertools.pairwise(readings)]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        columns = {"Vltava": vltava(directory, queries), "Spark": by_engine(SPARK, "spark", directory, queries)}
        if DATAFUSION:
            columns["DataFusion"] = by_engine(DATAFUSION, "datafusion", directory, queries)
    print("| query | " + " | ".join(columns) + " |\n" + "| --- " * (len(columns) + 1) + "|")
    for index in range(len(queries)):
        print(f"| {index + 1} | " + " | ".join(f"{seconds[index]:.2f}" for seconds in columns.values()) + " |")
    print("| all | " + " | ".join(f"{sum(seconds):.1f}" for seconds in columns.values()) + " |")


if __name__ == "__main__":
    main()
