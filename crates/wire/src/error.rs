//! Errors of decoding bytes from outside, and of encoding values.

/// Why bytes cannot be decoded as a message.
///
/// Says where decoding stopped, so that a log line is enough to find the field. Never holds the
/// bytes themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// The innermost structure being decoded, by Kafka's name: `"PartitionProduceData"`.
    pub structure: &'static str,
    /// How many bytes had been read.
    pub position: usize,
}

/// The kinds of [`DecodeError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeErrorKind {
    /// The bytes end in the middle of a value.
    #[error("the bytes end too early")]
    Truncated,
    /// Bytes are left over after the last field.
    #[error("bytes are left over")]
    TrailingBytes,
    /// A length is negative where null is not allowed.
    #[error("a length is negative")]
    NegativeLength,
    /// A field is null in a version where it must not be.
    #[error("a field is null that must not be")]
    UnexpectedNull,
    /// A count is larger than the number of elements that the remaining bytes can hold.
    #[error("a count is larger than the remaining bytes can hold")]
    CountTooLarge,
    /// The decoded value would need more memory than the budget allows.
    #[error("decoding would need more memory than allowed")]
    OverBudget,
    /// A variable-length integer is longer than five bytes or does not fit 32 bits.
    #[error("a variable-length integer is malformed")]
    BadVarint,
    /// A string is longer than 32,767 bytes, the maximum of the versions with 16-bit lengths.
    #[error("a string is longer than 32767 bytes")]
    StringTooLong,
    /// A string is not UTF-8.
    #[error("a string is not UTF-8")]
    NotUtf8,
    /// A presence byte is neither null nor present.
    #[error("a presence byte is neither null nor present")]
    BadPresence,
    /// A tagged field is longer or shorter than its length says.
    #[error("the length of a tagged field is wrong")]
    BadTaggedField,
    /// The message does not exist in this version.
    #[error("there is no version {0}")]
    UnsupportedVersion(i16),
    /// The type number of a record is unknown.
    #[error("unknown type {0}")]
    UnknownType(i16),
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, structure) = (self.kind, self.structure);
        match kind {
            DecodeErrorKind::UnsupportedVersion(version) => {
                write!(f, "{structure} has no version {version}")
            }
            DecodeErrorKind::UnknownType(_) => write!(f, "{structure}: {kind}"),
            _ => write!(f, "{structure}: {kind} (at byte {})", self.position),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Why a value cannot be written in the requested version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The message does not exist in this version.
    #[error("{message} has no version {version}")]
    UnsupportedVersion {
        /// The message.
        message: &'static str,
        /// The requested version.
        version: i16,
    },
    /// A field has a value that must not be lost, but the version does not have the field.
    #[error("{field} cannot be written in version {version}")]
    UnsupportedField {
        /// Structure and field: `"FetchRequest.rack_id"`.
        field: &'static str,
        /// The requested version.
        version: i16,
    },
    /// A field is null in a version where it must not be.
    #[error("{field} must not be null")]
    UnexpectedNull {
        /// Structure and field.
        field: &'static str,
    },
    /// A string, byte string or array is longer than its length prefix can say.
    #[error("a value of length {length} does not fit its length prefix")]
    TooLong {
        /// Its length, in bytes or elements.
        length: usize,
    },
}

/// The error for a field that is set in a version that does not have it.
pub(crate) fn unsupported(field: &'static str, version: i16) -> EncodeError {
    EncodeError::UnsupportedField { field, version }
}
