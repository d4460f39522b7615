//! Every version that is advertised is answered in that version.

use super::*;
use wire::messages::*;
use wire::{ApiKey, Request, StrBytes, Uuid};

const TOPIC: &str = "t";
const GROUP: &str = "g";

struct Story {
    client: WireClient,
    topic_id: Uuid,
    /// The kinds of requests that were sent, to find those that have no test.
    sent: Vec<ApiKey>,
}

impl Story {
    /// Sends the request in every version. It may depend on the version.
    async fn in_all_versions<R: Request>(
        &mut self,
        request: impl Fn(i16, &Story) -> R,
    ) -> Vec<R::Response> {
        let mut responses = Vec::new();
        for version in R::KEY.valid_versions() {
            let request = request(version, self);
            responses.push(self.client.request(&request, version).await);
        }
        self.sent.push(R::KEY);
        responses
    }
}

#[test]
fn every_advertised_version_is_answered() {
    let world = World::new();
    world.run(async {
        let broker = world
            .start(&[("group.initial.rebalance.delay.ms", "0")])
            .await;
        let mut client = world.connect(&broker).await;
        create_topic(&mut client, TOPIC, 2).await;
        let mut story = Story {
            client,
            topic_id: Uuid::ZERO,
            sent: Vec::new(),
        };
        let advertised = story.in_all_versions(|_, _| named_client()).await;
        about_the_cluster(&mut story).await;
        about_records(&mut story).await;
        about_groups(&mut story).await;
        about_changes(&mut story).await;
        for api in &advertised[0].api_keys {
            let key = ApiKey::from_i16(api.api_key).unwrap();
            assert!(
                story.sent.contains(&key),
                "{} is advertised and not tested",
                key.name()
            );
        }
        broker.shutdown().await;
    });
}

fn named_client() -> ApiVersionsRequest {
    ApiVersionsRequest {
        client_software_name: "test".into(),
        client_software_version: "1".into(),
    }
}

async fn about_the_cluster(story: &mut Story) {
    use metadata_request::MetadataRequestTopic;
    let metadata = story
        .in_all_versions(|_, _| MetadataRequest {
            topics: Some(vec![MetadataRequestTopic {
                name: Some(TOPIC.into()),
                ..Default::default()
            }]),
            allow_auto_topic_creation: true,
            ..Default::default()
        })
        .await;
    for response in &metadata {
        assert_eq!(response.topics[0].partitions.len(), 2);
    }
    story.topic_id = metadata.last().unwrap().topics[0].topic_id;
    let clusters = story
        .in_all_versions(|_, _| DescribeClusterRequest::default())
        .await;
    assert!(clusters.iter().all(|response| response.brokers.len() == 1));
    let configs = story
        .in_all_versions(|version, _| DescribeConfigsRequest {
            resources: [(2, TOPIC), (4, "1")]
                .map(
                    |(resource_type, name)| describe_configs_request::DescribeConfigsResource {
                        resource_type,
                        resource_name: name.into(),
                        configuration_keys: None,
                    },
                )
                .to_vec(),
            include_synonyms: true,
            include_documentation: version >= 3,
        })
        .await;
    for response in &configs {
        assert!(
            response
                .results
                .iter()
                .all(|r| r.error_code == 0 && r.configs.len() > 20)
        );
    }
}

async fn about_records(story: &mut Story) {
    let produced = story
        .in_all_versions(|version, story| {
            let mut request = produce_request(TOPIC, 0, -1, batch(&["value"]));
            if version >= 13 {
                request.topic_data[0].name = StrBytes::EMPTY;
                request.topic_data[0].topic_id = story.topic_id;
            }
            request
        })
        .await;
    for (offset, response) in produced.iter().enumerate() {
        let partition = &response.responses[0].partition_responses[0];
        assert_eq!(
            (partition.error_code, partition.base_offset),
            (0, offset as i64)
        );
    }
    let fetched = story
        .in_all_versions(|version, story| {
            let mut request = fetch_request(TOPIC, 0, 0);
            if version < 7 {
                request.session_epoch = FetchRequest::default().session_epoch;
            }
            if version >= 13 {
                request.topics[0].topic = StrBytes::EMPTY;
                request.topics[0].topic_id = story.topic_id;
            }
            request
        })
        .await;
    for response in &fetched {
        let data = &response.responses[0].partitions[0];
        assert_eq!((data.error_code, values(data).len()), (0, produced.len()));
    }
    use list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
    let listed = story
        .in_all_versions(|_, _| ListOffsetsRequest {
            replica_id: -1,
            topics: vec![ListOffsetsTopic {
                name: TOPIC.into(),
                partitions: vec![ListOffsetsPartition {
                    timestamp: -1,
                    ..Default::default()
                }],
            }],
            ..Default::default()
        })
        .await;
    for response in &listed {
        let partition = &response.topics[0].partitions[0];
        assert_eq!(
            (partition.error_code, partition.offset),
            (0, produced.len() as i64)
        );
    }
    use offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
    let ends = story
        .in_all_versions(|version, _| OffsetForLeaderEpochRequest {
            replica_id: if version < 3 { -2 } else { -1 },
            topics: vec![OffsetForLeaderTopic {
                topic: TOPIC.into(),
                partitions: vec![OffsetForLeaderPartition {
                    partition: 0,
                    current_leader_epoch: -1,
                    leader_epoch: 0,
                }],
            }],
        })
        .await;
    for response in &ends {
        let partition = &response.topics[0].partitions[0];
        let end = (partition.leader_epoch, partition.end_offset);
        assert_eq!((partition.error_code, end), (0, (0, produced.len() as i64)));
    }
    let ids = story
        .in_all_versions(|_, _| InitProducerIdRequest {
            transactional_id: None,
            ..Default::default()
        })
        .await;
    assert!(
        ids.windows(2)
            .all(|pair| pair[0].producer_id < pair[1].producer_id)
    );
    use delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
    let deleted = story
        .in_all_versions(|version, _| DeleteRecordsRequest {
            topics: vec![DeleteRecordsTopic {
                name: TOPIC.into(),
                partitions: vec![DeleteRecordsPartition {
                    partition_index: 0,
                    offset: i64::from(version) + 1,
                }],
            }],
            ..Default::default()
        })
        .await;
    for (version, response) in deleted.iter().enumerate() {
        let partition = &response.topics[0].partitions[0];
        assert_eq!(
            (partition.error_code, partition.low_watermark),
            (0, version as i64 + 1)
        );
    }
}

async fn about_groups(story: &mut Story) {
    let found = story
        .in_all_versions(|version, _| match version {
            ..4 => FindCoordinatorRequest {
                key: GROUP.into(),
                ..Default::default()
            },
            _ => FindCoordinatorRequest {
                coordinator_keys: vec![GROUP.into()],
                ..Default::default()
            },
        })
        .await;
    for response in &found {
        let errors = response.coordinators.iter().map(|found| found.error_code);
        assert!(errors.chain([response.error_code]).all(|error| error == 0));
    }
    // The join is refused; tests/it/groups.rs tests joins that succeed.
    story
        .in_all_versions(|_, _| JoinGroupRequest {
            group_id: GROUP.into(),
            ..Default::default()
        })
        .await;
    story
        .in_all_versions(|_, _| SyncGroupRequest {
            group_id: GROUP.into(),
            ..Default::default()
        })
        .await;
    story
        .in_all_versions(|_, _| HeartbeatRequest {
            group_id: GROUP.into(),
            ..Default::default()
        })
        .await;
    story
        .in_all_versions(|version, _| {
            let mut request = LeaveGroupRequest {
                group_id: GROUP.into(),
                ..Default::default()
            };
            if version >= 3 {
                request.members = vec![leave_group_request::MemberIdentity {
                    member_id: "m".into(),
                    ..Default::default()
                }];
            }
            request
        })
        .await;
    use offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
    let committed = story
        .in_all_versions(|version, story| OffsetCommitRequest {
            group_id: GROUP.into(),
            generation_id_or_member_epoch: -1,
            topics: vec![OffsetCommitRequestTopic {
                name: if version < 10 {
                    TOPIC.into()
                } else {
                    StrBytes::EMPTY
                },
                topic_id: if version < 10 {
                    Uuid::ZERO
                } else {
                    story.topic_id
                },
                partitions: [0, 7]
                    .map(|partition_index| OffsetCommitRequestPartition {
                        partition_index,
                        committed_offset: i64::from(version),
                        ..Default::default()
                    })
                    .to_vec(),
            }],
            ..Default::default()
        })
        .await;
    for response in &committed {
        let codes: Vec<i16> = response.topics[0]
            .partitions
            .iter()
            .map(|p| p.error_code)
            .collect();
        assert_eq!(codes, [0, ErrorCode::UnknownTopicOrPartition.code()]);
    }
    use offset_fetch_request::{
        OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
    };
    let fetched = story
        .in_all_versions(|version, story| match version {
            ..8 => OffsetFetchRequest {
                group_id: GROUP.into(),
                topics: Some(vec![OffsetFetchRequestTopic {
                    name: TOPIC.into(),
                    partition_indexes: vec![0],
                }]),
                ..Default::default()
            },
            _ => OffsetFetchRequest {
                groups: vec![OffsetFetchRequestGroup {
                    group_id: GROUP.into(),
                    topics: Some(vec![OffsetFetchRequestTopics {
                        name: if version < 10 {
                            TOPIC.into()
                        } else {
                            StrBytes::EMPTY
                        },
                        topic_id: if version < 10 {
                            Uuid::ZERO
                        } else {
                            story.topic_id
                        },
                        partition_indexes: vec![0],
                    }]),
                    ..Default::default()
                }],
                ..Default::default()
            },
        })
        .await;
    for response in &fetched {
        let old = response
            .topics
            .iter()
            .map(|topic| topic.partitions[0].committed_offset);
        let new = response
            .groups
            .iter()
            .map(|group| &group.topics[0].partitions[0]);
        let offsets: Vec<i64> = old.chain(new.map(|p| p.committed_offset)).collect();
        assert_eq!(offsets, [10]);
    }
    let listed = story
        .in_all_versions(|_, _| ListGroupsRequest::default())
        .await;
    assert!(listed.iter().all(|response| response.groups.len() == 1));
    let described = story
        .in_all_versions(|_, _| DescribeGroupsRequest {
            groups: vec![GROUP.into()],
            ..Default::default()
        })
        .await;
    assert!(
        described
            .iter()
            .all(|response| response.groups[0].error_code == 0)
    );
    use offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
    story
        .in_all_versions(|_, _| OffsetDeleteRequest {
            group_id: GROUP.into(),
            topics: vec![OffsetDeleteRequestTopic {
                name: TOPIC.into(),
                partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
            }],
        })
        .await;
    story
        .in_all_versions(|_, _| DeleteGroupsRequest {
            groups_names: vec![GROUP.into()],
        })
        .await;
}

async fn about_changes(story: &mut Story) {
    use create_topics_request::CreatableTopic;
    let name = |version: i16| StrBytes::from(format!("made-{version}"));
    let created = story
        .in_all_versions(|version, _| CreateTopicsRequest {
            topics: vec![CreatableTopic {
                name: name(version),
                num_partitions: 1,
                replication_factor: 1,
                ..Default::default()
            }],
            ..Default::default()
        })
        .await;
    assert!(
        created
            .iter()
            .all(|response| response.topics[0].error_code == 0)
    );
    use create_partitions_request::CreatePartitionsTopic;
    let grown = story
        .in_all_versions(|version, _| CreatePartitionsRequest {
            topics: vec![CreatePartitionsTopic {
                name: TOPIC.into(),
                count: 3 + i32::from(version),
                assignments: None,
            }],
            ..Default::default()
        })
        .await;
    assert!(
        grown
            .iter()
            .all(|response| response.results[0].error_code == 0)
    );
    let altered = story
        .in_all_versions(|_, _| AlterConfigsRequest {
            resources: vec![alter_configs_request::AlterConfigsResource {
                resource_type: 2,
                resource_name: TOPIC.into(),
                configs: vec![alter_configs_request::AlterableConfig {
                    name: "retention.ms".into(),
                    value: Some("1000".into()),
                }],
            }],
            validate_only: false,
        })
        .await;
    assert!(
        altered
            .iter()
            .all(|response| response.responses[0].error_code == 0)
    );
    let altered = story
        .in_all_versions(|_, _| IncrementalAlterConfigsRequest {
            resources: vec![incremental_alter_configs_request::AlterConfigsResource {
                resource_type: 2,
                resource_name: TOPIC.into(),
                configs: vec![incremental_alter_configs_request::AlterableConfig {
                    name: "retention.ms".into(),
                    config_operation: 0,
                    value: Some("2000".into()),
                }],
            }],
            validate_only: false,
        })
        .await;
    assert!(
        altered
            .iter()
            .all(|response| response.responses[0].error_code == 0)
    );
    use delete_topics_request::DeleteTopicState;
    let deleted = story
        .in_all_versions(|version, _| match version {
            ..6 => DeleteTopicsRequest {
                topic_names: vec![name(version + 1)],
                ..Default::default()
            },
            _ => DeleteTopicsRequest {
                topics: vec![DeleteTopicState {
                    name: Some(name(version + 1)),
                    ..Default::default()
                }],
                ..Default::default()
            },
        })
        .await;
    assert!(
        deleted
            .iter()
            .all(|response| response.responses[0].error_code == 0)
    );
}
