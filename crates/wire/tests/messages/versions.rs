//! Values of fields that a version does not have.

use bytes::Bytes;
use wire::messages::{FetchRequest, JoinGroupRequest, MetadataRequest};
use wire::{ApiKey, EncodeError, Encoder, Message};

fn encode(message: &impl Message, version: i16) -> Result<Bytes, EncodeError> {
    let mut encoder = Encoder::new();
    message.encode(&mut encoder, version)?;
    Ok(encoder.finish())
}

#[test]
fn a_field_that_may_be_ignored_is_left_out() {
    let plain = JoinGroupRequest::default();
    let with_reason = JoinGroupRequest {
        reason: Some("deploy".into()),
        ..plain.clone()
    };
    assert_eq!(encode(&with_reason, 5), encode(&plain, 5));
    assert_ne!(encode(&with_reason, 8), encode(&plain, 8));
}

#[test]
fn a_field_that_may_not_be_ignored_is_refused() {
    let static_member = JoinGroupRequest {
        group_instance_id: Some("one".into()),
        ..JoinGroupRequest::default()
    };
    assert_eq!(
        encode(&static_member, 4),
        Err(EncodeError::UnsupportedField {
            field: "JoinGroupRequest.group_instance_id",
            version: 4
        })
    );
    let follower = FetchRequest {
        replica_id: 3,
        ..FetchRequest::default()
    };
    assert!(encode(&follower, 15).is_err());
}

#[test]
fn null_is_refused_where_a_version_has_none() {
    let all_topics = MetadataRequest {
        topics: None,
        ..MetadataRequest::default()
    };
    assert_eq!(
        encode(&all_topics, 0),
        Err(EncodeError::UnexpectedNull {
            field: "MetadataRequest.topics"
        })
    );
    assert!(encode(&all_topics, 1).is_ok());
}

#[test]
fn unstable_versions_do_not_exist() {
    // Kafka 4.3.1 has a version 6 of it that is not stable yet.
    assert_eq!(ApiKey::InitProducerId.valid_versions(), 0..=5);
}

#[test]
fn the_version_of_the_header_follows_from_the_request_except_for_api_versions() {
    assert_eq!(ApiKey::Metadata.request_header_version(8), 1);
    assert_eq!(ApiKey::Metadata.request_header_version(9), 2);
    assert_eq!(ApiKey::Metadata.response_header_version(9), 1);
    assert_eq!(ApiKey::ApiVersions.request_header_version(3), 2);
    assert_eq!(ApiKey::ApiVersions.response_header_version(3), 0);
    assert_eq!(ApiKey::SaslHandshake.request_header_version(1), 1);
}

#[test]
fn every_key_is_found_by_its_number() {
    for key in ApiKey::ALL {
        assert_eq!(ApiKey::from_i16(key.code()), Some(key));
    }
    // ControlledShutdown, which was removed in 4.0.
    assert_eq!(ApiKey::from_i16(7), None);
    assert_eq!(ApiKey::from_i16(-1), None);
}
