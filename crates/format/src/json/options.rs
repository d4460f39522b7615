//! How JSON is read.

use crate::error::FormatError;
use crate::mode::ParseMode;
use crate::options::{self, Map};
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
        }
    }
}

impl JsonOptions {
    /// The options as a user gives them. Options that have nothing to do with reading JSON are not
    /// looked at; `session` is the zone where `timeZone` is not given.
    ///
    /// # Errors
    /// `InvalidOption` for a value that means nothing, or that asks for what we cannot do.
    pub fn from_map(map: &Map, session: Zone) -> Result<JsonOptions, FormatError> {
        for (name, fixed) in [
            ("allowSingleQuotes", true),
            ("allowNonNumericNumbers", true),
            ("allowComments", false),
            ("allowUnquotedFieldNames", false),
            ("allowNumericLeadingZeros", false),
            ("allowBackslashEscapingAnyCharacter", false),
            ("allowUnquotedControlChars", false),
            ("primitivesAsString", false),
            ("prefersDecimal", false),
            ("dropFieldIfAllNull", false),
            ("multiLine", false),
        ] {
            options::fixed_flag(map, name, fixed)?;
        }
        let default = JsonOptions::default();
        let corrupt_record_column = options::get(map, "columnNameOfCorruptRecord");
        Ok(JsonOptions {
            mode: options::get(map, "mode").map_or(default.mode, ParseMode::named),
            corrupt_record_column: corrupt_record_column
                .map_or(default.corrupt_record_column, str::to_owned),
            time_zone: options::zone(map, session)?,
            timestamp_format: options::pattern(map, "timestampFormat")?,
            timestamp_ntz_format: options::pattern(map, "timestampNTZFormat")?,
            date_format: options::pattern(map, "dateFormat")?,
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
