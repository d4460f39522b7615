//! Topics as streams, tables and sinks, over a broker in this process: the crate `stream` itself
//! knows no broker.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use broker::{Broker, BrokerConfig, PIPE};
use client::{Client, ClientConfig, NewTopic, ProducerConfig, ProducerRecord};
use io::{Executors, Io};
use stream::{DataFrame, SaveMode, Session, SqlResult, StreamingQuery, Trigger};

/// A broker, a client of it, and a session.
struct World {
    session: Session,
    client: Client,
    broker: Broker,
    directory: tempfile::TempDir,
    _executors: Executors,
}

impl World {
    async fn new() -> World {
        let (io, executors) = Io::real(2);
        let directory = tempfile::tempdir().unwrap();
        let properties = BTreeMap::from([
            ("node.id".to_string(), "1".to_string()),
            (
                "listeners".to_string(),
                "PLAINTEXT://localhost:0".to_string(),
            ),
            (
                "log.dirs".to_string(),
                directory.path().join("broker").display().to_string(),
            ),
        ]);
        let (config, _) = BrokerConfig::from_properties(&properties).unwrap();
        let (starting, on) = (Broker::start(io.clone(), config), io.clone());
        let broker = on
            .tasks
            .spawn_on(0, "broker", starting)
            .await
            .unwrap()
            .unwrap();
        let client = Client::connect(&io, ClientConfig::new(&bootstrap()))
            .await
            .unwrap();
        let session = Session::builder(io).build().unwrap();
        World {
            session,
            client,
            broker,
            directory,
            _executors: executors,
        }
    }

    async fn topic(&self, name: &str, partitions: i32) {
        self.client
            .admin()
            .create_topic(&NewTopic::new(name, partitions))
            .await
            .unwrap();
    }

    /// Writes values to a partition.
    async fn write(&self, topic: &str, partition: i32, values: &[&str]) {
        let producer = self.client.producer(ProducerConfig::default());
        for value in values {
            let record = ProducerRecord::new(topic, value.as_bytes().to_vec())
                .key(format!("k{partition}").into_bytes())
                .partition(partition)
                .header("from", "test");
            drop(producer.send(record).await.unwrap());
        }
        producer.close().await.unwrap();
    }

    fn stream(&self, options: &[(&str, &str)]) -> DataFrame {
        let mut reader = self
            .session
            .read_stream()
            .format("kafka")
            .option("kafka.bootstrap.servers", bootstrap());
        for (name, value) in options {
            reader = reader.option(name, value);
        }
        reader.load().unwrap()
    }

    async fn batch(&self, options: &[(&str, &str)]) -> Vec<RecordBatch> {
        let mut reader = self
            .session
            .read()
            .format("kafka")
            .option("kafka.bootstrap.servers", bootstrap());
        for (name, value) in options {
            reader = reader.option(name, value);
        }
        reader.load().unwrap().collect().await.unwrap()
    }

    fn checkpoint(&self) -> std::path::PathBuf {
        self.directory.path().join("checkpoint")
    }

    async fn end(self) {
        self.broker.shutdown().await;
    }
}

fn bootstrap() -> String {
    format!("pipe:{PIPE}")
}

fn values(batches: &[RecordBatch]) -> Vec<String> {
    batches
        .iter()
        .flat_map(|batch| {
            let column = batch.column_by_name("value").unwrap().as_binary::<i32>();
            column
                .iter()
                .map(|value| String::from_utf8(value.unwrap().to_vec()).unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

async fn run_now(frame: &DataFrame, checkpoint: &Path) -> StreamingQuery {
    let query = frame
        .write_stream()
        .format("noop")
        .trigger(Trigger::AvailableNow)
        .option("checkpointLocation", checkpoint.display())
        .start()
        .await
        .unwrap();
    query.await_termination().await.unwrap();
    query
}

fn rows_per_batch(query: &StreamingQuery) -> Vec<u64> {
    query
        .recent_progress()
        .iter()
        .map(|progress| progress.num_input_rows)
        .collect()
}

#[tokio::test]
async fn topics_are_streams_tables_and_sinks() {
    let world = World::new().await;
    world.topic("in", 2).await;
    world.topic("out", 1).await;

    // From one topic to another, with keys and headers.
    world.write("in", 0, &["a", "b"]).await;
    world.write("in", 1, &["c"]).await;
    let frame = world.stream(&[("subscribe", "in"), ("startingOffsets", "earliest")]);
    let copy = frame
        .select_expr(["key", "upper(cast(value as string)) AS value"])
        .unwrap()
        .write_stream()
        .format("kafka")
        .option("kafka.bootstrap.servers", bootstrap())
        .option("topic", "out")
        .option("checkpointLocation", world.checkpoint().display())
        .start()
        .await
        .unwrap();
    copy.process_all_available().await.unwrap();
    world.write("in", 1, &["d"]).await;
    copy.process_all_available().await.unwrap();
    let progress = copy.last_progress().unwrap();
    assert_eq!(progress.sources[0].description, "KafkaV2[Subscribe[in]]");
    assert_eq!(
        progress.sources[0].end_offset.to_string(),
        r#"{"in":{"0":2,"1":2}}"#
    );
    assert_eq!(progress.sources[0].metrics["maxOffsetsBehindLatest"], "0");
    assert_eq!(progress.sink.num_output_rows, 1);
    copy.stop().await;
    assert_eq!(
        std::fs::read(world.checkpoint().join("sources/0/0")).unwrap(),
        b"\0v1\n{\"in\":{\"0\":0,\"1\":0}}"
    );
    let offsets = std::fs::read_to_string(world.checkpoint().join("offsets/0")).unwrap();
    assert!(offsets.ends_with("\n{\"in\":{\"0\":2,\"1\":1}}"));

    let out = world.batch(&[("subscribe", "out")]).await;
    let mut written = values(&out);
    written.sort();
    assert_eq!(written, ["A", "B", "C", "D"]);
    let columns: Vec<String> = out[0]
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(
        columns,
        [
            "key",
            "value",
            "topic",
            "partition",
            "offset",
            "timestamp",
            "timestampType"
        ]
    );

    // A bounded read between offsets.
    let part = world
        .batch(&[
            ("subscribe", "in"),
            ("startingOffsets", r#"{"in":{"0":1,"1":-2}}"#),
            ("endingOffsets", r#"{"in":{"0":-1,"1":1}}"#),
        ])
        .await;
    assert_eq!(values(&part), ["b", "c"]);
    let headers = world
        .batch(&[("subscribe", "in"), ("includeHeaders", "true")])
        .await;
    let first = headers[0]
        .column_by_name("headers")
        .unwrap()
        .as_list::<i32>()
        .value(0);
    assert_eq!(
        first.as_struct().column(0).as_string::<i32>().value(0),
        "from"
    );
    world.end().await;
}

#[tokio::test]
async fn a_table_is_saved_as_records() {
    let world = World::new().await;
    world.topic("out", 1).await;
    let rows = match world
        .session
        .sql("SELECT * FROM VALUES ('a', '1'), ('b', '2') AS t(key, value)")
        .await
        .unwrap()
    {
        SqlResult::Rows(frame) => frame,
        other => panic!("not rows: {other:?}"),
    };
    let kafka = rows
        .write()
        .format("kafka")
        .option("kafka.bootstrap.servers", bootstrap())
        .option("topic", "out");
    kafka.clone().save().await.unwrap();
    // An existing topic is no error: for a topic, the save mode has no meaning.
    kafka.mode(SaveMode::Append).save().await.unwrap();
    let out = world.batch(&[("subscribe", "out")]).await;
    assert_eq!(values(&out), ["1", "2", "1", "2"]);
    world.end().await;
}

#[tokio::test]
async fn batches_are_limited_and_a_restart_continues() {
    let world = World::new().await;
    world.topic("t", 2).await;
    let many: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    world.write("t", 0, &many).await;
    world.write("t", 1, &many[..10]).await;
    let limited = world.stream(&[
        ("subscribe", "t"),
        ("startingOffsets", "earliest"),
        ("maxOffsetsPerTrigger", "10"),
    ]);
    let query = run_now(&limited, &world.checkpoint()).await;
    // 40 records: 7 of one and 2 of the other, and so on.
    let rows = rows_per_batch(&query);
    assert_eq!(rows.iter().sum::<u64>(), 40);
    assert_eq!(rows[0], 9);
    assert!(rows.iter().all(|&rows| rows <= 11), "{rows:?}");

    world.write("t", 1, &["x", "y"]).await;
    world
        .client
        .admin()
        .create_partitions("t", 3)
        .await
        .unwrap();
    world.write("t", 2, &["from the beginning"]).await;
    let all = world.stream(&[("subscribe", "t"), ("startingOffsets", "earliest")]);
    let query = run_now(&all, &world.checkpoint()).await;
    assert_eq!(rows_per_batch(&query), [3]);
    assert_eq!(query.last_progress().unwrap().batch_id, rows.len() as u64);
    world.end().await;
}

#[tokio::test]
async fn latest_means_latest_at_the_first_start() {
    let world = World::new().await;
    world.topic("t", 1).await;
    world.write("t", 0, &["before"]).await;
    let frame = world.stream(&[("subscribePattern", "t.*")]);
    let query = run_now(&frame, &world.checkpoint()).await;
    assert_eq!(
        rows_per_batch(&query),
        [0],
        "batch 0 fixes where the stream begins"
    );
    world.write("t", 0, &["after"]).await;
    let query = run_now(&frame, &world.checkpoint()).await;
    assert_eq!(rows_per_batch(&query), [1]);
    for batch in ["commits/0", "commits/1"] {
        assert!(world.checkpoint().join(batch).exists(), "{batch}");
    }
    assert!(!world.checkpoint().join("commits/2").exists());
    world.end().await;
}

#[tokio::test]
async fn deleted_records_fail_the_query_or_are_skipped() {
    let world = World::new().await;
    world.topic("t", 1).await;
    world.write("t", 0, &["0", "1", "2"]).await;
    let start = [("subscribe", "t"), ("startingOffsets", "earliest")];
    run_now(&world.stream(&start), &world.checkpoint()).await;
    world.write("t", 0, &["3", "4", "5"]).await;
    let partition = wire::TopicPartition::new("t", 0);
    world
        .client
        .admin()
        .delete_records(&BTreeMap::from([(partition, 5)]))
        .await
        .unwrap();
    let query = world
        .stream(&start)
        .write_stream()
        .format("noop")
        .trigger(Trigger::AvailableNow)
        .option("checkpointLocation", world.checkpoint().display())
        .start()
        .await
        .unwrap();
    let error = query.await_termination().await.unwrap_err().to_string();
    assert!(error.contains("[KAFKA_DATA_LOSS]"), "{error}");
    let patient = world.stream(&[start[0], start[1], ("failOnDataLoss", "false")]);
    let query = run_now(&patient, &world.checkpoint()).await;
    assert_eq!(rows_per_batch(&query), [1]);
    world.end().await;
}

#[tokio::test]
async fn timestamps_and_partitions_are_columns() {
    let world = World::new().await;
    world.topic("t", 2).await;
    world.write("t", 1, &["a", "b"]).await;
    let rows = world.batch(&[("assign", r#"{"t":[1]}"#)]).await;
    let offsets = rows[0].column_by_name("offset").unwrap();
    assert_eq!(*offsets.as_primitive::<Int64Type>().values(), [0, 1]);
    let partitions = rows[0].column_by_name("partition").unwrap();
    assert_eq!(partitions.as_primitive::<Int32Type>().value(0), 1);
    let none = world
        .batch(&[
            ("subscribe", "t"),
            ("startingTimestamp", "4102444800000"),
            ("startingOffsetsByTimestampStrategy", "latest"),
        ])
        .await;
    assert_eq!(values(&none), Vec::<String>::new());
    world.end().await;
}

#[tokio::test]
async fn records_have_a_timestamp_type() {
    let world = World::new().await;
    world.topic("theirs", 1).await;
    let ours = NewTopic::new("ours", 1).config("message.timestamp.type", "LogAppendTime");
    world.client.admin().create_topic(&ours).await.unwrap();
    let long_ago = 1_000;
    for topic in ["theirs", "ours"] {
        let producer = world.client.producer(ProducerConfig::default());
        let record = ProducerRecord {
            timestamp_ms: Some(long_ago),
            ..ProducerRecord::new(topic, b"v".to_vec())
        };
        drop(producer.send(record).await.unwrap());
        producer.close().await.unwrap();
    }
    let mut seen = Vec::new();
    for topic in ["theirs", "ours"] {
        let rows = world.batch(&[("subscribe", topic)]).await;
        let column = |name| rows[0].column_by_name(name).unwrap();
        let kind = column("timestampType").as_primitive::<Int32Type>().value(0);
        let micros = column("timestamp").as_primitive::<TimestampMicrosecondType>();
        seen.push((kind, micros.value(0) == long_ago * 1000));
    }
    assert_eq!(seen, [(0, true), (1, false)]);
    world.end().await;
}
