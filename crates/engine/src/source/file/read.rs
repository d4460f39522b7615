//! Files into record batches of the table's schema.

use std::sync::Arc;

use arrow::array::new_null_array;
use arrow::compute::cast;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use bytes::Bytes;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use futures::StreamExt;
use io::{Io, Pool};

use super::listing::FileFacts;
use super::{FileFormat, FileSpec, decode, partition, unreadable};
use crate::error::{Error, Result};
use crate::memory::Memory;
use crate::options::Options;
use crate::source::Lane;

/// Files are read in at most this many lanes. A constant, not the number of cores: lanes decide
/// the order in which sums are added up.
const LANES: usize = 4;

/// The rows of the files, in lanes of consecutive files. Each file is opened when its turn comes.
pub(super) fn lanes(io: &Io, memory: &Memory, spec: &FileSpec, paths: Vec<String>) -> Vec<Lane> {
    let per_lane = paths.len().div_ceil(LANES).max(1);
    paths
        .chunks(per_lane)
        .map(|paths| {
            let (io, memory, spec) = (io.clone(), memory.clone(), Arc::new(spec.clone()));
            let batches = futures::stream::iter(paths.to_vec())
                .then(move |path| read_file(io.clone(), memory.clone(), Arc::clone(&spec), path))
                .flat_map(|batches| match batches {
                    Ok(batches) => batches,
                    Err(error) => futures::stream::iter([Err(error)]).boxed(),
                });
            Box::pin(batches) as Lane
        })
        .collect()
}

/// The rows of one file; Parquet is decoded piece by piece as the rows are asked for.
///
/// The file's bytes, then its decoded rows that are yet to be taken, are counted in `memory`.
async fn read_file(io: Io, memory: Memory, spec: Arc<FileSpec>, path: String) -> Result<Lane> {
    let held = memory.holder(format!("file {path}"));
    let bytes = {
        let (objects, path) = (io.objects.clone(), path.clone());
        let held = held.new_empty();
        let read = move || -> Result<(Bytes, MemoryReservation)> {
            let failed = |error| Error::io(format!("read {path}"), error);
            let size = objects
                .head(&path)
                .map_err(failed)?
                .map_or(0, |file| file.size);
            held.try_grow(usize::try_from(size).unwrap_or(usize::MAX))?;
            Ok((objects.get(&path).map_err(failed)?, held))
        };
        io.tasks.blocking(Pool::Request, read).await
    };
    let (bytes, of_bytes) = bytes?;
    let batches: Lane = match spec.format {
        FileFormat::Parquet => {
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
                .and_then(|builder| builder.with_batch_size(decode::BATCH_ROWS).build())
                .map_err(|error| unreadable(&path, error))?;
            let path = path.clone();
            Box::pin(futures::stream::iter(reader).map(move |batch| {
                // The reader goes on reading from the file's bytes.
                let _ = &of_bytes;
                batch.map_err(|error| unreadable(&path, error))
            }))
        }
        FileFormat::Json | FileFormat::Csv | FileFormat::Text => {
            let in_file = without_partition_columns(&spec.schema, &path);
            let batches = decode::decode(spec.format, &in_file, &spec.options, &bytes)
                .map_err(|error| unreadable(&path, error))?;
            drop((bytes, of_bytes));
            for batch in &batches {
                held.try_grow(batch.get_array_memory_size())?;
            }
            Box::pin(futures::stream::iter(batches).map(move |batch| {
                held.shrink(batch.get_array_memory_size());
                Ok(batch)
            }))
        }
    };
    let schema = spec.schema();
    Ok(Box::pin(
        batches.map(move |batch| adapt(&batch?, &schema, &path)),
    ))
}

fn without_partition_columns(schema: &Schema, path: &str) -> SchemaRef {
    let in_path = partition::values(path);
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .filter(|field| in_path.iter().all(|(column, _)| column != field.name()))
        .cloned()
        .collect();
    Arc::new(Schema::new(fields))
}

/// A file's batch as one of the table: columns by name, partition columns from the path, absent
/// ones null, types cast.
fn adapt(batch: &RecordBatch, schema: &SchemaRef, path: &str) -> Result<RecordBatch> {
    let in_path = partition::values(path);
    let rows = batch.num_rows();
    let columns = schema
        .fields()
        .iter()
        .map(|field| {
            let name = field.name();
            if let Some((_, value)) = in_path.iter().find(|(column, _)| column == name) {
                return partition::constant(value.as_deref(), field.data_type(), rows);
            }
            let file_schema = batch.schema_ref();
            let found = file_schema
                .fields()
                .iter()
                .position(|other| other.name().eq_ignore_ascii_case(name));
            match found {
                None => Ok(new_null_array(field.data_type(), rows)),
                Some(index) if batch.column(index).data_type() == field.data_type() => {
                    Ok(Arc::clone(batch.column(index)))
                }
                Some(index) => cast(batch.column(index), field.data_type())
                    .map_err(|error| unreadable(path, error)),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}

/// The columns that the first readable file has, or for JSON, that any record of it has; `None`
/// without a file.
pub(super) fn infer_schema(
    io: &Io,
    format: FileFormat,
    options: &Options,
    files: &[FileFacts],
) -> Result<Option<SchemaRef>> {
    let Some(first) = files.iter().min_by(|a, b| a.path.cmp(&b.path)) else {
        return Ok(None);
    };
    let path = &first.path;
    let bytes = io
        .objects
        .get(path)
        .map_err(|error| Error::io(format!("read {path}"), error))?;
    match format {
        FileFormat::Parquet => {
            let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)
                .map_err(|error| unreadable(path, error))?;
            Ok(Some(decode::as_spark_types(builder.schema())))
        }
        FileFormat::Json | FileFormat::Csv | FileFormat::Text => {
            decode::infer_schema(format, options, &bytes)
                .map(Some)
                .map_err(|error| unreadable(path, error))
        }
    }
}
