//! The columns of a table, learned from its files.
//!
//! Text formats learn from all files, the largest first, as Spark reads them; a sample of their
//! lines if `samplingRatio` asks for one. Parquet tells its columns; those of the first file by path are taken,
//! or with `mergeSchema` those of all.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use format::csv::CsvInference;
use format::json::JsonInference;
use io::Io;
use values::Generator;

use super::listing::FileFacts;
use super::read::failed;
use super::text::TextFormat;
use super::{FileFormat, parquet, unreadable};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::options::Options;

/// The columns of the files; none if no file can tell.
///
/// # Errors
/// Files that cannot be read, unless an option says to ignore them; records that are bad, in mode
/// `FAILFAST`.
pub(super) fn infer_schema(
    io: &Io,
    memory: &Memory,
    format: FileFormat,
    options: &Options,
    files: &[FileFacts],
) -> Result<Option<SchemaRef>> {
    if files.is_empty() {
        return Ok(None);
    }
    if format == FileFormat::Parquet {
        return infer_parquet(io, memory, options, files);
    }
    let mut inference = match TextFormat::new(format, options)? {
        TextFormat::Csv(csv) => Inference::Csv(CsvInference::new(csv)),
        TextFormat::Json(json) => {
            let is_whole = json.file.is_whole;
            Inference::Json(JsonInference::new(json), is_whole)
        }
        TextFormat::Text(_) => return Ok(Some(format::text::schema())),
    };
    let mut sample = Sample::new(options)?;
    let mut by_size: Vec<&FileFacts> = files.iter().collect();
    by_size.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.path.cmp(&b.path)));
    let text = TextFormat::new(format, options)?;
    let ignore_corrupt = options.bool("ignoreCorruptFiles", false)?;
    for file in by_size {
        let learned = learn(io, memory, &text, file, &mut inference, &mut sample);
        match learned {
            Err(error) if ignore_corrupt && error.kind() == ErrorKind::Data => {
                tracing::warn!("skipped the corrupted file {}: {error}", file.path);
            }
            learned => learned?,
        }
        if inference.is_done() {
            break;
        }
    }
    inference.finish().map(Some)
}

enum Inference {
    Csv(CsvInference),
    /// Whether a file is one record.
    Json(JsonInference, bool),
}

impl Inference {
    fn is_done(&self) -> bool {
        match self {
            Inference::Csv(csv) => csv.is_done(),
            Inference::Json(..) => false,
        }
    }

    fn finish(self) -> Result<SchemaRef> {
        Ok(Arc::new(match self {
            Inference::Csv(csv) => csv.finish(),
            Inference::Json(json, _) => json.finish()?,
        }))
    }
}

/// Learns from one file.
fn learn(
    io: &Io,
    memory: &Memory,
    text: &TextFormat,
    file: &FileFacts,
    inference: &mut Inference,
    sample: &mut Sample,
) -> Result<()> {
    let path = &file.path;
    let held = memory.holder(format!("file {path}"));
    held.try_grow(usize::try_from(file.size).unwrap_or(usize::MAX))?;
    let bytes = io.objects.get(path);
    let bytes = bytes.map_err(|error| Error::io(format!("read {path}"), error))?;
    let mut blocks = text
        .blocks(path, bytes, held.new_empty())
        .map_err(|error| unreadable(path, error))?;
    while let Some(block) = blocks.next().map_err(|error| failed(path, error))? {
        let is_wanted = &mut || sample.next();
        match inference {
            Inference::Csv(csv) => csv.add_part(&block.bytes, block.part, is_wanted)?,
            Inference::Json(json, true) => json.add_record(&block.bytes)?,
            Inference::Json(json, false) => json.add_lines(&block.bytes, is_wanted)?,
        }
        if inference.is_done() {
            break;
        }
    }
    Ok(())
}

/// Which lines are looked at: those that Spark's sampler takes.
struct Sample {
    ratio: f64,
    /// None if all lines are.
    generator: Option<Generator>,
}

impl Sample {
    fn new(options: &Options) -> Result<Sample> {
        let ratio: f64 = match options.get("samplingRatio") {
            None => 1.0,
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| Error::illegal_argument(format!("For input string: \"{text}\"")))?,
        };
        if ratio <= 0.0 || ratio.is_nan() {
            let shown = if ratio == ratio.trunc() {
                format!("{ratio:.1}")
            } else {
                ratio.to_string()
            };
            return Err(Error::illegal_argument(format!(
                "requirement failed: samplingRatio ({shown}) should be greater than 0"
            )));
        }
        Ok(Sample {
            ratio,
            generator: (ratio <= 0.99).then(|| Generator::new(1)),
        })
    }

    fn next(&mut self) -> bool {
        match &mut self.generator {
            None => true,
            Some(generator) => generator.next_double() < self.ratio,
        }
    }
}

fn infer_parquet(
    io: &Io,
    memory: &Memory,
    options: &Options,
    files: &[FileFacts],
) -> Result<Option<SchemaRef>> {
    let mut files: Vec<&FileFacts> = files.iter().filter(|file| file.size > 0).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if !options.bool("mergeSchema", false)? {
        files.truncate(1);
    }
    let ignore_corrupt = options.bool("ignoreCorruptFiles", false)?;
    let mut merged: Option<SchemaRef> = None;
    for file in files {
        let path = &file.path;
        let schema = match parquet::infer_schema(io, memory, file) {
            Err(error) if ignore_corrupt => {
                tracing::warn!("skipped the footer in the corrupted file {path}: {error}");
                continue;
            }
            schema => schema?,
        };
        merged = Some(match merged {
            None => schema,
            Some(before) => merge(&before, &schema)?,
        });
    }
    Ok(merged)
}

/// The columns of both schemas.
fn merge(left: &Schema, right: &Schema) -> Result<SchemaRef> {
    match merge_fields(left.fields(), right.fields()) {
        Some(fields) => Ok(Arc::new(Schema::new(fields))),
        None => {
            let shown = |schema: &Schema| {
                crate::type_name::sql_name(&DataType::Struct(schema.fields().clone()))
            };
            Err(Error::with_condition(
                ErrorKind::Data,
                "CANNOT_MERGE_SCHEMAS",
                format!(
                    "Failed merging schemas:\nInitial schema:\n\"{}\"\nSchema that cannot be merged \
                     with the initial schema:\n\"{}\".",
                    shown(left),
                    shown(right)
                ),
            ))
        }
    }
}

fn merge_fields(left: &[Arc<Field>], right: &[Arc<Field>]) -> Option<Vec<Field>> {
    let same = |one: &Field, other: &Field| one.name().eq_ignore_ascii_case(other.name());
    let mut fields = Vec::new();
    for field in left {
        let merged = match right.iter().find(|other| same(field, other)) {
            None => field.data_type().clone(),
            Some(other) => merge_types(field.data_type(), other.data_type())?,
        };
        fields.push(Field::new(field.name(), merged, true));
    }
    let new = right
        .iter()
        .filter(|field| !left.iter().any(|other| same(field, other)));
    fields.extend(new.map(|field| field.as_ref().clone()));
    Some(fields)
}

fn merge_types(left: &DataType, right: &DataType) -> Option<DataType> {
    let nested = |field: &Arc<Field>, data_type: DataType| {
        Arc::new(field.as_ref().clone().with_data_type(data_type))
    };
    Some(match (left, right) {
        (left, right) if left == right => left.clone(),
        (DataType::Struct(left), DataType::Struct(right)) => {
            DataType::Struct(merge_fields(left, right)?.into())
        }
        (DataType::List(left), DataType::List(right)) => {
            let item = merge_types(left.data_type(), right.data_type())?;
            DataType::List(nested(left, item))
        }
        (DataType::Map(left, sorted), DataType::Map(right, _)) => {
            let entries = merge_types(left.data_type(), right.data_type())?;
            DataType::Map(nested(left, entries), *sorted)
        }
        _ => return None,
    })
}
