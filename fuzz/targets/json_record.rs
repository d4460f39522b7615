//! Any bytes as JSON records: the decoder gives an answer, and the same one for a record by itself
//! and among others.

#![no_main]

use arrow::array::{Array, BinaryArray};
use arrow::datatypes::Schema;
use format::json::{JsonDecoder, JsonOptions, infer_schema};
use format::schema::parse_fields;
use libfuzzer_sys::fuzz_target;

const SCHEMA: &str = "s STRING, i INT, l BIGINT, t TINYINT, d DOUBLE, f FLOAT, b BOOLEAN, e DECIMAL(12,3), \
    ts TIMESTAMP, nt TIMESTAMP_NTZ, dt DATE, bin BINARY, a ARRAY<INT>, m MAP<STRING,DOUBLE>, \
    st STRUCT<x:INT,y:ARRAY<STRUCT<z:STRING>>>, _corrupt_record STRING";

fuzz_target!(|bytes: &[u8]| {
    let schema = Schema::new(parse_fields(SCHEMA).expect("the schema is one"));
    let decoder = JsonDecoder::new(&schema, JsonOptions::default()).expect("JSON holds every type");
    let plain = br#"{"s":"x","i":1,"more":[1,{"a":null}],"ts":"2013-01-01T00:00:00Z"}"#;
    let one = decoder.decode_column(&BinaryArray::from_vec(vec![bytes])).expect("small");
    let among = decoder.decode_column(&BinaryArray::from_vec(vec![plain, bytes, plain, bytes])).expect("small");
    assert_eq!(one.to_data(), among.slice(1, 1).to_data());
    assert_eq!(one.to_data(), among.slice(3, 1).to_data());
    decoder.decode_lines(bytes, 3).expect("small");
    // Two members of one name are an error.
    let _ = infer_schema(bytes, &JsonOptions::default());
});
