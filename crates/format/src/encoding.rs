//! Text files in other encodings than UTF-8, by Java's names.

use std::io::{self, Read};

use crate::error::FormatError;

/// How the characters of a text file are bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8. What is not UTF-8 is left to the reader of the records.
    #[default]
    Utf8,
    /// US-ASCII: bytes from 128 on are replaced.
    Ascii,
    /// ISO-8859-1
    Latin1,
    /// UTF-16 with a mark of byte order; big-endian without one.
    Utf16,
    /// UTF-16BE
    Utf16Be,
    /// UTF-16LE
    Utf16Le,
    /// UTF-32 with a mark of byte order; big-endian without one.
    Utf32,
}

/// The order of the bytes of a unit.
#[derive(Clone, Copy)]
enum Order {
    Big,
    Little,
}

impl Encoding {
    /// The encoding of this name, in any case. They are the ones that Spark takes.
    ///
    /// # Errors
    /// `InvalidCharset`
    pub fn named(name: &str, caller: &'static str) -> Result<Encoding, FormatError> {
        Ok(match name.to_ascii_uppercase().as_str() {
            "UTF-8" => Encoding::Utf8,
            "US-ASCII" => Encoding::Ascii,
            "ISO-8859-1" => Encoding::Latin1,
            "UTF-16" => Encoding::Utf16,
            "UTF-16BE" => Encoding::Utf16Be,
            "UTF-16LE" => Encoding::Utf16Le,
            "UTF-32" => Encoding::Utf32,
            _ => {
                return Err(FormatError::InvalidCharset {
                    caller,
                    name: name.to_owned(),
                });
            }
        })
    }

    /// The text of a file as UTF-8.
    pub fn reader(self, bytes: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        match self {
            Encoding::Utf8 => bytes,
            encoding => Box::new(Transcoder {
                encoding,
                bytes,
                order: None,
                waiting: Vec::new(),
                text: Vec::new(),
                taken: 0,
                at_end: false,
            }),
        }
    }

    /// The bytes of a text. A character that the encoding does not have becomes `?`.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let narrow = |limit: u32| -> Vec<u8> {
            let byte = |c: char| match u8::try_from(u32::from(c)) {
                Ok(byte) if u32::from(c) < limit => byte,
                _ => b'?',
            };
            text.chars().map(byte).collect()
        };
        match self {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Ascii => narrow(128),
            Encoding::Latin1 => narrow(256),
            Encoding::Utf16 => {
                let marked = std::iter::once(0xFEFF).chain(text.encode_utf16());
                marked.flat_map(u16::to_be_bytes).collect()
            }
            Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf32 => text
                .chars()
                .flat_map(|c| u32::from(c).to_be_bytes())
                .collect(),
        }
    }

    /// The order of the bytes if the name says it.
    fn order(self) -> Option<Order> {
        match self {
            Encoding::Utf16Le => Some(Order::Little),
            Encoding::Utf16 | Encoding::Utf32 => None,
            _ => Some(Order::Big),
        }
    }

    /// Bytes of the unit that characters are made of.
    fn unit_len(self) -> usize {
        match self {
            Encoding::Utf32 => 4,
            Encoding::Utf16 | Encoding::Utf16Be | Encoding::Utf16Le => 2,
            Encoding::Utf8 | Encoding::Ascii | Encoding::Latin1 => 1,
        }
    }
}

/// Bytes that are read at once.
const READ_LEN: usize = 64 * 1024;

/// Reads bytes of an encoding as UTF-8.
struct Transcoder {
    encoding: Encoding,
    bytes: Box<dyn Read + Send>,
    /// Known once the mark is read.
    order: Option<Order>,
    /// The bytes of a character that has not ended.
    waiting: Vec<u8>,
    text: Vec<u8>,
    taken: usize,
    at_end: bool,
}

impl Transcoder {
    /// Decodes the next bytes.
    fn fill(&mut self) -> io::Result<()> {
        let mut read = vec![0; READ_LEN];
        let len = self.bytes.read(&mut read)?;
        self.at_end = len == 0;
        self.waiting.extend_from_slice(&read[..len]);
        self.text.clear();
        self.taken = 0;
        let unit_len = self.encoding.unit_len();
        if self.order.is_none() {
            if self.waiting.len() < unit_len && !self.at_end {
                return Ok(());
            }
            self.order = Some(self.read_mark());
        }
        let mut text = String::new();
        let whole = self.waiting.len() / unit_len * unit_len;
        let mut used = match unit_len {
            1 => {
                let is_ascii = self.encoding == Encoding::Ascii;
                let character = |byte: &u8| match *byte {
                    128.. if is_ascii => char::REPLACEMENT_CHARACTER,
                    byte => char::from(byte),
                };
                text.extend(self.waiting.iter().map(character));
                whole
            }
            2 => self.decode_utf16(whole, &mut text),
            _ => {
                for unit in self.waiting[..whole].chunks_exact(4) {
                    let bytes = [unit[0], unit[1], unit[2], unit[3]];
                    let code = match self.order {
                        Some(Order::Little) => u32::from_le_bytes(bytes),
                        _ => u32::from_be_bytes(bytes),
                    };
                    text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                whole
            }
        };
        if self.at_end && used < self.waiting.len() {
            text.push(char::REPLACEMENT_CHARACTER);
            used = self.waiting.len();
        }
        self.waiting.drain(..used);
        self.text = text.into_bytes();
        Ok(())
    }

    /// The order that the first unit tells, which is dropped if it is a mark.
    fn read_mark(&mut self) -> Order {
        if let Some(order) = self.encoding.order() {
            return order;
        }
        let (mark_len, order) = match (self.encoding, self.waiting.as_slice()) {
            (Encoding::Utf16, [0xFF, 0xFE, ..]) => (2, Order::Little),
            (Encoding::Utf16, [0xFE, 0xFF, ..]) => (2, Order::Big),
            (Encoding::Utf32, [0xFF, 0xFE, 0, 0, ..]) => (4, Order::Little),
            (Encoding::Utf32, [0, 0, 0xFE, 0xFF, ..]) => (4, Order::Big),
            _ => (0, Order::Big),
        };
        self.waiting.drain(..mark_len);
        order
    }

    /// Decodes the waiting units up to `whole` bytes; says how many bytes were decoded.
    fn decode_utf16(&self, whole: usize, text: &mut String) -> usize {
        let little = matches!(self.order, Some(Order::Little));
        let unit = |pair: &[u8]| match little {
            true => u16::from_le_bytes([pair[0], pair[1]]),
            false => u16::from_be_bytes([pair[0], pair[1]]),
        };
        let mut units: Vec<u16> = self.waiting[..whole].chunks_exact(2).map(unit).collect();
        // The first half of a pair waits for the second.
        if !self.at_end
            && units
                .last()
                .is_some_and(|unit| (0xD800..0xDC00).contains(unit))
        {
            units.pop();
        }
        let len = units.len() * 2;
        let decoded = char::decode_utf16(units);
        text.extend(decoded.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        len
    }
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.text.len() && !self.at_end {
            self.fill()?;
        }
        let len = out.len().min(self.text.len() - self.taken);
        out[..len].copy_from_slice(&self.text[self.taken..self.taken + len]);
        self.taken += len;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives a byte at a time.
    struct Slow(io::Cursor<Vec<u8>>);

    impl Read for Slow {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let len = out.len().min(1);
            self.0.read(&mut out[..len])
        }
    }

    fn decode(encoding: Encoding, bytes: &[u8]) -> String {
        let mut text = String::new();
        let slow = Box::new(Slow(io::Cursor::new(bytes.to_vec())));
        encoding.reader(slow).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn texts_are_encoded_and_decoded_again() {
        use Encoding::{Ascii, Latin1, Utf16, Utf16Be, Utf16Le, Utf32};
        for encoding in [Utf16, Utf16Be, Utf16Le, Utf32] {
            let text = "a\u{e4}\u{20ac}\u{1f600}\n";
            assert_eq!(
                decode(encoding, &encoding.encode(text)),
                text,
                "{encoding:?}"
            );
        }
        assert_eq!(decode(Latin1, &Latin1.encode("\u{e4}\u{20ac}")), "\u{e4}?");
        assert_eq!(decode(Ascii, b"a\xe4"), "a\u{fffd}");
        assert_eq!(decode(Utf16, b"\xff\xfea\0"), "a");
    }

    #[test]
    fn half_characters_are_replaced() {
        assert_eq!(decode(Encoding::Utf16Be, b"\0a\0"), "a\u{fffd}");
        assert_eq!(decode(Encoding::Utf16Be, b"\xd8\x00"), "\u{fffd}");
        assert_eq!(decode(Encoding::Utf32, b"\xff\xff\xff\xff"), "\u{fffd}");
    }
}
