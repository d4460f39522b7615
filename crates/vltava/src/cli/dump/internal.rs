//! Decodes the records of internal topics, which hold the brokers' own state.

use std::path::Path;

use log::file_name;
use serde_json::{Map, Value, json};
use wire::DecodeError;
use wire::record_batch::Record;
use wire::records::{group, metadata, share, transaction};

/// A topic whose records have known types.
#[derive(Clone, Copy, Debug)]
pub enum InternalTopic {
    ConsumerOffsets,
    TransactionState,
    ShareGroupState,
    ClusterMetadata,
}

impl InternalTopic {
    /// The topic of a file, from the name of its directory.
    pub fn of(path: &Path) -> Option<InternalTopic> {
        let path = path.canonicalize().ok()?;
        let dir = path.parent()?.file_name()?.to_str()?;
        match &*file_name::parse_partition_dir(dir)?.topic {
            "__consumer_offsets" => Some(InternalTopic::ConsumerOffsets),
            "__transaction_state" => Some(InternalTopic::TransactionState),
            "__share_group_state" => Some(InternalTopic::ShareGroupState),
            "__cluster_metadata" => Some(InternalTopic::ClusterMetadata),
            _ => None,
        }
    }

    /// Key and value of a record, each with its type.
    ///
    /// # Errors
    /// Why they cannot be decoded. That is not damage: a newer broker may have written them.
    pub fn decode(self, record: &Record) -> Result<Map<String, Value>, String> {
        let mut object = Map::new();
        let (key, value) = match self {
            InternalTopic::ConsumerOffsets => coordinator(
                record,
                group::Key::decode,
                group::Key::type_code,
                group::Value::decode,
            )?,
            InternalTopic::TransactionState => coordinator(
                record,
                transaction::Key::decode,
                transaction::Key::type_code,
                transaction::Value::decode,
            )?,
            InternalTopic::ShareGroupState => coordinator(
                record,
                share::Key::decode,
                share::Key::type_code,
                share::Value::decode,
            )?,
            InternalTopic::ClusterMetadata => {
                let value = record.value.clone().unwrap_or_default();
                let (value, version) =
                    metadata::MetadataRecord::decode(value).map_err(|e| e.to_string())?;
                object.insert("version".to_owned(), json!(version));
                (None, json!(value))
            }
        };
        if let Some(key) = key {
            object.insert("key".to_owned(), key);
        }
        object.insert("value".to_owned(), value);
        Ok(object)
    }
}

/// Key and value of a coordinator's record. The type of the key determines the type of the value.
fn coordinator<K: serde::Serialize, V: serde::Serialize>(
    record: &Record,
    decode_key: impl Fn(bytes::Bytes) -> Result<K, DecodeError>,
    type_code: impl Fn(&K) -> i16,
    decode_value: impl Fn(i16, bytes::Bytes) -> Result<V, DecodeError>,
) -> Result<(Option<Value>, Value), String> {
    let key = decode_key(record.key.clone().unwrap_or_default()).map_err(|e| e.to_string())?;
    let value = match &record.value {
        None => Value::Null,
        Some(value) => {
            json!(decode_value(type_code(&key), value.clone()).map_err(|e| e.to_string())?)
        }
    };
    Ok((Some(json!(key)), value))
}
