//! CSV files and what Spark 4.3.0 made of them.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array,
    StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use vltava_format::csv::{CsvDecoder, CsvEncoder, CsvOptions, CsvWriterOptions};
use vltava_format::json::{JsonEncoder, JsonEncoderOptions};
use vltava_format::options::Map;
use vltava_format::schema::parse_fields;
use vltava_format::time::Zone;

const FILE: &[u8] = b"a,b,c\n1,x,2.5\n,\"\",\n\"3\",\"a \"\"q\"\" b\",4\n4,\"a \\\"q\\\" b\",5\n 5 , y , 6 \nx,y,z\n\
7,8\n9,10,11,12\n\n   \n\"13\",\"multi\nline\",14\n15,a\"b,16\n17,\"a\"b,18\n19,NaN,Inf\n20,\\n,21\n#22,x,1\n\
23,null,24\r\n25,\"x,26\n";

fn map(options: &[(&str, &str)]) -> Map {
    options
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// The rows of a file as JSON, without the fields that are null.
fn read(bytes: &[u8], schema: &str, options: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let zone = Zone::parse("America/New_York").unwrap();
    let options = CsvOptions::from_map(&map(options), zone).map_err(|error| error.to_string())?;
    let schema = Schema::new(parse_fields(schema).unwrap());
    let decoder = CsvDecoder::new(&schema, options).map_err(|error| error.to_string())?;
    let batches = decoder
        .decode(bytes, 3)
        .map_err(|error| error.to_string())?;
    let encoder = JsonEncoder::new(JsonEncoderOptions {
        time_zone: zone,
        ..JsonEncoderOptions::default()
    });
    let mut out = Vec::new();
    for batch in &batches {
        encoder.encode_lines(batch, &mut out).unwrap();
    }
    Ok(String::from_utf8(out)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect())
}

#[test]
fn a_file_with_every_oddity() {
    let schema = "a INT, b STRING, c DOUBLE, _corrupt_record STRING";
    assert_eq!(
        read(FILE, schema, &[("header", "true")]).unwrap(),
        [
            r#"{"a":1,"b":"x","c":2.5}"#,
            r#"{}"#,
            r#"{"a":3,"b":"\"a \"\"q\"\" b\"","c":4.0}"#,
            r#"{"a":4,"b":"a \"q\" b","c":5.0}"#,
            r#"{"b":" y ","c":6.0,"_corrupt_record":" 5 , y , 6 "}"#,
            r#"{"b":"y","_corrupt_record":"x,y,z"}"#,
            r#"{"a":7,"b":"8","_corrupt_record":"7,8"}"#,
            r#"{"a":9,"b":"10","c":11.0,"_corrupt_record":"9,10,11,12"}"#,
            r#"{"a":13,"b":"multi","_corrupt_record":"\"13\",\"multi"}"#,
            r#"{"b":"14","_corrupt_record":"line\",14"}"#,
            r#"{"a":15,"b":"a\"b","c":16.0}"#,
            r#"{"a":17,"b":"\"a\"b","c":18.0}"#,
            r#"{"a":19,"b":"NaN","c":"Infinity"}"#,
            r#"{"a":20,"b":"\\n","c":21.0}"#,
            r##"{"b":"x","c":1.0,"_corrupt_record":"#22,x,1"}"##,
            r#"{"a":23,"b":"null","c":24.0}"#,
            r#"{"a":25,"b":"x,26","_corrupt_record":"25,\"x,26"}"#,
        ]
    );
    let kept = read(
        FILE,
        "a INT, b STRING, c DOUBLE",
        &[("header", "true"), ("mode", "DROPMALFORMED")],
    );
    assert_eq!(kept.unwrap().len(), 9);
    let error = read(
        FILE,
        "a INT, b STRING, c DOUBLE",
        &[("header", "true"), ("mode", "FAILFAST")],
    );
    assert!(
        error
            .unwrap_err()
            .starts_with("[MALFORMED_RECORD_IN_PARSING")
    );
    let trimmed = [
        ("header", "true"),
        ("comment", "#"),
        ("nullValue", "null"),
        ("ignoreLeadingWhiteSpace", "true"),
        ("ignoreTrailingWhiteSpace", "true"),
    ];
    let rows = read(FILE, "a INT, b STRING, c DOUBLE", &trimmed).unwrap();
    assert_eq!(rows[1], r#"{"b":""}"#);
    assert_eq!(rows[4], r#"{"a":5,"b":"y","c":6.0}"#);
    assert_eq!(rows[14], r#"{"a":23,"c":24.0}"#);
}

#[test]
fn every_type() {
    let text = b"2013-01-01T05:00:00.000Z|2013-01-01|true|1.5|12|aGVsbG8=|1|x\n\
        2013-01-01 05:00:00|2013-1-1|TRUE|1e2|1.0|x|300|\n\
        2013-01-01|2013-01-01T00:00:00|yes|1,234.5|+5|\"\"|-129| \n\
        1356998400|1356998400|1|NaN|9223372036854775808||1|\t\n\
        |||||||\n";
    let schema =
        "a TIMESTAMP,b DATE,c BOOLEAN,d DECIMAL(10,2),e BIGINT,f BINARY,g TINYINT,h STRING";
    assert_eq!(
        read(text, schema, &[("sep", "|")]).unwrap(),
        [
            r#"{"a":"2013-01-01T00:00:00.000-05:00","b":"2013-01-01","c":true,"d":1.50,"e":12,"f":"YUdWc2JHOD0=","g":1,"h":"x"}"#,
            r#"{"a":"2013-01-01T05:00:00.000-05:00","b":"2013-01-01","c":true,"d":100.00,"f":"eA=="}"#,
            r#"{"a":"2013-01-01T00:00:00.000-05:00","b":"2013-01-01","d":1234.50,"e":5,"h":" "}"#,
            r#"{"g":1,"h":"\t"}"#,
            r#"{}"#,
        ]
    );
    let text = b"NaN,Inf,1,2013-01-01 00:00:00\n-Inf,+Inf,-1,2013-01-01T00:00:00Z\nInfinity,-Infinity,+1,2013-01-01\n\
        1e400,1f,1L,x\n0x10,1d, 1,\n 1.5, 2 ,007,2013\n";
    assert_eq!(
        read(text, "a DOUBLE,b FLOAT,c INT,d TIMESTAMP_NTZ", &[]).unwrap(),
        [
            r#"{"a":"NaN","b":"Infinity","c":1,"d":"2013-01-01T00:00:00.000"}"#,
            r#"{"a":"-Infinity","c":-1}"#,
            r#"{"a":"Infinity","b":"-Infinity","c":1,"d":"2013-01-01T00:00:00.000"}"#,
            r#"{"a":"Infinity","b":1.0}"#,
            r#"{"b":1.0}"#,
            r#"{"a":1.5,"b":2.0,"c":7,"d":"2013-01-01T00:00:00.000"}"#,
        ]
    );
}

fn write(options: &[(&str, &str)]) -> Vec<String> {
    let texts = [
        Some("plain"),
        Some("a,b"),
        Some("a\"b"),
        Some("a\nb"),
        Some(""),
        None,
        Some(" lead"),
        Some("back\\slash"),
        Some("a\\\"b"),
        Some("#x"),
        Some("a\rb"),
        Some("trail "),
        Some("\u{1}x"),
    ];
    let rows = texts.len();
    let first = |n: usize| (0..rows).map(move |row| row < n);
    let column = |name: &str, column: ArrayRef| (name.to_owned(), column);
    let decimals = Decimal128Array::from_iter(first(1).map(|there| there.then_some(150)));
    let batch = RecordBatch::try_from_iter([
        column("a", Arc::new(Int32Array::from_iter_values(1..=rows as i32))),
        column("b", Arc::new(StringArray::from_iter(texts))),
        column(
            "c",
            Arc::new(Float64Array::from_iter(
                [1.5, 1e10, f64::NAN, f64::INFINITY]
                    .map(Some)
                    .into_iter()
                    .chain([None; 9]),
            )),
        ),
        column(
            "d",
            Arc::new(BooleanArray::from_iter(
                first(1).map(|there| there.then_some(true)),
            )),
        ),
        column(
            "e",
            Arc::new(
                TimestampMicrosecondArray::from_iter(
                    first(1).map(|there| there.then_some(1_357_016_400_123_456)),
                )
                .with_timezone("UTC"),
            ),
        ),
        column(
            "f",
            Arc::new(Date32Array::from_iter(
                first(1).map(|there| there.then_some(15_706)),
            )),
        ),
        column(
            "g",
            Arc::new(decimals.with_precision_and_scale(10, 2).unwrap()),
        ),
        column(
            "h",
            Arc::new(BinaryArray::from_iter(
                first(1).map(|there| there.then_some(b"hi")),
            )),
        ),
    ])
    .unwrap();
    let zone = Zone::parse("America/New_York").unwrap();
    let encoder = CsvEncoder::new(CsvWriterOptions::from_map(&map(options), zone).unwrap());
    let mut out = Vec::new();
    encoder.encode_header(batch.schema_ref().fields(), &mut out);
    encoder.encode(&batch, &mut out).unwrap();
    String::from_utf8(out)
        .unwrap()
        .split_inclusive('\n')
        .map(str::to_owned)
        .collect()
}

#[test]
fn written_as_spark_writes() {
    assert_eq!(
        write(&[("header", "true")]),
        [
            "a,b,c,d,e,f,g,h\n",
            "1,plain,1.5,true,2013-01-01T00:00:00.123-05:00,2013-01-01,1.50,[68 69]\n",
            "2,\"a,b\",1.0E10,,,,,\n",
            "3,\"a\\\"b\",NaN,,,,,\n",
            "4,\"a\n",
            "b\",Infinity,,,,,\n",
            "5,\"\",,,,,,\n",
            "6,,,,,,,\n",
            "7,lead,,,,,,\n",
            "8,back\\slash,,,,,,\n",
            "9,\"a\\\\\\\"b\",,,,,,\n",
            "10,#x,,,,,,\n",
            "11,\"a\rb\",,,,,,\n",
            "12,trail,,,,,,\n",
            "13,x,,,,,,\n",
        ]
    );
    assert_eq!(
        write(&[("quoteAll", "true")])[8],
        "\"8\",\"back\\\\slash\",\"\",\"\",\"\",\"\",\"\",\"\"\n"
    );
    let chosen = write(&[("sep", ";"), ("nullValue", "NULL"), ("emptyValue", "EMPTY")]);
    assert_eq!(chosen[1], "2;a,b;1.0E10;NULL;NULL;NULL;NULL;NULL\n");
    assert_eq!(chosen[5], "5;EMPTY;NULL;NULL;NULL;NULL;NULL;NULL\n");
    assert_eq!(write(&[("escapeQuotes", "false")])[2], "3,a\"b,NaN,,,,,\n");
    assert_eq!(write(&[("escape", "\"")])[9], "9,\"a\\\"\"b\",,,,,,\n");
    assert_eq!(
        write(&[("ignoreLeadingWhiteSpace", "false")])[7],
        "7, lead,,,,,,\n"
    );
}
