//! One valid request of each kind and version that the server supports.

use bytes::Bytes;
use wire::messages::alter_configs_request::{self, AlterConfigsRequest};
use wire::messages::create_partitions_request::{CreatePartitionsRequest, CreatePartitionsTopic};
use wire::messages::create_topics_request::{CreatableTopic, CreateTopicsRequest};
use wire::messages::delete_records_request::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use wire::messages::delete_topics_request::{DeleteTopicState, DeleteTopicsRequest};
use wire::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use wire::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic};
use wire::messages::incremental_alter_configs_request::{self, IncrementalAlterConfigsRequest};
use wire::messages::join_group_request::{JoinGroupRequest, JoinGroupRequestProtocol};
use wire::messages::leave_group_request::{LeaveGroupRequest, MemberIdentity};
use wire::messages::list_offsets_request::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use wire::messages::metadata_request::{MetadataRequest, MetadataRequestTopic};
use wire::messages::offset_commit_request::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use wire::messages::offset_delete_request::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use wire::messages::offset_fetch_request::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use wire::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderEpochRequest, OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::messages::sync_group_request::{SyncGroupRequest, SyncGroupRequestAssignment};
use wire::messages::{
    ApiVersionsRequest, DeleteGroupsRequest, DescribeClusterRequest, DescribeGroupsRequest,
    FindCoordinatorRequest, HeartbeatRequest, InitProducerIdRequest, ListGroupsRequest,
};
use wire::record_batch::{BatchBuilder, Compression};
use wire::{ApiKey, Records, Request, StrBytes, Uuid};

use crate::raw::encode;

/// An encoded request, with its kind and version.
pub struct Sample {
    pub key: ApiKey,
    pub version: i16,
    pub frame: Vec<u8>,
}

/// The topic of the requests, by name or, in versions without names, by id.
pub struct Topic {
    pub name: StrBytes,
    pub id: Uuid,
}

impl Topic {
    /// The name, in versions before `ids_from`.
    fn name(&self, version: i16, ids_from: i16) -> StrBytes {
        if version < ids_from {
            self.name.clone()
        } else {
            StrBytes::default()
        }
    }

    /// The id, in versions from `ids_from` on.
    fn id(&self, version: i16, ids_from: i16) -> Uuid {
        if version < ids_from {
            Uuid::default()
        } else {
            self.id
        }
    }
}

/// A sample of each version of a request.
fn each<R: Request>(request: impl Fn(i16) -> R) -> Vec<Sample> {
    let sample = |version| Sample {
        key: R::KEY,
        version,
        frame: encode(&request(version), version, 1),
    };
    R::KEY.valid_versions().map(sample).collect()
}

/// Samples of every supported request.
pub fn all(topic: &Topic) -> Vec<Sample> {
    let samples = [
        data(topic),
        topics(topic),
        configs(topic),
        groups(),
        offsets(topic),
        others(),
    ];
    samples.into_iter().flatten().collect()
}

fn data(topic: &Topic) -> Vec<Sample> {
    let mut batch = BatchBuilder::new(Compression::None);
    batch.append(-1, Some(b"key"), Some(b"value"), &[(b"header", Some(b"1"))]);
    let batch = batch.build();
    let produce = each(|version| ProduceRequest {
        acks: -1,
        timeout_ms: 100,
        topic_data: vec![TopicProduceData {
            name: topic.name(version, 13),
            topic_id: topic.id(version, 13),
            partition_data: vec![PartitionProduceData {
                index: 0,
                records: Records::Bytes(batch.clone()),
            }],
        }],
        ..ProduceRequest::default()
    });
    let fetch = each(|version| FetchRequest {
        max_bytes: 1000,
        topics: vec![FetchTopic {
            topic: topic.name(version, 13),
            topic_id: topic.id(version, 13),
            partitions: vec![FetchPartition {
                partition_max_bytes: 1000,
                ..FetchPartition::default()
            }],
        }],
        ..FetchRequest::default()
    });
    let list_offsets = each(|_| ListOffsetsRequest {
        topics: vec![ListOffsetsTopic {
            name: topic.name.clone(),
            partitions: vec![ListOffsetsPartition {
                timestamp: -1,
                ..ListOffsetsPartition::default()
            }],
        }],
        ..ListOffsetsRequest::default()
    });
    let epochs = each(|_| OffsetForLeaderEpochRequest {
        topics: vec![OffsetForLeaderTopic {
            topic: topic.name.clone(),
            partitions: vec![OffsetForLeaderPartition::default()],
        }],
        ..OffsetForLeaderEpochRequest::default()
    });
    let delete_records = each(|_| DeleteRecordsRequest {
        topics: vec![DeleteRecordsTopic {
            name: topic.name.clone(),
            partitions: vec![DeleteRecordsPartition {
                partition_index: 0,
                offset: 0,
            }],
        }],
        timeout_ms: 100,
    });
    [produce, fetch, list_offsets, epochs, delete_records]
        .into_iter()
        .flatten()
        .collect()
}

fn topics(topic: &Topic) -> Vec<Sample> {
    let metadata = each(|_| MetadataRequest {
        topics: Some(vec![MetadataRequestTopic {
            name: Some(topic.name.clone()),
            ..MetadataRequestTopic::default()
        }]),
        ..MetadataRequest::default()
    });
    let create = each(|_| CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name: "made".into(),
            num_partitions: 2,
            replication_factor: 1,
            ..CreatableTopic::default()
        }],
        timeout_ms: 100,
        validate_only: false,
    });
    let delete = each(|version| DeleteTopicsRequest {
        topics: match version {
            ..6 => Vec::new(),
            _ => vec![DeleteTopicState {
                name: Some("made".into()),
                ..DeleteTopicState::default()
            }],
        },
        topic_names: match version {
            ..6 => vec!["made".into()],
            _ => Vec::new(),
        },
        timeout_ms: 100,
    });
    let partitions = each(|_| CreatePartitionsRequest {
        topics: vec![CreatePartitionsTopic {
            name: "made".into(),
            count: 3,
            assignments: None,
        }],
        timeout_ms: 100,
        validate_only: false,
    });
    [metadata, create, delete, partitions]
        .into_iter()
        .flatten()
        .collect()
}

fn configs(topic: &Topic) -> Vec<Sample> {
    /// `resource_type` of a topic.
    const TOPIC: i8 = 2;
    let describe = each(|_| DescribeConfigsRequest {
        resources: vec![DescribeConfigsResource {
            resource_type: TOPIC,
            resource_name: topic.name.clone(),
            configuration_keys: Some(vec!["retention.ms".into()]),
        }],
        ..DescribeConfigsRequest::default()
    });
    let alter = each(|_| AlterConfigsRequest {
        resources: vec![alter_configs_request::AlterConfigsResource {
            resource_type: TOPIC,
            resource_name: topic.name.clone(),
            configs: vec![alter_configs_request::AlterableConfig {
                name: "retention.ms".into(),
                value: Some("1000000".into()),
            }],
        }],
        validate_only: false,
    });
    let incremental = each(|_| IncrementalAlterConfigsRequest {
        resources: vec![incremental_alter_configs_request::AlterConfigsResource {
            resource_type: TOPIC,
            resource_name: topic.name.clone(),
            configs: vec![incremental_alter_configs_request::AlterableConfig {
                name: "retention.ms".into(),
                value: Some("1000000".into()),
                config_operation: 0,
            }],
        }],
        validate_only: false,
    });
    [describe, alter, incremental]
        .into_iter()
        .flatten()
        .collect()
}

fn groups() -> Vec<Sample> {
    let join = each(|_| JoinGroupRequest {
        group_id: "group".into(),
        session_timeout_ms: 6000,
        rebalance_timeout_ms: 100,
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".into(),
            metadata: Bytes::from_static(&[0; 8]),
        }],
        ..JoinGroupRequest::default()
    });
    let sync = each(|_| SyncGroupRequest {
        group_id: "group".into(),
        generation_id: 1,
        member_id: "member".into(),
        assignments: vec![SyncGroupRequestAssignment {
            member_id: "member".into(),
            assignment: Bytes::from_static(&[0; 8]),
        }],
        ..SyncGroupRequest::default()
    });
    let heartbeat = each(|_| HeartbeatRequest {
        group_id: "group".into(),
        generation_id: 1,
        member_id: "member".into(),
        ..HeartbeatRequest::default()
    });
    let leave = each(|version| LeaveGroupRequest {
        group_id: "group".into(),
        member_id: if version < 3 {
            "member".into()
        } else {
            StrBytes::default()
        },
        members: match version {
            ..3 => Vec::new(),
            _ => vec![MemberIdentity {
                member_id: "member".into(),
                ..MemberIdentity::default()
            }],
        },
    });
    let describe = each(|_| DescribeGroupsRequest {
        groups: vec!["group".into()],
        ..DescribeGroupsRequest::default()
    });
    let delete = each(|_| DeleteGroupsRequest {
        groups_names: vec!["other group".into()],
    });
    let list = each(|_| ListGroupsRequest::default());
    [join, sync, heartbeat, leave, describe, delete, list]
        .into_iter()
        .flatten()
        .collect()
}

fn offsets(topic: &Topic) -> Vec<Sample> {
    let commit = each(|version| OffsetCommitRequest {
        group_id: "group".into(),
        topics: vec![OffsetCommitRequestTopic {
            name: topic.name(version, 10),
            topic_id: topic.id(version, 10),
            partitions: vec![OffsetCommitRequestPartition {
                committed_offset: 1,
                committed_metadata: Some("note".into()),
                ..OffsetCommitRequestPartition::default()
            }],
        }],
        ..OffsetCommitRequest::default()
    });
    let fetch = each(|version| match version {
        ..8 => OffsetFetchRequest {
            group_id: "group".into(),
            topics: Some(vec![OffsetFetchRequestTopic {
                name: topic.name.clone(),
                partition_indexes: vec![0],
            }]),
            ..OffsetFetchRequest::default()
        },
        _ => OffsetFetchRequest {
            groups: vec![OffsetFetchRequestGroup {
                group_id: "group".into(),
                topics: Some(vec![OffsetFetchRequestTopics {
                    name: topic.name(version, 10),
                    topic_id: topic.id(version, 10),
                    partition_indexes: vec![0],
                }]),
                ..OffsetFetchRequestGroup::default()
            }],
            ..OffsetFetchRequest::default()
        },
    });
    let delete = each(|_| OffsetDeleteRequest {
        group_id: "other group".into(),
        topics: vec![OffsetDeleteRequestTopic {
            name: topic.name.clone(),
            partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
        }],
    });
    [commit, fetch, delete].into_iter().flatten().collect()
}

fn others() -> Vec<Sample> {
    let versions = each(|version| match version {
        ..3 => ApiVersionsRequest::default(),
        _ => ApiVersionsRequest {
            client_software_name: "test".into(),
            client_software_version: "1".into(),
        },
    });
    let cluster = each(|_| DescribeClusterRequest::default());
    let coordinator = each(|version| FindCoordinatorRequest {
        key: if version < 4 {
            "group".into()
        } else {
            StrBytes::default()
        },
        coordinator_keys: if version < 4 {
            Vec::new()
        } else {
            vec!["group".into()]
        },
        ..FindCoordinatorRequest::default()
    });
    let producer = each(|_| InitProducerIdRequest {
        transaction_timeout_ms: 1000,
        ..InitProducerIdRequest::default()
    });
    [versions, cluster, coordinator, producer]
        .into_iter()
        .flatten()
        .collect()
}
