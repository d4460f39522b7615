//! Records as rows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Array, Int32Builder, Int64Builder, ListBuilder, StringArray,
    StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use wire::record_batch::Record;

use crate::error::Result;

/// The columns of a Kafka source.
pub(super) fn schema(include_headers: bool) -> SchemaRef {
    let mut fields = vec![
        Field::new("key", DataType::Binary, true),
        Field::new("value", DataType::Binary, true),
        Field::new("topic", DataType::Utf8, true),
        Field::new("partition", DataType::Int32, true),
        Field::new("offset", DataType::Int64, true),
        Field::new(
            "timestamp",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            true,
        ),
        Field::new("timestampType", DataType::Int32, true),
    ];
    if include_headers {
        fields.push(Field::new("headers", headers_type(), true));
    }
    Arc::new(Schema::new(fields))
}

fn header_fields() -> Fields {
    Fields::from(vec![
        Field::new("key", DataType::Utf8, true),
        Field::new("value", DataType::Binary, true),
    ])
}

fn header_field() -> Field {
    Field::new("item", DataType::Struct(header_fields()), true)
}

/// The type of the column `headers`.
pub fn headers_type() -> DataType {
    DataType::List(Arc::new(header_field()))
}

/// Records of one partition as rows of [`schema`].
pub(super) fn batch(
    topic: &str,
    partition: i32,
    records: &[Record],
    include_headers: bool,
) -> Result<RecordBatch> {
    let rows = records.len();
    let mut keys = BinaryBuilder::new();
    let mut values = BinaryBuilder::new();
    let mut offsets = Int64Builder::with_capacity(rows);
    let mut times = TimestampMicrosecondBuilder::with_capacity(rows);
    let mut time_types = Int32Builder::with_capacity(rows);
    for record in records {
        keys.append_option(record.key.as_deref());
        values.append_option(record.value.as_deref());
        offsets.append_value(record.offset);
        times.append_value(record.timestamp.saturating_mul(1000));
        time_types.append_value(record.timestamp_type.id());
    }
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(keys.finish()),
        Arc::new(values.finish()),
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
            topic, rows,
        ))),
        Arc::new(Int32Array::from_value(partition, rows)),
        Arc::new(offsets.finish()),
        Arc::new(times.finish().with_timezone("UTC")),
        Arc::new(time_types.finish()),
    ];
    if include_headers {
        columns.push(headers(records));
    }
    Ok(RecordBatch::try_new(schema(include_headers), columns)?)
}

/// A record without headers has none, which is null as in Spark.
fn headers(records: &[Record]) -> ArrayRef {
    let entries = StructBuilder::new(
        header_fields(),
        vec![
            Box::new(StringBuilder::new()),
            Box::new(BinaryBuilder::new()),
        ],
    );
    let mut lists = ListBuilder::new(entries).with_field(header_field());
    for record in records {
        for header in &record.headers {
            let entry = lists.values();
            let name = entry.field_builder::<StringBuilder>(0);
            name.expect("the first field is text")
                .append_value(header.key_text());
            let value = entry.field_builder::<BinaryBuilder>(1);
            value
                .expect("the second field is bytes")
                .append_option(header.value.as_deref());
            entry.append(true);
        }
        lists.append(!record.headers.is_empty());
    }
    Arc::new(lists.finish())
}
