//! The fields of a struct by name, and the order in which records have them.

use std::collections::BTreeMap;

use arrow::datatypes::Fields;

/// Members of an object, and bytes of their names, beyond which no order is learned.
const LEARNED_MEMBERS_MAX: usize = 64;
const LEARNED_NAME_LEN_MAX: usize = 64;

/// Finds fields by name. Records tend to have the same members in the same order: the name that
/// stood at a place last is tried first.
#[derive(Debug)]
pub(crate) struct Names {
    by_name: BTreeMap<Box<[u8]>, usize>,
    /// By place in the object.
    learned: Vec<Learned>,
}

#[derive(Debug)]
struct Learned {
    /// With both quotes.
    quoted: Box<[u8]>,
    field: Option<usize>,
}

impl Names {
    /// The names of these fields.
    pub(crate) fn new(fields: &Fields) -> Names {
        let name = |field: &str| field.as_bytes().into();
        let by_name = fields
            .iter()
            .enumerate()
            .map(|(i, field)| (name(field.name()), i))
            .collect();
        Names {
            by_name,
            learned: Vec::new(),
        }
    }

    /// The field called `name`; names are compared with case.
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// If `rest` begins with the quoted name that stood at `place` last: its length, quotes
    /// included, and its field.
    #[inline]
    pub(crate) fn expected(&self, place: usize, rest: &[u8]) -> Option<(usize, Option<usize>)> {
        let learned = self.learned.get(place)?;
        starts_with(rest, &learned.quoted).then_some((learned.quoted.len(), learned.field))
    }

    /// Finds the name, which stands in the record as `quoted`, and remembers it for `place`.
    pub(crate) fn learn(&mut self, place: usize, quoted: &[u8]) -> Option<usize> {
        let field = self.find(&quoted[1..quoted.len() - 1]);
        if place < LEARNED_MEMBERS_MAX && quoted.len() <= LEARNED_NAME_LEN_MAX {
            let learned = Learned {
                quoted: quoted.into(),
                field,
            };
            if let Some(before) = self.learned.get_mut(place) {
                *before = learned;
            } else if place == self.learned.len() {
                self.learned.push(learned);
            }
        }
        field
    }
}

/// [`slice::starts_with`], eight bytes at a time without a call: names are short.
#[inline]
fn starts_with(bytes: &[u8], prefix: &[u8]) -> bool {
    let Some(bytes) = bytes.get(..prefix.len()) else {
        return false;
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let (prefix_words, prefix_rest) = prefix.as_chunks::<8>();
    if let (Some(last), Some(prefix_last)) = (bytes.last_chunk::<8>(), prefix.last_chunk::<8>()) {
        // The last eight overlap the word before them.
        return words.iter().eq(prefix_words) && last == prefix_last;
    }
    rest.iter().eq(prefix_rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_every_length() {
        let bytes = b"abcdefghijklmnopqrstuvwxyz";
        for len in 0..=bytes.len() {
            assert!(starts_with(bytes, &bytes[..len]));
            assert!(!starts_with(&bytes[..len], b"abcdefghijklmnopqrstuvwxyz!"));
            for changed in 0..len {
                let mut prefix = bytes[..len].to_vec();
                prefix[changed] = b'X';
                assert!(!starts_with(bytes, &prefix));
            }
        }
    }
}
