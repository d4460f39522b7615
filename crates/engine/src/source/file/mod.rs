//! Files of a directory, as a bounded table or as a stream of the files that appear.
//!
//! A file must appear whole (written elsewhere and renamed) and must not change afterwards.
//! Names that begin with `_` or `.` are not data. A directory that a file sink wrote is read by
//! the sink's log (`_spark_metadata`), so that files of failed batches are not seen.
//!
//! Does not watch for deletions, and reads a file only from its beginning.

mod decode;
mod listing;
pub mod partition;
mod read;
mod seen_files;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Field, Schema, SchemaRef};
use io::Io;

use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::options::Options;
use crate::source::Lane;

pub use listing::{to_url, url_to_path};
pub use stream::FileSource;

/// What the files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated values.
    Csv,
    /// One JSON object per line.
    Json,
    /// Apache Parquet.
    Parquet,
    /// Lines; one column `value`.
    Text,
}

impl FileFormat {
    /// The format of a name in lower case.
    pub fn named(name: &str) -> Option<FileFormat> {
        Some(match name {
            "csv" => FileFormat::Csv,
            "json" => FileFormat::Json,
            "parquet" => FileFormat::Parquet,
            "text" => FileFormat::Text,
            _ => return None,
        })
    }

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            FileFormat::Csv => "csv",
            FileFormat::Json => "json",
            FileFormat::Parquet => "parquet",
            FileFormat::Text => "text",
        }
    }
}

/// Which files are read, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSpec {
    format: FileFormat,
    /// A directory, a file, or a pattern of such, as a plain path.
    path: String,
    schema: SchemaRef,
    options: Options,
    limits: StreamLimits,
}

/// What a stream takes per batch and how long it remembers files.
#[derive(Clone, Debug, PartialEq, Eq)]
struct StreamLimits {
    max_files: Option<u64>,
    max_bytes: Option<u64>,
    latest_first: bool,
    max_age: Duration,
    file_name_only: bool,
}

impl FileSpec {
    /// A stream over files.
    ///
    /// # Errors
    /// `IllegalArgument` without path or schema, or for options that make no sense.
    pub fn for_stream(
        format: FileFormat,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<FileSpec> {
        let schema = match (schema, format) {
            (Some(schema), _) => schema,
            (None, FileFormat::Text) => format::text::schema(),
            (None, _) => {
                return Err(Error::illegal_argument(
                    "Schema must be specified when creating a streaming source DataFrame. If some \
                     files already exist in the directory, then depending on the file format you \
                     may be able to create a static DataFrame on that directory with \
                     'spark.read.load(directory)' and infer schema from it.",
                ));
            }
        };
        FileSpec::new(format, options, nullable(&schema))
    }

    /// A bounded table of the files that are there.
    ///
    /// # Errors
    /// `PATH_NOT_FOUND`; `UNABLE_TO_INFER_SCHEMA` without a schema and without a file; and as
    /// [`FileSpec::for_stream`].
    pub fn for_batch(
        io: &Io,
        format: FileFormat,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<FileSpec> {
        let given = schema
            .as_ref()
            .map_or_else(|| Arc::new(Schema::empty()), |schema| nullable(schema));
        let mut spec = FileSpec::new(format, options, given)?;
        let files = listing::list(&io.objects, &spec.path, spec.recursive()?)?;
        if schema.is_none() {
            let data = match format {
                FileFormat::Text => format::text::schema(),
                _ => read::infer_schema(io, format, options, &files)?.ok_or_else(|| {
                    Error::analysis(
                        "UNABLE_TO_INFER_SCHEMA",
                        format!(
                            "Unable to infer schema for {}. It must be specified manually.",
                            format.name()
                        ),
                    )
                })?,
            };
            spec.schema = partition::with_partition_columns(&nullable(&data), &files);
        }
        Ok(spec)
    }

    /// Files of which every column, partition columns included, is in `schema`.
    ///
    /// # Errors
    /// As [`FileSpec::for_stream`].
    pub(super) fn new(
        format: FileFormat,
        options: &Options,
        schema: SchemaRef,
    ) -> Result<FileSpec> {
        let path = url_to_path(options.required("path")?)?;
        let max_files = options.positive("maxFilesPerTrigger")?;
        let max_bytes = options.positive("maxBytesPerTrigger")?;
        if max_files.is_some() && max_bytes.is_some() {
            return Err(Error::illegal_argument(
                "Options 'maxFilesPerTrigger' and 'maxBytesPerTrigger' cannot be both set at the \
                 same time",
            ));
        }
        Ok(FileSpec {
            format,
            path,
            schema,
            limits: StreamLimits {
                max_files,
                max_bytes,
                latest_first: options.bool("latestFirst", false)?,
                max_age: options.duration("maxFileAge", Duration::from_secs(7 * 86_400))?,
                file_name_only: options.bool("fileNameOnly", false)?,
            },
            options: options.clone(),
        })
    }

    fn recursive(&self) -> Result<bool> {
        self.options.bool("recursiveFileLookup", false)
    }

    /// A directory, a file, or a pattern of such, as an absolute path.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn format(&self) -> FileFormat {
        self.format
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    pub(crate) fn description(&self) -> String {
        format!("FileStreamSource[file:{}]", self.path)
    }

    /// The rows of all files that are there, by path.
    pub fn read_batch(&self, io: &Io, memory: &Memory) -> Result<Vec<Lane>> {
        let mut files = listing::list(&io.objects, &self.path, self.recursive()?)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let paths = files.into_iter().map(|file| file.path).collect();
        Ok(read::lanes(io, memory, self, paths))
    }
}

/// The schema with every column nullable: a file may lack any of them.
fn nullable(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_nullable(true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// A file cannot be read as what it should be.
fn unreadable(path: &str, reason: impl std::fmt::Display) -> Error {
    Error::with_condition(
        ErrorKind::Data,
        "FAILED_READ_FILE.NO_HINT",
        format!("Encountered error while reading file {path}. {reason}"),
    )
}
