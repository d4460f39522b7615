//! What every generated message can do.

use std::ops::RangeInclusive;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::messages::ApiKey;

/// A versioned structure of the protocol: a request, a response, a record of an internal topic.
pub trait Message: Sized {
    /// Its name in Kafka.
    const NAME: &'static str;
    /// The stable versions, all of which can be read and written.
    const VALID_VERSIONS: RangeInclusive<i16>;
    /// The first version with compact lengths and tagged fields, if there is one.
    const FIRST_FLEXIBLE: Option<i16>;

    /// Reads the message in `version`; does not look at what comes after it.
    fn decode(decoder: &mut Decoder, version: i16) -> Result<Self, DecodeError>;

    /// Writes the message in `version`.
    ///
    /// Fails if a field holds something that this version cannot say and that matters.
    fn encode(&self, encoder: &mut Encoder, version: i16) -> Result<(), EncodeError>;
}

/// A message that asks.
pub trait Request: Message {
    /// The number by which it is asked.
    const KEY: ApiKey;
    /// What answers it.
    type Response: Message;
}
