"""kafka-python: a client in pure Python, independent of librdkafka."""

import time

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import TopicAlreadyExistsError


@pytest.fixture
def admin(bootstrap):
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    yield client
    client.close()


@pytest.fixture
def topic(admin, unique):
    admin.create_topics([NewTopic(unique, num_partitions=2, replication_factor=1)])
    yield unique
    admin.delete_topics([unique])


@pytest.fixture
def consumer_of(bootstrap):
    opened = []

    def make(*topics, **config):
        settings = {"auto_offset_reset": "earliest", "enable_auto_commit": False, **config}
        consumer = KafkaConsumer(*topics, bootstrap_servers=bootstrap, **settings)
        opened.append(consumer)
        return consumer

    yield make
    for consumer in opened:
        consumer.close()


def send(bootstrap, topic, messages, **config):
    producer = KafkaProducer(bootstrap_servers=bootstrap, **config)
    futures = [producer.send(topic, key=key, value=value) for key, value in messages]
    producer.flush(30)
    where = [future.get(10) for future in futures]
    producer.close()
    return where


def read(consumer, count, seconds=30):
    messages, deadline = [], time.monotonic() + seconds
    while len(messages) < count and time.monotonic() < deadline:
        for batch in consumer.poll(timeout_ms=200).values():
            messages.extend(batch)
    assert len(messages) == count, f"{len(messages)} of {count} came"
    return messages


def eventually(condition, seconds=10):
    """Waits, because Kafka's brokers learn of a change after the controller has answered."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_every_compression(bootstrap, topic, consumer_of, codec):
    values = [b"payload %d " % i * 20 for i in range(200)]
    send(bootstrap, topic, [(None, v) for v in values], compression_type=codec, linger_ms=50)
    assert sorted(m.value for m in read(consumer_of(topic), 200)) == sorted(values)


def test_keys_choose_the_partition_and_records_keep_their_order(bootstrap, topic, consumer_of):
    sent = [(b"k%d" % (i % 5), b"%d" % i) for i in range(100)]
    send(bootstrap, topic, sent)
    by_key = {}
    for message in read(consumer_of(topic), 100):
        by_key.setdefault(message.key, []).append(message.value)
    for key in by_key:
        assert by_key[key] == [v for k, v in sent if k == key]


def test_headers_are_consumed_as_produced(bootstrap, topic, consumer_of):
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    producer.send(topic, value=b"v", headers=[("h", b"1"), ("h", b"2")]).get(10)
    producer.close()
    (message,) = read(consumer_of(topic), 1)
    assert [tuple(header) for header in message.headers] == [("h", b"1"), ("h", b"2")]


def test_seeking_to_beginning_end_offset_and_time(bootstrap, topic, consumer_of):
    start = int(time.time() * 1000) - 60_000
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    for i in range(30):
        producer.send(topic, value=b"%d" % i, partition=0, timestamp_ms=start + i * 1000)
    producer.flush(30)
    producer.close()
    tp = TopicPartition(topic, 0)
    consumer = consumer_of()
    consumer.assign([tp])
    assert consumer.beginning_offsets([tp]) == {tp: 0}
    assert consumer.end_offsets([tp]) == {tp: 30}
    consumer.seek(tp, 25)
    assert [m.offset for m in read(consumer, 5)] == [25, 26, 27, 28, 29]
    found = consumer.offsets_for_times({tp: start + 9_500})[tp]
    assert (found.offset, found.timestamp) == (10, start + 10_000)
    assert consumer.offsets_for_times({tp: start + 10**9})[tp] is None
    consumer.seek_to_beginning(tp)
    assert read(consumer, 30)[0].offset == 0


def test_a_group_resumes_after_its_commit(bootstrap, topic, consumer_of, unique):
    send(bootstrap, topic, [(b"same", b"%d" % i) for i in range(10)])
    first = consumer_of(topic, group_id=unique)
    messages = read(first, 10)
    first.commit()
    first.close()
    send(bootstrap, topic, [(b"same", b"after")])
    second = consumer_of(topic, group_id=unique)
    (message,) = read(second, 1)
    assert (message.value, message.offset) == (b"after", messages[-1].offset + 1)


def test_the_admin_client_sees_and_changes_topics(admin, unique):
    admin.create_topics([NewTopic(unique, num_partitions=1, replication_factor=1)])
    with pytest.raises(TopicAlreadyExistsError):
        admin.create_topics([NewTopic(unique, num_partitions=1, replication_factor=1)])
    eventually(lambda: unique in admin.list_topics())
    admin.create_partitions({unique: NewPartitions(3)})
    eventually(lambda: len(admin.describe_topics([unique])[0]["partitions"]) == 3)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, unique, {"retention.ms": "1234567"})])
    configs = str(admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, unique)]))
    assert "1234567" in configs
    admin.delete_topics([unique])
    eventually(lambda: unique not in admin.list_topics())
