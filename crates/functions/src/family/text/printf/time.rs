//! Parts of a time, as Java's `%t` prints them.

use format::time::{MICROS_PER_SECOND, Pattern, Zone};

use crate::error::{Error, Result};

/// Whether a letter names a part of a time.
pub(super) fn is_part_of_time(letter: char) -> bool {
    matches!(letter, 'k' | 'l' | 'N' | 'p' | 's' | 'Q' | 'C') || pattern(letter).is_some()
}

/// A part of the time that is so many milliseconds after 1970-01-01T00:00:00Z.
pub(super) fn part_of_time(letter: char, millis: i64, zone: Zone) -> Result<String> {
    let micros = millis.wrapping_mul(1000);
    Ok(match letter {
        's' => micros.div_euclid(MICROS_PER_SECOND).to_string(),
        'Q' => millis.to_string(),
        'N' => format!("{}000000", printed("SSS", micros, zone)?),
        'k' => printed("H", micros, zone)?,
        'l' => printed("h", micros, zone)?,
        'p' => printed("a", micros, zone)?.to_lowercase(),
        'C' => {
            let year = printed("yyyy", micros, zone)?;
            year[..year.len().saturating_sub(2)].to_owned()
        }
        letter => printed(pattern(letter).unwrap_or_default(), micros, zone)?,
    })
}

/// The pattern of `date_format` that prints the same.
fn pattern(letter: char) -> Option<&'static str> {
    Some(match letter {
        'H' => "HH",
        'I' => "hh",
        'M' => "mm",
        'S' => "ss",
        'L' => "SSS",
        'z' => "xx",
        'Z' => "z",
        'B' => "MMMM",
        'b' | 'h' => "MMM",
        'A' => "EEEE",
        'a' => "EEE",
        'Y' => "yyyy",
        'y' => "yy",
        'j' => "DDD",
        'm' => "MM",
        'd' => "dd",
        'e' => "d",
        'R' => "HH:mm",
        'T' => "HH:mm:ss",
        'r' => "hh:mm:ss a",
        'D' => "MM/dd/yy",
        'F' => "yyyy-MM-dd",
        'c' => "EEE MMM dd HH:mm:ss z yyyy",
        _ => return None,
    })
}

fn printed(pattern: &str, micros: i64, zone: Zone) -> Result<String> {
    let pattern = Pattern::new("format_string", pattern)
        .map_err(|error| Error::internal(error.to_string()))?;
    let mut text = String::new();
    pattern.push_timestamp(&mut text, micros, zone);
    Ok(text)
}
