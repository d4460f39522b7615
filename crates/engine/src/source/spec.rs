//! What a reader's `format`, `option`s and `schema` amount to: a source that can be opened.
//!
//! A plan's leaf holds a spec, not a source: a handle would tie the plan to one run.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::Statistics;
use futures::StreamExt;
use io::Io;

use super::file::{FileFormat, FileSource, FileSpec};
use super::kafka::{KafkaSource, KafkaSpec};
use super::memory::MemoryStream;
use super::rate::{RateSource, RateSpec};
use super::rate_micro_batch::{RateMicroBatchSource, RateMicroBatchSpec};
use super::{Lane, Source};
use crate::error::{Error, Result};
use crate::memory::Memory;
use crate::options::Options;

/// A source that can be opened.
#[derive(Clone, Debug)]
pub enum SourceSpec {
    /// Topics of a Kafka cluster: `kafka`.
    Kafka(Box<KafkaSpec>),
    /// Files of a directory: `csv`, `json`, `parquet`, `text`.
    File(FileSpec),
    /// Rows at a steady rate: `rate`.
    Rate(RateSpec),
    /// A fixed number of rows per batch: `rate-micro-batch`.
    RateMicroBatch(RateMicroBatchSpec),
    /// Rows a program adds, for tests.
    Memory(MemoryStream),
}

impl SourceSpec {
    /// What `format`, `options` (the path among them, as `path`) and `schema` amount to, for a
    /// stream.
    ///
    /// # Errors
    /// `DATA_SOURCE_NOT_FOUND` for a format we do not know; `IllegalArgument` for options that
    /// make no sense.
    pub fn for_stream(
        io: &Io,
        memory: &Memory,
        format: &str,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<SourceSpec> {
        let lower = format.to_ascii_lowercase();
        if let Some(format) = FileFormat::named(&lower) {
            return Ok(SourceSpec::File(FileSpec::for_stream(
                io, memory, format, options, schema,
            )?));
        }
        if schema.is_some() {
            return Err(Error::new(
                crate::error::ErrorKind::Analysis,
                format!("The {format} source has a schema of its own and takes no other."),
            ));
        }
        match lower.as_str() {
            "kafka" => Ok(SourceSpec::Kafka(Box::new(KafkaSpec::new(options, true)?))),
            "rate" => Ok(SourceSpec::Rate(RateSpec::new(options)?)),
            "rate-micro-batch" => Ok(SourceSpec::RateMicroBatch(RateMicroBatchSpec::new(
                options,
            )?)),
            _ => Err(not_found(format)),
        }
    }

    /// What `format`, `options` and `schema` amount to, for one bounded read of what is there.
    ///
    /// # Errors
    /// As [`SourceSpec::for_stream`]; `PATH_NOT_FOUND`; and `UNABLE_TO_INFER_SCHEMA` where there
    /// is neither a schema nor a file to take it from.
    pub fn for_batch(
        io: &Io,
        memory: &Memory,
        format: &str,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<SourceSpec> {
        let lower = format.to_ascii_lowercase();
        if let Some(format) = FileFormat::named(&lower) {
            return Ok(SourceSpec::File(FileSpec::for_batch(
                io, memory, format, options, schema,
            )?));
        }
        match lower.as_str() {
            "kafka" => Ok(SourceSpec::Kafka(Box::new(KafkaSpec::new(options, false)?))),
            "rate" | "rate-micro-batch" => Err(Error::unsupported(format!(
                "Data source {format} does not support batch reading."
            ))),
            _ => Err(not_found(format)),
        }
    }

    /// What makes the same bounded source again in another process: format, options and schema.
    /// `None` for rows that only this process has, and for sources without an end.
    pub fn recipe(&self) -> Option<(&'static str, &Options, SchemaRef)> {
        match self {
            SourceSpec::Kafka(spec) => Some(("kafka", spec.options(), spec.schema())),
            SourceSpec::File(spec) => Some((spec.format().name(), spec.options(), spec.schema())),
            SourceSpec::Rate(_) | SourceSpec::RateMicroBatch(_) | SourceSpec::Memory(_) => None,
        }
    }

    /// The bounded source of a [`recipe`](SourceSpec::recipe). Files and servers are not looked at.
    ///
    /// # Errors
    /// As [`SourceSpec::for_batch`], but for what only looking shows.
    pub fn of_recipe(format: &str, options: &Options, schema: SchemaRef) -> Result<SourceSpec> {
        if let Some(format) = FileFormat::named(format) {
            return Ok(SourceSpec::File(FileSpec::new(format, options, schema)?));
        }
        match format {
            "kafka" => Ok(SourceSpec::Kafka(Box::new(KafkaSpec::new(options, false)?))),
            _ => Err(not_found(format)),
        }
    }

    /// The columns of the rows.
    pub fn schema(&self) -> SchemaRef {
        match self {
            SourceSpec::Kafka(spec) => spec.schema(),
            SourceSpec::File(spec) => spec.schema(),
            SourceSpec::Rate(_) => super::rate::schema(),
            SourceSpec::RateMicroBatch(_) => super::rate::schema(),
            SourceSpec::Memory(stream) => stream.schema(),
        }
    }

    /// About what a bounded read gives, if that is known, for columns of this schema.
    pub fn estimate(&self, schema: &Schema) -> Option<Statistics> {
        match self {
            SourceSpec::File(spec) => spec.estimate(schema),
            _ => None,
        }
    }

    /// How explanations name the source.
    pub fn description(&self) -> String {
        match self {
            SourceSpec::Kafka(spec) => spec.description(),
            SourceSpec::File(spec) => spec.description(),
            SourceSpec::Rate(spec) => spec.description(),
            SourceSpec::RateMicroBatch(spec) => spec.description(),
            SourceSpec::Memory(stream) => stream.description(),
        }
    }

    /// Opens the source for a query. `directory` is its own under the checkpoint:
    /// `<checkpoint>/sources/<i>`. What it reads ahead is counted in `memory`.
    ///
    /// # Errors
    /// What the source meets when it reads its own files or asks its server.
    pub async fn open(&self, io: &Io, memory: &Memory, directory: &str) -> Result<Arc<dyn Source>> {
        Ok(match self {
            SourceSpec::Kafka(spec) => {
                Arc::new(KafkaSource::open(io, memory, spec, directory).await?)
            }
            SourceSpec::File(spec) => Arc::new(FileSource::open(io, memory, spec, directory)?),
            SourceSpec::Rate(spec) => Arc::new(RateSource::open(io, spec, directory)?),
            SourceSpec::RateMicroBatch(spec) => Arc::new(RateMicroBatchSource::new(spec)),
            SourceSpec::Memory(stream) => Arc::new(stream.clone()),
        })
    }

    /// Everything that is there now, once, with the columns of these places, or all. What is read
    /// ahead is counted in `memory`.
    ///
    /// # Errors
    /// What the source meets; `Unsupported` for sources that have no end.
    pub async fn read_batch(
        &self,
        io: &Io,
        memory: &Memory,
        columns: Option<&[usize]>,
    ) -> Result<Vec<Lane>> {
        let lanes = match self {
            SourceSpec::Kafka(spec) => spec.read_batch(io, memory).await?,
            SourceSpec::File(spec) => return spec.read_batch(io, memory, columns),
            SourceSpec::Memory(stream) => stream.read_all()?,
            SourceSpec::Rate(_) | SourceSpec::RateMicroBatch(_) => {
                return Err(Error::unsupported(format!(
                    "{} has no end and cannot be read at once.",
                    self.description()
                )));
            }
        };
        let Some(columns) = columns.map(<[usize]>::to_vec) else {
            return Ok(lanes);
        };
        let projected = |lane: Lane| {
            let columns = columns.clone();
            let project = move |batch: Result<RecordBatch>| Ok(batch?.project(&columns)?);
            lane.map(project).boxed()
        };
        Ok(lanes.into_iter().map(projected).collect())
    }
}

fn not_found(format: &str) -> Error {
    Error::analysis(
        "DATA_SOURCE_NOT_FOUND",
        format!(
            "Failed to find the data source: {format}. Known here: csv, json, kafka, parquet, \
             rate, rate-micro-batch, text."
        ),
    )
}
