//! `to_number`, `to_char` and their like: numbers as text in a form such as `$99,999.99`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::Decimal128Type;
use datafusion_common::ScalarValue;
use sql::DataType;

use super::digits::Digits;
use super::{Column, Texts, is_text, texts};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, STRING};
use crate::udf::Arguments;

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "to_number",
        Group::String,
        (2, 2),
        "to_number(expr, fmt) - Returns the number that a text in the form `fmt` stands for.",
        |call| resolve_to_number(call, false),
        Kernel::Scalar(|arguments| to_number(arguments, false)),
    ),
    Function::scalar(
        "try_to_number",
        Group::String,
        (2, 2),
        "try_to_number(expr, fmt) - As `to_number`, but returns NULL for a text of another form.",
        |call| resolve_to_number(call, true),
        Kernel::Scalar(|arguments| to_number(arguments, true)),
    ),
    Function::scalar(
        "to_char",
        Group::String,
        (2, 2),
        "to_char(expr, format) - Returns a number, a date, a time or bytes as text in the form `format`.",
        resolve_to_char,
        Kernel::Scalar(to_char),
    ),
    Function::scalar(
        "to_varchar",
        Group::String,
        (2, 2),
        "to_varchar(expr, format) - Returns a number, a date, a time or bytes as text in the form `format`.",
        resolve_to_varchar,
        Kernel::Rewritten,
    ),
];

/// A part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// `S`
    Sign,
    /// `MI`
    Minus,
    /// `$`
    Dollar,
    /// Runs of `0` and `9` between thousands separators, the first to the last.
    Digits(Vec<Vec<u8>>),
    /// `.` or `D`
    Point,
    /// `PR`
    Brackets,
    Unknown(char),
}

/// A form that was read.
#[derive(Clone, Debug)]
struct Form {
    text: String,
    tokens: Vec<Token>,
    whole: usize,
    fraction: usize,
}

const STRUCTURE: &str = "`[MI|S]` `[$]` `[0|9|G|,]*` `[.|D]` `[0|9]*` `[$]` `[PR|MI|S]`";

impl Form {
    fn parse(text: &str) -> Result<Form> {
        let upper = text.to_uppercase();
        let invalid = |condition, message: &str| {
            Err(Error::analysis(
                condition,
                format!("The format is invalid: '{upper}'. {message}"),
            ))
        };
        if text.is_empty() {
            return invalid(
                "INVALID_FORMAT.EMPTY",
                "The number format string cannot be empty.",
            );
        }
        let tokens = tokens(&upper);
        let digits = |token: &Token| match token {
            Token::Digits(runs) => runs.iter().map(Vec::len).sum(),
            _ => 0_usize,
        };
        if tokens.iter().all(|token| digits(token) == 0) {
            return invalid(
                "INVALID_FORMAT.WRONG_NUM_DIGIT",
                "The format string requires at least one number digit.",
            );
        }
        let position = |wanted: fn(&Token) -> bool| tokens.iter().position(wanted);
        let first_digits = position(|token| matches!(token, Token::Digits(_)));
        let dollar = position(|token| *token == Token::Dollar);
        let point = position(|token| *token == Token::Point);
        if dollar > first_digits && dollar.is_some()
            || dollar.is_some() && point.is_some() && dollar > point
        {
            return invalid(
                "INVALID_FORMAT.CUR_MUST_BEFORE_DIGIT",
                "Currency characters must appear before digits in the number format.",
            );
        }
        let is_after_point = |index: usize| point.is_some_and(|point| index > point);
        for (index, token) in tokens.iter().enumerate() {
            if let Token::Digits(runs) = token
                && is_after_point(index)
                && runs.len() > 1
            {
                return invalid(
                    "INVALID_FORMAT.THOUSANDS_SEPS_MUST_BEFORE_DEC",
                    "Thousands separators (, or G) may not appear after the decimal point in the number format.",
                );
            }
        }
        let has_empty_run =
            |token: &Token| matches!(token, Token::Digits(runs) if runs.iter().any(Vec::is_empty));
        if tokens.iter().any(has_empty_run) {
            return invalid(
                "INVALID_FORMAT.CONT_THOUSANDS_SEPS",
                "Thousands separators (, or G) must have digits in between them in the number format.",
            );
        }
        for (token, name) in [
            (Token::Point, ". or D"),
            (Token::Sign, "S"),
            (Token::Dollar, "$"),
            (Token::Minus, "MI"),
            (Token::Brackets, "PR"),
        ] {
            if tokens.iter().filter(|other| **other == token).count() > 1 {
                let message = format!("At most one {name} is allowed in the number format.");
                return invalid("INVALID_FORMAT.WRONG_NUM_TOKEN", &message);
            }
        }
        if let Some(unexpected) = unexpected(&tokens) {
            let message = format!(
                "Found the unexpected {unexpected} in the format string; the structure of the format string must match: \
                 {STRUCTURE}."
            );
            return invalid("INVALID_FORMAT.UNEXPECTED_TOKEN", &message);
        }
        let count = |is_after: bool| {
            let tokens = tokens.iter().enumerate();
            let wanted = tokens.filter(|(index, _)| is_after_point(*index) == is_after);
            wanted.map(|(_, token)| digits(token)).sum()
        };
        Ok(Form {
            text: text.to_owned(),
            whole: count(false),
            fraction: count(true),
            tokens: tokens.clone(),
        })
    }

    /// The type of the numbers.
    fn data_type(&self) -> Result<DataType> {
        let precision = self.whole + self.fraction;
        if precision > 38 {
            return Err(Error::analysis(
                "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                format!("Decimal precision {precision} exceeds max precision 38."),
            ));
        }
        Ok(DataType::Decimal(precision as u8, self.fraction as i8))
    }

    /// The unscaled number that a text stands for; none if it has another form.
    fn read(&self, text: &str) -> Option<i128> {
        let mut rest = text.trim_end().chars().peekable();
        let skip = |wanted: fn(char) -> bool,
                    rest: &mut std::iter::Peekable<std::str::Chars<'_>>| {
            while rest.next_if(|c| c.is_whitespace()).is_some() {}
            rest.next_if(|c| wanted(*c))
        };
        let mut is_negative = false;
        let (mut whole, mut fraction) = (String::new(), String::new());
        let mut is_after_point = false;
        let mut lacks_point = false;
        let has_brackets = self.tokens.contains(&Token::Brackets);
        let mut is_open = false;
        if has_brackets {
            is_open = skip(|c| c == '<', &mut rest).is_some();
        }
        for token in &self.tokens {
            match token {
                Token::Sign => {
                    if skip(|c| c == '+' || c == '-', &mut rest) == Some('-') {
                        is_negative = !is_negative;
                    }
                }
                Token::Minus => {
                    if skip(|c| c == '-', &mut rest).is_some() {
                        is_negative = !is_negative;
                    }
                }
                Token::Dollar => {
                    skip(|c| c == '$', &mut rest)?;
                }
                Token::Point => {
                    is_after_point = skip(|c| c == '.', &mut rest).is_some();
                    lacks_point = !is_after_point;
                }
                Token::Brackets => {
                    if skip(|c| c == '>', &mut rest).is_some() != is_open {
                        return None;
                    }
                    if is_open {
                        is_negative = !is_negative;
                    }
                }
                // Without a point in the text, nothing is left for the digits behind it.
                Token::Digits(_) if lacks_point => {}
                Token::Digits(runs) => {
                    let mut characters = String::new();
                    while let Some(c) = skip(|c| c.is_ascii_digit() || c == ',', &mut rest) {
                        if is_after_point && c == ',' {
                            return None;
                        }
                        characters.push(c);
                    }
                    let is_fraction = is_after_point;
                    let groups: Vec<&str> = characters.split(',').collect();
                    fits(&groups, runs, is_fraction)?;
                    let digits = characters.replace(',', "");
                    match is_fraction {
                        true => fraction.push_str(&digits),
                        false => whole.push_str(&digits),
                    }
                }
                Token::Unknown(_) => return None,
            }
        }
        if rest.next().is_some() || whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if whole.len() > self.whole || fraction.len() > self.fraction {
            return None;
        }
        let digits = format!("{whole}{fraction:0<width$}", width = self.fraction);
        let unscaled: i128 = digits.parse().ok()?;
        Some(if is_negative { -unscaled } else { unscaled })
    }

    /// Appends a number. Digits that do not fit become `#`.
    fn write(&self, digits: &Digits, out: &mut Vec<u8>) {
        let whole = match digits.point > 0 {
            true => digits.whole(),
            false => String::new(),
        };
        let fits = whole.len() <= self.whole && digits.fraction_length() <= self.fraction;
        let whole = format!("{whole:0>width$}", width = self.whole);
        let mut whole = whole.bytes();
        let mut fraction = digits.fraction(self.fraction).into_bytes().into_iter();
        let is_negative = digits.is_negative && !digits.is_zero();
        let begin = out.len();
        let (mut is_after_point, mut has_digit) = (false, false);
        if is_negative && self.tokens.contains(&Token::Brackets) {
            out.push(b'<');
        }
        for token in &self.tokens {
            match token {
                Token::Sign => push_sign(out, begin, if is_negative { b'-' } else { b'+' }),
                Token::Minus if is_negative => push_sign(out, begin, b'-'),
                Token::Minus => out.push(b' '),
                Token::Dollar => out.push(b'$'),
                Token::Brackets if is_negative => push_sign(out, begin, b'>'),
                Token::Brackets => out.extend_from_slice(b"  "),
                Token::Point => {
                    if self.whole > 0 && out.last() == Some(&b' ') {
                        out.pop();
                        out.push(b'0');
                    }
                    // A point with nothing behind it is left blank.
                    out.push(if self.fraction > 0 { b'.' } else { b' ' });
                    is_after_point = true;
                }
                Token::Digits(runs) if is_after_point => {
                    for _ in 0..runs.iter().map(Vec::len).sum() {
                        let digit = fraction.next().unwrap_or(b'0');
                        out.push(if fits { digit } else { b'#' });
                    }
                }
                Token::Digits(runs) => {
                    for (number, run) in runs.iter().enumerate() {
                        if number > 0 {
                            match out.last().is_some_and(u8::is_ascii_digit) {
                                true => out.push(b','),
                                false => push_blank(out, begin),
                            }
                        }
                        let keeps_zeros = run.first() == Some(&b'0');
                        for _ in run {
                            let digit = whole.next().unwrap_or(b'0');
                            has_digit |= digit != b'0';
                            match (fits, has_digit || keeps_zeros) {
                                (false, _) => out.push(b'#'),
                                (true, true) => out.push(digit),
                                (true, false) => push_blank(out, begin),
                            }
                        }
                    }
                }
                Token::Unknown(_) => {}
            }
        }
    }
}

/// Appends a sign to the number that begins at `begin`, before the blanks at its end.
fn push_sign(out: &mut Vec<u8>, begin: usize, sign: u8) {
    let blanks = out[begin..]
        .iter()
        .rev()
        .take_while(|b| **b == b' ')
        .count();
    out.insert(out.len() - blanks, sign);
}

/// Appends a blank to the number that begins at `begin`, before the signs at its end.
fn push_blank(out: &mut Vec<u8>, begin: usize) {
    let is_sign = |byte: &&u8| b"+-<".contains(byte);
    let signs = out[begin..].iter().rev().take_while(is_sign).count();
    out.insert(out.len() - signs, b' ');
}

/// Whether the groups of a text fit in the runs of a form, from the right.
fn fits(groups: &[&str], runs: &[Vec<u8>], is_fraction: bool) -> Option<()> {
    if groups.len() > runs.len() {
        return None;
    }
    let mut groups = groups.iter().rev();
    for run in runs.iter().rev() {
        let length = groups.next().map_or(0, |group| group.len());
        let is_exact = !is_fraction && run.first() == Some(&b'0');
        if length > run.len() || is_exact && length < run.len() {
            return None;
        }
    }
    Some(())
}

fn tokens(form: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = form.chars().peekable();
    while let Some(c) = rest.next() {
        tokens.push(match c {
            '0' | '9' | ',' | 'G' => {
                let mut runs = vec![Vec::new()];
                let mut next = Some(c);
                while let Some(c) = next {
                    match c {
                        ',' | 'G' => runs.push(Vec::new()),
                        digit => {
                            if let Some(run) = runs.last_mut() {
                                run.push(digit as u8);
                            }
                        }
                    }
                    next = rest.next_if(|c| matches!(c, '0' | '9' | ',' | 'G'));
                }
                Token::Digits(runs)
            }
            '.' | 'D' => Token::Point,
            '$' => Token::Dollar,
            'S' => Token::Sign,
            'M' if rest.next_if_eq(&'I').is_some() => Token::Minus,
            'P' if rest.next_if_eq(&'R').is_some() => Token::Brackets,
            c => Token::Unknown(c),
        });
    }
    tokens
}

/// The first token that is not where it may be.
fn unexpected(tokens: &[Token]) -> Option<String> {
    let mut rest = tokens.iter().peekable();
    rest.next_if(|token| matches!(token, Token::Minus | Token::Sign));
    rest.next_if(|token| matches!(token, Token::Dollar));
    rest.next_if(|token| matches!(token, Token::Digits(_)));
    if rest
        .next_if(|token| matches!(token, Token::Point))
        .is_some()
    {
        rest.next_if(|token| matches!(token, Token::Digits(_)));
    }
    rest.next_if(|token| matches!(token, Token::Dollar));
    rest.next_if(|token| matches!(token, Token::Minus | Token::Sign | Token::Brackets));
    let name = match rest.next()? {
        Token::Sign => "S".to_owned(),
        Token::Minus => "MI".to_owned(),
        Token::Dollar => "$".to_owned(),
        Token::Digits(_) => "digit sequence".to_owned(),
        Token::Point => ".".to_owned(),
        Token::Brackets => "PR".to_owned(),
        Token::Unknown(c) => format!("character '{c}''"),
    };
    match tokens.first() {
        // The brackets stand at the end only.
        Some(Token::Brackets) => Some("digit sequence".to_owned()),
        _ => Some(name),
    }
}

fn non_foldable(call: &Call<'_>) -> Error {
    call.mismatch(
        "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
        format!(
            "the input `attributereference` should be a foldable \"STRING\" expression; however, got \"{}\".",
            call.arguments[1].name
        ),
    )
}

fn resolve_to_number(call: Call<'_>, is_try: bool) -> Result<Typed> {
    let call = call.accept(&[STRING, STRING])?;
    if !call.arguments[1].is_foldable() {
        return Err(non_foldable(&call));
    }
    let name = call.text();
    match call.constant_string(1)? {
        Some(form) => {
            let data_type = Form::parse(&form)?.data_type()?;
            let nullable = is_try || call.any_nullable();
            call.invoke_nullable(data_type, nullable)
        }
        None => Ok(Typed::null(DataType::Decimal(10, 0)).named(name)),
    }
}

fn to_number(arguments: &Arguments<'_>, is_try: bool) -> Result<ArrayRef> {
    let (values, forms) = (Texts::of(arguments, 0)?, Texts::of(arguments, 1)?);
    let form = Form::parse(forms.get(0).unwrap_or_default())?;
    let number = |row: usize| {
        let Some(value) = values.get(row) else {
            return Ok(None);
        };
        match form.read(value) {
            Some(number) => Ok(Some(number)),
            None if is_try => Ok(None),
            None => Err(Error::data(
                "INVALID_FORMAT.MISMATCH_INPUT",
                format!(
                    "The format is invalid: {}. The input \"STRING\" {value} does not match the format.",
                    form.text
                ),
            )),
        }
    };
    let numbers: Result<Decimal128Array> = (0..arguments.rows).map(number).collect();
    Ok(Arc::new(
        numbers?.with_data_type(arguments.return_type.clone()),
    ))
}

/// A date or time is `date_format`'s, bytes are `base64`'s, `hex`'s or `decode`'s.
fn rewritten(call: &Call<'_>) -> Result<Option<(Typed, bool)>> {
    match call.type_of(0) {
        DataType::Date | DataType::Timestamp | DataType::TimestampLtz | DataType::TimestampNtz => {
            let formatted = call.call("date_format", call.arguments.clone())?;
            Ok(Some((formatted, true)))
        }
        DataType::Binary => {
            if !call.arguments[1].is_foldable() || !is_text(call.type_of(1)) {
                return Err(Error::analysis(
                    "NON_FOLDABLE_ARGUMENT",
                    format!(
                        "The function `{}` requires the parameter `format` to be a foldable expression of the type \
                         \"STRING\", but the actual argument is a non-foldable.",
                        call.function.name
                    ),
                ));
            }
            let format = call.constant(1)?;
            let ScalarValue::Utf8(Some(format)) = format else {
                return Err(Error::analysis(
                    "NON_FOLDABLE_ARGUMENT",
                    format!(
                        "The function `{}` requires the parameter `format` to be a foldable expression of the type \
                         \"VOID\", but the actual argument is a non-foldable.",
                        call.function.name
                    ),
                ));
            };
            let bytes = call.arguments[0].clone();
            let result = match format.to_lowercase().as_str() {
                "base64" => call.call("base64", vec![bytes])?,
                "hex" => call.call("hex", vec![bytes])?,
                "utf-8" => call.call("decode", vec![bytes, Typed::string("utf-8")])?,
                _ => {
                    return Err(Error::analysis(
                        "INVALID_PARAMETER_VALUE.BINARY_FORMAT",
                        format!(
                            "The value of parameter(s) `format` in `{}` is invalid: expects one of binary formats \
                             'base64', 'hex', 'utf-8', but got '{format}'.",
                            call.function.name
                        ),
                    ));
                }
            };
            Ok(Some((result, false)))
        }
        _ => Ok(None),
    }
}

fn resolve_to_char(mut call: Call<'_>) -> Result<Typed> {
    if let Some((result, _)) = rewritten(&call)? {
        return Ok(result);
    }
    call.accept_one(0, Accepts::Decimal)?;
    call.accept_one(1, STRING)?;
    if !call.arguments[1].is_foldable() {
        return Err(non_foldable(&call));
    }
    let name = call.text();
    match call.constant_string(1)? {
        Some(form) => {
            Form::parse(&form)?;
            call.invoke(DataType::String)
        }
        None => Ok(Typed::null(DataType::String).named(name)),
    }
}

fn resolve_to_varchar(call: Call<'_>) -> Result<Typed> {
    match rewritten(&call)? {
        Some((result, true)) => Ok(result),
        // As in Spark, this name is kept for bytes only.
        Some((result, false)) => {
            let mut names = result.name.splitn(2, '(');
            let name = match (names.next(), names.next()) {
                (Some(_), Some(rest)) => format!("to_varchar({rest}"),
                _ => result.name.clone(),
            };
            Ok(result.named(name))
        }
        None => call.call("to_char", call.arguments.clone()),
    }
}

fn to_char(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let values = arguments.array(0)?;
    let numbers = values.as_primitive::<Decimal128Type>();
    let scale = numbers.scale();
    let forms: Column<_> = Texts::of(arguments, 1)?;
    let form = Form::parse(forms.get(0).unwrap_or_default())?;
    texts(arguments, |row, out| {
        if arrow::array::Array::is_null(numbers, row) {
            return Ok(false);
        }
        form.write(&Digits::of_decimal(numbers.value(row), scale), out);
        Ok(true)
    })
}
