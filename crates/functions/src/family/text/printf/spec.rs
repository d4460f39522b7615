//! The `%` parts of a format: what they say, and how they print a value.

use format::time::Zone;

use super::time::{is_part_of_time, part_of_time};
use super::value::{Value, hash};
use crate::error::{Error, Result};
use crate::family::text::digits::{Digits, Rounding, grouped};

/// What stands between two `%`.
pub(super) enum Part {
    Literal(String),
    Spec(Spec),
}

/// Which argument.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Next,
    Same,
    Number(usize),
}

pub(super) struct Spec {
    /// As it is written.
    pub(super) text: String,
    pub(super) which: Which,
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    pub(super) conversion: char,
    /// What of a time is meant, for the conversion `t`.
    time: char,
    is_upper: bool,
}

/// Longer texts than this are refused.
const WIDTH_MAX: usize = 1 << 20;

pub(super) fn invalid(message: impl Into<String>) -> Error {
    Error::data("INVALID_PARAMETER_VALUE", message)
}

pub(super) fn parse(format: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        literal.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (spec, length) = parse_spec(after)?;
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(Part::Spec(spec));
        rest = &after[length..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

/// What follows `%`, and its length.
fn parse_spec(text: &str) -> Result<(Spec, usize)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let unknown = || invalid("Conversion = '%'");
    let number = |range: std::ops::Range<usize>| {
        let number = text[range].parse::<usize>().ok();
        number
            .filter(|number| *number <= WIDTH_MAX)
            .ok_or_else(unknown)
    };
    let mut at = 0;
    let mut which = Which::Next;
    let count = digits(0);
    if count > 0 && bytes.get(count) == Some(&b'$') {
        which = Which::Number(number(0..count)?);
        at = count + 1;
    }
    let mut flags = String::new();
    while let Some(flag @ (b'-' | b'#' | b'+' | b' ' | b'0' | b',' | b'(' | b'<')) = bytes.get(at) {
        let flag = char::from(*flag);
        if flag == '<' {
            which = Which::Same;
        } else if flags.contains(flag) {
            return Err(invalid(format!("Flags = '{flag}'")));
        } else {
            flags.push(flag);
        }
        at += 1;
    }
    let count = digits(at);
    let width = match count {
        0 => None,
        _ => Some(number(at..at + count)?),
    };
    at += count;
    let mut precision = None;
    if bytes.get(at) == Some(&b'.') {
        let count = digits(at + 1);
        if count == 0 {
            return Err(unknown());
        }
        precision = Some(number(at + 1..at + 1 + count)?);
        at += 1 + count;
    }
    let Some(conversion) = text[at..].chars().next() else {
        return Err(unknown());
    };
    at += conversion.len_utf8();
    let is_upper = matches!(conversion, 'B' | 'H' | 'S' | 'C' | 'X' | 'E' | 'G' | 'A');
    let lower = conversion.to_ascii_lowercase();
    let is_known = is_upper
        || matches!(
            conversion,
            'b' | 'h' | 's' | 'c' | 'd' | 'o' | 'x' | 'e' | 'f' | 'g' | 'a' | '%' | 'n'
        );
    let mut time = ' ';
    if lower == 't' {
        time = text[at..].chars().next().ok_or_else(unknown)?;
        at += time.len_utf8();
        if !is_part_of_time(time) {
            return Err(invalid(format!("Conversion = '{conversion}{time}'")));
        }
    } else if !is_known {
        return Err(invalid(format!("Conversion = '{conversion}'")));
    }
    let spec = Spec {
        text: format!("%{}", &text[..at]),
        which,
        flags,
        width,
        precision,
        conversion: lower,
        time,
        is_upper: is_upper || conversion == 'T',
    };
    spec.check()?;
    Ok((spec, at))
}

impl Spec {
    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn check(&self) -> Result<()> {
        if self.width.is_none() && (self.has('-') || self.has('0')) {
            return Err(invalid(self.text.clone()));
        }
        if self.has('-') && self.has('0') || self.has('+') && self.has(' ') {
            return Err(invalid(format!("Flags = '{}'", sorted_flags(&self.flags))));
        }
        let refused = match self.conversion {
            'b' | 'h' | 's' => "#+ 0,(",
            'c' | '%' => "#+ 0,(",
            'n' => "-#+ 0,(",
            't' => "#+ 0,(",
            'd' => "#",
            'o' | 'x' => "+ ,(",
            'e' => ",",
            'g' => "#",
            'a' => ",(",
            _ => "",
        };
        let is_hash = matches!(self.conversion, 'b' | 'h');
        if let Some(flag) = self.flags.chars().find(|flag| refused.contains(*flag))
            && !is_hash
        {
            return Err(invalid(format!(
                "Conversion = {}, Flags = {flag}",
                self.conversion
            )));
        }
        if let Some(precision) = self.precision
            && matches!(self.conversion, 'd' | 'o' | 'x' | 'c' | 'n' | 't' | '%')
        {
            return Err(invalid(precision.to_string()));
        }
        Ok(())
    }

    /// Appends the text with blanks up to the width.
    pub(super) fn pad(&self, text: &str, out: &mut Vec<u8>) {
        let text = match self.is_upper {
            true => text.to_uppercase(),
            false => text.to_owned(),
        };
        let length: usize = text.chars().map(char::len_utf16).sum();
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        if !self.has('-') {
            out.resize(out.len() + missing, b' ');
        }
        out.extend_from_slice(text.as_bytes());
        if self.has('-') {
            out.resize(out.len() + missing, b' ');
        }
    }

    fn mismatch(&self, value: &Value) -> Error {
        let conversion = match (self.conversion, self.is_upper) {
            ('t', _) => self.time,
            (conversion, true) => conversion.to_ascii_uppercase(),
            (conversion, false) => conversion,
        };
        invalid(format!("{conversion} != {}", value.class()))
    }

    /// Appends a value; times are those of the zone.
    pub(super) fn write(
        &self,
        value: &Value,
        is_float: bool,
        zone: Zone,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let cut = |text: String| match self.precision {
            Some(precision) => text.chars().take(precision).collect(),
            None => text,
        };
        let text = match (self.conversion, value) {
            ('b', value) => cut(match value {
                Value::Null | Value::Boolean(false) => "false",
                _ => "true",
            }
            .to_owned()),
            ('s', value) => cut(value.text(is_float)),
            ('h', Value::Null) => "null".to_owned(),
            ('h', value) => cut(format!("{:x}", hash(value, is_float))),
            (_, Value::Null) => cut("null".to_owned()),
            ('t', Value::Integer(millis, 64)) => part_of_time(self.time, *millis, zone),
            ('c', Value::Integer(code, 8 | 16 | 32)) => {
                let code = u32::try_from(*code).ok().and_then(char::from_u32);
                let Some(character) = code else {
                    return Err(invalid(format!("Code point = {:#x}", *code_of(value))));
                };
                character.to_string()
            }
            ('d', Value::Integer(number, _)) => {
                let digits = number.unsigned_abs().to_string();
                let digits = match self.has(',') {
                    true => grouped(&digits, 3),
                    false => digits,
                };
                self.signed(*number < 0, digits, true)
            }
            ('x' | 'o', Value::Integer(number, bits)) => {
                let mask = if *bits == 64 {
                    u64::MAX
                } else {
                    (1 << bits) - 1
                };
                let number = *number as u64 & mask;
                let (prefix, digits) = match self.conversion {
                    'x' => ("0x", format!("{number:x}")),
                    _ => ("0", format!("{number:o}")),
                };
                let prefix = if self.has('#') { prefix } else { "" };
                let width = match self.has('0') {
                    true => self.width.unwrap_or(0).saturating_sub(prefix.len()),
                    false => 0,
                };
                format!("{prefix}{digits:0>width$}")
            }
            ('e' | 'f' | 'g' | 'a', Value::Double(number)) => self.floating(*number),
            (_, value) => return Err(self.mismatch(value)),
        };
        self.pad(&text, out);
        Ok(())
    }

    /// The digits with their sign, and zeros between the two.
    fn signed(&self, is_negative: bool, digits: String, can_fill: bool) -> String {
        let (before, after) = match is_negative {
            true if self.has('(') => ("(", ")"),
            true => ("-", ""),
            false if self.has('+') => ("+", ""),
            false if self.has(' ') => (" ", ""),
            false => ("", ""),
        };
        let width = match self.has('0') && can_fill {
            true => self
                .width
                .unwrap_or(0)
                .saturating_sub(before.len() + after.len()),
            false => 0,
        };
        format!("{before}{digits:0>width$}{after}")
    }

    fn floating(&self, number: f64) -> String {
        if !number.is_finite() {
            let text = if number.is_nan() { "NaN" } else { "Infinity" };
            let is_negative = number < 0.0;
            if number.is_nan() {
                return text.to_owned();
            }
            return self.signed(is_negative, text.to_owned(), false);
        }
        let is_negative = number.is_sign_negative();
        let number = number.abs();
        let text = match self.conversion {
            'f' => self.fixed(Digits::of_double(number), self.precision.unwrap_or(6)),
            'e' => self.scientific(Digits::of_double(number), self.precision.unwrap_or(6)),
            'g' => {
                let precision = match self.precision {
                    Some(precision) => precision.max(1),
                    None => 6,
                };
                let digits = Digits::of_double(number);
                let mut rounded = digits.clone();
                rounded.round(precision as i32 - digits.point, Rounding::HalfUp);
                if rounded.is_zero() {
                    self.fixed(digits, precision - 1)
                } else if (-3..=precision as i32).contains(&rounded.point) {
                    self.fixed(digits, (precision as i32 - rounded.point) as usize)
                } else {
                    self.scientific(digits, precision - 1)
                }
            }
            _ => hexadecimal(number),
        };
        self.signed(is_negative, text, true)
    }

    fn fixed(&self, mut digits: Digits, precision: usize) -> String {
        digits.round(precision as i32, Rounding::HalfUp);
        let whole = digits.whole();
        let mut text = match self.has(',') {
            true => grouped(&whole, 3),
            false => whole,
        };
        if precision > 0 || self.has('#') {
            text.push('.');
        }
        text.push_str(&digits.fraction(precision));
        text
    }

    fn scientific(&self, mut digits: Digits, precision: usize) -> String {
        digits.round(precision as i32 + 1 - digits.point, Rounding::HalfUp);
        let exponent = if digits.is_zero() {
            0
        } else {
            digits.point - 1
        };
        digits.point -= exponent;
        let mut text = digits.whole();
        if precision > 0 || self.has('#') {
            text.push('.');
        }
        text.push_str(&digits.fraction(precision));
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push_str(&format!("e{sign}{:02}", exponent.abs()));
        text
    }
}

fn code_of(value: &Value) -> &i64 {
    match value {
        Value::Integer(code, _) => code,
        _ => &0,
    }
}

/// The flags in Java's order.
fn sorted_flags(flags: &str) -> String {
    "-#+ 0,("
        .chars()
        .filter(|flag| flags.contains(*flag))
        .collect()
}

/// As `Double.toHexString` prints a number that is not negative.
fn hexadecimal(number: f64) -> String {
    let bits = number.to_bits();
    let (exponent, fraction) = (bits >> 52 & 0x7FF, bits & ((1 << 52) - 1));
    if number == 0.0 {
        return "0x0.0p0".to_owned();
    }
    let (first, exponent) = match exponent {
        0 => (0, -1022),
        exponent => (1, exponent as i64 - 1023),
    };
    let digits = format!("{fraction:013x}");
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    format!("0x{first}.{digits}p{exponent}")
}
