//! The decoder against a slow, obvious one: `serde_json` parses, and a few lines pick out the fields.
//!
//! Records are well formed and their values are sometimes of the wrong type; what Spark makes of
//! records that are not well formed is in `spark_json.rs`.

use arrow::array::{Array, AsArray, StringArray, StructArray};
use arrow::datatypes::{Float64Type, Int64Type, Schema};
use serde_json::{Map, Value, json};
use vltava_format::json::{JsonDecoder, JsonOptions};
use vltava_format::schema::parse_fields;

const SCHEMA: &str =
    "i BIGINT, d DOUBLE, b BOOLEAN, s STRING, l ARRAY<BIGINT>, o STRUCT<i:BIGINT,s:STRING>";

/// A generator of numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize].clone()
    }

    fn value(&mut self, depth: u64) -> Value {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 0),
            2 => json!(self.one_of(&[0, 1, -1, 7_000_000_000, i64::MAX, i64::MIN, -42])),
            3 => json!(self.one_of(&[0.5, -1.25, 1e300, 3.0, 0.1, 123_456.789])),
            4 => json!(self.one_of(&[
                "",
                "x",
                "é\u{1f600}",
                "quote\" back\\ slash/ \u{1} \n",
                "a longer text, of 30 bytes"
            ])),
            5 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object(self.object(depth - 1)),
        }
    }

    fn object(&mut self, depth: u64) -> Map<String, Value> {
        (0..self.below(9))
            .map(|_| {
                let name = self.one_of(&["i", "d", "b", "s", "l", "o", "other", "", "é"]);
                let value = match (name, self.below(3)) {
                    ("i", 1..) => json!(self.below(1000)),
                    ("s", 1..) => json!("text"),
                    ("l", 1..) => json!([1, null, 3]),
                    ("o", 1..) => json!({"s": "inner", "i": 5}),
                    _ => self.value(depth),
                };
                (name.to_owned(), value)
            })
            .collect()
    }

    /// JSON with white space and escapes in odd places.
    fn print(&mut self, value: &Value, out: &mut String) {
        let space = |random: &mut Random, out: &mut String| {
            out.push_str(random.one_of(&["", "", "", " ", "\n", "\t \r"]));
        };
        match value {
            Value::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    space(self, out);
                    self.print(item, out);
                    space(self, out);
                }
                out.push(']');
            }
            Value::Object(members) => {
                out.push('{');
                space(self, out);
                for (i, (name, value)) in members.iter().enumerate() {
                    out.push_str(if i > 0 { "," } else { "" });
                    space(self, out);
                    self.string(name, out);
                    space(self, out);
                    out.push(':');
                    space(self, out);
                    self.print(value, out);
                    space(self, out);
                }
                out.push('}');
            }
            Value::String(text) => self.string(text, out),
            scalar => out.push_str(&scalar.to_string()),
        }
    }

    fn string(&mut self, text: &str, out: &mut String) {
        if self.below(4) > 0 {
            out.push_str(&Value::from(text).to_string());
            return;
        }
        out.push('"');
        for unit in text.encode_utf16() {
            out.push_str(&format!("\\u{unit:04x}"));
        }
        out.push('"');
    }
}

/// The rows as the obvious decoder has them.
fn obvious(record: &str) -> Value {
    let record: Value = serde_json::from_str(record).unwrap();
    json!({
        "i": record["i"].as_i64(),
        "d": record["d"].as_f64(),
        "b": record["b"].as_bool(),
        "s": string(&record["s"]),
        "l": record["l"].as_array().and_then(|items| {
            let fits = |item: &Value| item.is_null() || item.is_i64();
            items.iter().all(fits).then(|| items.clone())
        }),
        "o": record["o"].as_object().map(|inner| json!({
            "i": inner.get("i").and_then(Value::as_i64),
            "s": inner.get("s").and_then(string),
        })),
    })
}

/// What is no string is the text of the value; of numbers, none but integers are told here.
fn string(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(json!(text)),
        other => Some(json!(other.to_string())),
    }
}

/// A row that was decoded, as JSON.
fn decoded(rows: &StructArray, row: usize) -> Value {
    let cell = |index: usize| Some(rows.column(index)).filter(|column| column.is_valid(row));
    let integer = |column: &dyn Array, row: usize| {
        column
            .is_valid(row)
            .then(|| column.as_primitive::<Int64Type>().value(row))
    };
    let text = |column: &dyn Array, row: usize| {
        column
            .is_valid(row)
            .then(|| column.as_string::<i32>().value(row).to_owned())
    };
    json!({
        "i": integer(rows.column(0), row),
        "d": cell(1).map(|column| column.as_primitive::<Float64Type>().value(row)),
        "b": cell(2).map(|column| column.as_boolean().value(row)),
        "s": text(rows.column(3), row),
        "l": cell(4).map(|column| {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|item| json!(integer(&items, item))).collect::<Vec<_>>()
        }),
        "o": cell(5).map(|column| {
            let inner = column.as_struct();
            json!({"i": integer(inner.column(0), row), "s": text(inner.column(1), row)})
        }),
    })
}

/// Whether the obvious decoder's text of what is no string is Spark's: it prints doubles and control
/// characters in its own way.
fn is_comparable(record: &Value) -> bool {
    fn is_plain(value: &Value) -> bool {
        match value {
            Value::Number(number) => number.is_i64(),
            Value::String(text) => !text.contains('\u{1}'),
            Value::Array(items) => items.iter().all(is_plain),
            Value::Object(members) => members.values().all(is_plain),
            _ => true,
        }
    }
    let is_text =
        |value: Option<&Value>| value.is_none_or(|value| value.is_string() || is_plain(value));
    is_text(record.get("s")) && is_text(record.get("o").and_then(|inner| inner.get("s")))
}

#[test]
fn any_well_formed_record_is_decoded_as_the_obvious_decoder_does() {
    let schema = Schema::new(parse_fields(SCHEMA).unwrap());
    let decoder = JsonDecoder::new(&schema, JsonOptions::default()).unwrap();
    let mut random = Random(42);
    let mut records = Vec::new();
    while records.len() < 5_000 {
        let record = Value::Object(random.object(3));
        if is_comparable(&record) {
            let mut text = String::new();
            random.print(&record, &mut text);
            records.push(text);
        }
    }
    let rows = decoder
        .decode_strings(&StringArray::from(records.clone()))
        .unwrap();
    for (row, record) in records.iter().enumerate() {
        assert_eq!(decoded(&rows, row), obvious(record), "{record}");
    }
}
