//! The traits of all generated messages.

use std::ops::RangeInclusive;

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::messages::ApiKey;

/// A versioned structure of the protocol: a request, a response, a record of an internal topic.
pub trait Message: Sized {
    /// Kafka's name of the message.
    const NAME: &'static str;
    /// The stable versions. All of them can be read and written.
    const VALID_VERSIONS: RangeInclusive<i16>;
    /// The first version with compact lengths and tagged fields (KIP-482), if there is one.
    const FIRST_FLEXIBLE: Option<i16>;

    /// Reads the message in `version`. Ignores bytes after it.
    fn decode(decoder: &mut Decoder, version: i16) -> Result<Self, DecodeError>;

    /// Writes the message in `version`.
    ///
    /// # Errors
    /// If a field has a value that this version does not have and that must not be lost.
    fn encode(&self, encoder: &mut Encoder, version: i16) -> Result<(), EncodeError>;

    /// Reads bytes that hold only this message, with
    /// [`Budget::for_frame`](crate::Budget::for_frame).
    fn from_bytes(bytes: Bytes, version: i16) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::for_frame(bytes);
        let message = Self::decode(&mut decoder, version)?;
        decoder.finish()?;
        Ok(message)
    }

    /// The encoded message, without length and header.
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

/// A request.
pub trait Request: Message {
    /// Its number in the protocol.
    const KEY: ApiKey;
    /// Its response.
    type Response: Message;
}
