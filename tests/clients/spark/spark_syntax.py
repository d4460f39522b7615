"""Parses the statements of a file with Spark, one a line, and prints what Spark says of each as JSON.

usage: spark_syntax.py statements.sql
"""

import json
import pathlib
import re
import sys

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession


def said(parser, statement):
    """None if the statement is parsed; else condition, line and position from 0, and message."""
    try:
        parser.parsePlan(statement)
    except (PySparkException, Py4JJavaError) as error:
        text = str(error)
        message = re.search(r"\[([A-Z_0-9.]+)\] (.*?)\s*SQLSTATE", text, re.S)
        syntax = re.search(r"\(line (\d+), pos (\d+)\)", text)
        context = re.search(r"== SQL \(line (\d+), position (\d+)\) ==", text)
        if syntax:
            place = int(syntax[1]), int(syntax[2])
        else:
            place = (int(context[1]), int(context[2]) - 1) if context else None
        return {"condition": message and message[1], "place": place, "message": message and message[2]}
    return None


session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
session.sparkContext.setLogLevel("OFF")
sql_parser = session._jsparkSession.sessionState().sqlParser()  # noqa: SLF001
lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
print(json.dumps([said(sql_parser, line) for line in lines]))
