//! The record data inside Produce, Fetch and their kin: bytes that pass through.

use std::fmt;

use bytes::Bytes;

/// A field of record batches. Never re-encoded; see [`crate::record_batch`] for what is inside.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Records {
    /// No record data.
    #[default]
    Null,
    /// Batches in memory, shared with the buffer they came in.
    Bytes(Bytes),
    /// So many bytes that lie elsewhere, as in a segment file. Encodes as a
    /// [`crate::Piece::Hole`]; never comes out of decoding.
    Elsewhere(u64),
}

impl Records {
    /// Length of the data in bytes; null counts as empty.
    pub fn len(&self) -> u64 {
        match self {
            Records::Null => 0,
            Records::Bytes(bytes) => bytes.len() as u64,
            Records::Elsewhere(bytes) => *bytes,
        }
    }

    /// Whether there is no data.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The data, if it is in memory.
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Records::Bytes(bytes) => Some(bytes),
            Records::Null | Records::Elsewhere(_) => None,
        }
    }
}

/// Lengths only: the data may be a megabyte.
impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Records::Null => write!(f, "Null"),
            Records::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Records::Elsewhere(bytes) => write!(f, "Elsewhere({bytes} bytes)"),
        }
    }
}

impl From<Bytes> for Records {
    fn from(bytes: Bytes) -> Records {
        Records::Bytes(bytes)
    }
}
