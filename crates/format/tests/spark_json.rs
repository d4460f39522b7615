//! What Spark 4.3.0 answered, in `tests/data`, and what we answer.

use arrow::array::{Array, ArrayRef, BinaryArray, StringArray};
use arrow::datatypes::Schema;
use serde_json::Value;
use std::sync::Arc;
use vltava_format::json::{JsonDecoder, JsonEncoder, JsonEncoderOptions, JsonOptions};
use vltava_format::time::Zone;
use vltava_format::{ParseMode, schema};

/// The session's zone when Spark was asked.
const ZONE: &str = "America/New_York";

fn options(given: &Value) -> JsonOptions {
    let text = |name: &str| given[name].as_str();
    let mut options = JsonOptions {
        time_zone: Zone::parse(ZONE).unwrap(),
        ..JsonOptions::default()
    };
    options.mode = text("mode").map_or(ParseMode::Permissive, ParseMode::named);
    if let Some(name) = text("columnNameOfCorruptRecord") {
        options.corrupt_record_column = name.to_owned();
    }
    options
}

fn encoder() -> JsonEncoder {
    let time_zone = Zone::parse(ZONE).unwrap();
    JsonEncoder::new(JsonEncoderOptions {
        time_zone,
        ..JsonEncoderOptions::default()
    })
}

/// `to_json(from_json(value, schema, options))`, each value by itself and all of a schema together.
#[test]
fn from_json_and_to_json_answer_as_spark_does() {
    let cases: Vec<Value> = include_str!("data/from_json.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let fields = schema::parse_fields(case["schema"].as_str().unwrap()).unwrap();
        let decoder = JsonDecoder::new(&Schema::new(fields), options(&case["options"])).unwrap();
        let value = case["value"].as_str().unwrap();
        // Twice, so that the second time the names are learned.
        let structs: ArrayRef = Arc::new(
            decoder
                .decode_strings(&StringArray::from(vec![value; 2]))
                .unwrap(),
        );
        let texts = encoder().encode_column(&structs).unwrap();
        let bytes = BinaryArray::from_vec(vec![value.as_bytes(); 2]);
        assert_eq!(
            decoder.decode_column(&bytes).unwrap().to_data(),
            structs.to_data()
        );
        for text in &texts {
            if text != case["to_json"].as_str() {
                wrong.push(format!(
                    "{} {value}: {text:?}, Spark: {}",
                    case["schema"], case["to_json"]
                ));
            }
        }
    }
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert!(cases.len() > 600);
}
