//! `vltava consume`: prints the records of a topic.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::time::Duration;

use client::{Client, Consumer, ConsumerConfig, IsolationLevel, OffsetSpec};
use io::Io;
use serde_json::{Map, Value, json};
use wire::TopicPartition;
use wire::record_batch::Record;

use super::{Cluster, Output, block_on, insert_bytes, insert_headers};
use crate::Failure;

/// How long one poll waits for records.
const POLL: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
pub struct Arguments {
    /// Name of the topic.
    topic: String,
    #[command(flatten)]
    cluster: Cluster,
    /// Begin with the oldest record. Without it, begin at the group's committed offset, or with the next new record.
    #[arg(long)]
    from_beginning: bool,
    /// Stop at the end that the topic had when the command began. Without it, wait for new records until Ctrl-C.
    #[arg(short = 'e', long)]
    until_end: bool,
    /// Stop after this many records.
    #[arg(short = 'n', long, value_name = "COUNT")]
    max_messages: Option<usize>,
    /// Read as a member of this consumer group, and commit its offsets.
    #[arg(short, long)]
    group: Option<String>,
    /// Format of the output. text: the value of each record, one per line; json: one object per record, with key, headers,
    /// offset and timestamp.
    #[arg(short, long, value_enum, default_value = "text")]
    output: Output,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    block_on(async |io| consume(io, arguments).await)
}

async fn consume(io: Io, arguments: Arguments) -> Result<(), Failure> {
    let client = arguments.cluster.connect(&io).await?;
    let mut properties = arguments.cluster.properties();
    if arguments.from_beginning {
        properties = properties.set("auto.offset.reset", "earliest");
    }
    if let Some(group) = &arguments.group {
        properties = properties.set("group.id", group);
    }
    let partitions: Vec<_> = client
        .admin()
        .describe_topic(&arguments.topic)
        .await?
        .partitions
        .iter()
        .map(|p| TopicPartition {
            topic: arguments.topic.as_str().into(),
            partition: p.partition,
        })
        .collect();
    let mut consumer = client.consumer(ConsumerConfig::from_properties(&properties)?);
    let mut until = if arguments.until_end {
        ends(&client, &partitions).await?
    } else {
        BTreeMap::new()
    };
    match &arguments.group {
        Some(_) => consumer.subscribe([arguments.topic.as_str()])?,
        None => consumer.assign(partitions),
    }
    let mut left = arguments.max_messages.unwrap_or(usize::MAX);
    while left > 0 && !(arguments.until_end && until.is_empty()) {
        let polled = consumer.poll(POLL).await?;
        let mut out = std::io::stdout().lock();
        for of_partition in polled {
            for record in of_partition.records.iter().take(left) {
                match print(&mut out, &of_partition.partition, record, arguments.output) {
                    // The reader of the pipe has closed it.
                    Err(e) if e.kind() == ErrorKind::BrokenPipe => return finish(consumer).await,
                    printed => printed?,
                }
            }
            left -= of_partition.records.len().min(left);
            until.retain(|partition, end| {
                *partition != of_partition.partition || of_partition.next_offset < *end
            });
        }
    }
    finish(consumer).await
}

/// Commits the offsets and leaves the group, if there is one.
async fn finish(consumer: Consumer) -> Result<(), Failure> {
    Ok(consumer.close().await?)
}

/// The end offsets of the partitions that hold records.
async fn ends(
    client: &Client,
    partitions: &[TopicPartition],
) -> Result<BTreeMap<TopicPartition, i64>, Failure> {
    let at = async |spec: OffsetSpec| {
        let wanted = partitions.iter().map(|p| (p.clone(), spec)).collect();
        client
            .admin()
            .list_offsets(&wanted, IsolationLevel::ReadUncommitted)
            .await
    };
    let starts = at(OffsetSpec::Earliest).await?;
    let ends = at(OffsetSpec::Latest).await?;
    Ok(ends
        .into_iter()
        .filter_map(|(partition, end)| Some((end.offset?, partition)))
        .filter(|(end, partition)| starts[partition].offset.is_some_and(|start| start < *end))
        .map(|(end, partition)| (partition, end))
        .collect())
}

fn print(
    out: &mut impl Write,
    partition: &TopicPartition,
    record: &Record,
    output: Output,
) -> std::io::Result<()> {
    match output {
        Output::Text => {
            out.write_all(record.value.as_deref().unwrap_or_default())?;
            out.write_all(b"\n")
        }
        Output::Json => {
            let mut object = Map::new();
            object.insert("topic".to_owned(), json!(&*partition.topic));
            object.insert("partition".to_owned(), json!(partition.partition));
            object.insert("offset".to_owned(), json!(record.offset));
            object.insert("timestamp".to_owned(), json!(record.timestamp));
            let kind = record.timestamp_type.name();
            object.insert("timestamp_type".to_owned(), json!(kind));
            insert_bytes(&mut object, "key", record.key.as_deref());
            insert_bytes(&mut object, "value", record.value.as_deref());
            insert_headers(&mut object, record);
            writeln!(out, "{}", Value::Object(object))
        }
    }
}
