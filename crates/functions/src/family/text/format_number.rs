//! `format_number`: numbers with Java's `DecimalFormat`.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType as ArrowType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type,
};
use sql::DataType;

use super::digits::{Digits, Rounding, grouped};
use super::{Ints, Texts, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{INT, STRING, is_numeric, is_string};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[Function::scalar(
    "format_number",
    Group::String,
    (2, 2),
    "format_number(expr1, expr2) - Returns a number with commas, rounded to `expr2` digits behind the point, or in the form \
     `expr2` of Java's DecimalFormat.",
    resolve,
    Kernel::Scalar(format_number),
)];

fn resolve(mut call: Call<'_>) -> Result<Typed> {
    if *call.type_of(0) == DataType::Void {
        call.cast_argument(0, &DataType::Double)?;
    }
    if !is_numeric(call.type_of(0)) {
        return Err(call.unexpected_type(0, "\"NUMERIC\""));
    }
    let form = call.type_of(1).clone();
    match form {
        DataType::Void | DataType::Byte | DataType::Short | DataType::Integer => {
            call.accept_one(1, INT)?;
        }
        form if is_string(&form) => call.accept_one(1, STRING)?,
        _ => return Err(call.unexpected_type(1, "(\"INT\" or \"STRING\")")),
    }
    call.invoke_nullable(DataType::String, true)
}

/// A number of a column.
pub(super) enum Number {
    Finite(Digits),
    Nan,
    Infinite { is_negative: bool },
}

/// The number of a row.
pub(super) fn number(values: &ArrayRef, row: usize) -> Option<Number> {
    if values.is_null(row) {
        return None;
    }
    let integer = |value: i64| Number::Finite(Digits::of_decimal(i128::from(value), 0));
    let double = |value: f64| {
        if value.is_nan() {
            Number::Nan
        } else if value.is_infinite() {
            Number::Infinite {
                is_negative: value < 0.0,
            }
        } else {
            Number::Finite(Digits::of_exact_double(value))
        }
    };
    Some(match values.data_type() {
        ArrowType::Int8 => integer(values.as_primitive::<Int8Type>().value(row).into()),
        ArrowType::Int16 => integer(values.as_primitive::<Int16Type>().value(row).into()),
        ArrowType::Int32 => integer(values.as_primitive::<Int32Type>().value(row).into()),
        ArrowType::Int64 => integer(values.as_primitive::<Int64Type>().value(row)),
        ArrowType::Float32 => double(values.as_primitive::<Float32Type>().value(row).into()),
        ArrowType::Float64 => double(values.as_primitive::<Float64Type>().value(row)),
        ArrowType::Decimal128(_, scale) => {
            let unscaled = values.as_primitive::<Decimal128Type>().value(row);
            Number::Finite(Digits::of_decimal(unscaled, *scale))
        }
        _ => return None,
    })
}

/// The shortest digits of a double, which are printed where no rounding is needed.
fn shortest(values: &ArrayRef, row: usize) -> Option<Digits> {
    match values.data_type() {
        ArrowType::Float32 => {
            let value = values.as_primitive::<Float32Type>().value(row);
            Some(Digits::of_double(value.into()))
        }
        ArrowType::Float64 => Some(Digits::of_double(
            values.as_primitive::<Float64Type>().value(row),
        )),
        _ => None,
    }
}

/// More digits than Java's `DecimalFormat` prints.
const FRACTION_MAX: i32 = 400;

fn format_number(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = arguments.array(0)?;
    let is_digits = arguments.data_type(1) == ArrowType::Int32;
    let (counts, patterns) = match is_digits {
        true => (Some(Ints::of(arguments, 1)?), None),
        false => (None, Some(Texts::of(arguments, 1)?)),
    };
    let mut last: Option<(String, Form)> = None;
    texts(arguments, |row, out| {
        let Some(number) = number(&values, row) else {
            return Ok(false);
        };
        let with_count;
        let form = if let Some(counts) = &counts {
            match counts.get(row) {
                Some(count) if count >= 0 => {
                    let count = count.min(FRACTION_MAX) as usize;
                    with_count = Form::grouped(count);
                    &with_count
                }
                _ => return Ok(false),
            }
        } else {
            let Some(pattern) = patterns.as_ref().and_then(|patterns| patterns.get(row)) else {
                return Ok(false);
            };
            if last.as_ref().is_none_or(|(text, _)| text != pattern) {
                last = Some((pattern.to_owned(), Form::parse(pattern)?));
            }
            match &last {
                Some((_, form)) => form,
                None => return Ok(false),
            }
        };
        let mut text = String::new();
        form.write(&number, || shortest(&values, row), &mut text);
        out.extend_from_slice(text.as_bytes());
        Ok(true)
    })
}

/// A form of Java's `DecimalFormat`.
#[derive(Clone, Debug, Default)]
struct Form {
    prefix: String,
    suffix: String,
    negative: Option<(String, String)>,
    whole_min: usize,
    whole_max: usize,
    fraction_min: usize,
    fraction_max: usize,
    group: usize,
    /// Digits of the exponent, for scientific notation.
    exponent: Option<usize>,
    /// Power of ten: 2 for `%`.
    shift: i32,
}

impl Form {
    fn grouped(fraction: usize) -> Form {
        Form {
            whole_min: 1,
            fraction_min: fraction,
            fraction_max: fraction,
            group: 3,
            ..Form::default()
        }
    }

    fn parse(pattern: &str) -> Result<Form> {
        if pattern.is_empty() {
            return Ok(Form::grouped(0));
        }
        let malformed = || {
            Error::data(
                "INVALID_PARAMETER_VALUE",
                format!("Malformed pattern \"{pattern}\" in `format_number`."),
            )
        };
        let mut form = Form::default();
        let mut characters = pattern.chars().peekable();
        form.prefix = affix(&mut characters, &mut form.shift, true);
        let (mut hashes, mut zeros, mut after_zeros) = (0_usize, 0_usize, 0_usize);
        let (mut fraction_zeros, mut fraction_hashes) = (0, 0);
        let mut group = None;
        let mut is_fraction = false;
        while let Some(c) = characters.peek().copied() {
            match (c, is_fraction) {
                ('#', false) if zeros == 0 => hashes += 1,
                ('#', false) => after_zeros += 1,
                ('0', false) if after_zeros == 0 => zeros += 1,
                ('#', true) => fraction_hashes += 1,
                ('0', true) if fraction_hashes == 0 => fraction_zeros += 1,
                (',', false) => {
                    group = Some(0);
                    characters.next();
                    continue;
                }
                ('.', false) => is_fraction = true,
                ('E', _) => {
                    characters.next();
                    let mut digits = 0;
                    while characters.next_if_eq(&'0').is_some() {
                        digits += 1;
                    }
                    if digits == 0 || hashes + zeros == 0 {
                        return Err(malformed());
                    }
                    form.exponent = Some(digits);
                    break;
                }
                ('0', _) | (',' | '.', true) => return Err(malformed()),
                _ => break,
            }
            if !is_fraction && let Some(group) = &mut group {
                *group += 1;
            }
            characters.next();
        }
        if after_zeros > 0 || group == Some(0) {
            return Err(malformed());
        }
        form.suffix = affix(&mut characters, &mut form.shift, false);
        if characters.next_if_eq(&';').is_some() {
            let mut ignored = 0;
            let prefix = affix(&mut characters, &mut ignored, true);
            while characters
                .next_if(|c| matches!(c, '#' | '0' | '.' | ','))
                .is_some()
            {}
            let suffix = affix(&mut characters, &mut ignored, false);
            form.negative = Some((prefix, suffix));
        }
        if characters.next().is_some() {
            return Err(malformed());
        }
        form.whole_min = zeros;
        form.whole_max = hashes + zeros;
        form.fraction_min = fraction_zeros;
        form.fraction_max = fraction_zeros + fraction_hashes;
        if zeros == 0 && form.fraction_max == 0 && hashes > 0 {
            // `#` alone prints `0` for zero.
            form.whole_min = usize::from(form.exponent.is_none());
        }
        form.group = group.unwrap_or(0);
        Ok(form)
    }

    fn write(&self, number: &Number, shortest: impl Fn() -> Option<Digits>, out: &mut String) {
        let mut digits = match number {
            Number::Nan => {
                out.push_str("NaN");
                return;
            }
            Number::Infinite { is_negative } => {
                self.signed(*is_negative, "∞", out);
                return;
            }
            Number::Finite(digits) => digits.clone(),
        };
        // A double whose shortest digits are few enough is printed with these.
        if let Some(shortest) = shortest()
            && shortest.fraction_length() as i64 - i64::from(self.shift) <= self.fraction_max as i64
            && self.exponent.is_none()
        {
            digits = shortest;
        }
        if !digits.is_zero() {
            digits.point += self.shift;
        }
        let is_negative = digits.is_negative;
        let body = match self.exponent {
            Some(exponent_digits) => self.scientific(digits, exponent_digits),
            None => {
                digits.round(self.fraction_max as i32, Rounding::HalfEven);
                self.plain(&digits)
            }
        };
        self.signed(is_negative, &body, out);
    }

    fn plain(&self, digits: &Digits) -> String {
        let mut whole = match digits.point > 0 {
            true => digits.whole(),
            false => String::new(),
        };
        while whole.len() < self.whole_min {
            whole.insert(0, '0');
        }
        let fraction_length = digits
            .fraction_length()
            .clamp(self.fraction_min, self.fraction_max);
        if whole.is_empty() && fraction_length == 0 {
            whole.push('0');
        }
        let mut body = grouped(&whole, self.group);
        if fraction_length > 0 {
            body.push('.');
            body.push_str(&digits.fraction(fraction_length));
        }
        body
    }

    fn scientific(&self, mut digits: Digits, exponent_digits: usize) -> String {
        // Where the point goes: after as many digits as there must be before it, or at a multiple of the most.
        let point = digits.point;
        let repeats = self.whole_max > 1 && self.whole_max > self.whole_min;
        let mut exponent = match (digits.is_zero(), repeats) {
            (true, _) => 0,
            (false, true) => (point - 1).div_euclid(self.whole_max as i32) * self.whole_max as i32,
            (false, false) => {
                point - self.whole_min.max(usize::from(self.fraction_max == 0)) as i32
            }
        };
        if !digits.is_zero() {
            digits.point -= exponent;
            let before = digits.point;
            digits.round(self.fraction_max as i32, Rounding::HalfEven);
            if digits.point > before && !repeats {
                digits.point -= 1;
                exponent += 1;
            }
        }
        let mut body = self.plain(&digits);
        body.push('E');
        if exponent < 0 {
            body.push('-');
        }
        body.push_str(&format!("{:0>exponent_digits$}", exponent.abs()));
        body
    }

    fn signed(&self, is_negative: bool, body: &str, out: &mut String) {
        let (prefix, suffix) = match (&self.negative, is_negative) {
            (Some((prefix, suffix)), true) => (prefix, suffix),
            (None, true) => {
                out.push('-');
                (&self.prefix, &self.suffix)
            }
            (_, false) => (&self.prefix, &self.suffix),
        };
        out.push_str(prefix);
        out.push_str(body);
        out.push_str(suffix);
    }
}

/// Text before or after the digits.
fn affix(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    shift: &mut i32,
    is_prefix: bool,
) -> String {
    let mut text = String::new();
    while let Some(c) = characters.peek().copied() {
        match c {
            '#' | '0' | '.' | ',' if is_prefix => break,
            ';' => break,
            '\'' => {
                characters.next();
                if characters.next_if_eq(&'\'').is_some() {
                    text.push('\'');
                    continue;
                }
                for c in characters.by_ref() {
                    if c == '\'' {
                        break;
                    }
                    text.push(c);
                }
                continue;
            }
            '%' => *shift = 2,
            '\u{2030}' => *shift = 3,
            _ => {}
        }
        text.push(c);
        characters.next();
    }
    text
}
