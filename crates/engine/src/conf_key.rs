//! The settings that have an effect, with their defaults and the values that they can have.

use format::time::Zone;

use crate::error::{Error, ErrorKind, Result};

/// A setting.
pub struct Key {
    /// The name.
    pub name: &'static str,
    /// The value if nobody set it.
    pub default: &'static str,
    /// The values that it can have.
    pub kind: Kind,
    /// What it does.
    pub meaning: &'static str,
    /// The version of Spark that has it first; none for settings of ours.
    pub since: &'static str,
}

/// The values of a setting.
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number, at least this.
    Integer(i64),
    /// The name or the offset of a time zone.
    TimeZone,
    /// One of these, in any case.
    OneOf(&'static [&'static str]),
    /// Any text.
    Text,
}

const fn key(
    name: &'static str,
    default: &'static str,
    kind: Kind,
    since: &'static str,
    meaning: &'static str,
) -> Key {
    Key {
        name,
        default,
        kind,
        meaning,
        since,
    }
}

/// The settings, by name.
pub const KEYS: [Key; 22] = [
    key(
        "spark.sql.ansi.enabled",
        "true",
        Kind::Boolean,
        "3.0.0",
        "Invalid values and overflows are errors; if false, they give NULL or wrap.",
    ),
    key(
        "spark.sql.caseSensitive",
        "false",
        Kind::Boolean,
        "1.4.0",
        "Upper and lower case make different names.",
    ),
    key(
        "spark.sql.cteRecursionLevelLimit",
        "100",
        Kind::Integer(i64::MIN),
        "4.1.0",
        "How often the term of a recursive table runs; -1 for any number.",
    ),
    key(
        "spark.sql.cteRecursionRowLimit",
        "1000000",
        Kind::Integer(i64::MIN),
        "4.1.0",
        "From how many rows of its term on a recursive table is an error; -1 for any number.",
    ),
    key(
        "spark.sql.groupByAliases",
        "true",
        Kind::Boolean,
        "2.2.0",
        "GROUP BY can name aliases of SELECT.",
    ),
    key(
        "spark.sql.groupByOrdinal",
        "true",
        Kind::Boolean,
        "2.0.0",
        "Whole numbers in GROUP BY are positions in SELECT.",
    ),
    key(
        "spark.sql.orderByOrdinal",
        "true",
        Kind::Boolean,
        "2.0.0",
        "Whole numbers in ORDER BY are positions in SELECT.",
    ),
    key(
        "spark.sql.session.timeZone",
        "UTC",
        Kind::TimeZone,
        "2.2.0",
        "The time zone of dates and times.",
    ),
    key(
        "spark.sql.shuffle.partitions",
        "200",
        Kind::Integer(1),
        "1.1.0",
        "The number of partitions that a new streaming query writes into its offset log.",
    ),
    key(
        "spark.sql.sources.default",
        "parquet",
        Kind::Text,
        "1.3.0",
        "The format of files where none is named.",
    ),
    key(
        "spark.sql.sources.partitionOverwriteMode",
        "static",
        Kind::OneOf(&["STATIC", "DYNAMIC"]),
        "2.3.0",
        "Which partitions INSERT OVERWRITE replaces: all that match, or those with new rows.",
    ),
    key(
        "spark.sql.storeAssignmentPolicy",
        "ANSI",
        Kind::OneOf(&["ANSI", "LEGACY", "STRICT"]),
        "3.0.0",
        "How values are cast when they are inserted into a table.",
    ),
    key(
        "spark.sql.streaming.minBatchesToRetain",
        "100",
        Kind::Integer(1),
        "2.1.1",
        "How many batches can be recovered.",
    ),
    key(
        "spark.sql.streaming.multipleWatermarkPolicy",
        "min",
        Kind::OneOf(&["min", "max"]),
        "2.4.0",
        "Which of several watermarks a query follows.",
    ),
    key(
        "spark.sql.streaming.noDataMicroBatches.enabled",
        "true",
        Kind::Boolean,
        "2.4.1",
        "A batch runs without new data if the watermark moved.",
    ),
    key(
        "spark.sql.streaming.noDataProgressEventInterval",
        "10000",
        Kind::Integer(0),
        "2.1.1",
        "How long a query waits between reports without data, in milliseconds.",
    ),
    key(
        "spark.sql.streaming.numRecentProgressUpdates",
        "100",
        Kind::Integer(0),
        "2.1.1",
        "How many reports of a query are kept.",
    ),
    key(
        "spark.sql.streaming.pollingDelay",
        "10",
        Kind::Integer(0),
        "2.0.0",
        "How long a query waits before it looks for new data again, in milliseconds.",
    ),
    key(
        "spark.sql.streaming.stateStore.minDeltasForSnapshot",
        "10",
        Kind::Integer(1),
        "2.0.0",
        "After how many versions the state is written as a whole.",
    ),
    key(
        "spark.sql.streaming.stopActiveRunOnRestart",
        "true",
        Kind::Boolean,
        "3.0.0",
        "A query that starts again stops its earlier run in this session.",
    ),
    key(
        "spark.sql.warehouse.dir",
        "spark-warehouse",
        Kind::Text,
        "2.0.0",
        "The directory of databases, tables and the catalogue.",
    ),
    key(
        "vltava.memory.budget",
        "4g",
        Kind::Text,
        "",
        "The memory of the session's queries.",
    ),
];

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Checks a value for a setting. Names that are not settings of ours can have any value, as in Spark.
///
/// # Errors
/// `INVALID_CONF_VALUE`.
pub fn check(name: &str, value: &str) -> Result<()> {
    let Some(key) = find(name) else {
        return Ok(());
    };
    let value = value.trim();
    let mismatch = |type_name: &str| {
        let why = format!("It should be a/an '{type_name}' value.");
        invalid("INVALID_CONF_VALUE.TYPE_MISMATCH", name, value, &why)
    };
    let outside = |why: String| {
        let why = format!("The value of {name} {why}");
        invalid("INVALID_CONF_VALUE.REQUIREMENT", name, value, &why)
    };
    match &key.kind {
        Kind::Boolean if !["true", "false"].contains(&value.to_lowercase().as_str()) => {
            Err(mismatch("boolean"))
        }
        Kind::Integer(min) => match value.parse::<i64>() {
            Err(_) => Err(mismatch("int")),
            Ok(number) if number >= *min => Ok(()),
            Ok(_) if *min == 1 => Err(outside("must be positive".to_owned())),
            Ok(_) => Err(outside("must be nonnegative".to_owned())),
        },
        Kind::TimeZone if Zone::parse(value).is_none() => Err(invalid(
            "INVALID_CONF_VALUE.TIME_ZONE",
            name,
            value,
            "Cannot resolve the given timezone.",
        )),
        Kind::OneOf(allowed) if !allowed.iter().any(|one| one.eq_ignore_ascii_case(value)) => {
            let why = format!("It should be one of '{}'.", allowed.join(", "));
            let condition = "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS";
            Err(invalid(condition, name, value, &why))
        }
        _ => Ok(()),
    }
}

fn invalid(condition: &'static str, name: &str, value: &str, why: &str) -> Error {
    Error::with_condition(
        ErrorKind::IllegalArgument,
        condition,
        format!("The value '{value}' in the config \"{name}\" is invalid. {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_setting() {
        for key in &KEYS {
            check(key.name, key.default).unwrap();
        }
        assert!(KEYS.is_sorted_by_key(|key| key.name));
    }

    #[test]
    fn wrong_values_are_refused_and_unknown_names_are_not() {
        let cases = [
            (
                "spark.sql.ansi.enabled",
                "maybe",
                "INVALID_CONF_VALUE.TYPE_MISMATCH",
            ),
            (
                "spark.sql.shuffle.partitions",
                "abc",
                "INVALID_CONF_VALUE.TYPE_MISMATCH",
            ),
            (
                "spark.sql.shuffle.partitions",
                "-1",
                "INVALID_CONF_VALUE.REQUIREMENT",
            ),
            (
                "spark.sql.session.timeZone",
                "Mars",
                "INVALID_CONF_VALUE.TIME_ZONE",
            ),
            (
                "spark.sql.storeAssignmentPolicy",
                "foo",
                "INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS",
            ),
        ];
        for (name, value, condition) in cases {
            assert_eq!(check(name, value).unwrap_err().condition(), Some(condition));
        }
        check("spark.sql.nope", "any").unwrap();
    }

    #[test]
    fn the_manual_lists_every_setting() {
        let manual = include_str!("../../../docs/sql.md");
        for key in &KEYS {
            assert!(manual.contains(&format!("`{}`", key.name)), "{}", key.name);
        }
    }
}
