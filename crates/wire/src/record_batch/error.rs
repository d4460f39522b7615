//! What can be wrong with the bytes of a record batch.

use std::fmt;

/// Why bytes are not a record batch of magic 2 that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchError {
    /// The bytes end inside the batch.
    Partial {
        /// Bytes the batch needs, as far as known.
        needed: usize,
        /// Bytes there are.
        found: usize,
    },
    /// A magic other than 2.
    Magic(i8),
    /// The batch's length field cannot be right.
    Length(i32),
    /// The checksum differs.
    Crc {
        /// In the header.
        stored: u32,
        /// Of the bytes.
        computed: u32,
    },
    /// The attributes name a compression that does not exist.
    UnknownCompression(u8),
    /// The compressed records cannot be unpacked.
    Decompress(String),
    /// The unpacked records are larger than allowed.
    OverBudget {
        /// Bytes allowed.
        budget: usize,
    },
    /// A record's framing does not fit the batch.
    Record {
        /// Position of the record in the batch, from 0.
        index: i32,
        /// What does not fit.
        what: &'static str,
    },
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BatchError::Partial { needed, found } => {
                write!(f, "batch needs {needed} bytes, {found} are there")
            }
            BatchError::Magic(magic) => write!(f, "batch has magic {magic}, not 2"),
            BatchError::Length(length) => write!(f, "batch length {length} is impossible"),
            BatchError::Crc { stored, computed } => {
                write!(
                    f,
                    "stored crc is {stored:#010x}, computed crc is {computed:#010x}"
                )
            }
            BatchError::UnknownCompression(id) => write!(f, "unknown compression {id}"),
            BatchError::Decompress(what) => write!(f, "cannot unpack records: {what}"),
            BatchError::OverBudget { budget } => {
                write!(f, "unpacked records exceed the limit of {budget} bytes")
            }
            BatchError::Record { index, what } => write!(f, "record {index}: {what}"),
        }
    }
}

impl std::error::Error for BatchError {}
