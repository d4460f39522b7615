"""Writes the examples in Spark's documentation of its functions, with Spark's answers, to a file as JSON.

usage: spark_examples.py examples.json

Each has `function`, `family` (the group in Spark's documentation), `query` and `answer` (see `vltava_shell.answers`).
"""

import json
import pathlib
import re
import sys

import spark_shell

EXAMPLE = re.compile(r"> ((?:SELECT|FROM|WITH|VALUES)\b.*?);\n", re.S)


def examples(spark):
    infos = spark._jvm.org.apache.spark.sql.api.python.PythonSQLUtils.listBuiltinFunctionInfos()  # noqa: SLF001
    families = {info.getName(): info.getGroup() for info in infos}
    for (name,) in spark.sql("SHOW FUNCTIONS").collect():
        text = "\n".join(line for (line,) in spark.sql(f"DESCRIBE FUNCTION EXTENDED `{name}`").collect()) + "\n"
        for query in EXAMPLE.findall(text):
            yield {"function": name, "family": families.get(name, "operators"), "query": query.strip()}


if __name__ == "__main__":
    session = spark_shell.session()
    found = list(examples(session))
    for example in found:
        example["answer"] = spark_shell.answer(session, example["query"])
    pathlib.Path(sys.argv[1]).write_text(json.dumps(found))
