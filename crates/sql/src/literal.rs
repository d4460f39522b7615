//! Literals: their values, and how they are written.

/// A value that is written in the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `NULL`.
    Null,
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// `1Y`.
    Byte(i8),
    /// `1S`.
    Short(i16),
    /// `1`.
    Integer(i32),
    /// `1L`, or digits that do not fit an `INT`.
    Long(i64),
    /// `1F`.
    Float(f32),
    /// `1D` or `1e0`.
    Double(f64),
    /// `1.5`, `1.5BD`, or digits that do not fit a `BIGINT`: sign, digits and point as written, without an exponent.
    Decimal(String),
    /// `'text'`.
    String(String),
    /// `X'1F'`.
    Binary(Vec<u8>),
    /// `DATE 'text'`; the text is read by the analyser, which knows the session's time zone.
    Date(String),
    /// `TIMESTAMP 'text'`.
    Timestamp(String),
    /// `TIMESTAMP_LTZ 'text'`.
    TimestampLtz(String),
    /// `TIMESTAMP_NTZ 'text'`.
    TimestampNtz(String),
    /// `TIME 'text'`.
    Time(String),
    /// `INTERVAL 'text'` without units after it.
    IntervalText(String),
    /// `INTERVAL 1 DAY 2 HOURS`: values with their units, in the order of the text.
    IntervalUnits(Vec<(String, IntervalUnit)>),
    /// `INTERVAL '1-2' YEAR TO MONTH`.
    IntervalRange {
        /// The text, with the sign before it.
        value: String,
        /// The first unit.
        from: IntervalUnit,
        /// The last unit.
        to: IntervalUnit,
    },
}

macro_rules! literal_of {
    ($($from:ty => $kind:ident),* $(,)?) => {
        $(impl From<$from> for Literal {
            fn from(value: $from) -> Literal {
                Literal::$kind(value.into())
            }
        })*
    };
}

literal_of! {
    bool => Boolean,
    i8 => Byte,
    i16 => Short,
    i32 => Integer,
    i64 => Long,
    f32 => Float,
    f64 => Double,
    &str => String,
    String => String,
    Vec<u8> => Binary,
}

impl<T: Into<Literal>> From<Option<T>> for Literal {
    fn from(value: Option<T>) -> Literal {
        value.map_or(Literal::Null, Into::into)
    }
}

/// A unit of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntervalUnit {
    /// `NANOSECOND`: allowed where the value is a whole number of microseconds.
    Nanosecond,
    /// `MICROSECOND`.
    Microsecond,
    /// `MILLISECOND`.
    Millisecond,
    /// `SECOND`.
    Second,
    /// `MINUTE`.
    Minute,
    /// `HOUR`.
    Hour,
    /// `DAY`.
    Day,
    /// `WEEK`.
    Week,
    /// `MONTH`.
    Month,
    /// `YEAR`.
    Year,
}

impl IntervalUnit {
    /// The keyword: `DAY`.
    pub fn name(self) -> &'static str {
        match self {
            IntervalUnit::Nanosecond => "NANOSECOND",
            IntervalUnit::Microsecond => "MICROSECOND",
            IntervalUnit::Millisecond => "MILLISECOND",
            IntervalUnit::Second => "SECOND",
            IntervalUnit::Minute => "MINUTE",
            IntervalUnit::Hour => "HOUR",
            IntervalUnit::Day => "DAY",
            IntervalUnit::Week => "WEEK",
            IntervalUnit::Month => "MONTH",
            IntervalUnit::Year => "YEAR",
        }
    }

    /// The unit that `word` names, in singular or plural.
    pub(crate) fn of(word: &str) -> Option<IntervalUnit> {
        const UNITS: [(&str, IntervalUnit); 10] = [
            ("nanosecond", IntervalUnit::Nanosecond),
            ("microsecond", IntervalUnit::Microsecond),
            ("millisecond", IntervalUnit::Millisecond),
            ("second", IntervalUnit::Second),
            ("minute", IntervalUnit::Minute),
            ("hour", IntervalUnit::Hour),
            ("day", IntervalUnit::Day),
            ("week", IntervalUnit::Week),
            ("month", IntervalUnit::Month),
            ("year", IntervalUnit::Year),
        ];
        let word = word.to_ascii_lowercase();
        let singular = word.strip_suffix('s').unwrap_or(&word);
        let found = UNITS.iter().find(|(name, _)| *name == singular)?;
        Some(found.1)
    }
}

/// The value of a string token: `'text'`, `"text"`, with escapes as in Spark (`ParserUtils.unescapeSQLString`).
pub(crate) fn unescape_string(quoted: &str) -> String {
    let quote = &quoted[..1];
    let mut out = String::with_capacity(quoted.len());
    let mut rest = &quoted[1..quoted.len() - 1];
    while let Some(char) = rest.chars().next() {
        rest = &rest[char.len_utf8()..];
        if char == '\\' {
            rest = unescape(rest, &mut out);
        } else {
            out.push(char);
            if char.is_ascii() && quote == char.encode_utf8(&mut [0; 4]) {
                // The quote is doubled.
                rest = &rest[1..];
            }
        }
    }
    out
}

/// Reads what follows a backslash into `out`, and returns the rest of the text.
fn unescape<'a>(text: &'a str, out: &mut String) -> &'a str {
    if let Some((char, length)) = code_point(text) {
        out.push(char);
        return &text[length..];
    }
    let Some(char) = text.chars().next() else {
        out.push('\\');
        return text;
    };
    match char {
        '0' => out.push('\0'),
        'b' => out.push('\u{8}'),
        'n' => out.push('\n'),
        'r' => out.push('\r'),
        't' => out.push('\t'),
        'Z' => out.push('\u{1a}'),
        // For patterns of LIKE: the backslash stays.
        '%' | '_' => out.extend(['\\', char]),
        other => out.push(other),
    }
    &text[char.len_utf8()..]
}

/// The character of an escape by number: `u0041`, `U00000041` or three octal digits from `000` to `177`. With its length.
fn code_point(text: &str) -> Option<(char, usize)> {
    let (radix, skip, digits) = match text.as_bytes().first()? {
        b'u' => (16, 1, 4),
        b'U' => (16, 1, 8),
        b'0' | b'1' => (8, 0, 3),
        _ => return None,
    };
    let digits = text.get(skip..skip + digits)?;
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let char = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    Some((char, skip + digits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_spark() {
        let cases = [
            (r"'a\tb'", "a\tb"),
            (r"'it\'s'", "it's"),
            ("'it''s'", "it's"),
            (r#""say ""hi""""#, "say \"hi\""),
            (r"'\u00e9\U0001F600\101'", "é😀A"),
            (r"'100\%\_\q\\'", r"100\%\_q\"),
            (r"'\0'", "\0"),
            (r"'é'", "é"),
        ];
        for (quoted, expected) in cases {
            assert_eq!(unescape_string(quoted), expected, "{quoted}");
        }
    }
}
