//! JSON form of the fields of a record, for tools: text as text, ids in the form Kafka prints,
//! bytes in hexadecimal.

use bytes::Bytes;
use serde::{Serialize, Serializer};

use crate::str_bytes::StrBytes;
use crate::uuid::Uuid;

impl Serialize for StrBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Writes bytes in hexadecimal.
pub(crate) fn hex<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{bytes:x}"))
}
