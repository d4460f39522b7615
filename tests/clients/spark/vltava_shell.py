"""Runs many queries in one `vltava sql` and gives types, text or error of each.

VLTAVA names the binary under test.
"""

import os
import re
import subprocess

TABLE = re.compile(r"^\+[-+]+\+\n\|.*\n\+[-+]+\+\n(?:\|.*\n)*\+[-+]+\+\n", re.M)
CONDITION = re.compile(r"^(?:vltava: )?\[([A-Z_0-9.]+)\]", re.M)
# The table that ends the output of a query.
MARK = re.compile(r"^\+-+\+\n\|mark_of_query *\|\n\+-+\+\n\|\d+ *\|\n\+-+\+\n", re.M)


def answers(queries, setup=(), timeout=600):
    """For each query `{"types": [[name, type], ..], "text": ..}`, or `{"error": condition, "message": ..}`.

    A query is a text, or a pair: the statements before it and its text.
    """
    found = []
    # A script ends at the query that fails: its mark is missing. The next process runs those after it.
    while len(found) < len(queries):
        found += _run(queries[len(found) :], setup, timeout)
    return found


def _run(queries, setup, timeout):
    statements = [*setup, "SELECT 0 AS mark_of_query"]
    for query in queries:
        before, text = ([], query) if isinstance(query, str) else query
        # The first shows names and types of the columns, the second the rows.
        statements += [*before, f"DESCRIBE QUERY {text}", text, "SELECT 0 AS mark_of_query"]
    lines = [" ".join(statement.split("\n")) + ";\n" for statement in statements]
    done = subprocess.run(
        [os.environ["VLTAVA"], "sql"],
        input="".join(lines),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    _, *parts = MARK.split(done.stdout)
    whole = [_answer(part) for part in parts[: len(queries)]]
    if len(parts) <= len(queries):
        # The last part has no mark.
        output = parts[-1] if parts else done.stdout
        failed = CONDITION.search(output)
        whole[-1:] = [_answer(output) if failed else {"error": "CRASH", "message": output[-2000:]}]
    return whole


def _answer(output):
    condition = CONDITION.search(output)
    if condition:
        return {"error": condition[1], "message": output.strip()}
    tables = TABLE.findall(output)
    if len(tables) < 2:
        return {"error": "NO CONDITION", "message": output.strip()}
    columns = [line[1:-1].rsplit("|", 2)[:2] for line in tables[-2].splitlines()[3:-1]]
    return {"types": [[name.rstrip(), data_type.rstrip()] for name, data_type in columns], "text": tables[-1]}
