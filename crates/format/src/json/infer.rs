//! The schema that files of JSON seem to have.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Field, Fields, Schema};

use super::JsonOptions;
use super::tree::{self, Json, Node, Parsed};
use crate::error::FormatError;
use crate::lines::Lines;
use crate::mode::ParseMode;
use crate::schema::{array, timestamp};

/// What a member was in the records so far.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    /// Null, absent, or an empty string.
    Nothing,
    Boolean,
    Long,
    /// Digits in all, and those of the fraction.
    Decimal(u8, u8),
    Double,
    Timestamp,
    Text,
    Array(Box<Seen>),
    Struct(BTreeMap<String, Seen>),
}

/// Learns the columns of JSON files, as Spark infers them: whole numbers are `BIGINT`, others
/// `DOUBLE`, and what is one thing here and another there is a string. If there is a bad record,
/// there is a column for its text, unless the mode leaves bad records out.
#[derive(Debug)]
pub struct JsonInference {
    options: JsonOptions,
    seen: BTreeMap<String, Seen>,
    has_bad: bool,
    /// A name that an object has twice.
    duplicate: Option<String>,
}

impl JsonInference {
    /// Nothing is known yet.
    pub fn new(options: JsonOptions) -> JsonInference {
        JsonInference {
            options,
            seen: BTreeMap::new(),
            has_bad: false,
            duplicate: None,
        }
    }

    /// Learns from the lines of a part of a file for which `is_wanted` says yes; it is asked once
    /// per line.
    ///
    /// # Errors
    /// The first bad record's text, in mode `FAILFAST`.
    pub fn add_lines(
        &mut self,
        bytes: &[u8],
        is_wanted: &mut dyn FnMut() -> bool,
    ) -> Result<(), FormatError> {
        let separator = self.options.file.separator.clone();
        for line in Lines::new(bytes, separator.as_deref().map(str::as_bytes)) {
            if is_wanted() {
                self.add_record(line)?;
            }
        }
        Ok(())
    }

    /// Learns from a record: a line, or a whole file.
    ///
    /// # Errors
    /// The record's text, if it is bad, in mode `FAILFAST`.
    pub fn add_record(&mut self, record: &[u8]) -> Result<(), FormatError> {
        let record = record.strip_prefix(b"\xef\xbb\xbf").unwrap_or(record);
        let text = String::from_utf8_lossy(record);
        let parsed = match std::str::from_utf8(record) {
            Ok(_) => tree::parse_with(&text, &self.options.syntax),
            Err(_) => Parsed::Malformed,
        };
        let members = match parsed {
            Parsed::Nothing => return Ok(()),
            Parsed::Value(node) => self.members_of(&node),
            Parsed::Malformed => None,
        };
        match members {
            Some(members) => merge_structs(&mut self.seen, members),
            None if self.options.mode == ParseMode::FailFast => {
                return Err(FormatError::MalformedRecord {
                    record: text.into_owned(),
                });
            }
            None => self.has_bad = true,
        }
        Ok(())
    }

    /// The columns of all records together, by name.
    ///
    /// # Errors
    /// `DuplicateColumn` if an object has a name twice.
    pub fn finish(mut self) -> Result<Schema, FormatError> {
        if let Some(name) = self.duplicate {
            return Err(FormatError::DuplicateColumn { name });
        }
        if self.has_bad && self.options.mode == ParseMode::Permissive {
            let column = self.options.corrupt_record_column;
            self.seen.insert(column, Seen::Text);
        }
        let drops_nothing = self.options.drop_field_if_all_null;
        Ok(Schema::new(to_fields(&self.seen, drops_nothing)))
    }

    /// The struct that a record is, or that the elements of an array are together.
    fn members_of(&mut self, node: &Node<'_>) -> Option<BTreeMap<String, Seen>> {
        let mut all = BTreeMap::new();
        let nodes = match &node.json {
            Json::Array(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for node in nodes {
            match infer(node, 0, &self.options, &mut self.duplicate) {
                Seen::Struct(members) => merge_structs(&mut all, members),
                _ => return None,
            }
        }
        Some(all)
    }
}

/// The columns of a whole file of JSON lines.
///
/// # Errors
/// As [`JsonInference`].
pub fn infer_schema(bytes: &[u8], options: &JsonOptions) -> Result<Schema, FormatError> {
    let mut inference = JsonInference::new(options.clone());
    inference.add_lines(bytes, &mut || true)?;
    inference.finish()
}

/// The type of one value of JSON, as `schema_of_json` says it; none if the text is no JSON.
pub fn infer_type(text: &str) -> Option<DataType> {
    match tree::parse(text) {
        Parsed::Nothing => Some(DataType::Utf8),
        Parsed::Value(node) => {
            let seen = infer(&node, 0, &JsonOptions::default(), &mut None);
            Some(match seen {
                Seen::Struct(members) => DataType::Struct(to_fields(&members, false)),
                seen => to_type(&seen, false).unwrap_or(DataType::Utf8),
            })
        }
        Parsed::Malformed => None,
    }
}

/// Types within types that are told apart; what lies deeper is a string.
const DEPTH_MAX: usize = 100;

fn infer(
    node: &Node<'_>,
    depth: usize,
    options: &JsonOptions,
    duplicate: &mut Option<String>,
) -> Seen {
    match &node.json {
        Json::Array(_) | Json::Object(_) if depth == DEPTH_MAX => Seen::Text,
        Json::Null => Seen::Nothing,
        Json::Boolean(_) | Json::Integer(_) | Json::Fraction(_) | Json::NonFinite(_)
            if options.primitives_as_string =>
        {
            Seen::Text
        }
        Json::Boolean(_) => Seen::Boolean,
        Json::Integer(digits) if digits.parse::<i64>().is_ok() => Seen::Long,
        Json::Integer(digits) => decimal(digits).unwrap_or(Seen::Double),
        Json::Fraction(digits) if options.prefers_decimal => {
            decimal(digits).unwrap_or(Seen::Double)
        }
        Json::Fraction(_) | Json::NonFinite(_) => Seen::Double,
        Json::Text(text) if text.is_empty() => Seen::Nothing,
        Json::Text(text) => {
            let as_decimal = match options.prefers_decimal {
                true => decimal(text),
                false => None,
            };
            match as_decimal {
                Some(decimal) => decimal,
                None if options.infer_timestamp && options.parse_timestamp(text).is_some() => {
                    Seen::Timestamp
                }
                None => Seen::Text,
            }
        }
        Json::Array(nodes) => {
            let items = nodes
                .iter()
                .map(|node| infer(node, depth + 1, options, duplicate))
                .fold(Seen::Nothing, merge);
            Seen::Array(Box::new(items))
        }
        Json::Object(members) => {
            let mut seen = BTreeMap::new();
            for (name, node) in members {
                let one = infer(node, depth + 1, options, duplicate);
                if seen.contains_key(&**name) {
                    duplicate.get_or_insert_with(|| name.to_string());
                }
                merge_structs(&mut seen, BTreeMap::from([(name.to_string(), one)]));
            }
            Seen::Struct(seen)
        }
    }
}

/// The decimal that holds exactly this number.
fn decimal(text: &str) -> Option<Seen> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let is_number = whole
        .bytes()
        .chain(fraction.bytes())
        .all(|byte| byte.is_ascii_digit());
    if !is_number || whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let precision = digits.trim_start_matches('0').len().max(1);
    let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let scale = u8::try_from(scale).ok()?;
    let precision = u8::try_from(precision).ok()?.max(scale);
    (precision <= 38).then_some(Seen::Decimal(precision, scale))
}

fn merge(left: Seen, right: Seen) -> Seen {
    match (left, right) {
        (left, right) if left == right => left,
        (Seen::Nothing, other) | (other, Seen::Nothing) => other,
        (Seen::Decimal(left, left_scale), Seen::Decimal(right, right_scale)) => {
            let scale = left_scale.max(right_scale);
            match (left - left_scale).max(right - right_scale) + scale {
                digits @ ..=38 => Seen::Decimal(digits, scale),
                _ => Seen::Double,
            }
        }
        (decimal @ Seen::Decimal(..), Seen::Long) | (Seen::Long, decimal @ Seen::Decimal(..)) => {
            merge(decimal, Seen::Decimal(20, 0))
        }
        (Seen::Long | Seen::Double | Seen::Decimal(..), Seen::Double)
        | (Seen::Double, Seen::Long | Seen::Decimal(..)) => Seen::Double,
        (Seen::Array(left), Seen::Array(right)) => Seen::Array(Box::new(merge(*left, *right))),
        (Seen::Struct(mut left), Seen::Struct(right)) => {
            merge_structs(&mut left, right);
            Seen::Struct(left)
        }
        _ => Seen::Text,
    }
}

fn merge_structs(into: &mut BTreeMap<String, Seen>, members: BTreeMap<String, Seen>) {
    for (name, seen) in members {
        let before = into.remove(&name).unwrap_or(Seen::Nothing);
        into.insert(name, merge(before, seen));
    }
}

fn to_fields(members: &BTreeMap<String, Seen>, drops_nothing: bool) -> Fields {
    let field = |(name, seen): (&String, &Seen)| {
        Some(Field::new(name, to_type(seen, drops_nothing)?, true))
    };
    members.iter().filter_map(field).collect()
}

/// `None` for structs without fields, which no file can hold, and, if asked for, for what was
/// always null.
fn to_type(seen: &Seen, drops_nothing: bool) -> Option<DataType> {
    Some(match seen {
        Seen::Nothing if drops_nothing => return None,
        Seen::Nothing | Seen::Text => DataType::Utf8,
        Seen::Boolean => DataType::Boolean,
        Seen::Long => DataType::Int64,
        Seen::Decimal(digits, scale) => DataType::Decimal128(*digits, *scale as i8),
        Seen::Double => DataType::Float64,
        Seen::Timestamp => timestamp(),
        Seen::Array(items) => array(to_type(items, drops_nothing)?),
        Seen::Struct(members) => {
            let fields = to_fields(members, drops_nothing);
            if fields.is_empty() {
                return None;
            }
            DataType::Struct(fields)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::catalog_string;

    #[test]
    fn as_spark_infers() {
        let lines = br#"{"a":1,"b":"x","c":1.5,"d":{"e":1,"f":[1,2.5]},"n":null,"t":"2013-01-01T00:00:00Z","l":[],"m":true,"big":12345678901234567890123}
{"a":2.5,"b":1,"g":[{"x":1},{"y":"s"}],"m":"x","d":{"e":"q"}}
bad
"#;
        let schema = infer_schema(lines, &JsonOptions::default()).unwrap();
        assert_eq!(
            catalog_string(&DataType::Struct(schema.fields().clone())).unwrap(),
            "struct<_corrupt_record:string,a:double,b:string,big:decimal(23,0),c:double,\
             d:struct<e:string,f:array<double>>,g:array<struct<x:bigint,y:string>>,l:array<string>,\
             m:string,n:string,t:string>"
        );
    }
}
