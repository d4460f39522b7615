"""Compares with Spark: the same SQL over the same files, one file a batch, gives the same rows in the same batches.

VLTAVA names the binary under test.
"""

import os
import pathlib
import re
import subprocess
import sys

import pieces
import pytest

HERE = pathlib.Path(__file__).parent
TABLES = HERE.parents[2] / "examples" / "flights"

# Rows in a piece: the two weeks in 25 batches.
ROWS = 500


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    directory = tmp_path_factory.mktemp("flights") / "pieces"
    count = pieces.cut(TABLES / "flights-2013-01.csv", directory, ROWS)
    return directory, count


def run(command, **kw):
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False, **kw)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def spark(directory, work, mode):
    return run([sys.executable, HERE / "spark_job.py", directory, TABLES, work / "spark-checkpoint", mode])


def vltava(directory, work, mode):
    job = work / "job.sql"
    job.write_text(f"""
        SET spark.sql.shuffle.partitions = 2;
        CREATE TEMPORARY VIEW flights
          (scheduled_at TIMESTAMP, carrier STRING, origin STRING, dep_delay_min INT)
          USING json OPTIONS (path '{directory}', maxFilesPerTrigger '1');
        CREATE TEMPORARY VIEW airports USING csv OPTIONS (path '{TABLES}/airports.csv', header 'true');
        CREATE TEMPORARY VIEW airlines USING csv OPTIONS (path '{TABLES}/airlines.csv', header 'true');
        CREATE STREAMING QUERY oracle OUTPUT MODE {mode} TRIGGER AVAILABLE NOW
          USING console OPTIONS (numRows '1000000', truncate 'false', checkpointLocation '{work}/vltava-checkpoint')
          AS {(HERE / "query.sql").read_text()};
        """)
    return run([os.environ["VLTAVA"], "sql", "-f", job])


def batches(output):
    """Maps a batch number to its header and its sorted rows, from the output of a console sink."""
    found = {}
    for number, table in re.findall(r"^-+\nBatch: (\d+)\n-+\n((?:[+|].*\n)*)", output, re.M):
        header, *rows = [
            tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.splitlines() if line[0] == "|"
        ]
        found[int(number)] = (header, sorted(rows))
    return found


@pytest.mark.parametrize("mode", ["update", "append", "complete"])
def test_the_same_rows_batch_for_batch(cut, tmp_path, mode):
    directory, count = cut
    expected = batches(spark(directory, tmp_path, mode))
    assert len(expected) >= count, "Spark ran fewer batches than there are files"
    assert sum(len(rows) for _, rows in expected.values()) > 1000
    actual = batches(vltava(directory, tmp_path, mode))
    assert sorted(actual) == sorted(expected), "other batches"
    for number in expected:
        assert actual[number] == expected[number], f"batch {number}"
