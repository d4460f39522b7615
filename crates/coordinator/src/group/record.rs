//! Records of `__consumer_offsets`: which we write, in which version, and which we understand.

use std::fmt;

use wire::DecodeError;
use wire::records::group::{Key, Value};

use crate::Record;

/// Version of group metadata that Kafka 4.3 writes.
const GROUP_METADATA_VERSION: i16 = 3;
/// Version of a committed offset that Kafka 4.3 writes.
const OFFSET_COMMIT_VERSION: i16 = 4;
/// The only version of a committed offset that says when it expires.
const OFFSET_COMMIT_VERSION_WITH_EXPIRY: i16 = 1;

/// A record that a shard cannot take in.
#[derive(Debug)]
pub enum ReplayError {
    /// Its bytes are not what they should be.
    Malformed(DecodeError),
    /// A kind of record this version does not understand.
    Unsupported(String),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Malformed(error) => write!(f, "malformed record: {error}"),
            ReplayError::Unsupported(what) => write!(f, "this version does not understand {what}"),
        }
    }
}

impl std::error::Error for ReplayError {}

impl From<DecodeError> for ReplayError {
    fn from(error: DecodeError) -> Self {
        ReplayError::Malformed(error)
    }
}

pub(super) fn encode(key: &Key, value: Option<&Value>) -> Record {
    let value = value.map(|value| {
        let version = match value {
            Value::GroupMetadata(_) => GROUP_METADATA_VERSION,
            Value::OffsetCommit(commit) if commit.expire_timestamp >= 0 => {
                OFFSET_COMMIT_VERSION_WITH_EXPIRY
            }
            Value::OffsetCommit(_) => OFFSET_COMMIT_VERSION,
            _ => unreachable!("only groups and offsets are written"),
        };
        value
            .encode(version)
            .expect("every field we fill exists in the version we write")
    });
    Record {
        key: key.encode().expect("a key of a request fits a record"),
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
