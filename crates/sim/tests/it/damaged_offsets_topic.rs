//! A damaged partition of `__consumer_offsets`: its groups get an error, and other groups work.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use broker::Broker;
use client::{Client, ClientConfig, Committed};
use io::Io;
use io::sim::Sim;
use wire::TopicPartition;

use crate::host;

/// Groups by the partition of `__consumer_offsets` that they belong to.
const GROUPS: [&str; 2] = ["b", "a"];

async fn start(io: &Io) -> Broker {
    host::start(io, &[("offsets.topic.num.partitions", "2")]).await
}

async fn connect(io: &Io) -> Client {
    let mut config = ClientConfig::new("localhost:9092");
    config.api_timeout = Duration::from_secs(5);
    Client::connect(io, config).await.unwrap()
}

fn partition() -> TopicPartition {
    TopicPartition::new("t", 0)
}

async fn committed(client: &Client, group: &str) -> Result<Option<i64>, client::Error> {
    let admin = client.admin();
    let offsets = admin.group_offsets(group, None).await?;
    Ok(offsets.get(&partition()).map(|committed| committed.offset))
}

#[test]
fn other_groups_work_and_the_damaged_ones_get_an_error() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    let faults = sim.faults().clone();
    let log = Path::new("/data/__consumer_offsets-0/00000000000000000000.log");
    sim.block_on(async {
        let broker = start(&io).await;
        let client = connect(&io).await;
        let admin = client.admin();
        host::create(&client, "t", 1).await;
        for group in GROUPS {
            let offsets = BTreeMap::from([(partition(), Committed::at(7))]);
            admin.alter_group_offsets(group, &offsets).await.unwrap();
        }
        broker.shutdown().await;

        let intact = io.disk.read(log).unwrap();
        // In the records of the first batch.
        assert!(faults.flip_bit(log, Some(70)).is_some());
        let broker = start(&io).await;
        let client = connect(&io).await;
        for _ in 0..3 {
            assert_eq!(committed(&client, GROUPS[1]).await.unwrap(), Some(7));
            assert!(committed(&client, GROUPS[0]).await.is_err());
            io.clock.sleep(Duration::from_secs(60)).await;
        }
        broker.shutdown().await;

        io.disk.write_atomic(log, &intact).unwrap();
        let _broker = start(&io).await;
        let client = connect(&io).await;
        for group in GROUPS {
            assert_eq!(committed(&client, group).await.unwrap(), Some(7));
        }
    });
}
