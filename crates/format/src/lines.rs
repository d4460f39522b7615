//! Bytes cut into lines.

use memchr::{memchr2, memmem};

/// The lines of a text, without what ends them: `\n`, `\r` or `\r\n`, or the separator. Nothing
/// after the last end of line is no line.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    separator: Option<&'a [u8]>,
}

impl<'a> Lines<'a> {
    /// The lines of `bytes`. A separator is not empty.
    pub(crate) fn new(bytes: &'a [u8], separator: Option<&'a [u8]>) -> Lines<'a> {
        Lines {
            rest: bytes,
            separator,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let found = match self.separator {
            Some(separator) => memmem::find(self.rest, separator).map(|end| (end, separator.len())),
            None => memchr2(b'\n', b'\r', self.rest).map(|end| {
                let is_pair = self.rest[end..].starts_with(b"\r\n");
                (end, if is_pair { 2 } else { 1 })
            }),
        };
        let Some((end, ending)) = found else {
            return Some(std::mem::take(&mut self.rest));
        };
        let line = &self.rest[..end];
        self.rest = &self.rest[end + ending..];
        Some(line)
    }
}

/// How many of the bytes are whole lines, if more bytes may follow.
pub fn whole_lines_len(bytes: &[u8], separator: Option<&[u8]>) -> usize {
    match separator {
        Some(separator) => {
            // Ends are found from the front, as `|||` has one end of `||`, not two.
            let mut len = 0;
            for end in memmem::find_iter(bytes, separator) {
                len = end + separator.len();
            }
            len
        }
        None => {
            // A `\r` at the end may be the first half of `\r\n`.
            let known = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            memchr::memrchr2(b'\n', b'\r', known).map_or(0, |end| end + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ends_of_line() {
        let lines: Vec<&[u8]> = Lines::new(b"a\nb\r\nc\r\rd\n\ne", None).collect();
        assert_eq!(lines, [&b"a"[..], b"b", b"c", b"", b"d", b"", b"e"]);
        assert_eq!(Lines::new(b"", None).count(), 0);
        assert_eq!(Lines::new(b"\n", None).count(), 1);
    }

    #[test]
    fn a_separator_is_the_only_end() {
        let lines: Vec<&[u8]> = Lines::new(b"a\n||b||", Some(b"||")).collect();
        assert_eq!(lines, [&b"a\n"[..], b"b"]);
    }

    #[test]
    fn half_lines_wait_for_more() {
        assert_eq!(whole_lines_len(b"a\nb", None), 2);
        assert_eq!(whole_lines_len(b"a\r", None), 0);
        assert_eq!(whole_lines_len(b"a\r\nb\r", None), 3);
        assert_eq!(whole_lines_len(b"a|||b", Some(b"||")), 3);
        assert_eq!(whole_lines_len(b"a|", Some(b"||")), 0);
    }
}
