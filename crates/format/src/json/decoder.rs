//! Records to columns.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, BinaryArray, NullBufferBuilder, StringArray, StructArray};
use arrow::datatypes::{Fields, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::scanner::Scanner;
use super::tree::{self, Json, Node, Parsed};
use super::value::{Converted, Converter, Raw, can_hold_record};
use super::{JsonOptions, Names, is_space};
use crate::column::{Column, Value, finish_struct, nullable_fields};
use crate::error::FormatError;
use crate::lines::Lines;
use crate::mode::ParseMode;

/// Decodes JSON records into columns of a schema.
#[derive(Clone, Debug)]
pub struct JsonDecoder {
    fields: Fields,
    /// Where among the fields the text of bad records goes.
    corrupt: Option<usize>,
    options: JsonOptions,
}

impl JsonDecoder {
    /// A decoder into columns of `schema`, every one of them nullable: a record may lack any.
    ///
    /// # Errors
    /// `UnsupportedType` if a column has a type that JSON is not read into.
    pub fn new(schema: &Schema, options: JsonOptions) -> Result<JsonDecoder, FormatError> {
        let fields = nullable_fields("JSON", schema.fields())?;
        let corrupt = fields.iter().position(|field| {
            field.name() == &options.corrupt_record_column && can_hold_record(field.data_type())
        });
        Ok(JsonDecoder {
            fields,
            corrupt,
            options,
        })
    }

    /// What is decoded.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// One struct per string, as `from_json` makes it: null for null and for white space; of bad
    /// records, whatever could be read. Nothing is ever left out.
    ///
    /// # Errors
    /// `MalformedRecord` in mode `FAILFAST`; `BatchTooLarge`.
    pub fn decode_strings(&self, strings: &StringArray) -> Result<StructArray, FormatError> {
        let mut rows = Rows::new(self, Raw::Reprinted);
        for string in strings {
            rows.add_value(string.map(str::as_bytes))?;
        }
        rows.finish_struct()
    }

    /// [`JsonDecoder::decode_strings`] of byte strings; what is not UTF-8 in them is replaced.
    ///
    /// # Errors
    /// As [`JsonDecoder::decode_strings`].
    pub fn decode_column(&self, values: &BinaryArray) -> Result<StructArray, FormatError> {
        let mut rows = Rows::new(self, Raw::Reprinted);
        // Usually all is UTF-8, which is fastest to see for all at once. A character may still be cut
        // by the end of a value; the scanner does not accept what ends so, nor what begins so.
        let all_valid = std::str::from_utf8(values.value_data()).is_ok();
        for value in values {
            match value {
                Some(bytes) if !all_valid => {
                    rows.add_value(Some(String::from_utf8_lossy(bytes).as_bytes()))?;
                }
                value => rows.add_value(value)?,
            }
        }
        rows.finish_struct()
    }

    /// The records of a file of JSON lines, or of a part of it, in batches of about `batch_rows`.
    /// Lines of white space are no records; an array is a record per element.
    ///
    /// # Errors
    /// As [`JsonDecoder::decode_strings`].
    pub fn decode_lines(
        &self,
        bytes: &[u8],
        batch_rows: usize,
    ) -> Result<Vec<RecordBatch>, FormatError> {
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let mut rows = Rows::new(self, Raw::Exact);
        let mut batches = Vec::new();
        for line in Lines::new(bytes, self.options.file.separator()) {
            rows.add_line(line)?;
            if rows.len >= batch_rows.max(1) {
                batches.push(rows.finish_batch(&schema)?);
            }
        }
        if rows.len > 0 {
            batches.push(rows.finish_batch(&schema)?);
        }
        Ok(batches)
    }

    /// The record that a file as a whole is, or its records, if it is an array. What follows the
    /// first value is not looked at.
    ///
    /// # Errors
    /// As [`JsonDecoder::decode_strings`].
    pub fn decode_whole(&self, bytes: &[u8]) -> Result<Option<RecordBatch>, FormatError> {
        let schema = Arc::new(Schema::new(self.fields.clone()));
        let mut rows = Rows::new(self, Raw::Exact);
        rows.add_line(bytes)?;
        if rows.len == 0 {
            return Ok(None);
        }
        rows.finish_batch(&schema).map(Some)
    }
}

/// Rows in the making.
struct Rows<'a> {
    decoder: &'a JsonDecoder,
    converter: Converter<'a>,
    names: Names,
    /// All but the one for the text of bad records.
    data_fields: Fields,
    columns: Vec<Column>,
    corrupt: Option<Column>,
    nulls: NullBufferBuilder,
    len: usize,
}

impl<'a> Rows<'a> {
    fn new(decoder: &'a JsonDecoder, raw: Raw) -> Rows<'a> {
        let data_fields: Fields = decoder
            .fields
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != decoder.corrupt)
            .map(|(_, field)| Arc::clone(field))
            .collect();
        let column = |index: usize| Column::new(decoder.fields[index].data_type());
        Rows {
            decoder,
            converter: Converter {
                options: &decoder.options,
                raw,
            },
            names: Names::new(&data_fields),
            columns: data_fields
                .iter()
                .map(|field| Column::new(field.data_type()))
                .collect(),
            data_fields,
            corrupt: decoder.corrupt.map(column),
            nulls: NullBufferBuilder::new(0),
            len: 0,
        }
    }

    /// Adds the row of a value of `from_json`, which must be UTF-8.
    fn add_value(&mut self, record: Option<&[u8]>) -> Result<(), FormatError> {
        let Some(record) = record else {
            self.push_null();
            return Ok(());
        };
        if self.scan(record) {
            return Ok(());
        }
        self.add_tree(&String::from_utf8_lossy(record))
    }

    /// Adds the row of a value of `from_json` by way of a tree.
    fn add_tree(&mut self, text: &str) -> Result<(), FormatError> {
        match tree::parse_with(text, &self.decoder.options.syntax) {
            Parsed::Nothing => self.push_null(),
            Parsed::Value(node) => self.add_node(&node, text)?,
            Parsed::Malformed => self.push_bad(None, text)?,
        }
        Ok(())
    }

    /// Adds the rows of a line of a file.
    fn add_line(&mut self, line: &[u8]) -> Result<(), FormatError> {
        // A mark of byte order, at the beginning of the file or of a line.
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        if line.iter().copied().all(is_space) {
            return Ok(());
        }
        let text = match std::str::from_utf8(line) {
            Ok(_) if self.scan(line) => return Ok(()),
            Ok(text) => Cow::Borrowed(text),
            Err(error) => {
                // What is not UTF-8 makes the record bad, unless it stands behind it.
                let (valid, _) = line.split_at(error.valid_up_to());
                let valid = String::from_utf8_lossy(valid);
                let syntax = &self.decoder.options.syntax;
                if !matches!(tree::parse_with(&valid, syntax), Parsed::Value(_)) {
                    return self.push_bad(None, &String::from_utf8_lossy(line));
                }
                Cow::Owned(valid.into_owned())
            }
        };
        match tree::parse_with(&text, &self.decoder.options.syntax) {
            Parsed::Nothing => Ok(()),
            Parsed::Value(Node {
                json: Json::Array(nodes),
                ..
            }) => self.add_array(&nodes, &text),
            Parsed::Value(node) => self.add_node(&node, &text),
            Parsed::Malformed => self.push_bad(None, &text),
        }
    }

    /// Whether the record was plain, and is added.
    #[inline]
    fn scan(&mut self, record: &[u8]) -> bool {
        let mut scanner = Scanner::new(record, &self.decoder.options);
        if scanner
            .record(&mut self.names, &mut self.columns, self.len)
            .is_none()
        {
            for column in &mut self.columns {
                column.truncate(self.len);
            }
            return false;
        }
        self.end_row(None);
        true
    }

    fn add_node(&mut self, node: &Node<'_>, text: &str) -> Result<(), FormatError> {
        let Json::Object(members) = &node.json else {
            return self.push_bad(None, text);
        };
        match self.converter.object(members, &self.names, &self.columns) {
            Converted::Whole(row) => {
                self.push_row(row, None);
                Ok(())
            }
            Converted::Partial(row) => self.push_bad(Some(row), text),
            Converted::Failed | Converted::Lost => self.push_bad(None, text),
        }
    }

    /// Adds a row per element; a single bad row if one of them is no object.
    fn add_array(&mut self, nodes: &[Node<'_>], text: &str) -> Result<(), FormatError> {
        let mut rows = Vec::with_capacity(nodes.len());
        let mut partial = false;
        for node in nodes {
            let Json::Object(members) = &node.json else {
                return self.push_bad(None, text);
            };
            match self.converter.object(members, &self.names, &self.columns) {
                Converted::Whole(row) => rows.push(row),
                Converted::Partial(row) => {
                    rows.push(row);
                    partial = true;
                }
                Converted::Failed | Converted::Lost => return self.push_bad(None, text),
            }
        }
        for row in rows {
            match partial {
                true => self.push_bad(Some(row), text)?,
                false => self.push_row(row, None),
            }
        }
        Ok(())
    }

    /// Adds what could be read of a bad record, or does with it what the mode says.
    fn push_bad(&mut self, row: Option<Value>, text: &str) -> Result<(), FormatError> {
        let row = row.unwrap_or_else(|| Value::Struct(vec![Value::Null; self.columns.len()]));
        match self.decoder.options.mode {
            ParseMode::Permissive => self.push_row(row, Some(text)),
            ParseMode::DropMalformed if self.converter.raw == Raw::Exact => {}
            ParseMode::DropMalformed => self.push_row(row, Some(text)),
            ParseMode::FailFast => {
                let mut record = String::new();
                row.print(&mut record);
                return Err(FormatError::MalformedRecord { record });
            }
        }
        Ok(())
    }

    fn push_row(&mut self, row: Value, bad_text: Option<&str>) {
        let Value::Struct(values) = row else {
            unreachable!("a row is a struct")
        };
        self.columns
            .iter_mut()
            .zip(values)
            .for_each(|(column, value)| column.push(value));
        self.end_row(bad_text);
    }

    fn push_null(&mut self) {
        self.columns.iter_mut().for_each(Column::push_null);
        self.corrupt.iter_mut().for_each(Column::push_null);
        self.nulls.append_null();
        self.len += 1;
    }

    #[inline]
    fn end_row(&mut self, bad_text: Option<&str>) {
        if let Some(column) = &mut self.corrupt {
            match bad_text {
                Some(text) => column.push(Value::Text(text.to_owned())),
                None => column.push_null(),
            }
        }
        self.nulls.append_non_null();
        self.len += 1;
    }

    /// The rows as structs; none are left.
    fn finish_struct(&mut self) -> Result<StructArray, FormatError> {
        let nulls = self.nulls.finish();
        let rows = std::mem::take(&mut self.len);
        let data = finish_struct(&self.data_fields, &mut self.columns, None, rows)?;
        let (_, mut arrays, _) = data.into_parts();
        if let (Some(place), Some(column)) = (self.decoder.corrupt, &mut self.corrupt) {
            arrays.insert(place, column.finish()?);
        }
        StructArray::try_new_with_length(self.decoder.fields.clone(), arrays, nulls, rows)
            .map_err(FormatError::arrow("make a struct column"))
    }

    fn finish_batch(&mut self, schema: &SchemaRef) -> Result<RecordBatch, FormatError> {
        let structs = self.finish_struct()?;
        let options = RecordBatchOptions::new().with_row_count(Some(structs.len()));
        let (_, arrays, _) = structs.into_parts();
        RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)
            .map_err(FormatError::arrow("make a batch of records"))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;

    use super::*;
    use crate::schema::parse_fields;

    const SCHEMA: &str = "s STRING, i INT, l BIGINT, t TINYINT, d DOUBLE, f FLOAT, b BOOLEAN, \
        e DECIMAL(12,3), ts TIMESTAMP, nt TIMESTAMP_NTZ, dt DATE, bin BINARY, a ARRAY<INT>, \
        m MAP<STRING,DOUBLE>, st STRUCT<x:INT,y:ARRAY<STRUCT<z:STRING>>>, _corrupt_record STRING";

    const RECORD: &str = r#"{"s":"a\n\u00e9\ud83d\ude00","i":-12,"l":1234567890123,"skip":{"a":[1,2,{"b":null}],"c":"]"},"t":200,"d":1.5e3,"f":0.25,"b":true,"e":12.3456,"ts":"2013-01-01T05:00:00.5Z","nt":"2013-01-01 05:00:00","dt":"2013-01-01","bin":"aGVsbG8=","a":[1,null,3],"m":{"k":1,"j":-0.0},"st":{"x":1,"y":[{"z":"q"},null,{}]}, "more" : [ ] }"#;

    /// What the scanner gives up on is put into a record at random, along with plain noise.
    const ODD: [&str; 24] = [
        "null",
        "\"x\"",
        "1",
        "1.0",
        "-0",
        "NaN",
        "'q'",
        "{}",
        "[]",
        "[[1]]",
        "{\"x\":\"y\"}",
        "+INF",
        "tru",
        "01",
        "1e400",
        "\\",
        "\"",
        "{",
        "}",
        ",",
        ":",
        "\u{0}",
        "99999999999999999999",
        "\"2013-02-30\"",
    ];

    /// A generator of numbers that look random (xorshift).
    struct Random(u64);

    impl Random {
        fn below(&mut self, n: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % n as u64) as usize
        }
    }

    /// Any bytes give an answer, and the scanner's is the tree's.
    #[test]
    fn mutilated_records_are_read_the_same_by_scanner_and_tree() {
        let schema = Schema::new(parse_fields(SCHEMA).unwrap());
        let decoder = JsonDecoder::new(&schema, JsonOptions::default()).unwrap();
        let mut random = Random(0x2013_0101);
        let mut scanned = Rows::new(&decoder, Raw::Reprinted);
        let mut by_tree = Rows::new(&decoder, Raw::Reprinted);
        let mut texts = Vec::new();
        for _ in 0..4_000 {
            let mut record = RECORD.as_bytes().to_vec();
            for _ in 0..random.below(4) {
                if record.is_empty() {
                    break;
                }
                let at = random.below(record.len());
                match random.below(5) {
                    0 => record[at] = random.below(256) as u8,
                    1 => _ = record.remove(at),
                    2 => record.truncate(at.max(1)),
                    3 => _ = record.splice(at..at, ODD[random.below(ODD.len())].bytes()),
                    _ => {
                        // In the place of a value.
                        let end = record[at..]
                            .iter()
                            .position(|&b| b == b',')
                            .map_or(record.len(), |n| at + n);
                        let start = record[..at]
                            .iter()
                            .rposition(|&b| b == b':')
                            .map_or(0, |n| n + 1);
                        record.splice(start..end, ODD[random.below(ODD.len())].bytes());
                    }
                }
            }
            texts.push(String::from_utf8_lossy(&record).into_owned());
            decoder.decode_lines(&record, 10).unwrap();
        }
        for text in &texts {
            scanned.add_value(Some(text.as_bytes())).unwrap();
            by_tree.add_tree(text).unwrap();
        }
        let (scanned, by_tree) = (
            scanned.finish_struct().unwrap(),
            by_tree.finish_struct().unwrap(),
        );
        for (row, text) in texts.iter().enumerate() {
            assert_eq!(
                scanned.slice(row, 1).to_data(),
                by_tree.slice(row, 1).to_data(),
                "{text}"
            );
        }
        let whole = scanned.column(15).null_count();
        assert!((400..3_600).contains(&whole), "{whole} records are not bad");
    }

    #[test]
    fn depth_is_bounded() {
        let schema = Schema::new(parse_fields("a INT").unwrap());
        let decoder = JsonDecoder::new(&schema, JsonOptions::default()).unwrap();
        let nested = |depth: usize| {
            format!(
                r#"{{"z":{}{},"a":1}}"#,
                "[".repeat(depth),
                "]".repeat(depth)
            )
        };
        let strings = StringArray::from(vec![nested(999), nested(1000), nested(1_000_000)]);
        let structs = decoder.decode_strings(&strings).unwrap();
        assert_eq!(structs.column(0).null_count(), 2);
        assert!(structs.column(0).is_valid(0));
        // As a string, by way of the tree; and as deep as a schema goes.
        let schema = Schema::new(parse_fields("z STRING").unwrap());
        let decoder = JsonDecoder::new(&schema, JsonOptions::default()).unwrap();
        let structs = decoder.decode_strings(&strings).unwrap();
        assert_eq!(structs.column(0).as_string::<i32>().value(0).len(), 2 * 999);
        crate::json::infer_schema(nested(999).as_bytes(), &JsonOptions::default()).unwrap();
    }

    /// Values that are UTF-8 together, but not each.
    #[test]
    fn a_character_may_be_cut() {
        let schema = Schema::new(parse_fields("a STRING").unwrap());
        let decoder = JsonDecoder::new(&schema, JsonOptions::default()).unwrap();
        let values: Vec<&[u8]> = vec![
            b"{\"a\":\"x\"}\xc3",
            b"\xa9{\"a\":\"y\"}",
            b"{\"a\":\"\xc3",
            b"\xa9\"}",
        ];
        let structs = decoder
            .decode_column(&BinaryArray::from_vec(values))
            .unwrap();
        let column: Vec<_> = structs.column(0).as_string::<i32>().iter().collect();
        assert_eq!(column, [Some("x"), None, None, None]);
    }
}
