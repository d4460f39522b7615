//! The settings of a session that change what a function gives.

use format::time::Zone;

/// Settings that a function is resolved with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// `spark.sql.ansi.enabled`: errors instead of NULL or wrapped numbers.
    pub ansi: bool,
    /// `spark.sql.session.timeZone`, a name that [`Zone::parse`] knows.
    pub time_zone: String,
    /// `spark.sql.caseSensitive`.
    pub case_sensitive: bool,
}

impl Settings {
    /// The session's time zone; UTC if the name is unknown.
    pub fn zone(&self) -> Zone {
        Zone::parse(&self.time_zone).unwrap_or(Zone::UTC)
    }
}

impl Default for Settings {
    /// Spark's defaults, in UTC.
    fn default() -> Settings {
        Settings {
            ansi: true,
            time_zone: "UTC".to_owned(),
            case_sensitive: false,
        }
    }
}
