//! The scanner: one pass over a record that is plain JSON of the expected types.
//!
//! Gives up (`None`) at the first thing that is not; then the caller takes back what was added to
//! the columns. What is skipped is checked as strictly as what is taken.

use super::tree::Syntax;
use super::{DEPTH_MAX, JsonOptions, NUMBER_LEN_MAX, Names, is_space, text};
use crate::column::{Column, Data};
use crate::number::parse_decimal;

/// A place in a record. The record is UTF-8.
pub(super) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    options: &'a JsonOptions,
}

/// A number as it stands in the record.
struct Number<'a> {
    text: &'a str,
    is_integer: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(record: &'a [u8], options: &'a JsonOptions) -> Scanner<'a> {
        Scanner {
            bytes: record,
            at: 0,
            options,
        }
    }

    /// Adds the record, an object, as row `row` of the columns. What follows the object is not looked
    /// at, as Spark does not.
    pub(super) fn record(
        &mut self,
        names: &mut Names,
        columns: &mut [Column],
        row: usize,
    ) -> Option<()> {
        self.skip_space();
        self.expect(b'{')?;
        self.object(names, columns, row, 1)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn literal(&mut self, literal: &[u8]) -> Option<()> {
        if !self.bytes[self.at..].starts_with(literal) {
            return None;
        }
        self.at += literal.len();
        Some(())
    }

    /// The members of an object whose brace is behind us. `depth` counts the objects and arrays that
    /// are open, this one included.
    fn object(
        &mut self,
        names: &mut Names,
        columns: &mut [Column],
        row: usize,
        depth: usize,
    ) -> Option<()> {
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
        } else {
            let mut place = 0;
            loop {
                let field = self.name(names, place)?;
                self.colon()?;
                match field {
                    None => self.skip_value(depth)?,
                    Some(field) => {
                        let column = &mut columns[field];
                        // A name that comes twice.
                        if column.len() != row {
                            return None;
                        }
                        self.value(column, depth)?;
                    }
                }
                place += 1;
                self.skip_space();
                let byte = self.peek()?;
                self.at += 1;
                match byte {
                    b',' => self.skip_space(),
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        for column in columns {
            if column.len() == row {
                column.push_null();
            }
        }
        Some(())
    }

    #[inline]
    fn name(&mut self, names: &mut Names, place: usize) -> Option<Option<usize>> {
        let rest = &self.bytes[self.at..];
        if let Some((len, field)) = names.expected(place, rest) {
            self.at += len;
            return Some(field);
        }
        if *rest.first()? != b'"' {
            return None;
        }
        let end = text::plain_end(self.bytes, self.at + 1);
        // A name with escapes is left to the tree.
        if *self.bytes.get(end)? != b'"' {
            return None;
        }
        let field = names.learn(place, &self.bytes[self.at..=end]);
        self.at = end + 1;
        Some(field)
    }

    #[inline]
    fn colon(&mut self) -> Option<()> {
        self.skip_space();
        self.expect(b':')?;
        self.skip_space();
        Some(())
    }

    fn value(&mut self, column: &mut Column, depth: usize) -> Option<()> {
        let first = self.peek()?;
        if first == b'n' {
            self.literal(b"null")?;
            column.push_null();
            return Some(());
        }
        match &mut column.data {
            Data::Text(values) if first == b'"' => {
                let start = self.at + 1;
                let end = text::plain_end(self.bytes, start);
                if *self.bytes.get(end)? == b'"' {
                    values.bytes.extend_from_slice(&self.bytes[start..end]);
                    self.at = end + 1;
                } else {
                    self.at = text::read(
                        self.bytes,
                        start,
                        b'"',
                        &Syntax::default(),
                        &mut values.bytes,
                    )?;
                }
                values.end();
            }
            Data::Int8(values) => values.push(self.integer()?.try_into().ok()?),
            Data::Int16(values) => values.push(self.integer()?.try_into().ok()?),
            Data::Int32(values) => values.push(self.integer()?.try_into().ok()?),
            Data::Int64(values) => values.push(self.integer()?),
            Data::Float64(values) => {
                let number = self.number()?;
                let value: f64 = number.text.parse().ok()?;
                // The integer -0 is 0.
                values.push(if number.is_integer {
                    value + 0.0
                } else {
                    value
                });
            }
            Data::Float32(values) => {
                let number = self.number()?;
                let value: f32 = number.text.parse().ok()?;
                values.push(if number.is_integer {
                    value + 0.0
                } else {
                    value
                });
            }
            Data::Boolean(values) => {
                let value = first == b't';
                self.literal(if value { b"true" } else { b"false" })?;
                values.append(value);
            }
            Data::Decimal {
                unscaled,
                precision,
                scale,
            } => {
                let number = self.number()?;
                unscaled.push(parse_decimal(number.text, *precision, *scale)?);
            }
            Data::Timestamp { micros, zone } => {
                let text = self.plain_text()?;
                micros.push(match zone {
                    Some(_) => self.options.parse_timestamp(text)?,
                    None => self.options.parse_timestamp_ntz(text)?,
                });
            }
            Data::Date(values) => {
                let text = self.plain_text()?;
                values.push(self.options.parse_date(text)?);
            }
            Data::List { ends, items, .. } => {
                self.array(items, depth + 1)?;
                ends.push(items.len());
            }
            Data::Map {
                ends, keys, values, ..
            } => {
                self.map(keys, values, depth + 1)?;
                ends.push(keys.len());
            }
            Data::Struct { names, columns, .. } => {
                if depth >= DEPTH_MAX {
                    return None;
                }
                self.expect(b'{')?;
                let row = column.rows;
                self.object(names, columns, row, depth + 1)?;
            }
            _ => return None,
        }
        column.commit();
        Some(())
    }

    fn array(&mut self, items: &mut Column, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.expect(b'[')?;
        self.skip_space();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.value(items, depth)?;
            self.skip_space();
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b',' => self.skip_space(),
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn map(&mut self, keys: &mut Column, values: &mut Column, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.expect(b'{')?;
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            if self.peek()? != b'"' {
                return None;
            }
            self.value(keys, depth)?;
            self.colon()?;
            self.value(values, depth)?;
            self.skip_space();
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b',' => self.skip_space(),
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// A string without escapes.
    fn plain_text(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let start = self.at;
        let end = text::plain_end(self.bytes, start);
        if *self.bytes.get(end)? != b'"' {
            return None;
        }
        self.at = end + 1;
        std::str::from_utf8(&self.bytes[start..end]).ok()
    }

    /// An integer of at most 18 digits.
    fn integer(&mut self) -> Option<i64> {
        let negative = self.peek()? == b'-';
        self.at += usize::from(negative);
        let start = self.at;
        let mut value: i64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            if self.at - start == 18 {
                return None;
            }
            value = value * 10 + i64::from(digit - b'0');
            self.at += 1;
        }
        let digits = self.at - start;
        let leading_zero = digits > 1 && self.bytes[start] == b'0';
        if digits == 0 || leading_zero || matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        Some(if negative { -value } else { value })
    }

    fn number(&mut self) -> Option<Number<'a>> {
        let start = self.at;
        self.at += usize::from(self.peek()? == b'-');
        let first = self.at;
        let whole = self.digits();
        if whole == 0 || whole > 1 && self.bytes[first] == b'0' {
            return None;
        }
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            is_integer = false;
            self.at += 1;
            if self.digits() == 0 {
                return None;
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            is_integer = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return None;
            }
        }
        if self.at - start > NUMBER_LEN_MAX {
            return None;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).ok()?;
        Some(Number { text, is_integer })
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Goes past a value that nobody wants, within `depth` open objects and arrays.
    fn skip_value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at = text::skip(self.bytes, self.at + 1)?;
                Some(())
            }
            b'{' | b'[' => self.skip_nested(depth),
            _ => self.skip_scalar(),
        }
    }

    fn skip_scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.at = text::skip(self.bytes, self.at + 1)?,
            b't' => self.literal(b"true")?,
            b'f' => self.literal(b"false")?,
            b'n' => self.literal(b"null")?,
            _ => _ = self.number()?,
        }
        Some(())
    }

    fn skip_nested(&mut self, depth: usize) -> Option<()> {
        // One bit for each that is open: whether it is an object.
        let mut objects = [0u64; DEPTH_MAX.div_ceil(64)];
        let mut open = 0;
        loop {
            // At a value.
            let byte = self.peek()?;
            let mut begun = None;
            if byte == b'{' || byte == b'[' {
                if depth + open >= DEPTH_MAX {
                    return None;
                }
                let is_object = byte == b'{';
                let bit = 1u64 << (open % 64);
                match is_object {
                    true => objects[open / 64] |= bit,
                    false => objects[open / 64] &= !bit,
                }
                open += 1;
                self.at += 1;
                self.skip_space();
                begun = Some(is_object);
            } else {
                self.skip_scalar()?;
            }
            // After a value, or just inside one: to the next value, closing what closes.
            loop {
                let Some(top) = open.checked_sub(1) else {
                    return Some(());
                };
                let is_object = objects[top / 64] >> (top % 64) & 1 == 1;
                let closes = if is_object { b'}' } else { b']' };
                if begun.is_none() {
                    self.skip_space();
                }
                if self.peek()? == closes {
                    self.at += 1;
                    open -= 1;
                    begun = None;
                    continue;
                }
                if begun.is_none() {
                    self.expect(b',')?;
                    self.skip_space();
                }
                if is_object {
                    self.expect(b'"')?;
                    self.at = text::skip(self.bytes, self.at)?;
                    self.colon()?;
                }
                break;
            }
        }
    }
}
