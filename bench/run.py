#!/usr/bin/env python3
"""Measures Vltava beside Apache Kafka on this machine, in one run, and prints a Markdown report.

    bench/run.py > report.md          (about ten minutes; three rounds write some 40 GB below the temporary directory)

    VLTAVA      the release binary                     (default target/release/vltava)
    LOADGEN     the load generator's release binary    (default target/release/loadgen)
    KAFKA_LIBS  a folder with the jars of tests/clients/java/pom.xml
    ONLY        a regular expression: only the works whose title it matches

Both servers are up during the whole run; every work is given to each in turn, several rounds, and the medians are
printed with the ratio Vltava / Kafka. Kafka is warmed up first: a cold JVM is three times slower. Before each work
everything written is synced: what one has left in the page cache is not the other's burden. And the page cache is
filled, as it is on every machine that has run for a while: on a virtual one the first touch of memory that was free costs
the host's page fault, five times the copy itself, and that is not the servers' doing. CPU is that of the server's whole
process. Read ratios, not absolute figures: the machine is small and noisy.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = os.environ.get("SECONDS_EACH", "5")
VLTAVA = os.environ.get("VLTAVA", "target/release/vltava")
LOADGEN = os.environ.get("LOADGEN", "target/release/loadgen")
KAFKA_LIBS = os.environ.get("KAFKA_LIBS", os.path.expanduser("~/.cache/vltava-clients/kafka-4.3.1"))

ONLY = re.compile(os.environ.get("ONLY", ""))

NO_SYNC = "flush.messages=9223372036854775807"
SYNC = "flush.messages=1"

# name, loadgen arguments
PRODUCE = [
    ("produce 100 B × 2,000, 4 partitions, 2 connections", ["produce"]),
    (
        "produce 1 KB × 200, 4 partitions, 2 connections",
        ["produce", "--record-bytes", "1024", "--batch-records", "200"],
    ),
    (
        "produce 1 KB × 10, keyed, 100 partitions, 50 connections",
        ["produce", "--record-bytes", "1024", "--batch-records", "10", "--keyed", "--partitions", "100",
         "--connections", "50"],
    ),
    ("20,000/s × 1 KB, 4 connections, no linger", ["paced"]),
]


def fill_page_cache(directory):
    """Takes what memory is free, but for 512 MB, with the pages of a sparse file, which costs no disk."""
    meminfo = pathlib.Path("/proc/meminfo").read_text()
    free = int(re.search(r"MemFree: +(\d+)", meminfo)[1]) << 10
    with open(directory / "page-cache", "a+b", buffering=0) as file:
        begin = file.seek(0, os.SEEK_END)
        file.truncate(begin + max(free - (512 << 20), 0))
        while file.read(1 << 20):
            pass


class Server:
    """A broker process with a data directory of its own."""

    def __init__(self, name, command, port, directory):
        self.name, self.port, self.directory = name, port, directory
        self.log = open(directory / "server.log", "w")
        begun = time.monotonic()
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        while not answers(port):
            if self.process.poll() is not None or time.monotonic() - begun > 60:
                sys.exit(f"{name} did not start: see {directory}/server.log")
            time.sleep(0.002)
        self.start_seconds = time.monotonic() - begun

    def status(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        field = lambda name: int(next(l for l in text.splitlines() if l.startswith(name)).split()[1])
        return {"rss_mb": field("VmRSS:") // 1024, "threads": field("Threads:")}

    def load(self, topic, arguments, seconds=SECONDS, warmup="2"):
        command = [LOADGEN, *arguments, "--bootstrap", f"127.0.0.1:{self.port}", "--topic", topic,
                   "--pid", str(self.process.pid), "--seconds", seconds, "--warmup", warmup]
        os.sync()
        fill_page_cache(self.directory)
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            print(f"{self.name}: {' '.join(arguments)}: {done.stderr.strip()}", file=sys.stderr)
            return None
        return json.loads(done.stdout)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        shutil.rmtree(self.directory)


def answers(port):
    """Whether an ApiVersions request gets its answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as s:
            s.sendall(struct.pack(">ihhih", 10, 18, 0, 7, -1))
            return struct.unpack(">ii", s.recv(8))[1] == 7
    except (OSError, struct.error):
        return False


def kafka(directory, port, settings=()):
    properties = directory / "server.properties"
    properties.write_text(f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{port + 1}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{port + 1}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={directory}/data
offsets.topic.replication.factor=1
""" + "\n".join(settings))
    java = ["java", "-Xmx1g", "-Xms1g", "-XX:+UseG1GC", "-cp", f"{KAFKA_LIBS}/*"]
    format_command = [*java, "kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(properties)]
    subprocess.run(format_command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Server("Kafka", [*java, "kafka.Kafka", str(properties)], port, directory)


def vltava(directory, port, settings=()):
    command = [VLTAVA, "serve", "--set", f"log.dirs={directory}/data",
               "--set", f"listeners=PLAINTEXT://127.0.0.1:{port}"]
    for setting in settings:
        command += ["--set", setting]
    return Server("Vltava", command, port, directory)


def median(results, *path):
    values = []
    for result in results:
        for key in path:
            result = result and result.get(key)
        if result is not None:
            values.append(result)
    return statistics.median(values) if values else None


def show(value, digits=2):
    if value is None:
        return "–"
    if value >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def ratio(a, b):
    return "–" if not a or not b else f"{a / b:.2f}"


def compare(title, runs):
    """Prints a row per figure. `runs` maps column name to results; the last column is ours."""
    rows = [("records/s", ("records_per_second",)), ("CPU µs/record", ("server_cpu_us_per_record",)),
            ("p50 ms", ("latency_ms", "p50")), ("p99 ms", ("latency_ms", "p99")), ("p99.9 ms", ("latency_ms", "p999")),
            ("memory MB", ("server", "rss_mb"))]
    for figure, path in rows:
        values = {name: median(results, *path) for name, results in runs.items()}
        if all(v is None for v in values.values()):
            continue
        kafka_no_sync, ours = values.get("Kafka"), values.get("Vltava, synced")
        cells = " | ".join(show(values.get(c)) for c in COLUMNS)
        print(f"| {title} | {figure} | {cells} | {ratio(ours, kafka_no_sync)} | {ratio(ours, values.get('Kafka, synced'))} |")
        title = ""
    sys.stdout.flush()


COLUMNS = ["Kafka", "Kafka, synced", "Vltava, synced", "Vltava, unsynced"]


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="vltava-bench-"))
    for name in ["kafka", "vltava"]:
        (work / name).mkdir()
    servers = {"Kafka": kafka(work / "kafka", 29192), "Vltava": vltava(work / "vltava", 29292)}
    print("| | Kafka | Vltava | ratio |\n| --- | --- | --- | --- |")
    start = [s.start_seconds for s in servers.values()]
    print(f"| start to first answer, s | {start[0]:.2f} | {start[1]:.3f} | {start[1] / start[0]:.3f} |")
    time.sleep(5)
    idle = [s.status() for s in servers.values()]
    for key, name in [("rss_mb", "idle memory, MB"), ("threads", "threads")]:
        print(f"| {name} | {idle[0][key]} | {idle[1][key]} | {idle[1][key] / idle[0][key]:.3f} |")
    print()
    produce = [work for work in PRODUCE if ONLY.search(work[0])]
    for warm_up in range(2):
        for number, (_, arguments) in enumerate(produce):
            servers["Kafka"].load(f"warm-{warm_up}-{number}", arguments, SECONDS)
    print(f"| work | figure | {' | '.join(COLUMNS)} | ours / Kafka | ours / Kafka synced |")
    print("| --- | --- " * 1 + "| --- " * (len(COLUMNS) + 2) + "|")
    for number, (title, arguments) in enumerate(produce):
        runs = {column: [] for column in COLUMNS}
        for turn in range(ROUNDS):
            for place, column in enumerate(COLUMNS):
                server = servers[column.split(",")[0]]
                flush = SYNC if column.endswith(", synced") else NO_SYNC
                # A new name each time: Kafka deletes a topic long after it has said so.
                topic = f"p{number}-{turn}-{place}"
                runs[column].append(server.load(topic, [*arguments, "--config", flush]))
        compare(title, runs)
    for title, size, count in [("fetch 100 B", "100", "2000"), ("fetch 1 KB", "1024", "200")]:
        if not ONLY.search(title):
            continue
        runs = {"Kafka": [], "Vltava, synced": []}
        for server in servers.values():
            server.load(f"f{size}", ["produce", "--record-bytes", size, "--batch-records", count, "--config", NO_SYNC], "3", "0")
        for _ in range(ROUNDS):
            for column, results in runs.items():
                results.append(servers[column.split(",")[0]].load(f"f{size}", ["fetch"]))
        compare(title, runs)
    for server in servers.values():
        server.stop()
    work.rmdir()


if __name__ == "__main__":
    main()
