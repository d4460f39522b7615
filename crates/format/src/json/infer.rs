//! The schema that a file of JSON lines seems to have.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Field, Fields, Schema};

use super::JsonOptions;
use super::tree::{self, Json, Node, Parsed};
use crate::lines::Lines;
use crate::mode::ParseMode;
use crate::schema::array;

/// What a member was in the records so far.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    /// Null, or absent.
    Nothing,
    Boolean,
    Long,
    /// Integers of so many digits, too large for a long.
    Decimal(u8),
    Double,
    Text,
    Array(Box<Seen>),
    Struct(BTreeMap<String, Seen>),
}

/// The columns of all records together, by name, as Spark infers them: whole numbers are `BIGINT`,
/// others `DOUBLE`, and what is one thing here and another there is a string. If there is a bad
/// record, there is a column for its text, unless the mode leaves bad records out.
///
/// # Errors
/// The first bad record's text, in mode `FAILFAST`.
pub fn infer_schema(bytes: &[u8], options: &JsonOptions) -> Result<Schema, crate::FormatError> {
    let mut seen = BTreeMap::new();
    let mut has_bad = false;
    for line in Lines::new(bytes) {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let text = String::from_utf8_lossy(line);
        let parsed = match std::str::from_utf8(line) {
            Ok(_) => tree::parse(&text),
            Err(_) => Parsed::Malformed,
        };
        let record = match parsed {
            Parsed::Nothing => continue,
            Parsed::Value(node) => record_of(&node),
            Parsed::Malformed => None,
        };
        match record {
            Some(Seen::Struct(members)) => merge_structs(&mut seen, members),
            Some(_) => {}
            None if options.mode == ParseMode::FailFast => {
                return Err(crate::FormatError::MalformedRecord {
                    record: text.into_owned(),
                });
            }
            None => has_bad = true,
        }
    }
    if has_bad && options.mode == ParseMode::Permissive {
        seen.insert(options.corrupt_record_column.clone(), Seen::Text);
    }
    Ok(Schema::new(to_fields(&seen)))
}

/// The type of one value of JSON, as `schema_of_json` says it; none if the text is no JSON.
pub fn infer_type(text: &str) -> Option<DataType> {
    match tree::parse(text) {
        Parsed::Nothing => Some(DataType::Utf8),
        Parsed::Value(node) => Some(match infer(&node, 0) {
            Seen::Struct(members) => DataType::Struct(to_fields(&members)),
            seen => to_type(&seen).unwrap_or(DataType::Utf8),
        }),
        Parsed::Malformed => None,
    }
}

/// The struct that a record is, or that the elements of an array are together.
fn record_of(node: &Node<'_>) -> Option<Seen> {
    match &node.json {
        Json::Object(_) => Some(infer(node, 0)),
        Json::Array(nodes) => {
            let mut all = BTreeMap::new();
            for node in nodes {
                match infer(node, 0) {
                    Seen::Struct(members) => merge_structs(&mut all, members),
                    _ => return None,
                }
            }
            Some(Seen::Struct(all))
        }
        _ => None,
    }
}

/// Types within types that are told apart; what lies deeper is a string.
const DEPTH_MAX: usize = 100;

fn infer(node: &Node<'_>, depth: usize) -> Seen {
    match &node.json {
        Json::Array(_) | Json::Object(_) if depth == DEPTH_MAX => Seen::Text,
        Json::Null => Seen::Nothing,
        Json::Boolean(_) => Seen::Boolean,
        Json::Integer(digits) if digits.parse::<i64>().is_ok() => Seen::Long,
        Json::Integer(digits) => match u8::try_from(digits.trim_start_matches('-').len()) {
            Ok(digits) if digits <= 38 => Seen::Decimal(digits),
            _ => Seen::Double,
        },
        Json::Fraction(_) | Json::NonFinite(_) => Seen::Double,
        Json::Text(_) => Seen::Text,
        Json::Array(nodes) => {
            let items = nodes
                .iter()
                .map(|node| infer(node, depth + 1))
                .fold(Seen::Nothing, merge);
            Seen::Array(Box::new(items))
        }
        Json::Object(members) => {
            let mut seen = BTreeMap::new();
            for (name, node) in members {
                let one = BTreeMap::from([(name.to_string(), infer(node, depth + 1))]);
                merge_structs(&mut seen, one);
            }
            Seen::Struct(seen)
        }
    }
}

fn merge(left: Seen, right: Seen) -> Seen {
    match (left, right) {
        (left, right) if left == right => left,
        (Seen::Nothing, other) | (other, Seen::Nothing) => other,
        (Seen::Decimal(left), Seen::Decimal(right)) => Seen::Decimal(left.max(right)),
        (Seen::Decimal(digits), Seen::Long) | (Seen::Long, Seen::Decimal(digits)) => {
            Seen::Decimal(digits.max(20))
        }
        (
            Seen::Long | Seen::Double | Seen::Decimal(_),
            Seen::Long | Seen::Double | Seen::Decimal(_),
        ) => Seen::Double,
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

fn to_fields(members: &BTreeMap<String, Seen>) -> Fields {
    let field = |(name, seen): (&String, &Seen)| Some(Field::new(name, to_type(seen)?, true));
    members.iter().filter_map(field).collect()
}

/// `None` for structs without fields, which no file can hold.
fn to_type(seen: &Seen) -> Option<DataType> {
    Some(match seen {
        Seen::Nothing | Seen::Text => DataType::Utf8,
        Seen::Boolean => DataType::Boolean,
        Seen::Long => DataType::Int64,
        Seen::Decimal(digits) => DataType::Decimal128(*digits, 0),
        Seen::Double => DataType::Float64,
        Seen::Array(items) => array(to_type(items)?),
        Seen::Struct(members) => {
            let fields = to_fields(members);
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
