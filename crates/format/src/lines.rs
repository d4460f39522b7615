//! Bytes cut into lines.

use memchr::memchr2;

/// The lines of a text, without what ends them: `\n`, `\r` or `\r\n`. Nothing after the last end of
/// line is no line.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Lines<'a> {
        Lines { rest: bytes }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(end) = memchr2(b'\n', b'\r', self.rest) else {
            return Some(std::mem::take(&mut self.rest));
        };
        let line = &self.rest[..end];
        let ending = if self.rest[end..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        self.rest = &self.rest[end + ending..];
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ends_of_line() {
        let lines: Vec<&[u8]> = Lines::new(b"a\nb\r\nc\r\rd\n\ne").collect();
        assert_eq!(lines, [&b"a"[..], b"b", b"c", b"", b"d", b"", b"e"]);
        assert_eq!(Lines::new(b"").count(), 0);
        assert_eq!(Lines::new(b"\n").count(), 1);
    }
}
