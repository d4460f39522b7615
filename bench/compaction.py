#!/usr/bin/env python3
"""Compares Vltava's log cleaner with Apache Kafka's: megabytes cleaned per CPU second of the cleaner thread.

    bench/compaction.py > report.md       (about eight minutes; needs 4 GB below the temporary directory)

The binaries are named as for run.py; BEFORE is measured too if it is set. In each server the topic of a codec gets the same records
(`loadgen fill`). It may be compacted from a fixed time on, when it is full. The cleaner cleans everything except the
active segment. Kafka's thread is warmed up with one topic per codec; that is not counted. All servers run, but
they work in turn.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import run

CODECS = os.environ.get("CODECS", "none lz4 zstd").split()
ROUNDS = int(os.environ.get("ROUNDS", "3"))
MEGABYTES = os.environ.get("MEGABYTES", "200")
# Long enough to fill a topic.
LAG_SECONDS = 25
# Kafka's cleaner waits 15 s by default.
SETTINGS = ["log.cleaner.backoff.ms=200"]
TICKS = os.sysconf("SC_CLK_TCK")
# The kernel cuts thread names at 15 characters.
CLEANERS = {"Kafka": "kafka-log-clean", "Vltava": "log-cleaner", "before": "log-cleaner"}


def cleaner_cpu(server):
    """Seconds of CPU that the cleaner's threads have used."""
    seconds = 0
    for task in pathlib.Path(f"/proc/{server.process.pid}/task").iterdir():
        if (task / "comm").read_text().strip() == CLEANERS[server.name]:
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            seconds += (int(fields[11]) + int(fields[12])) / TICKS
    return seconds


def cleaner_point(server, topic):
    checkpoint = server.directory / "data" / "cleaner-offset-checkpoint"
    if checkpoint.exists():
        for line in checkpoint.read_text().splitlines()[2:]:
            name, _, offset = line.split()
            if name == topic:
                return int(offset)
    return 0


def segments(server, topic):
    """Base offset and size of the segments, the active one last."""
    logs = sorted((server.directory / "data" / f"{topic}-0").glob("*.log"))
    return [(int(log.stem), log.stat().st_size) for log in logs]


def clean(server, topic, codec):
    configs = {
        "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01", "segment.bytes": "33554432",
        "min.compaction.lag.ms": str(LAG_SECONDS * 1000), "flush.messages": "9223372036854775807",
    }
    command = [run.LOADGEN, "fill", "--bootstrap", f"127.0.0.1:{server.port}", "--topic", topic,
               "--megabytes", MEGABYTES, "--compression", codec]
    for name, value in configs.items():
        command += ["--config", f"{name}={value}"]
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=120)
    if time.monotonic() - begun > LAG_SECONDS:
        sys.exit(f"filling took longer than {LAG_SECONDS} s: what was cleaned meanwhile is not counted")
    cpu = cleaner_cpu(server)
    found = segments(server, topic)
    before, active = sum(size for _, size in found[:-1]), found[-1][0]
    # On a busy machine this takes so long that cleaning begins meanwhile.
    run.fill_page_cache(server.directory)
    while cleaner_point(server, topic) < active:
        time.sleep(0.1)
        if time.monotonic() - begun > 120:
            sys.exit(f"{server.name} does not compact {topic}")
    # The checkpoint is written at the end of a pass; old files are deleted after it.
    time.sleep(0.5)
    after = sum(size for base, size in segments(server, topic) if base < active)
    return {"mb": before / 1e6, "left": after / before, "mb_per_cpu_s": before / 1e6 / (cleaner_cpu(server) - cpu)}


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="vltava-bench-"))
    kinds = [("kafka", run.kafka, 29192), ("vltava", run.vltava, 29292)] + ([("before", run.before, 29392)] if run.BEFORE else [])
    servers = []
    for name, start, port in kinds:
        (work / name).mkdir()
        servers.append(start(work / name, port, SETTINGS))
    try:
        compare(servers)
    finally:
        for server in servers:
            server.stop()
    work.rmdir()


def compare(servers):
    for codec in CODECS:
        clean(servers[0], f"warm-{codec}", codec)
    names = [server.name for server in servers]
    print(f"| codec | MB | {' | '.join(f'left, {n}' for n in names)} | {' | '.join(f'{n}, MB per CPU s' for n in names)} | Vltava / Kafka |")
    print("| --- | --- " + "| --- " * (2 * len(names) + 1) + "|")
    for codec in CODECS:
        results = {server.name: [clean(server, f"{codec}-{turn}", codec) for turn in range(ROUNDS)] for server in servers}
        median = {name: {key: statistics.median(r[key] for r in of) for key in of[0]} for name, of in results.items()}
        cells = [f"{median[n]['left']:.2f}" for n in names] + [f"{median[n]['mb_per_cpu_s']:.0f}" for n in names]
        ratio = median["Vltava"]["mb_per_cpu_s"] / median["Kafka"]["mb_per_cpu_s"]
        print(f"| {codec} | {median['Vltava']['mb']:.0f} | {' | '.join(cells)} | {ratio:.1f} |", flush=True)


main()
