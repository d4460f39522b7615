//! How CSV is read and written.

use super::split::Cell;
use crate::error::FormatError;
use crate::mode::ParseMode;
use crate::options::{self, Map};
use crate::text_file::TextFile;
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

/// What becomes of a value in quotes with a quote in it that is not escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnescapedQuote {
    /// The quote belongs to the value, which goes on to the closing quote.
    StopAtClosingQuote,
    /// The value is what stands before the next separator, quotes included.
    StopAtDelimiter,
}

/// How CSV is read.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvOptions {
    /// How a file is cut into records.
    pub file: TextFile,
    pub(super) signs: Signs,
    pub(super) unescaped_quote: UnescapedQuote,
    /// Names in the header are not compared with the columns.
    pub(super) enforce_schema: bool,
    pub(super) prefer_date: bool,
    /// Values of a record; a record with more is an error.
    pub(super) columns_max: usize,
    /// Characters of a value; a longer one is an error.
    pub(super) value_len_max: usize,
    /// What a value of empty quotes is read as.
    pub(super) empty_value: String,
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
    /// How records become a file.
    pub file: TextFile,
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

fn unescaped_quote(map: &Map) -> Result<UnescapedQuote, FormatError> {
    let name = "unescapedQuoteHandling";
    let value = options::get(map, name).unwrap_or("STOP_AT_DELIMITER");
    Ok(match value.to_ascii_uppercase().as_str() {
        "STOP_AT_CLOSING_QUOTE" => UnescapedQuote::StopAtClosingQuote,
        "STOP_AT_DELIMITER" => UnescapedQuote::StopAtDelimiter,
        _ => {
            return Err(options::invalid(
                name,
                value,
                "STOP_AT_CLOSING_QUOTE or STOP_AT_DELIMITER: nothing else is supported",
            ));
        }
    })
}

/// A whole number; −1 for no limit, which is `None` here too.
fn size(map: &Map, name: &str) -> Result<Option<usize>, FormatError> {
    let Some(value) = options::get(map, name) else {
        return Ok(None);
    };
    match value.parse::<i32>() {
        Ok(size) => Ok(Some(usize::try_from(size).unwrap_or(usize::MAX))),
        Err(_) => Err(FormatError::Requirement {
            message: format!("{name} should be an integer. Found {value}."),
        }),
    }
}

impl CsvOptions {
    /// The options as a user gives them. Options that have nothing to do with reading CSV are not
    /// looked at; `session` is the zone where `timeZone` is not given.
    ///
    /// # Errors
    /// `InvalidOption` or `InvalidCharset` for a value that means nothing, or that asks for what we
    /// cannot do.
    pub fn from_map(map: &Map, session: Zone) -> Result<CsvOptions, FormatError> {
        Ok(CsvOptions {
            file: TextFile::from_map(map, "multiLine", "CSVOptions")?,
            unescaped_quote: unescaped_quote(map)?,
            enforce_schema: options::flag(map, "enforceSchema", true)?,
            prefer_date: options::flag(map, "preferDate", true)?,
            columns_max: size(map, "maxColumns")?.unwrap_or(20_480),
            value_len_max: size(map, "maxCharsPerColumn")?.unwrap_or(usize::MAX),
            empty_value: text(map, "emptyValue", ""),
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

impl CsvOptions {
    /// The column that takes the text of bad records, if the schema has it.
    pub fn corrupt_record_column(&self) -> &str {
        &self.corrupt_record_column
    }

    /// The text of a value; none if it is null.
    pub(super) fn value_text<'a>(&'a self, cell: &'a Cell<'_>) -> Option<&'a str> {
        let text = match (cell.text.is_empty(), cell.quoted) {
            (true, false) => return None,
            (true, true) => self.empty_value.as_str(),
            (false, _) => &*cell.text,
        };
        (text != self.null_value).then_some(text)
    }

    /// Refuses a record beyond the limits `maxColumns` and `maxCharsPerColumn`.
    pub(super) fn check_limits(&self, cells: &[Cell<'_>], record: &str) -> Result<(), FormatError> {
        if cells.len() > self.columns_max {
            return Err(FormatError::MalformedCsvRecord {
                record: record.to_owned(),
            });
        }
        let is_long = |cell: &Cell<'_>| {
            cell.text.len() > self.value_len_max && cell.text.chars().count() > self.value_len_max
        };
        if cells.iter().any(is_long) {
            return Err(FormatError::Requirement {
                message: format!("a value has more than {} characters", self.value_len_max),
            });
        }
        Ok(())
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
            file: TextFile::from_map(map, "multiLine", "CSVOptions")?,
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
