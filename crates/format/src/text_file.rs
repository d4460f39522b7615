//! What the text formats have in common: how a file is cut into records.

use crate::encoding::Encoding;
use crate::error::FormatError;
use crate::options::{self, Map};

/// How a text file is cut into records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextFile {
    /// How characters are bytes.
    pub encoding: Encoding,
    /// What ends a record; `\n`, `\r` and `\r\n` if `None`. Not empty.
    pub separator: Option<String>,
    /// A record may have several lines, so that a file is read as a whole.
    pub is_whole: bool,
}

impl TextFile {
    /// The options `encoding` (or `charset`), `lineSep`, and the one called `whole`. `caller` is
    /// named where an encoding is not known.
    ///
    /// # Errors
    /// `EmptyLineSeparator`, `InvalidCharset`, `InvalidOption`
    pub fn from_map(map: &Map, whole: &str, caller: &'static str) -> Result<TextFile, FormatError> {
        let mut file = TextFile::without_encoding(map, whole)?;
        let encoding = options::get(map, "encoding").or_else(|| options::get(map, "charset"));
        if let Some(name) = encoding {
            file.encoding = Encoding::named(name, caller)?;
        }
        Ok(file)
    }

    /// The options `lineSep` and the one called `whole`; the encoding is UTF-8.
    pub(crate) fn without_encoding(map: &Map, whole: &str) -> Result<TextFile, FormatError> {
        let separator = options::get(map, "lineSep");
        if separator == Some("") {
            return Err(FormatError::EmptyLineSeparator);
        }
        Ok(TextFile {
            encoding: Encoding::Utf8,
            separator: separator.map(str::to_owned),
            is_whole: options::flag(map, whole, false)?,
        })
    }

    /// What ends a record, as bytes of UTF-8.
    pub fn separator(&self) -> Option<&[u8]> {
        self.separator.as_deref().map(str::as_bytes)
    }
}
