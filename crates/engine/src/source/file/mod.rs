//! Files of a directory, as a bounded table or as a stream of the files that appear.
//!
//! A file must appear whole (written elsewhere and renamed) and must not change afterwards.
//! Names that begin with `_` or `.` are not data. A directory that a file sink wrote is read by
//! the sink's log (`_spark_metadata`), so that files of failed batches are not seen.
//!
//! Does not watch for deletions, and reads a file only from its beginning. A text file's bytes are held as
//! a whole, compressed as they are, a Parquet file's by row group, the wanted columns only. The memory budget counts them.

mod columns;
mod convert;
mod estimate;
mod glob;
mod infer;
mod known_options;
mod listing;
mod parquet;
mod parquet_file;
pub mod partition;
mod read;
mod seen_files;
mod stream;
mod text;

use std::sync::Arc;
use std::time::Duration;

use arrow::array::ArrayRef;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Statistics;
use format::time::Zone;
use io::Io;

use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::options::Options;
use crate::source::Lane;

use self::estimate::Estimate;
use self::listing::{FileFacts, Lookup};
use self::partition::Layout;
use self::read::Input;
use self::text::TextFormat;

use self::columns::check_duplicates;

pub use columns::{check_duplicates_at_top, check_partition_columns};
pub use known_options::{Use, check_options};
pub use listing::{to_url, url_to_path};
pub use stream::FileSource;
pub use text::{check_text_columns, unsupported_type};

/// The entry of a field's metadata with the value of rows in files that lack the column, as text in UTC.
pub const EXISTS_DEFAULT: &str = "EXISTS_DEFAULT";

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

    /// The name as Spark's errors show it.
    pub fn title(self) -> &'static str {
        match self {
            FileFormat::Csv => "CSV",
            FileFormat::Json => "JSON",
            FileFormat::Parquet => "Parquet",
            FileFormat::Text => "Text",
        }
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
#[derive(Clone, Debug)]
pub struct FileSpec {
    format: FileFormat,
    /// A directory, a file, or a pattern of such, as a plain path.
    path: String,
    schema: SchemaRef,
    options: Options,
    lookup: Arc<Lookup>,
    limits: StreamLimits,
    estimate: Option<Estimate>,
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
    /// A stream over files. If there are files, their directories may add columns.
    ///
    /// # Errors
    /// `PATH_NOT_FOUND`, unless the path is a pattern; `IllegalArgument` without path or schema, or
    /// for options that make no sense.
    pub fn for_stream(
        io: &Io,
        memory: &Memory,
        format: FileFormat,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<FileSpec> {
        for name in ["modifiedBefore", "modifiedAfter"] {
            if options.get(name).is_some() {
                return Err(Error::illegal_argument(format!(
                    "option '{}' is not allowed in file stream sources",
                    name.to_lowercase()
                )));
            }
        }
        options.required("path")?;
        let infers = options.bool("spark.sql.streaming.schemaInference", false)?;
        if schema.is_none() && format != FileFormat::Text && !infers {
            return Err(Error::illegal_argument(
                "Schema must be specified when creating a streaming source DataFrame. If some \
                 files already exist in the directory, then depending on the file format you \
                 may be able to create a static DataFrame on that directory with \
                 'spark.read.load(directory)' and infer schema from it.",
            ));
        }
        FileSpec::looked_up(io, memory, format, options, schema, false)
    }

    /// A bounded table of the files that are there.
    ///
    /// # Errors
    /// `PATH_NOT_FOUND`; `UNABLE_TO_INFER_SCHEMA` without a schema and without a file;
    /// directories that do not fit together; and as [`FileSpec::for_stream`].
    pub fn for_batch(
        io: &Io,
        memory: &Memory,
        format: FileFormat,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<FileSpec> {
        FileSpec::looked_up(io, memory, format, options, schema, true)
    }

    fn looked_up(
        io: &Io,
        memory: &Memory,
        format: FileFormat,
        options: &Options,
        schema: Option<SchemaRef>,
        is_batch: bool,
    ) -> Result<FileSpec> {
        let given = schema
            .as_deref()
            .map_or_else(|| Arc::new(Schema::empty()), nullable);
        let mut spec = FileSpec::new(format, options, Arc::clone(&given))?;
        if schema.is_some() {
            check_duplicates(&given)?;
        }
        let (files, layout) = spec.files(io, is_batch)?;
        let data = match schema {
            Some(_) => given,
            None => {
                let inferred: SchemaRef = spec.inferred(io, memory, &files)?;
                nullable(&inferred)
            }
        };
        spec.schema = layout.with_columns(&data, schema.is_some());
        if schema.is_none() {
            check_duplicates(&spec.schema)?;
        }
        spec.check_data_columns(&layout)?;
        if is_batch && format == FileFormat::Parquet {
            spec.estimate = Estimate::of(io, memory, &files);
        }
        // A value that is not of its column's type is found now, not when it is read.
        for file in &files {
            for (column, value) in partition::values(&file.path, file.base_len) {
                let fields = spec.schema.fields().iter();
                let mut same = fields.filter(|field| field.name().eq_ignore_ascii_case(&column));
                if let Some(field) = same.next() {
                    let value = value.as_deref();
                    partition::constant(&column, value, field.data_type(), 1, spec.zone())?;
                }
            }
        }
        Ok(spec)
    }

    /// Refuses columns that files of the format cannot have.
    fn check_data_columns(&self, layout: &Layout) -> Result<()> {
        if self.format == FileFormat::Parquet {
            return Ok(());
        }
        let is_data = |field: &&Arc<Field>| {
            let mut columns = layout.columns.iter();
            columns.all(|(column, _)| !column.eq_ignore_ascii_case(field.name()))
        };
        let fields = self.schema.fields().iter().filter(is_data);
        let data = Schema::new(fields.cloned().collect::<Vec<_>>());
        text::check_columns(&TextFormat::new(self.format, &self.options)?, &data)
    }

    /// The columns that stand in the files.
    fn inferred(&self, io: &Io, memory: &Memory, files: &[FileFacts]) -> Result<SchemaRef> {
        if self.format == FileFormat::Text {
            return Ok(format::text::schema());
        }
        let inferred = infer::infer_schema(io, memory, self.format, &self.options, files)?;
        inferred.ok_or_else(|| {
            Error::analysis(
                "UNABLE_TO_INFER_SCHEMA",
                format!(
                    "Unable to infer schema for {}. It must be specified manually.",
                    self.format.title()
                ),
            )
        })
    }

    /// The files of the table, and the columns that their directories stand for.
    fn files(&self, io: &Io, is_batch: bool) -> Result<(Vec<FileFacts>, Layout)> {
        let mut files = self.lookup.list(&io.objects, is_batch)?;
        if self.lookup.recursive {
            for file in &mut files {
                file.base_len = file.path.rfind('/').unwrap_or(0);
            }
            return Ok((files, Layout::default()));
        }
        let name = "spark.sql.sources.partitionColumnTypeInference.enabled";
        let infer_types = self.options.bool(name, true)?;
        let layout = partition::lay_out(&mut files, self.zone(), infer_types)?;
        Ok((files, layout))
    }

    /// Files of which every column, partition columns included, is in `schema`.
    ///
    /// # Errors
    /// `IllegalArgument` for options that make no sense.
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
                "Options 'maxFilesPerTrigger' and 'maxBytesPerTrigger' can't be both set at the \
                 same time",
            ));
        }
        if format != FileFormat::Parquet {
            TextFormat::new(format, options)?;
        }
        Ok(FileSpec {
            format,
            lookup: Arc::new(Lookup::new(&path, options, zone_of(options))?),
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
            estimate: None,
        })
    }

    /// The zone of times that say none.
    fn zone(&self) -> Zone {
        zone_of(&self.options)
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

    /// About what the files hold, if that is known, for columns of this schema.
    pub(crate) fn estimate(&self, schema: &Schema) -> Option<Statistics> {
        Some(self.estimate.as_ref()?.statistics(schema))
    }

    pub(crate) fn description(&self) -> String {
        format!("FileStreamSource[file:{}]", self.path)
    }

    /// The rows of all files that are there, with the columns of these places, or all. The
    /// largest files come first, as in Spark.
    pub fn read_batch(
        &self,
        io: &Io,
        memory: &Memory,
        columns: Option<&[usize]>,
    ) -> Result<Vec<Lane>> {
        let corrupt = known_options::corrupt_record_column(self.format, &self.options);
        if let (Some([only]), Some(corrupt)) = (columns, corrupt)
            && self.schema.field(*only).name() == corrupt
        {
            return Err(only_corrupt_records());
        }
        let (mut files, _) = self.files(io, true)?;
        files.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.path.cmp(&b.path)));
        let inputs = files.into_iter().map(|file| Input {
            path: file.path,
            base_len: file.base_len,
        });
        read::lanes(io, memory, self, columns, inputs.collect())
    }
}

fn zone_of(options: &Options) -> Zone {
    options
        .get("timeZone")
        .and_then(Zone::parse)
        .unwrap_or(Zone::UTC)
}

fn only_corrupt_records() -> Error {
    Error::analysis(
        "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN",
        "The feature is not supported: Queries from raw JSON/CSV/XML files are disallowed when the \
         referenced columns only include the internal corrupt record column (named \
         `_corrupt_record` by default). For example: \
         `spark.read.schema(schema).json(file).filter($\"_corrupt_record\".isNotNull).count()` and \
         `spark.read.schema(schema).json(file).select(\"_corrupt_record\").show()`. Instead, you can \
         cache or save the parsed results and then send the same query.",
    )
}

/// A batch of these columns and so many rows.
fn batch_of(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options);
    Ok(batch?)
}

/// A path as Spark's errors about reading show it.
fn url_of(path: &str) -> String {
    format!("file://{path}")
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
        format!(
            "Encountered error while reading file {}. {reason}",
            url_of(path)
        ),
    )
}
