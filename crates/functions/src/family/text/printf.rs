//! `format_string` and `printf`: Java's `Formatter`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type,
};
use format::number::{push_decimal, push_double, push_float};
use sql::DataType;

use super::digits::{Digits, Rounding, grouped};
use super::{Texts, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel, MANY};
use crate::typed::Typed;
use crate::types::STRING;
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "format_string",
        Group::String,
        (1, MANY),
        "format_string(strfmt, obj, ...) - Returns `strfmt` with its `%` parts replaced by the other arguments, as Java's \
         Formatter does.",
        resolve,
        Kernel::Scalar(format_string),
    ),
    Function::scalar(
        "printf",
        Group::String,
        (1, MANY),
        "printf(strfmt, obj, ...) - Returns `strfmt` with its `%` parts replaced by the other arguments, as Java's \
         Formatter does.",
        |call| call.replace_by("format_string"),
        Kernel::Rewritten,
    ),
];

fn resolve(mut call: Call<'_>) -> Result<Typed> {
    call.accept_one(0, STRING)?;
    let format = call.arguments[0].literal().cloned();
    if let Some(datafusion_common::ScalarValue::Utf8(Some(format))) = format
        && format.contains("%0$")
    {
        return Err(Error::analysis(
            "INVALID_PARAMETER_VALUE.ZERO_INDEX",
            "The value of parameter(s) `strfmt` in `format_string` is invalid: expects %1$, %2$ and so on, but got %0$.",
        ));
    }
    // Java prints the number that Spark keeps for a time.
    for index in 1..call.arguments.len() {
        match call.type_of(index) {
            DataType::Binary => call.cast_argument(index, &DataType::String)?,
            DataType::Array(_)
            | DataType::Map(..)
            | DataType::Struct(_)
            | DataType::CalendarInterval => {
                let data_type = call.type_of(index).sql();
                return Err(Error::analysis(
                    "NOT_SUPPORTED",
                    format!("format_string does not support arguments of type \"{data_type}\""),
                ));
            }
            _ => {}
        }
    }
    let nullable = call.arguments[0].nullable;
    call.invoke_nullable(DataType::String, nullable)
}

/// A value as Java sees it.
enum Value {
    Null,
    Boolean(bool),
    /// A whole number of so many bits.
    Integer(i64, u32),
    Double(f64),
    /// What only `%s` prints, with the name of its Java class.
    Other(String, &'static str),
    Text(String),
}

fn value(column: &ArrayRef, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        ArrowType::Boolean => Value::Boolean(column.as_boolean().value(row)),
        ArrowType::Int8 => Value::Integer(column.as_primitive::<Int8Type>().value(row).into(), 8),
        ArrowType::Int16 => {
            Value::Integer(column.as_primitive::<Int16Type>().value(row).into(), 16)
        }
        ArrowType::Int32 => {
            Value::Integer(column.as_primitive::<Int32Type>().value(row).into(), 32)
        }
        ArrowType::Int64 => Value::Integer(column.as_primitive::<Int64Type>().value(row), 64),
        ArrowType::Date32 => {
            Value::Integer(column.as_primitive::<Date32Type>().value(row).into(), 32)
        }
        ArrowType::Float32 => {
            let value = column.as_primitive::<Float32Type>().value(row);
            Value::Double(value.into())
        }
        ArrowType::Float64 => Value::Double(column.as_primitive::<Float64Type>().value(row)),
        ArrowType::Decimal128(_, scale) => {
            let mut text = String::new();
            push_decimal(
                &mut text,
                column.as_primitive::<Decimal128Type>().value(row),
                *scale,
            );
            Value::Other(text, "org.apache.spark.sql.types.Decimal")
        }
        ArrowType::Utf8 => Value::Text(column.as_string::<i32>().value(row).to_owned()),
        _ => {
            // The number behind a time or an interval.
            let number = arrow::compute::cast(&column.slice(row, 1), &ArrowType::Int64).ok();
            let number = number.map(|number| number.as_primitive::<Int64Type>().value(0));
            Value::Integer(number.unwrap_or_default(), 64)
        }
    }
}

impl Value {
    /// The Java class of the value.
    fn class(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Boolean(_) => "java.lang.Boolean",
            Value::Integer(_, 8) => "java.lang.Byte",
            Value::Integer(_, 16) => "java.lang.Short",
            Value::Integer(_, 32) => "java.lang.Integer",
            Value::Integer(..) => "java.lang.Long",
            Value::Double(_) => "java.lang.Double",
            Value::Other(_, class) => class,
            Value::Text(_) => "org.apache.spark.unsafe.types.UTF8String",
        }
    }

    /// The value for `%s`.
    fn text(&self, is_float: bool) -> String {
        let mut text = String::new();
        match self {
            Value::Null => text.push_str("null"),
            Value::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
            Value::Integer(value, _) => text = value.to_string(),
            Value::Double(value) if is_float => push_float(&mut text, *value as f32),
            Value::Double(value) => push_double(&mut text, *value),
            Value::Other(other, _) => text.push_str(other),
            Value::Text(other) => text.push_str(other),
        }
        text
    }
}

/// What stands between two `%`.
enum Part {
    Literal(String),
    Spec(Spec),
}

/// Which argument.
#[derive(Clone, Copy)]
enum Which {
    Next,
    Same,
    Number(usize),
}

struct Spec {
    /// As it is written.
    text: String,
    which: Which,
    flags: String,
    width: Option<usize>,
    precision: Option<usize>,
    conversion: char,
    is_upper: bool,
}

/// Longer texts than this are refused.
const WIDTH_MAX: usize = 1 << 20;

fn invalid(message: impl Into<String>) -> Error {
    Error::data("INVALID_PARAMETER_VALUE", message)
}

fn parse(format: &str) -> Result<Vec<Part>> {
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
    if matches!(conversion, 't' | 'T') {
        return Err(invalid("format_string does not support the conversion 't'"));
    }
    if !is_known {
        return Err(invalid(format!("Conversion = '{conversion}'")));
    }
    let spec = Spec {
        text: format!("%{}", &text[..at]),
        which,
        flags,
        width,
        precision,
        conversion: lower,
        is_upper,
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
            && matches!(self.conversion, 'd' | 'o' | 'x' | 'c' | 'n' | '%')
        {
            return Err(invalid(precision.to_string()));
        }
        Ok(())
    }

    /// Appends the text with blanks up to the width.
    fn pad(&self, text: &str, out: &mut Vec<u8>) {
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
        let conversion = match self.is_upper {
            true => self.conversion.to_ascii_uppercase(),
            false => self.conversion,
        };
        invalid(format!("{conversion} != {}", value.class()))
    }

    fn write(&self, value: &Value, is_float: bool, out: &mut Vec<u8>) -> Result<()> {
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

/// Java's `hashCode` of the value.
fn hash(value: &Value, is_float: bool) -> u32 {
    match value {
        Value::Null => 0,
        Value::Boolean(true) => 1231,
        Value::Boolean(false) => 1237,
        Value::Integer(number, 64) => (*number ^ (*number as u64 >> 32) as i64) as u32,
        Value::Integer(number, _) => *number as u32,
        Value::Double(number) if is_float => (*number as f32).to_bits(),
        Value::Double(number) => (number.to_bits() ^ number.to_bits() >> 32) as u32,
        Value::Other(text, _) | Value::Text(text) => murmur3(text.as_bytes()),
    }
}

/// Spark's hash of bytes: Murmur3 with the seed 42, which mixes the last bytes one by one.
fn murmur3(bytes: &[u8]) -> u32 {
    let mix = |hash: u32, word: u32| {
        let word = word
            .wrapping_mul(0xCC9E_2D51)
            .rotate_left(15)
            .wrapping_mul(0x1B87_3593);
        (hash ^ word)
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xE654_6B64)
    };
    let (words, rest) = bytes.as_chunks::<4>();
    let mut hash = 42;
    for word in words {
        hash = mix(hash, u32::from_le_bytes(*word));
    }
    for byte in rest {
        hash = mix(hash, *byte as i8 as u32);
    }
    hash ^= bytes.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ hash >> 13).wrapping_mul(0xC2B2_AE35);
    hash ^ hash >> 16
}

fn format_string(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let formats = Texts::of(arguments, 0)?;
    let columns: Result<Vec<ArrayRef>> = (1..arguments.len()).map(|i| arguments.array(i)).collect();
    let columns = columns?;
    let mut last: Option<(String, Vec<Part>)> = None;
    texts(arguments, |row, out| {
        let Some(format) = formats.get(row) else {
            return Ok(false);
        };
        if last.as_ref().is_none_or(|(text, _)| text != format) {
            last = Some((format.to_owned(), parse(format)?));
        }
        let Some((_, parts)) = &last else {
            return Ok(false);
        };
        let (mut next, mut same) = (0, None);
        for part in parts {
            let spec = match part {
                Part::Literal(text) => {
                    out.extend_from_slice(text.as_bytes());
                    continue;
                }
                Part::Spec(spec) => spec,
            };
            match spec.conversion {
                '%' => {
                    spec.pad("%", out);
                    continue;
                }
                'n' => {
                    out.push(b'\n');
                    continue;
                }
                _ => {}
            }
            let index = match spec.which {
                Which::Next => {
                    next += 1;
                    Some(next - 1)
                }
                Which::Same => same,
                Which::Number(number) => number.checked_sub(1),
            };
            let Some((index, column)) = index.and_then(|index| Some((index, columns.get(index)?)))
            else {
                return Err(invalid(format!("Format specifier '{}'", spec.text)));
            };
            same = Some(index);
            let is_float = *column.data_type() == ArrowType::Float32;
            spec.write(&value(column, row), is_float, out)?;
        }
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(format: &str, value: &Value) -> String {
        let parts = parse(format).unwrap();
        let mut out = Vec::new();
        for part in &parts {
            if let Part::Spec(spec) = part {
                spec.write(value, false, &mut out).unwrap();
            }
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_as_java_formats_them() {
        let cases = [
            ("%.2f", 2.71428, "2.71"),
            ("%010.2f", 2.71428, "0000002.71"),
            ("%(.1f", -1.0, "(1.0)"),
            ("%.1f", 0.25, "0.3"),
            ("%e", 12345.678, "1.234568e+04"),
            ("%.3g", 0.00012345, "0.000123"),
            ("%g", 1234567.0, "1.23457e+06"),
            ("%a", 0.1, "0x1.999999999999ap-4"),
        ];
        for (format, value, expected) in cases {
            assert_eq!(
                formatted(format, &Value::Double(value)),
                expected,
                "{format}"
            );
        }
        assert_eq!(
            formatted("%,d", &Value::Integer(-1234567, 32)),
            "-1,234,567"
        );
        assert_eq!(formatted("%x", &Value::Integer(-1, 8)), "ff");
        assert_eq!(
            formatted("%h", &Value::Text("hello".to_owned())),
            "c3e28528"
        );
    }
}
