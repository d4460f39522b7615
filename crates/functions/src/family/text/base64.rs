//! Base 64 as Java's MIME encoder writes and its MIME decoder reads it.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Characters of a line.
const LINE: usize = 76;

/// Appends the bytes as text, in lines of 76 characters.
pub(super) fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    let mut column = 0;
    for group in bytes.chunks(3) {
        if column == LINE {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let is_padding = i > group.len();
            let digit = (bits >> (18 - 6 * i)) as usize & 63;
            out.push(if is_padding { b'=' } else { ALPHABET[digit] });
        }
        column += 4;
    }
}

fn digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Appends the bytes that the text stands for; what is no character of base 64 is skipped.
///
/// # Errors
/// What is wrong, in Java's words.
pub(super) fn decode(text: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let mut bits = 0;
    let mut digits = 0;
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        at += 1;
        if byte == b'=' {
            let is_whole = match digits {
                0 => false,
                2 => {
                    at += 1;
                    text.get(at - 1) == Some(&b'=')
                }
                _ => true,
            };
            if !is_whole {
                return Err("Input byte array has wrong 4-byte ending unit".to_owned());
            }
            break;
        }
        let Some(digit) = digit(byte) else {
            continue;
        };
        bits = bits << 6 | digit;
        digits += 1;
        if digits == 4 {
            out.extend_from_slice(&bits.to_be_bytes()[1..]);
            bits = 0;
            digits = 0;
        }
    }
    match digits {
        1 => return Err("Last unit does not have enough valid bits".to_owned()),
        2 => out.push((bits >> 4) as u8),
        3 => out.extend_from_slice(&((bits >> 2) as u16).to_be_bytes()),
        _ => {}
    }
    match text
        .get(at..)
        .unwrap_or_default()
        .iter()
        .position(|byte| digit(*byte).is_some())
    {
        Some(after) => Err(format!(
            "Input byte array has incorrect ending byte at {}",
            at + after
        )),
        None => Ok(()),
    }
}

/// Whether a text is base 64 in whole groups of four, or without padding.
pub(super) fn is_valid(text: &str) -> bool {
    let (mut length, mut padding) = (0_usize, 0);
    for c in text.chars() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '+' | '/' => {
                if padding > 0 {
                    return false;
                }
                length += 1;
            }
            '=' => {
                padding += 1;
                if padding > 2 {
                    return false;
                }
                length += 1;
            }
            c if c.is_whitespace() => {}
            _ => return false,
        }
    }
    match padding {
        0 => length % 4 != 1,
        _ => length.is_multiple_of(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        decode(text.as_bytes(), &mut out)?;
        Ok(out)
    }

    #[test]
    fn decodes_what_java_decodes() {
        assert_eq!(decoded("YWJj\nZGVm"), Ok(b"abcdef".to_vec()));
        assert_eq!(decoded("YWI"), Ok(b"ab".to_vec()));
        assert_eq!(decoded("ab==="), Ok(vec![0x69]));
        assert_eq!(decoded("!!!"), Ok(Vec::new()));
        assert!(decoded("ab=c").is_err());
        assert!(decoded("a").is_err());
    }

    #[test]
    fn encodes_in_lines() {
        let mut out = Vec::new();
        encode(&[b'a'; 100], &mut out);
        assert_eq!(out.len(), 138);
    }
}
