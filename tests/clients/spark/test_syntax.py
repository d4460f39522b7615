"""Compares with Spark what is SQL and what is not: the same statements are refused, with the same condition, at the same place.

VLTAVA names the binary under test.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
STATEMENTS = HERE / "syntax.sql"


@pytest.fixture(scope="module")
def spark_says():
    command = [sys.executable, HERE / "spark_syntax.py", STATEMENTS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def vltava_says(statement):
    """The standard error of a statement that fails, or None."""
    command = [os.environ["VLTAVA"], "sql", "-e", statement]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr if done.returncode else None


def test_the_same_texts_are_refused_at_the_same_place(spark_says):
    statements = STATEMENTS.read_text().splitlines()
    assert len(statements) == len(spark_says) > 200
    # What the analyser finds wrong, such as a table that is not there, has other conditions.
    syntax_conditions = {spark["condition"] for spark in spark_says if spark}
    differences = []
    for statement, spark in zip(statements, spark_says, strict=True):
        ours = vltava_says(statement)
        if spark is None:
            condition = re.search(r"\[([A-Z_.]+)\]", ours or "")
            if condition and condition[1] in syntax_conditions:
                differences.append(f"{statement}\n  Spark parses it; ours: {ours}")
            continue
        wanted = [f"[{spark['condition']}] {spark['message']}".splitlines()[0]]
        # The mark below the text shows the place.
        if spark["condition"] == "PARSE_SYNTAX_ERROR":
            wanted.append("\n" + "-" * spark["place"][1] + "^^^\n")
        if not ours or not all(part in ours for part in wanted):
            differences.append(f"{statement}\n  Spark: {wanted}\n  ours: {ours}")
    assert not differences, "\n".join(differences)
