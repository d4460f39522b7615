//! Cuts a byte stream into requests: four bytes of length, then that many bytes.
//!
//! A length that is negative or larger than allowed is refused before any of those bytes is read.

use bytes::{Buf, Bytes, BytesMut};

/// Bytes of the length prefix.
const PREFIX_BYTES: usize = 4;

/// A length that no request may have. The connection cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadLength(pub i32);

/// The length of the next frame without its prefix; `None` until the prefix has arrived.
pub(super) fn length(buffer: &BytesMut, bytes_max: usize) -> Result<Option<usize>, BadLength> {
    let Some(prefix) = buffer.first_chunk::<PREFIX_BYTES>() else {
        return Ok(None);
    };
    let length = i32::from_be_bytes(*prefix);
    match usize::try_from(length) {
        Ok(bytes) if bytes <= bytes_max => Ok(Some(bytes)),
        _ => Err(BadLength(length)),
    }
}

/// How many bytes of a frame of `length` bytes have not arrived yet.
pub(super) fn missing(buffer: &BytesMut, length: usize) -> usize {
    (PREFIX_BYTES + length).saturating_sub(buffer.len())
}

/// The API key of the request in a frame of `length` bytes whose beginning has arrived; `None` if the
/// frame is too short for one.
pub(super) fn api_key(buffer: &BytesMut, length: usize) -> Option<i16> {
    let key = buffer.get(PREFIX_BYTES..PREFIX_BYTES + size_of::<i16>())?;
    (length >= key.len()).then(|| i16::from_be_bytes([key[0], key[1]]))
}

/// The frames that have arrived completely, in order, up to one with a bad length.
pub(super) fn arrived(buffer: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = buffer;
    std::iter::from_fn(move || {
        let (prefix, after) = rest.split_first_chunk::<PREFIX_BYTES>()?;
        let length = usize::try_from(i32::from_be_bytes(*prefix)).ok()?;
        let (frame, after) = after.split_at_checked(length)?;
        rest = after;
        Some(frame)
    })
}

/// Takes a frame that has arrived completely.
pub(super) fn take(buffer: &mut BytesMut, length: usize) -> Bytes {
    buffer.advance(PREFIX_BYTES);
    buffer.split_to(length).freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_arrive_a_byte_at_a_time() {
        let mut buffer = BytesMut::new();
        let mut frames = Vec::new();
        for byte in [0, 0, 0, 2, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1, 9] {
            buffer.extend_from_slice(&[byte]);
            while let Some(length) = length(&buffer, 100).unwrap() {
                if missing(&buffer, length) > 0 {
                    break;
                }
                frames.push(take(&mut buffer, length).to_vec());
            }
        }
        assert_eq!(frames, [vec![7, 8], vec![], vec![9]]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn frames_that_have_arrived_are_seen_before_they_are_taken() {
        let buffer = [0, 0, 0, 2, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 2, 1];
        let seen: Vec<&[u8]> = arrived(&buffer).collect();
        assert_eq!(seen, [&[7, 8][..], &[], &[9]]);
        assert_eq!(arrived(&[255, 255, 255, 255, 0]).count(), 0);
    }

    #[test]
    fn the_kind_of_a_request_is_known_from_its_first_bytes() {
        let buffer = BytesMut::from(&[0, 0, 0, 9, 0, 18, 0, 4][..]);
        assert_eq!(api_key(&buffer, 9), Some(18));
        assert_eq!(
            api_key(&buffer, 1),
            None,
            "the second byte belongs to another frame"
        );
        assert_eq!(api_key(&BytesMut::from(&[0, 0, 0, 9, 0][..]), 9), None);
    }

    #[test]
    fn lengths_no_request_has_are_refused_before_the_body() {
        assert_eq!(
            length(&BytesMut::from(&[255, 255, 255, 255][..]), 100),
            Err(BadLength(-1))
        );
        assert_eq!(
            length(&BytesMut::from(&[0, 0, 0, 101][..]), 100),
            Err(BadLength(101))
        );
        // "GET " from a browser.
        assert_eq!(
            length(&BytesMut::from(&b"GET "[..]), 100 << 20),
            Err(BadLength(0x47455420))
        );
    }
}
