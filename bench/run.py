#!/usr/bin/env python3
"""Compares Vltava with Apache Kafka on this machine, in one run, and prints a Markdown report.

    bench/run.py > report.md          (about ten minutes; three rounds write some 40 GB below the temporary directory)

    VLTAVA      the release binary                     (default target/release/vltava)
    BEFORE      an earlier release binary, measured as well (optional)
    LOADGEN     the release binary of the load generator (default target/release/loadgen)
    KAFKA_LIBS  a folder with the jars of tests/clients/java/pom.xml
    ONLY        a regular expression: run only the workloads whose title matches

All servers run during the whole run. They run each workload in turn, for several rounds; the report has the medians and their ratios. Kafka is
warmed up first: a cold JVM is three times slower. Before each workload all written data is synced, so that no server pays for the data
of another one. The page cache is filled as well, because it is full on every machine that has run for a while: on a virtual machine the first use
of a free page costs a page fault of the host, five times the copy itself. CPU is the CPU of the whole server process. Compare the ratios, not
the absolute figures: the machine is small and its speed varies.

The last workload needs confluent-kafka: DeleteRecords and retention run during a load with a fixed rate.
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
import threading
import time

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = os.environ.get("SECONDS_EACH", "5")
VLTAVA = os.environ.get("VLTAVA", "target/release/vltava")
BEFORE = os.environ.get("BEFORE")
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

# The same load while records are deleted: small segments, so that retention deletes some every second.
DELETING = "20,000/s × 1 KB while DeleteRecords and retention run"
DELETING_CONFIG = ["segment.bytes=16777216", "retention.bytes=33554432", "file.delete.delay.ms=1000"]
SETTINGS = ["log.retention.check.interval.ms=1000", "log.initial.task.delay.ms=0"]


def fill_page_cache(directory):
    """Fills the free memory, except 512 MB, with pages of a sparse file. This needs no space on disk."""
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
    """Whether an ApiVersions request gets a response."""
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
    format_command = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(properties)]
    subprocess.run(format_command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Server("Kafka", [*java, "kafka.Kafka", str(properties)], port, directory)


def vltava(directory, port, settings=()):
    return serve("Vltava", VLTAVA, directory, port, settings)


def before(directory, port, settings=()):
    return serve("before", BEFORE, directory, port, settings)


def serve(name, binary, directory, port, settings):
    command = [binary, "serve", "--set", f"log.dirs={directory}/data", "--set", f"listeners=PLAINTEXT://127.0.0.1:{port}"]
    for setting in settings:
        command += ["--set", setting]
    return Server(name, command, port, directory)


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
    """Prints one row per figure. `runs` maps a column name to its results."""
    rows = [("records/s", ("records_per_second",)), ("CPU µs/record", ("server_cpu_us_per_record",)),
            ("p50 ms", ("latency_ms", "p50")), ("p99 ms", ("latency_ms", "p99")), ("p99.9 ms", ("latency_ms", "p999")),
            ("memory MB", ("server", "rss_mb"))]
    for figure, path in rows:
        values = {name: median(results, *path) for name, results in runs.items()}
        if all(v is None for v in values.values()):
            continue
        cells = [show(values.get(column)) for column in COLUMNS]
        cells += [ratio(values.get(ours), values.get(peer)) for ours, peer in RATIOS]
        print(f"| {title} | {figure} | {' | '.join(cells)} |")
        title = ""
    sys.stdout.flush()


COLUMNS = ["Kafka", "Kafka, synced", "Vltava, synced", "Vltava, unsynced"]
RATIOS = [("Vltava, synced", "Kafka"), ("Vltava, synced", "Kafka, synced")]
TITLES = ["Vltava synced / Kafka unsynced", "Vltava synced / Kafka synced"]
if BEFORE:
    COLUMNS += ["before, synced", "before, unsynced"]
    RATIOS += [("Vltava, synced", "before, synced"), ("Vltava, unsynced", "before, unsynced")]
    TITLES += ["synced: now / before", "unsynced: now / before"]


class Deleting:
    """Deletes the records of a topic from its start up to its high watermark, five times per second."""

    def __init__(self, server, topic):
        from confluent_kafka import TopicPartition
        from confluent_kafka.admin import AdminClient

        self.admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{server.port}", "log_level": 0})
        # Offset -1 is the high watermark.
        self.partitions = [TopicPartition(topic, partition, -1) for partition in range(4)]
        self.stop = threading.Event()
        self.requests = 0
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop.wait(0.2):
            try:
                for future in self.admin.delete_records(self.partitions).values():
                    future.result(10)
                self.requests += 1
            except Exception:
                # The topic is created by the load.
                continue

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        if self.requests == 0:
            sys.exit("no DeleteRecords request succeeded")


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="vltava-bench-"))
    kinds = {"Kafka": (kafka, 29192), "Vltava": (vltava, 29292)}
    if BEFORE:
        kinds["before"] = (before, 29392)
    servers = {}
    for name, (start, port) in kinds.items():
        (work / name).mkdir()
        servers[name] = start(work / name, port, SETTINGS)
    print(f"| | {' | '.join(servers)} | Vltava / Kafka |\n| --- {'| --- ' * len(servers)}| --- |")

    def row(title, values, digits):
        print(f"| {title} | {' | '.join(show(value, digits) for value in values)} | {values[1] / values[0]:.3f} |")

    row("start to first answer, s", [s.start_seconds for s in servers.values()], 3)
    time.sleep(5)
    idle = [s.status() for s in servers.values()]
    for key, name in [("rss_mb", "idle memory, MB"), ("threads", "threads")]:
        row(name, [status[key] for status in idle], 0)
    print()
    produce = [workload for workload in PRODUCE if ONLY.search(workload[0])]
    for warm_up in range(2):
        for number, (_, arguments) in enumerate(produce or PRODUCE[-1:]):
            servers["Kafka"].load(f"warm-{warm_up}-{number}", arguments, SECONDS)
    print(f"| workload | figure | {' | '.join(COLUMNS + TITLES)} |")
    print("| --- | --- " + "| --- " * len(COLUMNS + TITLES) + "|")

    def load(number, turn, place, column, arguments, deletes=False):
        server = servers[column.split(",")[0]]
        flush = SYNC if column.endswith(", synced") else NO_SYNC
        # Use a new name each time: Kafka deletes the files of a topic long after the request.
        topic = f"p{number}-{turn}-{place}"
        arguments = [*arguments, "--config", flush]
        if not deletes:
            return server.load(topic, arguments)
        for config in DELETING_CONFIG:
            arguments += ["--config", config]
        with Deleting(server, topic):
            return server.load(topic, arguments)

    for number, (title, arguments) in enumerate(produce):
        runs = {column: [] for column in COLUMNS}
        for turn in range(ROUNDS):
            for place, column in enumerate(COLUMNS):
                runs[column].append(load(number, turn, place, column, arguments))
        compare(title, runs)
    if ONLY.search(DELETING):
        runs = {column: [] for column in COLUMNS}
        for turn in range(ROUNDS):
            for place, column in enumerate(COLUMNS):
                runs[column].append(load("deleting", turn, place, column, ["paced"], deletes=True))
        compare(DELETING, runs)
    for title, size, count in [("fetch 100 B", "100", "2000"), ("fetch 1 KB", "1024", "200")]:
        if not ONLY.search(title):
            continue
        runs = {column: [] for column in COLUMNS if column in ("Kafka", "Vltava, synced", "before, synced")}
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
