"""The Java producer with its defaults, which are idempotent with five requests in flight, while the broker stops and
starts again: no acknowledged record is missing, no record is duplicated, and the order is kept.

VLTAVA names the binary under test, KAFKA_LIBS the folder with Kafka's jars.
"""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest
from kafka_tools import JAVA, LIBS

VLTAVA = os.environ.get("VLTAVA")
pytestmark = [
    pytest.mark.skipif(not LIBS, reason="KAFKA_LIBS does not name the folder of Kafka's jars"),
    pytest.mark.skipif(not VLTAVA, reason="VLTAVA does not name the binary under test"),
]

LOAD = str(pathlib.Path(__file__).with_name("IdempotentLoad.java"))
SECONDS = 12
RESTARTS = 4


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def serve(directory, port):
    listener = f"listeners=PLAINTEXT://127.0.0.1:{port}"
    server = subprocess.Popen(
        [VLTAVA, "serve", "--set", f"log.dirs={directory}", "--set", listener],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    for line in server.stdout:
        if line.startswith("listening on PLAINTEXT://"):
            return server
    raise AssertionError("the server did not start")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_idempotent_producer_writes_each_record_once_and_in_order(tmp_path, how, unique):
    port = free_port()
    server = serve(tmp_path, port)
    load = subprocess.Popen(
        [*JAVA, LOAD, f"127.0.0.1:{port}", unique, str(SECONDS)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        # The first seconds are the JVM's.
        time.sleep(3)
        for _ in range(RESTARTS):
            time.sleep(1.5)
            server.send_signal(how)
            server.wait(timeout=20)
            server = serve(tmp_path, port)
        printed, _ = load.communicate(timeout=60)
    finally:
        load.kill()
        server.kill()
        server.wait()
    found = re.search(r"acknowledged (\d+) missing (\d+) twice (\d+) inversions (\d+) errors (.*)", printed)
    assert found, printed
    assert int(found[1]) > 1000, printed
    assert found.groups()[1:] == ("0", "0", "0", "{}"), printed
