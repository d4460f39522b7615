use std::collections::BTreeSet;

use wire::Uuid;
use wire::messages::create_partitions_request::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};
use wire::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use wire::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};

use super::{create_partitions, delete};
use crate::controller::brokers;
use crate::testing::{Cluster, error_text, topic};

fn create(cluster: &mut Cluster, topics: Vec<CreatableTopic>) -> Vec<String> {
    cluster
        .create(&CreateTopicsRequest {
            topics,
            ..Default::default()
        })
        .iter()
        .map(|result| error_text(result.error_code, result.error_message.as_ref()))
        .collect()
}

fn create_one(cluster: &mut Cluster, topic: CreatableTopic) -> String {
    create(cluster, vec![topic]).remove(0)
}

#[test]
fn a_topic_is_one_record_and_one_for_each_partition_and_setting() {
    let mut cluster = Cluster::of_brokers(&[1]);
    let before = cluster.log.len();
    let made = cluster.create_topic("clicks", 3, &[("cleanup.policy", "compact")]);
    assert_eq!((made.num_partitions, made.replication_factor), (3, 1));
    let names: Vec<_> = cluster.log[before..]
        .iter()
        .map(crate::record::name)
        .collect();
    assert_eq!(
        names,
        [
            "TopicRecord",
            "ConfigRecord",
            "PartitionRecord",
            "PartitionRecord",
            "PartitionRecord"
        ]
    );
    let partition = cluster.image.topics().partition("clicks", 2).expect("made");
    assert_eq!((partition.leader, &partition.isr), (1, &vec![1]));
    assert_eq!(
        partition.directories,
        [Uuid([0x41; 16])],
        "the broker has only one directory"
    );
    let configs = made.configs.expect("told");
    let cleanup = configs
        .iter()
        .find(|config| &*config.name == "cleanup.policy")
        .expect("told");
    assert_eq!(
        (cleanup.value.as_deref(), cleanup.config_source),
        (Some("compact"), 1)
    );
    let flush = configs
        .iter()
        .find(|config| &*config.name == "flush.messages")
        .expect("told");
    assert_eq!(
        (flush.value.as_deref(), flush.config_source),
        (Some("1"), 5)
    );
}

#[test]
fn minus_one_means_the_brokers_default() {
    let mut cluster = Cluster::of_brokers(&[1]);
    cluster
        .static_config
        .insert("num.partitions".into(), "4".into());
    assert_eq!(create_one(&mut cluster, topic("t", -1, -1, &[])), "NONE");
    assert_eq!(
        cluster
            .image
            .topics()
            .by_name("t")
            .expect("made")
            .partitions
            .len(),
        4
    );
}

/// The messages are Kafka's.
#[test]
fn invalid_topics_are_refused_with_kafkas_messages() {
    let cluster = &mut Cluster::of_brokers(&[1]);
    assert_eq!(create_one(cluster, topic("a.b", 1, 1, &[])), "NONE");
    let cases = [
        (
            topic("a.b", 1, 1, &[]),
            "TOPIC_ALREADY_EXISTS: Topic 'a.b' already exists.",
        ),
        (
            topic("a_b", 1, 1, &[]),
            "INVALID_TOPIC_EXCEPTION: Topic 'a_b' collides with existing topic: a.b",
        ),
        (
            topic("..", 1, 1, &[]),
            "INVALID_TOPIC_EXCEPTION: Topic name is invalid: '..' is not allowed",
        ),
        (
            topic("__cluster_metadata", 1, 1, &[]),
            "INVALID_REQUEST: Creation of internal topic __cluster_metadata is prohibited.",
        ),
        (
            topic("t", 0, 1, &[]),
            "INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value.",
        ),
        (
            topic("t", 1, 0, &[]),
            "INVALID_REPLICATION_FACTOR: Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (
            topic("t", 1, 3, &[]),
            "INVALID_REPLICATION_FACTOR: Unable to replicate the partition 3 time(s): The target replication \
             factor of 3 cannot be reached because only 1 broker(s) are registered.",
        ),
        (
            topic("t", 1, 1, &[("nope", "1")]),
            "INVALID_CONFIG: Unknown topic config name: nope",
        ),
        (
            topic("t", i32::MAX, 1, &[]),
            "POLICY_VIOLATION: Unable to perform excessively large batch operation.",
        ),
    ];
    for (topic, expected) in cases {
        assert_eq!(create_one(cluster, topic), expected);
    }
    let null = CreatableTopic {
        configs: vec![CreatableTopicConfig {
            name: "retention.ms".into(),
            value: None,
        }],
        ..topic("t", 1, 1, &[])
    };
    assert_eq!(
        create_one(cluster, null),
        "INVALID_CONFIG: Null value not supported for topic configs: retention.ms"
    );
    assert_eq!(cluster.image.topics().len(), 1, "nothing of it was made");
}

#[test]
fn a_refused_topic_does_not_affect_the_others() {
    let cluster = &mut Cluster::of_brokers(&[1]);
    let verdicts = create(
        cluster,
        vec![
            topic("twice", 1, 1, &[]),
            topic("good", 1, 1, &[]),
            topic("twice", 1, 1, &[]),
            topic("x.y", 1, 1, &[]),
            topic("x_y", 1, 1, &[]),
        ],
    );
    assert_eq!(
        verdicts,
        [
            "INVALID_REQUEST: Duplicate topic name.",
            "NONE",
            "NONE",
            "INVALID_TOPIC_EXCEPTION: Topic 'x_y' collides with existing topic: x.y",
        ]
    );
    assert!(cluster.image.topics().by_name("twice").is_none());
}

#[test]
fn validate_only_creates_nothing() {
    let mut cluster = Cluster::of_brokers(&[1]);
    let request = CreateTopicsRequest {
        topics: vec![topic("t", 1, 1, &[])],
        validate_only: true,
        ..Default::default()
    };
    assert_eq!(cluster.create(&request)[0].error_code, 0);
    assert!(cluster.image.topics().is_empty());
}

#[test]
fn leaders_are_spread_and_replicas_differ() {
    let mut cluster = Cluster::of_brokers(&[1, 2, 3]);
    assert_eq!(create_one(&mut cluster, topic("t", 6, 2, &[])), "NONE");
    let topic = cluster.image.topics().by_name("t").expect("made");
    let mut led = [0; 4];
    for partition in topic.partitions.values() {
        led[partition.leader as usize] += 1;
        assert_eq!(partition.replicas.iter().collect::<BTreeSet<_>>().len(), 2);
        assert_eq!(partition.leader, partition.replicas[0]);
    }
    assert_eq!(led, [0, 2, 2, 2]);
}

#[test]
fn a_fenced_broker_follows_but_does_not_lead() {
    let mut cluster = Cluster::of_brokers(&[1]);
    cluster.register_broker(2);
    assert_eq!(create_one(&mut cluster, topic("t", 3, 2, &[])), "NONE");
    for partition in cluster
        .image
        .topics()
        .by_name("t")
        .expect("made")
        .partitions
        .values()
    {
        assert_eq!(
            (partition.leader, &partition.replicas, &partition.isr),
            (1, &vec![1, 2], &vec![1])
        );
    }
}

/// A partition and its brokers.
type ByHand<'a> = (i32, &'a [i32]);

#[test]
fn a_manual_assignment_is_checked() {
    let by_hand = |assignments: &[ByHand]| CreatableTopic {
        assignments: assignments
            .iter()
            .map(|(partition, brokers)| CreatableReplicaAssignment {
                partition_index: *partition,
                broker_ids: brokers.to_vec(),
            })
            .collect(),
        ..topic("t", -1, -1, &[])
    };
    let cluster = &mut Cluster::of_brokers(&[1, 2]);
    let code = "INVALID_REPLICA_ASSIGNMENT";
    let refused: [(&[ByHand], &str); 6] = [
        (
            &[(0, &[])],
            "The manual partition assignment includes an empty replica list.",
        ),
        (
            &[(0, &[9])],
            "The manual partition assignment includes broker 9, but no such broker is registered.",
        ),
        (
            &[(0, &[1, 1])],
            "The manual partition assignment includes the broker 1 more than once.",
        ),
        (
            &[(0, &[1]), (0, &[2])],
            "Found multiple manual partition assignments for partition 0",
        ),
        (
            &[(0, &[1]), (2, &[2])],
            "partitions should be a consecutive 0-based integer sequence",
        ),
        (
            &[(0, &[1]), (1, &[1, 2])],
            "The manual partition assignment includes a partition with 2 replica(s), but this is not \
             consistent with previous partitions, which have 1 replica(s).",
        ),
    ];
    for (assignments, message) in refused {
        assert_eq!(
            create_one(cluster, by_hand(assignments)),
            format!("{code}: {message}")
        );
    }
    let both = CreatableTopic {
        num_partitions: 1,
        ..by_hand(&[(0, &[1])])
    };
    assert_eq!(
        create_one(cluster, both),
        "INVALID_REQUEST: A manual partition assignment was specified, but numPartitions was not set to -1."
    );
    assert_eq!(
        create_one(cluster, by_hand(&[(1, &[1, 2]), (0, &[2, 1])])),
        "NONE"
    );
    assert_eq!(
        cluster
            .image
            .topics()
            .partition("t", 0)
            .expect("made")
            .leader,
        2
    );
}

fn delete_all(cluster: &mut Cluster, request: &DeleteTopicsRequest, version: i16) -> Vec<String> {
    let outcome = delete(&cluster.image, request, version, cluster.node());
    cluster.commit(outcome.records);
    outcome
        .response
        .responses
        .iter()
        .map(|result| {
            let code = wire::ErrorCode::from_code(result.error_code).name();
            let message = result.error_message.as_deref().unwrap_or_default();
            format!("{} {code} {message}", result.name.as_deref().unwrap_or("-"))
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[test]
fn topics_are_deleted_by_name_or_by_id() {
    let mut cluster = Cluster::of_brokers(&[1]);
    for name in ["a", "b", "c", "d"] {
        cluster.create_topic(name, 1, &[]);
    }
    let id = |name: &str| cluster.image.topics().by_name(name).expect("made").id;
    let by_name = |name: &str| DeleteTopicState {
        name: Some(name.into()),
        topic_id: Uuid::ZERO,
    };
    let by_id = |topic_id| DeleteTopicState {
        name: None,
        topic_id,
    };
    let request = DeleteTopicsRequest {
        topics: vec![
            by_name("a"),
            by_id(id("b")),
            by_name("c"),
            by_id(id("c")),
            by_name("gone"),
            by_id(Uuid([3; 16])),
            by_name("d"),
            by_name("d"),
            by_id(Uuid::ZERO),
            DeleteTopicState {
                name: Some("a".into()),
                topic_id: id("a"),
            },
        ],
        ..Default::default()
    };
    assert_eq!(
        delete_all(&mut cluster, &request, 6),
        [
            "a NONE",
            "b NONE",
            "c INVALID_REQUEST The provided topic name maps to an ID that was already supplied.",
            "- INVALID_REQUEST The provided topic name maps to an ID that was already supplied.",
            "gone UNKNOWN_TOPIC_OR_PARTITION",
            "- UNKNOWN_TOPIC_ID",
            "d INVALID_REQUEST Duplicate topic name.",
            "- INVALID_REQUEST Neither topic name nor id were specified.",
            "a INVALID_REQUEST You may not specify both topic name and topic id.",
        ]
    );
    let left: Vec<_> = cluster
        .image
        .topics()
        .iter()
        .map(|topic| topic.name.to_string())
        .collect();
    assert_eq!(left, ["c", "d"]);
}

#[test]
fn deletion_can_be_disabled() {
    let mut cluster = Cluster::of_brokers(&[1]);
    cluster.create_topic("t", 1, &[]);
    cluster
        .static_config
        .insert("delete.topic.enable".into(), "false".into());
    let request = DeleteTopicsRequest {
        topic_names: vec!["t".into()],
        ..Default::default()
    };
    assert_eq!(
        delete_all(&mut cluster, &request, 1),
        ["t INVALID_REQUEST Topic deletion is disabled."]
    );
    assert_eq!(
        delete_all(&mut cluster, &request, 4),
        ["t TOPIC_DELETION_DISABLED"]
    );
}

fn grow(cluster: &mut Cluster, topics: Vec<CreatePartitionsTopic>) -> Vec<String> {
    let outcome = create_partitions(
        &cluster.image,
        &CreatePartitionsRequest {
            topics,
            ..Default::default()
        },
    );
    cluster.commit(outcome.records);
    outcome
        .response
        .results
        .iter()
        .map(|result| error_text(result.error_code, result.error_message.as_ref()))
        .collect()
}

#[test]
fn the_number_of_partitions_only_grows() {
    let cluster = &mut Cluster::of_brokers(&[1]);
    cluster.create_topic("t", 2, &[]);
    let to = |name: &str, count| CreatePartitionsTopic {
        name: name.into(),
        count,
        assignments: None,
    };
    assert_eq!(
        grow(cluster, vec![to("t", 2)]),
        ["INVALID_PARTITIONS: Topic already has 2 partition(s)."]
    );
    assert_eq!(
        grow(cluster, vec![to("t", -7)]),
        [
            "INVALID_PARTITIONS: The topic t currently has 2 partition(s); -7 would not be an increase."
        ]
    );
    assert_eq!(
        grow(cluster, vec![to("gone", 2)]),
        ["UNKNOWN_TOPIC_OR_PARTITION"]
    );
    assert_eq!(
        grow(cluster, vec![to("t", 3), to("t", 4)]),
        ["INVALID_REQUEST: Duplicate topic name."]
    );
    let by_hand = CreatePartitionsTopic {
        assignments: Some(vec![CreatePartitionsAssignment {
            broker_ids: vec![1],
        }]),
        ..to("t", 4)
    };
    assert_eq!(
        grow(cluster, vec![by_hand]),
        [
            "INVALID_REPLICA_ASSIGNMENT: Attempted to add 2 additional partition(s), but only 1 assignment(s) \
             were specified."
        ]
    );
    assert_eq!(
        grow(cluster, vec![to("t", i32::MAX)]),
        ["POLICY_VIOLATION: Unable to perform excessively large batch operation."]
    );
    assert_eq!(grow(cluster, vec![to("t", 5)]), ["NONE"]);
    assert_eq!(
        cluster
            .image
            .topics()
            .by_name("t")
            .expect("made")
            .partitions
            .len(),
        5
    );
}

/// The partition of a group is a hash of its name, modulo the number of partitions: with more of them
/// the group would lose its offsets.
#[test]
fn internal_topics_keep_their_number_of_partitions() {
    let cluster = &mut Cluster::of_brokers(&[1]);
    cluster.create_topic("__consumer_offsets", 2, &[]);
    let more = CreatePartitionsTopic {
        name: "__consumer_offsets".into(),
        count: 3,
        assignments: None,
    };
    assert_eq!(
        grow(cluster, vec![more]),
        [
            "INVALID_PARTITIONS: The number of partitions of __consumer_offsets cannot be changed: it determines \
             the partition of each group and transaction."
        ]
    );
}

#[test]
fn a_restarted_broker_leads_in_a_new_epoch() {
    let mut cluster = Cluster::of_brokers(&[1]);
    cluster.create_topic("t", 1, &[]);
    cluster.start_broker(1);
    let partition = cluster.image.topics().partition("t", 0).expect("made");
    assert_eq!((partition.leader, partition.leader_epoch), (1, 1));
    assert!(
        brokers::check_epoch(&cluster.image, 1, 0).is_err(),
        "the old registration is void"
    );
}
