//! Options of sources, sinks and queries: names in any case, values as text.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::{Error, Result};

/// Options by name. Names are compared without regard to case and keep the case they were first
/// given in; a later value replaces an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options(BTreeMap<String, (String, String)>);

/// Options that a setting of the session stands for where they are not given. What no option
/// stands for goes by the name of the setting.
pub const SESSION_DEFAULTS: &[(&str, &str)] = &[
    ("timeZone", "spark.sql.session.timeZone"),
    (
        "columnNameOfCorruptRecord",
        "spark.sql.columnNameOfCorruptRecord",
    ),
    ("ignoreCorruptFiles", "spark.sql.files.ignoreCorruptFiles"),
    ("ignoreMissingFiles", "spark.sql.files.ignoreMissingFiles"),
    ("maxRecordsPerFile", "spark.sql.files.maxRecordsPerFile"),
    ("mergeSchema", "spark.sql.parquet.mergeSchema"),
    (
        "partitionOverwriteMode",
        "spark.sql.sources.partitionOverwriteMode",
    ),
    (
        "spark.sql.parquet.compression.codec",
        "spark.sql.parquet.compression.codec",
    ),
    (
        "spark.sql.sources.partitionColumnTypeInference.enabled",
        "spark.sql.sources.partitionColumnTypeInference.enabled",
    ),
    (
        "spark.sql.streaming.schemaInference",
        "spark.sql.streaming.schemaInference",
    ),
];

impl Options {
    /// No options.
    pub fn new() -> Options {
        Options::default()
    }

    /// Sets an option.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.0
            .insert(name.to_ascii_lowercase(), (name, value.into()));
    }

    /// Sets an option unless it is set.
    pub fn set_default(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            self.set(name, value);
        }
    }

    /// The options as `format` takes them.
    pub fn to_map(&self) -> format::options::Map {
        let owned = |(name, value): (&str, &str)| (name.to_string(), value.to_string());
        self.iter().map(owned).collect()
    }

    /// The value of an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(&name.to_ascii_lowercase())
            .map(|(_, value)| value.as_str())
    }

    /// Names, as given, and values, sorted by name in lower case.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .values()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The options whose names begin with `prefix`, without it.
    pub fn with_prefix(&self, prefix: &str) -> BTreeMap<String, String> {
        self.iter()
            .filter_map(|(name, value)| {
                let head = name.get(..prefix.len())?;
                head.eq_ignore_ascii_case(prefix)
                    .then(|| (name[prefix.len()..].to_string(), value.to_string()))
            })
            .collect()
    }

    /// The value of an option that must be given.
    ///
    /// # Errors
    /// `IllegalArgument` if it is not.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.get(name)
            .ok_or_else(|| Error::illegal_argument(format!("'{name}' is not specified.")))
    }

    /// `true` or `false`, in any case.
    ///
    /// # Errors
    /// `IllegalArgument` for any other value.
    pub fn bool(&self, name: &str, default: bool) -> Result<bool> {
        match self.get(name) {
            None => Ok(default),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(invalid(name, value, "must be 'true' or 'false'")),
        }
    }

    /// A whole number of at least 1.
    ///
    /// # Errors
    /// `IllegalArgument` for any other value.
    pub fn positive(&self, name: &str) -> Result<Option<u64>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match value.trim().parse() {
                Ok(number) if number > 0 => Ok(Some(number)),
                _ => Err(invalid(name, value, "must be a positive integer")),
            },
        }
    }

    /// A number of records; none for 0 and less, which set no limit.
    ///
    /// # Errors
    /// `IllegalArgument` for what is no whole number.
    pub fn records_max(&self, name: &str) -> Result<Option<u64>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match value.trim().parse::<i64>() {
            Ok(number) => Ok(u64::try_from(number).ok().filter(|number| *number > 0)),
            Err(_) => Err(Error::illegal_argument(format!(
                "For input string: \"{value}\""
            ))),
        }
    }

    /// A time such as `10 seconds`, `1m`, `1 week` or a bare number of milliseconds.
    ///
    /// # Errors
    /// `IllegalArgument` for any other value.
    pub fn duration(&self, name: &str, default: Duration) -> Result<Duration> {
        match self.get(name) {
            None => Ok(default),
            Some(value) => parse_duration(value)
                .ok_or_else(|| invalid(name, value, "must be a time such as '10 seconds'")),
        }
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Options {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Options {
        let mut options = Options::new();
        for (name, value) in pairs {
            options.set(name, value);
        }
        options
    }
}

fn invalid(name: &str, value: &str, must: &str) -> Error {
    Error::illegal_argument(format!(
        "Invalid value '{value}' for option '{name}', {must}"
    ))
}

/// A span of time as options and triggers write it: `interval 1 minute 30 seconds`, `10 seconds`,
/// `500ms`, `1.5 seconds`, or milliseconds as a bare number. `None` for anything else; months
/// and years have no fixed length and are refused.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim().to_ascii_lowercase();
    let text = match text.strip_prefix("interval ") {
        Some(rest) => rest.trim(),
        None => text.as_str(),
    };
    if let Ok(ms) = text.parse::<u64>() {
        return Some(Duration::from_millis(ms));
    }
    let mut rest = text;
    let mut total_us = 0f64;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|&end| end > 0)?;
        let amount: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let word = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit_us = match &rest[..word] {
            "us" | "microsecond" | "microseconds" => 1.0,
            "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1e3,
            "s" | "sec" | "secs" | "second" | "seconds" => 1e6,
            "m" | "min" | "mins" | "minute" | "minutes" => 60e6,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600e6,
            "d" | "day" | "days" => 86_400e6,
            "w" | "week" | "weeks" => 7.0 * 86_400e6,
            _ => return None,
        };
        total_us += amount * unit_us;
        rest = rest[word..].trim_start();
    }
    (total_us.is_finite() && !text.is_empty()).then(|| Duration::from_micros(total_us as u64))
}

/// Bytes: a number alone, or with `k`, `m`, `g` or `t` (powers of 1024), a `b` after it or not.
/// `None` for anything else.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_suffix('b').unwrap_or(&text);
    let digits = text.trim_end_matches(['k', 'm', 'g', 't']);
    let shift = match &text[digits.len()..] {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_prefixes_are_cut() {
        let options: Options = [("Path", "a"), ("PATH", "b"), ("kafka.Group.id", "g")]
            .into_iter()
            .collect();
        assert_eq!(options.get("path"), Some("b"));
        assert_eq!(
            options
                .with_prefix("Kafka.")
                .into_iter()
                .collect::<Vec<_>>(),
            [("Group.id".to_string(), "g".to_string())]
        );
    }

    #[test]
    fn bad_values_name_the_option() {
        let options: Options = [("maxFilesPerTrigger", "0")].into_iter().collect();
        assert_eq!(
            options
                .positive("maxFilesPerTrigger")
                .unwrap_err()
                .message(),
            "Invalid value '0' for option 'maxFilesPerTrigger', must be a positive integer"
        );
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, ms) in [
            ("10 seconds", 10_000),
            ("interval 1 minute 30 seconds", 90_000),
            ("500ms", 500),
            ("1.5 s", 1_500),
            ("250", 250),
            ("1 week", 604_800_000),
        ] {
            assert_eq!(
                parse_duration(text),
                Some(Duration::from_millis(ms)),
                "{text}"
            );
        }
        for text in ["", "seconds", "1 month", "10 parsecs", "-1 second"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_are_read_as_spark_reads_them() {
        let read = [
            "512",
            "512b",
            "4k",
            "4KB",
            "3m",
            "2 g",
            "1t",
            "x",
            "1kk",
            "",
            "99999999t",
        ]
        .map(parse_bytes);
        let gb = 1 << 30;
        let expected = [512, 512, 4096, 4096, 3 << 20, 2 * gb, 1024 * gb].map(Some);
        assert_eq!(read[..7], expected);
        assert_eq!(read[7..], [None; 4]);
    }
}
