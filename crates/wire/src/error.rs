//! What can be wrong with bytes from outside, and with values that cannot be written.

use std::fmt;

/// Why bytes are not the message they claim to be.
///
/// Carries where decoding stood, so that a log line is enough to find the field; it never
/// carries the bytes themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// The innermost structure being decoded, in Kafka's words: `"PartitionProduceData"`.
    pub structure: &'static str,
    /// How many bytes had been taken when it was noticed.
    pub position: usize,
}

/// The kinds of [`DecodeError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// The bytes end in the middle of a value.
    Truncated,
    /// Bytes are left over after the last field.
    TrailingBytes,
    /// A length is negative where null is not allowed.
    NegativeLength,
    /// A field is null in a version where it must not be.
    UnexpectedNull,
    /// A count promises more elements than the bytes left can hold.
    CountTooLarge,
    /// The decoded value would need more memory than the budget allows.
    OverBudget,
    /// A variable-length integer is longer than five bytes or does not fit 32 bits.
    BadVarint,
    /// A string is longer than 32,767 bytes, the most any version can say.
    StringTooLong,
    /// A string is not UTF-8.
    NotUtf8,
    /// A presence byte is neither null nor present.
    BadPresence,
    /// A tagged field is longer or shorter than it says.
    BadTaggedField,
    /// The message does not exist in this version.
    UnsupportedVersion(i16),
    /// A record's type number is not known.
    UnknownType(i16),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            DecodeErrorKind::Truncated => "the bytes end too early",
            DecodeErrorKind::TrailingBytes => "bytes are left over",
            DecodeErrorKind::NegativeLength => "a length is negative",
            DecodeErrorKind::UnexpectedNull => "a field is null that must not be",
            DecodeErrorKind::CountTooLarge => "a count is larger than the bytes left can hold",
            DecodeErrorKind::OverBudget => "decoding would need more memory than allowed",
            DecodeErrorKind::BadVarint => "a variable-length integer is malformed",
            DecodeErrorKind::StringTooLong => "a string is longer than 32767 bytes",
            DecodeErrorKind::NotUtf8 => "a string is not UTF-8",
            DecodeErrorKind::BadPresence => "a presence byte is neither null nor present",
            DecodeErrorKind::BadTaggedField => "a tagged field does not have the length it says",
            DecodeErrorKind::UnsupportedVersion(version) => {
                return write!(f, "{} has no version {version}", self.structure);
            }
            DecodeErrorKind::UnknownType(code) => {
                return write!(f, "{}: type {code} is not known", self.structure);
            }
        };
        write!(f, "{}: {what} (at byte {})", self.structure, self.position)
    }
}

impl std::error::Error for DecodeError {}

/// Why a value cannot be written in the version asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The message does not exist in this version.
    UnsupportedVersion {
        /// The message.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// A field has a value that matters, but the version cannot carry it.
    UnsupportedField {
        /// Structure and field: `"FetchRequest.rack_id"`.
        field: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// A field is null in a version where it must not be.
    UnexpectedNull {
        /// Structure and field.
        field: &'static str,
    },
    /// A string, byte string or array is longer than its length prefix can say.
    TooLong {
        /// Its length, in bytes or elements.
        length: usize,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::UnsupportedVersion { message, version } => {
                write!(f, "{message} has no version {version}")
            }
            EncodeError::UnsupportedField { field, version } => {
                write!(f, "{field} cannot be written in version {version}")
            }
            EncodeError::UnexpectedNull { field } => write!(f, "{field} must not be null"),
            EncodeError::TooLong { length } => {
                write!(
                    f,
                    "a value of length {length} does not fit its length prefix"
                )
            }
        }
    }
}

impl std::error::Error for EncodeError {}

/// The error for a field that is set in a version that does not have it.
pub(crate) fn unsupported(field: &'static str, version: i16) -> EncodeError {
    EncodeError::UnsupportedField { field, version }
}
