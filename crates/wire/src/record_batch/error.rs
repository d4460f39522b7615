//! Errors of reading a record batch.

/// Why bytes are not a readable record batch of magic 2.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The bytes end inside the batch.
    #[error("batch needs {needed} bytes, but only {found} are there")]
    Partial {
        /// Bytes that the batch needs, as far as known.
        needed: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// A magic other than 2.
    #[error("batch has magic {0}, not 2")]
    Magic(i8),
    /// The length field of the batch is impossible.
    #[error("batch length {0} is impossible")]
    Length(i32),
    /// The checksum differs.
    #[error("stored crc is {stored:#010x}, computed crc is {computed:#010x}")]
    Crc {
        /// The checksum in the header.
        stored: u32,
        /// The checksum of the bytes.
        computed: u32,
    },
    /// The attributes name a compression that does not exist.
    #[error("unknown compression {0}")]
    UnknownCompression(u8),
    /// The compressed records cannot be unpacked.
    #[error("cannot unpack records: {0}")]
    Decompress(String),
    /// The unpacked records are larger than allowed.
    #[error("unpacked records exceed the limit of {budget} bytes")]
    OverBudget {
        /// Allowed bytes.
        budget: usize,
    },
    /// The fields of a record do not fit the batch.
    #[error("record {index}: {what}")]
    Record {
        /// Position of the record in the batch, from 0.
        index: i32,
        /// What does not fit.
        what: &'static str,
    },
}
