use std::collections::BTreeMap;

use wire::messages::alter_configs_request as legacy;
use wire::messages::incremental_alter_configs_request as incremental;
use wire::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use wire::records::metadata::{ConfigRecord, FeatureLevelRecord, MetadataRecord};

use super::{AlterRequest, eligible_leader_replicas_records};
use crate::config_def::{ConfigSource, resolve_topic};
use crate::image::{ConfigResource, ELIGIBLE_LEADER_REPLICAS_FEATURE};
use crate::testing::{Cluster, error_text};

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;
const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// Operation, setting and value.
type Op<'a> = (i8, &'a str, Option<&'a str>);

/// Changes settings of one resource and returns the result.
fn alter(cluster: &mut Cluster, kind: i8, name: &str, ops: &[Op<'_>]) -> String {
    let configs = ops
        .iter()
        .map(|(operation, name, value)| incremental::AlterableConfig {
            name: (*name).into(),
            config_operation: *operation,
            value: value.map(Into::into),
        })
        .collect();
    let resource = incremental::AlterConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configs,
    };
    let request = incremental::IncrementalAlterConfigsRequest {
        resources: vec![resource],
        ..Default::default()
    };
    let outcome = super::alter(&cluster.image, &AlterRequest::from(request), cluster.node());
    cluster.commit(outcome.records);
    result(&outcome.response.responses[0])
}

fn result(altered: &AlterConfigsResourceResponse) -> String {
    error_text(altered.error_code, altered.error_message.as_ref())
}

fn settings(cluster: &Cluster, topic: &str) -> String {
    let configs = cluster.image.configs().of_topic(topic);
    let pairs: Vec<_> = configs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join(" ")
}

fn with_topic() -> Cluster {
    let mut cluster = Cluster::of_brokers(&[1, 2]);
    cluster.create_topic("t", 1, &[("retention.ms", "5")]);
    cluster
}

#[test]
fn settings_are_set_deleted_appended_and_subtracted() {
    let cluster = &mut with_topic();
    assert_eq!(
        alter(cluster, TOPIC, "t", &[(SET, "segment.ms", Some("7"))]),
        "NONE"
    );
    assert_eq!(settings(cluster, "t"), "retention.ms=5 segment.ms=7");
    assert_eq!(
        alter(cluster, TOPIC, "t", &[(DELETE, "retention.ms", None)]),
        "NONE"
    );
    assert_eq!(settings(cluster, "t"), "segment.ms=7");
    // The default is part of the list that is extended.
    assert_eq!(
        alter(
            cluster,
            TOPIC,
            "t",
            &[(APPEND, "cleanup.policy", Some("compact"))]
        ),
        "NONE"
    );
    assert_eq!(
        settings(cluster, "t"),
        "cleanup.policy=delete,compact segment.ms=7"
    );
    assert_eq!(
        alter(
            cluster,
            TOPIC,
            "t",
            &[(SUBTRACT, "cleanup.policy", Some("delete"))]
        ),
        "NONE"
    );
    assert_eq!(
        settings(cluster, "t"),
        "cleanup.policy=compact segment.ms=7"
    );
}

#[test]
fn no_record_is_written_for_an_unchanged_setting() {
    let cluster = &mut with_topic();
    let before = cluster.log.len();
    assert_eq!(
        alter(cluster, TOPIC, "t", &[(SET, "retention.ms", Some("5"))]),
        "NONE"
    );
    assert_eq!(
        alter(cluster, TOPIC, "t", &[(DELETE, "segment.ms", None)]),
        "NONE"
    );
    assert_eq!(cluster.log.len(), before);
}

#[test]
fn a_resource_changes_as_a_whole_or_not_at_all() {
    let cluster = &mut with_topic();
    let ops = [
        (SET, "segment.ms", Some("7")),
        (SET, "retention.ms", Some("soon")),
    ];
    assert_eq!(
        alter(cluster, TOPIC, "t", &ops),
        "INVALID_CONFIG: Invalid value soon for configuration retention.ms: Not a number of type LONG"
    );
    assert_eq!(settings(cluster, "t"), "retention.ms=5");
}

/// The sentences are Kafka's.
#[test]
fn refusals_have_kafkas_messages() {
    let cluster = &mut with_topic();
    let set = [(SET, "retention.ms", Some("1"))];
    let cases: [(i8, &str, &[Op], &str); 11] = [
        (
            TOPIC,
            "gone",
            &set,
            "UNKNOWN_TOPIC_OR_PARTITION: The topic 'gone' does not exist.",
        ),
        (
            TOPIC,
            "",
            &set,
            "INVALID_REQUEST: Default topic resources are not allowed.",
        ),
        (
            TOPIC,
            "t",
            &[(SET, "retention.ms", None)],
            "INVALID_REQUEST: Null value not supported for : retention.ms",
        ),
        (
            TOPIC,
            "t",
            &[
                (SET, "retention.ms", Some("1")),
                (DELETE, "retention.ms", None),
            ],
            "INVALID_REQUEST: Error due to duplicate config keys",
        ),
        (
            TOPIC,
            "t",
            &[(APPEND, "retention.ms", Some("1"))],
            "INVALID_CONFIG: Can't APPEND to key retention.ms because its type is not LIST.",
        ),
        (
            TOPIC,
            "t",
            &[(9, "retention.ms", Some("1"))],
            "INVALID_REQUEST: Unknown operations type 9",
        ),
        (
            BROKER,
            "2",
            &set,
            "INVALID_REQUEST: Unexpected broker id, expected 1, but received 2",
        ),
        (
            BROKER,
            "x",
            &set,
            "INVALID_REQUEST: Node id must be an integer, but it is: x",
        ),
        (
            BROKER,
            "1",
            &[(SET, "node.id", Some("3"))],
            "INVALID_REQUEST: Cannot update these configs dynamically: [node.id]",
        ),
        (
            BROKER,
            "",
            &[(SET, "log.cleaner.threads", Some("2"))],
            "INVALID_REQUEST: Cannot update these configs dynamically: [log.cleaner.threads]",
        ),
        (3, "t", &set, "INVALID_REQUEST: Unknown resource type 3"),
    ];
    for (kind, name, ops, expected) in cases {
        assert_eq!(alter(cluster, kind, name, ops), expected);
    }
}

#[test]
fn a_stored_setting_that_cannot_change_can_be_deleted_and_stops_no_other_change() {
    let cluster = &mut with_topic();
    cluster.commit(vec![MetadataRecord::Config(ConfigRecord {
        resource_type: BROKER,
        resource_name: "1".into(),
        name: "log.cleaner.threads".into(),
        value: Some("2".into()),
    })]);
    let other = [(SET, "log.retention.ms", Some("1"))];
    assert_eq!(alter(cluster, BROKER, "1", &other), "NONE");
    let delete = [(DELETE, "log.cleaner.threads", None)];
    assert_eq!(alter(cluster, BROKER, "1", &delete), "NONE");
    let configs = cluster.image.configs().of(&ConfigResource::broker(1));
    assert_eq!(configs.len(), 1);
}

#[test]
fn a_broker_setting_is_written_again_even_if_it_is_the_same() {
    let cluster = &mut with_topic();
    let set = [(SET, "log.retention.ms", Some("1"))];
    assert_eq!(alter(cluster, BROKER, "", &set), "NONE");
    let before = cluster.log.len();
    assert_eq!(alter(cluster, BROKER, "", &set), "NONE");
    assert_eq!(cluster.log.len(), before + 1);
    let configs = cluster
        .image
        .configs()
        .of(&ConfigResource::default_broker());
    assert_eq!(configs["log.retention.ms"], "1");
}

#[test]
fn a_resource_named_twice_is_refused_both_times() {
    let cluster = with_topic();
    let resource = |value: &str| incremental::AlterConfigsResource {
        resource_type: TOPIC,
        resource_name: "t".into(),
        configs: vec![incremental::AlterableConfig {
            name: "retention.ms".into(),
            config_operation: SET,
            value: Some(value.into()),
        }],
    };
    let request = incremental::IncrementalAlterConfigsRequest {
        resources: vec![resource("1"), resource("2")],
        ..Default::default()
    };
    let outcome = super::alter(&cluster.image, &AlterRequest::from(request), cluster.node());
    assert!(outcome.records.is_empty());
    for altered in &outcome.response.responses {
        assert_eq!(
            result(altered),
            "INVALID_REQUEST: Each resource must appear at most once."
        );
    }
}

#[test]
fn alter_configs_resets_the_settings_it_does_not_name() {
    let mut cluster = with_topic();
    let request = legacy::AlterConfigsRequest {
        resources: vec![legacy::AlterConfigsResource {
            resource_type: TOPIC,
            resource_name: "t".into(),
            configs: vec![legacy::AlterableConfig {
                name: "segment.ms".into(),
                value: Some("9".into()),
            }],
        }],
        ..Default::default()
    };
    let outcome = super::alter(&cluster.image, &AlterRequest::from(request), cluster.node());
    cluster.commit(outcome.records);
    assert_eq!(settings(&cluster, "t"), "segment.ms=9");
}

/// Messages printed by Kafka 4.3.1.
#[test]
fn eligible_leader_replicas_need_one_min_insync_replicas_for_all_brokers() {
    let cluster = &mut with_topic();
    let name = "min.insync.replicas";
    assert_eq!(
        alter(cluster, BROKER, "1", &[(SET, name, Some("3"))]),
        "NONE"
    );
    let none = eligible_leader_replicas_records(&cluster.image, cluster.node());
    assert_eq!(none, []);

    cluster.commit(vec![MetadataRecord::FeatureLevel(FeatureLevelRecord {
        name: ELIGIBLE_LEADER_REPLICAS_FEATURE.into(),
        feature_level: 1,
    })]);
    cluster.static_config.insert(name.into(), "2".into());
    let records = eligible_leader_replicas_records(&cluster.image, cluster.node());
    cluster.commit(records);
    let configs = cluster.image.configs();
    let of_all = configs.of(&ConfigResource::default_broker());
    assert_eq!(of_all.get(name).map(String::as_str), Some("2"));
    assert_eq!(configs.of(&ConfigResource::broker(1)).get(name), None);
    let topic = resolve_topic(&BTreeMap::new(), cluster.node().layers(&cluster.image));
    let shown = topic.iter().find(|config| config.def.name == name);
    assert_eq!(
        shown.map(|config| (config.value.as_deref(), config.source)),
        Some((Some("2"), ConfigSource::DynamicDefaultBroker))
    );
    let again = eligible_leader_replicas_records(&cluster.image, cluster.node());
    assert_eq!(again, []);

    assert_eq!(
        alter(cluster, BROKER, "", &[(DELETE, name, None)]),
        "INVALID_CONFIG: Cluster-level min.insync.replicas cannot be removed while ELR is enabled."
    );
    assert_eq!(
        alter(cluster, BROKER, "1", &[(SET, name, Some("1"))]),
        "INVALID_CONFIG: Broker-level min.insync.replicas cannot be altered while ELR is enabled."
    );
    assert_eq!(
        alter(cluster, BROKER, "", &[(SET, name, Some("1"))]),
        "NONE"
    );
    assert_eq!(
        alter(cluster, TOPIC, "t", &[(SET, name, Some("1"))]),
        "NONE"
    );
}
