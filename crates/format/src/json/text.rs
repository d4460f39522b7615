//! Strings as JSON writes them.

use super::tree::Syntax;

/// Eight times the byte 1, and eight times the highest bit.
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The place, from `at` on, of the first byte that is a double quote, a backslash or a control
/// character; the length of `bytes` if there is none.
#[inline(always)]
pub(super) fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let zero_where = |byte: u8| word ^ (ONES * u64::from(byte));
        let (quote, backslash) = (zero_where(b'"'), zero_where(b'\\'));
        // In each, the lowest high bit that is set marks the first byte looked for; those above it
        // may be set by what was borrowed.
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let found = found & HIGHS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let plain = rest
        .iter()
        .position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20);
    at + plain.unwrap_or(rest.len())
}

/// Skips a string whose opening quote stands just before `at`: the place after its closing quote, or
/// `None` if it is not well formed.
#[inline]
pub(super) fn skip(bytes: &[u8], at: usize) -> Option<usize> {
    let end = plain_end(bytes, at);
    match bytes.get(end)? {
        b'"' => Some(end + 1),
        b'\\' => read(bytes, end, b'"', &Syntax::default(), &mut Vec::new()),
        _ => None,
    }
}

/// Appends the characters of a string whose opening quote stands just before `at`, up to the closing
/// `quote`: the place after it, or `None` if the string is not well formed. Half of a surrogate
/// pair becomes `?`.
pub(super) fn read(
    bytes: &[u8],
    mut at: usize,
    quote: u8,
    syntax: &Syntax,
    out: &mut Vec<u8>,
) -> Option<usize> {
    loop {
        let end = plain_end(bytes, at);
        let run = &bytes[at..end];
        if quote != b'"'
            && let Some(closing) = run.iter().position(|&byte| byte == quote)
        {
            out.extend_from_slice(&run[..closing]);
            return Some(at + closing + 1);
        }
        out.extend_from_slice(run);
        at = end + 1;
        match bytes.get(end)? {
            b'\\' => at = unescape(bytes, at, syntax, out)?,
            b'"' if quote == b'"' => return Some(at),
            b'"' => out.push(b'"'),
            control if syntax.control_characters => out.push(*control),
            _ => return None,
        }
    }
}

/// Appends the character whose backslash stands just before `at`.
fn unescape(bytes: &[u8], at: usize, syntax: &Syntax, out: &mut Vec<u8>) -> Option<usize> {
    let plain = match bytes.get(at)? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        // `\'` because Spark allows single quotes.
        same @ (b'"' | b'\\' | b'/' | b'\'') => *same,
        b'u' => return unescape_unicode(bytes, at + 1, out),
        same if syntax.any_escape => *same,
        _ => return None,
    };
    out.push(plain);
    Some(at + 1)
}

fn unescape_unicode(bytes: &[u8], at: usize, out: &mut Vec<u8>) -> Option<usize> {
    let first = hex(bytes, at)?;
    let mut after = at + 4;
    let mut character = char::from_u32(u32::from(first));
    if let 0xd800..=0xdbff = first
        && bytes.get(after..after + 2) == Some(br"\u")
        && let Some(second @ 0xdc00..=0xdfff) = hex(bytes, after + 2)
    {
        character = char::decode_utf16([first, second])
            .next()
            .and_then(Result::ok);
        after += 6;
    }
    let mut utf8 = [0; 4];
    out.extend_from_slice(character.unwrap_or('?').encode_utf8(&mut utf8).as_bytes());
    Some(after)
}

fn hex(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 4)?;
    digits.iter().try_fold(0u16, |number, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(number << 4 | digit as u16)
    })
}

/// Appends a string in quotes, escaping what must be.
pub(super) fn write(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.push(b'"');
    let mut at = 0;
    loop {
        let end = plain_end(bytes, at);
        out.extend_from_slice(&bytes[at..end]);
        let Some(&byte) = bytes.get(end) else { break };
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(br"\n"),
            b'\t' => out.extend(br"\t"),
            b'\r' => out.extend(br"\r"),
            0x08 => out.extend(br"\b"),
            0x0c => out.extend(br"\f"),
            _ => out.extend(format!("\\u{byte:04X}").bytes()),
        }
        at = end + 1;
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_special_byte_is_found_at_every_place() {
        for special in [b'"', b'\\', 0x00, 0x1f] {
            for len in 0..40 {
                for place in 0..len {
                    let mut bytes = vec![b'a'; len];
                    // Neighbours that the arithmetic could take for what is looked for.
                    for (i, byte) in bytes.iter_mut().enumerate() {
                        *byte =
                            [b'!', b'#', 0x20, 0x7f, 0x80, 0xa2, 0xdc, 0xff, b'[', b']'][i % 10];
                    }
                    bytes[place] = special;
                    assert_eq!(plain_end(&bytes, 0), place);
                    assert_eq!(plain_end(&bytes, place + 1), len);
                }
            }
        }
    }

    #[test]
    fn strings_are_read_as_spark_reads_them() {
        let read = |text: &str| {
            let mut out = Vec::new();
            read(text.as_bytes(), 0, b'"', &Syntax::default(), &mut out)
                .map(|end| (String::from_utf8(out).unwrap(), end))
        };
        assert_eq!(read(r#"a\n\/\'\u00e9" x"#), Some(("a\n/'é".to_owned(), 14)));
        assert_eq!(read(r#"\ud83d\ude00""#), Some(("😀".to_owned(), 13)));
        assert_eq!(
            read(r#"\ud83dx\ude00\ud83d\u0041""#),
            Some(("?x??A".to_owned(), 26))
        );
        for bad in ["", "a", "\\", r#"\x""#, r#"\u00""#, "\u{1}\"", "\\u00é\""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
