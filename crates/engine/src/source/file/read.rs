//! Files into record batches of the table's schema.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use datafusion::execution::memory_pool::MemoryReservation;
use format::time::Zone;
use futures::StreamExt;
use io::{Io, Pool};

use super::parquet::ParquetRows;
use super::parquet_file::ParquetFile;
use super::text::{TextDecoder, TextFormat};
use super::{EXISTS_DEFAULT, FileFormat, FileSpec, batch_of, partition, unreadable};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
use crate::source::Lane;

/// Files are read in at most this many lanes. A constant, not the number of cores: lanes decide
/// the order in which sums are added up.
const LANES: usize = 4;

/// A file that is to be read.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// Absolute path.
    pub(super) path: String,
    /// Bytes of the path that are the base path: below it, directories stand for columns.
    pub(super) base_len: usize,
}

/// The rows of the files, in lanes of consecutive files, with the columns of the table that are
/// given by place, or all. Each file is opened when its turn comes.
pub(super) fn lanes(
    io: &Io,
    memory: &Memory,
    spec: &FileSpec,
    columns: Option<&[usize]>,
    inputs: Vec<Input>,
) -> Result<Vec<Lane>> {
    let schema = match columns {
        Some(columns) => Arc::new(spec.schema.project(columns)?),
        None => spec.schema(),
    };
    let reading = Arc::new(Reading::new(io, memory, spec, schema)?);
    let per_lane = inputs.len().div_ceil(LANES).max(1);
    let lanes = inputs.chunks(per_lane).map(|inputs| {
        let reading = Arc::clone(&reading);
        let batches = futures::stream::iter(inputs.to_vec())
            .then(move |input| Arc::clone(&reading).file(input))
            .flat_map(|batches| match batches {
                Ok(batches) => batches,
                Err(error) => futures::stream::iter([Err(error)]).boxed(),
            });
        Box::pin(batches) as Lane
    });
    Ok(lanes.collect())
}

/// What the files of a read have in common.
struct Reading {
    io: Io,
    memory: Memory,
    text: Option<TextFormat>,
    /// The columns that are wanted.
    schema: SchemaRef,
    /// The columns of the table.
    all: SchemaRef,
    zone: Zone,
    ignore_corrupt: bool,
    ignore_missing: bool,
}

impl Reading {
    fn new(io: &Io, memory: &Memory, spec: &FileSpec, schema: SchemaRef) -> Result<Reading> {
        Ok(Reading {
            io: io.clone(),
            memory: memory.clone(),
            text: match spec.format {
                FileFormat::Parquet => None,
                format => Some(TextFormat::new(format, &spec.options)?),
            },
            schema,
            all: spec.schema(),
            zone: spec.zone(),
            ignore_corrupt: spec.options.bool("ignoreCorruptFiles", false)?,
            ignore_missing: spec.options.bool("ignoreMissingFiles", false)?,
        })
    }

    /// The rows of one file, decoded piece by piece as they are asked for.
    async fn file(self: Arc<Self>, input: Input) -> Result<Lane> {
        let batches = match Arc::clone(&self).open(&input).await {
            Ok(Some(batches)) => batches,
            Ok(None) => return Ok(futures::stream::empty().boxed()),
            Err(error) if self.ignores(&input.path, &error) => {
                return Ok(futures::stream::empty().boxed());
            }
            Err(error) => return Err(error),
        };
        let in_path = partition::values(&input.path, input.base_len);
        // What comes after damage is not read.
        let whole = batches.scan(false, move |is_over, batch| {
            let batch = match batch {
                _ if *is_over => None,
                Err(error) if self.ignores(&input.path, &error) => {
                    *is_over = true;
                    None
                }
                Err(error) => Some(Err(failed(&input.path, error))),
                Ok(batch) => Some(self.complete(&batch, &in_path)),
            };
            futures::future::ready(batch)
        });
        Ok(whole.boxed())
    }

    /// Whether a file with this error is left out, as an option asks. A record that the mode
    /// `FAILFAST` does not allow is no damage.
    fn ignores(&self, path: &str, error: &Error) -> bool {
        let is_damage = matches!(error.kind(), ErrorKind::Data | ErrorKind::Io)
            && error.condition() != Some("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION")
            && error.condition() != Some(NOT_EXIST);
        if is_damage && self.ignore_corrupt {
            tracing::warn!("skipped the rest of the content in the corrupted file {path}: {error}");
        }
        is_damage && self.ignore_corrupt
    }

    /// The rows of a file, with the columns that stand in it; none if there is no file.
    async fn open(self: Arc<Self>, input: &Input) -> Result<Option<Lane>> {
        let path = input.path.clone();
        let held = self.memory.holder(format!("file {path}"));
        let in_path = partition::values(&path, input.base_len);
        let is_in_file = |field: &&Arc<Field>| {
            in_path
                .iter()
                .all(|(column, _)| !column.eq_ignore_ascii_case(field.name()))
        };
        let in_file = |schema: &Schema| -> SchemaRef {
            let fields = schema.fields().iter().filter(is_in_file);
            Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()))
        };
        let Some(text) = &self.text else {
            let size = match self.size(&path).await? {
                Some(size) if size > 0 => size,
                _ => return Ok(None),
            };
            let file = ParquetFile::new(&self.io, &path, size, held);
            let rows = ParquetRows::open(file, &in_file(&self.schema)).await?;
            let batches = futures::stream::try_unfold(rows, async |mut rows| {
                let batch = rows.next().await?;
                Ok(batch.map(|batch| (batch, rows)))
            });
            return Ok(Some(batches.boxed()));
        };
        let Some((bytes, of_bytes)) = self.bytes(&path, &held).await? else {
            return Ok(None);
        };
        let decoder = TextDecoder::new(text, &in_file(&self.schema), &in_file(&self.all))?;
        let mut blocks = text
            .blocks(&path, bytes, held.new_empty())
            .map_err(|error| unreadable(&path, error))?;
        let mut waiting: std::vec::IntoIter<RecordBatch> = Vec::new().into_iter();
        let batches = std::iter::from_fn(move || {
            let _ = &of_bytes;
            loop {
                if let Some(batch) = waiting.next() {
                    held.shrink(batch.get_array_memory_size());
                    return Some(Ok(batch));
                }
                let block = match blocks.next() {
                    Ok(Some(block)) => block,
                    Ok(None) => return None,
                    Err(error) => return Some(Err(error)),
                };
                let decoded = match decoder.decode(&block) {
                    Ok(decoded) => decoded,
                    Err(error) => return Some(Err(error)),
                };
                for batch in &decoded {
                    if let Err(error) = held.try_grow(batch.get_array_memory_size()) {
                        return Some(Err(error.into()));
                    }
                }
                waiting = decoded.into_iter();
            }
        });
        Ok(Some(futures::stream::iter(batches).boxed()))
    }

    /// The length of a file in bytes. `None` if the file is missing and missing files are ignored.
    async fn size(&self, path: &str) -> Result<Option<u64>> {
        let (objects, name) = (self.io.objects.clone(), path.to_owned());
        let look = move || objects.head(&name);
        let found = self.io.tasks.blocking(Pool::Request, look).await;
        match found.map_err(|error| Error::io(format!("read {path}"), error))? {
            Some(file) => Ok(Some(file.size)),
            None if self.ignore_missing => {
                tracing::warn!("skipped missing file {path}");
                Ok(None)
            }
            None => Err(missing(path)),
        }
    }

    /// The bytes of a file, and their memory. `None` as for [`Reading::size`].
    async fn bytes(
        &self,
        path: &str,
        held: &MemoryReservation,
    ) -> Result<Option<(Bytes, MemoryReservation)>> {
        let Some(size) = self.size(path).await? else {
            return Ok(None);
        };
        let (objects, path) = (self.io.objects.clone(), path.to_owned());
        let held = held.new_empty();
        let read = move || -> Result<Option<(Bytes, MemoryReservation)>> {
            let failed = |error| Error::io(format!("read {path}"), error);
            held.try_grow(usize::try_from(size).unwrap_or(usize::MAX))?;
            Ok(Some((objects.get(&path).map_err(failed)?, held)))
        };
        self.io.tasks.blocking(Pool::Request, read).await
    }

    /// A file's batch as one of the table: columns by name, partition columns from the path, absent
    /// ones with their [`EXISTS_DEFAULT`], else null.
    fn complete(
        &self,
        batch: &RecordBatch,
        in_path: &[(String, Option<String>)],
    ) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let fields = self.schema.fields().iter();
        let columns = fields
            .map(|field| {
                let name = field.name();
                let value = in_path
                    .iter()
                    .find(|(column, _)| column.eq_ignore_ascii_case(name));
                if let Some((_, value)) = value {
                    let value = value.as_deref();
                    return partition::constant(name, value, field.data_type(), rows, self.zone);
                }
                Ok(match batch.column_by_name(name) {
                    Some(column) => Arc::clone(column),
                    None => {
                        let value = field.metadata().get(EXISTS_DEFAULT).map(String::as_str);
                        partition::constant(name, value, field.data_type(), rows, Zone::UTC)?
                    }
                })
            })
            .collect::<Result<Vec<_>>>()?;
        batch_of(&self.schema, columns, rows)
    }
}

const NOT_EXIST: &str = "FAILED_READ_FILE.FILE_NOT_EXIST";

/// An error of reading a file, with the name of the file. One of the engine, such as memory that
/// is used up, stays as it is.
pub(super) fn failed(path: &str, error: Error) -> Error {
    let is_named = error
        .condition()
        .is_some_and(|name| name.starts_with("FAILED_READ_FILE"));
    match error.kind() {
        ErrorKind::Engine => error,
        _ if is_named => error,
        _ => unreadable(path, error),
    }
}

fn missing(path: &str) -> Error {
    Error::with_condition(
        ErrorKind::Data,
        NOT_EXIST,
        format!(
            "Encountered error while reading file {}. File does not exist. It is possible the \
             underlying files have been updated. You can explicitly invalidate the cache in Spark \
             by running 'REFRESH TABLE tableName' command in SQL or by recreating the \
             Dataset/DataFrame involved.",
            super::url_of(path)
        ),
    )
}
