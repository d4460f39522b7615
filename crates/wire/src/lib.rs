//! The Kafka protocol as values.
//!
//! Requests, responses, headers, the records of Kafka's internal topics, and the record batch.
//! Messages and internal records are generated from the definitions in Kafka's release (`cargo
//! xtask generate`). Primitives, headers, error codes and [`record_batch`] are written by hand.
//!
//! Invariants: decoding borrows from its buffer, allocates no more than its [`Budget`], and does
//! not panic, whatever the bytes are. Record data is not copied. This crate does not read, write,
//! wait, log, or use a clock.

mod api_error;
mod budget;
mod decoder;
mod encoder;
mod error;
mod error_code;
#[cfg(feature = "serde")]
mod json;
mod message;
mod record_set;
mod str_bytes;
mod uuid;

pub mod frame;
pub mod header;
pub mod messages;
pub mod record_batch;
pub mod records;
pub mod types;
pub mod versioned;

pub use api_error::ApiError;
pub use budget::{Budget, OverBudget};
pub use decoder::Decoder;
pub use encoder::{Encoder, Piece, TaggedField};
pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use error_code::ErrorCode;
pub use message::{Message, Request};
pub use messages::ApiKey;
pub use record_set::Records;
pub use str_bytes::StrBytes;
pub use types::TopicPartition;
pub use uuid::{NotAUuid, Uuid};
