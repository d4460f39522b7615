//! Bytes as text of 64 characters (RFC 4648 §4, padded, without line breaks).
//!
//! Not the `base64` crate: as in Jackson, white space may stand between groups.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends the text of bytes.
pub(crate) fn encode(out: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            out.push(match i <= chunk.len() {
                true => ALPHABET[(bits >> (18 - 6 * i) & 63) as usize],
                false => b'=',
            });
        }
    }
}

/// The bytes of a text; white space may stand between groups of four. `None` if the text is something else.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut rest = text.bytes().peekable();
    loop {
        while rest.next_if(|&byte| byte <= b' ').is_some() {}
        let Some(first) = rest.next() else {
            return Some(bytes);
        };
        let group = [first, rest.next()?, rest.next()?, rest.next()?];
        let len = match group {
            [_, _, b'=', b'='] => 1,
            [_, _, _, b'='] => 2,
            _ => 3,
        };
        let bits = group[..=len]
            .iter()
            .try_fold(0, |bits, &c| Some(bits << 6 | digit(c)?))?;
        let bits = bits << (6 * (3 - len));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..=len]);
    }
}

/// Whether the text ends after the first character of a group of four, and is well formed before.
pub(crate) fn ends_within_first_pair(text: &str) -> bool {
    let digits = text.bytes().filter(|&byte| byte > b' ').count();
    digits % 4 == 1
        && text
            .bytes()
            .all(|byte| byte <= b' ' || digit(byte).is_some())
}

fn digit(character: u8) -> Option<u32> {
    let value = match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_bytes() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("hello", "aGVsbG8="),
        ] {
            let mut out = Vec::new();
            encode(&mut out, bytes.as_bytes());
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode("aGVs\n bG8=").unwrap(), b"hello");
        for bad in ["a", "aGVsbG8", "!!", "_-8=", "a===", "aG=s"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
