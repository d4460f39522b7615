//! Numbers and blanks as Java reads and writes them.
//!
//! Kafka reads a setting with `String.trim`, `Integer.parseInt`, `Double.parseDouble` and so on
//! (`ConfigDef.parseType`). Rust's own parsers accept other texts: they refuse `0.5f` and `0x1p-1`
//! and accept `inf`. A metadata log that Kafka wrote may hold any text that Java accepts.

/// `text` without the blanks that Java's `String.trim` removes: every character up to U+0020.
///
/// Rust's `str::trim` removes other characters too, such as the no-break space.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// Items of a comma-separated list, as `ConfigDef` splits them: at `\s*,\s*`. Empty items are kept.
/// A blank text is an empty list.
pub(super) fn split_list(text: &str) -> Vec<String> {
    let trimmed = trim(text);
    if trimmed.is_empty() {
        return Vec::new();
    }
    let is_space = |c: char| matches!(c, ' ' | '\t'..='\r');
    let items: Vec<&str> = trimmed.split(',').collect();
    let last = items.len() - 1;
    let item = |(index, item): (usize, &&str)| {
        // The expression takes blanks only beside a comma.
        let mut item = *item;
        if index > 0 {
            item = item.trim_start_matches(is_space);
        }
        if index < last {
            item = item.trim_end_matches(is_space);
        }
        item.to_owned()
    };
    items.iter().enumerate().map(item).collect()
}

/// A whole number as `Long.parseLong` reads it: an optional sign, then decimal digits.
///
/// Java takes the decimal digits of every script. Only ASCII and full-width digits are read here, and
/// those of the Arabic, Persian and Devanagari scripts; a number in other digits is refused.
pub(super) fn parse_long(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    // Counted in negative numbers, because the smallest number has no positive counterpart.
    let mut number: i64 = 0;
    for digit in digits.chars() {
        number = number.checked_mul(10)?.checked_sub(decimal_digit(digit)?)?;
    }
    if negative {
        Some(number)
    } else {
        number.checked_neg()
    }
}

fn decimal_digit(c: char) -> Option<i64> {
    let zeros = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'];
    zeros.iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(*zero))?;
        (value < 10).then_some(i64::from(value))
    })
}

/// A floating-point number as `Double.parseDouble` reads it: decimal or hexadecimal, with an optional
/// `f`, `F`, `d` or `D` at its end; `NaN` and `Infinity` in exactly this spelling.
pub(super) fn parse_double(text: &str) -> Option<f64> {
    let (sign, magnitude) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    match magnitude {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(sign * f64::INFINITY),
        _ => {}
    }
    let number = magnitude
        .strip_suffix(['f', 'F', 'd', 'D'])
        .unwrap_or(magnitude);
    if let Some(hex) = magnitude
        .strip_prefix("0x")
        .or_else(|| magnitude.strip_prefix("0X"))
    {
        // Without an exponent, a letter at the end would be a digit; Java requires the exponent.
        let hex = hex.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(hex);
        return Some(sign * parse_hexadecimal(hex)?);
    }
    // Rust reads the rest alike, but also "inf" and "nan", which begin with a letter.
    if !number.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    Some(sign * number.parse::<f64>().ok()?)
}

/// `hex` is what follows `0x`: digits with an optional point, then `p` and a decimal exponent.
fn parse_hexadecimal(hex: &str) -> Option<f64> {
    let (digits, exponent) = hex.split_once(['p', 'P'])?;
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // An exponent with too many digits counts as infinite.
    let limit = i64::from(i32::MAX);
    let mut exponent = exponent.parse::<i64>().unwrap_or(match exponent {
        negative if negative.starts_with('-') => -limit,
        _ => limit,
    });
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // Sixty bits of the number are kept, and one that says whether a bit below them is set: enough
    // to round to the nearest double, ties to even.
    let mut mantissa: u64 = 0;
    let mut sticky = false;
    for (index, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(digit.to_digit(16)?);
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | digit;
        } else {
            sticky |= digit != 0;
            exponent = exponent.saturating_add(4);
        }
        if index >= whole.chars().count() {
            exponent = exponent.saturating_sub(4);
        }
    }
    Some(scale(mantissa, sticky, exponent.clamp(-limit, limit)))
}

/// `mantissa` times two to the power of `exponent`, rounded once; `sticky` if the true mantissa is a
/// little larger.
fn scale(mantissa: u64, sticky: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    // The power of two of the highest bit.
    let highest = exponent + bits - 1;
    if highest > 1023 {
        return f64::INFINITY;
    }
    // A double keeps 53 bits, fewer below the normal numbers.
    let kept = if highest >= -1022 { 53 } else { highest + 1075 };
    if kept < 0 {
        return 0.0;
    }
    let dropped = bits - kept;
    let rounded = if dropped > 0 {
        let whole = u128::from(mantissa);
        let half = 1u128 << (dropped - 1);
        let rest = whole & ((half << 1) - 1);
        let low = whole >> dropped;
        let up = rest > half || rest == half && (sticky || low & 1 == 1);
        (low + u128::from(up), exponent + dropped)
    } else {
        (u128::from(mantissa), exponent)
    };
    // Both factors are exact, and so is their product unless it is infinite.
    let (number, mut power) = rounded;
    let mut value = number as f64;
    while power > 1000 {
        value *= 2f64.powi(1000);
        power -= 1000;
    }
    while power < -1000 {
        value *= 2f64.powi(-1000);
        power += 1000;
    }
    value * 2f64.powi(power as i32)
}

/// A floating-point number as `Double.toString` writes it: `0.5`, `100.0`, `1.0E7`.
pub(super) fn format_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-Infinity" } else { "Infinity" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:E}");
    match scientific.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Right-hand sides were printed by `ConfigDef.parseType` and `convertToString` of Kafka 4.3.1.
    #[test]
    fn doubles_are_read_and_written_as_java_does() {
        let cases = [
            ("0.5", "0.5"),
            ("0.5f", "0.5"),
            ("0.5F", "0.5"),
            ("0.5d", "0.5"),
            ("0.5D", "0.5"),
            ("+0.5", "0.5"),
            ("-0.5", "-0.5"),
            ("-0.0", "-0.0"),
            ("\u{a0}0.5", "!"),
            ("0.5 f", "!"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("+.5", "0.5"),
            (".", "!"),
            ("", "!"),
            ("e5", "!"),
            ("1e3", "1000.0"),
            ("1E3", "1000.0"),
            ("1e+3", "1000.0"),
            ("1e-3", "0.001"),
            ("1e", "!"),
            ("1e3f", "1000.0"),
            ("1e400", "Infinity"),
            ("-1e400", "-Infinity"),
            ("1e-400", "0.0"),
            ("NaN", "NaN"),
            ("+NaN", "NaN"),
            ("-NaN", "NaN"),
            ("nan", "!"),
            ("NAN", "!"),
            ("NaNf", "!"),
            ("Infinity", "Infinity"),
            ("+Infinity", "Infinity"),
            ("-Infinity", "-Infinity"),
            ("infinity", "!"),
            ("inf", "!"),
            ("INF", "!"),
            ("Infinityd", "!"),
            ("0x1p3", "8.0"),
            ("0x1.8p1", "3.0"),
            ("0X1P-2", "0.25"),
            ("0x.8p0", "0.5"),
            ("0x1.p0", "1.0"),
            ("0x1", "!"),
            ("0x1.8", "!"),
            ("0x1p3f", "8.0"),
            ("-0x1p3d", "-8.0"),
            ("0x1p", "!"),
            ("0xp1", "!"),
            ("0x1.fffffffffffff8p1", "4.0"),
            ("0x1.fffffffffffff7p1", "3.9999999999999996"),
            ("0x1p-1074", "4.9E-324"),
            ("0x1p-1075", "0.0"),
            ("0x1.1p-1075", "4.9E-324"),
            ("0x1p1024", "Infinity"),
            ("0x1p999999999999", "Infinity"),
            ("0x0p0", "0.0"),
            ("0x123456789abcdef123p0", "3.358127276707303E20"),
            ("1_0", "!"),
            ("0,5", "!"),
            ("1L", "!"),
            ("ff", "!"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("100", "100.0"),
            ("1e7", "1.0E7"),
            ("1e-4", "1.0E-4"),
            ("123456789012", "1.23456789012E11"),
            ("\u{661}.5", "!"),
            ("1.7976931348623157E308", "1.7976931348623157E308"),
        ];
        for (text, expected) in cases {
            let read = parse_double(text).map_or("!".to_owned(), format_double);
            // Java writes the smallest double with two digits, Rust with the one that is needed.
            let read = read.replace("5.0E-324", "4.9E-324");
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_read_as_java_does() {
        let cases = [
            ("1", Some(1)),
            ("+1", Some(1)),
            ("-1", Some(-1)),
            ("", None),
            ("+", None),
            ("-", None),
            ("--1", None),
            ("+-1", None),
            ("1e3", None),
            ("0x10", None),
            ("010", Some(10)),
            ("1_000", None),
            ("1,000", None),
            ("1.0", None),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("-9223372036854775809", None),
            ("\u{661}\u{662}", Some(12)),
            ("\u{ff11}", Some(1)),
            ("1L", None),
            ("1f", None),
            ("NaN", None),
            ("00000000000000000000000000001", Some(1)),
            ("-0", Some(0)),
            ("1 2", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_long(text), expected, "{text}");
        }
    }

    #[test]
    fn blanks_are_trimmed_and_lists_are_split_as_java_does() {
        assert_eq!(trim("\t7\u{1}\n"), "7");
        assert_eq!(trim("\u{a0}7"), "\u{a0}7");
        let cases: [(&str, &[&str]); 10] = [
            ("", &[]),
            (" ", &[]),
            ("a", &["a"]),
            (" a , b ", &["a", "b"]),
            ("a,,b", &["a", "", "b"]),
            (",", &["", ""]),
            ("a,", &["a", ""]),
            ("a b", &["a b"]),
            ("a\t,\nb", &["a", "b"]),
            ("a,\u{a0}b", &["a", "\u{a0}b"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split_list(text), expected, "{text}");
        }
    }
}
