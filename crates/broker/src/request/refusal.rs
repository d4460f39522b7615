//! An error that a client is answered with.

use wire::ErrorCode;

/// A protocol error code and a message of our own, as Kafka's `ApiError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The error code of the protocol.
    pub error: ErrorCode,
    /// What is wrong, for the user.
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(error: ErrorCode, message: impl Into<String>) -> Refusal {
        Refusal {
            error,
            message: message.into(),
        }
    }
}

impl From<ErrorCode> for Refusal {
    fn from(error: ErrorCode) -> Self {
        Refusal {
            error,
            message: error.message().to_owned(),
        }
    }
}
