//! Rows into the bytes of a file.

use std::sync::Arc;

use arrow::array::{Array, StringArray};
use arrow::datatypes::{DataType, Field, IntervalUnit, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, GzipLevel, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;
use format::compression::Codec;
use format::csv::{CsvEncoder, CsvWriterOptions};
use format::json::{JsonEncoder, JsonEncoderOptions};
use format::time::Zone;
use format::{FormatError, TextFile};
use values::show_column;
use values::types::field_type;

use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::source::file::{
    FileFormat, check_duplicates_at_top, check_text_columns, unsupported_type,
};

/// A file ends at this size and the next one begins: files are built in memory.
const FILE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// How rows are written, and what the files are called. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct FileForm {
    form: Form,
    max_records: Option<u64>,
}

#[derive(Clone, Debug)]
enum Form {
    Parquet(Compression),
    Text(Arc<TextForm>),
}

/// How a text file is written.
#[derive(Debug)]
struct TextForm {
    records: Records,
    file: TextFile,
    /// Of the file as a whole.
    codec: Codec,
}

/// The records of a text file.
#[derive(Debug)]
enum Records {
    Csv(CsvEncoder),
    Json(JsonEncoder),
    Lines,
}

impl FileForm {
    /// Reads the options `compression`, `maxRecordsPerFile` and those of the format. Options of other formats are not
    /// looked at, as in Spark.
    pub(super) fn new(format: FileFormat, options: &Options) -> Result<FileForm> {
        let map = options.to_map();
        let form = match format {
            FileFormat::Parquet => {
                let names = [
                    "compression",
                    "parquet.compression",
                    "spark.sql.parquet.compression.codec",
                ];
                let named = names.iter().find_map(|name| options.get(name));
                Form::Parquet(parquet_compression(named.unwrap_or("snappy"))?)
            }
            FileFormat::Csv => {
                let csv = CsvWriterOptions::from_map(&map, Zone::UTC)?;
                let file = csv.file.clone();
                let codec = options.get("compression").or_else(|| options.get("codec"));
                Form::text(Records::Csv(CsvEncoder::new(csv)), file, codec)?
            }
            FileFormat::Json => {
                let json = JsonEncoderOptions::from_map(&map, Zone::UTC)?;
                let file = json.file.clone();
                let codec = options.get("compression");
                Form::text(Records::Json(JsonEncoder::new(json)), file, codec)?
            }
            FileFormat::Text => {
                let codec = options.get("compression");
                Form::text(Records::Lines, format::text::options(&map)?, codec)?
            }
        };
        Ok(FileForm {
            form,
            max_records: options.records_max("maxRecordsPerFile")?,
        })
    }

    /// Refuses columns that a file of the format cannot have.
    ///
    /// # Errors
    /// `COLUMN_ALREADY_EXISTS`, `UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE` and the like.
    pub(super) fn check_columns(&self, all: &Schema, data: &Schema) -> Result<()> {
        let format = self.form.format();
        match format {
            // CSV has no names within its records.
            FileFormat::Csv => {}
            _ => check_duplicates_at_top(all)?,
        }
        if format == FileFormat::Text {
            return check_text_columns(data);
        }
        for field in data.fields() {
            let data_type = field.data_type();
            let is_refused = match format {
                FileFormat::Csv => data_type.is_null() || data_type.is_nested(),
                _ => false,
            };
            if is_refused || is_calendar_interval(data_type) {
                return Err(unsupported_type(format.title(), field.name(), data_type));
            }
            if format == FileFormat::Parquet && has_empty_struct(data_type) {
                return Err(Error::with_condition(
                    ErrorKind::Analysis,
                    "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE",
                    "The Parquet datasource does not support writing empty or nested empty \
                     schemas. Please make sure the data schema has at least one or more column(s).",
                ));
            }
        }
        Ok(())
    }

    /// The end of a file's name.
    pub(super) fn suffix(&self) -> String {
        let extension = match self.form.format() {
            FileFormat::Text => "txt",
            format => format.name(),
        };
        match &self.form {
            Form::Parquet(compression) => {
                let compression = match compression {
                    Compression::SNAPPY => ".snappy",
                    Compression::GZIP(_) => ".gz",
                    Compression::LZ4 => ".lz4hadoop",
                    Compression::LZ4_RAW => ".lz4raw",
                    Compression::ZSTD(_) => ".zstd",
                    _ => "",
                };
                format!("{compression}.{extension}")
            }
            Form::Text(text) => format!(".{extension}{}", text.codec.extension()),
        }
    }

    /// A new file for rows of `schema`.
    pub(super) fn encoder(&self, schema: &SchemaRef) -> Result<Encoder> {
        let body = match &self.form {
            Form::Parquet(compression) => {
                let properties = WriterProperties::builder()
                    .set_compression(*compression)
                    .build();
                // Arrow's own copy of the schema would say no more than Parquet's.
                let options = ArrowWriterOptions::new()
                    .with_properties(properties)
                    .with_skip_arrow_metadata(true);
                let writer =
                    ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema), options)
                        .map_err(parquet_error)?;
                Body::Parquet(Box::new(writer))
            }
            Form::Text(text) => {
                let mut bytes = Vec::new();
                if let Records::Csv(csv) = &text.records {
                    csv.encode_header(schema.fields(), &mut bytes);
                }
                Body::Text(Arc::clone(text), bytes)
            }
        };
        Ok(Encoder {
            max_records: self.max_records,
            rows: 0,
            body,
        })
    }
}

impl Form {
    fn text(records: Records, file: TextFile, codec: Option<&str>) -> Result<Form> {
        Ok(Form::Text(Arc::new(TextForm {
            records,
            file,
            codec: codec.map_or(Ok(Codec::None), Codec::named)?,
        })))
    }

    fn format(&self) -> FileFormat {
        match self {
            Form::Parquet(_) => FileFormat::Parquet,
            Form::Text(text) => match &text.records {
                Records::Csv(_) => FileFormat::Csv,
                Records::Json(_) => FileFormat::Json,
                Records::Lines => FileFormat::Text,
            },
        }
    }
}

/// The rows with intervals as Spark writes them in text: `INTERVAL '1' DAY`.
fn intervals_as_text(batch: &RecordBatch) -> Result<RecordBatch> {
    let is_interval = |field: &Field| {
        matches!(
            field.data_type(),
            DataType::Duration(_) | DataType::Interval(_)
        )
    };
    let schema = batch.schema_ref();
    if !schema.fields().iter().any(|field| is_interval(field)) {
        return Ok(batch.clone());
    }
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let data_type = match is_interval(field) {
            true => field_type(field),
            false => None,
        };
        let Some(data_type) = data_type else {
            fields.push(field.as_ref().clone());
            columns.push(Arc::clone(column));
            continue;
        };
        let shown = show_column(column, &data_type, Zone::UTC)?;
        let shown = shown.into_iter().enumerate();
        let texts: StringArray = shown
            .map(|(row, text)| column.is_valid(row).then_some(text))
            .collect();
        fields.push(Field::new(field.name(), DataType::Utf8, true));
        columns.push(Arc::new(texts));
    }
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}

fn is_calendar_interval(data_type: &DataType) -> bool {
    *data_type == DataType::Interval(IntervalUnit::MonthDayNano)
}

fn has_empty_struct(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => {
            fields.is_empty()
                || fields
                    .iter()
                    .any(|field| has_empty_struct(field.data_type()))
        }
        DataType::List(item) => has_empty_struct(item.data_type()),
        DataType::Map(entries, _) => has_empty_struct(entries.data_type()),
        _ => false,
    }
}

fn parquet_compression(name: &str) -> Result<Compression> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "none" | "uncompressed" => Compression::UNCOMPRESSED,
        "snappy" => Compression::SNAPPY,
        "gzip" => Compression::GZIP(GzipLevel::default()),
        "lz4" => Compression::LZ4,
        "lz4_raw" => Compression::LZ4_RAW,
        "zstd" => Compression::ZSTD(ZstdLevel::default()),
        "brotli" => return Err(no_codec_class("org.apache.hadoop.io.compress.BrotliCodec")),
        "lzo" => return Err(no_codec_class("com.hadoop.compression.lzo.LzoCodec")),
        _ => {
            return Err(FormatError::CodecNotAvailable {
                name: name.to_owned(),
                available: "brotli, uncompressed, lzo, snappy, lz4_raw, none, zstd, lz4, gzip",
            }
            .into());
        }
    })
}

/// The error of a Spark that has not been given the library of the codec.
fn no_codec_class(class: &str) -> Error {
    Error::unsupported(format!("Class {class} was not found"))
}

fn parquet_error(error: ParquetError) -> Error {
    Error::io("write Parquet", error)
}

/// A file in the making.
pub(super) struct Encoder {
    max_records: Option<u64>,
    rows: u64,
    body: Body,
}

enum Body {
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    Text(Arc<TextForm>, Vec<u8>),
}

impl Encoder {
    /// Adds rows.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        match &mut self.body {
            Body::Parquet(writer) => writer.write(batch).map_err(parquet_error),
            Body::Text(text, bytes) => {
                let batch = &intervals_as_text(batch)?;
                match &text.records {
                    Records::Csv(csv) => csv.encode(batch, bytes)?,
                    Records::Json(json) => json.encode_lines(batch, bytes)?,
                    Records::Lines => {
                        let separator = text.file.separator().unwrap_or(b"\n");
                        format::text::encode_lines(batch, separator, bytes)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Whether the next rows should go to another file.
    pub(super) fn is_full(&self) -> bool {
        let bytes = match &self.body {
            Body::Parquet(writer) => writer.bytes_written() + writer.in_progress_size(),
            Body::Text(_, bytes) => bytes.len(),
        };
        bytes >= FILE_BYTES_MAX || self.max_records.is_some_and(|max| self.rows >= max)
    }

    /// The whole file.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        match self.body {
            Body::Parquet(writer) => writer.into_inner().map_err(parquet_error),
            Body::Text(text, bytes) => {
                let bytes = match text.file.encoding {
                    format::Encoding::Utf8 => bytes,
                    encoding => encoding.encode(&String::from_utf8_lossy(&bytes)),
                };
                let compressed = text.codec.compress(bytes);
                compressed.map_err(|error| Error::io("compress a file", error))
            }
        }
    }
}
