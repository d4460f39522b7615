//! State rows as Arrow IPC, the body of changelogs, snapshots and schemas.
//!
//! One row per key: `deleted`, `partition`, `bucket`, `key` and `value`, the last two structs of
//! the operator's columns.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StructArray, UInt32Array,
};
use arrow::datatypes::{DataType, Field, Fields, Int64Type, Schema, SchemaRef, UInt32Type};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use bytes::Bytes;

use crate::error::StateError;
use crate::schema::StateSchema;
use crate::store::StateBatch;

/// Rows per record batch of a snapshot.
pub(crate) const SNAPSHOT_BATCH_ROWS: usize = 8192;

/// Rows as a file holds them.
pub(crate) struct StoredRows {
    pub(crate) deleted: BooleanArray,
    pub(crate) buckets: Int64Array,
    pub(crate) keys: Vec<ArrayRef>,
    pub(crate) values: Vec<ArrayRef>,
    pub(crate) rows: usize,
}

/// The columns of a changelog or snapshot body.
pub(crate) fn file_schema(schema: &StateSchema) -> Schema {
    Schema::new(vec![
        Field::new("deleted", DataType::Boolean, false),
        Field::new("partition", DataType::UInt32, false),
        Field::new("bucket", DataType::Int64, true),
        Field::new("key", DataType::Struct(schema.key().clone()), false),
        Field::new("value", DataType::Struct(schema.value().clone()), false),
    ])
}

/// The rows of `batch` as a record batch; all deleted or none.
pub(crate) fn to_record_batch(
    file_schema: &SchemaRef,
    batch: StateBatch,
    partitions: Vec<u32>,
    deleted: bool,
) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let structs = |column: usize, arrays: Vec<ArrayRef>| -> Result<ArrayRef, ArrowError> {
        let DataType::Struct(fields) = file_schema.field(column).data_type() else {
            unreachable!("key and value are structs");
        };
        Ok(Arc::new(to_struct(fields, arrays, rows)?))
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(BooleanArray::from(vec![deleted; rows])),
        Arc::new(UInt32Array::from(partitions)),
        Arc::new(batch.buckets),
        structs(3, batch.keys)?,
        structs(4, batch.values)?,
    ];
    RecordBatch::try_new(file_schema.clone(), columns)
}

fn to_struct(
    fields: &Fields,
    arrays: Vec<ArrayRef>,
    rows: usize,
) -> Result<StructArray, ArrowError> {
    StructArray::try_new_with_length(fields.clone(), arrays, None, rows)
}

/// An IPC stream.
pub(crate) fn write_stream(
    schema: &Schema,
    batches: &[RecordBatch],
) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.into_inner()
}

/// Writes an IPC file, whose footer says where each batch lies.
pub(crate) fn file_writer(schema: &Schema) -> Result<FileWriter<Vec<u8>>, ArrowError> {
    FileWriter::try_new(Vec::new(), schema)
}

/// Reads the batches of an IPC stream.
pub(crate) fn read_stream(
    path: &str,
    body: Bytes,
) -> Result<(SchemaRef, Vec<RecordBatch>), StateError> {
    let reader = StreamReader::try_new(Cursor::new(body), None).map_err(corrupt(path))?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<_, _>>().map_err(corrupt(path))?;
    Ok((schema, batches))
}

/// Reads the batches of an IPC file, one by one.
pub(crate) fn read_file(
    path: &str,
    body: Bytes,
) -> Result<impl Iterator<Item = Result<RecordBatch, StateError>>, StateError> {
    let reader = FileReader::try_new(Cursor::new(body), None).map_err(corrupt(path))?;
    Ok(reader.map(move |batch| batch.map_err(corrupt(path))))
}

/// Takes a record batch apart; fails when it is not of this schema.
pub(crate) fn from_record_batch(
    path: &str,
    schema: &StateSchema,
    batch: &RecordBatch,
) -> Result<StoredRows, StateError> {
    let wrong = |problem: &str| StateError::Corrupt {
        path: path.to_owned(),
        problem: problem.to_owned(),
    };
    let column = |name: &str| {
        batch
            .column_by_name(name)
            .ok_or_else(|| wrong(&format!("it lacks column {name:?}")))
    };
    let keys = struct_columns(column("key")?, schema.key())
        .ok_or_else(|| wrong("its key columns are others"))?;
    let values = struct_columns(column("value")?, schema.value())
        .ok_or_else(|| wrong("its value columns are others"))?;
    let buckets = column("bucket")?
        .as_primitive_opt::<Int64Type>()
        .ok_or_else(|| wrong("its buckets are not integers"))?
        .clone();
    column("partition")?
        .as_primitive_opt::<UInt32Type>()
        .ok_or_else(|| wrong("its partitions are not integers"))?;
    let deleted = column("deleted")?
        .as_boolean_opt()
        .ok_or_else(|| wrong("its deletions are not booleans"))?
        .clone();
    Ok(StoredRows {
        deleted,
        buckets,
        keys,
        values,
        rows: batch.num_rows(),
    })
}

/// The columns of a struct whose types are those of `fields`; names may differ.
fn struct_columns(array: &ArrayRef, fields: &Fields) -> Option<Vec<ArrayRef>> {
    let columns = array.as_struct_opt()?.columns();
    let same = columns.len() == fields.len()
        && columns
            .iter()
            .zip(fields)
            .all(|(column, field)| column.data_type() == field.data_type());
    same.then(|| columns.to_vec())
}

fn corrupt(path: &str) -> impl FnOnce(ArrowError) -> StateError {
    let path = path.to_owned();
    move |error| StateError::Corrupt {
        path,
        problem: error.to_string(),
    }
}
