//! How CSV is read and written.

use crate::error::FormatError;
use crate::mode::ParseMode;
use crate::options::{self, Map};
use crate::time::{Pattern, Zone};

/// What separates and quotes values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signs {
    /// Between values; not empty.
    pub separator: String,
    /// Around values; `None` if nothing is.
    pub quote: Option<char>,
    /// Before a quote within quotes, and before itself.
    pub escape: Option<char>,
}

/// How CSV is read.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvOptions {
    pub(super) signs: Signs,
    pub(super) header: bool,
    pub(super) comment: Option<char>,
    pub(super) trim_leading: bool,
    pub(super) trim_trailing: bool,
    pub(super) null_value: String,
    pub(super) nan_value: String,
    pub(super) positive_infinity: String,
    pub(super) negative_infinity: String,
    pub(super) infer_schema: bool,
    pub(super) mode: ParseMode,
    pub(super) corrupt_record_column: String,
    pub(super) time_zone: Zone,
    pub(super) timestamp_format: Option<Pattern>,
    pub(super) timestamp_ntz_format: Option<Pattern>,
    pub(super) date_format: Option<Pattern>,
}

/// How CSV is written.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvWriterOptions {
    pub(super) signs: Signs,
    pub(super) header: bool,
    pub(super) quote_all: bool,
    pub(super) escape_quotes: bool,
    pub(super) trim_leading: bool,
    pub(super) trim_trailing: bool,
    pub(super) null_value: String,
    pub(super) empty_value: String,
    pub(super) time_zone: Zone,
    pub(super) timestamp_format: Pattern,
    pub(super) timestamp_ntz_format: Pattern,
    pub(super) date_format: Pattern,
}

fn text(map: &Map, name: &str, default: &str) -> String {
    options::get(map, name).unwrap_or(default).to_owned()
}

/// One character, or none if the value is empty.
fn character(map: &Map, name: &str, default: Option<char>) -> Result<Option<char>, FormatError> {
    let Some(value) = options::get(map, name) else {
        return Ok(default);
    };
    let mut chars = value.chars();
    match (chars.next(), chars.next()) {
        (None, _) | (Some('\0'), None) => Ok(None),
        (Some(one), None) => Ok(Some(one)),
        _ => Err(options::invalid(name, value, "one character")),
    }
}

fn signs(map: &Map) -> Result<Signs, FormatError> {
    let separator = options::get(map, "sep")
        .or_else(|| options::get(map, "delimiter"))
        .unwrap_or(",");
    let separator = match separator {
        r"\t" => "\t",
        "" => return Err(options::invalid("sep", "", "at least one character")),
        other => other,
    };
    Ok(Signs {
        separator: separator.to_owned(),
        quote: character(map, "quote", Some('"'))?,
        escape: character(map, "escape", Some('\\'))?,
    })
}

impl CsvOptions {
    /// The options as a user gives them. Options that have nothing to do with reading CSV are not
    /// looked at; `session` is the zone where `timeZone` is not given.
    ///
    /// # Errors
    /// `InvalidOption` for a value that means nothing, or that asks for what we cannot do.
    pub fn from_map(map: &Map, session: Zone) -> Result<CsvOptions, FormatError> {
        options::fixed_flag(map, "multiLine", false)?;
        options::fixed_flag(map, "enforceSchema", true)?;
        Ok(CsvOptions {
            signs: signs(map)?,
            header: options::flag(map, "header", false)?,
            comment: character(map, "comment", None)?,
            trim_leading: options::flag(map, "ignoreLeadingWhiteSpace", false)?,
            trim_trailing: options::flag(map, "ignoreTrailingWhiteSpace", false)?,
            null_value: text(map, "nullValue", ""),
            nan_value: text(map, "nanValue", "NaN"),
            positive_infinity: text(map, "positiveInf", "Inf"),
            negative_infinity: text(map, "negativeInf", "-Inf"),
            infer_schema: options::flag(map, "inferSchema", false)?,
            mode: options::get(map, "mode").map_or(ParseMode::Permissive, ParseMode::named),
            corrupt_record_column: text(map, "columnNameOfCorruptRecord", "_corrupt_record"),
            time_zone: options::zone(map, session)?,
            timestamp_format: options::pattern(map, "timestampFormat")?,
            timestamp_ntz_format: options::pattern(map, "timestampNTZFormat")?,
            date_format: options::pattern(map, "dateFormat")?,
        })
    }
}

impl CsvWriterOptions {
    /// The options as a user gives them. Options that have nothing to do with writing CSV are not
    /// looked at; `session` is the zone where `timeZone` is not given.
    ///
    /// # Errors
    /// `InvalidOption` for a value that means nothing.
    pub fn from_map(map: &Map, session: Zone) -> Result<CsvWriterOptions, FormatError> {
        let pattern = |name: &str, default: &str| match options::pattern(map, name)? {
            Some(pattern) => Ok(pattern),
            None => Pattern::new(name, default),
        };
        Ok(CsvWriterOptions {
            signs: signs(map)?,
            header: options::flag(map, "header", false)?,
            quote_all: options::flag(map, "quoteAll", false)?,
            escape_quotes: options::flag(map, "escapeQuotes", true)?,
            trim_leading: options::flag(map, "ignoreLeadingWhiteSpace", true)?,
            trim_trailing: options::flag(map, "ignoreTrailingWhiteSpace", true)?,
            null_value: text(map, "nullValue", ""),
            empty_value: text(map, "emptyValue", "\"\""),
            time_zone: options::zone(map, session)?,
            timestamp_format: pattern("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")?,
            timestamp_ntz_format: pattern("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss.SSS")?,
            date_format: pattern("dateFormat", "yyyy-MM-dd")?,
        })
    }
}
