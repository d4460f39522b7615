"""A data directory moves from Apache Kafka to Vltava and back. Each server opens the directory that the other has closed.

`Moving.java` fills a broker with one of everything and shows everything that clients see of it; what is shown
before and after must be the same. VLTAVA names the binary under test, KAFKA_LIBS the folder with Kafka's jars.
"""

import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest
from kafka_tools import DUMP, JAVA, LIBS, run

VLTAVA = os.environ.get("VLTAVA")
pytestmark = [
    pytest.mark.skipif(not LIBS, reason="KAFKA_LIBS does not name the folder of Kafka's jars"),
    pytest.mark.skipif(not VLTAVA, reason="VLTAVA does not name the binary under test"),
]

MOVING = str(pathlib.Path(__file__).with_name("Moving.java"))

# Small coordinator topics, a cleaner with short pauses, and frequent metadata snapshots, so that the metadata log is cut as
# it would be after months.
SETTINGS = """process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
{quorum}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
group.initial.rebalance.delay.ms=0
log.cleaner.backoff.ms=300
metadata.log.max.record.bytes.between.snapshots=2000
metadata.log.segment.ms=3000
metadata.max.retention.ms=1000
"""


# The metadata quorum in two ways: voters in the metadata log, as in Kafka's quick start, and voters as a setting.
IN_LOG = "controller.quorum.bootstrap.servers=127.0.0.1:{}"
AS_SETTING = "controller.quorum.voters=1@127.0.0.1:{}"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Home:
    """A data directory and a configuration file that both servers use."""

    def __init__(self, directory, quorum):
        self.data = directory / "data"
        self.port, controller_port = free_port(), free_port()
        self.properties = directory / "server.properties"
        self.properties.write_text(SETTINGS.format(
            port=self.port, controller_port=controller_port, data=self.data, quorum=quorum.format(controller_port)
        ))
        self.output = directory / "server.log"
        self.process = None

    def kafka(self, *, new=False):
        if new:
            run("kafka.tools.StorageTool", "format", "--standalone", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", str(self.properties))
        return self.start([*JAVA, "-Xmx512m", "kafka.Kafka", str(self.properties)])

    def vltava(self):
        return self.start([VLTAVA, "serve", str(self.properties)])

    def start(self, command):
        with open(self.output, "w") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        for _ in range(600):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.1)
        raise AssertionError(f"not ready after a minute:\n{self.output.read_text()}")

    def moving(self, command, *arguments):
        return run(MOVING, command, f"127.0.0.1:{self.port}", *arguments)

    def show(self):
        return self.moving("show").splitlines()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        # Kafka ends with status 143 after SIGTERM.
        assert self.process.wait(60) in (0, 143), self.output.read_text()
        self.process = None


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    homes = []

    def make(name, quorum):
        homes.append(Home(tmp_path_factory.mktemp(name), quorum))
        return homes[-1]

    yield make
    for home in homes:
        if home.process:
            home.process.kill()
            home.process.wait()


@pytest.fixture(scope="module")
def from_kafka(home):
    """A running Kafka with data, and the output of its tools."""
    kafka = home("from-kafka", IN_LOG).kafka(new=True)
    kafka.moving("fill", "kafka", "transactions")
    return kafka, kafka.show()


def assert_same(shown, expected):
    """Compares without pytest's own diff, which takes minutes for thousands of lines."""
    missing = [line for line in expected if line not in set(shown)][:20]
    extra = [line for line in shown if line not in set(expected)][:20]
    assert shown == expected, "\n".join(["missing:", *missing, "extra:", *extra])


def assert_dump_log_is_content(data):
    files = [f for f in sorted(data.glob("*/*")) if re.search(r"\.(log|index|timeindex|txnindex|snapshot|checkpoint)$", f.name)]
    kinds = {f.suffix for f in files}
    assert {".log", ".index", ".timeindex", ".snapshot"} <= kinds
    out = run(DUMP, "--deep-iteration", "--files", ",".join(map(str, files)))
    assert out.count("isvalid: true") > 50
    for complaint in ["isvalid: false", "ismatch", "Found timestamp", "out of order", "corrupt", "invalid bytes"]:
        assert complaint not in out, re.findall(f".*{complaint}.*", out)


def test_the_output_covers_all_kinds_of_state(from_kafka):
    _, shown = from_kafka
    count = lambda start: sum(line.startswith(start) for line in shown)
    assert count("record read_uncommitted kafka-codecs") == 2000
    assert count("record read_uncommitted kafka-compacted") == 301
    # 6 of 18 transactions were aborted. One record is in an open transaction, and one follows it.
    assert count("record read_uncommitted kafka-transactions") == 18 * 50 + 2
    assert count("record read_committed kafka-transactions") == 12 * 50
    assert {f"group kafka-{name}" for name in ["altered", "classic", "consumer", "transactional"]} == {
        " ".join(line.split()[:2]) for line in shown if line.startswith("group")
    }
    assert "group kafka-transactional {kafka-transactions-0=11 }" in shown


def test_a_directory_of_vltava_opens_in_kafka(from_kafka, home):
    ours = home("from-vltava", AS_SETTING).vltava()
    ours.moving("fill", "vltava")
    expected = ours.show()
    assert sum(line.startswith("record read_committed vltava-compacted") for line in expected) == 301
    ours.stop()
    assert_dump_log_is_content(ours.data)
    ours.kafka()
    assert_same(ours.show(), expected)
    ours.stop()


def test_a_directory_of_kafka_opens_in_vltava_and_in_kafka_again(from_kafka):
    both, expected = from_kafka
    metadata = both.data / "__cluster_metadata-0"
    # Once a minute, Kafka deletes the old segments of its metadata log that lie below a snapshot.
    for _ in range(900):
        if not (metadata / ("0" * 20 + ".log")).exists():
            break
        time.sleep(0.1)
    assert not (metadata / ("0" * 20 + ".log")).exists(), "the metadata log is still whole"
    both.stop()

    both.vltava()
    assert_same(both.show(), expected)
    both.moving("fill", "between")
    expected = both.show()
    both.stop()
    assert_dump_log_is_content(both.data)

    both.kafka()
    assert_same(both.show(), expected)
    # Neither server assigns a producer id or a leader epoch that the other has assigned.
    both.moving("fill", "back", "transactions")
    both.stop()
