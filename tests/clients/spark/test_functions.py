"""Compares with Spark: the examples in the documentation of its functions give the same names, types and rows.

The examples are those of the installed PySpark. VLTAVA names the binary under test.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

import pytest
import vltava_shell

HERE = pathlib.Path(__file__).parent

# The share of the examples that must be equal.
FLOOR = 0.985

# Families of functions that the engine does not have.
MISSING_FAMILIES = {
    "avro_funcs",
    "protobuf_funcs",
    "sketch_funcs",
    "st_funcs",
    "variant_funcs",
    "vector_funcs",
    "xml_funcs",
}
# Their functions in other families; `SHOW FUNCTIONS` has aliases of them without a family.
MISSING_FUNCTIONS = re.compile(
    r"(hll|theta|kll|tuple|approx_top_k|count_min|vector|schema_of_variant)_?|.*(variant|parse_json|xml|xpath|avro|protobuf|sketch)"
    r"|st_|collat"
)
# What is random, or depends on when it runs: only the types are compared.
ANOTHER_EACH_TIME = re.compile(
    r"SELECT ((rand|randn|random|uuid|now|current_timestamp|localtimestamp|current_time|localtime|unix_timestamp"
    r"|current_date|curdate)(\(\d?\)|\(1\+1\))?|shuffle\(array\([^)]*\)\)"
    r"|(hex|base64)\(aes_encrypt\('[^']*', '[^']*'(, '(GCM|CBC)'(, 'DEFAULT')?)?\)\))$"
)


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    file = tmp_path_factory.mktemp("examples") / "examples.json"
    command = [sys.executable, HERE / "spark_examples.py", file]
    subprocess.run(command, capture_output=True, timeout=900, check=True)
    return [example for example in json.loads(file.read_text()) if not is_missing(example)]


def is_missing(example):
    return example["family"] in MISSING_FAMILIES or MISSING_FUNCTIONS.match(example["function"])


def same(query, spark, ours):
    if "error" in spark or "error" in ours:
        # Java's own exceptions have no condition.
        return "error" in ours and spark.get("error") in ("NO CONDITION", ours["error"])
    if spark["types"] != ours["types"]:
        return False
    if ANOTHER_EACH_TIME.match(query):
        return True
    # Without ORDER BY the rows may come in any order.
    rows = str.splitlines if "ORDER BY" in query else lambda text: sorted(text.splitlines())
    return rows(spark["text"]) == rows(ours["text"])


def test_documented_examples_are_equal(examples):
    assert len(examples) > 1000
    answers = vltava_shell.answers([example["query"] for example in examples])
    families = collections.defaultdict(list)
    for example, ours in zip(examples, answers, strict=True):
        is_same = same(example["query"], example["answer"], ours)
        families[example["family"]].append(is_same)
        if not is_same:
            print(f"{example['query']}\n  Spark: {shown(example['answer'])}\n  ours:  {shown(ours)}")
    for family, equal in sorted(families.items()):
        print(f"{family}: {sum(equal)} of {len(equal)}")
    equal = sum(sum(equal) for equal in families.values())
    print(f"all: {equal} of {len(examples)}, {equal / len(examples):.1%}")
    assert equal / len(examples) >= FLOOR, "fewer examples are equal than before"


def shown(answer):
    return answer.get("message", "")[-300:] if "error" in answer else f"{answer['types']}\n{answer['text']}"
