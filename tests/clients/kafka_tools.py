"""Apache Kafka's own programs, from the jars that KAFKA_LIBS names."""

import os
import subprocess

LIBS = os.environ.get("KAFKA_LIBS")

# The least a JVM can do at start-up: these are short-lived programs.
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp", f"{LIBS}/*"]

DUMP = "org.apache.kafka.tools.DumpLogSegments"


def run(tool, *arguments, stdin=None, code=0):
    """Runs a tool (a class or a source file) and returns its output."""
    done = subprocess.run(
        [*JAVA, tool, *arguments], input=stdin, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, f"{tool} {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
