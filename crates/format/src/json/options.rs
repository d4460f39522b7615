//! How JSON is read.

use super::tree::Syntax;
use crate::encoding::Encoding;
use crate::error::FormatError;
use crate::mode::ParseMode;
use crate::options::{self, Map};
use crate::text_file::TextFile;
use crate::time::{self, Pattern, Zone};

/// How JSON is read; the default is Spark's.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonOptions {
    /// What becomes of bad records.
    pub mode: ParseMode,
    /// The column that takes the text of bad records, if the schema has it.
    pub corrupt_record_column: String,
    /// The zone of timestamps that say none: the session's.
    pub time_zone: Zone,
    /// The form of timestamps; ISO 8601, loosely, if `None`.
    pub timestamp_format: Option<Pattern>,
    /// The form of timestamps without zone; ISO 8601, loosely, if `None`.
    pub timestamp_ntz_format: Option<Pattern>,
    /// The form of dates; ISO 8601, loosely, if `None`.
    pub date_format: Option<Pattern>,
    /// What is allowed beyond the standard.
    pub syntax: Syntax,
    /// How a file is cut into records.
    pub file: TextFile,
    /// Numbers and booleans are inferred as strings.
    pub primitives_as_string: bool,
    /// Numbers with a fraction are inferred as decimals, where a decimal can hold them.
    pub prefers_decimal: bool,
    /// A column that is always null, or always an empty array or struct, is not inferred.
    pub drop_field_if_all_null: bool,
    /// Strings that are timestamps are inferred as such.
    pub infer_timestamp: bool,
}

impl Default for JsonOptions {
    fn default() -> JsonOptions {
        JsonOptions {
            mode: ParseMode::Permissive,
            corrupt_record_column: "_corrupt_record".to_owned(),
            time_zone: Zone::UTC,
            timestamp_format: None,
            timestamp_ntz_format: None,
            date_format: None,
            syntax: Syntax::default(),
            file: TextFile::default(),
            primitives_as_string: false,
            prefers_decimal: false,
            drop_field_if_all_null: false,
            infer_timestamp: false,
        }
    }
}

impl JsonOptions {
    /// The options as a user gives them. Options that have nothing to do with reading JSON are not
    /// looked at; `session` is the zone where `timeZone` is not given.
    ///
    /// # Errors
    /// `InvalidOption`, `Requirement` or `InvalidCharset` for a value that means nothing.
    pub fn from_map(map: &Map, session: Zone) -> Result<JsonOptions, FormatError> {
        let default = JsonOptions::default();
        let corrupt_record_column = options::get(map, "columnNameOfCorruptRecord");
        let file = TextFile::from_map(map, "multiLine", "JSONOptionsInRead")?;
        if file.encoding != Encoding::Utf8 && file.separator.is_none() && !file.is_whole {
            let encoding = options::get(map, "encoding").or_else(|| options::get(map, "charset"));
            return Err(FormatError::Requirement {
                message: format!(
                    "requirement failed: The lineSep option must be specified for the {} encoding",
                    encoding.unwrap_or_default()
                ),
            });
        }
        Ok(JsonOptions {
            mode: options::get(map, "mode").map_or(default.mode, ParseMode::named),
            corrupt_record_column: corrupt_record_column
                .map_or(default.corrupt_record_column, str::to_owned),
            time_zone: options::zone(map, session)?,
            timestamp_format: options::pattern(map, "timestampFormat")?,
            timestamp_ntz_format: options::pattern(map, "timestampNTZFormat")?,
            date_format: options::pattern(map, "dateFormat")?,
            syntax: syntax(map)?,
            file,
            primitives_as_string: options::flag(map, "primitivesAsString", false)?,
            prefers_decimal: options::flag(map, "prefersDecimal", false)?,
            drop_field_if_all_null: options::flag(map, "dropFieldIfAllNull", false)?,
            infer_timestamp: options::flag(map, "inferTimestamp", false)?,
        })
    }

    /// Microseconds since the epoch.
    pub(super) fn parse_timestamp(&self, text: &str) -> Option<i64> {
        match &self.timestamp_format {
            Some(pattern) => pattern.parse_timestamp(text, self.time_zone),
            None => time::parse_timestamp(text, self.time_zone),
        }
    }

    /// Microseconds since 1970-01-01T00:00:00.
    pub(super) fn parse_timestamp_ntz(&self, text: &str) -> Option<i64> {
        match &self.timestamp_ntz_format {
            Some(pattern) => pattern.parse_timestamp_ntz(text),
            None => time::parse_timestamp_ntz(text),
        }
    }

    /// Days since 1970-01-01.
    pub(super) fn parse_date(&self, text: &str) -> Option<i32> {
        match &self.date_format {
            Some(pattern) => pattern.parse_date(text),
            // Spark's first versions wrote dates as days.
            None => time::parse_date(text).or_else(|| text.parse().ok()),
        }
    }
}

fn syntax(map: &Map) -> Result<Syntax, FormatError> {
    let default = Syntax::default();
    let flag = |name: &str, default: bool| options::flag(map, name, default);
    Ok(Syntax {
        comments: flag("allowComments", default.comments)?,
        unquoted_names: flag("allowUnquotedFieldNames", default.unquoted_names)?,
        single_quotes: flag("allowSingleQuotes", default.single_quotes)?,
        leading_zeros: flag("allowNumericLeadingZeros", default.leading_zeros)?,
        any_escape: flag("allowBackslashEscapingAnyCharacter", default.any_escape)?,
        control_characters: flag("allowUnquotedControlChars", default.control_characters)?,
        non_finite: flag("allowNonNumericNumbers", default.non_finite)?,
    })
}
