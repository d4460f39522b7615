use super::*;
use crate::controller::{brokers, configs, producer_ids, topics};
use crate::testing::{Cluster, topic};
use wire::messages::create_partitions_request::{CreatePartitionsRequest, CreatePartitionsTopic};
use wire::messages::create_topics_request::CreateTopicsRequest;
use wire::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use wire::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use wire::records::metadata::{
    AbortTransactionRecord, AccessControlEntryRecord, BeginTransactionRecord, ClearElrRecord,
    ConfigRecord, EndTransactionRecord, NoOpRecord, PartitionChangeRecord,
};

/// A small generator, so that a failing seed can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Makes a random request, which may be refused.
fn random_request(cluster: &mut Cluster, random: &mut Random) {
    let name = format!(
        "topic{}{}",
        ["-", ".", "_"][random.below(3) as usize],
        random.below(6)
    );
    match random.below(6) {
        0 | 1 => {
            let configs: &[_] = if random.below(2) == 0 {
                &[("retention.ms", "60000")]
            } else {
                &[]
            };
            let request = CreateTopicsRequest {
                topics: vec![topic(
                    &name,
                    1 + random.below(4) as i32,
                    1 + random.below(3) as i16,
                    configs,
                )],
                ..Default::default()
            };
            cluster.create(&request);
        }
        2 => {
            let state = DeleteTopicState {
                name: Some(name.as_str().into()),
                topic_id: Uuid::ZERO,
            };
            let request = DeleteTopicsRequest {
                topics: vec![state],
                ..Default::default()
            };
            let outcome = topics::delete(&cluster.image, &request, 6, cluster.node());
            cluster.commit(outcome.records);
        }
        3 => {
            let asked = CreatePartitionsTopic {
                name: name.as_str().into(),
                count: random.below(8) as i32,
                assignments: None,
            };
            let request = CreatePartitionsRequest {
                topics: vec![asked],
                ..Default::default()
            };
            let outcome = topics::create_partitions(&cluster.image, &request);
            cluster.commit(outcome.records);
        }
        4 => {
            let set = AlterableConfig {
                name: "retention.ms".into(),
                config_operation: random.below(2) as i8,
                value: Some(random.below(3).to_string().into()),
            };
            let resource = AlterConfigsResource {
                resource_type: 2,
                resource_name: name.as_str().into(),
                configs: vec![set],
            };
            let request = IncrementalAlterConfigsRequest {
                resources: vec![resource],
                ..Default::default()
            };
            let outcome = configs::alter(&cluster.image, &request.into(), cluster.node());
            cluster.commit(outcome.records);
        }
        _ => {
            let epoch = cluster.image.cluster().brokers()[&1].epoch;
            let outcome =
                producer_ids::allocate(&cluster.image, 1, epoch).expect("broker 1 is there");
            cluster.commit(outcome.records);
        }
    }
}

#[test]
fn the_same_records_make_equal_images() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let mut cluster = Cluster::of_brokers(&[1, 2]);
        for _ in 0..40 {
            random_request(&mut cluster, &mut random);
        }
        // Another node reads the same bytes, cut into other batches.
        let bytes: Vec<_> = cluster
            .log
            .iter()
            .map(|record| record::encode(record).expect("written"))
            .collect();
        let mut other = MetadataImage::empty();
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(1 + random.below(rest.len() as u64) as usize);
            rest = later;
            let records: Vec<_> = batch
                .iter()
                .map(|bytes| record::decode(bytes.clone()).expect("read"))
                .collect();
            other = other
                .apply(&records, other.last_offset() + records.len() as i64, 1)
                .expect("can be replayed");
        }
        assert_eq!(other, cluster.image, "seed {seed}");
        // And a third one starts from a snapshot.
        let records = cluster.image.to_records();
        let third = MetadataImage::empty()
            .apply(&records, cluster.image.last_offset(), 1)
            .expect("can be replayed");
        assert_eq!(third, cluster.image, "seed {seed}, from a snapshot");
    }
}

#[test]
fn an_image_never_changes() {
    let mut cluster = Cluster::of_brokers(&[1]);
    cluster.create_topic("first", 1, &[]);
    let before = cluster.image.clone();
    let topic_before = Arc::clone(before.topics().by_name("first").expect("created"));
    cluster.create_topic("second", 1, &[]);
    assert!(before.topics().by_name("second").is_none());
    let topic_after = cluster
        .image
        .topics()
        .by_name("first")
        .expect("still there");
    assert!(
        Arc::ptr_eq(&topic_before, topic_after),
        "what did not change is shared"
    );
}

#[test]
fn a_change_of_leader_is_a_new_epoch_and_a_change_of_isr_is_not() {
    let mut cluster = Cluster::of_brokers(&[1]);
    let id = cluster.create_topic("t", 1, &[]).topic_id;
    let change = |leader, isr| {
        MetadataRecord::PartitionChange(PartitionChangeRecord {
            partition_id: 0,
            topic_id: id,
            leader,
            isr,
            ..PartitionChangeRecord::default()
        })
    };
    let epochs = |cluster: &Cluster| {
        let partition = cluster.image.topics().partition("t", 0).expect("created");
        (
            partition.leader,
            partition.leader_epoch,
            partition.partition_epoch,
        )
    };
    assert_eq!(epochs(&cluster), (1, 0, 0));
    cluster.commit(vec![change(-2, Some(vec![1]))]);
    assert_eq!(epochs(&cluster), (1, 0, 1));
    cluster.commit(vec![change(NO_LEADER, None)]);
    assert_eq!(epochs(&cluster), (NO_LEADER, 1, 2));
}

#[test]
fn settings_are_removed_with_their_topic() {
    let mut cluster = Cluster::of_brokers(&[1]);
    let id = cluster
        .create_topic("t", 1, &[("retention.ms", "5")])
        .topic_id;
    assert_eq!(cluster.image.configs().of_topic("t")["retention.ms"], "5");
    cluster.commit(vec![MetadataRecord::RemoveTopic(
        wire::records::metadata::RemoveTopicRecord { topic_id: id },
    )]);
    assert!(cluster.image.configs().of_topic("t").is_empty());
    cluster.create_topic("t", 1, &[]);
    assert!(cluster.image.configs().of_topic("t").is_empty());
}

#[test]
fn records_without_effect_are_accepted_and_unsupported_ones_are_not() {
    let image = MetadataImage::empty();
    let harmless = [MetadataRecord::NoOp(NoOpRecord::default())];
    assert!(image.apply(&harmless, 1, 1).is_ok());
    let acl = [MetadataRecord::AccessControlEntry(
        AccessControlEntryRecord::default(),
    )];
    let error = image.apply(&acl, 0, 1).expect_err("not understood");
    assert_eq!(
        error.to_string(),
        "this version does not support AccessControlEntryRecord: ACLs, quotas, SCRAM \
         credentials and delegation tokens would be lost"
    );
    let client_metrics = [MetadataRecord::Config(ConfigRecord {
        resource_type: 3,
        ..ConfigRecord::default()
    })];
    assert!(image.apply(&client_metrics, 0, 1).is_err());
}

#[test]
fn an_aborted_transaction_has_no_effect() {
    let begin = || MetadataRecord::BeginTransaction(BeginTransactionRecord::default());
    let topic = |name: &str, id| {
        MetadataRecord::Topic(wire::records::metadata::TopicRecord {
            name: name.into(),
            topic_id: Uuid([id; 16]),
        })
    };
    let image = MetadataImage::empty();
    let image = image
        .apply(&[begin(), topic("ended", 1)], 1, 1)
        .expect("fits");
    assert!(image.is_in_transaction());
    let end = MetadataRecord::EndTransaction(EndTransactionRecord::default());
    let image = image.apply(&[end], 2, 1).expect("fits");
    assert!(!image.is_in_transaction());
    let abort = MetadataRecord::AbortTransaction(AbortTransactionRecord::default());
    let aborted = [begin(), topic("aborted", 2), abort];
    let image = image.apply(&aborted, 5, 2).expect("fits");
    assert_eq!((image.last_offset(), image.epoch()), (5, 2));
    assert!(!image.is_in_transaction());
    assert!(image.topics().by_name("ended").is_some());
    assert!(image.topics().by_name("aborted").is_none());
}

#[test]
fn eligible_leaders_are_cleared_for_one_topic_or_for_all() {
    let mut cluster = Cluster::of_brokers(&[1, 2]);
    for name in ["a", "b", "c"] {
        let topic_id = cluster.create_topic(name, 1, &[]).topic_id;
        if name != "c" {
            cluster.commit(vec![MetadataRecord::PartitionChange(
                PartitionChangeRecord {
                    topic_id,
                    partition_id: 0,
                    eligible_leader_replicas: Some(vec![2]),
                    ..PartitionChangeRecord::default()
                },
            )]);
        }
    }
    let eligible = |cluster: &Cluster| {
        ["a", "b", "c"].map(|name| {
            let partition = cluster.image.topics().partition(name, 0).expect("there");
            (
                partition.eligible_leader_replicas.len(),
                partition.partition_epoch,
            )
        })
    };
    assert_eq!(eligible(&cluster), [(1, 1), (1, 1), (0, 0)]);
    let clear = |name: &str| {
        MetadataRecord::ClearElr(ClearElrRecord {
            topic_name: name.into(),
        })
    };
    cluster.commit(vec![clear("a")]);
    assert_eq!(eligible(&cluster), [(0, 2), (1, 1), (0, 0)]);
    cluster.commit(vec![clear("")]);
    assert_eq!(eligible(&cluster), [(0, 2), (0, 2), (0, 0)]);
}

#[test]
fn an_eligible_replica_becomes_leader_if_none_is_in_sync() {
    let mut cluster = Cluster::of_brokers(&[1]);
    let topic_id = cluster.create_topic("t", 1, &[]).topic_id;
    // What a broker of Kafka 4.3 leaves when it stops.
    cluster.commit(vec![MetadataRecord::PartitionChange(
        PartitionChangeRecord {
            topic_id,
            partition_id: 0,
            isr: Some(Vec::new()),
            leader: NO_LEADER,
            eligible_leader_replicas: Some(vec![1]),
            last_known_elr: Some(vec![1]),
            ..PartitionChangeRecord::default()
        },
    )]);
    let epoch = cluster.image.cluster().brokers()[&1].epoch;
    let unfenced = brokers::unfence(&cluster.image, 1, epoch).expect("registered");
    cluster.commit(unfenced.records);
    let partition = cluster.image.topics().partition("t", 0).expect("there");
    assert_eq!((partition.leader, &*partition.isr), (1, &[1][..]));
    assert!(partition.eligible_leader_replicas.is_empty());
    assert!(partition.last_known_leaders.is_empty());
}
