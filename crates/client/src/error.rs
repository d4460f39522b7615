//! Errors of a client.

use std::time::Duration;

use wire::{DecodeError, EncodeError, ErrorCode};

/// Why a call failed. Cheap to clone, because one broken connection fails many calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A setting that is invalid or has no effect here.
    #[error("invalid configuration {key}={value}: {reason}")]
    Config {
        /// Kafka's name of the property.
        key: String,
        /// The value.
        value: String,
        /// What is wrong, and which values are right.
        reason: String,
    },
    /// There is no connection, or it broke.
    #[error("no connection to broker {broker}: {reason}")]
    Connection {
        /// Address of the broker.
        broker: String,
        /// The error of the operating system or of the protocol.
        reason: String,
    },
    /// No response, or no success, in time.
    #[error("{what} timed out after {} ms{}", .after.as_millis(), last_error(.last))]
    Timeout {
        /// The call that failed.
        what: &'static str,
        /// How long the call was retried.
        after: Duration,
        /// The error of the last attempt.
        last: Option<Box<Error>>,
    },
    /// The broker responded with an error.
    #[error("{what}: {} ({})", explain(.code, .message), .code.name())]
    Broker {
        /// The call that failed, and its subject.
        what: String,
        /// Kafka's error code.
        code: ErrorCode,
        /// The broker's error message, if there is one.
        message: Option<String>,
    },
    /// A request or a response that the protocol does not allow.
    #[error("protocol error with broker {broker}: {reason}")]
    Protocol {
        /// Address of the broker.
        broker: String,
        /// What is wrong.
        reason: String,
    },
    /// The broker and this client support no common version of a request.
    #[error("broker {broker} does not support a version of {request} that this client supports")]
    Unsupported {
        /// Address of the broker.
        broker: String,
        /// Kafka's name of the request.
        request: &'static str,
    },
    /// Record data that cannot be read.
    #[error("cannot read records of {partition} at offset {offset}: {reason}")]
    Records {
        /// Topic and partition.
        partition: String,
        /// Offset of the batch.
        offset: i64,
        /// What is wrong with it.
        reason: String,
    },
    /// The call is not allowed in this state: a position without assignment, a closed producer.
    #[error("{0}")]
    State(String),
}

fn last_error(last: &Option<Box<Error>>) -> String {
    match last {
        Some(error) => format!("; last error: {error}"),
        None => String::new(),
    }
}

fn explain<'a>(code: &ErrorCode, message: &'a Option<String>) -> &'a str {
    match message {
        Some(message) if !message.is_empty() => message,
        _ => code.message(),
    }
}

impl Error {
    /// The error code of a response, as a result.
    pub(crate) fn check(
        code: i16,
        message: Option<&str>,
        what: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        if code == 0 {
            return Ok(());
        }
        Err(Error::Broker {
            what: what(),
            code: ErrorCode::from_code(code),
            message: message.map(str::to_owned),
        })
    }

    pub(crate) fn malformed(broker: &str, error: DecodeError) -> Error {
        Error::Protocol {
            broker: broker.to_owned(),
            reason: error.to_string(),
        }
    }

    pub(crate) fn unsendable(broker: &str, error: EncodeError) -> Error {
        Error::Protocol {
            broker: broker.to_owned(),
            reason: error.to_string(),
        }
    }

    /// The error code, if the broker returned one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Error::Broker { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_retriable(&self) -> bool {
        match self {
            Error::Broker { code, .. } => code.is_retriable(),
            Error::Connection { .. } => true,
            _ => false,
        }
    }
}
