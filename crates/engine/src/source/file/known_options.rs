//! Which options the file formats have.
//!
//! An option that Spark does not have is ignored, with a warning that names it. One that Spark has and
//! this engine does not honour is an error, or a warning where it only concerns speed.

use super::FileFormat;
use crate::error::{Error, Result};
use crate::options::Options;

/// What options are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Reading.
    Read,
    /// Writing.
    Write,
}

/// Options of all formats.
const READ: &[&str] = &[
    "path",
    "basePath",
    "fileNameOnly",
    "ignoreCorruptFiles",
    "ignoreMissingFiles",
    "latestFirst",
    "maxBytesPerTrigger",
    "maxFileAge",
    "maxFilesPerTrigger",
    "modifiedAfter",
    "modifiedBefore",
    "pathGlobFilter",
    "recursiveFileLookup",
    "cleanSource",
    "sourceArchiveDir",
];
const WRITE: &[&str] = &[
    "path",
    "checkpointLocation",
    "codec",
    "compression",
    "maxRecordsPerFile",
    "partitionOverwriteMode",
    "queryName",
    "retention",
];

/// Times and encodings, of JSON and CSV in both directions.
const TIMES: &[&str] = &[
    "charset",
    "dateFormat",
    "encoding",
    "lineSep",
    "locale",
    "timestampFormat",
    "timestampNTZFormat",
    "timeZone",
    "timestampTimeZone",
];
/// Reading JSON and CSV.
const PARSE: &[&str] = &[
    "columnNameOfCorruptRecord",
    "enableDateTimeParsingFallback",
    "mode",
    "multiLine",
    "samplingRatio",
    "singleVariantColumn",
];
const JSON_READ: &[&str] = &[
    "allowBackslashEscapingAnyCharacter",
    "allowComments",
    "allowNonNumericNumbers",
    "allowNumericLeadingZeros",
    "allowSingleQuotes",
    "allowUnquotedControlChars",
    "allowUnquotedFieldNames",
    "dropFieldIfAllNull",
    "inferTimestamp",
    "prefersDecimal",
    "primitivesAsString",
];
const JSON_WRITE: &[&str] = &[
    "ignoreNullFields",
    "pretty",
    "writeNonAsciiCharacterAsCodePoint",
];
const CSV: &[&str] = &[
    "charToEscapeQuoteEscaping",
    "comment",
    "delimiter",
    "emptyValue",
    "escape",
    "header",
    "ignoreLeadingWhiteSpace",
    "ignoreTrailingWhiteSpace",
    "nullValue",
    "quote",
    "sep",
];
const CSV_READ: &[&str] = &[
    "columnPruning",
    "enforceSchema",
    "inferSchema",
    "maxCharsPerColumn",
    "maxColumns",
    "nanValue",
    "negativeInf",
    "positiveInf",
    "preferDate",
    "unescapedQuoteHandling",
];
const CSV_WRITE: &[&str] = &["escapeQuotes", "quoteAll"];
const TEXT_READ: &[&str] = &["lineSep", "wholetext"];
const TEXT_WRITE: &[&str] = &["lineSep"];
const PARQUET_READ: &[&str] = &["datetimeRebaseMode", "int96RebaseMode", "mergeSchema"];
const PARQUET_WRITE: &[&str] = &["parquet.compression"];

/// Options that concern speed only, and have no effect here.
const WITHOUT_EFFECT: &[&str] = &["discardCachedInputRatio", "maxCachedFiles"];

fn known(format: FileFormat, direction: Use) -> Vec<&'static [&'static str]> {
    match (format, direction) {
        (FileFormat::Json, Use::Read) => vec![READ, TIMES, PARSE, JSON_READ],
        (FileFormat::Json, Use::Write) => vec![WRITE, TIMES, JSON_WRITE],
        (FileFormat::Csv, Use::Read) => vec![READ, TIMES, PARSE, CSV, CSV_READ],
        (FileFormat::Csv, Use::Write) => vec![WRITE, TIMES, CSV, CSV_WRITE],
        (FileFormat::Text, Use::Read) => vec![READ, TEXT_READ],
        (FileFormat::Text, Use::Write) => vec![WRITE, TEXT_WRITE],
        (FileFormat::Parquet, Use::Read) => vec![READ, PARQUET_READ],
        (FileFormat::Parquet, Use::Write) => vec![WRITE, PARQUET_WRITE],
    }
}

/// Warns of the options that have no effect.
///
/// # Errors
/// Options that would change what is read or written, and cannot be honoured.
pub fn check_options(format: FileFormat, direction: Use, options: &Options) -> Result<()> {
    let known = known(format, direction);
    let is_in =
        |names: &[&str], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    for (name, value) in options.iter() {
        let verb = match direction {
            Use::Read => "read",
            Use::Write => "written",
        };
        if is_in(WITHOUT_EFFECT, name) {
            tracing::warn!("option \"{name}\" has no effect here");
        } else if !known.iter().any(|names| is_in(names, name)) {
            let format = format.name();
            tracing::warn!(
                "option \"{name}\" is ignored: {format} files are {verb} without such an option"
            );
        } else if let Some(allowed) = unsupported(direction, name, value, options) {
            return Err(Error::unsupported(format!(
                "Option '{name}' with value '{value}' is not supported; {allowed}"
            )));
        }
    }
    Ok(())
}

/// What is supported instead, if the value of an option that Spark has is not.
fn unsupported(direction: Use, name: &str, value: &str, options: &Options) -> Option<&'static str> {
    let is = |other: &str| value.eq_ignore_ascii_case(other);
    let escape = options.get("escape").unwrap_or("\\");
    match name.to_ascii_lowercase().as_str() {
        "cleansource" if !is("off") => Some("files that were read stay where they are ('off')"),
        "singlevariantcolumn" => Some("leave it out: there is no VARIANT"),
        "enabledatetimeparsingfallback" if !is("false") => Some("leave it out"),
        "locale" if !is("en-US") && !is("en") => Some("only 'en-US' is"),
        "datetimerebasemode" | "int96rebasemode" if is("LEGACY") => Some("'CORRECTED' is"),
        "columnpruning" if !is("true") => Some("only 'true' is"),
        "chartoescapequoteescaping" if value != escape => Some("leave it out"),
        "pretty" if direction == Use::Write && !is("false") => Some("only 'false' is"),
        _ => None,
    }
}

/// The name of the column for bad records; none for formats without such.
pub(super) fn corrupt_record_column(format: FileFormat, options: &Options) -> Option<&str> {
    match format {
        FileFormat::Json | FileFormat::Csv => Some(
            options
                .get("columnNameOfCorruptRecord")
                .unwrap_or("_corrupt_record"),
        ),
        FileFormat::Parquet | FileFormat::Text => None,
    }
}
