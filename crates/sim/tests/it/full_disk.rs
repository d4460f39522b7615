//! A disk that fills up: records are refused while there is room for everything else, and taken
//! again when there is more.

use std::collections::BTreeMap;
use std::time::Duration;

use broker::{Broker, BrokerConfig};
use bytes::Bytes;
use client::{
    Client, ClientConfig, Committed, NewTopic, Producer, ProducerConfig, ProducerRecord, Properties,
};
use io::Io;
use io::sim::{DiskCall, DiskError, DiskFault, Faults, Sim};
use wire::TopicPartition;

const ADDRESS: &str = "localhost:9092";
const CAPACITY: u64 = 32 << 20;
const VALUE_BYTES: usize = 256 << 10;

async fn start(io: &Io, free_bytes_min: &str) -> Broker {
    let properties = [
        ("listeners", "PLAINTEXT://localhost:9092"),
        ("log.dirs", "/data"),
        ("offsets.topic.num.partitions", "1"),
        ("vltava.log.dir.min.free.bytes", free_bytes_min),
    ];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let properties: BTreeMap<String, String> = properties.map(own).into();
    let (mut config, _) = BrokerConfig::from_properties(&properties).unwrap();
    config.redo_bytes = 1 << 20;
    Broker::start(io.clone(), config).await.unwrap()
}

fn producer(client: &Client) -> Producer {
    let properties = Properties::new()
        .set("acks", "all")
        .set("linger.ms", "0")
        .set("request.timeout.ms", "1000")
        .set("delivery.timeout.ms", "3000");
    client.producer(ProducerConfig::from_properties(&properties).unwrap())
}

async fn write(producer: &Producer, topic: &str) -> Result<(), client::Error> {
    let value = Bytes::from(vec![b'x'; VALUE_BYTES]);
    let record = ProducerRecord::new(topic, value).partition(0);
    producer.send(record).await?.wait().await.map(|_| ())
}

async fn story(io: Io) {
    let _broker = start(&io, "8388608").await;
    let client = Client::connect(&io, ClientConfig::new(ADDRESS))
        .await
        .unwrap();
    for topic in ["old", "new"] {
        client
            .admin()
            .create_topic(&NewTopic::new(topic, 1))
            .await
            .unwrap();
    }
    let own = producer(&client);
    let mut written = 0;
    let refused = loop {
        match write(&own, "old").await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        // Slower than the broker looks.
        io.clock.sleep(Duration::from_millis(300)).await;
    };
    // About what fits above the mark: not when the disk was full.
    let bytes = written * VALUE_BYTES as u64;
    assert!((16 << 20..28 << 20).contains(&bytes), "{bytes}: {refused}");
    // Groups go on.
    let place = TopicPartition::new("old", 0);
    let offsets = BTreeMap::from([(place, Committed::at(1))]);
    let admin = client.admin();
    admin.alter_group_offsets("group", &offsets).await.unwrap();
    // A deleted topic makes room.
    assert!(write(&own, "new").await.is_err());
    admin.delete_topic("old").await.unwrap();
    io.clock.sleep(Duration::from_secs(120)).await;
    write(&producer(&client), "new").await.unwrap();
}

#[test]
fn a_disk_that_is_nearly_full_takes_no_records_until_there_is_room() {
    let mut sim = Sim::new(1);
    sim.faults().set_disk_capacity(Some(CAPACITY));
    let io = sim.io();
    sim.block_on(story(io));
}

/// The log of a partition is opened for its first record. That fails while `fail` has effect, and
/// works after `mend`.
fn log_is_opened_again(fail: impl Fn(&Faults), mend: impl Fn(&Faults)) {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    sim.block_on(async {
        let _broker = start(&io, "0").await;
        let config = ClientConfig::new(ADDRESS);
        let client = Client::connect(&io, config).await.unwrap();
        let topic = NewTopic::new("t", 1);
        client.admin().create_topic(&topic).await.unwrap();
        fail(&faults);
        assert!(write(&producer(&client), "t").await.is_err());
        mend(&faults);
        // The wait between two attempts has grown meanwhile.
        io.clock.sleep(Duration::from_secs(10)).await;
        write(&producer(&client), "t").await.unwrap();
    });
}

#[test]
fn a_log_that_cannot_be_opened_on_a_full_disk_is_opened_when_there_is_room() {
    log_is_opened_again(
        |faults| faults.set_disk_capacity(Some(1)),
        |faults| faults.set_disk_capacity(None),
    );
}

#[test]
fn a_log_that_cannot_be_opened_without_descriptors_is_opened_when_there_are_some() {
    let no_descriptor = DiskFault {
        path: "/t-0".to_owned(),
        calls: vec![DiskCall::Open, DiskCall::Create],
        error: DiskError::NoDescriptor,
        once_in: 1,
        times: None,
    };
    log_is_opened_again(
        |faults| faults.add_disk_fault(no_descriptor.clone()),
        Faults::clear_disk_faults,
    );
}
