//! One record of a coordinator's topic.

use bytes::Bytes;

/// A key with its value, or a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What the record is about; compaction keeps the newest record of each key.
    pub key: Bytes,
    /// What is so now; `None` if it is no more.
    pub value: Option<Bytes>,
}

impl Record {
    /// Bytes of key and value.
    pub fn size(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, Bytes::len)
    }
}
