"""Asks Spark the queries of queries.sql and writes its answers to answers.txt.

    pip install pyspark==4.3.0 && python answers.py
"""

import pathlib
import re

from pyspark.sql import SparkSession

here = pathlib.Path(__file__).parent
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")
spark.sql((here / "table.sql").read_text())
with open(here / "answers.txt", "w") as out:
    for query in filter(None, (here / "queries.sql").read_text().splitlines()):
        try:
            frame = spark.sql(query)
            answer = frame.schema.simpleString() + "\n" + frame._jdf.showString(20, 0, False)
        except Exception as error:
            answer = re.match(r"\[[A-Z_.0-9]+\]", str(error)).group()
        out.write(f"-- {query}\n{answer.strip()}\n\n")
