//! The sink `kafka`: a row is a record.
//!
//! Columns `value` (required), `key`, `topic`, `partition`, `headers`. At least once: a batch that
//! fails after some of its records were acknowledged is written again. Within a run the producer
//! is idempotent, so that its own retries add nothing.

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int32Array, ListArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use bytes::Bytes;
use client::{Client, Producer, ProducerConfig, ProducerRecord};
use futures::StreamExt;
use io::Io;
use tokio::sync::OnceCell;
use wire::StrBytes;

use super::{OutputMode, Sink};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::source::Lane;
use crate::source::kafka::{client_config, headers_type};

/// Writes each row as a record.
#[derive(Debug)]
pub struct KafkaSink {
    io: Io,
    /// The option `topic`, which goes before the column.
    topic: Option<StrBytes>,
    include_headers: bool,
    client: client::ClientConfig,
    producer_config: ProducerConfig,
    producer: OnceCell<Producer>,
}

impl KafkaSink {
    /// A sink for rows of `schema`.
    ///
    /// # Errors
    /// `IllegalArgument` for options that make no sense; `Analysis` if a column is missing or has
    /// a type that cannot be written.
    pub fn new(io: &Io, options: &Options, schema: &SchemaRef) -> Result<KafkaSink> {
        let (client, properties) = client_config(options)?;
        let producer_config = ProducerConfig::from_properties(&properties)
            .map_err(|error| Error::illegal_argument(format!("Kafka options: {error}")))?;
        let topic = options.get("topic").map(StrBytes::from);
        check_columns(schema, topic.is_some())?;
        Ok(KafkaSink {
            io: io.clone(),
            topic,
            include_headers: options.bool("includeHeaders", false)?,
            client,
            producer_config,
            producer: OnceCell::new(),
        })
    }

    async fn producer(&self) -> Result<&Producer> {
        self.producer
            .get_or_try_init(|| async {
                let client = Client::connect(&self.io, self.client.clone())
                    .await
                    .map_err(|error| Error::io("open the Kafka sink", error))?;
                Ok(client.producer(self.producer_config.clone()))
            })
            .await
    }
}

#[async_trait]
impl Sink for KafkaSink {
    fn description(&self) -> String {
        match &self.topic {
            Some(topic) => format!("KafkaTable[{topic}]"),
            None => "KafkaTable".to_string(),
        }
    }

    async fn add_batch(
        &self,
        _batch_id: u64,
        _mode: OutputMode,
        _schema: SchemaRef,
        mut rows: Lane,
    ) -> Result<Option<u64>> {
        let producer = self.producer().await?;
        let mut count = 0;
        while let Some(batch) = rows.next().await {
            let columns = RecordColumns::of(&batch?, self.include_headers)?;
            for row in 0..columns.value.len() {
                let record = columns.record(row, self.topic.as_ref())?;
                // The outcome is asked for once for all, below.
                let sent = producer.send(record).await;
                drop(sent.map_err(|error| Error::io("write to Kafka", error))?);
                count += 1;
            }
        }
        producer
            .flush()
            .await
            .map_err(|error| Error::io("write to Kafka", error))?;
        Ok(Some(count))
    }
}

/// The columns that make a record, in the types of a record.
struct RecordColumns {
    value: BinaryArray,
    key: Option<BinaryArray>,
    topic: Option<StringArray>,
    partition: Option<Int32Array>,
    headers: Option<ListArray>,
}

fn find<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a ArrayRef> {
    let schema = batch.schema_ref();
    let index = schema
        .fields()
        .iter()
        .position(|field| field.name().eq_ignore_ascii_case(name))?;
    Some(batch.column(index))
}

impl RecordColumns {
    fn of(batch: &RecordBatch, include_headers: bool) -> Result<RecordColumns> {
        let bytes = |name: &str| -> Result<Option<BinaryArray>> {
            find(batch, name)
                .map(|column| Ok(cast(column, &DataType::Binary)?.as_binary().clone()))
                .transpose()
        };
        let headers = match find(batch, "headers") {
            Some(column) if include_headers => {
                Some(cast(column, &headers_type())?.as_list().clone())
            }
            _ => None,
        };
        Ok(RecordColumns {
            value: bytes("value")?.ok_or_else(|| missing("value"))?,
            key: bytes("key")?,
            topic: find(batch, "topic")
                .map(|column| cast(column, &DataType::Utf8))
                .transpose()?
                .map(|column| column.as_string().clone()),
            partition: find(batch, "partition")
                .map(|column| column.as_primitive::<Int32Type>().clone()),
            headers,
        })
    }

    fn record(&self, row: usize, topic: Option<&StrBytes>) -> Result<ProducerRecord> {
        let topic = match (topic, &self.topic) {
            (Some(topic), _) => topic.clone(),
            (None, Some(column)) if column.is_valid(row) => StrBytes::from(column.value(row)),
            _ => {
                return Err(Error::with_condition(
                    ErrorKind::Data,
                    "KAFKA_NULL_TOPIC_IN_DATA",
                    "The Kafka message data sent to the producer contains a null topic. Use the \
                     `topic` option for setting a default topic.",
                ));
            }
        };
        let mut record = ProducerRecord {
            topic,
            partition: self
                .partition
                .as_ref()
                .filter(|column| column.is_valid(row))
                .map(|column| column.value(row)),
            key: self.key.as_ref().and_then(|column| bytes_at(column, row)),
            value: bytes_at(&self.value, row),
            ..ProducerRecord::default()
        };
        if let Some(headers) = self
            .headers
            .as_ref()
            .filter(|headers| headers.is_valid(row))
        {
            let entries = headers.value(row);
            let entries = entries.as_struct();
            let (names, values) = (entries.column(0).as_string::<i32>(), entries.column(1));
            let values = values.as_binary::<i32>();
            for entry in 0..entries.len() {
                let name = StrBytes::from(names.value(entry));
                record.headers.push((name, bytes_at(values, entry)));
            }
        }
        Ok(record)
    }
}

fn bytes_at(column: &BinaryArray, row: usize) -> Option<Bytes> {
    column
        .is_valid(row)
        .then(|| Bytes::copy_from_slice(column.value(row)))
}

fn missing(name: &str) -> Error {
    Error::new(
        ErrorKind::Analysis,
        format!("Required attribute '{name}' not found."),
    )
}

/// Finds mistakes before the query runs.
fn check_columns(schema: &SchemaRef, has_topic: bool) -> Result<()> {
    let text_or_bytes =
        |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::Binary);
    let headers = headers_type();
    let type_of = |name: &str| {
        schema
            .fields()
            .iter()
            .find(|field| field.name().eq_ignore_ascii_case(name))
            .map(|field| field.data_type())
    };
    if type_of("value").is_none() {
        return Err(missing("value"));
    }
    if !has_topic && type_of("topic").is_none() {
        return Err(Error::new(
            ErrorKind::Analysis,
            "topic option required when no 'topic' attribute is present. Use the topic option \
             for setting a topic.",
        ));
    }
    for (name, allowed, fits) in [
        (
            "value",
            "STRING or BINARY",
            &text_or_bytes as &dyn Fn(&DataType) -> bool,
        ),
        ("key", "STRING or BINARY", &text_or_bytes),
        ("topic", "STRING", &|data_type| *data_type == DataType::Utf8),
        ("partition", "INT", &|data_type| {
            *data_type == DataType::Int32
        }),
        (
            "headers",
            "ARRAY<STRUCT<key: STRING, value: BINARY>>",
            &|data_type| arrow::compute::can_cast_types(data_type, &headers),
        ),
    ] {
        if let Some(data_type) = type_of(name)
            && !fits(data_type)
        {
            return Err(Error::new(
                ErrorKind::Analysis,
                format!("{name} attribute type must be a {allowed}, but is {data_type}"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{Field, Schema};

    use super::*;

    fn schema(fields: &[(&str, DataType)]) -> SchemaRef {
        let fields: Vec<Field> = fields
            .iter()
            .map(|(name, data_type)| Field::new(*name, data_type.clone(), true))
            .collect();
        Arc::new(Schema::new(fields))
    }

    #[test]
    fn columns_are_checked_before_the_query_runs() {
        let value = ("value", DataType::Utf8);
        assert!(check_columns(&schema(std::slice::from_ref(&value)), true).is_ok());
        assert!(check_columns(&schema(std::slice::from_ref(&value)), false).is_err());
        assert!(check_columns(&schema(&[("topic", DataType::Utf8)]), true).is_err());
        let error = check_columns(&schema(&[value, ("key", DataType::Int64)]), true).unwrap_err();
        assert_eq!(
            error.message(),
            "key attribute type must be a STRING or BINARY, but is Int64"
        );
    }

    #[test]
    fn a_row_becomes_a_record() {
        let batch = RecordBatch::try_from_iter([
            (
                "key",
                Arc::new(StringArray::from(vec![Some("k"), None])) as ArrayRef,
            ),
            (
                "value",
                Arc::new(StringArray::from(vec![Some("v"), None])) as ArrayRef,
            ),
            (
                "topic",
                Arc::new(StringArray::from(vec![Some("t"), None])) as ArrayRef,
            ),
        ])
        .unwrap();
        let columns = RecordColumns::of(&batch, false).unwrap();
        let record = columns.record(0, None).unwrap();
        assert_eq!(&*record.topic, "t");
        assert_eq!(record.key.as_deref(), Some(b"k".as_slice()));
        assert_eq!(record.value.as_deref(), Some(b"v".as_slice()));
        let named = StrBytes::from("other");
        assert_eq!(columns.record(1, Some(&named)).unwrap().value, None);
        assert!(columns.record(1, None).is_err(), "a null topic");
    }
}
