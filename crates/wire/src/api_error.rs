//! An error that a request is answered with.

use std::fmt;

use crate::{ErrorCode, StrBytes};

/// An error code and a message, as Kafka's `ApiError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Kafka's code.
    pub code: ErrorCode,
    /// Message for people; `None` lets the client use the message of the code.
    pub message: Option<String>,
}

impl ApiError {
    /// An error with its own message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> ApiError {
        ApiError {
            code,
            message: Some(message.into()),
        }
    }

    /// Its own message, for a field of a response that is null without one.
    pub fn own_message(&self) -> Option<StrBytes> {
        self.message.as_deref().map(StrBytes::from)
    }

    /// Its own message, or that of the code.
    pub fn text(&self) -> &str {
        self.message.as_deref().unwrap_or(self.code.message())
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> ApiError {
        ApiError {
            code,
            message: None,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for ApiError {}
