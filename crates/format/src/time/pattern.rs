//! Java's date and time patterns, as far as Spark allows them in its options and functions.
//!
//! Letters: `G` `Q` `q` (printed, not read), `y` `u` `M` `L` `d` `D` `E` `a` `H` `h` `K` `k` `m` `s` `S` `V` `z` `O` `X` `x`
//! `Z`; quoted text; optional parts in `[]`. What a text does not say is 1970-01-01T00:00:00. Names are English. Weeks are refused.

use super::{Date, MICROS_PER_DAY, MICROS_PER_SECOND, Zone, push_number};
use crate::error::FormatError;

/// The names of the months, from January.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// The names of the days of a week, from Monday.
pub const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// A pattern, ready to parse and to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    items: Vec<Item>,
    /// Whether years before the first count up again, as the pattern shows the era.
    has_era: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Literal(String),
    Field { letter: char, count: usize },
    Optional(Vec<Item>),
}

/// What was read so far.
#[derive(Clone, Default)]
struct Parsed {
    year: Option<i64>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    weekday: Option<u32>,
    hour: Option<u32>,
    /// 0 to 11.
    hour_of_half_day: Option<u32>,
    afternoon: Option<bool>,
    minute: Option<u32>,
    second: Option<u32>,
    micros: i64,
    zone: Option<Zone>,
}

impl Pattern {
    /// Reads a pattern; `option` is named in the error.
    pub fn new(option: &str, pattern: &str) -> Result<Pattern, FormatError> {
        let invalid = |expected: &str| FormatError::InvalidOption {
            name: option.to_owned(),
            value: pattern.to_owned(),
            expected: expected.to_owned(),
        };
        let mut nested: Vec<Vec<Item>> = vec![Vec::new()];
        let mut has_era = false;
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            let is_nested = nested.len() > 1;
            let items = nested.last_mut().expect("the outermost is never taken");
            match c {
                '[' => nested.push(Vec::new()),
                ']' if is_nested => {
                    let optional = nested.pop().expect("just counted");
                    nested
                        .last_mut()
                        .expect("one is left")
                        .push(Item::Optional(optional));
                }
                ']' => return Err(invalid("a [ before each ]")),
                '\'' if chars.next_if_eq(&'\'').is_some() => push_literal(items, '\''),
                '\'' => loop {
                    match chars.next() {
                        Some('\'') if chars.next_if_eq(&'\'').is_some() => {
                            push_literal(items, '\'')
                        }
                        Some('\'') => break,
                        Some(c) => push_literal(items, c),
                        None => return Err(invalid("a second ' for each '")),
                    }
                },
                '#' | '{' | '}' => return Err(invalid("none of the reserved characters # { }")),
                _ if c.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while chars.next_if_eq(&c).is_some() {
                        count += 1;
                    }
                    if !is_known(c, count) {
                        return Err(invalid(
                            "a date and time pattern of the letters yuMLdDEaHhKkmsSVzOXxZ",
                        ));
                    }
                    has_era |= c == 'G';
                    items.push(Item::Field { letter: c, count });
                }
                _ => push_literal(items, c),
            }
        }
        // As in Java, what is still open ends with the pattern.
        while nested.len() > 1 {
            let optional = nested.pop().expect("more than one");
            nested
                .last_mut()
                .expect("one is left")
                .push(Item::Optional(optional));
        }
        Ok(Pattern {
            items: nested.pop().expect("the outermost"),
            has_era,
        })
    }

    /// The instant of a text, in microseconds; without zone in the text it is a local time in `session`.
    pub fn parse_timestamp(&self, text: &str, session: Zone) -> Option<i64> {
        let parsed = self.parse(text)?;
        let zone = parsed.zone.unwrap_or(session);
        Some(zone.to_instant(parsed.local()?))
    }

    /// The local date and time of a text, in microseconds; a zone in the text makes it none.
    pub fn parse_timestamp_ntz(&self, text: &str) -> Option<i64> {
        let parsed = self.parse(text)?;
        if parsed.zone.is_some() {
            None
        } else {
            parsed.local()
        }
    }

    /// Days since 1970-01-01.
    pub fn parse_date(&self, text: &str) -> Option<i32> {
        i32::try_from(self.parse(text)?.days()?).ok()
    }

    /// Appends an instant in microseconds as it is in `zone`.
    pub fn push_timestamp(&self, out: &mut String, instant: i64, zone: Zone) {
        let offset = zone.offset_at(instant);
        push_items(
            &self.items,
            out,
            self.local(zone.to_local(instant)),
            Some((zone, offset, instant)),
        );
    }

    /// Appends a local date and time; parts of the pattern that need a zone are left out.
    pub fn push_timestamp_ntz(&self, out: &mut String, local: i64) {
        push_items(&self.items, out, self.local(local), None);
    }

    /// Appends a date given in days since 1970-01-01.
    pub fn push_date(&self, out: &mut String, days: i32) {
        let local = Local {
            days: days.into(),
            micros: 0,
            has_era: self.has_era,
        };
        push_items(&self.items, out, local, None);
    }

    /// The date and time so many microseconds after 1970-01-01T00:00:00.
    fn local(&self, micros: i64) -> Local {
        Local {
            days: micros.div_euclid(MICROS_PER_DAY),
            micros: micros.rem_euclid(MICROS_PER_DAY),
            has_era: self.has_era,
        }
    }

    fn parse(&self, text: &str) -> Option<Parsed> {
        let mut parsed = Parsed::default();
        let rest = parse_items(&self.items, text, &mut parsed)?;
        rest.is_empty().then_some(parsed)
    }
}

fn push_literal(items: &mut Vec<Item>, c: char) {
    match items.last_mut() {
        Some(Item::Literal(text)) => text.push(c),
        _ => items.push(Item::Literal(c.to_string())),
    }
}

fn is_known(letter: char, count: usize) -> bool {
    match letter {
        'y' => count <= 6,
        'M' | 'L' | 'E' | 'G' | 'Q' | 'q' => count <= 4,
        'd' | 'H' | 'h' | 'K' | 'k' | 'm' | 's' | 'V' => count <= 2,
        'D' => count <= 3,
        'S' => count <= 9,
        'a' => count == 1,
        'z' => count <= 4,
        'O' => count == 1 || count == 4,
        'X' | 'x' | 'Z' => count <= 5,
        _ => false,
    }
}

impl Parsed {
    fn days(&self) -> Option<i64> {
        let year = self.year.unwrap_or(1970);
        let days = match self.day_of_year {
            Some(day) => {
                let first = Date::new(year, 1, 1)?.to_days();
                let days = first + i64::from(day) - 1;
                let same_year = day >= 1 && Date::from_days(days).year == year;
                same_year.then_some(days)?
            }
            None => Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?.to_days(),
        };
        match self.weekday {
            Some(weekday) if weekday != weekday_of(days) => None,
            _ => Some(days),
        }
    }

    fn local(&self) -> Option<i64> {
        let hour = match (self.hour, self.hour_of_half_day) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour + if self.afternoon? { 12 } else { 0 },
            (None, None) => 0,
        };
        let (minute, second) = (self.minute.unwrap_or(0), self.second.unwrap_or(0));
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let time = i64::from(hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND + self.micros;
        self.days()?.checked_mul(MICROS_PER_DAY)?.checked_add(time)
    }
}

/// 0 for Monday.
fn weekday_of(days: i64) -> u32 {
    (days + 3).rem_euclid(7) as u32
}

/// What is left of `text` after the items.
fn parse_items<'a>(items: &[Item], mut text: &'a str, parsed: &mut Parsed) -> Option<&'a str> {
    for (i, item) in items.iter().enumerate() {
        text = match item {
            Item::Literal(literal) => text.strip_prefix(literal.as_str())?,
            Item::Optional(inner) => {
                let mut attempt = parsed.clone();
                match parse_items(inner, text, &mut attempt) {
                    Some(rest) => {
                        *parsed = attempt;
                        rest
                    }
                    None => text,
                }
            }
            Item::Field { letter, count } => {
                // Digits right after belong to the fields of fixed width that follow: `yyyyMMdd`.
                let reserved = items[i + 1..]
                    .iter()
                    .map_while(|item| match item {
                        Item::Field { letter, count: 2 } if "MdHhKkms".contains(*letter) => Some(2),
                        Item::Field { letter: 'S', count } => Some(*count),
                        _ => None,
                    })
                    .sum();
                parse_field(*letter, *count, reserved, text, parsed)?
            }
        };
    }
    Some(text)
}

fn parse_field<'a>(
    letter: char,
    count: usize,
    reserved: usize,
    text: &'a str,
    parsed: &mut Parsed,
) -> Option<&'a str> {
    // One letter: as many digits as there are; two: exactly two.
    let number = |max: usize| -> Option<(u32, &'a str)> {
        if count == 1 {
            digits(text, 1, max)
        } else {
            digits(text, count, count)
        }
    };
    let rest = match letter {
        'y' => {
            let (negative, unsigned) = match text.as_bytes().first()? {
                b'-' => (true, &text[1..]),
                b'+' => (false, &text[1..]),
                _ => (false, text),
            };
            if count == 2 {
                let (year, rest) = digits(text, 2, 2)?;
                parsed.year = Some(2000 + i64::from(year));
                rest
            } else {
                let run = unsigned.bytes().take_while(u8::is_ascii_digit).count();
                let max = if reserved > 0 {
                    run.saturating_sub(reserved)
                } else {
                    run
                }
                .min(9);
                let (year, rest) = digits(unsigned, count, max)?;
                // Beyond the width of the pattern, Java wants a sign.
                let signed = unsigned.len() < text.len();
                if count >= 4 && rest.len() + count < unsigned.len() && !signed && reserved == 0 {
                    return None;
                }
                parsed.year = Some(if negative {
                    -i64::from(year)
                } else {
                    i64::from(year)
                });
                rest
            }
        }
        'M' | 'L' if count >= 3 => {
            let (month, rest) = name(text, &MONTHS, count)?;
            parsed.month = Some(month + 1);
            rest
        }
        'M' | 'L' => take(number(2), &mut parsed.month)?,
        'd' => take(number(2), &mut parsed.day)?,
        'D' => take(number(3), &mut parsed.day_of_year)?,
        'E' => take(
            name(text, &WEEKDAYS, if count < 4 { 3 } else { 4 }),
            &mut parsed.weekday,
        )?,
        'a' => {
            let half = text.get(..2)?;
            parsed.afternoon = Some(match half {
                _ if half.eq_ignore_ascii_case("am") => false,
                _ if half.eq_ignore_ascii_case("pm") => true,
                _ => return None,
            });
            &text[2..]
        }
        'H' => take(number(2), &mut parsed.hour)?,
        'k' => {
            let (hour, rest) = number(2).filter(|(hour, _)| (1..=24).contains(hour))?;
            parsed.hour = Some(hour % 24);
            rest
        }
        'K' => take(
            number(2).filter(|(hour, _)| *hour < 12),
            &mut parsed.hour_of_half_day,
        )?,
        'h' => {
            let (hour, rest) = number(2).filter(|(hour, _)| (1..=12).contains(hour))?;
            parsed.hour_of_half_day = Some(hour % 12);
            rest
        }
        'm' => take(number(2), &mut parsed.minute)?,
        's' => take(number(2), &mut parsed.second)?,
        'S' => {
            // As Spark builds its formatters, fewer digits will do.
            let (fraction, rest) = digits(text, 1, count)?;
            let found = text.len() - rest.len();
            let nanos = u64::from(fraction) * 10u64.pow(9 - found as u32);
            parsed.micros = (nanos / 1000) as i64;
            rest
        }
        'V' | 'z' => zone(
            text,
            |c| c.is_ascii_alphanumeric() || "/_+-:".contains(c),
            parsed,
        )?,
        'X' | 'x' | 'Z' | 'O' => zone(
            text,
            |c| c.is_ascii_digit() || "+-:ZGMT".contains(c),
            parsed,
        )?,
        // Eras and quarters are printed only.
        _ => return None,
    };
    Some(rest)
}

fn take<'a>(found: Option<(u32, &'a str)>, field: &mut Option<u32>) -> Option<&'a str> {
    let (value, rest) = found?;
    *field = Some(value);
    Some(rest)
}

/// A number of `min` to `max` (at most 9) digits.
fn digits(text: &str, min: usize, max: usize) -> Option<(u32, &str)> {
    let found = text
        .bytes()
        .take(max)
        .take_while(u8::is_ascii_digit)
        .count();
    if found < min || found == 0 {
        return None;
    }
    Some((text[..found].parse().ok()?, &text[found..]))
}

/// The index of the name, short (three letters) or in full, that `text` begins with.
fn name<'a>(text: &'a str, names: &[&str], count: usize) -> Option<(u32, &'a str)> {
    for (index, name) in (0..).zip(names) {
        let name = if count == 3 { &name[..3] } else { name };
        if let Some(rest) = text.strip_prefix(name) {
            return Some((index, rest));
        }
    }
    None
}

/// The longest run of such characters that names a zone.
fn zone<'a>(text: &'a str, accepts: impl Fn(char) -> bool, parsed: &mut Parsed) -> Option<&'a str> {
    let mut end = text.find(|c| !accepts(c)).unwrap_or(text.len());
    while end > 0 {
        if let Some(zone) = Zone::parse(&text[..end]) {
            parsed.zone = Some(zone);
            return Some(&text[end..]);
        }
        end -= 1;
    }
    None
}

/// Whether an item needs a zone to be printed.
fn needs_zone(item: &Item) -> bool {
    match item {
        Item::Literal(_) => false,
        Item::Field { letter, .. } => "VzOXxZ".contains(*letter),
        Item::Optional(items) => items.iter().any(needs_zone),
    }
}

/// A local date and time, and how its year is shown.
#[derive(Clone, Copy)]
struct Local {
    /// Days since 1970-01-01.
    days: i64,
    /// Microseconds since midnight.
    micros: i64,
    has_era: bool,
}

fn push_items(items: &[Item], out: &mut String, local: Local, zone: Option<(Zone, i32, i64)>) {
    for item in items {
        match item {
            _ if zone.is_none() && needs_zone(item) => {}
            Item::Literal(text) => out.push_str(text),
            Item::Optional(items) => push_items(items, out, local, zone),
            Item::Field { letter, count } => push_field(*letter, *count, out, local, zone),
        }
    }
}

fn push_field(
    letter: char,
    count: usize,
    out: &mut String,
    local: Local,
    zone: Option<(Zone, i32, i64)>,
) {
    let Local { days, micros, .. } = local;
    let seconds = micros / MICROS_PER_SECOND;
    let date = Date::from_days(days);
    let year = match local.has_era && date.year <= 0 {
        true => 1 - date.year,
        false => date.year,
    };
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    // Never negative.
    let padded = |out: &mut String, value: i64| push_number(out, value.unsigned_abs(), count);
    match letter {
        'y' if count == 2 => padded(out, year.abs() % 100),
        'y' => {
            if year < 0 {
                out.push('-');
            } else if count >= 4 && year.checked_ilog10().map_or(0, |it| it as usize) >= count {
                out.push('+');
            }
            push_number(out, year.unsigned_abs(), count);
        }
        'M' | 'L' if count == 3 => out.push_str(&MONTHS[date.month as usize - 1][..3]),
        'M' | 'L' if count == 4 => out.push_str(MONTHS[date.month as usize - 1]),
        'M' | 'L' => padded(out, i64::from(date.month)),
        'd' => padded(out, i64::from(date.day)),
        'D' => {
            let first = Date {
                year: date.year,
                month: 1,
                day: 1,
            };
            padded(out, days - first.to_days() + 1);
        }
        'E' => {
            let name = WEEKDAYS[weekday_of(days) as usize];
            out.push_str(if count < 4 { &name[..3] } else { name });
        }
        'a' => out.push_str(if hour < 12 { "AM" } else { "PM" }),
        'H' => padded(out, hour),
        'k' => padded(out, if hour == 0 { 24 } else { hour }),
        'K' => padded(out, hour % 12),
        'h' => padded(out, if hour % 12 == 0 { 12 } else { hour % 12 }),
        'm' => padded(out, minute),
        's' => padded(out, second),
        'G' => out.push_str(match (date.year > 0, count < 4) {
            (true, true) => "AD",
            (true, false) => "Anno Domini",
            (false, true) => "BC",
            (false, false) => "Before Christ",
        }),
        'Q' | 'q' => push_quarter(out, (i64::from(date.month) + 2) / 3, count),
        'S' => {
            let nanos = format!("{:09}", micros % MICROS_PER_SECOND * 1000);
            out.push_str(&nanos[..count]);
        }
        _ => push_zone(letter, count, out, zone.expect("left out without zone")),
    }
}

fn push_quarter(out: &mut String, quarter: i64, count: usize) {
    let name = ["1st", "2nd", "3rd", "4th"][quarter as usize - 1];
    out.push_str(&match count {
        1 | 2 => format!("{quarter:0count$}"),
        3 => format!("Q{quarter}"),
        _ => format!("{name} quarter"),
    });
}

fn push_zone(
    letter: char,
    count: usize,
    out: &mut String,
    (zone, offset, instant): (Zone, i32, i64),
) {
    match (letter, zone) {
        ('V', Zone::Region(tz)) => out.push_str(tz.name()),
        ('z', Zone::Region(_)) => out.push_str(&zone.abbreviation(instant)),
        ('V' | 'z', Zone::Fixed(0)) => out.push_str("UTC"),
        ('X', _) if offset == 0 => out.push('Z'),
        ('O', _) => {
            out.push_str("GMT");
            if offset != 0 && count == 1 {
                push_short_offset(out, offset);
            } else if offset != 0 {
                push_offset(out, offset, true);
            }
        }
        ('Z', _) if count < 4 => push_offset(out, offset, false),
        ('X' | 'x', _) if count == 1 && offset % 3600 == 0 => {
            out.push_str(&format!(
                "{}{:02}",
                if offset < 0 { '-' } else { '+' },
                offset.abs() / 3600
            ));
        }
        ('X' | 'x', _) => push_offset(out, offset, count == 3 || count == 5),
        _ => push_offset(out, offset, true),
    }
}

/// `+h`, and minutes and seconds if there are any.
fn push_short_offset(out: &mut String, offset: i32) {
    let sign = if offset < 0 { '-' } else { '+' };
    let offset = offset.abs();
    out.push_str(&format!("{sign}{}", offset / 3600));
    if offset % 3600 != 0 {
        out.push_str(&format!(":{:02}", offset / 60 % 60));
    }
    if offset % 60 != 0 {
        out.push_str(&format!(":{:02}", offset % 60));
    }
}

/// `+hh:mm`, and the seconds if there are any.
fn push_offset(out: &mut String, offset: i32, colon: bool) {
    let separator = if colon { ":" } else { "" };
    let sign = if offset < 0 { '-' } else { '+' };
    let offset = offset.abs();
    out.push_str(&format!(
        "{sign}{:02}{separator}{:02}",
        offset / 3600,
        offset / 60 % 60
    ));
    if offset % 60 != 0 {
        out.push_str(&format!("{separator}{:02}", offset % 60));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::new("timestampFormat", text).unwrap()
    }

    /// 2020-01-02T03:04:05.678901Z
    const INSTANT: i64 = 1_577_934_245_678_901;

    #[test]
    fn prints_as_java_does() {
        let zone = Zone::parse("America/New_York").unwrap();
        for (text, expected) in [
            (
                "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]",
                "2020-01-01T22:04:05.678-05:00",
            ),
            ("yyyy-MM-dd HH:mm:ss.SSSSSS", "2020-01-01 22:04:05.678901"),
            ("EEE, d MMM yy h:mm a ''z''", "Wed, 1 Jan 20 10:04 PM 'EST'"),
            (
                "EEEE MMMM D k K Z x O",
                "Wednesday January 1 22 10 -0500 -05 GMT-5",
            ),
        ] {
            let mut out = String::new();
            pattern(text).push_timestamp(&mut out, INSTANT, zone);
            assert_eq!(out, expected);
        }
        let mut out = String::new();
        pattern("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]").push_timestamp_ntz(&mut out, INSTANT);
        assert_eq!(out, "2020-01-02T03:04:05.678");
    }

    #[test]
    fn parses_what_it_prints_and_refuses_the_rest() {
        let new_york = Zone::parse("America/New_York").unwrap();
        for text in [
            "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
            "dd/MM/yyyy hh:mm:ss.SSSSSS a VV",
            "yyyyMMddHHmmssSSSSSS",
        ] {
            let mut out = String::new();
            pattern(text).push_timestamp(&mut out, INSTANT, new_york);
            assert_eq!(
                pattern(text).parse_timestamp(&out, new_york),
                Some(INSTANT),
                "{out}"
            );
        }
        let iso = pattern("yyyy-MM-dd HH:mm:ss");
        for text in [
            "2020-01-02 03:04",
            "2020-1-02 03:04:05",
            "2020-02-30 03:04:05",
            "2020-01-02 03:04:05Z",
            "é",
            "",
        ] {
            assert_eq!(iso.parse_timestamp(text, Zone::UTC), None, "{text}");
        }
        assert_eq!(pattern("dd/MM/yyyy").parse_date("02/01/2020"), Some(18_263));
        assert!(Pattern::new("dateFormat", "YYYY-ww").is_err());
        assert!(Pattern::new("dateFormat", "yyyy]").is_err());
    }
}
