//! Numbers as Java prints them, and decimals.

use std::fmt::Write;

/// Appends a double as `Double.toString` of Java 17 prints it: `1.0`, `1.0E10`, `NaN`, `-Infinity`.
pub fn push_double(out: &mut String, value: f64) {
    if let Some(digits) = whole_digits(value.abs(), 53) {
        push_digits(out, value.is_sign_negative(), &digits);
    } else if value.is_finite() {
        let shortest = format!("{:e}", value.abs());
        // Java prints two digits at least: the nearest two, which need not end with a zero.
        let digits = if shortest.contains('.') {
            shortest
        } else {
            format!("{:.1e}", value.abs())
        };
        push_digits(out, value.is_sign_negative(), &digits);
    } else {
        push_special(out, value);
    }
}

/// Appends a float as `Float.toString` prints it.
pub fn push_float(out: &mut String, value: f32) {
    if let Some(digits) = whole_digits(value.abs().into(), 24) {
        push_digits(out, value.is_sign_negative(), &digits);
    } else if value.is_finite() {
        let shortest = format!("{:e}", value.abs());
        let digits = if shortest.contains('.') {
            shortest
        } else {
            format!("{:.1e}", value.abs())
        };
        push_digits(out, value.is_sign_negative(), &digits);
    } else {
        push_special(out, f64::from(value));
    }
}

/// The digits of a large whole number with `bits` significant bits, `d.ddde±x`.
///
/// Java 17 prints these with more digits than are needed: all but as many as the bits that are missing stand for.
fn whole_digits(value: f64, bits: i32) -> Option<String> {
    let is_large = value >= (1i64 << bits) as f64 && value < 2f64.powi(63);
    if !is_large || value.fract() != 0.0 {
        return None;
    }
    let missing = (value as i64).ilog2() as i32 - bits - 1;
    let dropped = if missing > 1 {
        (1i64 << missing).ilog10()
    } else {
        0
    };
    let unit = 10i64.pow(dropped);
    let kept = (value as i64 + unit / 2) / unit;
    let digits = kept.to_string();
    let exponent = digits.len() as u32 - 1 + dropped;
    let trimmed = digits.trim_end_matches('0');
    let (first, others) = trimmed.split_at(1);
    let others = if others.is_empty() { "0" } else { others };
    Some(format!("{first}.{others}e{exponent}"))
}

fn push_special(out: &mut String, value: f64) {
    out.push_str(match value {
        _ if value.is_nan() => "NaN",
        _ if value > 0.0 => "Infinity",
        _ => "-Infinity",
    });
}

/// `scientific` is Rust's shortest form, `d.ddde±x`.
fn push_digits(out: &mut String, negative: bool, scientific: &str) {
    if negative {
        out.push('-');
    }
    let (mantissa, exponent) = scientific
        .split_once('e')
        .expect("scientific form has an exponent");
    let exponent: i32 = exponent.parse().expect("a small exponent");
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    // A second digit that is zero is printed where there must be one, and nowhere else.
    let digits = match digits.strip_suffix('0') {
        Some(one) if one.len() == 1 => one,
        _ => digits.as_str(),
    };
    if digits == "0" {
        out.push_str("0.0");
    } else if (0..7).contains(&exponent) {
        let whole = exponent as usize + 1;
        if digits.len() <= whole {
            out.push_str(digits);
            out.extend(std::iter::repeat_n('0', whole - digits.len()));
            out.push_str(".0");
        } else {
            out.push_str(&digits[..whole]);
            out.push('.');
            out.push_str(&digits[whole..]);
        }
    } else if (-3..0).contains(&exponent) {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', -exponent as usize - 1));
        out.push_str(digits);
    } else {
        out.push_str(&digits[..1]);
        out.push('.');
        out.push_str(if digits.len() > 1 { &digits[1..] } else { "0" });
        let _ = write!(out, "E{exponent}");
    }
}

/// Appends a decimal as `BigDecimal.toString` prints it: `1.50`, `1E-10`.
pub fn push_decimal(out: &mut String, unscaled: i128, scale: i8) {
    if unscaled < 0 {
        out.push('-');
    }
    let digits = unscaled.unsigned_abs().to_string();
    // The exponent of the first digit.
    let exponent = digits.len() as i32 - 1 - i32::from(scale);
    if scale == 0 {
        out.push_str(&digits);
    } else if scale > 0 && exponent >= -6 {
        let digits = format!("{digits:0>width$}", width = scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    } else {
        let (first, others) = digits.split_at(1);
        let point = if others.is_empty() { "" } else { "." };
        let sign = if exponent > 0 { "+" } else { "" };
        let _ = write!(out, "{first}{point}{others}E{sign}{exponent}");
    }
}

/// Appends a decimal without an exponent, as `BigDecimal.toPlainString` prints it: `0.0000000001`.
pub fn push_plain_decimal(out: &mut String, unscaled: i128, scale: i8) {
    if unscaled < 0 {
        out.push('-');
    }
    let digits = unscaled.unsigned_abs().to_string();
    if scale <= 0 {
        out.push_str(&digits);
        out.extend(std::iter::repeat_n('0', scale.unsigned_abs().into()));
        return;
    }
    let scale = usize::from(scale.unsigned_abs());
    if digits.len() > scale {
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    } else {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', scale - digits.len()));
        out.push_str(&digits);
    }
}

/// A double as Java's `Double.parseDouble` reads it, save hexadecimal ones: spaces around it and a
/// letter for its type are allowed, and of words only `NaN` and `Infinity`.
pub fn parse_double(text: &str) -> Option<f64> {
    java_number(text)?.parse().ok()
}

/// The number as Rust's parsers take it, if Java's parser of doubles would.
pub(crate) fn java_number(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c| c <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "NaN" || unsigned == "Infinity" {
        return Some(text);
    }
    let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let plain = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    plain.then_some(text)
}

/// A number such as `-12.5e3` as the unscaled value of a decimal, rounded half away from zero.
///
/// None when the text is no number, or has more than `precision` digits then.
pub fn parse_decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => {
            let exponent = &unsigned[at + 1..];
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            // Beyond this, a number is zero or too large at any scale.
            let exponent = exponent
                .parse::<i64>()
                .unwrap_or(if exponent.starts_with('-') {
                    -9_999
                } else {
                    9_999
                });
            (&unsigned[..at], exponent.clamp(-9_999, 9_999))
        }
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().next().is_none() || !digits().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Digits up to this many after the first are kept; the next decides the rounding.
    let kept = whole.len() as i64 + exponent + i64::from(scale);
    let mut unscaled: i128 = 0;
    let mut rounds_up = false;
    for (place, digit) in (0i64..).zip(digits()) {
        if place < kept {
            unscaled = unscaled
                .checked_mul(10)?
                .checked_add(i128::from(digit - b'0'))?;
        } else {
            rounds_up = place == kept && digit >= b'5';
            break;
        }
    }
    let missing = kept - digits().count() as i64;
    if unscaled != 0 && missing > 0 {
        unscaled = unscaled.checked_mul(10i128.checked_pow(u32::try_from(missing).ok()?)?)?;
    }
    let unscaled = unscaled.checked_add(i128::from(rounds_up))?;
    let fits = unscaled < 10i128.checked_pow(u32::from(precision))?;
    fits.then_some(if negative { -unscaled } else { unscaled })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_print_as_in_java() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (12.25, "12.25"),
            (100.0 / 3.0, "33.333333333333336"),
            (100.0, "100.0"),
            (0.001, "0.001"),
            (1e-4, "1.0E-4"),
            (1.2345e-9, "1.2345E-9"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (123_456_789.125, "1.23456789125E8"),
            (1e300, "1.0E300"),
            (5e-324, "4.9E-324"),
            (9_007_199_254_740_993.0, "9.007199254740992E15"),
            (1_152_921_504_606_846_976.0, "1.15292150460684698E18"),
            (2e-3, "0.002"),
            (-4.833333333333333, "-4.833333333333333"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            let mut out = String::new();
            push_double(&mut out, value);
            assert_eq!(out, text);
        }
        let mut out = String::new();
        push_float(&mut out, 1.1);
        out.push(' ');
        push_float(&mut out, 2_147_483_648.0);
        out.push(' ');
        push_float(&mut out, 3e9);
        assert_eq!(out, "1.1 2.14748365E9 3.0E9");
    }

    #[test]
    fn decimals_round_half_away_from_zero() {
        for (text, expected) in [
            ("1", Some(100)),
            ("1.005", Some(101)),
            ("-1.125", Some(-113)),
            ("1.0049999", Some(100)),
            ("1e3", Some(100_000)),
            ("12345e-4", Some(123)),
            ("5e-3", Some(1)),
            ("4e-3", Some(0)),
            ("1e-99999999999999999999", Some(0)),
            ("0e99999999999999999999", Some(0)),
            (".5", Some(50)),
            ("5.", Some(500)),
            ("99999999.994", Some(9_999_999_999)),
            ("99999999.995", None),
            ("1e9", None),
            // One less than what 128 bits cannot hold, rounded up.
            ("1701411834604692317316873037158841057.275", None),
            ("", None),
            (".", None),
            ("1e", None),
            ("1x", None),
            ("--1", None),
        ] {
            assert_eq!(parse_decimal(text, 10, 2), expected, "{text}");
        }
        let mut out = String::new();
        push_decimal(&mut out, -5, 2);
        out.push(' ');
        push_decimal(&mut out, 1, 10);
        assert_eq!(out, "-0.05 1E-10");
    }
}
