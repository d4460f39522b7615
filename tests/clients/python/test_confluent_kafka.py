"""confluent-kafka, which wraps librdkafka, the client of most programs that are not Java."""

import time

import pytest
from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)


@pytest.fixture
def admin(bootstrap):
    return AdminClient({"bootstrap.servers": bootstrap})


@pytest.fixture
def topic(admin, unique):
    create(admin, unique, partitions=3)
    yield unique
    admin.delete_topics([unique])[unique].result(30)


def create(admin, name, partitions=1, **config):
    new = NewTopic(name, num_partitions=partitions, replication_factor=1, config=config)
    admin.create_topics([new])[name].result(30)


def produce(bootstrap, topic, messages, **config):
    """Sends (key, value) pairs and returns their (partition, offset), all acknowledged."""
    where = []

    def delivered(error, message):
        assert error is None, error
        where.append((message.partition(), message.offset()))

    producer = Producer({"bootstrap.servers": bootstrap, **config})
    for key, value in messages:
        producer.produce(topic, key=key, value=value, on_delivery=delivered)
    assert producer.flush(30) == 0
    assert len(where) == len(messages)
    return where


def read(consumer, count, seconds=30):
    """Polls until `count` messages have arrived."""
    messages, deadline = [], time.monotonic() + seconds
    while len(messages) < count and time.monotonic() < deadline:
        message = consumer.poll(0.2)
        if message is not None:
            assert message.error() is None, message.error()
            messages.append(message)
    assert len(messages) == count, f"{len(messages)} of {count} came"
    return messages


def consumer_of(bootstrap, group, **config):
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 6000,
            **config,
        }
    )


def test_keyed_messages_keep_their_order_in_their_partition(bootstrap, topic, unique):
    messages = [(f"key-{i % 7}", f"value-{i}") for i in range(500)]
    produce(bootstrap, topic, messages)
    consumer = consumer_of(bootstrap, unique)
    consumer.subscribe([topic])
    by_key, partition_of = {}, {}
    for message in read(consumer, 500):
        key = message.key().decode()
        by_key.setdefault(key, []).append(message.value().decode())
        assert partition_of.setdefault(key, message.partition()) == message.partition()
    consumer.close()
    for i in range(7):
        assert by_key[f"key-{i}"] == [value for key, value in messages if key == f"key-{i}"]


def test_messages_without_keys_and_tombstones(bootstrap, topic, unique):
    produce(bootstrap, topic, [(None, "a"), ("k", None), (None, "")])
    consumer = consumer_of(bootstrap, unique)
    consumer.subscribe([topic])
    got = {(m.key(), m.value()) for m in read(consumer, 3)}
    consumer.close()
    assert got == {(None, b"a"), (b"k", None), (None, b"")}


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_every_compression(bootstrap, topic, unique, codec):
    values = [f"{codec} " * 50 + str(i) for i in range(300)]
    produce(bootstrap, topic, [(None, v) for v in values], **{"compression.type": codec, "linger.ms": 50})
    consumer = consumer_of(bootstrap, unique)
    consumer.subscribe([topic])
    assert sorted(m.value().decode() for m in read(consumer, 300)) == sorted(values)
    consumer.close()


@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_every_acks(bootstrap, admin, unique, acks):
    create(admin, unique)
    produce(bootstrap, unique, [(None, str(i)) for i in range(50)], acks=acks)
    consumer = consumer_of(bootstrap, unique)
    consumer.assign([TopicPartition(unique, 0, OFFSET_BEGINNING)])
    assert [m.offset() for m in read(consumer, 50)] == list(range(50))
    consumer.close()


def test_an_idempotent_producer(bootstrap, admin, unique):
    create(admin, unique)
    where = produce(
        bootstrap, unique, [(None, str(i)) for i in range(1000)], **{"enable.idempotence": True, "linger.ms": 1}
    )
    assert where == [(0, i) for i in range(1000)]


def test_headers_and_timestamps_are_consumed_as_produced(bootstrap, admin, unique):
    create(admin, unique)
    producer = Producer({"bootstrap.servers": bootstrap})
    sent = int(time.time() * 1000) - 5000
    producer.produce(unique, value="v", headers=[("a", b"1"), ("a", None), ("b", b"")], timestamp=sent)
    assert producer.flush(30) == 0
    consumer = consumer_of(bootstrap, unique)
    consumer.assign([TopicPartition(unique, 0, OFFSET_BEGINNING)])
    (message,) = read(consumer, 1)
    consumer.close()
    assert message.headers() == [("a", b"1"), ("a", None), ("b", b"")]
    assert message.timestamp() == (1, sent)


def test_log_append_time_is_the_time_of_the_broker(bootstrap, admin, unique):
    create(admin, unique, **{"message.timestamp.type": "LogAppendTime"})
    producer = Producer({"bootstrap.servers": bootstrap})
    before = int(time.time() * 1000)
    producer.produce(unique, value="v", timestamp=1000)
    assert producer.flush(30) == 0
    consumer = consumer_of(bootstrap, unique)
    consumer.assign([TopicPartition(unique, 0, OFFSET_BEGINNING)])
    (message,) = read(consumer, 1)
    consumer.close()
    kind, when = message.timestamp()
    assert kind == 2 and before - 2000 <= when <= before + 30000


def test_a_consumer_that_starts_at_latest_gets_only_new_records(bootstrap, admin, unique):
    create(admin, unique)
    produce(bootstrap, unique, [(None, "old")])
    consumer = consumer_of(bootstrap, unique)
    consumer.assign([TopicPartition(unique, 0, OFFSET_END)])
    assert consumer.poll(1.5) is None
    produce(bootstrap, unique, [(None, "new")])
    (message,) = read(consumer, 1)
    consumer.close()
    assert (message.offset(), message.value()) == (1, b"new")


def test_reading_from_a_timestamp(bootstrap, admin, unique):
    create(admin, unique)
    producer = Producer({"bootstrap.servers": bootstrap})
    start = int(time.time() * 1000) - 100_000
    for i in range(100):
        producer.produce(unique, value=str(i), timestamp=start + i * 1000)
    assert producer.flush(30) == 0
    consumer = consumer_of(bootstrap, unique)
    found = consumer.offsets_for_times([TopicPartition(unique, 0, start + 41_500)], 10)
    assert found[0].offset == 42
    past_the_end = consumer.offsets_for_times([TopicPartition(unique, 0, start + 10_000_000)], 10)
    assert past_the_end[0].offset == OFFSET_END
    consumer.assign(found)
    assert read(consumer, 1)[0].value() == b"42"
    consumer.close()


def test_two_members_share_the_partitions_and_one_takes_over(bootstrap, admin, unique):
    create(admin, unique, partitions=4)
    assigned = {}

    def member(name):
        consumer = consumer_of(bootstrap, unique)
        consumer.subscribe([unique], on_assign=lambda _, parts: assigned.update({name: {p.partition for p in parts}}))
        return consumer

    def poll_until(condition, *consumers):
        deadline = time.monotonic() + 40
        while not condition() and time.monotonic() < deadline:
            for consumer in consumers:
                consumer.poll(0.1)
        assert condition(), assigned

    first = member("first")
    poll_until(lambda: assigned.get("first") == {0, 1, 2, 3}, first)
    second = member("second")
    poll_until(
        lambda: len(assigned.get("first", ())) == 2
        and len(assigned.get("second", ())) == 2
        and assigned["first"] | assigned["second"] == {0, 1, 2, 3},
        first,
        second,
    )
    second.close()
    poll_until(lambda: assigned["first"] == {0, 1, 2, 3}, first)
    first.close()


def test_a_cooperative_group_shares_the_partitions(bootstrap, admin, unique):
    create(admin, unique, partitions=4)
    members = [consumer_of(bootstrap, unique, **{"partition.assignment.strategy": "cooperative-sticky"}) for _ in "ab"]
    for member in members:
        member.subscribe([unique])
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        for member in members:
            member.poll(0.1)
        if sorted(len(m.assignment()) for m in members) == [2, 2]:
            break
    owned = [p.partition for m in members for p in m.assignment()]
    for member in members:
        member.close()
    assert sorted(owned) == [0, 1, 2, 3]


def test_a_group_continues_after_its_committed_offset(bootstrap, admin, unique):
    create(admin, unique)
    produce(bootstrap, unique, [(None, str(i)) for i in range(20)])
    consumer = consumer_of(bootstrap, unique)
    consumer.subscribe([unique])
    read(consumer, 20)
    consumer.commit(offsets=[TopicPartition(unique, 0, 12, "note to self")], asynchronous=False)
    consumer.close()
    consumer = consumer_of(bootstrap, unique)
    consumer.subscribe([unique])
    messages = read(consumer, 8)
    assert [m.value() for m in messages] == [str(i).encode() for i in range(12, 20)]
    (committed,) = consumer.committed([TopicPartition(unique, 0)], 10)
    consumer.close()
    assert (committed.offset, committed.metadata) == (12, "note to self")


def test_groups_are_listed_described_altered_and_deleted(bootstrap, admin, topic, unique):
    group = unique + "-g"
    produce(bootstrap, topic, [("k", "v")])
    consumer = consumer_of(bootstrap, group, **{"client.id": "reader"})
    consumer.subscribe([topic])
    read(consumer, 1)
    consumer.commit(asynchronous=False)
    listed = admin.list_consumer_groups().result(10)
    assert group in {g.group_id for g in listed.valid}
    described = admin.describe_consumer_groups([group])[group].result(10)
    assert described.state.name == "STABLE"
    assert [m.client_id for m in described.members] == ["reader"]
    assert {p.partition for p in described.members[0].assignment.topic_partitions} == {0, 1, 2}
    with pytest.raises(KafkaException) as refused:
        admin.delete_consumer_groups([group])[group].result(10)
    assert refused.value.args[0].code() == KafkaError.NON_EMPTY_GROUP
    consumer.close()
    wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 0)])
    admin.alter_consumer_group_offsets([wanted])[group].result(10)
    offsets = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(10)
    assert {(p.partition, p.offset) for p in offsets.topic_partitions if p.partition == 0} == {(0, 0)}
    admin.delete_consumer_groups([group])[group].result(10)
    assert group not in {g.group_id for g in admin.list_consumer_groups().result(10).valid}


def test_topics_are_created_altered_and_deleted(admin, unique):
    create(admin, unique, partitions=2)
    metadata = admin.list_topics(unique, timeout=10).topics[unique]
    assert sorted(metadata.partitions) == [0, 1]
    with pytest.raises(KafkaException) as refused:
        create(admin, unique)
    assert refused.value.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS
    admin.create_partitions([NewPartitions(unique, 5)])[unique].result(10)
    assert len(admin.list_topics(unique, timeout=10).topics[unique].partitions) == 5
    with pytest.raises(KafkaException) as refused:
        admin.create_partitions([NewPartitions(unique, 4)])[unique].result(10)
    assert refused.value.args[0].code() == KafkaError.INVALID_PARTITIONS
    admin.delete_topics([unique])[unique].result(10)
    assert unique not in admin.list_topics(timeout=10).topics


@pytest.mark.parametrize(
    "name, partitions, replicas, config, code",
    [
        ("bad name", 1, 1, {}, KafkaError.TOPIC_EXCEPTION),
        (".", 1, 1, {}, KafkaError.TOPIC_EXCEPTION),
        ("x" * 250, 1, 1, {}, KafkaError.TOPIC_EXCEPTION),
        ("t-zero", 0, 1, {}, KafkaError.INVALID_PARTITIONS),
        ("t-rf", 1, 3, {}, KafkaError.INVALID_REPLICATION_FACTOR),
        ("t-config", 1, 1, {"retention.ms": "soon"}, KafkaError.INVALID_CONFIG),
        ("t-unknown", 1, 1, {"no.such.config": "1"}, KafkaError.INVALID_CONFIG),
    ],
)
def test_an_invalid_topic_is_refused(admin, name, partitions, replicas, config, code):
    new = NewTopic(name, num_partitions=partitions, replication_factor=replicas, config=config)
    with pytest.raises(KafkaException) as refused:
        admin.create_topics([new])[name].result(10)
    assert refused.value.args[0].code() == code


def test_topic_configs_are_described_and_altered(admin, unique):
    create(admin, unique, **{"retention.ms": "60000"})
    resource = ConfigResource(ResourceType.TOPIC, unique)
    described = admin.describe_configs([resource])[resource].result(10)
    assert described["retention.ms"].value == "60000"
    assert not described["retention.ms"].is_default
    assert described["segment.bytes"].value == "1073741824"
    assert described["segment.bytes"].is_default
    change = ConfigResource(
        ResourceType.TOPIC,
        unique,
        incremental_configs=[
            ConfigEntry("retention.ms", None, incremental_operation=AlterConfigOpType.DELETE),
            ConfigEntry("cleanup.policy", "compact", incremental_operation=AlterConfigOpType.APPEND),
        ],
    )
    admin.incremental_alter_configs([change])[change].result(10)
    described = admin.describe_configs([resource])[resource].result(10)
    assert described["retention.ms"].value == "604800000"
    assert described["cleanup.policy"].value == "delete,compact"


def test_records_are_deleted_up_to_an_offset(bootstrap, admin, unique):
    create(admin, unique)
    produce(bootstrap, unique, [(None, str(i)) for i in range(10)])
    tp = TopicPartition(unique, 0, 4)
    deleted = admin.delete_records([tp])[tp].result(10)
    assert deleted.low_watermark == 4
    consumer = consumer_of(bootstrap, unique)
    assert consumer.get_watermark_offsets(TopicPartition(unique, 0), 10) == (4, 10)
    consumer.assign([TopicPartition(unique, 0, OFFSET_BEGINNING)])
    assert read(consumer, 6)[0].offset() == 4
    consumer.close()


def test_offsets_are_listed_by_kind(bootstrap, admin, unique):
    create(admin, unique)
    now = int(time.time() * 1000)
    producer = Producer({"bootstrap.servers": bootstrap})
    for i, age in enumerate([3000, 1000, 2000]):
        producer.produce(unique, value=str(i), timestamp=now - age)
    assert producer.flush(30) == 0
    tp = TopicPartition(unique, 0)

    def offset(spec):
        return admin.list_offsets({tp: spec})[tp].result(10).offset

    assert offset(OffsetSpec.earliest()) == 0
    assert offset(OffsetSpec.latest()) == 3
    assert offset(OffsetSpec.max_timestamp()) == 1
    assert offset(OffsetSpec.for_timestamp(now - 2500)) == 1


def test_a_message_that_is_too_large_is_refused(bootstrap, admin, unique):
    create(admin, unique, **{"max.message.bytes": "1000"})
    errors = []
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(unique, value=b"x" * 5000, on_delivery=lambda error, _: errors.append(error))
    producer.flush(30)
    assert [e.code() for e in errors] == [KafkaError.MSG_SIZE_TOO_LARGE]


def test_a_record_without_a_key_is_refused_on_a_compacted_topic(bootstrap, admin, unique):
    create(admin, unique, **{"cleanup.policy": "compact"})
    errors = []
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(unique, value=b"x", on_delivery=lambda error, _: errors.append(error))
    producer.flush(30)
    assert [e.code() for e in errors] == [KafkaError.INVALID_RECORD]


def test_producing_creates_a_missing_topic(bootstrap, admin, unique):
    produce(bootstrap, unique, [(None, "first")])
    assert unique in admin.list_topics(timeout=10).topics


def test_the_cluster_is_described(admin):
    cluster = admin.describe_cluster().result(10)
    assert len(cluster.cluster_id) == 22
    assert [n.id for n in cluster.nodes] == [cluster.controller.id]
