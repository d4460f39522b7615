//! Places in the text.

/// A range of bytes in the text of a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The range from the start of `self` to the end of `other`.
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start,
            end: other.end.max(self.start),
        }
    }

    /// The part of `text` in this range.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// The line of the first byte, from 1, and the character in that line, from 0, as Spark counts them.
    pub fn position(self, text: &str) -> (usize, usize) {
        let before = text.get(..self.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[line_start..].chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_characters_not_bytes() {
        let text = "SELECT 'é',\n  b";
        let b = text.rfind('b').unwrap();
        assert_eq!(
            Span {
                start: b,
                end: b + 1
            }
            .position(text),
            (2, 2)
        );
        let comma = text.find(',').unwrap();
        assert_eq!(
            Span {
                start: comma,
                end: comma + 1
            }
            .position(text),
            (1, 10)
        );
    }
}
