//! Encoding and decoding of the records of `__consumer_offsets`.

use wire::DecodeError;
use wire::records::group::{Key, Value};

use crate::Record;

/// Version of `GroupMetadataValue` that Kafka 4.3 writes.
const GROUP_METADATA_VERSION: i16 = 3;
/// Version of `OffsetCommitValue` that Kafka 4.3 writes.
const OFFSET_COMMIT_VERSION: i16 = 4;
/// The only version of `OffsetCommitValue` with an expiration time. It has no topic id.
const OFFSET_COMMIT_VERSION_WITH_EXPIRY: i16 = 1;

/// A record that a shard cannot replay.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The bytes are malformed.
    #[error("malformed record: {0}")]
    Malformed(#[from] DecodeError),
    /// This version does not know the type of the record.
    #[error("this version does not support {0}")]
    Unsupported(String),
}

pub(super) fn encode(key: &Key, value: Option<&Value>) -> Record {
    let value = value.map(|value| {
        let version = match value {
            Value::GroupMetadata(_) => GROUP_METADATA_VERSION,
            Value::OffsetCommit(commit) if commit.expire_timestamp >= 0 => {
                OFFSET_COMMIT_VERSION_WITH_EXPIRY
            }
            Value::OffsetCommit(_) => OFFSET_COMMIT_VERSION,
            _ => unreachable!("only group metadata and offset commits are written"),
        };
        value
            .encode(version)
            .expect("the version has every field that is set")
    });
    Record {
        key: key.encode().expect("the strings of a request fit a key"),
        value,
    }
}

pub(super) fn decode(record: &Record) -> Result<(Key, Option<Value>), ReplayError> {
    let key = Key::decode(record.key.clone())?;
    let value = match &record.value {
        Some(value) => Some(Value::decode(key.type_code(), value.clone())?),
        None => None,
    };
    Ok((key, value))
}
