//! A slow disk: a client that needs no disk is answered at once, while others wait for the disk.

use std::collections::BTreeMap;
use std::time::Duration;

use broker::Broker;
use client::{Client, NewTopic};
use io::Io;
use io::sim::{DiskTimes, Sim};
use wire::messages::find_coordinator_request::FindCoordinatorRequest;
use wire::messages::heartbeat_request::HeartbeatRequest;
use wire::messages::join_group_request::{JoinGroupRequest, JoinGroupRequestProtocol};
use wire::messages::sync_group_request::SyncGroupRequest;
use wire::{ErrorCode, TopicPartition};

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

/// Makes the client the only member of a group.
async fn join_group(client: &Client) -> HeartbeatRequest {
    let mut join = JoinGroupRequest {
        group_id: "bystanders".into(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".into(),
            ..Default::default()
        }],
        ..Default::default()
    };
    let find = FindCoordinatorRequest {
        coordinator_keys: vec![join.group_id.clone()],
        ..Default::default()
    };
    for _ in 0..100 {
        // Creates the topic of committed offsets if there is none.
        client.request(&find).await.unwrap();
        let joined = client.request(&join).await.unwrap();
        join.member_id = joined.member_id.clone();
        if joined.error_code == 0 {
            let sync = SyncGroupRequest {
                group_id: join.group_id.clone(),
                generation_id: joined.generation_id,
                member_id: joined.member_id.clone(),
                ..Default::default()
            };
            assert_eq!(client.request(&sync).await.unwrap().error_code, 0);
            return HeartbeatRequest {
                group_id: join.group_id,
                generation_id: joined.generation_id,
                member_id: joined.member_id,
                ..Default::default()
            };
        }
        client.io().clock.sleep(SECOND / 10).await;
    }
    panic!("the client cannot join a group");
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
fn a_heartbeat_is_answered_while_syncs_take_seconds() {
    let mut sim = Sim::new(1);
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
            let heartbeat = join_group(&bystander).await;
            faults.set_disk_times(DiskTimes {
                sync: 2 * SECOND,
                ..DiskTimes::default()
            });
            if !is_restarted {
                clients.tasks.spawn("load", use_the_disk(clients.clone()));
            }
            let mut longest = Duration::ZERO;
            for _ in 0..160 {
                let began = clients.clock.elapsed();
                let answer = bystander.request(&heartbeat).await.unwrap();
                let error = ErrorCode::from_code(answer.error_code);
                assert_eq!(error, ErrorCode::None);
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
