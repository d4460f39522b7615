//! Parts of a time, as Java's `%t` prints them.
//!
//! The calendar is that of Java's `GregorianCalendar`: Julian before 15 October 1582, and years before the first count
//! up again. Years have no sign and as many digits as they need.

use format::time::{Date, MONTHS, WEEKDAYS, Zone};

const MILLIS_PER_DAY: i64 = 86_400_000;
/// 15 October 1582, the first day of the Gregorian calendar, in days since 1970-01-01.
const FIRST_GREGORIAN: i64 = -141_427;
/// 1 January 1582 of the Julian calendar: the days of that year are counted from it.
const FIRST_OF_1582: i64 = -141_704;

/// Whether a letter names a part of a time.
pub(super) fn is_part_of_time(letter: char) -> bool {
    "HIklMSLNpzZsQBbhAaCYyjmdeRTrDFc".contains(letter)
}

/// A part of the time that is so many milliseconds after 1970-01-01T00:00:00Z.
pub(super) fn part_of_time(letter: char, millis: i64, zone: Zone) -> String {
    let instant = millis.saturating_mul(1000);
    let offset = i64::from(zone.offset_at(instant));
    let local = i128::from(millis) + i128::from(offset) * 1000;
    let days = local.div_euclid(i128::from(MILLIS_PER_DAY)) as i64;
    let of_day = local.rem_euclid(i128::from(MILLIS_PER_DAY)) as i64;
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1000 % 60, of_day % 1000);
    let date = calendar_date(days);
    let year = if date.year > 0 {
        date.year
    } else {
        1 - date.year
    };
    let month = MONTHS[date.month as usize - 1];
    let weekday = WEEKDAYS[(days + 3).rem_euclid(7) as usize];
    let hour_of_half = match hour % 12 {
        0 => 12,
        hour => hour,
    };
    let parts = |letters: &str| -> Vec<String> {
        let letters = letters.chars();
        letters
            .map(|letter| part_of_time(letter, millis, zone))
            .collect()
    };
    match letter {
        'H' => format!("{hour:02}"),
        'k' => hour.to_string(),
        'I' => format!("{hour_of_half:02}"),
        'l' => hour_of_half.to_string(),
        'M' => format!("{minute:02}"),
        'S' => format!("{second:02}"),
        'L' => format!("{milli:03}"),
        'N' => format!("{milli:03}000000"),
        'p' => if hour < 12 { "am" } else { "pm" }.to_owned(),
        'z' => {
            let sign = if offset < 0 { '-' } else { '+' };
            let minutes = offset.abs() / 60;
            format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
        }
        'Z' => match zone {
            Zone::Fixed(0) => "UTC".to_owned(),
            Zone::Fixed(_) => format!("GMT{}", zone.abbreviation(instant)),
            Zone::Region(_) => zone.abbreviation(instant),
        },
        's' => (millis / 1000).to_string(),
        'Q' => millis.to_string(),
        'B' => month.to_owned(),
        'b' | 'h' => month[..3].to_owned(),
        'A' => weekday.to_owned(),
        'a' => weekday[..3].to_owned(),
        'C' => format!("{:02}", year / 100),
        'Y' => format!("{year:04}"),
        'y' => format!("{:02}", year % 100),
        'j' => format!("{:03}", day_of_year(days, date)),
        'm' => format!("{:02}", date.month),
        'd' => format!("{:02}", date.day),
        'e' => date.day.to_string(),
        'R' => parts("HM").join(":"),
        'T' => parts("HMS").join(":"),
        'r' => format!(
            "{} {}",
            parts("IMS").join(":"),
            parts("p")[0].to_uppercase()
        ),
        'D' => parts("mdy").join("/"),
        'F' => parts("Ymd").join("-"),
        'c' => parts("abdTZY").join(" "),
        _ => String::new(),
    }
}

/// The date of a day, which is so many days after 1970-01-01.
fn calendar_date(days: i64) -> Date {
    if days >= FIRST_GREGORIAN {
        return Date::from_days(days);
    }
    // Periods of four years that begin on 1 March, so that the leap day comes last.
    let shifted = days + 719_470;
    let day_of_period = shifted.rem_euclid(1461);
    let year_of_period = (day_of_period - day_of_period / 1460) / 365;
    let day_of_year = day_of_period - 365 * year_of_period;
    let march_month = (5 * day_of_year + 2) / 153;
    let month = (march_month + 2) % 12 + 1;
    Date {
        year: shifted.div_euclid(1461) * 4 + year_of_period + i64::from(month <= 2),
        month: month as u32,
        day: (day_of_year - (153 * march_month + 2) / 5 + 1) as u32,
    }
}

/// The number of a day in its year, from 1.
fn day_of_year(days: i64, date: Date) -> i64 {
    let is_leap = date.year % 4 == 0
        && (days < FIRST_GREGORIAN || date.year % 100 != 0 || date.year % 400 == 0);
    match date.year {
        1582 => days - FIRST_OF_1582 + 1,
        _ => {
            let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
            let leap_day = i64::from(is_leap && date.month > 2);
            before[date.month as usize - 1] + i64::from(date.day) + leap_day
        }
    }
}
