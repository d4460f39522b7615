// Made by `cargo xtask generate` from Kafka 4.3.1. Do not edit.

//! The records of `__share_group_state`.

#![allow(missing_docs)]

pub mod share_snapshot_key;
pub mod share_snapshot_value;
pub mod share_update_key;
pub mod share_update_value;

pub use share_snapshot_key::ShareSnapshotKey;
pub use share_snapshot_value::ShareSnapshotValue;
pub use share_update_key::ShareUpdateKey;
pub use share_update_value::ShareUpdateValue;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::message::Message;

/// A record's key: what the record is about.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "type", content = "data")
)]
pub enum Key {
    ShareSnapshot(ShareSnapshotKey),
    ShareUpdate(ShareUpdateKey),
}

impl Key {
    /// The number of this type of record.
    pub fn type_code(&self) -> i16 {
        match self {
            Key::ShareSnapshot(_) => 0,
            Key::ShareUpdate(_) => 1,
        }
    }

    /// Reads a key: two bytes that say its type, then its fields.
    pub fn decode(bytes: Bytes) -> Result<Key, DecodeError> {
        let d = &mut Decoder::for_frame(bytes);
        d.enter("__share_group_state key");
        let type_code = d.i16()?;
        // Keys have one version, which is not written.
        let version = 0;
        let key = match type_code {
            0 => Key::ShareSnapshot(ShareSnapshotKey::decode(d, version)?),
            1 => Key::ShareUpdate(ShareUpdateKey::decode(d, version)?),
            _ => return Err(d.error(DecodeErrorKind::UnknownType(type_code))),
        };
        d.finish()?;
        Ok(key)
    }

    /// Writes the key with its type before it.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        let mut encoder = Encoder::new();
        let e = &mut encoder;
        let version = 0;
        e.i16(self.type_code());
        match self {
            Key::ShareSnapshot(record) => record.encode(e, version)?,
            Key::ShareUpdate(record) => record.encode(e, version)?,
        }
        Ok(encoder.finish())
    }
}

/// A record's value. A record without one deletes what its key is about.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "type", content = "data")
)]
pub enum Value {
    ShareSnapshot(ShareSnapshotValue),
    ShareUpdate(ShareUpdateValue),
}

impl Value {
    /// The number of this type of record.
    pub fn type_code(&self) -> i16 {
        match self {
            Value::ShareSnapshot(_) => 0,
            Value::ShareUpdate(_) => 1,
        }
    }

    /// Reads the value that belongs to a key of this type: two bytes of version, then its
    /// fields.
    pub fn decode(type_code: i16, bytes: Bytes) -> Result<Value, DecodeError> {
        let d = &mut Decoder::for_frame(bytes);
        d.enter("__share_group_state value");
        let version = d.i16()?;
        let value = match type_code {
            0 => Value::ShareSnapshot(ShareSnapshotValue::decode(d, version)?),
            1 => Value::ShareUpdate(ShareUpdateValue::decode(d, version)?),
            _ => return Err(d.error(DecodeErrorKind::UnknownType(type_code))),
        };
        d.finish()?;
        Ok(value)
    }

    /// Writes the value in `version`, with the version before it.
    pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut encoder = Encoder::new();
        let e = &mut encoder;
        e.i16(version);
        match self {
            Value::ShareSnapshot(record) => record.encode(e, version)?,
            Value::ShareUpdate(record) => record.encode(e, version)?,
        }
        Ok(encoder.finish())
    }
}
