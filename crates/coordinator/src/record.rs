//! A record of a coordinator's internal topic.

use bytes::Bytes;

/// A key with a value or a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Compaction keeps the newest record of each key.
    pub key: Bytes,
    /// `None` is a tombstone.
    pub value: Option<Bytes>,
}

impl Record {
    /// Bytes of key and value together.
    pub fn size(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Bytes::len)
    }
}
