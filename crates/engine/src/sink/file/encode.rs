//! Rows into the bytes of a file.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression, GzipLevel, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;
use format::csv::{CsvEncoder, CsvWriterOptions};
use format::json::{JsonEncoder, JsonEncoderOptions};
use format::time::Zone;

use crate::error::{Error, Result};
use crate::options::Options;
use crate::source::file::FileFormat;

/// A file ends at this size and the next one begins: files are built in memory.
const FILE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// How rows are written, and what the files are called.
#[derive(Clone, Debug)]
pub(super) struct Encoding {
    format: FileFormat,
    compression: Compression,
    max_records: Option<u64>,
    csv: CsvEncoder,
    json: JsonEncoder,
}

impl Encoding {
    /// Reads the options `compression`, `maxRecordsPerFile` and those of the format.
    pub(super) fn new(format: FileFormat, options: &Options) -> Result<Encoding> {
        let compression = match (format, options.get("compression")) {
            (FileFormat::Parquet, None) => Compression::SNAPPY,
            (FileFormat::Parquet, Some(name)) => parquet_compression(name)?,
            (_, None | Some("none" | "uncompressed")) => Compression::UNCOMPRESSED,
            (_, Some(name)) => {
                return Err(Error::unsupported(format!(
                    "compression \"{name}\" of {} files is not supported; leave it out",
                    format.name()
                )));
            }
        };
        let map = options.to_map();
        Ok(Encoding {
            format,
            compression,
            max_records: options.positive("maxRecordsPerFile")?,
            csv: CsvEncoder::new(CsvWriterOptions::from_map(&map, Zone::UTC)?),
            json: JsonEncoder::new(JsonEncoderOptions::from_map(&map, Zone::UTC)?),
        })
    }

    /// The end of a file's name.
    pub(super) fn suffix(&self) -> String {
        let compression = match self.compression {
            Compression::SNAPPY => ".snappy",
            Compression::GZIP(_) => ".gz",
            Compression::ZSTD(_) => ".zstd",
            _ => "",
        };
        let extension = match self.format {
            FileFormat::Text => "txt",
            format => format.name(),
        };
        format!("{compression}.{extension}")
    }

    /// A new file for rows of `schema`.
    pub(super) fn encoder(&self, schema: &SchemaRef) -> Result<Encoder> {
        let body = match self.format {
            FileFormat::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(self.compression)
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
            FileFormat::Csv => {
                let mut bytes = Vec::new();
                self.csv.encode_header(schema.fields(), &mut bytes);
                Body::Text(bytes)
            }
            FileFormat::Json | FileFormat::Text => Body::Text(Vec::new()),
        };
        Ok(Encoder {
            encoding: self.clone(),
            rows: 0,
            body,
        })
    }
}

fn parquet_compression(name: &str) -> Result<Compression> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "none" | "uncompressed" => Compression::UNCOMPRESSED,
        "snappy" => Compression::SNAPPY,
        "gzip" => Compression::GZIP(GzipLevel::default()),
        "zstd" => Compression::ZSTD(ZstdLevel::default()),
        _ => {
            return Err(Error::illegal_argument(format!(
                "Codec [{name}] is not available. Available codecs are gzip, none, snappy, \
                 uncompressed, zstd."
            )));
        }
    })
}

fn parquet_error(error: ParquetError) -> Error {
    Error::io("write Parquet", error)
}

/// A file in the making.
pub(super) struct Encoder {
    encoding: Encoding,
    rows: u64,
    body: Body,
}

enum Body {
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    Text(Vec<u8>),
}

impl Encoder {
    /// Adds rows.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        match &mut self.body {
            Body::Parquet(writer) => writer.write(batch).map_err(parquet_error),
            Body::Text(bytes) => {
                match self.encoding.format {
                    FileFormat::Csv => self.encoding.csv.encode(batch, bytes)?,
                    FileFormat::Json => self.encoding.json.encode_lines(batch, bytes)?,
                    FileFormat::Text => format::text::encode_lines(batch, bytes)?,
                    FileFormat::Parquet => unreachable!("Parquet is not text"),
                }
                Ok(())
            }
        }
    }

    /// Whether the next rows should go to another file.
    pub(super) fn is_full(&self) -> bool {
        let bytes = match &self.body {
            Body::Parquet(writer) => writer.bytes_written() + writer.in_progress_size(),
            Body::Text(bytes) => bytes.len(),
        };
        bytes >= FILE_BYTES_MAX
            || self
                .encoding
                .max_records
                .is_some_and(|max| self.rows >= max)
    }

    /// The whole file.
    pub(super) fn finish(self) -> Result<Vec<u8>> {
        match self.body {
            Body::Parquet(writer) => writer.into_inner().map_err(parquet_error),
            Body::Text(bytes) => Ok(bytes),
        }
    }
}
