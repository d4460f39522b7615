//! Dates and timestamps in the loose ISO form of Spark's `CAST`, the default of its sources.
//!
//! `[+-]y…y[-m[m][-d[d]]]`, then after ` ` or `T` `h[h][:m[m][:s[s][.f…][zone]]]`; spaces around. Digits of the fraction
//! after the sixth are dropped. A time alone is no timestamp here: Spark adds today's date, which no batch that
//! may run twice can know.

use super::{Date, MICROS_PER_DAY, MICROS_PER_SECOND, Zone};

/// Days since 1970-01-01. What follows the day after ` ` or `T` is not looked at.
pub fn parse_date(text: &str) -> Option<i32> {
    let (negative, text) = sign(trim(text));
    let date = match text.find([' ', 'T']) {
        Some(at) => &text[..at],
        None => text,
    };
    let full = date.split('-').count() == 3;
    if date.len() < text.len() && !full {
        return None;
    }
    let date = parse_ymd(negative, date, 7)?;
    i32::try_from(date.to_days()).ok()
}

/// Microseconds since 1970-01-01T00:00:00Z; a text without zone is a local time in `session`.
pub fn parse_timestamp(text: &str, session: Zone) -> Option<i64> {
    let (local, zone) = parse_local(text)?;
    let zone = match zone {
        Some(name) => Zone::parse(name)?,
        None => session,
    };
    Some(zone.to_instant(local))
}

/// Microseconds since 1970-01-01T00:00:00 of a date and time without zone; a text with one is refused.
pub fn parse_timestamp_ntz(text: &str) -> Option<i64> {
    match parse_local(text)? {
        (local, None) => Some(local),
        _ => None,
    }
}

/// Like [`parse_timestamp`]; a time without date belongs to `today`, in days since 1970-01-01.
pub fn parse_timestamp_on(text: &str, session: Zone, today: i64) -> Option<i64> {
    if let Some(instant) = parse_timestamp(text, session) {
        return Some(instant);
    }
    let text = trim(text);
    let time = text.strip_prefix('T').unwrap_or(text);
    let (micros, zone) = parse_time(time)?;
    if time.len() == text.len() && !time.contains(':') {
        return None;
    }
    let zone = match zone {
        Some(name) => Zone::parse(name)?,
        None => session,
    };
    Some(zone.to_instant(today.checked_mul(MICROS_PER_DAY)?.checked_add(micros)?))
}

/// Like [`parse_timestamp_ntz`], but a zone in the text is dropped.
pub fn parse_timestamp_without_zone(text: &str) -> Option<i64> {
    match parse_local(text)? {
        (local, Some(zone)) => Zone::parse(zone).map(|_| local),
        (local, None) => Some(local),
    }
}

/// Microseconds since midnight of `h[h]:m[m][:s[s][.f…]]`, with `T` before it or not.
pub fn parse_time_of_day(text: &str) -> Option<i64> {
    let text = trim(text);
    let time = text.strip_prefix('T').unwrap_or(text);
    match parse_time(time)? {
        (micros, None) if time.contains(':') => Some(micros),
        _ => None,
    }
}

/// The local date and time in microseconds, and the name of the zone if there is one.
fn parse_local(text: &str) -> Option<(i64, Option<&str>)> {
    if let Some(parsed) = parse_common(text) {
        return Some(parsed);
    }
    let (negative, text) = sign(trim(text));
    let (date, time) = match text.find([' ', 'T']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    if time.is_some() && date.split('-').count() != 3 {
        return None;
    }
    let days = parse_ymd(negative, date, 6)?.to_days();
    let (micros, zone) = match time {
        Some(time) => parse_time(time)?,
        None => (0, None),
    };
    Some((days.checked_mul(MICROS_PER_DAY)?.checked_add(micros)?, zone))
}

/// The usual shape, `yyyy-mm-ddThh:mm:ss[.f…]`, with no more than a `Z` behind it.
fn parse_common(text: &str) -> Option<(i64, Option<&str>)> {
    let b = text.as_bytes();
    if b.len() < 19 {
        return None;
    }
    let shaped = b[4] == b'-'
        && b[7] == b'-'
        && matches!(b[10], b'T' | b' ')
        && b[13] == b':'
        && b[16] == b':';
    if !shaped {
        return None;
    }
    let (fraction, zone) = match &b[19..] {
        [fraction @ .., b'Z'] => (fraction, Some("Z")),
        fraction => (fraction, None),
    };
    let mut micros = 0;
    match fraction {
        [] => {}
        [b'.', digits @ ..] if digits.len() <= 6 => {
            let mut unit = MICROS_PER_SECOND;
            for digit in digits {
                unit /= 10;
                let digit = digit.wrapping_sub(b'0');
                if digit > 9 {
                    return None;
                }
                micros += i64::from(digit) * unit;
            }
        }
        _ => return None,
    }
    let two = |at: usize| -> Option<u32> {
        let (tens, ones) = (b[at].wrapping_sub(b'0'), b[at + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
    };
    let year = i64::from(two(0)? * 100 + two(2)?);
    let days = Date::new(year, two(5)?, two(8)?)?.to_days();
    let time = time_micros(two(11)?, two(14)?, two(17)?)?;
    Some((days * MICROS_PER_DAY + time + micros, zone))
}

/// `h[h][:m[m][:s[s][.f…][zone]]]`
fn parse_time(text: &str) -> Option<(i64, Option<&str>)> {
    let (hour, rest) = one_or_two_digits(text)?;
    let Some(rest) = rest.strip_prefix(':') else {
        return rest.is_empty().then_some((time_micros(hour, 0, 0)?, None));
    };
    let (minute, rest) = one_or_two_digits(rest)?;
    let Some(rest) = rest.strip_prefix(':') else {
        return rest
            .is_empty()
            .then_some((time_micros(hour, minute, 0)?, None));
    };
    let (second, rest) = one_or_two_digits(rest)?;
    let mut micros = time_micros(hour, minute, second)?;
    let mut rest = rest;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let mut unit = MICROS_PER_SECOND / 10;
        for digit in fraction.bytes().take(digits) {
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
        }
        rest = &fraction[digits..];
    }
    Some((micros, (!rest.is_empty()).then(|| rest.trim())))
}

fn time_micros(hour: u32, minute: u32, second: u32) -> Option<i64> {
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then(|| i64::from(hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND)
}

fn one_or_two_digits(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match digits {
        1 | 2 => Some((text[..digits].parse().ok()?, &text[digits..])),
        _ => None,
    }
}

/// `y…y`, `y…y-m[m]` or `y…y-m[m]-d[d]`; the year has four digits at least.
fn parse_ymd(negative: bool, text: &str, year_digits_max: usize) -> Option<Date> {
    let mut parts = text.split('-');
    let year = parts.next()?;
    if year.len() < 4 || year.len() > year_digits_max || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: i64 = year.parse().ok()?;
    let mut part = || match parts.next() {
        None => Some(1),
        Some(part) => match one_or_two_digits(part)? {
            (number, "") => Some(number),
            _ => None,
        },
    };
    let (month, day) = (part()?, part()?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(if negative { -year } else { year }, month, day)
}

fn sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// Spark trims spaces and control characters.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ' || c == '\u{7f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape that is read fast gives what the general way gives.
    #[test]
    fn the_usual_shape_is_no_special_case() {
        for text in [
            "2013-01-02T03:04:05",
            "2013-01-02 03:04:05Z",
            "2013-01-02T03:04:05.5Z",
            "2013-01-02T03:04:05.",
            "2013-01-02T03:04:05.123456",
            "2013-01-02T03:04:05.1234567Z",
            "2013-01-02T03:04:05.12x",
            "2013-01-02T03:04:0é",
            "2013-01-02T24:04:05",
            "2013-02-30T03:04:05Z",
            "2013-01-02T03:04:05+01:00",
        ] {
            // A space before makes it unusual.
            let unusual = format!(" {text}");
            let general = parse_timestamp(&unusual, Zone::UTC);
            assert_eq!(parse_timestamp(text, Zone::UTC), general, "{text}");
        }
        assert_eq!(
            parse_timestamp("2013-01-02T03:04:05.678Z", Zone::UTC),
            Some(1_357_095_845_678_000)
        );
    }
}
