#!/usr/bin/env python3
"""Measures starting Vltava beside Apache Kafka with three thousand partitions, all with data.

    bench/partitions.py > report.md       (about four minutes; needs confluent-kafka and 1 GB below the temporary directory)

The binaries are named as for run.py. A topic of PARTITIONS partitions gets a record of 1 KB in each, then the server is
stopped in peace and started again, gets ROUNDS_BEFORE_KILL rounds of records of 4 KB in each, is killed with -9 and
started again. A client that is there before says when the first request is answered, when a record is acknowledged
in partition 0, and when one is in every partition. RUN=vltava leaves Kafka out.
"""

import os
import pathlib
import signal
import sys
import tempfile
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

import run

PARTITIONS = int(os.environ.get("PARTITIONS", "3000"))
ROUNDS_BEFORE_KILL = int(os.environ.get("ROUNDS_BEFORE_KILL", "20"))
RUN = os.environ.get("RUN", "kafka vltava").split()


def produce(port, rounds, size):
    """Records to every partition, acknowledged; seconds until the first was and until all were."""
    producer = Producer({
        "bootstrap.servers": f"127.0.0.1:{port}", "acks": "all", "linger.ms": 0, "queue.buffering.max.messages": 1_000_000,
        "queue.buffering.max.kbytes": 1_000_000, "sticky.partitioning.linger.ms": 0, "retry.backoff.ms": 20,
        "log_level": 0, "reconnect.backoff.ms": 1, "reconnect.backoff.max.ms": 5, "topic.metadata.refresh.interval.ms": -1,
    })
    begun = time.monotonic()
    acknowledged = []

    def told(error, _):
        if error:
            sys.exit(f"not acknowledged: {error}")
        acknowledged.append(time.monotonic() - begun)

    value = os.urandom(size)
    for _ in range(rounds):
        for partition in range(PARTITIONS):
            producer.produce("t", value, partition=partition, on_delivery=told)
            producer.poll(0)
    producer.flush()
    assert len(acknowledged) == rounds * PARTITIONS
    return acknowledged[0], acknowledged[-1]


def facts(server):
    process = pathlib.Path(f"/proc/{server.process.pid}")
    fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return {"memory, MB": server.status()["rss_mb"], "descriptors": len(list((process / "fd").iterdir())), "CPU seconds": cpu}


def started(start, directory, port, found):
    server = start(directory, port)
    first, all_of_them = produce(port, 1, 1024)
    found["start to first answer, s"] = server.start_seconds
    found["… to the first record acknowledged, s"] = server.start_seconds + first
    found["… to a record in every partition, s"] = server.start_seconds + all_of_them
    found.update(facts(server))
    return server


def measure(start, directory, port):
    server = start(directory, port)
    admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})
    admin.create_topics([NewTopic("t", PARTITIONS, 1)])["t"].result(120)
    del admin
    produce(port, 1, 1024)
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(120)
    clean, killed = {}, {}
    server = started(start, directory, port, clean)
    produce(port, ROUNDS_BEFORE_KILL, 4096)
    server.process.kill()
    server.process.wait()
    server = started(start, directory, port, killed)
    server.stop()
    return {"after a clean stop": clean, "after kill -9": killed}


def main():
    results = {}
    for name, start, port in [("Kafka", run.kafka, 29392), ("Vltava", run.vltava, 29492)]:
        if name.lower() in RUN:
            directory = pathlib.Path(tempfile.mkdtemp(prefix="vltava-bench-"))
            results[name] = measure(start, directory, port)
    print(f"| {PARTITIONS} partitions | figure | {' | '.join(results)} |\n| --- | --- {'| --- ' * len(results)}|")
    for how in ["after a clean stop", "after kill -9"]:
        for figure in next(iter(results.values()))[how]:
            print(f"| {how} | {figure} | " + " | ".join(run.show(result[how][figure], 3) for result in results.values()) + " |")


main()
