//! Dates and times as Spark reads and writes them: microseconds, proleptic Gregorian calendar, session zone.

mod civil;
mod iso;
mod pattern;
mod text;
mod zone;

pub use civil::Date;
pub use iso::{
    parse_date, parse_time_of_day, parse_timestamp, parse_timestamp_ntz, parse_timestamp_on,
    parse_timestamp_without_zone,
};
pub use pattern::{MONTHS, Pattern, WEEKDAYS};
pub use text::{push_date, push_fraction, push_number, push_time, push_timestamp};
pub use zone::Zone;

/// Microseconds of a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds of a day.
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
