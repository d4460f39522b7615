//! Strings that share the buffer they were received in.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;

/// UTF-8 text in [`Bytes`]: cheap to clone; keeps its buffer in memory.
///
/// Use [`StrBytes::detached`] for text that is kept for long. Otherwise a topic name of ten bytes
/// keeps a frame of a megabyte in memory.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StrBytes {
    /// Checked once, when it is created, because a name is read many times per request.
    text: ByteString,
}

impl StrBytes {
    /// Empty text.
    pub const EMPTY: StrBytes = StrBytes {
        text: ByteString::new(),
    };

    /// Text with static lifetime.
    pub const fn from_static(text: &'static str) -> StrBytes {
        StrBytes {
            text: ByteString::from_static(text),
        }
    }

    /// The bytes as text, if they are UTF-8.
    pub fn from_utf8(bytes: Bytes) -> Result<StrBytes, std::str::Utf8Error> {
        Ok(StrBytes {
            text: bytes.try_into()?,
        })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The bytes of the text.
    pub fn as_bytes(&self) -> &Bytes {
        self.text.as_bytes()
    }

    /// The same text in a buffer of its own.
    pub fn detached(&self) -> StrBytes {
        StrBytes::from(self.as_str())
    }
}

impl Deref for StrBytes {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for StrBytes {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for StrBytes {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

/// Hashes as `str` does, so that a map with `StrBytes` keys can be searched with a `&str`.
impl Hash for StrBytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for StrBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for StrBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl From<&str> for StrBytes {
    fn from(text: &str) -> StrBytes {
        StrBytes { text: text.into() }
    }
}

impl From<String> for StrBytes {
    fn from(text: String) -> StrBytes {
        StrBytes { text: text.into() }
    }
}

impl From<&String> for StrBytes {
    fn from(text: &String) -> StrBytes {
        StrBytes::from(text.as_str())
    }
}

impl From<StrBytes> for String {
    fn from(text: StrBytes) -> String {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for StrBytes {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for StrBytes {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for StrBytes {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, HashMap};

    #[test]
    fn maps_keyed_by_it_can_be_searched_with_a_str() {
        let hashed = HashMap::from([(StrBytes::from("flights"), 1)]);
        let ordered = BTreeMap::from([(StrBytes::from("flights"), 1)]);
        assert_eq!(hashed.get("flights"), Some(&1));
        assert_eq!(ordered.get("flights"), Some(&1));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused() {
        assert!(StrBytes::from_utf8(Bytes::from_static(b"\xff")).is_err());
    }
}
