//! The Kafka protocol as values.
//!
//! Requests, responses, headers, the records of Kafka's internal topics, and the record batch.
//! Messages and internal records are generated from the definitions in Kafka's release
//! (`cargo xtask generate`); what is written by hand is below them (primitives, headers, error
//! codes) and beside them ([`record_batch`]).
//!
//! What holds: decoding borrows from the buffer it is given, allocates no more than its
//! [`Budget`], and does not panic whatever the bytes are. Record data is not copied.
//! What this crate does not do: read, write, wait, log, or look at a clock.

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
