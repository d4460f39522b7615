//! Decoding of records that Kafka 4.3.1 wrote.

use bytes::Bytes;
use wire::messages::DescribeGroupsRequest;
use wire::messages::offset_fetch_request::{OffsetFetchRequest, OffsetFetchRequestGroup};
use wire::messages::offset_fetch_response::OffsetFetchResponsePartitions;

use super::driver::{Driver, responses};
use crate::Record;
use crate::group::{GroupConfig, GroupRequest, GroupResponse, GroupShard, ReplayError};

const OFFSET_KEY: &str = "000100016700017400000007";
const OFFSET_V4: &str = "0004000000000000002a00000003056e6f746500000000000003e800";
const OFFSET_V3: &str = "0003000000000000002a0000000300046e6f746500000000000003e8";
const OFFSET_V1: &str = "0001000000000000002a00046e6f746500000000000003e800000000000007d0";
const LEGACY_KEY: &str = "000000016700017400000007";
const LEGACY: &str = "0000000000000000002a00046e6f746500000000000003e8";
const GROUP_KEY: &str = "0002000167";
const GROUP_V3: &str = "00030008636f6e73756d657200000005000572616e676500016d00000000000003e80000000100016d0001690001630002\
                        2f680000ea60000027100000000d000000000001000174ffffffff0000000178";
const CONSUMER_GROUP_KEY: &str = "0003000167";
const CONSUMER_GROUP: &str = "00000000000300";

fn bytes(hex: &str) -> Bytes {
    let digits: Vec<u8> = hex
        .bytes()
        .map(|digit| (digit as char).to_digit(16).expect("hex") as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

fn record(key: &str, value: &str) -> Record {
    Record {
        key: bytes(key),
        value: Some(bytes(value)),
    }
}

fn load(records: &[Record]) -> Driver {
    let mut driver = Driver::new(GroupConfig::default());
    driver.log = records.to_vec();
    driver.restart();
    driver
}

fn offset_of(driver: &mut Driver) -> OffsetFetchResponsePartitions {
    let group = OffsetFetchRequestGroup {
        group_id: "g".into(),
        topics: None,
        ..Default::default()
    };
    let request = OffsetFetchRequest {
        groups: vec![group],
        ..Default::default()
    };
    let (_, outcome) = driver.request(GroupRequest::OffsetFetch(request), 8, "reader");
    let (_, response) = responses(&outcome.effects)
        .next()
        .expect("the response is in the outcome");
    let GroupResponse::OffsetFetch(response) = response else {
        panic!("{response:?}")
    };
    assert_eq!(&*response.groups[0].topics[0].name, "t");
    response.groups[0].topics[0].partitions[0].clone()
}

#[test]
fn every_version_of_an_offset_commit_is_decoded() {
    let cases = [
        (OFFSET_KEY, OFFSET_V4, 3),
        (OFFSET_KEY, OFFSET_V3, 3),
        (OFFSET_KEY, OFFSET_V1, -1),
        (LEGACY_KEY, LEGACY, -1),
    ];
    for (key, value, epoch) in cases {
        let offset = offset_of(&mut load(&[record(key, value)]));
        assert_eq!(
            (offset.partition_index, offset.committed_offset),
            (7, 42),
            "{value}"
        );
        assert_eq!(
            (offset.committed_leader_epoch, offset.metadata.as_deref()),
            (epoch, Some("note")),
            "{value}"
        );
    }
}

#[test]
fn a_group_is_decoded_with_its_members() {
    let mut driver = load(&[record(GROUP_KEY, GROUP_V3)]);
    let request = DescribeGroupsRequest {
        groups: vec!["g".into()],
        ..Default::default()
    };
    let (_, outcome) = driver.request(GroupRequest::DescribeGroups(request), 6, "admin");
    let (_, response) = responses(&outcome.effects)
        .next()
        .expect("the response is in the outcome");
    let GroupResponse::DescribeGroups(response) = response else {
        panic!("{response:?}")
    };
    let group = &response.groups[0];
    assert_eq!(
        (&*group.group_state, &*group.protocol_data),
        ("Stable", "range")
    );
    let member = &group.members[0];
    assert_eq!(
        (&*member.member_id, member.group_instance_id.as_deref()),
        ("m", Some("i"))
    );
    assert_eq!(
        (
            &*member.client_id,
            &*member.client_host,
            &member.member_assignment[..]
        ),
        ("c", "/h", &b"x"[..])
    );
}

#[test]
fn a_malformed_or_unknown_record_is_an_error_and_changes_nothing() {
    let mut shard = GroupShard::new(GroupConfig::default());
    let unknown = shard.replay(&record(CONSUMER_GROUP_KEY, CONSUMER_GROUP));
    assert!(
        matches!(unknown, Err(ReplayError::Unsupported(_))),
        "{unknown:?}"
    );
    for (key, value) in [
        (OFFSET_KEY, OFFSET_V4),
        (GROUP_KEY, GROUP_V3),
        (LEGACY_KEY, LEGACY),
    ] {
        let whole = record(key, value);
        let value = whole.value.clone().expect("given");
        for length in 0..value.len() {
            let cut = Record {
                key: whole.key.clone(),
                value: Some(value.slice(..length)),
            };
            assert!(shard.replay(&cut).is_err(), "{length} bytes of {value:?}");
        }
        for length in 0..whole.key.len() {
            let cut = Record {
                key: whole.key.slice(..length),
                value: None,
            };
            assert!(shard.replay(&cut).is_err(), "{length} bytes of a key");
        }
    }
    assert!(shard.is_empty());
}
