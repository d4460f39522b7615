//! Time zones by the names Java accepts.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{OffsetName, Tz};

use super::MICROS_PER_SECOND;
use super::civil::Date;

/// A time zone: an offset that never changes, or a region with its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Seconds east of Greenwich.
    Fixed(i32),
    /// A region of the IANA database.
    Region(Tz),
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Zone = Zone::Fixed(0);

    /// The zone of this name: `Z`, `+2`, `-08:30`, `UTC+1`, `Europe/Prague`, or one of Java's short ids.
    pub fn parse(name: &str) -> Option<Zone> {
        if let Some(offset) = parse_offset(name) {
            return Some(Zone::Fixed(offset));
        }
        for prefix in ["UTC", "GMT", "UT"] {
            if let Some(rest) = name.strip_prefix(prefix)
                && let Some(offset) = if rest.is_empty() {
                    Some(0)
                } else {
                    parse_offset(rest)
                }
            {
                return Some(Zone::Fixed(offset));
            }
        }
        let region = match name {
            "EST" => return Some(Zone::Fixed(-5 * 3600)),
            "MST" => return Some(Zone::Fixed(-7 * 3600)),
            "HST" => return Some(Zone::Fixed(-10 * 3600)),
            "ACT" => "Australia/Darwin",
            "AET" => "Australia/Sydney",
            "AGT" => "America/Argentina/Buenos_Aires",
            "ART" => "Africa/Cairo",
            "AST" => "America/Anchorage",
            "BET" => "America/Sao_Paulo",
            "BST" => "Asia/Dhaka",
            "CAT" => "Africa/Harare",
            "CNT" => "America/St_Johns",
            "CST" => "America/Chicago",
            "CTT" => "Asia/Shanghai",
            "EAT" => "Africa/Addis_Ababa",
            "ECT" => "Europe/Paris",
            "IET" => "America/Indiana/Indianapolis",
            "IST" => "Asia/Kolkata",
            "JST" => "Asia/Tokyo",
            "MIT" => "Pacific/Apia",
            "NET" => "Asia/Yerevan",
            "NST" => "Pacific/Auckland",
            "PLT" => "Asia/Karachi",
            "PNT" => "America/Phoenix",
            "PRT" => "America/Puerto_Rico",
            "PST" => "America/Los_Angeles",
            "SST" => "Pacific/Guadalcanal",
            "VST" => "Asia/Ho_Chi_Minh",
            other => other,
        };
        region.parse().ok().map(Zone::Region)
    }

    /// Seconds east of Greenwich at an instant in microseconds.
    pub fn offset_at(self, instant: i64) -> i32 {
        match self {
            Zone::Fixed(offset) => offset,
            Zone::Region(tz) => {
                let utc = nearest_utc(instant);
                tz.offset_from_utc_datetime(&utc).fix().local_minus_utc()
            }
        }
    }

    /// The short name of the zone's time at an instant in microseconds, such as `EST`; its offset if it has none.
    pub fn abbreviation(self, instant: i64) -> String {
        match self {
            Zone::Fixed(offset) => {
                FixedOffset::east_opt(offset).map_or_else(String::new, |fixed| fixed.to_string())
            }
            Zone::Region(tz) => {
                let offset = tz.offset_from_utc_datetime(&nearest_utc(instant));
                let name = offset.abbreviation().map(str::to_owned);
                name.unwrap_or_else(|| offset.fix().to_string())
            }
        }
    }

    /// The local date and time at an instant, both in microseconds.
    pub fn to_local(self, instant: i64) -> i64 {
        instant.saturating_add(i64::from(self.offset_at(instant)) * MICROS_PER_SECOND)
    }

    /// The instant of a local date and time, both in microseconds.
    ///
    /// As in Java: a time that a change of offset skips is moved on by what was skipped; of a time that
    /// comes twice, the first.
    pub fn to_instant(self, local: i64) -> i64 {
        let at = |offset: i32| local.saturating_sub(i64::from(offset) * MICROS_PER_SECOND);
        let Zone::Region(_) = self else {
            return at(self.offset_at(local));
        };
        // Offsets differ by less than a day, so those in force a day before and after are the candidates.
        let day = 86_400 * MICROS_PER_SECOND;
        let before = self.offset_at(local.saturating_sub(day));
        if self.offset_at(at(before)) == before {
            return at(before);
        }
        let after = self.offset_at(local.saturating_add(day));
        if self.offset_at(at(after)) == after {
            at(after)
        } else {
            at(before)
        }
    }
}

/// `Z`, `+h`, `+hh`, `+hhmm`, `+hh:mm`, `+h:mm`, `+hh:m`, with seconds: `+hhmmss`, `+hh:mm:ss`; at most 18 hours.
fn parse_offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = &text[1..];
    let number = |part: &str| -> Option<i32> {
        let plain = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        if plain { part.parse().ok() } else { None }
    };
    let (hours, minutes, seconds) = if digits.contains(':') {
        let mut parts = digits.split(':');
        let (hours, minutes) = (number(parts.next()?)?, number(parts.next()?)?);
        let seconds = parts.next().map_or(Some(0), number)?;
        if parts.next().is_some() {
            return None;
        }
        (hours, minutes, seconds)
    } else {
        if !digits.is_ascii() {
            return None;
        }
        match digits.len() {
            1 | 2 => (number(digits)?, 0, 0),
            4 => (number(&digits[..2])?, number(&digits[2..])?, 0),
            6 => (
                number(&digits[..2])?,
                number(&digits[2..4])?,
                number(&digits[4..])?,
            ),
            _ => return None,
        }
    };
    let total = hours * 3600 + minutes * 60 + seconds;
    (minutes < 60 && seconds < 60 && total <= 18 * 3600).then_some(sign * total)
}

/// The year from which the database has no changes of offset: the rules of the years before it go on.
const YEAR_WITHOUT_CHANGES: i64 = 2100;

/// The instant in one of the last years with changes of offset that begins with the same day of the week and has as many
/// days: the rules for changes name days of the week. An instant before [`YEAR_WITHOUT_CHANGES`] stays.
fn with_changes(instant: i64) -> i64 {
    const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
    let year = Date::from_days(instant.div_euclid(MICROS_PER_DAY)).year;
    if year < YEAR_WITHOUT_CHANGES {
        return instant;
    }
    let begin = |year| {
        Date {
            year,
            month: 1,
            day: 1,
        }
        .to_days()
    };
    let length = |year| begin(year + 1) - begin(year);
    // All kinds of years come within 28 years.
    let alike = (YEAR_WITHOUT_CHANGES - 28..YEAR_WITHOUT_CHANGES)
        .find(|known| (begin(*known) - begin(year)) % 7 == 0 && length(*known) == length(year));
    let alike = alike.expect("28 years have each kind of year");
    instant - (begin(year) - begin(alike)) * MICROS_PER_DAY
}

/// The date and time in UTC at an instant with the same offset. Before what `chrono` reaches, the first one.
fn nearest_utc(instant: i64) -> NaiveDateTime {
    const REACH: i64 = 8_000_000_000_000_000_000;
    DateTime::from_timestamp_micros(with_changes(instant).max(-REACH))
        .expect("within 260,000 years")
        .naive_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_java_reads_them() {
        for (name, seconds) in [
            ("Z", 0),
            ("UTC", 0),
            ("+02:00", 7200),
            ("+0200", 7200),
            ("+2", 7200),
            ("-8:30", -30_600),
            ("GMT+1", 3600),
            ("UTC-01:30", -5400),
            ("EST", -18_000),
        ] {
            assert_eq!(Zone::parse(name), Some(Zone::Fixed(seconds)), "{name}");
        }
        assert_eq!(
            Zone::parse("Europe/Prague"),
            Some(Zone::Region(Tz::Europe__Prague))
        );
        for name in [
            "",
            "z",
            "+",
            "+19",
            "+1:60",
            "Mars/Olympus",
            "+é",
            "+1:2:3:4",
        ] {
            assert_eq!(Zone::parse(name), None, "{name}");
        }
    }

    /// As Java answers.
    #[test]
    fn changes_of_offset_go_on_in_all_years_to_come() {
        let zone = Zone::parse("America/New_York").unwrap();
        for (instant, hours) in [
            (4_086_561_600, -4),
            (4_108_723_200, -4),
            (4_118_097_600, -4),
            (4_149_633_600, -4),
            (4_234_521_600, -4),
            (253_370_782_800, -5),
            (253_386_417_600, -4),
            (300_000_000_000, -4),
            (300_015_000_000, -5),
        ] {
            let offset = zone.offset_at(instant * MICROS_PER_SECOND);
            assert_eq!(offset, hours * 3600, "{instant}");
        }
        assert_eq!(zone.offset_at(i64::MAX), -5 * 3600);
    }

    #[test]
    fn skipped_times_move_on_and_repeated_times_are_the_first() {
        let zone = Zone::parse("America/New_York").unwrap();
        let hour = 3600 * MICROS_PER_SECOND;
        // 2013-03-10, when the clock went from 02:00 to 03:00; then 2013-11-03, when it went from 02:00 to 01:00.
        let spring = 15_774 * 24 * hour;
        assert_eq!(
            zone.to_instant(spring + 2 * hour + hour / 2),
            spring + 7 * hour + hour / 2
        );
        assert_eq!(zone.to_instant(spring + hour), spring + 6 * hour);
        let autumn = 16_012 * 24 * hour;
        assert_eq!(
            zone.to_instant(autumn + hour + hour / 2),
            autumn + 5 * hour + hour / 2
        );
        assert_eq!(zone.to_instant(autumn + 2 * hour), autumn + 7 * hour);
        zone.to_instant(i64::MAX);
        zone.to_instant(i64::MIN);
    }
}
