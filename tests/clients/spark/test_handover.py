"""One query, two engines: each continues from the checkpoint and the output directory of the other.

VLTAVA names the binary under test. The query has no state: state is each engine's own.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

FILES = 12
ROWS = 3
HERE = pathlib.Path(__file__).parent


def write_files(directory, first):
    directory.mkdir(exist_ok=True)
    for number in range(first, first + FILES):
        lines = [json.dumps({"at": f"2026-01-01T00:00:{number:02}.000Z", "v": number * 10 + row}) for row in range(ROWS)]
        hidden = directory / f".{number:02}"
        hidden.write_text("\n".join(lines) + "\n")
        hidden.rename(directory / f"{number:02}.json")
        # Files are read in the order of their modification times, in milliseconds.
        time.sleep(0.005)


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def vltava(work):
    job = work / "job.sql"
    job.write_text(f"""
        CREATE TEMPORARY VIEW input (at TIMESTAMP, v BIGINT)
          USING json OPTIONS (path '{work}/in', maxFilesPerTrigger '1');
        CREATE STREAMING QUERY copy OUTPUT MODE append TRIGGER AVAILABLE NOW
          USING parquet OPTIONS (path '{work}/out', checkpointLocation '{work}/checkpoint')
          AS SELECT * FROM STREAM input;
        """)
    run([os.environ["VLTAVA"], "sql", "-f", job])


def spark(work):
    """Runs the query in Spark, and returns the rows that Spark then reads from the output."""
    return json.loads(run([sys.executable, HERE / "handover_job.py", work]).splitlines()[-1])


def test_each_engine_continues_where_the_other_stopped(tmp_path):
    write_files(tmp_path / "in", 0)
    vltava(tmp_path)
    # A file of a batch that failed: no log names it.
    (tmp_path / "out" / "part-00000-of-nobody-c000.snappy.parquet").write_bytes(b"PAR1")
    write_files(tmp_path / "in", FILES)
    found = spark(tmp_path)
    expected = [number * 10 + row for number in range(2 * FILES) for row in range(ROWS)]
    assert found == {"batches": list(range(FILES, 2 * FILES)), "v": expected}
    write_files(tmp_path / "in", 2 * FILES)
    vltava(tmp_path)
    committed = {int(path.name) for path in (tmp_path / "checkpoint" / "commits").glob("[0-9]*")}
    assert committed == set(range(3 * FILES))
    expected = [number * 10 + row for number in range(3 * FILES) for row in range(ROWS)]
    assert spark(tmp_path) == {"batches": [], "v": expected}
