//! Kafka's UUIDs: sixteen bytes, written as 22 characters of URL-safe base64.

use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TEXT_LENGTH: usize = 22;

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
        let number = u128::from_be_bytes(self.0);
        let mut text = [0; TEXT_LENGTH];
        for (place, character) in text.iter_mut().enumerate() {
            // 22 characters of 6 bits are 132 bits: the last one has 2 bits and 4 bits of padding.
            let shift = 122 - 6 * place as i32;
            let bits = if shift >= 0 {
                number >> shift
            } else {
                number << -shift
            };
            *character = ALPHABET[(bits & 0x3f) as usize];
        }
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
        let digits = text.trim_end_matches('=').as_bytes();
        if digits.len() != TEXT_LENGTH {
            return Err(NotAUuid);
        }
        let mut number: u128 = 0;
        for (place, digit) in digits.iter().enumerate() {
            let bits = ALPHABET
                .iter()
                .position(|known| known == digit)
                .ok_or(NotAUuid)? as u128;
            let shift = 122 - 6 * place as i32;
            number |= if shift >= 0 {
                bits << shift
            } else {
                bits >> -shift
            };
        }
        Ok(Uuid(number.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_kafka_prints() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid::METADATA_TOPIC.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
    }

    #[test]
    fn reads_what_it_prints() {
        let id = Uuid(*b"\xff\xfe\x01\x02sixteen byte");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn refuses_what_is_not_a_uuid() {
        assert_eq!("".parse::<Uuid>(), Err(NotAUuid));
        assert_eq!("AAAAAAAAAAAAAAAAAAAAA".parse::<Uuid>(), Err(NotAUuid));
        assert_eq!("AAAAAAAAAA/AAAAAAAAAAA".parse::<Uuid>(), Err(NotAUuid));
    }
}
