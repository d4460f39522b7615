"""Compares with Spark and DuckDB: the 22 queries of TPC-H and the 99 of TPC-DS over the same small tables.

VLTAVA names the binary under test. Tables and queries are made by DuckDB's generators, at scale 0.01.
"""

import json
import math
import os
import pathlib
import re
import subprocess
import sys

import duckdb
import pytest

HERE = pathlib.Path(__file__).parent
# Rows that this many queries have at least: an empty result compares nothing.
QUERIES_WITH_ROWS = 90


def in_spark_dialect(query):
    """The query with names in back quotes and without the final semicolon."""
    parts = re.split(r"('[^']*')", query.strip().rstrip(";"))
    return "".join(part if index % 2 else part.replace('"', "`") for index, part in enumerate(parts))


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The directory of the tables, the queries by name, and DuckDB's rows."""
    directory = tmp_path_factory.mktemp("tpc")
    queries, rows = {}, {}
    for benchmark, generate in (("tpch", "dbgen"), ("tpcds", "dsdgen")):
        (directory / benchmark).mkdir()
        database = duckdb.connect()
        database.execute(f"CALL {generate}(sf=0.01)")
        for (table,) in database.execute("SELECT table_name FROM information_schema.tables").fetchall():
            database.execute(f"COPY {table} TO '{directory / benchmark / table}.parquet' (FORMAT parquet)")
        for number, query in database.execute(f"SELECT query_nr, query FROM {benchmark}_queries()").fetchall():
            name = f"{benchmark}-{number}"
            queries[name] = in_spark_dialect(query)
            rows[name] = database.execute(query).fetchall()
    return directory, queries, rows


@pytest.fixture(scope="module")
def spark_says(tables):
    directory, queries, _ = tables
    file = directory / "queries.json"
    file.write_text(json.dumps(queries))
    command = [sys.executable, HERE / "spark_tpc.py", directory, file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def vltava_says(directory, name, query):
    benchmark = name.split("-")[0]
    views = "".join(
        f"CREATE TEMPORARY VIEW {file.stem} USING parquet OPTIONS (path '{file}');\n"
        for file in (directory / benchmark).iterdir()
        if re.search(rf"\b{file.stem}\b", query)
    )
    job = directory / "job.sql"
    job.write_text(f"{views}{query};\n")
    command = [os.environ["VLTAVA"], "sql", "-f", job]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.stdout if done.returncode == 0 else done.stderr


@pytest.fixture(scope="module")
def ours(tables):
    directory, queries, _ = tables
    return {name: vltava_says(directory, name, query) for name, query in queries.items()}


def table(text):
    """The names of the columns, and the rows, sorted by what does not depend on the last digits."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return lines[:1], sorted(lines[1:], key=rough)


def rough(row):
    return [cell if (value := number(cell)) is None else f"{value:.3g}" for cell in row]


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def are_equal(a, b, tolerance):
    """Whether two cells are equal; numbers may differ a little."""
    if a == b:
        return True
    a, b = number(a), number(b)
    return a is not None and b is not None and math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def difference(a, b, tolerance):
    """The first rows that are not equal, if there are any."""
    if len(a) != len(b):
        return f"{len(a)} rows, {len(b)} rows"
    for one, other in zip(a, b, strict=True):
        if len(one) != len(other) or not all(are_equal(x, y, tolerance) for x, y in zip(one, other, strict=True)):
            return f"{one}\n{other}"
    return None


def test_the_results_are_those_of_spark(ours, spark_says):
    # Sums of doubles depend on the order of the rows.
    differences, with_rows = [], 0
    assert len(ours) == 22 + 99
    for name, text in ours.items():
        (columns, rows), (spark_columns, spark_rows) = table(text), table(spark_says[name])
        with_rows += len(spark_rows) > 0
        if columns != spark_columns:
            differences.append(f"{name}: {text[:500]}")
        elif found := difference(rows, spark_rows, 1e-9):
            differences.append(f"{name}: {found}")
    assert not differences, "\n".join(differences)
    assert with_rows >= QUERIES_WITH_ROWS


def test_the_results_are_those_of_duckdb(tables, ours):
    # DuckDB divides decimals as doubles; Spark keeps six digits.
    _, _, duckdb_rows = tables
    differences = []
    for name, text in ours.items():
        shown = [["NULL" if cell is None else str(cell).strip() for cell in row] for row in duckdb_rows[name]]
        if found := difference(table(text)[1], sorted(shown, key=rough), 2e-6):
            differences.append(f"{name}: {found}")
    assert not differences, "\n".join(differences)
