//! Kafka's UUIDs: sixteen bytes, written as 22 characters of URL-safe base64.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const TEXT_LENGTH: usize = 22;

/// Writes no padding. Reads text with and without it, and ignores the bits after the last byte, as
/// Java does.
const TEXT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A topic id, cluster id or directory id, most significant byte first.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

/// The text is not a UUID in Kafka's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 22 characters of URL-safe base64")]
pub struct NotAUuid;

impl Uuid {
    /// All zero: "no id".
    pub const ZERO: Uuid = Uuid([0; 16]);

    /// The id of the topic `__cluster_metadata`.
    pub const METADATA_TOPIC: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    /// Whether it is [`Uuid::ZERO`].
    pub fn is_zero(&self) -> bool {
        *self == Uuid::ZERO
    }
}

/// Prints Kafka's form: base64 with `-` and `_` for 62 and 63, without padding.
impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; TEXT_LENGTH];
        TEXT.encode_slice(self.0, &mut text)
            .expect("22 characters hold 16 bytes");
        f.pad(std::str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Uuid {
    type Err = NotAUuid;

    /// Reads the form that [`fmt::Display`] writes, with or without padding.
    fn from_str(text: &str) -> Result<Uuid, NotAUuid> {
        let mut bytes = [0; 16];
        match TEXT.decode_slice(text, &mut bytes) {
            Ok(16) => Ok(Uuid(bytes)),
            _ => Err(NotAUuid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_printed_as_kafka_prints_it() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid::METADATA_TOPIC.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
    }

    #[test]
    fn a_printed_uuid_is_read_back() {
        let id = Uuid(*b"\xff\xfe\x01\x02sixteen byte");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(format!("{id}==").parse(), Ok(id));
    }

    #[test]
    fn text_with_bits_after_the_last_byte_is_read() {
        assert_eq!("AAAAAAAAAAAAAAAAAAAAAf".parse(), Ok(Uuid::METADATA_TOPIC));
    }

    #[test]
    fn text_that_is_not_a_uuid_is_refused() {
        assert_eq!("".parse::<Uuid>(), Err(NotAUuid));
        assert_eq!("AAAAAAAAAAAAAAAAAAAAA".parse::<Uuid>(), Err(NotAUuid));
        assert_eq!("AAAAAAAAAA/AAAAAAAAAAA".parse::<Uuid>(), Err(NotAUuid));
        assert_eq!("AAAAAAAAAAAAAAAAAAAAAAA".parse::<Uuid>(), Err(NotAUuid));
        assert_eq!("A".repeat(100).parse::<Uuid>(), Err(NotAUuid));
    }
}
