//! The formats that are text: JSON and CSV.

use std::io::Cursor;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;

use super::FileFormat;
use crate::error::{Error, Result};
use crate::options::Options;

/// Rows per record batch.
const BATCH_ROWS: usize = 8192;

/// The records of a file.
pub(super) fn decode(
    format: FileFormat,
    schema: &SchemaRef,
    options: &Options,
    bytes: Bytes,
) -> Result<Vec<RecordBatch>> {
    let batches: Result<Vec<RecordBatch>, _> = match format {
        FileFormat::Csv => arrow::csv::ReaderBuilder::new(Arc::clone(schema))
            .with_header(options.bool("header", false)?)
            .with_batch_size(BATCH_ROWS)
            .build(Cursor::new(bytes))?
            .collect(),
        FileFormat::Json | FileFormat::Parquet | FileFormat::Text => {
            arrow::json::ReaderBuilder::new(Arc::clone(schema))
                .with_batch_size(BATCH_ROWS)
                .build(Cursor::new(bytes))?
                .collect()
        }
    };
    Ok(batches?)
}

/// The columns of a file, as far as its text tells.
pub(super) fn infer_schema(
    format: FileFormat,
    options: &Options,
    bytes: Bytes,
) -> Result<SchemaRef> {
    match format {
        FileFormat::Csv => {
            let header = options.bool("header", false)?;
            let (schema, _) = arrow::csv::reader::Format::default()
                .with_header(header)
                .infer_schema(Cursor::new(bytes), Some(1000))?;
            let infer = options.bool("inferSchema", false)?;
            let fields: Vec<Field> = schema
                .fields()
                .iter()
                .enumerate()
                .map(|(index, field)| {
                    let name = if header {
                        field.name().clone()
                    } else {
                        format!("_c{index}")
                    };
                    let data_type = if infer {
                        field.data_type().clone()
                    } else {
                        DataType::Utf8
                    };
                    Field::new(name, data_type, true)
                })
                .collect();
            Ok(as_spark_types(&Schema::new(fields)))
        }
        FileFormat::Json | FileFormat::Parquet | FileFormat::Text => {
            let (schema, _) = arrow::json::reader::infer_json_schema(Cursor::new(bytes), None)?;
            Ok(as_spark_types(&schema))
        }
    }
}

/// The schema in the types that Spark has: microseconds, no views, no unsigned numbers.
pub(super) fn as_spark_types(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| Field::new(field.name(), as_spark_type(field.data_type()), true))
        .collect();
    Arc::new(Schema::new(fields))
}

fn as_spark_type(data_type: &DataType) -> DataType {
    let nested = |field: &Arc<Field>| {
        Arc::new(
            field
                .as_ref()
                .clone()
                .with_data_type(as_spark_type(field.data_type())),
        )
    };
    match data_type {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary | DataType::FixedSizeBinary(_) => {
            DataType::Binary
        }
        DataType::Timestamp(_, zone) => {
            DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into()))
        }
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Date64 => DataType::Date32,
        DataType::List(field) | DataType::LargeList(field) | DataType::ListView(field) => {
            DataType::List(nested(field))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(nested).collect()),
        other => other.clone(),
    }
}

/// An error in a file's content, with the file's name.
pub(super) fn in_file(path: &str, error: Error) -> Error {
    super::unreadable(path, error)
}
