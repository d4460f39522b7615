import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Fills a broker with one of everything, and shows everything that clients see of a broker.
 *
 * Moving.java fill BOOTSTRAP PREFIX [transactions]
 * Moving.java show BOOTSTRAP
 */
class Moving {
  static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};
  static String bootstrap;

  public static void main(String[] arguments) throws Exception {
    bootstrap = arguments[1];
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      if (arguments[0].equals("show")) {
        show(admin);
      } else {
        fill(admin, arguments[2]);
        if (arguments.length > 3) {
          transactions(admin, arguments[2]);
        }
      }
    }
    System.out.flush();
    // Closing the producer of the open transaction would abort the transaction.
    Runtime.getRuntime().halt(0);
  }

  static KafkaProducer<String, String> producer(Map<String, String> more) {
    Map<String, Object> config = new TreeMap<>(more);
    config.put("bootstrap.servers", bootstrap);
    config.put("batch.size", "2000");
    config.put("linger.ms", "50");
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  static KafkaConsumer<String, String> consumer(Map<String, String> more) {
    Map<String, Object> config = new TreeMap<>(more);
    config.put("bootstrap.servers", bootstrap);
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", "false");
    return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
  }

  static void create(Admin admin, String topic, int partitions, Map<String, String> config) throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(config))).all().get();
  }

  /** Topics with settings, records in every codec, a compacted topic with tombstones, deleted records, groups. */
  static void fill(Admin admin, String prefix) throws Exception {
    create(admin, prefix + "-codecs", 2, Map.of("segment.bytes", "1048576", "retention.ms", "-1", "index.interval.bytes", "500"));
    for (String codec : CODECS) {
      try (var producer = producer(Map.of("compression.type", codec, "acks", "all"))) {
        for (int i = 0; i < 400; i++) {
          var record = new ProducerRecord<>(prefix + "-codecs", i % 2, 1_700_000_000_000L + i, "key-" + i, codec + " value " + "x".repeat(i));
          record.headers().add("codec", codec.getBytes(StandardCharsets.UTF_8)).add("empty", null);
          producer.send(record);
        }
      }
    }
    create(admin, prefix + "-plain", 1, Map.of());
    try (var producer = producer(Map.of("enable.idempotence", "false"))) {
      for (int i = 0; i < 100; i++) {
        producer.send(new ProducerRecord<>(prefix + "-plain", null, "plain " + i));
      }
    }
    admin.deleteRecords(Map.of(new TopicPartition(prefix + "-plain", 0), RecordsToDelete.beforeOffset(40))).all().get();
    admin.createPartitions(Map.of(prefix + "-plain", NewPartitions.increaseTo(3))).all().get();

    create(admin, prefix + "-compacted", 1, Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.01",
        "segment.ms", "1000", "delete.retention.ms", "600000"));
    try (var producer = producer(Map.of("compression.type", "lz4"))) {
      for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 300; i++) {
          String value = i % 10 == round ? null : "round " + round + " of key " + i;
          producer.send(new ProducerRecord<>(prefix + "-compacted", "key-" + i, value));
        }
        producer.flush();
        // The next record starts another segment.
        Thread.sleep(1100);
      }
      producer.send(new ProducerRecord<>(prefix + "-compacted", "last", "the active segment"));
    }
    awaitCompaction(prefix + "-compacted", 301);
    create(admin, prefix + "-deleted", 4, Map.of("retention.bytes", "100000"));
    admin.deleteTopics(List.of(prefix + "-deleted")).all().get();
    var retention = new AlterConfigOp(new ConfigEntry("retention.ms", "864000000"), AlterConfigOp.OpType.SET);
    var size = new AlterConfigOp(new ConfigEntry("message.max.bytes", "2000000"), AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(
        new ConfigResource(ConfigResource.Type.TOPIC, prefix + "-plain"), List.of(retention),
        new ConfigResource(ConfigResource.Type.BROKER, ""), List.of(size))).all().get();

    group(prefix + "-classic", prefix + "-codecs", "classic");
    admin.alterConsumerGroupOffsets(prefix + "-altered",
        Map.of(new TopicPartition(prefix + "-plain", 0), new OffsetAndMetadata(55, "a note"))).all().get();
    group(prefix + "-gone", prefix + "-codecs", "classic");
    admin.deleteConsumerGroups(List.of(prefix + "-gone")).all().get();
  }

  /** Waits until the topic's only partition has no more than so many records. */
  static void awaitCompaction(String topic, int count) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    try (var consumer = consumer(Map.of())) {
      consumer.assign(List.of(partition));
      for (int found = Integer.MAX_VALUE; found > count; Thread.sleep(100)) {
        consumer.seekToBeginning(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).get(partition);
        for (found = 0; consumer.position(partition) < end; ) {
          found += consumer.poll(Duration.ofMillis(200)).count();
        }
      }
    }
  }

  static void group(String group, String topic, String protocol) {
    try (var consumer = consumer(Map.of("group.id", group, "group.protocol", protocol, "max.poll.records", "100"))) {
      consumer.subscribe(List.of(topic));
      int seen = 0;
      while (seen < 300) {
        seen += consumer.poll(Duration.ofMillis(200)).count();
      }
      consumer.commitSync();
    }
  }

  /** Committed, aborted and one open transaction; offsets committed in one; a group of the new protocol. */
  static void transactions(Admin admin, String prefix) throws Exception {
    String topic = prefix + "-transactions";
    create(admin, topic, 2, Map.of("segment.ms", "1000"));
    for (int id = 0; id < 3; id++) {
      try (var producer = producer(Map.of("transactional.id", prefix + id, "compression.type", CODECS[id + 2]))) {
        producer.initTransactions();
        for (int turn = 0; turn < 6; turn++) {
          producer.beginTransaction();
          for (int i = 0; i < 50; i++) {
            producer.send(new ProducerRecord<>(topic, i % 2, "key-" + i, "transaction " + id + "." + turn + " record " + i));
          }
          producer.flush();
          if (turn % 3 == 1) {
            producer.abortTransaction();
          } else {
            producer.commitTransaction();
          }
        }
        producer.beginTransaction();
        producer.sendOffsetsToTransaction(Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(10 + id)),
            new org.apache.kafka.clients.consumer.ConsumerGroupMetadata(prefix + "-transactional"));
        if (id == 2) {
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
        }
        Thread.sleep(1100);
      }
    }
    group(prefix + "-consumer", prefix + "-codecs", "consumer");
    var open = producer(Map.of("transactional.id", prefix + "-open", "transaction.timeout.ms", "900000"));
    open.initTransactions();
    open.beginTransaction();
    open.send(new ProducerRecord<>(topic, 1, "open", "never committed"));
    open.flush();
    try (var producer = producer(Map.of())) {
      producer.send(new ProducerRecord<>(topic, 1, "after", "behind the open transaction"));
    }
  }

  /** Everything that clients see, one fact a line, in an order of its own. */
  static void show(Admin admin) throws Exception {
    System.out.println("cluster " + admin.describeCluster().clusterId().get());
    Set<String> names = new TreeSet<>(admin.listTopics().names().get());
    Map<String, TopicDescription> topics = new TreeMap<>(admin.describeTopics(names).allTopicNames().get());
    List<ConfigResource> resources = new ArrayList<>();
    resources.add(new ConfigResource(ConfigResource.Type.BROKER, ""));
    names.forEach(name -> resources.add(new ConfigResource(ConfigResource.Type.TOPIC, name)));
    var configs = admin.describeConfigs(resources).all().get();
    for (ConfigResource resource : resources) {
      Map<String, String> set = new TreeMap<>();
      for (ConfigEntry entry : configs.get(resource).entries()) {
        if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG
            || entry.source() == ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG && resource.name().isEmpty()) {
          set.put(entry.name(), entry.value());
        }
      }
      System.out.println("config " + resource.type() + " " + resource.name() + " " + set);
    }
    List<TopicPartition> partitions = new ArrayList<>();
    for (TopicDescription topic : topics.values()) {
      System.out.println("topic " + topic.name() + " " + topic.topicId() + " " + topic.partitions().size());
      topic.partitions().forEach(p -> partitions.add(new TopicPartition(topic.name(), p.partition())));
    }
    for (IsolationLevel isolation : IsolationLevel.values()) {
      Map<String, OffsetSpec> specs = new TreeMap<>();
      specs.put("start", OffsetSpec.earliest());
      specs.put("end", OffsetSpec.latest());
      specs.put("time", OffsetSpec.forTimestamp(1_700_000_000_200L));
      for (var spec : specs.entrySet()) {
        Map<TopicPartition, OffsetSpec> asked = new java.util.HashMap<>();
        partitions.forEach(p -> asked.put(p, spec.getValue()));
        var found = admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all().get();
        for (TopicPartition partition : partitions) {
          System.out.println("offset " + isolation + " " + spec.getKey() + " " + partition + " " + found.get(partition).offset());
        }
      }
      records(isolation.toString().toLowerCase(), partitions);
    }
    Set<String> groups = new TreeSet<>();
    admin.listGroups().all().get().forEach(group -> groups.add(group.groupId()));
    for (String group : groups) {
      Map<String, String> offsets = new TreeMap<>();
      admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach((partition, committed) ->
          offsets.put(partition.toString(), committed.offset() + " " + committed.metadata()));
      System.out.println("group " + group + " " + offsets);
    }
  }

  static void records(String isolation, List<TopicPartition> partitions) {
    try (var consumer = consumer(Map.of("isolation.level", isolation, "exclude.internal.topics", "false"))) {
      List<TopicPartition> read = new ArrayList<>();
      partitions.stream().filter(p -> !p.topic().startsWith("__")).forEach(read::add);
      consumer.assign(read);
      consumer.seekToBeginning(read);
      Map<TopicPartition, Long> ends = consumer.endOffsets(read);
      Map<TopicPartition, StringBuilder> lines = new java.util.HashMap<>();
      while (read.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          StringBuilder line = lines.computeIfAbsent(new TopicPartition(record.topic(), record.partition()), p -> new StringBuilder());
          line.append("record " + isolation + " " + record.topic() + "-" + record.partition() + " " + record.offset() + " "
              + record.timestampType() + " " + record.timestamp() + " " + record.leaderEpoch().orElse(-1) + " " + record.key() + "=" + record.value());
          for (Header header : record.headers()) {
            line.append(" " + header.key() + ":" + (header.value() == null ? "null" : new String(header.value(), StandardCharsets.UTF_8)));
          }
          line.append("\n");
        }
      }
      read.forEach(p -> System.out.print(lines.getOrDefault(p, new StringBuilder())));
    }
  }
}
