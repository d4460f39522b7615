// kafkajs: the client of most Node programs.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import kafkajs from "kafkajs";

const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = kafkajs;

const kafka = new Kafka({
  clientId: "node-tests",
  brokers: [process.env.BOOTSTRAP ?? "localhost:9092"],
  logLevel: logLevel.NOTHING,
});
const admin = kafka.admin();
const unique = () => `node-${randomUUID().slice(0, 8)}`;

before(() => admin.connect());
after(() => admin.disconnect());

async function topicOf(numPartitions) {
  const topic = unique();
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  return topic;
}

async function send(topic, messages, options = {}) {
  const producer = kafka.producer(options.producer);
  await producer.connect();
  const result = await producer.send({ topic, messages, ...options.send });
  await producer.disconnect();
  return result;
}

/** Runs a group member until it has seen `count` messages, then leaves. */
async function read(topic, groupId, count, fromBeginning = true) {
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning });
  const seen = [];
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${seen.length} of ${count} came`)), 30_000);
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        seen.push({ partition, ...message });
        if (seen.length === count) {
          clearTimeout(timer);
          resolve();
        }
      },
    });
  });
  await consumer.disconnect();
  return seen;
}

test("keyed messages keep their order and their headers", async () => {
  const topic = await topicOf(3);
  const messages = Array.from({ length: 60 }, (_, i) => ({
    key: `k${i % 4}`,
    value: `${i}`,
    headers: { n: `${i}` },
  }));
  await send(topic, messages);
  const seen = await read(topic, unique(), 60);
  for (let k = 0; k < 4; k++) {
    const values = seen.filter((m) => m.key.toString() === `k${k}`).map((m) => +m.value.toString());
    assert.deepEqual(values, [...values].sort((a, b) => a - b));
    assert.equal(values.length, 15);
  }
  assert.ok(seen.every((m) => m.headers.n.toString() === m.value.toString()));
});

test("gzip, and messages without keys", async () => {
  const topic = await topicOf(1);
  const messages = Array.from({ length: 20 }, (_, i) => ({ value: `message ${i} `.repeat(30) }));
  await send(topic, messages, { send: { compression: CompressionTypes.GZIP } });
  const seen = await read(topic, unique(), 20);
  assert.deepEqual(
    seen.map((m) => m.value.toString()),
    messages.map((m) => m.value),
  );
});

test("an idempotent producer", async () => {
  const topic = await topicOf(1);
  const [{ baseOffset, errorCode }] = await send(topic, [{ value: "once" }], {
    producer: { idempotent: true, maxInFlightRequests: 1 },
  });
  assert.deepEqual([baseOffset, errorCode], ["0", 0]);
});

test("a group continues after its committed offset", async () => {
  const topic = await topicOf(1);
  const group = unique();
  await send(topic, [{ value: "a" }, { value: "b" }]);
  await read(topic, group, 2);
  await send(topic, [{ value: "c" }]);
  const [message] = await read(topic, group, 1);
  assert.equal(message.value.toString(), "c");
});

test("offsets by timestamp, from earliest and latest", async () => {
  const topic = await topicOf(1);
  const start = Date.now() - 60_000;
  const messages = Array.from({ length: 10 }, (_, i) => ({ value: `${i}`, timestamp: `${start + i * 1000}` }));
  await send(topic, messages);
  assert.deepEqual(await admin.fetchTopicOffsets(topic), [{ partition: 0, offset: "10", high: "10", low: "0" }]);
  assert.deepEqual(await admin.fetchTopicOffsetsByTimestamp(topic, start + 4500), [{ partition: 0, offset: "5" }]);
});

test("the admin client creates, describes, alters and deletes", async () => {
  const topic = await topicOf(2);
  assert.ok((await admin.listTopics()).includes(topic));
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  assert.equal(topics[0].partitions.length, 3);
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...resource, configEntries: [{ name: "retention.ms", value: "777000" }] }],
  });
  const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
  const entry = resources[0].configEntries.find((e) => e.configName === "retention.ms");
  assert.equal(entry.configValue, "777000");
  await admin.deleteTopics({ topics: [topic] });
  assert.ok(!(await admin.listTopics()).includes(topic));
});

test("groups are described and deleted", async () => {
  const topic = await topicOf(1);
  const group = unique();
  await send(topic, [{ value: "x" }]);
  await read(topic, group, 1);
  const { groups } = await admin.describeGroups([group]);
  assert.equal(groups[0].state, "Empty");
  const offsets = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  assert.equal(offsets[0].partitions[0].offset, "1");
  await admin.deleteGroups([group]);
  const { groups: left } = await admin.listGroups();
  assert.ok(!left.some((g) => g.groupId === group));
});
