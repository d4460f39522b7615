//! Messages, and the bytes that Apache Kafka 4.3.1 encodes them to: decoding and encoding must agree
//! with Kafka.

use std::fmt::Debug;

use bytes::Bytes;
use wire::header::RequestHeader;
use wire::messages::*;
use wire::records::{group, metadata, transaction};
use wire::{Decoder, Encoder, Message, Records, Uuid};

/// `AQIDBAUGBwgJCgsMDQ4PEA`
const ID: Uuid = Uuid([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

fn from_hex(hex: &str) -> Bytes {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|pair| (pair[0] << 4 | pair[1]) as u8)
        .collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Kafka's bytes decode to the value, and the value encodes to Kafka's bytes.
fn assert_kafkas<M: Message + PartialEq + Debug>(message: &M, version: i16, hex: &str) {
    let hex: String = hex.split_whitespace().collect();
    let mut encoder = Encoder::new();
    message.encode(&mut encoder, version).expect("encodes");
    assert_eq!(to_hex(&encoder.finish()), hex);
    let mut decoder = Decoder::for_frame(from_hex(&hex));
    assert_eq!(M::decode(&mut decoder, version).as_ref(), Ok(message));
    assert_eq!(decoder.finish(), Ok(()));
}

#[test]
fn uuids_as_text() {
    assert_eq!(ID.to_string(), "AQIDBAUGBwgJCgsMDQ4PEA");
    let other = Uuid(0xffff_ffff_ffff_fffe_7300_0000_0000_0001_u128.to_be_bytes());
    assert_eq!(other.to_string(), "__________5zAAAAAAAAAQ");
}

#[test]
fn request_headers() {
    let named = RequestHeader {
        request_api_key: 3,
        request_api_version: 12,
        correlation_id: 7,
        client_id: Some("console".into()),
    };
    let nameless = RequestHeader {
        request_api_version: 1,
        client_id: None,
        ..named.clone()
    };
    for (header, version, hex) in [
        (named, 2, "0003000c000000070007636f6e736f6c6500"),
        (nameless, 1, "0003000100000007ffff"),
    ] {
        let mut encoder = Encoder::new();
        header.encode(&mut encoder, version).expect("encodes");
        assert_eq!(to_hex(&encoder.finish()), hex);
        let mut decoder = Decoder::for_frame(from_hex(hex));
        assert_eq!(RequestHeader::decode(&mut decoder, version), Ok(header));
        assert_eq!(decoder.finish(), Ok(()));
    }
}

#[test]
fn api_versions_request() {
    let request = ApiVersionsRequest {
        client_software_name: "vltava".into(),
        client_software_version: "0.1.0".into(),
    };
    assert_kafkas(&request, 3, "07766c7461766106302e312e3000");
}

#[test]
fn api_versions_response_with_tagged_features() {
    let mut response = ApiVersionsResponse {
        error_code: 35,
        api_keys: vec![api_versions_response::ApiVersion {
            api_key: 18,
            min_version: 0,
            max_version: 4,
        }],
        ..ApiVersionsResponse::default()
    };
    assert_kafkas(&response, 0, "002300000001001200000004");

    response.finalized_features_epoch = 5;
    response
        .finalized_features
        .push(api_versions_response::FinalizedFeatureKey {
            name: "metadata.version".into(),
            max_version_level: 29,
            min_version_level: 29,
        });
    assert_kafkas(
        &response,
        3,
        "002302001200000004000000000002010800000000000000050217
         0211 6d657461646174612e76657273696f6e 001d001d00",
    );
}

#[test]
fn metadata_response() {
    let response = MetadataResponse {
        brokers: vec![metadata_response::MetadataResponseBroker {
            node_id: 1,
            host: "localhost".into(),
            port: 9092,
            rack: None,
        }],
        cluster_id: Some("c".into()),
        controller_id: 1,
        topics: vec![metadata_response::MetadataResponseTopic {
            name: Some("flights".into()),
            topic_id: ID,
            partitions: vec![metadata_response::MetadataResponsePartition {
                leader_id: 1,
                leader_epoch: 2,
                replica_nodes: vec![1],
                isr_nodes: vec![1],
                ..Default::default()
            }],
            ..Default::default()
        }],
        ..MetadataResponse::default()
    };
    assert_kafkas(
        &response,
        12,
        "0000000002000000010a6c6f63616c686f737400002384 0000 02630000000102000008666c6967687473
         0102030405060708090a0b0c0d0e0f10 000200000000000000000001000000020200000001020000
         00010100800000000000",
    );
}

#[test]
fn produce_request() {
    let request = ProduceRequest {
        acks: -1,
        timeout_ms: 30_000,
        topic_data: vec![produce_request::TopicProduceData {
            name: "flights".into(),
            partition_data: vec![produce_request::PartitionProduceData {
                index: 2,
                records: Records::Bytes(Bytes::from_static(b"\xca\xfe")),
            }],
            ..Default::default()
        }],
        ..ProduceRequest::default()
    };
    assert_kafkas(
        &request,
        9,
        "00ffff000075300208666c6967687473020000000203cafe000000",
    );
    assert_kafkas(
        &request,
        3,
        "ffffffff00007530000000010007666c6967687473000000010000000200000002cafe",
    );
}

#[test]
fn fetch_response_that_names_another_leader() {
    use fetch_response::*;
    let response = FetchResponse {
        responses: vec![FetchableTopicResponse {
            topic_id: ID,
            partitions: vec![PartitionData {
                partition_index: 2,
                error_code: 6,
                high_watermark: -1,
                current_leader: LeaderIdAndEpoch {
                    leader_id: 3,
                    leader_epoch: 9,
                },
                aborted_transactions: Some(Vec::new()),
                records: Records::Bytes(Bytes::new()),
                ..PartitionData::default()
            }],
            ..FetchableTopicResponse::default()
        }],
        node_endpoints: vec![NodeEndpoint {
            node_id: 3,
            host: "h".into(),
            port: 1,
            ..NodeEndpoint::default()
        }],
        ..FetchResponse::default()
    };
    assert_kafkas(
        &response,
        16,
        "0000000000000000000002 0102030405060708090a0b0c0d0e0f10 02000000020006ffffffffffff
         ffffffffffffffffffffffffffffffffffff01ffffffff010101090000000300000009000001000d02
         000000030268000000010000",
    );
}

#[test]
fn join_group_request() {
    let request = JoinGroupRequest {
        group_id: "g".into(),
        session_timeout_ms: 45_000,
        rebalance_timeout_ms: 300_000,
        group_instance_id: Some("i".into()),
        protocol_type: "consumer".into(),
        protocols: vec![join_group_request::JoinGroupRequestProtocol {
            name: "range".into(),
            metadata: Bytes::from_static(&[1, 2]),
        }],
        reason: Some("r".into()),
        ..JoinGroupRequest::default()
    };
    assert_kafkas(
        &request,
        9,
        "02670000afc8000493e001026909636f6e73756d6572020672616e676503010200027200",
    );
    let without_reason = JoinGroupRequest {
        reason: None,
        ..request
    };
    assert_kafkas(
        &without_reason,
        5,
        "0001670000afc8000493e000000001690008636f6e73756d657200000001000572616e676500000002
         0102",
    );
}

#[test]
fn offset_commit_request() {
    use offset_commit_request::*;
    let request = OffsetCommitRequest {
        group_id: "g".into(),
        generation_id_or_member_epoch: 4,
        member_id: "m".into(),
        topics: vec![OffsetCommitRequestTopic {
            name: "t".into(),
            partitions: vec![OffsetCommitRequestPartition {
                partition_index: 1,
                committed_offset: 42,
                committed_leader_epoch: 3,
                committed_metadata: Some("x".into()),
            }],
            ..OffsetCommitRequestTopic::default()
        }],
        ..OffsetCommitRequest::default()
    };
    assert_kafkas(
        &request,
        8,
        "026700000004026d000202740200000001000000000000002a000000030278000000",
    );
}

#[test]
fn a_nullable_structure() {
    use consumer_group_heartbeat_response::*;
    let response = ConsumerGroupHeartbeatResponse {
        member_id: Some("m".into()),
        member_epoch: 2,
        heartbeat_interval_ms: 5_000,
        assignment: Some(Assignment {
            topic_partitions: vec![TopicPartitions {
                topic_id: ID,
                partitions: vec![0, 1],
            }],
        }),
        ..ConsumerGroupHeartbeatResponse::default()
    };
    assert_kafkas(
        &response,
        0,
        "00000000000000026d00000002000013880102 0102030405060708090a0b0c0d0e0f10 0300000000
         00000001000000",
    );
}

#[test]
fn a_consumers_subscription() {
    let subscription = ConsumerProtocolSubscription {
        topics: vec!["t".into()],
        user_data: None,
        owned_partitions: vec![consumer_protocol_subscription::TopicPartition {
            topic: "t".into(),
            partitions: vec![0],
        }],
        generation_id: 5,
        rack_id: Some("r".into()),
    };
    assert_kafkas(
        &subscription,
        3,
        "00000001000174ffffffff00000001000174000000010000000000000005000172",
    );
}

#[test]
fn a_committed_offset() {
    let key = group::Key::OffsetCommit(group::OffsetCommitKey {
        group: "g".into(),
        topic: "t".into(),
        partition: 1,
    });
    let key_bytes = from_hex("000100016700017400000001");
    assert_eq!(key.encode(), Ok(key_bytes.clone()));
    assert_eq!(group::Key::decode(key_bytes), Ok(key.clone()));

    let mut offset = group::OffsetCommitValue {
        offset: 42,
        leader_epoch: 3,
        metadata: "x".into(),
        commit_timestamp: 1_000,
        ..group::OffsetCommitValue::default()
    };
    let value = group::Value::OffsetCommit(offset.clone());
    let value_bytes = from_hex("0003000000000000002a0000000300017800000000000003e8");
    assert_eq!(value.encode(3), Ok(value_bytes.clone()));
    assert_eq!(
        group::Value::decode(key.type_code(), value_bytes),
        Ok(value)
    );

    offset.topic_id = ID;
    let value = group::Value::OffsetCommit(offset);
    let value_bytes = from_hex(
        "0004000000000000002a00000003027800000000000003e8010010
         0102030405060708090a0b0c0d0e0f10",
    );
    assert_eq!(value.encode(4), Ok(value_bytes.clone()));
    assert_eq!(
        group::Value::decode(key.type_code(), value_bytes),
        Ok(value)
    );
}

#[test]
fn a_groups_metadata() {
    let value = group::Value::GroupMetadata(group::GroupMetadataValue {
        protocol_type: "consumer".into(),
        generation: 1,
        protocol: Some("range".into()),
        leader: Some("m".into()),
        current_state_timestamp: 1_000,
        members: vec![group::group_metadata_value::MemberMetadata {
            member_id: "m".into(),
            client_id: "c".into(),
            client_host: "/127.0.0.1".into(),
            rebalance_timeout: 300_000,
            session_timeout: 45_000,
            subscription: Bytes::from_static(&[1]),
            assignment: Bytes::from_static(&[2]),
            ..Default::default()
        }],
    });
    let bytes = from_hex(
        "00030008636f6e73756d657200000001000572616e676500016d00000000000003e80000000100016d
         ffff000163000a2f3132372e302e302e31000493e00000afc800000001010000000102",
    );
    assert_eq!(value.encode(3), Ok(bytes.clone()));
    assert_eq!(group::Value::decode(2, bytes), Ok(value));
}

#[test]
fn a_structure_that_is_tagged_and_nullable() {
    use group::consumer_group_member_metadata_value::*;
    let value = group::Value::ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataValue {
        client_id: "c".into(),
        client_host: "h".into(),
        subscribed_topic_names: vec!["t".into()],
        classic_member_metadata: Some(ClassicMemberMetadata {
            session_timeout_ms: 45_000,
            supported_protocols: vec![ClassicProtocol {
                name: "range".into(),
                metadata: Bytes::from_static(&[1]),
            }],
        }),
        ..ConsumerGroupMemberMetadataValue::default()
    });
    let bytes =
        from_hex("000001010263026802027401ffffffff01010010010000afc8020672616e676502010000");
    assert_eq!(value.encode(0), Ok(bytes.clone()));
    assert_eq!(group::Value::decode(5, bytes), Ok(value));

    // From a log on disk that Apache Kafka 4.3.1 has written.
    let value = group::Value::ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataValue {
        instance_id: None,
        rack_id: None,
        client_id: "c".into(),
        client_host: "h".into(),
        subscribed_topic_names: vec!["t".into()],
        rebalance_timeout_ms: 300_000,
        server_assignor: None,
        classic_member_metadata: None,
        ..ConsumerGroupMemberMetadataValue::default()
    });
    let bytes = from_hex("000000000263026802027401000493e00001000100");
    assert_eq!(value.encode(0), Ok(bytes.clone()));
    assert_eq!(group::Value::decode(5, bytes), Ok(value));
}

#[test]
fn a_transactions_state() {
    let key = transaction::Key::TransactionLog(transaction::TransactionLogKey {
        transactional_id: "tx".into(),
    });
    assert_eq!(key.encode(), Ok(from_hex("000000027478")));
    let value = transaction::Value::TransactionLog(transaction::TransactionLogValue {
        producer_id: 9,
        producer_epoch: 1,
        transaction_timeout_ms: 60_000,
        transaction_status: 0,
        transaction_partitions: None,
        transaction_last_update_timestamp_ms: 5,
        transaction_start_timestamp_ms: -1,
        client_transaction_version: 2,
        ..transaction::TransactionLogValue::default()
    });
    let bytes =
        from_hex("0001000000000000000900010000ea6000000000000000000005ffffffffffffffff0102020002");
    assert_eq!(value.encode(1), Ok(bytes.clone()));
    assert_eq!(transaction::Value::decode(0, bytes), Ok(value));
}

#[test]
fn records_of_the_metadata_log() {
    use metadata::*;
    let topic = MetadataRecord::Topic(TopicRecord {
        name: "flights".into(),
        topic_id: ID,
    });
    let partition = MetadataRecord::Partition(PartitionRecord {
        partition_id: 2,
        topic_id: ID,
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: vec![ID],
        eligible_leader_replicas: Some(vec![1]),
        ..PartitionRecord::default()
    });
    let feature = MetadataRecord::FeatureLevel(FeatureLevelRecord {
        name: "metadata.version".into(),
        feature_level: 29,
    });
    let config = MetadataRecord::Config(ConfigRecord {
        resource_type: 2,
        resource_name: "flights".into(),
        name: "retention.ms".into(),
        value: Some("1000".into()),
    });
    for (record, version, hex) in [
        (
            topic,
            0,
            "01020008666c6967687473 0102030405060708090a0b0c0d0e0f10 00",
        ),
        (
            partition,
            2,
            "01030200000002 0102030405060708090a0b0c0d0e0f10 0200000001020000000101010000000100
             0000000000000002 0102030405060708090a0b0c0d0e0f10 0101050200000001",
        ),
        (feature, 0, "010c00116d657461646174612e76657273696f6e001d00"),
        (
            config,
            0,
            "0104000208666c69676874730d726574656e74696f6e2e6d73053130303000",
        ),
    ] {
        let bytes = from_hex(hex);
        assert_eq!(record.encode(version), Ok(bytes.clone()));
        assert_eq!(MetadataRecord::decode(bytes), Ok((record, version)));
    }
}
