//! Values that are written in the text.

use crate::cursor::{Cursor, Result};
use crate::expression::{Expression, ExpressionKind};
use crate::literal::{IntervalUnit, Literal, unescape_string};
use crate::span::Span;
use crate::token::TokenKind;

use super::name::name;

/// The value or parameter that comes next, if one does.
pub(super) fn constant(cursor: &mut Cursor<'_>) -> Result<Option<Expression>> {
    let start = cursor.here();
    if cursor.eat_symbol("?") {
        let number = cursor.positional_parameters;
        cursor.positional_parameters += 1;
        return Ok(Some(Expression::new(
            ExpressionKind::PositionalParameter(number),
            start,
        )));
    }
    if cursor.eat_symbol(":") {
        let name = name(cursor)?;
        return Ok(Some(Expression::new(
            ExpressionKind::NamedParameter(name),
            cursor.since(start),
        )));
    }
    let literal = match cursor.peek().kind {
        TokenKind::String | TokenKind::RawString => Some(Literal::String(string(cursor)?)),
        TokenKind::Integer
        | TokenKind::Decimal
        | TokenKind::Exponent
        | TokenKind::SuffixedNumber => Some(number(cursor)?),
        TokenKind::Symbol if cursor.at_symbol("-") => Some(number(cursor)?),
        TokenKind::Word => word_literal(cursor)?,
        _ => None,
    };
    Ok(literal
        .map(|literal| Expression::new(ExpressionKind::Literal(literal), cursor.since(start))))
}

/// Whether the token `ahead` tokens after the next one is a string.
pub(super) fn is_string_at(cursor: &Cursor<'_>, ahead: usize) -> bool {
    matches!(
        cursor.peek_at(ahead).kind,
        TokenKind::String | TokenKind::RawString
    )
}

/// Strings beside each other are one string.
pub(super) fn string(cursor: &mut Cursor<'_>) -> Result<String> {
    let mut text = single_string(cursor)?;
    while is_string_at(cursor, 0) {
        text.push_str(&single_string(cursor)?);
    }
    Ok(text)
}

/// One string token.
pub(super) fn single_string(cursor: &mut Cursor<'_>) -> Result<String> {
    let token = cursor.peek();
    let text = cursor.text_of(token);
    let value = match token.kind {
        TokenKind::String => unescape_string(text),
        TokenKind::RawString => text[2..text.len() - 1].to_owned(),
        _ => return Err(cursor.unexpected()),
    };
    cursor.take();
    Ok(value)
}

/// `NULL`, `TRUE`, `FALSE`, an interval, or a typed literal.
fn word_literal(cursor: &mut Cursor<'_>) -> Result<Option<Literal>> {
    let is_name =
        cursor.is_symbol_at(1, ".") || cursor.is_symbol_at(1, "(") || cursor.is_symbol_at(1, "->");
    for (word, literal) in [
        ("NULL", Literal::Null),
        ("TRUE", Literal::Boolean(true)),
        ("FALSE", Literal::Boolean(false)),
    ] {
        if !is_name && cursor.eat(word) {
            return Ok(Some(literal));
        }
    }
    if cursor.at("INTERVAL")
        && let Some(interval) = interval(cursor)?
    {
        return Ok(Some(interval));
    }
    if is_string_at(cursor, 1) && !cursor.at("CASE") {
        return typed_literal(cursor).map(Some);
    }
    Ok(None)
}

/// `DATE 'text'` and its like.
fn typed_literal(cursor: &mut Cursor<'_>) -> Result<Literal> {
    let start = cursor.here();
    let type_token = cursor.take();
    let type_name = cursor.text_of(type_token).to_ascii_uppercase();
    let text = single_string(cursor)?;
    let span = cursor.since(start);
    Ok(match &*type_name {
        "DATE" => Literal::Date(text),
        "TIMESTAMP" => Literal::Timestamp(text),
        "TIMESTAMP_LTZ" => Literal::TimestampLtz(text),
        "TIMESTAMP_NTZ" => Literal::TimestampNtz(text),
        "TIME" => Literal::Time(text),
        "INTERVAL" => Literal::IntervalText(text),
        "X" => Literal::Binary(hexadecimal(&text).ok_or_else(|| {
            let message = format!("The value of the typed literal \"X\" is invalid: '{text}'.");
            cursor.error_at("INVALID_TYPED_LITERAL", message, span)
        })?),
        _ => {
            let message = format!(
                "Literals of the type \"{type_name}\" are not supported. Supported types are \"DATE\", \"TIMESTAMP_NTZ\", \
                 \"TIMESTAMP_LTZ\", \"TIMESTAMP\", \"INTERVAL\", \"X\", \"TIME\"."
            );
            return Err(cursor.error_at("UNSUPPORTED_TYPED_LITERAL", message, span));
        }
    })
}

/// The bytes of hexadecimal digits; an odd number of digits has a zero before it.
fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let padded = match digits.len() % 2 {
        0 => digits.to_owned(),
        _ => format!("0{digits}"),
    };
    if !padded.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..padded.len()).step_by(2).map(|at| &padded[at..at + 2]);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}

/// A number with its sign.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<Literal> {
    let start = cursor.here();
    let sign = if cursor.eat_symbol("-") { "-" } else { "" };
    let token = cursor.peek();
    let digits = cursor.text_of(token);
    let literal = match token.kind {
        TokenKind::Integer => integer(&format!("{sign}{digits}")),
        TokenKind::Decimal => Literal::Decimal(format!("{sign}{digits}")),
        TokenKind::Exponent => {
            cursor.take();
            return suffixed_number(cursor, &format!("{sign}{digits}"), "D", cursor.since(start));
        }
        TokenKind::SuffixedNumber => {
            cursor.take();
            let upper = digits.to_ascii_uppercase();
            let (digits, suffix) = match upper.strip_suffix("BD") {
                Some(digits) => (digits, "BD"),
                None => upper.split_at(upper.len() - 1),
            };
            let signed = format!("{sign}{digits}");
            return suffixed_number(cursor, &signed, suffix, cursor.since(start));
        }
        _ => return Err(cursor.unexpected()),
    };
    cursor.take();
    Ok(literal)
}

/// Digits without a suffix: the smallest type from `INT` on that holds them.
fn integer(digits: &str) -> Literal {
    if let Ok(value) = digits.parse() {
        Literal::Integer(value)
    } else if let Ok(value) = digits.parse() {
        Literal::Long(value)
    } else {
        Literal::Decimal(digits.to_owned())
    }
}

/// A number of the type that the suffix in upper case stands for.
fn suffixed_number(cursor: &Cursor<'_>, signed: &str, suffix: &str, span: Span) -> Result<Literal> {
    let out_of_range = |type_name: &str, min: String, max: String| {
        let message = format!(
            "Numeric literal {signed} is outside the valid range for {type_name} with minimum value of {min} and maximum \
             value of {max}. Please adjust the value accordingly."
        );
        cursor.error_at("INVALID_NUMERIC_LITERAL_RANGE", message, span)
    };
    let literal = match suffix {
        "L" => signed
            .parse()
            .map(Literal::Long)
            .map_err(|_| ("bigint", i64::MIN.to_string(), i64::MAX.to_string())),
        "S" => signed
            .parse()
            .map(Literal::Short)
            .map_err(|_| ("smallint", i16::MIN.to_string(), i16::MAX.to_string())),
        "Y" => signed
            .parse()
            .map(Literal::Byte)
            .map_err(|_| ("tinyint", i8::MIN.to_string(), i8::MAX.to_string())),
        "F" => finite(signed.parse::<f32>().ok(), f32::is_finite)
            .map(Literal::Float)
            .ok_or((
                "float",
                "-3.4028234663852886E+38".to_owned(),
                "3.4028234663852886E+38".to_owned(),
            )),
        "D" => finite(signed.parse::<f64>().ok(), f64::is_finite)
            .map(Literal::Double)
            .ok_or((
                "double",
                "-1.7976931348623157E+308".to_owned(),
                "1.7976931348623157E+308".to_owned(),
            )),
        _ => {
            let plain = without_exponent(signed);
            return plain.map(Literal::Decimal).ok_or_else(|| {
                let message = format!("Decimal precision of {signed} exceeds max precision 38.");
                cursor.error_at("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", message, span)
            });
        }
    };
    literal.map_err(|(type_name, min, max)| out_of_range(type_name, min, max))
}

/// The most zeros that an exponent stands for; a decimal has 38 digits.
const EXPONENT_MAX: usize = 1000;

/// A number with its point where the exponent moves it to: `-1.5E3` is `-1500`. None if the exponent is far too large.
fn without_exponent(number: &str) -> Option<String> {
    let Some((mantissa, exponent)) = number.split_once('E') else {
        return Some(number.to_owned());
    };
    let exponent: isize = exponent.parse().ok()?;
    if exponent.unsigned_abs() > EXPONENT_MAX {
        return None;
    }
    let unsigned = mantissa.trim_start_matches('-');
    let sign = &mantissa[..mantissa.len() - unsigned.len()];
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    let scale = fraction.len() as isize - exponent;
    Some(match usize::try_from(scale) {
        Ok(0) => format!("{sign}{digits}"),
        Ok(scale) => {
            let padded = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = padded.split_at(padded.len() - scale);
            format!("{sign}{whole}.{fraction}")
        }
        Err(_) => format!("{sign}{digits}{}", "0".repeat(scale.unsigned_abs())),
    })
}

/// `value`, if it is finite.
fn finite<T: Copy>(value: Option<T>, is_finite: impl Fn(T) -> bool) -> Option<T> {
    value.filter(|value| is_finite(*value))
}

/// An interval with units: `INTERVAL 1 DAY 2 HOURS`, `INTERVAL '1-2' YEAR TO MONTH`. None if no value follows, or a string
/// without a unit.
pub(super) fn interval(cursor: &mut Cursor<'_>) -> Result<Option<Literal>> {
    let mark = cursor.mark();
    cursor.expect("INTERVAL")?;
    let is_number = matches!(cursor.peek().kind, TokenKind::Integer | TokenKind::Decimal);
    let Some(first) = interval_value(cursor)? else {
        cursor.rewind(mark);
        return Ok(None);
    };
    let Some(unit) = interval_unit(cursor) else {
        // A string may be an interval by itself, and after a sign `interval` may be a name.
        if is_number {
            return Err(cursor.unexpected());
        }
        cursor.rewind(mark);
        return Ok(None);
    };
    if cursor.eat("TO") {
        let Some(to) = interval_unit(cursor) else {
            return Err(cursor.unexpected());
        };
        return Ok(Some(Literal::IntervalRange {
            value: first,
            from: unit,
            to,
        }));
    }
    let mut values = vec![(first, unit)];
    loop {
        let mark = cursor.mark();
        let is_number = matches!(cursor.peek().kind, TokenKind::Integer | TokenKind::Decimal);
        let next = interval_value(cursor)?.and_then(|value| Some((value, interval_unit(cursor)?)));
        if is_number && next.is_none() {
            return Err(cursor.unexpected());
        }
        match next {
            Some(next) => values.push(next),
            None => {
                cursor.rewind(mark);
                return Ok(Some(Literal::IntervalUnits(values)));
            }
        }
    }
}

/// A number or a string, with a sign.
fn interval_value(cursor: &mut Cursor<'_>) -> Result<Option<String>> {
    let mark = cursor.mark();
    let sign = if cursor.eat_symbol("-") {
        "-"
    } else {
        cursor.eat_symbol("+");
        ""
    };
    let token = cursor.peek();
    match token.kind {
        TokenKind::Integer | TokenKind::Decimal => {
            cursor.take();
            Ok(Some(format!("{sign}{}", cursor.text_of(token))))
        }
        TokenKind::String | TokenKind::RawString => {
            let value = single_string(cursor)?;
            Ok(Some(match (sign, value.strip_prefix('-')) {
                ("-", Some(positive)) => positive.to_owned(),
                _ => format!("{sign}{value}"),
            }))
        }
        _ => {
            cursor.rewind(mark);
            Ok(None)
        }
    }
}

fn interval_unit(cursor: &mut Cursor<'_>) -> Option<IntervalUnit> {
    let token = cursor.peek();
    if token.kind != TokenKind::Word {
        return None;
    }
    let unit = IntervalUnit::of(cursor.text_of(token))?;
    cursor.take();
    Some(unit)
}
