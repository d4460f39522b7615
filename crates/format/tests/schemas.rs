//! Schemas as text, in both of Spark's forms, and what is no schema.

use arrow::datatypes::DataType;
use vltava_format::schema::{
    catalog_string, from_json, parse_data_type, parse_fields, sql_string, to_json,
};

const DDL: &str = "a INT, b STRUCT<c: STRING>, d ARRAY<INT>, e DECIMAL(10,2), \
    ts TIMESTAMP NOT NULL COMMENT 'x', `a b` MAP<STRING,STRUCT<`q r`:INT NOT NULL COMMENT 'y'>>, \
    n TIMESTAMP_NTZ, bi BINARY, by TINYINT, f FLOAT, vo VOID";

/// As Spark 4.3.0 prints the schema that it reads from the DDL.
const JSON: &str = r#"{"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}},{"name":"b","type":{"type":"struct","fields":[{"name":"c","type":"string","nullable":true,"metadata":{}}]},"nullable":true,"metadata":{}},{"name":"d","type":{"type":"array","elementType":"integer","containsNull":true},"nullable":true,"metadata":{}},{"name":"e","type":"decimal(10,2)","nullable":true,"metadata":{}},{"name":"ts","type":"timestamp","nullable":false,"metadata":{"comment":"x"}},{"name":"a b","type":{"type":"map","keyType":"string","valueType":{"type":"struct","fields":[{"name":"q r","type":"integer","nullable":false,"metadata":{"comment":"y"}}]},"valueContainsNull":true},"nullable":true,"metadata":{}},{"name":"n","type":"timestamp_ntz","nullable":true,"metadata":{}},{"name":"bi","type":"binary","nullable":true,"metadata":{}},{"name":"by","type":"byte","nullable":true,"metadata":{}},{"name":"f","type":"float","nullable":true,"metadata":{}},{"name":"vo","type":"void","nullable":true,"metadata":{}}]}"#;

#[test]
fn both_forms_say_the_same() {
    let fields = parse_fields(DDL).unwrap();
    assert_eq!(to_json(&fields).unwrap(), JSON);
    assert_eq!(parse_fields(JSON).unwrap(), fields);
    let whole = DataType::Struct(fields);
    assert_eq!(from_json(JSON).unwrap(), whole);
    assert_eq!(
        catalog_string(&whole).unwrap(),
        "struct<a:int,b:struct<c:string>,d:array<int>,e:decimal(10,2),ts:timestamp,\
         a b:map<string,struct<q r:int>>,n:timestamp_ntz,bi:binary,by:tinyint,f:float,vo:void>"
    );
    let nested = parse_data_type("array<struct<x: int not null, `y z`: string>>").unwrap();
    assert_eq!(
        sql_string(&nested).unwrap(),
        "ARRAY<STRUCT<x: INT NOT NULL, `y z`: STRING>>"
    );
}

#[test]
fn mistakes_are_named() {
    for (text, problem) in [
        ("id BIGINTS", "\"BIGINTS\""),
        ("a INT b STRING", "'b'"),
        ("a ARRAY<INT", "end of input"),
        ("a INT,", "end of input"),
        ("a DECIMAL(39,0)", "39"),
        ("a DECIMAL(3,5)", "5"),
        ("a INT NOT", "end of input"),
        ("`a INT", "'`'"),
        ("int", "not a struct"),
        (r#"{"type":"struct"}"#, "fields"),
        (r#"{"type":"#, "INVALID_JSON_SCHEMA"),
    ] {
        let message = parse_fields(text).unwrap_err().to_string();
        assert!(message.contains(problem), "{text}: {message}");
    }
}

#[test]
fn as_deep_as_it_goes_it_is_read_again() {
    let text = format!("{}INT{}", "STRUCT<a: ".repeat(40), ">".repeat(40));
    let fields = parse_fields(&text).unwrap();
    assert_eq!(parse_fields(&to_json(&fields).unwrap()).unwrap(), fields);
    assert!(parse_fields(&format!("STRUCT<a: {text}>")).is_err());
}

#[test]
fn any_text_gets_an_answer() {
    for open in [
        "array<",
        "struct<a:",
        "map<string,",
        "struct<",
        "(",
        "`",
        "'",
    ] {
        for times in [1, 40, 41, 100_000] {
            let _ = parse_fields(&open.repeat(times));
            let _ = parse_fields(&format!("a {}", open.repeat(times)));
        }
    }
    assert!(parse_fields(&"[".repeat(100_000)).is_err());
    assert!(from_json(&"[".repeat(100_000)).is_err());
    assert!(from_json(&r#"{"type":"array","elementType":"#.repeat(100_000)).is_err());
    let mut seed = 7u32;
    let mut below = |n: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % n
    };
    for _ in 0..5_000 {
        let mut text: Vec<char> = if below(2) == 0 { DDL } else { JSON }.chars().collect();
        for _ in 0..below(4) {
            let at = below(text.len().max(1));
            match below(3) {
                0 if at < text.len() => _ = text.remove(at),
                1 => text.insert(
                    at,
                    ['<', '>', ',', '(', '\'', '`', '"', 'é', '9', ' '][below(10)],
                ),
                _ => text.truncate(at + 1),
            }
        }
        let _ = parse_fields(&text.into_iter().collect::<String>());
    }
}
