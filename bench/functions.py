#!/usr/bin/env python3
"""Compares the CPU of functions on ROWS rows (10 million by default) with DuckDB's, and writes those over twice of it into RESULTS.md.

usage: bench/functions.py VLTAVA [ROWS [PATTERN]]

PATTERN, a regular expression, chooses calls.

Needs the Python package `duckdb`. A function's CPU is that of a query that calls it for each row, less that of the same query
without the call; both engines use one thread and read the same Parquet file.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

RESULTS = pathlib.Path(__file__).parent / "RESULTS.md"
HEADING = "## Functions beside DuckDB"

# The column, our expression and DuckDB's. Where they are the same text, it stands once.
CALLS = [
    ("i", "i + 1"),
    ("i", "i * 3 - 7"),
    ("i", "i % 97"),
    ("i", "abs(i)"),
    ("i", "i & 255"),
    ("i", "CAST(i AS STRING)", "CAST(i AS VARCHAR)"),
    ("i", "hex(i)"),
    ("i", "bin(i)"),
    ("i", "hash(i)"),
    ("i", "xxhash64(i)", "hash(i)"),
    ("i", "CASE WHEN i % 2 = 0 THEN 1 ELSE 0 END"),
    ("i", "coalesce(nullif(i, 5), 0)"),
    ("i", "greatest(i, 1000)"),
    ("i", "i IN (1, 5, 9, 77)"),
    ("d", "d * 1.5D", "d * 1.5::DOUBLE"),
    ("d", "sqrt(d)"),
    ("d", "exp(d / 1000)"),
    ("d", "ln(d + 1)"),
    ("d", "sin(d)"),
    ("d", "pow(d, 2)"),
    ("d", "round(d, 2)"),
    ("d", "floor(d)"),
    ("d", "CAST(d AS STRING)", "CAST(d AS VARCHAR)"),
    ("d", "CAST(d AS BIGINT)"),
    ("c", "c + c"),
    ("c", "c * c"),
    ("c", "c / 3"),
    ("c", "CAST(c AS STRING)", "CAST(c AS VARCHAR)"),
    ("s", "upper(s)"),
    ("s", "length(s)"),
    ("s", "reverse(s)"),
    ("s", "trim(s)"),
    ("s", "substring(s, 2, 3)"),
    ("s", "concat(s, '-', s)"),
    ("s", "replace(s, 'a', 'bb')"),
    ("s", "lpad(s, 12, '*')"),
    ("s", "instr(s, '7')"),
    ("s", "startswith(s, 'row')", "starts_with(s, 'row')"),
    ("s", "s LIKE '%99%'"),
    ("s", "regexp_replace(s, '[0-9]+', 'n')"),
    ("s", "regexp_like(s, '9.*1')", "regexp_matches(s, '9.*1')"),
    ("s", "split(s, 'w')[0]", "split(s, 'w')[1]"),
    ("s", "md5(s)"),
    ("s", "sha2(s, 256)", "sha256(s)"),
    ("s", "base64(CAST(s AS BINARY))", "base64(s::BLOB)"),
    ("s", "levenshtein(s, 'row500')"),
    ("s", "CAST(substring(s, 4) AS INT)"),
    ("t", "year(t)"),
    ("t", "hour(t)"),
    ("t", "date_trunc('MONTH', t)"),
    ("t", "CAST(t AS DATE)"),
    ("t", "date_format(t, 'yyyy-MM-dd')", "strftime(t, '%Y-%m-%d')"),
    ("t", "t + INTERVAL 1 DAY"),
    ("t", "unix_micros(t)", "epoch_us(t)"),
    ("t", "CAST(t AS STRING)", "CAST(t AS VARCHAR)"),
    ("y", "date_add(y, 5)", "y + 5"),
    ("y", "datediff(y, DATE'2000-01-01')", "date_diff('day', DATE '2000-01-01', y)"),
    ("y", "dayofweek(y)"),
    ("y", "last_day(y)"),
    ("y", "months_between(y, DATE'2000-01-01')", "date_diff('month', DATE '2000-01-01', y)"),
    ("i", "array(i, i + 1)[1]", "(list_value(i, i + 1))[2]"),
    ("i", "array_contains(array(i, 5), 7)", "list_contains([i, 5], 7)"),
    ("i", "size(transform(array(i, 5), x -> x + 1))", "len([x + 1 for x in [i, 5]])"),
    ("s", "get_json_object(concat('{\"a\":\"', s, '\"}'), '$.a')", "json_extract_string(concat('{\"a\":\"', s, '\"}'), '$.a')"),
]
AGGREGATES = [
    ("i", "sum(i)"),
    ("d", "avg(d)"),
    ("s", "min(s)"),
    ("d", "stddev(d)"),
    ("d", "corr(d, d)"),
    ("i", "bit_xor(i)"),
    ("c", "sum(c)"),
    ("i", "count(DISTINCT i % 1000)"),
    ("i", "approx_count_distinct(i)"),
    ("i", "collect_list(i)", "list(i)"),
    ("d", "percentile(d, 0.5)", "quantile_cont(d, 0.5)"),
    ("i", "max_by(i, i)"),
    ("i", "mode(i % 100)"),
]

# One value in a thousand is null: DuckDB does not compute what it only has to count and what is never null.
DATA = """
COPY (SELECT i, CAST(i * 0.37 AS DOUBLE) AS d, CAST(i % 100000 AS DECIMAL(10,2)) AS c, 'row' || i AS s,
      TIMESTAMP '2000-01-01' + INTERVAL (i * 7) SECOND AS t, DATE '2000-01-01' + CAST(i % 9000 AS INT) AS y
      FROM (SELECT CASE WHEN range % 1000 <> 7 THEN range END AS i FROM range({rows}))) TO '{file}' (FORMAT parquet)
"""


def cpu(command):
    """Seconds of CPU of a process, or none if it fails: the least of two runs."""
    runs = [cpu_once(command) for _ in range(2)]
    return None if None in runs else min(runs)


def cpu_once(command):
    """Seconds of CPU of a process, or none if it fails."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        print(f"{command[-1]}\n  {error.decode()[-300:]}", file=sys.stderr)
        return None
    return usage.ru_utime + usage.ru_stime


def of_vltava(binary, file, value):
    settings = ["-d", "spark.sql.session.timeZone=UTC"]
    return cpu([binary, "sql", *settings, "-e", f"SELECT {value} FROM parquet.`{file}`"])


def of_duckdb(file, value):
    script = "import duckdb, sys; duckdb.execute('SET threads = 1'); duckdb.sql(sys.argv[1]).fetchall()"
    return cpu([sys.executable, "-c", script, f"SELECT {value} FROM '{file}'"])


def measure(binary, rows, pattern):
    """Call, our CPU and DuckDB's for each function."""
    import duckdb

    counted = [
        (column, ours, f"count({ours})", f"count({theirs[0] if theirs else ours})") for column, ours, *theirs in CALLS
    ]
    aggregates = [(column, ours, ours, theirs[0] if theirs else ours) for column, ours, *theirs in AGGREGATES]
    calls = [call for call in counted + aggregates if re.search(pattern, call[1])]

    found = []
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory, "rows.parquet")
        duckdb.execute(DATA.format(rows=rows, file=file))
        columns = {column for column, *_ in calls}
        alone = {
            column: (of_vltava(binary, file, f"count({column})"), of_duckdb(file, f"count({column})"))
            for column in columns
        }
        for column, name, ours, theirs in calls:
            found.append((name, of_vltava(binary, file, ours), of_duckdb(file, theirs), *alone[column]))
    return [
        (name, max(ours - ours_alone, 0.01), max(theirs - theirs_alone, 0.01))
        for name, ours, theirs, ours_alone, theirs_alone in found
        if ours is not None and theirs is not None
    ]


def main():
    binary = sys.argv[1]
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    measured = measure(binary, rows, sys.argv[3] if len(sys.argv) > 3 else "")
    slow = sorted((m for m in measured if m[1] > 2 * m[2]), key=lambda m: m[2] / m[1])
    lines = [
        HEADING,
        "",
        f"CPU seconds on {rows:,} rows, one thread, without reading (`bench/functions.py`). {len(measured)} functions were measured;",
        "these take more than twice DuckDB's CPU:",
        "",
        "| call | Vltava | DuckDB | times |",
        "| --- | --- | --- | --- |",
        *(f"| `{call.replace('|', chr(92) + '|')}` | {ours:.2f} | {theirs:.2f} | {ours / theirs:.1f} |" for call, ours, theirs in slow),
    ]
    text = RESULTS.read_text()
    before, found, after = text.partition(HEADING)
    rest = after.partition("\n## ")[2] if found else ""
    RESULTS.write_text(before.rstrip() + "\n\n" + "\n".join(lines) + "\n" + (f"\n## {rest}" if rest else ""))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
