//! A slow disk: a client that needs no disk is answered at once, while others wait for the disk.

use std::collections::BTreeMap;
use std::time::Duration;

use broker::Broker;
use client::{Client, NewTopic};
use io::Io;
use io::sim::{DiskTimes, Sim};
use wire::TopicPartition;

use crate::host;

const SECOND: Duration = Duration::from_secs(1);

async fn start(io: &Io) -> Broker {
    let settings = [
        ("listeners", "PLAINTEXT://broker:9092"),
        ("log.retention.check.interval.ms", "5000"),
        ("log.flush.offset.checkpoint.interval.ms", "5000"),
    ];
    host::start(io, &settings).await
}

async fn connect(io: &Io) -> Client {
    host::connect_to(io, "broker:9092").await
}

/// Writes, rolls, deletes records and commits, again and again.
async fn use_the_disk(io: Io) {
    let client = connect(&io).await;
    let topic = NewTopic::new("t", 1)
        .config("segment.ms", "1000")
        .config("retention.ms", "20000");
    client.admin().create_topic(&topic).await.unwrap();
    let partition = TopicPartition::new("t", 0);
    loop {
        let mut last = 0;
        for _ in 0..5 {
            last = host::write(&client, "t", vec![b'x'; 2000]).await;
        }
        let before = BTreeMap::from([(partition.clone(), last / 2)]);
        client.admin().delete_records(&before).await.unwrap();
        let offsets = BTreeMap::from([(partition.clone(), client::Committed::at(last))]);
        let admin = client.admin();
        admin.alter_group_offsets("g", &offsets).await.unwrap();
    }
}

#[test]
fn a_client_that_needs_no_disk_is_answered_while_syncs_take_seconds() {
    for seed in 0..3 {
        let mut sim = Sim::new(seed);
        let (machine, clients) = (sim.machine("broker"), sim.machine("clients"));
        let faults = sim.faults_of("broker");
        sim.block_on(async {
            for is_restarted in [false, true] {
                let hosting = machine.clone();
                machine.tasks.spawn("broker", async move {
                    let _broker = start(&hosting).await;
                    std::future::pending::<()>().await;
                });
                clients.clock.sleep(SECOND).await;
                let bystander = connect(&clients).await;
                faults.set_disk_times(DiskTimes {
                    sync: 2 * SECOND,
                    ..DiskTimes::default()
                });
                if !is_restarted {
                    clients.tasks.spawn("load", use_the_disk(clients.clone()));
                }
                let mut longest = Duration::ZERO;
                for _ in 0..400 {
                    let began = clients.clock.elapsed();
                    bystander.admin().describe_cluster().await.unwrap();
                    longest = longest.max(clients.clock.elapsed() - began);
                    clients.clock.sleep(SECOND / 4).await;
                }
                assert!(longest < SECOND / 2, "it took {longest:?}");
                faults.set_disk_times(DiskTimes::default());
                faults.cut_power();
                clients.clock.sleep(SECOND).await;
                faults.restart();
            }
        });
    }
}
