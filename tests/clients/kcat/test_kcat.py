"""kcat, with the command lines that people type."""

import json
import re
import subprocess
import time


def kcat(bootstrap, *arguments, stdin=None):
    done = subprocess.run(
        ["kcat", "-b", bootstrap, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_metadata_lists_broker_and_topics(bootstrap, unique):
    kcat(bootstrap, "-P", "-t", unique, stdin="one\n")
    listing = kcat(bootstrap, "-L", "-t", unique)
    assert re.search(r"broker \d+ at \S+:\d+ \(controller\)", listing)
    assert f'topic "{unique}" with 1 partitions' in listing
    assert re.search(r"partition 0, leader \d+, replicas: \d+, isrs: \d+$", listing, re.M)


def test_records_are_produced_and_consumed(bootstrap, unique):
    kcat(bootstrap, "-P", "-t", unique, "-K:", stdin="a:1\nb:2\na:3\n")
    out = kcat(bootstrap, "-C", "-t", unique, "-e", "-q", "-f", "%k=%s@%o\n")
    assert out.splitlines() == ["a=1@0", "b=2@1", "a=3@2"]


def test_headers_nulls_and_timestamps(bootstrap, unique):
    before = int(time.time() * 1000)
    kcat(bootstrap, "-P", "-t", unique, "-K:", "-Z", "-H", "trace=42", stdin="gone:\n")
    (line,) = kcat(bootstrap, "-C", "-t", unique, "-e", "-q", "-J").splitlines()
    message = json.loads(line)
    assert message["payload"] is None and message["key"] == "gone"
    assert message["headers"] == ["trace", "42"]
    assert message["tstype"] == "create" and before - 1000 <= message["ts"] <= before + 60_000


def test_offsets_from_the_end_by_number_and_by_time(bootstrap, unique):
    kcat(bootstrap, "-P", "-t", unique, stdin="".join(f"{i}\n" for i in range(50)))
    time.sleep(0.05)
    split = int(time.time() * 1000)
    time.sleep(0.05)
    kcat(bootstrap, "-P", "-t", unique, stdin="late\n")

    def read(offset, *more):
        return kcat(bootstrap, "-C", "-t", unique, "-p", "0", "-o", offset, "-e", "-q", *more).split()

    assert read("-2") == ["49", "late"]
    assert read("48") == ["48", "49", "late"]
    assert read("beginning", "-c", "3") == ["0", "1", "2"]
    assert read(f"s@{split}") == ["late"]
    assert kcat(bootstrap, "-Q", "-t", f"{unique}:0:{split}").strip() == f"{unique} [0] offset 50"


def test_every_codec(bootstrap, unique):
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
        kcat(bootstrap, "-P", "-t", unique, "-z", codec, stdin=f"{codec}\n")
    out = kcat(bootstrap, "-C", "-t", unique, "-e", "-q")
    assert out.split() == ["none", "gzip", "snappy", "lz4", "zstd"]


def test_a_balanced_consumer_group(bootstrap, unique):
    kcat(bootstrap, "-P", "-t", unique, stdin="x\ny\n")
    out = kcat(bootstrap, "-q", "-e", "-X", "auto.offset.reset=earliest", "-G", f"group-{unique}", unique)
    assert out.split() == ["x", "y"]
    again = kcat(bootstrap, "-q", "-e", "-X", "auto.offset.reset=earliest", "-G", f"group-{unique}", unique)
    assert again == ""
