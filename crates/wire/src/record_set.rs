//! Record data in Produce, Fetch and similar messages.

use std::fmt;

use bytes::Bytes;

/// A field of record batches. They are never decoded or encoded here; see [`crate::record_batch`].
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Records {
    /// No record data.
    #[default]
    Null,
    /// Batches in memory, as a slice of the buffer they were received in.
    Bytes(Bytes),
    /// The length of data that is elsewhere, such as in a segment file. Encoded as a
    /// [`crate::Piece::Hole`]; never the result of decoding.
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

/// Prints only lengths: the data may be a megabyte.
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
