//! Converts items to names and values. The names are those of Kafka's `DumpLogSegments`.

use log::dump::Item;
use serde_json::{Map, Value, json};
use wire::record_batch::{
    Compression, ControlType, EndTransactionMarker, Record, RecordBatchHeader, TimestampType,
};

use super::internal::InternalTopic;
use crate::cli::{insert_bytes, insert_headers};

/// The kind of an item and its fields. Records of an internal topic are decoded.
pub fn item(item: &Item, topic: Option<InternalTopic>) -> (&'static str, Map<String, Value>) {
    let (kind, object) = match item {
        Item::Batch { position, header } => ("batch", batch(*position, header)),
        Item::Record {
            record,
            is_control,
            sequence,
        } => {
            return (
                "record",
                self::record(record, *is_control, *sequence, topic),
            );
        }
        Item::OffsetEntry { offset, position } => {
            ("entry", json!({ "offset": offset, "position": position }))
        }
        Item::TimeEntry { timestamp, offset } => {
            ("entry", json!({ "timestamp": timestamp, "offset": offset }))
        }
        Item::AbortedTransaction(aborted) => (
            "abortedTransaction",
            json!({
                "producerId": aborted.producer_id,
                "firstOffset": aborted.first_offset,
                "lastOffset": aborted.last_offset,
                "lastStableOffset": aborted.last_stable_offset,
            }),
        ),
        Item::Producer { id, producer } => (
            "producer",
            json!({
                "producerId": id,
                "producerEpoch": producer.epoch,
                "coordinatorEpoch": producer.coordinator_epoch,
                "currentTxnFirstOffset": producer.transaction_start,
                "lastTimestamp": producer.last_timestamp,
                "lastSequence": producer.last_sequence(),
                "lastOffset": producer.batches.back().map(|batch| batch.last_offset),
                "offsetDelta": producer.batches.back().map(|batch| batch.offset_delta),
            }),
        ),
        Item::LeaderEpoch {
            epoch,
            start_offset,
        } => (
            "epoch",
            json!({ "epoch": epoch, "startOffset": start_offset }),
        ),
        Item::Offset { partition, offset } => (
            "offset",
            json!({
                "topic": &*partition.topic,
                "partition": partition.partition,
                "offset": offset,
            }),
        ),
        Item::TopicId(id) => ("topic", json!({ "topicId": id.to_string() })),
        Item::Node(node) => (
            "node",
            json!({
                "clusterId": node.cluster_id,
                "nodeId": node.node_id,
                "directoryId": node.directory_id.to_string(),
            }),
        ),
        Item::Damage {
            position: Some(position),
            what,
        } => ("damage", json!({ "position": position, "what": what })),
        Item::Damage {
            position: None,
            what,
        } => ("damage", json!({ "what": what })),
    };
    match object {
        Value::Object(object) => (kind, object),
        _ => unreachable!("every arm makes an object"),
    }
}

fn batch(position: u64, header: &RecordBatchHeader) -> Value {
    let compression = header.compression().map(Compression::name);
    json!({
        "position": position,
        "size": header.total_len(),
        "baseOffset": header.base_offset,
        "lastOffset": header.last_offset(),
        "count": header.record_count,
        "producerId": header.producer_id,
        "producerEpoch": header.producer_epoch,
        "baseSequence": header.base_sequence,
        "lastSequence": header.last_sequence(),
        "partitionLeaderEpoch": header.partition_leader_epoch,
        "isTransactional": header.is_transactional(),
        "isControl": header.is_control(),
        "deleteHorizonMs": header.delete_horizon_ms(),
        "timestampType": match header.timestamp_type() {
            TimestampType::CreateTime => "CreateTime",
            TimestampType::LogAppendTime => "LogAppendTime",
        },
        "maxTimestamp": header.max_timestamp,
        "magic": header.magic,
        "compression": compression.unwrap_or("unknown"),
        "crc": header.crc,
    })
}

fn record(
    record: &Record,
    is_control: bool,
    sequence: Option<i32>,
    topic: Option<InternalTopic>,
) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("offset".to_owned(), json!(record.offset));
    object.insert("timestamp".to_owned(), json!(record.timestamp));
    if let Some(sequence) = sequence {
        object.insert("sequence".to_owned(), json!(sequence));
    }
    let decoded = topic
        .filter(|_| !is_control)
        .map(|topic| topic.decode(record));
    if is_control {
        object.insert("control".to_owned(), control(record));
    }
    match decoded {
        Some(Ok(decoded)) => {
            object.extend(decoded);
            return object;
        }
        Some(Err(error)) => {
            object.insert("undecoded".to_owned(), json!(error));
        }
        None => {}
    }
    insert_bytes(&mut object, "key", record.key.as_deref());
    insert_bytes(&mut object, "value", record.value.as_deref());
    if !record.headers.is_empty() {
        insert_headers(&mut object, record);
    }
    object
}

/// The content of a control record.
fn control(record: &Record) -> Value {
    if let Some(marker) = EndTransactionMarker::of(record) {
        let what = if marker.committed { "COMMIT" } else { "ABORT" };
        return json!({ "type": what, "coordinatorEpoch": marker.coordinator_epoch });
    }
    match ControlType::of(record) {
        Some(kind) => json!({ "type": format!("{kind:?}") }),
        None => json!({ "type": "unknown" }),
    }
}
