//! Frames that are not requests, and requests that arrive in unusual pieces.

use wire::messages::metadata_request::MetadataRequestTopic;
use wire::messages::{ApiVersionsRequest, MetadataRequest};
use wire::{ErrorCode, Uuid};

use super::target::Target;
use crate::raw::{NoFrame, decode, encode, framed};

/// Header of a request of a non-flexible version: key, version, correlation id 1, no client id.
fn head(key: i16, version: i16) -> Vec<u8> {
    let mut head = [key.to_be_bytes(), version.to_be_bytes()].concat();
    head.extend([0, 0, 0, 1, 255, 255]);
    head
}

fn request(key: i16, version: i16, body: &[u8]) -> Vec<u8> {
    framed(&[&head(key, version), body].concat())
}

#[test]
fn an_invalid_frame_closes_only_its_own_connection() {
    let target = Target::start(&[]);
    let mut bystander = target.connect();
    let i32_max = i32::MAX.to_be_bytes();
    let garbage: &[(&str, Vec<u8>)] = &[
        ("a negative length", vec![255, 255, 255, 255]),
        ("the smallest length", vec![128, 0, 0, 0]),
        ("2 GiB", i32_max.to_vec()),
        (
            "100 MiB and one byte",
            (100 * 1024 * 1024 + 1_i32).to_be_bytes().to_vec(),
        ),
        ("an empty frame", vec![0; 4]),
        (
            "a web browser",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        ),
        ("a TLS client", vec![22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]),
        ("half a header", framed(&[0, 18, 0])),
        (
            "a client id longer than the frame",
            framed(&[0, 3, 0, 1, 0, 0, 0, 1, 127, 255]),
        ),
        (
            "a client id of negative length",
            framed(&[0, 3, 0, 1, 0, 0, 0, 1, 255, 254]),
        ),
        ("a key nobody knows", request(9999, 0, &[])),
        ("a negative key", request(-1, 0, &[])),
        ("LeaderAndIsr, which was removed", request(4, 0, &[])),
        ("Vote, which is not supported", request(52, 0, &[])),
        ("Metadata of a newer version", request(3, 99, &[])),
        ("Metadata of negative version", request(3, -1, &[])),
        ("Produce of a removed version", request(0, 2, &[])),
        ("Metadata without a body", request(3, 1, &[])),
        ("two billion topics", request(3, 1, &i32_max)),
        ("less than no topics", request(3, 1, &[255, 255, 255, 254])),
        (
            "a topic name of negative length",
            request(3, 1, &[0, 0, 0, 1, 255, 254]),
        ),
        (
            "a topic name that is null",
            request(3, 1, &[0, 0, 0, 1, 255, 255]),
        ),
        (
            "a topic name that is no text",
            request(3, 1, &[0, 0, 0, 1, 0, 2, 195, 40]),
        ),
        (
            "a number without end",
            request(3, 12, &[0, 128, 128, 128, 128, 128, 128]),
        ),
        (
            "four billion tagged fields in the header",
            request(3, 12, &[255, 255, 255, 255, 15]),
        ),
        (
            "a tagged field longer than the frame",
            request(3, 12, &[1, 7, 255, 255, 255, 127]),
        ),
        (
            "four billion tagged fields in the body",
            request(18, 3, &[0, 2, b'a', 2, b'b', 255, 255, 255, 255, 15]),
        ),
    ];
    for (what, bytes) in garbage {
        let mut attacker = target.connect();
        attacker.send(bytes);
        assert_eq!(attacker.frame(), Err(NoFrame::Closed), "{what}");
    }
    bystander.request(&MetadataRequest::default(), 12);
    target.assert_unharmed();
}

/// A new client that connects to an older server starts like this.
#[test]
fn api_versions_in_an_unknown_version_is_answered_in_version_0() {
    let target = Target::start(&[]);
    let mut client = target.connect();
    // The format of the body is not known.
    client.send(&request(18, 99, &[3, b'x', b'y', 77]));
    let (id, answer) = decode::<ApiVersionsRequest>(client.frame().unwrap(), 0);
    assert_eq!(id, 1);
    assert_eq!(
        ErrorCode::from_code(answer.error_code),
        ErrorCode::UnsupportedVersion
    );
    assert!(
        answer
            .api_keys
            .iter()
            .any(|key| key.api_key == 18 && key.max_version >= 3)
    );
    // The connection stays open.
    client.request(&ApiVersionsRequest::default(), 0);
    target.assert_unharmed();
}

/// Versions 10 and 11 of Metadata have a field for topic ids, which is used only since version 12.
#[test]
fn a_topic_id_before_metadata_version_12_is_an_invalid_request() {
    let target = Target::start(&[]);
    let by_id = MetadataRequest {
        topics: Some(vec![MetadataRequestTopic {
            topic_id: Uuid([7; 16]),
            name: None,
        }]),
        ..MetadataRequest::default()
    };
    let mut client = target.connect();
    for (version, expected) in [
        (10, ErrorCode::InvalidRequest),
        (11, ErrorCode::InvalidRequest),
        (12, ErrorCode::UnknownTopicId),
    ] {
        let answer = client.request(&by_id, version);
        let error = ErrorCode::from_code(answer.topics[0].error_code);
        assert_eq!(error, expected, "version {version}");
    }
    target.assert_unharmed();
}

#[test]
fn a_request_may_arrive_byte_by_byte_and_in_any_pieces() {
    let target = Target::start(&[]);
    let frame = encode(&MetadataRequest::default(), 12, 7);
    let mut slow = target.connect();
    for byte in &frame {
        assert!(slow.send(&[*byte]));
    }
    assert_eq!(decode::<MetadataRequest>(slow.frame().unwrap(), 12).0, 7);
    for end in 0..frame.len() {
        let mut rude = target.connect();
        rude.send(&frame[..end]);
        rude.finish();
        assert_eq!(rude.frame(), Err(NoFrame::Closed), "cut at {end}");
    }
    target.assert_unharmed();
}
