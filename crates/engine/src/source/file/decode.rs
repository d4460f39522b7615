//! The formats that are text: what `format` makes of a whole file.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use format::csv::{CsvDecoder, CsvOptions};
use format::json::{JsonDecoder, JsonOptions};
use format::time::Zone;

use super::FileFormat;
use crate::error::Result;
use crate::options::Options;

/// Rows per record batch.
pub(super) const BATCH_ROWS: usize = 8192;

/// The records of a file, in the columns of `schema`.
pub(super) fn decode(
    format: FileFormat,
    schema: &SchemaRef,
    options: &Options,
    bytes: &[u8],
) -> Result<Vec<RecordBatch>> {
    let batches = match format {
        FileFormat::Csv => {
            let options = CsvOptions::from_map(&options.to_map(), Zone::UTC)?;
            CsvDecoder::new(schema, options)?.decode(bytes, BATCH_ROWS)?
        }
        FileFormat::Json => {
            let options = JsonOptions::from_map(&options.to_map(), Zone::UTC)?;
            JsonDecoder::new(schema, options)?.decode_lines(bytes, BATCH_ROWS)?
        }
        FileFormat::Text => format::text::decode_lines(bytes, BATCH_ROWS)?,
        FileFormat::Parquet => unreachable!("Parquet is not text"),
    };
    Ok(batches)
}

/// The columns of a file, as far as its text tells.
pub(super) fn infer_schema(
    format: FileFormat,
    options: &Options,
    bytes: &[u8],
) -> Result<SchemaRef> {
    Ok(match format {
        FileFormat::Csv => {
            let options = CsvOptions::from_map(&options.to_map(), Zone::UTC)?;
            Arc::new(format::csv::infer_schema(bytes, &options))
        }
        FileFormat::Json => {
            let options = JsonOptions::from_map(&options.to_map(), Zone::UTC)?;
            Arc::new(format::json::infer_schema(bytes, &options)?)
        }
        FileFormat::Text => format::text::schema(),
        FileFormat::Parquet => unreachable!("Parquet is not text"),
    })
}

/// A Parquet file's schema in the types that Spark has: microseconds, no views, no unsigned numbers.
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
