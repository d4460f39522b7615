//! Compressed files.

use super::{Files, run, tree};
use crate::support::session;

#[tokio::test]
async fn compressed_files_are_read_by_their_extension() {
    let files = Files::new();
    files.gzip("gz/a.json.gz", "{\"v\":1}\n{\"v\":2}\n");
    files.gzip("upper/a.json.GZ", "{\"v\":1}\n");
    files.gzip("csv/a.csv.gz", "a,b\n1,2\n");
    files.put(
        "snappy/a.txt.snappy",
        b"\x00\x00\x00\x04\x00\x00\x00\x06\x04\x0ca\nb\n",
    );
    files.put(
        "lz4/a.txt.lz4",
        b"\x00\x00\x00\x04\x00\x00\x00\x05\x40a\nb\n",
    );
    files.put("bz2/a.txt.bz2", b"BZh9");
    files.put("damaged/a.json.gz", b"not gzip");
    let whole = [("header", "true"), ("inferSchema", "true")];
    for (format, name, options, expected) in [
        ("json", "gz", &[][..], "struct<v:bigint> [1][2]"),
        ("json", "upper", &[], "struct<v:bigint> [1]"),
        ("csv", "csv", &whole, "struct<a:int,b:int> [1,2]"),
        ("text", "snappy", &[], "struct<value:string> [a][b]"),
        ("text", "lz4", &[], "struct<value:string> [a][b]"),
    ] {
        let read = files.read(format, name, "", options).await;
        assert_eq!(read.unwrap(), expected, "{name}");
    }
    let error = files.read("text", "bz2", "", &[]).await.unwrap_err();
    assert!(error.contains("bzip2 are not supported"), "{error}");
    let error = files
        .read("json", "damaged", "v int", &[])
        .await
        .unwrap_err();
    let expected = "FAILED_READ_FILE.NO_HINT Encountered error while reading file file://ROOT/damaged/a.json.gz.";
    assert!(error.starts_with(expected), "{error}");
    files.put("damaged/b.json", "{\"v\":7}\n");
    let ignored = files.read(
        "json",
        "damaged",
        "v int",
        &[("ignoreCorruptFiles", "true")],
    );
    assert_eq!(ignored.await.unwrap(), "struct<v:int> [7]");
}

#[tokio::test]
async fn text_files_are_written_compressed() {
    let files = Files::new();
    for (codec, end) in [
        ("gzip", ".json.gz"),
        ("GZIP", ".json.gz"),
        ("deflate", ".json.deflate"),
        ("snappy", ".json.snappy"),
        ("lz4", ".json.lz4"),
        ("none", ".json"),
        ("org.apache.hadoop.io.compress.GzipCodec", ".json.gz"),
    ] {
        let session = session();
        let path = files.path(codec).display().to_string();
        let text = format!(
            "INSERT OVERWRITE DIRECTORY '{path}' USING json OPTIONS (compression '{codec}')
             SELECT 1 AS v; SELECT * FROM json.`{path}`"
        );
        let written = run(&session, &text);
        assert_eq!(written.await.unwrap(), "struct<v:bigint> [1]", "{codec}");
        assert_eq!(tree(&files.path(codec)), [end], "{codec}");
    }
    let path = files.path("x").display().to_string();
    for (format, codec, expected) in [
        (
            "json",
            "foo",
            "The codec foo is not available. Available codecs are deflate, uncompressed, snappy, none, lz4, gzip.",
        ),
        (
            "parquet",
            "foo",
            "The codec foo is not available. Available codecs are brotli, uncompressed, lzo, snappy, lz4_raw, none, zstd, lz4, gzip.",
        ),
    ] {
        let text = format!(
            "INSERT OVERWRITE DIRECTORY '{path}' USING {format} OPTIONS (compression '{codec}') SELECT 1 AS v"
        );
        let error = run(&session(), &text).await.unwrap_err();
        assert_eq!(
            error.condition(),
            Some("CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION")
        );
        assert_eq!(error.message(), expected);
    }
}

#[tokio::test]
async fn parquet_is_written_with_the_codec_in_the_name() {
    let files = Files::new();
    for (codec, end) in [
        ("snappy", ".snappy.parquet"),
        ("none", ".parquet"),
        ("gzip", ".gz.parquet"),
        ("zstd", ".zstd.parquet"),
        ("lz4", ".lz4hadoop.parquet"),
        ("lz4_raw", ".lz4raw.parquet"),
    ] {
        let path = files.path(codec).display().to_string();
        let text = format!(
            "INSERT OVERWRITE DIRECTORY '{path}' USING parquet OPTIONS (compression '{codec}')
             SELECT 1 AS v; SELECT * FROM parquet.`{path}`"
        );
        assert_eq!(run(&session(), &text).await.unwrap(), "struct<v:int> [1]");
        assert_eq!(tree(&files.path(codec)), [end]);
    }
}
