//! What Spark 4.3.0 answered, in `tests/data`, and what we answer.

use arrow::array::{Array, ArrayRef, BinaryArray, StringArray};
use arrow::datatypes::Schema;
use serde_json::Value;
use std::sync::Arc;
use vltava_format::json::{JsonDecoder, JsonEncoder, JsonEncoderOptions, JsonOptions};
use vltava_format::options::Map;
use vltava_format::schema;
use vltava_format::time::Zone;

/// The session's zone when Spark was asked.
const ZONE: &str = "America/New_York";

fn options(given: &Value) -> JsonOptions {
    let given = given.as_object().unwrap().iter();
    let map: Map = given
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    JsonOptions::from_map(&map, Zone::parse(ZONE).unwrap()).unwrap()
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

/// A file of every kind of line, read as Spark read it.
#[test]
fn a_file_of_lines() {
    const FILE: &[u8] = b"{\"a\":1,\"b\":\"x\"}\n\n   \nnull\n{\"a\":2,\"b\":1.50}\r\n\
        {\"a\":3,\"b\":{\"k\" : 1.50, \"z\":[1, 2]}}\r{\"a\":\"q\",\"b\":\"w\"}\n{\"a\":4\n\
        [{\"a\":5},{\"a\":6}]\n[]\n5\n{\"a\":7}x\n{\"a\":8,\"b\":\"\xff\xfe\"}\n{\"a\":9,\"b\":-0}\n\
        {\"a\":10,\"b\":1E400}\n{\"a\":11,\"b\":NaN}\n{\"a\":12,\"b\":[ 1 , \"\\u00e9\" ]}\n\
        {\"a\":13,\"z\":\"\xff\"}\n[{\"a\":14},5]\n[{\"a\":\"x\"},{\"a\":15}]\n\
        \xef\xbb\xbf{\"a\":16}\n{\"a\":17,\"b\":true}";
    let read = |mode: &str| {
        let options = options(&serde_json::json!({"mode": mode}));
        let fields = schema::parse_fields("a INT, b STRING, _corrupt_record STRING").unwrap();
        let decoder = JsonDecoder::new(&Schema::new(fields), options).unwrap();
        let mut lines = Vec::new();
        for batch in decoder
            .decode_lines(FILE, 4)
            .map_err(|error| error.to_string())?
        {
            encoder().encode_lines(&batch, &mut lines).unwrap();
        }
        let lines = String::from_utf8(lines).unwrap();
        Ok::<_, String>(lines.lines().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(
        read("PERMISSIVE").unwrap(),
        [
            r#"{"a":1,"b":"x"}"#,
            r#"{"_corrupt_record":"null"}"#,
            r#"{"a":2,"b":"1.50"}"#,
            r#"{"a":3,"b":"{\"k\" : 1.50, \"z\":[1, 2]}"}"#,
            r#"{"b":"w","_corrupt_record":"{\"a\":\"q\",\"b\":\"w\"}"}"#,
            r#"{"_corrupt_record":"{\"a\":4"}"#,
            r#"{"a":5}"#,
            r#"{"a":6}"#,
            r#"{"_corrupt_record":"5"}"#,
            r#"{"a":7}"#,
            "{\"_corrupt_record\":\"{\\\"a\\\":8,\\\"b\\\":\\\"\u{fffd}\u{fffd}\\\"}\"}",
            r#"{"a":9,"b":"-0"}"#,
            r#"{"a":10,"b":"1E400"}"#,
            r#"{"a":11,"b":"NaN"}"#,
            r#"{"a":12,"b":"[ 1 , \"\\u00e9\" ]"}"#,
            "{\"_corrupt_record\":\"{\\\"a\\\":13,\\\"z\\\":\\\"\u{fffd}\\\"}\"}",
            r#"{"_corrupt_record":"[{\"a\":14},5]"}"#,
            r#"{"_corrupt_record":"[{\"a\":\"x\"},{\"a\":15}]"}"#,
            r#"{"a":15,"_corrupt_record":"[{\"a\":\"x\"},{\"a\":15}]"}"#,
            r#"{"a":16}"#,
            r#"{"a":17,"b":"true"}"#,
        ]
    );
    assert_eq!(read("DROPMALFORMED").unwrap().len(), 12);
    assert!(
        read("FAILFAST")
            .unwrap_err()
            .contains("parsing: [null,null]. Parse Mode: FAILFAST")
    );
}

/// A row of every type, and how Spark's `to_json` wrote it.
#[test]
fn a_row_of_every_type_is_written() {
    let ddl = "i INT, s STRING, d DOUBLE, f FLOAT, b BOOLEAN, ts TIMESTAMP, nt TIMESTAMP_NTZ, dt DATE, \
        dec DECIMAL(38,10), bin BINARY, l ARRAY<INT>, m MAP<STRING,INT>, st STRUCT<x:INT,y:STRING>";
    let decoder = JsonDecoder::new(
        &Schema::new(schema::parse_fields(ddl).unwrap()),
        options(&serde_json::json!({})),
    )
    .unwrap();
    // What Spark wrote, read and written again.
    let rows = [
        r#"{"i":1,"s":"q\"\\/\b\f\n\r\t\u0001\u001F\u007f\u2028é😀","d":1.0E10,"f":0.1,"b":true,"ts":"2012-12-31T19:00:00.123-05:00","nt":"2013-01-01T05:00:00.000","dt":"2013-01-01","dec":1.5000000000,"bin":"aGVsbG8=","l":[1,null,3],"m":{"n":null,"k":1},"st":{"y":"z"}}"#,
        r#"{"d":"NaN","f":"Infinity","dec":0E-10,"l":[],"m":{},"st":{}}"#,
        r#"{"i":2,"s":"","d":-4.833333333333333,"f":1.0E-10,"b":false,"ts":"1799-12-31T19:03:58.000-04:56:02","nt":"9999-12-31T23:59:59.999","dt":"0001-01-01","dec":-1E-10,"bin":""}"#,
        r#"{"i":3,"s":"x","d":2.125,"f":3.4028235E38,"b":false,"ts":"1969-12-31T19:00:00.000-05:00","nt":"0001-01-01T00:00:00.000","dt":"9999-12-31","dec":1234567890123456789012345678.0123456789,"bin":"/w=="}"#,
        r#"{"i":4,"s":"x","d":100.0,"f":1.0E7,"b":false,"ts":"2013-07-01T08:30:00.000-04:00","dec":100000.0000000000}"#,
        r#"{"i":5,"s":"x","d":-0.0,"f":1.6777216E7,"b":false,"dec":1.000E-7}"#,
        r#"{"i":6,"s":"x","d":1.0E7,"f":0.001,"b":false}"#,
        r#"{"i":7,"s":"x","d":9999999.999,"f":9.0E-4,"b":false}"#,
        r#"{"i":9,"s":"x","d":0.002,"f":1.4E-45,"b":false}"#,
    ];
    let structs: ArrayRef = Arc::new(
        decoder
            .decode_strings(&StringArray::from(rows.to_vec()))
            .unwrap(),
    );
    for (row, text) in rows.iter().zip(&encoder().encode_column(&structs).unwrap()) {
        // Java prints these characters as they are.
        let expected = row
            .replace("\\u007f", "\u{7f}")
            .replace("\\u2028", "\u{2028}");
        assert_eq!(text.unwrap(), expected);
    }
    let keep_nulls = JsonEncoderOptions {
        ignore_null_fields: false,
        ..JsonEncoderOptions::default()
    };
    let texts = JsonEncoder::new(keep_nulls)
        .encode_column(&structs)
        .unwrap();
    assert!(
        texts
            .value(0)
            .contains(r#""ts":"2013-01-01T00:00:00.123Z""#)
    );
    assert!(texts.value(0).ends_with(r#""st":{"x":null,"y":"z"}}"#));
    assert!(
        texts
            .value(1)
            .starts_with(r#"{"i":null,"s":null,"d":"NaN""#)
    );
}
