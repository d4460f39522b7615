//! What every generated message can do.

use std::ops::RangeInclusive;

use bytes::Bytes;

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

    /// Reads bytes that are this message and nothing else, with the budget of a frame.
    fn from_bytes(bytes: Bytes, version: i16) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::for_frame(bytes);
        let message = Self::decode(&mut decoder, version)?;
        decoder.finish()?;
        Ok(message)
    }

    /// The message alone, without length or header.
    ///
    /// # Panics
    ///
    /// If it holds [`crate::Records::Elsewhere`].
    fn to_bytes(&self, version: i16) -> Result<Bytes, EncodeError> {
        let mut encoder = Encoder::new();
        self.encode(&mut encoder, version)?;
        Ok(encoder.finish())
    }
}

/// A message that asks.
pub trait Request: Message {
    /// The number by which it is asked.
    const KEY: ApiKey;
    /// What answers it.
    type Response: Message;
}
