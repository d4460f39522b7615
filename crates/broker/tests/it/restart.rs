//! What a broker keeps when it is restarted.

use std::path::Path;
use std::time::Duration;

use super::*;
use wire::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use wire::messages::metadata_request::MetadataRequest;

#[test]
fn a_restarted_broker_has_its_topics_and_their_records() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let cluster = broker.cluster_id().to_owned();
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 2).await;
        produce(&mut client, "t", &["before"]).await;
        broker.shutdown().await;

        let broker = world.start(&[]).await;
        assert_eq!(broker.cluster_id(), cluster);
        let mut client = world.connect(&broker).await;
        let metadata = client
            .request(
                &MetadataRequest {
                    topics: None,
                    ..Default::default()
                },
                12,
            )
            .await;
        assert_eq!(metadata.topics[0].partitions.len(), 2);
        assert_eq!(fetch(&mut client, "t", 0).await, [(0, "before".into())]);
        assert_eq!(produce(&mut client, "t", &["after"]).await, 1);
        broker.shutdown().await;
    });
}

#[test]
fn a_retried_batch_is_appended_once_even_across_a_restart() {
    let world = World::new();
    world.run(async {
        // A producer is forgotten a day after its newest record's time.
        let now_ms = world.io.clock.now_ms();
        let idempotent = |sequence, value: &str| {
            let mut builder = BatchBuilder::new(Compression::None).producer(77, 0, sequence);
            builder.append(now_ms, None, Some(value.as_bytes()), &[]);
            builder.build()
        };
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        assert_eq!(
            try_produce(&mut client, "t", idempotent(0, "a"))
                .await
                .base_offset,
            0
        );
        assert_eq!(
            try_produce(&mut client, "t", idempotent(1, "b"))
                .await
                .base_offset,
            1
        );
        assert_eq!(
            try_produce(&mut client, "t", idempotent(0, "a"))
                .await
                .base_offset,
            0
        );
        broker.shutdown().await;

        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        assert_eq!(
            try_produce(&mut client, "t", idempotent(1, "b"))
                .await
                .base_offset,
            1
        );
        let gap = try_produce(&mut client, "t", idempotent(5, "f")).await;
        let error = ErrorCode::from_code(gap.error_code);
        assert_eq!(error, ErrorCode::OutOfOrderSequenceNumber);
        assert_eq!(
            try_produce(&mut client, "t", idempotent(2, "c"))
                .await
                .base_offset,
            2
        );
        broker.shutdown().await;
    });
}

#[test]
fn a_topic_created_again_with_the_same_name_is_empty() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &["old"]).await;
        let request = DeleteTopicsRequest {
            topics: vec![DeleteTopicState {
                name: Some("t".into()),
                ..Default::default()
            }],
            timeout_ms: 5000,
            ..Default::default()
        };
        let response = client.request(&request, 6).await;
        assert_eq!(response.responses[0].error_code, 0);
        create_topic(&mut client, "t", 1).await;
        assert_eq!(fetch(&mut client, "t", 0).await, []);
        broker.shutdown().await;

        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        assert_eq!(produce(&mut client, "t", &["new"]).await, 0);
        broker.shutdown().await;
    });
}

#[test]
fn a_second_broker_on_the_same_directory_is_refused() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let (other, _executors) = Io::real(1);
        let properties = BTreeMap::from([
            ("listeners".to_owned(), "PLAINTEXT://127.0.0.1:0".to_owned()),
            (
                "log.dirs".to_owned(),
                world.directory.path().display().to_string(),
            ),
        ]);
        let (config, _) = BrokerConfig::from_properties(&properties).unwrap();
        let refused = Broker::start(other, config).await.unwrap_err().to_string();
        assert!(refused.contains("in use"), "{refused}");
        broker.shutdown().await;
    });
}

#[test]
fn an_unused_log_is_closed_and_opened_again() {
    sim_world::run(|world| async move {
        let minutely = [
            ("log.retention.check.interval.ms", "60000"),
            ("log.retention.ms", "-1"),
        ];
        let open_files = || world.faults.open_files(Path::new("/data/t-0"));
        // Less than `connections.max.idle.ms`.
        let idle = || world.io.clock.sleep(Duration::from_secs(300));
        let broker = world.start(&minutely).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &["early"]).await;
        assert!(open_files() > 0);
        idle().await;
        assert_eq!(open_files(), 0);
        assert_eq!(fetch(&mut client, "t", 0).await, [(0, "early".into())]);
        assert!(open_files() > 0);
        idle().await;
        assert_eq!(open_files(), 0);
        assert_eq!(produce(&mut client, "t", &["late"]).await, 1);
        assert_eq!(fetch(&mut client, "t", 0).await.len(), 2);
        broker.shutdown().await;
    });
}

#[test]
fn a_topic_without_records_has_no_files() {
    let world = World::new();
    world.run(async {
        let broker = world.start(&[]).await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, "t", 100).await;
        assert_eq!(fetch(&mut client, "t", 0).await, []);
        let directories = || {
            let entries = world.io.disk.read_dir(world.directory.path()).unwrap();
            entries
                .iter()
                .filter(|entry| entry.name.starts_with("t-"))
                .count()
        };
        assert_eq!(directories(), 0);
        produce(&mut client, "t", &["first"]).await;
        assert_eq!(directories(), 1);
        broker.shutdown().await;
    });
}

#[test]
fn a_partition_of_no_topic_is_set_aside_with_its_files() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &["kept"]).await;
        broker.shutdown().await;

        let disk = &world.io.disk;
        let (ghost, file) = (Path::new("/data/ghost-0"), "00000000000000000000.log");
        disk.create_dir_all(ghost).unwrap();
        disk.write_atomic(&ghost.join(file), b"records").unwrap();
        let broker = world.start(&[]).await;
        assert!(!disk.exists(ghost));
        let entries = disk.read_dir(Path::new("/data")).unwrap();
        let is_stray = |name: &str| name.starts_with("ghost-0.") && name.ends_with("-stray");
        let stray = entries.iter().find(|entry| is_stray(&entry.name)).unwrap();
        let path = Path::new("/data").join(&stray.name).join(file);
        assert_eq!(disk.read(&path).unwrap(), "records");
        let mut client = world.connect().await;
        assert_eq!(fetch(&mut client, "t", 0).await, [(0, "kept".into())]);
        broker.shutdown().await;
    });
}

#[test]
fn without_its_metadata_log_a_broker_does_not_start_and_sets_nothing_aside() {
    sim_world::run(|world| async move {
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        create_topic(&mut client, "t", 1).await;
        produce(&mut client, "t", &["kept"]).await;
        broker.shutdown().await;

        let disk = &world.io.disk;
        let metadata = Path::new("/data/__cluster_metadata-0");
        let moved = Path::new("/moved");
        disk.rename(metadata, moved).unwrap();
        let refused = world.try_start(&[]).await.unwrap_err().to_string();
        assert!(
            refused.contains("__cluster_metadata-0 is missing"),
            "{refused}"
        );
        disk.rename(moved, metadata).unwrap();
        let broker = world.start(&[]).await;
        let mut client = world.connect().await;
        assert_eq!(fetch(&mut client, "t", 0).await, [(0, "kept".into())]);
        broker.shutdown().await;
    });
}

#[test]
fn a_log_directory_of_another_cluster_is_refused() {
    sim_world::run(|world| async move {
        world.start(&[]).await.shutdown().await;
        let other = [("log.dirs", "/other")];
        world.start(&other).await.shutdown().await;
        let both = [("log.dirs", "/data,/other")];
        let refused = world.try_start(&both).await.unwrap_err().to_string();
        assert!(
            refused.contains("/other belongs to node 1 of cluster"),
            "{refused}"
        );
    });
}
