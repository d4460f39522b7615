"""Apache Kafka's own command-line tools, unchanged, as scripts call them.

KAFKA_LIBS names the folder with the jars of java/pom.xml; DATA_DIR the server's data directory, which the
dump-log tests read.
"""

import os
import pathlib
import re

import pytest
from kafka_tools import DUMP, LIBS, run

pytestmark = pytest.mark.skipif(not LIBS, reason="KAFKA_LIBS does not name the folder of Kafka's jars")

TOPICS = "org.apache.kafka.tools.TopicCommand"
PRODUCER = "org.apache.kafka.tools.ConsoleProducer"
CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"
GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
CONFIGS = "kafka.admin.ConfigCommand"
OFFSETS = "org.apache.kafka.tools.GetOffsetShell"
DELETE_RECORDS = "org.apache.kafka.tools.DeleteRecordsCommand"
VERSIONS = "org.apache.kafka.tools.BrokerApiVersionsCommand"


@pytest.fixture
def tool(bootstrap):
    return lambda name, *arguments, **kw: run(name, "--bootstrap-server", bootstrap, *arguments, **kw)


def test_topics_are_created_described_altered_and_deleted(tool, unique):
    created = tool(TOPICS, "--create", "--topic", unique, "--partitions", "2", "--config", "retention.ms=90000")
    assert f"Created topic {unique}." in created
    first, *partitions = tool(TOPICS, "--describe", "--topic", unique).strip().splitlines()
    assert re.fullmatch(
        rf"Topic: {unique}\tTopicId: \S{{22}}\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: .*retention\.ms=90000.*",
        first,
    )
    for index, line in enumerate(partitions):
        assert re.fullmatch(
            rf"\tTopic: {unique}\tPartition: {index}\tLeader: (\d+)\tReplicas: \1\tIsr: \1\tElr: .*\tLastKnownElr: .*", line
        ), line
    tool(TOPICS, "--alter", "--topic", unique, "--partitions", "4")
    assert "PartitionCount: 4" in tool(TOPICS, "--describe", "--topic", unique)
    assert unique in tool(TOPICS, "--list").split()
    tool(TOPICS, "--create", "--topic", unique, code=1)
    tool(TOPICS, "--delete", "--topic", unique)
    assert unique not in tool(TOPICS, "--list").split()


def test_console_producer_and_consumer(tool, unique):
    tool(TOPICS, "--create", "--topic", unique)
    keyed = ["--reader-property", "parse.key=true", "--reader-property", "key.separator=:"]
    tool(PRODUCER, "--topic", unique, *keyed, "--compression-codec", "zstd", stdin="a:1\nb:2\nc:3\n")
    shown = ["--formatter-property", "print.key=true", "--formatter-property", "print.offset=true"]
    out = tool(CONSUMER, "--topic", unique, "--from-beginning", "--max-messages", "3", *shown)
    assert out.splitlines() == ["Offset:0\ta\t1", "Offset:1\tb\t2", "Offset:2\tc\t3"]
    out = tool(CONSUMER, "--topic", unique, "--partition", "0", "--offset", "2", "--max-messages", "1")
    assert out.splitlines() == ["3"]


def test_consumer_groups_show_lag_and_are_reset(tool, unique):
    tool(TOPICS, "--create", "--topic", unique)
    tool(PRODUCER, "--topic", unique, stdin="".join(f"{i}\n" for i in range(10)))
    group = f"g-{unique}"
    read = tool(CONSUMER, "--topic", unique, "--group", group, "--from-beginning", "--max-messages", "4")
    assert read.split() == ["0", "1", "2", "3"]
    assert group in tool(GROUPS, "--list").split()

    def row():
        lines = tool(GROUPS, "--describe", "--group", group).strip().splitlines()
        (line,) = [line for line in lines if line.startswith(group)]
        return line.split()[:6]

    assert row() == [group, unique, "0", "4", "10", "6"]
    assert "Empty" in tool(GROUPS, "--describe", "--group", group, "--state")
    reset = ["--reset-offsets", "--group", group, "--topic", unique]
    tool(GROUPS, *reset, "--to-offset", "7", "--execute")
    assert row() == [group, unique, "0", "7", "10", "3"]
    tool(GROUPS, "--delete", "--group", group)
    assert group not in tool(GROUPS, "--list").split()


def test_configs_are_described_and_altered(tool, unique):
    tool(TOPICS, "--create", "--topic", unique)
    topic = ["--entity-type", "topics", "--entity-name", unique]
    tool(CONFIGS, "--alter", *topic, "--add-config", "retention.ms=5000000,cleanup.policy=[compact,delete]")
    dynamic = tool(CONFIGS, "--describe", *topic)
    assert "retention.ms=5000000 sensitive=false" in dynamic
    assert "cleanup.policy=compact,delete sensitive=false" in dynamic
    everything = tool(CONFIGS, "--describe", "--all", *topic)
    assert "segment.bytes=1073741824 sensitive=false synonyms={DEFAULT_CONFIG:log.segment.bytes=1073741824}" in everything
    tool(CONFIGS, "--alter", *topic, "--delete-config", "retention.ms")
    assert "retention.ms=" not in tool(CONFIGS, "--describe", *topic)
    tool(CONFIGS, "--alter", *topic, "--add-config", "retention.ms=soon", code=1)
    broker = tool(CONFIGS, "--describe", "--all", "--entity-type", "brokers", "--entity-name", "1")
    assert "num.partitions=" in broker and "log.retention.hours=" in broker


def test_offsets_are_listed_and_records_deleted(tool, unique, tmp_path):
    tool(TOPICS, "--create", "--topic", unique)
    tool(PRODUCER, "--topic", unique, stdin="a\nb\nc\n")
    assert tool(OFFSETS, "--topic", unique).split() == [f"{unique}:0:3"]
    plan = tmp_path / "plan.json"
    plan.write_text('{"partitions":[{"topic":"%s","partition":0,"offset":2}],"version":1}' % unique)
    assert "low_watermark: 2" in tool(DELETE_RECORDS, "--offset-json-file", str(plan))
    assert tool(OFFSETS, "--topic", unique, "--time", "-2").split() == [f"{unique}:0:2"]


def test_the_api_versions_tool_reads_the_response(tool):
    out = tool(VERSIONS)
    assert re.search(r"Produce\(0\): 0 to \d+ \[usable: \d+\]", out)
    assert re.search(r"Fetch\(1\): 4 to \d+ \[usable: \d+\]", out)


@pytest.mark.skipif("DATA_DIR" not in os.environ, reason="DATA_DIR does not name the server's data directory")
@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_dump_log_reads_the_files_without_errors(tool, unique, codec):
    tool(TOPICS, "--create", "--topic", unique, "--config", "index.interval.bytes=100")
    tool(PRODUCER, "--topic", unique, "--compression-codec", codec, "--batch-size", "200",
         stdin="".join(f"value number {i} of this topic\n" for i in range(200)))
    directory = pathlib.Path(os.environ["DATA_DIR"]) / f"{unique}-0"
    log = run(DUMP, "--files", str(directory / ("0" * 20 + ".log")), "--print-data-log", "--deep-iteration")
    assert log.count("isvalid: true") > 3 and "isvalid: false" not in log
    assert log.count("payload: value number") == 200
    for index in ["index", "timeindex"]:
        out = run(DUMP, "--files", str(directory / ("0" * 20 + f".{index}")), "--verify-index-only")
        assert "Found" not in out and "mismatch" not in out.lower(), out


@pytest.mark.skipif("DATA_DIR" not in os.environ, reason="DATA_DIR does not name the server's data directory")
def test_dump_log_decodes_the_internal_topics(tool, unique):
    tool(TOPICS, "--create", "--topic", unique)
    tool(PRODUCER, "--topic", unique, stdin="a\n")
    group = f"g-{unique}"
    tool(CONSUMER, "--topic", unique, "--group", group, "--from-beginning", "--max-messages", "1")
    data = pathlib.Path(os.environ["DATA_DIR"])
    decoded = ""
    for log in sorted(data.glob("__consumer_offsets-*/*.log")):
        if log.stat().st_size:
            decoded += run(DUMP, "--files", str(log), "--offsets-decoder")
    assert f'"group":"{group}"' in decoded and f'"topic":"{unique}"' in decoded
    metadata = run(DUMP, "--files", str(data / "__cluster_metadata-0" / ("0" * 20 + ".log")), "--cluster-metadata-decoder")
    assert f'"name":"{unique}"' in metadata and "TOPIC_RECORD" in metadata and "PARTITION_RECORD" in metadata
