//! Text formats: a file's bytes into record batches, block by block.
//!
//! A file is decompressed, brought to UTF-8 and decoded a block at a time. A block ends where a record
//! ends. Memory holds the compressed bytes, one block, and its rows; a file whose records may have
//! several lines (`multiLine`, `wholetext`) is one block.

use std::io::Read;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use datafusion::execution::memory_pool::MemoryReservation;
use format::compression::Codec;
use format::csv::{CsvDecoder, CsvOptions, Part};
use format::json::{JsonDecoder, JsonOptions};
use format::time::Zone;
use format::{TextFile, whole_lines_len};

use super::FileFormat;
use crate::error::{Error, Result};
use crate::options::Options;

/// Rows per record batch.
pub(super) const BATCH_ROWS: usize = 8192;

/// A block ends with the first record that ends after so many bytes.
const BLOCK_LEN: usize = 4 * 1024 * 1024;

/// How a text format is read.
#[derive(Clone, Debug)]
pub(super) enum TextFormat {
    Csv(CsvOptions),
    Json(JsonOptions),
    Text(TextFile),
}

impl TextFormat {
    /// The options of a text format.
    pub(super) fn new(format: FileFormat, options: &Options) -> Result<TextFormat> {
        let map = options.to_map();
        Ok(match format {
            FileFormat::Csv => {
                if options.get("lineSep") == Some("") {
                    return Err(Error::with_condition(
                        crate::error::ErrorKind::IllegalArgument,
                        "INVALID_LINE_SEPARATOR.EMPTY",
                        "Invalid line separator configuration. The 'lineSep' option cannot be an \
                         empty string.",
                    ));
                }
                TextFormat::Csv(CsvOptions::from_map(&map, Zone::UTC)?)
            }
            FileFormat::Json => TextFormat::Json(JsonOptions::from_map(&map, Zone::UTC)?),
            FileFormat::Text => TextFormat::Text(format::text::options(&map)?),
            FileFormat::Parquet => unreachable!("Parquet is not text"),
        })
    }

    /// How a file is cut into records.
    fn file(&self) -> &TextFile {
        match self {
            TextFormat::Csv(options) => &options.file,
            TextFormat::Json(options) => &options.file,
            TextFormat::Text(file) => file,
        }
    }

    /// The blocks of a file. Their memory is counted in `held`.
    pub(super) fn blocks(
        &self,
        path: &str,
        bytes: Bytes,
        held: MemoryReservation,
    ) -> std::io::Result<Blocks> {
        let content = Codec::of_path(path).reader(bytes)?;
        Ok(Blocks {
            content: self.file().encoding.reader(content),
            separator: self.file().separator.clone().map(String::into_bytes),
            is_whole: self.file().is_whole,
            part: Part::First,
            rest: Vec::new(),
            at_end: false,
            held,
        })
    }
}

/// What decodes the blocks of a file.
#[derive(Clone, Debug)]
pub(super) enum TextDecoder {
    Csv(CsvDecoder),
    Json(JsonDecoder, JsonOptions),
    Text(TextFile, SchemaRef),
}

impl TextDecoder {
    /// A decoder into columns of `schema`, which are those that stand in the file.
    ///
    /// `all`: the columns that stand in the file. Those of CSV records are found by place.
    pub(super) fn new(
        format: &TextFormat,
        schema: &SchemaRef,
        all: &Schema,
    ) -> Result<TextDecoder> {
        Ok(match format {
            TextFormat::Csv(options) => {
                let decoder = CsvDecoder::new(schema, options.clone())?;
                let is_data = |field: &&Arc<Field>| field.name() != options.corrupt_record_column();
                let names: Vec<&str> = all
                    .fields()
                    .iter()
                    .filter(is_data)
                    .map(|field| field.name().as_str())
                    .collect();
                let wanted = schema.fields().iter().filter(is_data).count();
                TextDecoder::Csv(match wanted < names.len() {
                    false => decoder,
                    true => {
                        let place = |field: &Arc<Field>| {
                            let mut names = names.iter();
                            names
                                .position(|name| name == field.name())
                                .unwrap_or(usize::MAX)
                        };
                        decoder.with_places(schema.fields().iter().map(place).collect())
                    }
                })
            }
            TextFormat::Json(options) => {
                TextDecoder::Json(JsonDecoder::new(schema, options.clone())?, options.clone())
            }
            TextFormat::Text(file) => TextDecoder::Text(file.clone(), SchemaRef::clone(schema)),
        })
    }

    /// The rows of a block.
    pub(super) fn decode(&self, block: &Block) -> Result<Vec<RecordBatch>> {
        Ok(match self {
            TextDecoder::Csv(decoder) => {
                decoder.decode_part(&block.bytes, block.part, BATCH_ROWS)?
            }
            TextDecoder::Json(decoder, options) if options.file.is_whole => {
                decoder.decode_whole(&block.bytes)?.into_iter().collect()
            }
            TextDecoder::Json(decoder, _) => decoder.decode_lines(&block.bytes, BATCH_ROWS)?,
            TextDecoder::Text(file, schema) => {
                let bytes = match block.part == Part::First && !file.is_whole {
                    true => block
                        .bytes
                        .strip_prefix(b"\xef\xbb\xbf")
                        .unwrap_or(&block.bytes),
                    false => &block.bytes,
                };
                let batches = format::text::decode_lines(bytes, file, BATCH_ROWS)?;
                let named = |batch: RecordBatch| match schema.fields().is_empty() {
                    true => Ok(batch),
                    false => {
                        RecordBatch::try_new(SchemaRef::clone(schema), batch.columns().to_vec())
                    }
                };
                batches.into_iter().map(named).collect::<Result<_, _>>()?
            }
        })
    }
}

/// Whole records of a file.
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) part: Part,
}

/// The content of a file, block by block.
pub(super) struct Blocks {
    content: Box<dyn Read + Send>,
    separator: Option<Vec<u8>>,
    is_whole: bool,
    /// Which part of the file the next block is.
    part: Part,
    /// What was read of the next block.
    rest: Vec<u8>,
    at_end: bool,
    held: MemoryReservation,
}

impl Blocks {
    /// The next block; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Block>> {
        let mut wanted = BLOCK_LEN;
        loop {
            while !self.at_end && (self.rest.len() < wanted || self.is_whole) {
                self.read_more()?;
            }
            let len = match self.at_end {
                true => self.rest.len(),
                false => whole_lines_len(&self.rest, self.separator.as_deref()),
            };
            if len == 0 && !self.at_end {
                // A record that is longer than a block.
                wanted = self.rest.len().saturating_mul(2);
                continue;
            }
            if len == 0 && (self.part == Part::Later || !self.is_whole) {
                self.held.resize(0);
                return Ok(None);
            }
            let rest = self.rest.split_off(len);
            let bytes = std::mem::replace(&mut self.rest, rest);
            let part = std::mem::replace(&mut self.part, Part::Later);
            return Ok(Some(Block { bytes, part }));
        }
    }

    fn read_more(&mut self) -> Result<()> {
        const READ_LEN: usize = 256 * 1024;
        self.held.try_resize(self.rest.len() + READ_LEN)?;
        let mut piece = (&mut self.content).take(READ_LEN as u64);
        let found = piece
            .read_to_end(&mut self.rest)
            .map_err(|error| Error::io("decode its bytes", error))?;
        self.at_end = found == 0;
        Ok(())
    }
}

/// Refuses columns that the format cannot be read into.
pub(super) fn check_columns(format: &TextFormat, data: &Schema) -> Result<()> {
    let (name, column) = match format {
        TextFormat::Text(_) => return check_text_columns(data),
        TextFormat::Csv(options) => ("CSV", options.corrupt_record_column()),
        TextFormat::Json(options) => ("JSON", options.corrupt_record_column.as_str()),
    };
    for field in data.fields() {
        if field.name() == column && *field.data_type() != DataType::Utf8 {
            return Err(Error::analysis(
                "INVALID_CORRUPT_RECORD_TYPE",
                format!(
                    "The column `{column}` for corrupt records must have the nullable STRING type, \
                     but got \"{}\".",
                    crate::type_name::sql_name(field.data_type())
                ),
            ));
        }
        if matches!(field.data_type(), DataType::Interval(_)) {
            return Err(unsupported_type(name, field.name(), field.data_type()));
        }
    }
    Ok(())
}

/// Text has one column, of strings.
pub fn check_text_columns(data: &Schema) -> Result<()> {
    if let Some(field) = data
        .fields()
        .iter()
        .find(|field| *field.data_type() != DataType::Utf8)
    {
        return Err(unsupported_type("Text", field.name(), field.data_type()));
    }
    match data.fields().len() {
        0 | 1 => Ok(()),
        columns => Err(Error::new(
            crate::error::ErrorKind::Analysis,
            format!(
                "Text data source supports only a single column, and you have {columns} columns."
            ),
        )),
    }
}

/// `UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE`.
pub fn unsupported_type(format: &str, column: &str, data_type: &DataType) -> Error {
    Error::analysis(
        "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
        format!(
            "The {format} datasource doesn't support the column `{column}` of the type \"{}\".",
            crate::type_name::sql_name(data_type)
        ),
    )
}
