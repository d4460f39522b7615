//! Any bytes as a CSV file, with any signs.

#![no_main]

use arrow::datatypes::Schema;
use format::csv::{CsvDecoder, CsvOptions, infer_schema};
use format::options::Map;
use format::schema::parse_fields;
use format::time::Zone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, bool, Option<char>, Option<char>, &[u8])| {
    let (header, trim, quote, escape, bytes) = input;
    let sign = |sign: Option<char>| sign.map(String::from).unwrap_or_default();
    let options = [
        ("header", header.to_string()),
        ("inferSchema", "true".to_owned()),
        ("ignoreLeadingWhiteSpace", trim.to_string()),
        ("quote", sign(quote)),
        ("escape", sign(escape)),
    ];
    let map: Map = options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut multi_line = map.clone();
    multi_line.insert("multiLine".to_owned(), "true".to_owned());
    let options = CsvOptions::from_map(&map, Zone::UTC).expect("the options are good");
    infer_schema(bytes, &options).expect("few columns");
    let ddl = "a INT, b STRING, c TIMESTAMP, d DECIMAL(5,2), e DATE, f DOUBLE, _corrupt_record STRING";
    let schema = Schema::new(parse_fields(ddl).expect("the schema is one"));
    let decoder = CsvDecoder::new(&schema, options).expect("CSV holds every type");
    decoder.decode(bytes, 3).expect("small");
    let whole = CsvOptions::from_map(&multi_line, Zone::UTC).expect("the options are good");
    let decoder = CsvDecoder::new(&schema, whole).expect("CSV holds every type");
    decoder.decode(bytes, 3).expect("small");
});
