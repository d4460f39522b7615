//! Messages with their version: two bytes, then the message.
//!
//! The subscription and the assignment of a consumer have this form in the group protocol. The
//! coordinator need not understand them.

use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::message::Message;

/// Writes the version in two bytes, then the message in that version.
pub fn encode<M: Message>(message: &M, version: i16) -> Result<Bytes, EncodeError> {
    let mut encoder = Encoder::new();
    encoder.i16(version);
    message.encode(&mut encoder, version)?;
    Ok(encoder.finish())
}

/// Reads the form that [`encode`] writes. Also returns the version in it.
///
/// A version newer than the newest known one is read as the newest known one, and the remaining
/// bytes are ignored: members of a group that is being upgraded must understand each other.
pub fn decode<M: Message>(bytes: Bytes) -> Result<(M, i16), DecodeError> {
    let mut decoder = Decoder::for_frame(bytes);
    decoder.enter(M::NAME);
    let version = decoder.i16()?;
    let newest = *M::VALID_VERSIONS.end();
    let message = M::decode(&mut decoder, version.min(newest))?;
    if version <= newest {
        decoder.finish()?;
    }
    Ok((message, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::ConsumerProtocolAssignment;
    use crate::messages::consumer_protocol_assignment::TopicPartition;

    fn assignment() -> ConsumerProtocolAssignment {
        ConsumerProtocolAssignment {
            assigned_partitions: vec![TopicPartition {
                topic: "flights".into(),
                partitions: vec![0, 1],
            }],
            user_data: None,
        }
    }

    #[test]
    fn an_encoded_message_is_decoded_with_its_version() {
        let bytes = encode(&assignment(), 1).expect("encodes");
        assert_eq!(decode(bytes), Ok((assignment(), 1)));
    }

    #[test]
    fn a_newer_version_is_read_as_the_newest_known_one() {
        let mut bytes = encode(&assignment(), 3).expect("encodes").to_vec();
        bytes[1] = 77;
        bytes.extend(b"new fields");
        assert_eq!(decode(Bytes::from(bytes)), Ok((assignment(), 77)));
    }

    #[test]
    fn a_negative_version_is_refused() {
        assert!(decode::<ConsumerProtocolAssignment>(Bytes::from_static(b"\xff\xff")).is_err());
    }
}
