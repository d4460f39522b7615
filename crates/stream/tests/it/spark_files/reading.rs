//! How files are cut into records, and what is learned of their columns.

use super::{Files, run};
use crate::support::session;

#[tokio::test]
async fn schemas_are_learned_from_all_files() {
    let files = Files::new();
    files
        .put("two/a.json", "{\"a\":1}")
        .put("two/b.json", "{\"b\":\"x\"}");
    files
        .put("empty/a.json", "")
        .put("empty/b.json", "{\"x\":1}");
    files.put("none/a.json", "");
    files
        .put("csv/a.csv", "a,b\n1,x\n")
        .put("csv/b.csv", "a,b\n2.5,y\n");
    files
        .put("order/a.csv", "a,b\n1,x\n")
        .put("order/b.csv", "b,a\n2.5,y\n");
    files
        .put("first/a.csv", "")
        .put("first/b.csv", "a,b\n1,2\n");
    files
        .put("wide/a.csv", "1,x\n")
        .put("wide/b.csv", "2,y,z\n");
    files
        .put("hidden/_a.json", "{\"h\":1}")
        .put("hidden/.b.json", "{\"i\":1}");
    files
        .put("hidden/c.json", "{\"c\":1}")
        .put("hidden/_sub/d.json", "{\"d\":1}");
    files.put("below/x/b.json", "{\"c\":2}");
    let longs = |last: &str| {
        (0..1000)
            .map(|n| format!("{{\"a\":{n}}}\n"))
            .collect::<String>()
            + last
    };
    files.put("sample/a.json", longs("{\"a\":\"x\"}\n"));
    let csv = [("header", "true"), ("inferSchema", "true")];
    for (format, name, options, expected) in [
        (
            "json",
            "two",
            &[][..],
            "struct<a:bigint,b:string> [1,NULL][NULL,x]",
        ),
        ("json", "empty", &[], "struct<x:bigint> [1]"),
        ("json", "none", &[], "struct<> "),
        (
            "csv",
            "csv",
            &csv,
            "struct<a:double,b:string> [1.0,x][2.5,y]",
        ),
        (
            "csv",
            "order",
            &csv,
            "struct<b:string,a:string> [1,x][2.5,y]",
        ),
        ("csv", "first", &csv, "struct<a:int,b:int> [1,2]"),
        (
            "csv",
            "wide",
            &[("inferSchema", "true")],
            "struct<_c0:int,_c1:string,_c2:string> [1,x,NULL][2,y,z]",
        ),
        ("json", "hidden", &[], "struct<c:bigint> [1]"),
        ("json", "hidden/_sub", &[], "struct<d:bigint> [1]"),
        (
            "json",
            "below",
            &[("recursiveFileLookup", "true")],
            "struct<c:bigint> [2]",
        ),
        (
            "json",
            "two",
            &[("pathGlobFilter", "a*")],
            "struct<a:bigint> [1]",
        ),
        (
            "json",
            "two",
            &[("modifiedAfter", "2000-01-01T00:00:00")],
            "struct<a:bigint,b:string> [1,NULL][NULL,x]",
        ),
    ] {
        let read = files.read(format, name, "", options).await;
        assert_eq!(read.unwrap(), expected, "{name} {options:?}");
    }
    for (format, name, options, expected) in [
        (
            "json",
            "below",
            &[][..],
            "UNABLE_TO_INFER_SCHEMA Unable to infer schema for JSON. It must be specified manually.",
        ),
        (
            "json",
            "hidden/_a.json",
            &[],
            "UNABLE_TO_INFER_SCHEMA Unable to infer schema for JSON. It must be specified manually.",
        ),
        (
            "json",
            "two",
            &[("modifiedBefore", "2000-01-01T00:00:00")],
            "UNABLE_TO_INFER_SCHEMA Unable to infer schema for JSON. It must be specified manually.",
        ),
        (
            "json",
            "sample",
            &[("samplingRatio", "-1")],
            "- requirement failed: samplingRatio (-1.0) should be greater than 0",
        ),
        (
            "json",
            "nowhere",
            &[],
            "PATH_NOT_FOUND Path does not exist: file:ROOT/nowhere.",
        ),
        (
            "json",
            "nowhere*/x",
            &[],
            "PATH_NOT_FOUND Path does not exist: file:ROOT/nowhere*/x.",
        ),
    ] {
        let read = files.read(format, name, "", options).await;
        assert_eq!(read.unwrap_err(), expected, "{name}");
    }
    let sampled = files
        .read("json", "sample", "", &[("samplingRatio", "0.1")])
        .await
        .unwrap();
    assert!(sampled.starts_with("struct<a:bigint> "), "{:.40}", sampled);
}

#[tokio::test]
async fn records_are_cut_and_decoded_as_the_options_say() {
    let files = Files::new();
    files
        .put("ml.json", "{\"a\":1,\n\"b\":\"x\"}\n")
        .put("array.json", "[{\"a\":1},\n{\"a\":2}]");
    files
        .put("sep.json", "{\"a\":1}||{\"a\":2}")
        .put("cr.json", "{\"a\":1}\r{\"a\":2}\r\n{\"a\":3}\n");
    files
        .put("ml.csv", "a,\"x\r\ny\"\r\nb,z\r\n")
        .put("sep.csv", "a,1|b,2|");
    files
        .put("a.txt", "a\nb\n")
        .put("bom.txt", b"\xef\xbb\xbfa\n");
    files.put(
        "utf16.json",
        "{\"a\":\"\u{e4}\"}\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>(),
    );
    files.put("latin.csv", b"\xe4,1\n").put(
        "drop.json",
        "{\"a\":null,\"b\":1,\"c\":[],\"d\":{},\"e\":[null]}",
    );
    files
        .put("time.json", "{\"a\":\"2024-01-01T00:00:00\"}")
        .put("prim.json", "{\"a\":1,\"b\":true,\"c\":[1.50],\"d\":null}");
    files
        .put("escape.csv", "a,\"\"\nb,\n")
        .put("open.csv", "\"a\"b,1\nc,2\n");
    let multi = ("multiLine", "true");
    for (format, name, options, expected) in [
        (
            "json",
            "ml.json",
            &[multi][..],
            "struct<a:bigint,b:string> [1,x]",
        ),
        ("json", "array.json", &[multi], "struct<a:bigint> [1][2]"),
        (
            "json",
            "sep.json",
            &[("lineSep", "||")],
            "struct<a:bigint> [1][2]",
        ),
        (
            "json",
            "cr.json",
            &[("lineSep", "\n")],
            "struct<a:bigint> [1][3]",
        ),
        ("json", "cr.json", &[], "struct<a:bigint> [1][2][3]"),
        (
            "csv",
            "ml.csv",
            &[multi],
            "struct<_c0:string,_c1:string> [a,x\ny][b,z]",
        ),
        (
            "csv",
            "sep.csv",
            &[("lineSep", "|")],
            "struct<_c0:string,_c1:string> [a,1][b,2]",
        ),
        (
            "text",
            "a.txt",
            &[("wholetext", "true")],
            "struct<value:string> [a\nb\n]",
        ),
        ("text", "bom.txt", &[], "struct<value:string> [a]"),
        (
            "json",
            "utf16.json",
            &[("encoding", "UTF-16LE"), ("lineSep", "\n")],
            "struct<a:string> [\u{e4}]",
        ),
        (
            "csv",
            "latin.csv",
            &[("encoding", "ISO-8859-1")],
            "struct<_c0:string,_c1:string> [\u{e4},1]",
        ),
        (
            "csv",
            "latin.csv",
            &[],
            "struct<_c0:string,_c1:string> [\u{fffd},1]",
        ),
        (
            "json",
            "drop.json",
            &[("dropFieldIfAllNull", "true")],
            "struct<b:bigint> [1]",
        ),
        (
            "json",
            "time.json",
            &[("inferTimestamp", "true")],
            "struct<a:timestamp> [2024-01-01 00:00:00]",
        ),
        (
            "json",
            "prim.json",
            &[("primitivesAsString", "true")],
            "struct<a:string,b:string,c:array<string>,d:string> [1,true,[1.50],NULL]",
        ),
        (
            "csv",
            "escape.csv",
            &[("emptyValue", "E")],
            "struct<_c0:string,_c1:string> [a,E][b,NULL]",
        ),
        (
            "csv",
            "open.csv",
            &[("unescapedQuoteHandling", "STOP_AT_CLOSING_QUOTE")],
            "struct<_c0:string> [a\"b,1][c]",
        ),
    ] {
        let read = files.read(format, name, "", options).await;
        assert_eq!(read.unwrap(), expected, "{name} {options:?}");
    }
    for (format, name, options, expected) in [
        (
            "json",
            "ml.json",
            &[("encoding", "nope")][..],
            "INVALID_PARAMETER_VALUE.CHARSET The value of parameter(s) `charset` in `JSONOptionsInRead` is invalid: expects one of the iso-8859-1, us-ascii, utf-16, utf-16be, utf-16le, utf-32, utf-8, but got nope.",
        ),
        (
            "json",
            "ml.json",
            &[("encoding", "UTF-16LE")],
            "- requirement failed: The lineSep option must be specified for the UTF-16LE encoding",
        ),
        (
            "json",
            "ml.json",
            &[("lineSep", "")],
            "- requirement failed: 'lineSep' cannot be an empty string.",
        ),
        (
            "csv",
            "ml.csv",
            &[("lineSep", "")],
            "INVALID_LINE_SEPARATOR.EMPTY Invalid line separator configuration. The 'lineSep' option cannot be an empty string.",
        ),
        (
            "csv",
            "ml.csv",
            &[("maxColumns", "1")],
            "MALFORMED_CSV_RECORD Malformed CSV record: a,\"x",
        ),
        (
            "json",
            "ml.json",
            &[("cleanSource", "delete")],
            "- Option 'cleanSource' with value 'delete' is not supported; files that were read stay where they are ('off')",
        ),
    ] {
        let read = files.read(format, name, "", options).await;
        assert_eq!(read.unwrap_err(), expected, "{name} {options:?}");
    }
}

#[tokio::test]
async fn json_syntax_can_be_widened() {
    let files = Files::new();
    let lines = [
        r#"{/*x*/"a":2}"#,
        "{a:3}",
        r#"{"a":007}"#,
        r#"{"a":5,"b":"x\qy"}"#,
        "{\"a\":6,\"b\":\"x\ty\"}",
    ];
    files.put("a.json", lines.join("\n"));
    let schema = "a int, _corrupt_record string";
    for (option, line) in [
        ("allowComments", 0),
        ("allowUnquotedFieldNames", 1),
        ("allowNumericLeadingZeros", 2),
        ("allowBackslashEscapingAnyCharacter", 3),
        ("allowUnquotedControlChars", 4),
    ] {
        let read = files
            .read("json", "a.json", schema, &[(option, "true")])
            .await
            .unwrap();
        for (index, text) in lines.iter().enumerate() {
            assert_eq!(!read.contains(text), index == line, "{option}: {text}");
        }
    }
    files.put("single.json", "{'a':1}");
    let strict = files.read(
        "json",
        "single.json",
        schema,
        &[("allowSingleQuotes", "false")],
    );
    let expected = "struct<a:int,_corrupt_record:string> [NULL,{'a':1}]";
    assert_eq!(strict.await.unwrap(), expected);
}

#[tokio::test]
async fn only_wanted_columns_decide_what_is_bad() {
    let files = Files::new();
    files
        .put("a.csv", "1,x\nbad,y\n3\n")
        .put("a.json", "{\"a\":\"bad\",\"b\":1}\n");
    let path = |name: &str| files.path(name).display().to_string();
    for (format, mode, schema, columns, expected) in [
        (
            "csv",
            "DROPMALFORMED",
            "a INT, b STRING",
            "count(*) AS n",
            "struct<n:bigint> [3]",
        ),
        (
            "csv",
            "DROPMALFORMED",
            "a INT, b STRING",
            "b",
            "struct<b:string> [NULL][x][y]",
        ),
        (
            "csv",
            "DROPMALFORMED",
            "a INT, b STRING",
            "a",
            "struct<a:int> [1][3]",
        ),
        (
            "csv",
            "FAILFAST",
            "a INT, b STRING",
            "b",
            "struct<b:string> [NULL][x][y]",
        ),
        (
            "csv",
            "DROPMALFORMED",
            "a INT, b STRING",
            "*",
            "struct<a:int,b:string> [1,x]",
        ),
        ("json", "FAILFAST", "a INT, b INT", "b", "struct<b:int> [1]"),
    ] {
        let path = path(&format!("a.{format}"));
        let text = format!(
            "CREATE TEMP VIEW v ({schema}) USING {format} OPTIONS (path '{path}', mode '{mode}'); SELECT {columns} FROM v"
        );
        assert_eq!(
            run(&session(), &text).await.unwrap(),
            expected,
            "{format} {mode} {columns}"
        );
    }
    let text = format!(
        "CREATE TEMP VIEW v (a INT, _corrupt_record STRING) USING json OPTIONS (path '{}'); SELECT _corrupt_record FROM v",
        path("a.json")
    );
    let error = run(&session(), &text).await.unwrap_err();
    assert_eq!(
        error.condition(),
        Some("UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN")
    );
}
