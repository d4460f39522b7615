#!/usr/bin/env python3
"""Compares the start of Vltava with the start of Apache Kafka with three thousand partitions, all with data, and the deletion of a topic.

    bench/partitions.py > report.md       (about four minutes; needs confluent-kafka and 1 GB below the temporary directory)

The binaries are named as for run.py; BEFORE is measured too if it is set. Each partition of a topic with PARTITIONS partitions gets a record of
1 KB. The server is stopped cleanly and started again. Then each partition gets ROUNDS_BEFORE_KILL records of 4 KB, and the server is killed with
kill -9 and started again. A client that is already running measures when the first request is answered, when a record in partition 0
is acknowledged, and when one record in every partition is. At the end a topic with 1,000 partitions, with a record in each, is created and deleted:
"answered" is the time of the response, "files removed" the time until no directory of the topic has its name any more.
RUN=vltava leaves Kafka out.
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


def produce(port, rounds, size, topic="t", partitions=PARTITIONS):
    """Produces to every partition; returns the seconds until the first and until the last acknowledgement."""
    producer = Producer({
        "bootstrap.servers": f"127.0.0.1:{port}", "acks": "all", "linger.ms": 0, "queue.buffering.max.messages": 1_000_000,
        "queue.buffering.max.kbytes": 1_000_000, "sticky.partitioning.linger.ms": 0, "retry.backoff.ms": 20,
        "log_level": 0, "reconnect.backoff.ms": 1, "reconnect.backoff.max.ms": 5, "topic.metadata.refresh.interval.ms": -1,
    })
    begun = time.monotonic()
    acknowledged = []

    def delivered(error, _):
        if error:
            sys.exit(f"not acknowledged: {error}")
        acknowledged.append(time.monotonic() - begun)

    value = os.urandom(size)
    for _ in range(rounds):
        for partition in range(partitions):
            producer.produce(topic, value, partition=partition, on_delivery=delivered)
            producer.poll(0)
    producer.flush()
    assert len(acknowledged) == rounds * partitions
    return acknowledged[0], acknowledged[-1]


def usage(server):
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
    found.update(usage(server))
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
    deleted = delete(server)
    server.stop()
    return {"after a clean stop": clean, "after kill -9": killed, "deletion": deleted}


def delete(server):
    """Creates a topic with 1,000 partitions, writes to each, and deletes it; returns the seconds."""
    admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{server.port}", "log_level": 0})
    admin.create_topics([NewTopic("d", 1000, 1)])["d"].result(120)
    produce(server.port, 1, 1024, "d", 1000)
    begun = time.monotonic()
    admin.delete_topics(["d"], operation_timeout=120, request_timeout=120)["d"].result(120)
    answered = time.monotonic() - begun
    data = server.directory / "data"
    while any(name.startswith("d-") and not name.endswith("-delete") for name in os.listdir(data)):
        time.sleep(0.002)
        if time.monotonic() - begun > 120:
            sys.exit(f"{server.name} does not remove the files of a deleted topic")
    return {"1,000 partitions, answered, s": answered, "… files removed, s": time.monotonic() - begun}


def main():
    results = {}
    for name, start, port in [("Kafka", run.kafka, 29392), ("Vltava", run.vltava, 29492), ("before", run.before, 29592)]:
        if name.lower() in RUN or (name == "before" and run.BEFORE):
            directory = pathlib.Path(tempfile.mkdtemp(prefix="vltava-bench-"))
            results[name] = measure(start, directory, port)
    print(f"| {PARTITIONS} partitions | figure | {' | '.join(results)} |\n| --- | --- {'| --- ' * len(results)}|")
    for how in ["after a clean stop", "after kill -9", "deletion"]:
        for figure in next(iter(results.values()))[how]:
            print(f"| {how} | {figure} | " + " | ".join(run.show(result[how][figure], 3) for result in results.values()) + " |")


main()
