//! The settings of a session that change what a function gives.

use format::time::{MICROS_PER_DAY, Zone};
use serde::{Deserialize, Serialize};

/// Settings that a function is resolved with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Settings {
    /// `spark.sql.ansi.enabled`: errors instead of NULL or wrapped numbers.
    pub ansi: bool,
    /// `spark.sql.session.timeZone`, a name that [`Zone::parse`] knows.
    pub time_zone: String,
    /// `spark.sql.caseSensitive`.
    pub case_sensitive: bool,
    /// When the query (or the micro-batch) began, in microseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The session's user.
    pub user: String,
    /// The current catalogue.
    pub catalog: String,
    /// The current database.
    pub database: String,
}

impl Settings {
    /// The session's time zone; UTC if the name is unknown.
    pub fn zone(&self) -> Zone {
        Zone::parse(&self.time_zone).unwrap_or(Zone::UTC)
    }

    /// The session's day when the query began, in days since 1970-01-01.
    pub fn today(&self) -> i64 {
        self.zone().to_local(self.now).div_euclid(MICROS_PER_DAY)
    }
}

impl Default for Settings {
    /// Spark's defaults, in UTC, at 1970-01-01T00:00:00Z, of the user `root`.
    fn default() -> Settings {
        Settings {
            ansi: true,
            time_zone: "UTC".to_owned(),
            case_sensitive: false,
            now: 0,
            user: "root".to_owned(),
            catalog: "spark_catalog".to_owned(),
            database: "default".to_owned(),
        }
    }
}
