//! What can go wrong between a client and its brokers.

use std::time::Duration;

use wire::{DecodeError, EncodeError, ErrorCode};

/// Why a call failed. Cheap to clone: one broken connection fails many calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A configuration that makes no sense or has no effect here.
    #[error("invalid configuration {key}={value}: {reason}")]
    Config {
        /// Kafka's name of the property.
        key: String,
        /// Its value.
        value: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// No connection, or it broke.
    #[error("no connection to broker {broker}: {reason}")]
    Connection {
        /// The broker's address.
        broker: String,
        /// What the operating system or the protocol said.
        reason: String,
    },
    /// No answer, or no success, in time.
    #[error("{what} timed out after {} ms{}", .after.as_millis(), last_error(.last))]
    Timeout {
        /// What was being done.
        what: &'static str,
        /// How long it was tried.
        after: Duration,
        /// What went wrong with the last attempt.
        last: Option<Box<Error>>,
    },
    /// The broker answered with an error.
    #[error("{what}: {} ({})", explain(.code, .message), .code.name())]
    Broker {
        /// What was being done, to what.
        what: String,
        /// Kafka's code.
        code: ErrorCode,
        /// What the broker said about it, if anything.
        message: Option<String>,
    },
    /// The broker sent, or we would have to send, what the protocol does not allow.
    #[error("protocol error with broker {broker}: {reason}")]
    Protocol {
        /// The broker's address.
        broker: String,
        /// What is wrong.
        reason: String,
    },
    /// The broker speaks no version of a request that we speak.
    #[error("broker {broker} does not support {request} in a version we know")]
    Unsupported {
        /// The broker's address.
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
    /// The call makes no sense in this state: a position without assignment, a closed producer.
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
    /// A broker's answer, as a result.
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

    /// The broker's code, if it was the broker that refused.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Error::Broker { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the same call may succeed later, without anybody changing anything.
    pub fn is_retriable(&self) -> bool {
        match self {
            Error::Broker { code, .. } => code.is_retriable(),
            Error::Connection { .. } => true,
            _ => false,
        }
    }
}
