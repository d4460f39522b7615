"""Asks Spark 4.3 the statements of catalogue/*.txt again, and writes its answers into the files.

    catalogue.py [NAME..]

In a transcript, a statement begins with "> " and ends with ";" at the end of a line. What follows it is Spark's answer:
a table, or the message of an error up to its SQLSTATE. "-- ours: reason" stands before another answer, that of our
engine. Other lines that begin with "--" are comments; "-- restart" ends the session. "{dir}" is a directory that is
empty at the beginning of the transcript; the warehouse is in it.
"""

import pathlib
import re
import shutil
import sys
import tempfile

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

TRANSCRIPTS = pathlib.Path(__file__).with_name("catalogue")

# What differs from run to run.
CHANGING = [
    (re.compile(r"((?:Created|Create) Time:?\s*\|)[^|]*\|"), r"\1<time>|"),
    (re.compile(r"(Last Access\s*\|)[^|]*\|"), r"\1<time>|"),
    (re.compile(r"(Created By\s*\|)[^|]*\|"), r"\1<program>|"),
    (re.compile(r"(Owner:?\s*\|)[^|]*\|"), r"\1<user>|"),
    (re.compile(r"\|(Create Time:\s*)\w[^|]*\|"), r"|\1<time>|"),
    (re.compile(r"\|(Owner:\s*)\w[^|]*\|"), r"|\1<user>|"),
]


def blocks(text):
    """The parts of a transcript: comments, statements, and answers of our engine; without those of Spark."""
    statement, ours = [], None
    for line in text.splitlines():
        if ours is not None and not line.startswith(("> ", "--")):
            ours.append(line)
            continue
        if ours is not None:
            yield "comment", "\n".join(ours)
            ours = None
        if statement or line.startswith("> "):
            statement.append(line.removeprefix("> "))
            if line.endswith(";"):
                yield "statement", "\n".join(statement)
                statement = []
        elif line.startswith("-- ours: "):
            ours = [line]
        elif line.startswith("--"):
            yield "comment", line
    if ours is not None:
        yield "comment", "\n".join(ours)


def shown(text, directory):
    """An answer without what differs from run to run."""
    text = text.replace(str(directory), "{dir}")
    changes = "{dir}" in text or re.search("Created? Time", text)
    lines = []
    for line in text.splitlines():
        for pattern, replacement in CHANGING:
            line = pattern.sub(replacement, line)
        # The widths of columns depend on the directory.
        if changes or re.search("<time>|<user>|<program>", line):
            line = re.sub(r" +\|", "|", line)
            line = re.sub(r"\| +", "|", line)
            line = re.sub(r"-{3,}", "---", line)
        lines.append(line.rstrip())
    return "\n".join(lines)


def answer(session, statement, directory):
    try:
        frame = session.sql(statement.replace("{dir}", str(directory)).rstrip(";"))
        if not frame.columns:
            return ""
        return shown(frame._jdf.showString(1000, 0, False), directory)
    except PySparkException as error:
        return failure(str(error).strip(), directory)
    except Py4JJavaError as error:
        # Java exceptions that PySpark has no class for.
        return failure(str(error.java_exception.getMessage()).strip(), directory)


def failure(text, directory):
    """The message of an error, up to its SQLSTATE; its first line if it has none."""
    end = re.search(r"SQLSTATE: \w{5}", text)
    return shown(text[: end.end()] if end else text.splitlines()[0], directory)


def run(spark, text, directory):
    session = spark.newSession()
    lines = []
    for kind, block in blocks(text):
        if kind == "comment":
            lines.append(block)
            if block.startswith("-- restart"):
                session = spark.newSession()
            continue
        lines.append("> " + block)
        if said := answer(session, block, directory):
            lines.append(said)
    return "\n".join(lines) + "\n"


def clear(spark, directory):
    """Removes every table, function and database."""
    session = spark.newSession()
    for row in session.sql("SHOW DATABASES").collect():
        if row[0] != "default":
            session.sql(f"DROP DATABASE `{row[0]}` CASCADE")
    for row in session.sql("SHOW VIEWS").collect():
        session.sql(f"DROP VIEW `{row[1]}`")
    for row in session.sql("SHOW TABLES").collect():
        session.sql(f"DROP TABLE `{row[1]}`")
    for row in session.sql("SHOW USER FUNCTIONS").collect():
        session.sql("DROP FUNCTION " + ".".join(f"`{part}`" for part in row[0].split(".")))
    session.catalog.clearCache()
    for child in directory.iterdir():
        shutil.rmtree(child) if child.is_dir() else child.unlink()
    (directory / "warehouse").mkdir()


def main():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="vltava-"))
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC")
    builder = builder.config("spark.sql.warehouse.dir", str(directory / "warehouse"))
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    names = sys.argv[1:] or sorted(path.stem for path in TRANSCRIPTS.glob("*.txt"))
    for name in names:
        path = TRANSCRIPTS / f"{name}.txt"
        clear(spark, directory)
        path.write_text(run(spark, path.read_text(), directory))
    spark.stop()
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
