//! A tree's values as values of columns, by Spark's rules.
//!
//! Nothing is converted that is not said here: a number in quotes is no number, `1.0` is no integer.

use std::borrow::Cow;

use arrow::datatypes::DataType;

use super::tree::{Json, Node};
use super::{JsonOptions, Names};
use crate::base64;
use crate::column::{Column, Data, Value};
use crate::number::parse_decimal;

/// What became of a tree.
pub(super) enum Converted {
    /// It is of the type.
    Whole(Value),
    /// A struct, or a container of such, of which some fields are not of their type: those are null.
    Partial(Value),
    /// It is not of the type.
    Failed,
    /// It is not of the type, in a way that makes Spark lose its place in the record.
    Lost,
}

/// What becomes of a value that is no string where a string is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// Its text in the record, as from files.
    Exact,
    /// What is in it, printed again, as from `from_json`.
    Reprinted,
}

pub(super) struct Converter<'a> {
    pub(super) options: &'a JsonOptions,
    pub(super) raw: Raw,
}

impl Converter<'_> {
    /// The node as a value for the column.
    pub(super) fn convert(&self, node: &Node<'_>, column: &Column) -> Converted {
        let scalar = match (&column.data, &node.json) {
            (_, Json::Null) => Some(Value::Null),
            (Data::Text(_), Json::Text(text)) => Some(Value::Text(text.to_string())),
            (Data::Text(_), _) => Some(Value::Text(self.raw_text(node))),
            (Data::Boolean(_), Json::Boolean(value)) => Some(Value::Boolean(*value)),
            // Java's reader takes the bytes 128 to 255 for those below 0.
            (Data::Int8(_), Json::Integer(digits)) => {
                integer(digits, -128, 255).map(|value| Value::Integer(i64::from(value as i8)))
            }
            (Data::Int16(_), Json::Integer(digits)) => {
                integer(digits, i16::MIN.into(), i16::MAX.into()).map(Value::Integer)
            }
            (Data::Int32(_), Json::Integer(digits)) => {
                integer(digits, i32::MIN.into(), i32::MAX.into()).map(Value::Integer)
            }
            (Data::Int64(_), Json::Integer(digits)) => {
                integer(digits, i64::MIN, i64::MAX).map(Value::Integer)
            }
            (Data::Float64(_), _) => double(node).map(Value::Double),
            (Data::Float32(_), _) => float(node).map(Value::Float),
            (
                Data::Decimal {
                    precision, scale, ..
                },
                _,
            ) => decimal(node, *precision, *scale).map(Value::Decimal),
            (Data::Timestamp { zone: Some(_), .. }, Json::Integer(digits)) => {
                // Seconds; what does not fit wraps around, as in Spark.
                integer(digits, i64::MIN, i64::MAX)
                    .map(|s| Value::Integer(s.wrapping_mul(1_000_000)))
            }
            (Data::Timestamp { zone, .. }, Json::Text(text)) => {
                let micros = match zone {
                    Some(_) => self.options.parse_timestamp(text),
                    None => self.options.parse_timestamp_ntz(text),
                };
                micros.map(Value::Integer)
            }
            (Data::Date(_), Json::Text(text)) => self
                .options
                .parse_date(text)
                .map(|days| Value::Integer(days.into())),
            (Data::Binary(_), Json::Text(text)) => match base64::decode(text) {
                Some(bytes) => Some(Value::Bytes(bytes)),
                // Spark reads on within the string and takes its end for the beginning of another.
                None if base64::ends_within_first_pair(text) => return Converted::Lost,
                None => None,
            },
            (Data::List { items, .. }, Json::Array(nodes)) => return self.list(nodes, items),
            (Data::Map { values, .. }, Json::Object(members)) => return self.map(members, values),
            (Data::Struct { names, columns, .. }, Json::Object(members)) => {
                return self.object(members, names, columns);
            }
            _ => None,
        };
        scalar.map_or(Converted::Failed, Converted::Whole)
    }

    /// A struct. A field that cannot be had is null, or what it was before if its name comes twice.
    pub(super) fn object(
        &self,
        members: &[(Cow<'_, str>, Node<'_>)],
        names: &Names,
        columns: &[Column],
    ) -> Converted {
        let mut values = vec![Value::Null; columns.len()];
        let mut partial = false;
        for (name, node) in members {
            let Some(field) = names.find(name.as_bytes()) else {
                continue;
            };
            match self.convert(node, &columns[field]) {
                Converted::Whole(value) => values[field] = value,
                Converted::Partial(value) => {
                    values[field] = value;
                    partial = true;
                }
                Converted::Failed => partial = true,
                Converted::Lost => return Converted::Lost,
            }
        }
        whole_or_partial(Value::Struct(values), partial)
    }

    fn list(&self, nodes: &[Node<'_>], items: &Column) -> Converted {
        let mut values = Vec::with_capacity(nodes.len());
        let mut partial = false;
        for node in nodes {
            match self.convert(node, items) {
                Converted::Whole(value) => values.push(value),
                Converted::Partial(value) => {
                    values.push(value);
                    partial = true;
                }
                failed => return failed,
            }
        }
        whole_or_partial(Value::List(values), partial)
    }

    fn map(&self, members: &[(Cow<'_, str>, Node<'_>)], column: &Column) -> Converted {
        let mut entries = Vec::with_capacity(members.len());
        let mut partial = false;
        for (name, node) in members {
            match self.convert(node, column) {
                Converted::Whole(value) => entries.push((name.to_string(), value)),
                Converted::Partial(value) => {
                    entries.push((name.to_string(), value));
                    partial = true;
                }
                failed => return failed,
            }
        }
        whole_or_partial(Value::Map(entries), partial)
    }

    fn raw_text(&self, node: &Node<'_>) -> String {
        match self.raw {
            Raw::Exact => node.raw.to_owned(),
            Raw::Reprinted => {
                let mut out = Vec::new();
                node.write(&mut out);
                String::from_utf8(out).expect("JSON printed from text is text")
            }
        }
    }
}

fn whole_or_partial(value: Value, partial: bool) -> Converted {
    if partial {
        Converted::Partial(value)
    } else {
        Converted::Whole(value)
    }
}

fn integer(digits: &str, min: i64, max: i64) -> Option<i64> {
    digits
        .parse()
        .ok()
        .filter(|value| (min..=max).contains(value))
}

fn double(node: &Node<'_>) -> Option<f64> {
    match &node.json {
        // The integer -0 is 0.
        Json::Integer(digits) => digits.parse::<f64>().ok().map(|value| value + 0.0),
        Json::Fraction(digits) => digits.parse().ok(),
        Json::NonFinite(value) => Some(*value),
        Json::Text(text) => non_finite(text),
        _ => None,
    }
}

fn float(node: &Node<'_>) -> Option<f32> {
    match &node.json {
        Json::Integer(digits) => digits.parse::<f32>().ok().map(|value| value + 0.0),
        Json::Fraction(digits) => digits.parse().ok(),
        Json::NonFinite(value) => Some(*value as f32),
        Json::Text(text) => non_finite(text).map(|value| value as f32),
        _ => None,
    }
}

/// The strings that are taken for numbers.
fn non_finite(text: &str) -> Option<f64> {
    Some(match text {
        "NaN" => f64::NAN,
        "Infinity" | "+Infinity" | "+INF" => f64::INFINITY,
        "-Infinity" | "-INF" => f64::NEG_INFINITY,
        _ => return None,
    })
}

fn decimal(node: &Node<'_>, precision: u8, scale: i8) -> Option<i128> {
    match &node.json {
        Json::Integer(digits) | Json::Fraction(digits) => parse_decimal(digits, precision, scale),
        // Commas may stand between thousands, and anywhere else.
        Json::Text(text) => parse_decimal(&text.replace(',', ""), precision, scale),
        _ => None,
    }
}

/// Whether a column of this type can take the text of bad records.
pub(super) fn can_hold_record(data_type: &DataType) -> bool {
    data_type == &DataType::Utf8
}
