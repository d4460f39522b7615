//! Malformed record batches: the server returns Kafka's error and appends nothing.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use wire::messages::list_offsets_request::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic,
};
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest, TopicProduceData};
use wire::record_batch::{
    BatchBuilder, Compression, HEADER_LEN, LOG_OVERHEAD, RecordBatchHeader, compress,
};
use wire::{ErrorCode, Records, StrBytes};

use super::target::Target;
use crate::raw::Raw;

/// The timestamp of ListOffsets for the offset after the last record.
const LATEST: i64 = -1;

/// A batch of two records with a changed header and a correct checksum.
fn sealed(change: impl FnOnce(&mut RecordBatchHeader)) -> Vec<u8> {
    let batch = good(Compression::None);
    let mut header = RecordBatchHeader::parse(&batch).unwrap();
    change(&mut header);
    header.seal(&batch[HEADER_LEN..]);
    [&header.to_bytes(), &batch[HEADER_LEN..]].concat()
}

/// A batch with these bytes as records, and a correct checksum.
fn with_body(compression: Compression, records: i32, body: &[u8]) -> Vec<u8> {
    let mut header = RecordBatchHeader::parse(&good(compression)).unwrap();
    header.batch_length = (HEADER_LEN - LOG_OVERHEAD + body.len()) as i32;
    header.record_count = records;
    header.last_offset_delta = records - 1;
    header.seal(body);
    [&header.to_bytes(), body].concat()
}

fn good(compression: Compression) -> Bytes {
    let mut batch = BatchBuilder::new(compression);
    batch.append(now_ms(), Some(b"k"), Some(b"one"), &[]);
    batch.append(now_ms(), Some(b"k"), Some(b"two"), &[]);
    batch.build()
}

fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64
}

/// `batch` with the byte at `at` replaced.
fn patched(at: usize, byte: u8) -> Vec<u8> {
    let mut batch = good(Compression::None).to_vec();
    batch[at] = byte;
    batch
}

#[test]
fn a_malformed_batch_gets_kafkas_error_and_is_not_appended() {
    use ErrorCode::{CorruptMessage, InvalidRecord, InvalidTimestamp, MessageTooLarge};
    const MAGIC_AT: usize = 16;
    let whole = good(Compression::None);
    let last = whole.len() - 1;
    // One record: length 7, no attributes, deltas 0, null key, value "x", no headers.
    let record: &[u8] = &[14, 0, 0, 0, 1, 2, b'x', 0];
    let cases: Vec<(&str, Vec<u8>, ErrorCode)> = vec![
        (
            "a flipped bit in a record",
            patched(last, whole[last] ^ 1),
            CorruptMessage,
        ),
        (
            "a flipped bit in the checksum",
            patched(17, whole[17] ^ 1),
            CorruptMessage,
        ),
        ("magic 0", patched(MAGIC_AT, 0), InvalidRecord),
        ("magic 1", patched(MAGIC_AT, 1), InvalidRecord),
        ("magic 3", patched(MAGIC_AT, 3), CorruptMessage),
        ("no bytes at all", Vec::new(), InvalidRecord),
        ("three bytes", vec![0; 3], InvalidRecord),
        (
            "a header alone",
            whole[..HEADER_LEN].to_vec(),
            InvalidRecord,
        ),
        ("half of it", whole[..last].to_vec(), InvalidRecord),
        (
            "two batches",
            [&whole[..], &whole[..]].concat(),
            InvalidRecord,
        ),
        (
            "a length shorter than a header",
            sealed(|h| h.batch_length = 3),
            CorruptMessage,
        ),
        (
            "a negative length",
            sealed(|h| h.batch_length = -1),
            CorruptMessage,
        ),
        (
            "a length of 2 GiB",
            sealed(|h| h.batch_length = i32::MAX),
            InvalidRecord,
        ),
        (
            "more records than there are",
            sealed(|h| h.record_count = 3),
            InvalidRecord,
        ),
        (
            "two billion records",
            sealed(|h| {
                h.record_count = i32::MAX;
                h.last_offset_delta = i32::MAX - 1;
            }),
            InvalidRecord,
        ),
        (
            "fewer records than there are",
            sealed(|h| {
                h.record_count = 1;
                h.last_offset_delta = 0;
            }),
            InvalidRecord,
        ),
        ("no records", sealed(|h| h.record_count = 0), InvalidRecord),
        (
            "less than no records",
            sealed(|h| h.record_count = -1),
            InvalidRecord,
        ),
        (
            "a last offset delta too large",
            sealed(|h| h.last_offset_delta = 9),
            InvalidRecord,
        ),
        (
            "a negative last offset delta",
            sealed(|h| h.last_offset_delta = -2),
            InvalidRecord,
        ),
        (
            "a base offset",
            sealed(|h| h.base_offset = 5),
            InvalidRecord,
        ),
        (
            "the control bit",
            sealed(RecordBatchHeader::set_control),
            InvalidRecord,
        ),
        (
            "compression 7",
            sealed(|h| h.attributes |= 7),
            InvalidRecord,
        ),
        (
            "a producer without a sequence",
            sealed(|h| h.producer_id = 1),
            InvalidRecord,
        ),
        (
            "a timestamp in the far future",
            sealed(|h| h.base_timestamp = i64::MAX),
            InvalidTimestamp,
        ),
        (
            "a record longer than the batch",
            body_of(&[&[126], &record[1..]]),
            InvalidRecord,
        ),
        (
            "a record of negative length",
            body_of(&[&[13], &record[1..]]),
            InvalidRecord,
        ),
        (
            "a length without end",
            body_of(&[&[255; 11]]),
            InvalidRecord,
        ),
        (
            "a key of length -2",
            body_of(&[&record[..4], &[3], &record[5..]]),
            InvalidRecord,
        ),
        (
            "a value longer than its record",
            body_of(&[&record[..5], &[126], &record[6..]]),
            InvalidRecord,
        ),
        (
            "a billion headers",
            body_of(&[&[22], &record[1..7], &[254, 255, 255, 255, 7]]),
            InvalidRecord,
        ),
        (
            "bytes after the last record",
            body_of(&[record, &[0]]),
            InvalidRecord,
        ),
        (
            "bytes that are not gzip",
            with_body(Compression::Gzip, 2, b"no gzip"),
            InvalidRecord,
        ),
        (
            "bytes that are not snappy",
            with_body(Compression::Snappy, 2, b"no snappy"),
            InvalidRecord,
        ),
        (
            "bytes that are not lz4",
            with_body(Compression::Lz4, 2, b"no lz4"),
            InvalidRecord,
        ),
        (
            "bytes that are not zstd",
            with_body(Compression::Zstd, 2, b"no zstd"),
            InvalidRecord,
        ),
        (
            "more than max.message.bytes",
            with_body(Compression::None, 1, &[0; 2 << 20]),
            MessageTooLarge,
        ),
    ];
    let target = Target::start(&[]);
    target.create_topic("t", &[]);
    let mut client = target.connect();
    assert_eq!(
        produce(&mut client, "t", good(Compression::None).to_vec()),
        ErrorCode::None
    );
    let end = end_offset(&mut client, "t");
    for (what, batch, expected) in cases {
        assert_eq!(produce(&mut client, "t", batch), expected, "{what}");
        assert_eq!(end_offset(&mut client, "t"), end, "{what}");
    }
    // The unchanged record is accepted, and the partition still works.
    assert_eq!(
        produce(&mut client, "t", body_of(&[record])),
        ErrorCode::None
    );
    assert_eq!(end_offset(&mut client, "t"), end + 1);
    target.assert_unharmed();
}

fn body_of(pieces: &[&[u8]]) -> Vec<u8> {
    with_body(Compression::None, 1, &pieces.concat())
}

/// One megabyte that decompresses to hundreds of megabytes, or to one endless record, for every compression.type of
/// the topic.
#[test]
fn decompression_bombs_are_refused_and_cost_no_memory() {
    const CODECS: [Compression; 4] = [
        Compression::Gzip,
        Compression::Snappy,
        Compression::Lz4,
        Compression::Zstd,
    ];
    let target = Target::start(&[]);
    let mut client = target.connect();
    let topics: [(&str, (&str, &str), &[Compression]); 4] = [
        (
            "stamped",
            ("message.timestamp.type", "LogAppendTime"),
            &CODECS,
        ),
        (
            "as-produced",
            ("compression.type", "producer"),
            &[Compression::Zstd],
        ),
        (
            "repacked",
            ("compression.type", "lz4"),
            &[Compression::Zstd],
        ),
        (
            "unpacked",
            ("compression.type", "uncompressed"),
            &[Compression::Zstd],
        ),
    ];
    for (topic, config, codecs) in topics {
        target.create_topic(topic, &[config]);
        for codec in codecs {
            let what = format!("{} to {topic}", codec.name());
            let error = produce(&mut client, topic, with_body(*codec, 1, &bomb(*codec)));
            let expected = match codec {
                Compression::Gzip | Compression::Zstd => ErrorCode::MessageTooLarge,
                // This codec packs too little to exceed the limit.
                _ => ErrorCode::InvalidRecord,
            };
            assert_eq!(error, expected, "{what}");
            assert_eq!(end_offset(&mut client, topic), 0, "{what}");
        }
    }
    // A correct batch of every codec is accepted.
    for codec in CODECS {
        assert_eq!(
            produce(&mut client, "stamped", good(codec).to_vec()),
            ErrorCode::None
        );
    }
    assert!(
        target.peak() < 192 << 20,
        "{} MiB at some time",
        target.peak() >> 20
    );
    target.assert_unharmed();
}

/// Almost a megabyte, of as many zeros as the codec can pack into it.
fn bomb(codec: Compression) -> Vec<u8> {
    const PACKED_BYTES: usize = 1_000_000;
    let zeros = |mebibytes: usize| compress(codec, None, &vec![0; mebibytes << 20]);
    let piece = match codec {
        // Streams and frames may follow one another.
        Compression::Gzip | Compression::Zstd => zeros(1),
        _ => return zeros(20).to_vec(),
    };
    let mut packed = Vec::new();
    while packed.len() + piece.len() <= PACKED_BYTES {
        packed.write_all(&piece).unwrap();
    }
    packed
}

/// The server's error for a batch.
fn produce(client: &mut Raw, topic: &str, batch: Vec<u8>) -> ErrorCode {
    let request = ProduceRequest {
        acks: -1,
        timeout_ms: 10_000,
        topic_data: vec![TopicProduceData {
            name: StrBytes::from(topic),
            partition_data: vec![PartitionProduceData {
                index: 0,
                records: Records::Bytes(batch.into()),
            }],
            ..TopicProduceData::default()
        }],
        ..ProduceRequest::default()
    };
    let answer = client.request(&request, 9);
    let partition = &answer.responses[0].partition_responses[0];
    let error = ErrorCode::from_code(partition.error_code);
    assert_eq!(
        partition.base_offset == -1,
        error != ErrorCode::None,
        "{partition:?}"
    );
    error
}

fn end_offset(client: &mut Raw, topic: &str) -> i64 {
    let request = ListOffsetsRequest {
        replica_id: -1,
        topics: vec![ListOffsetsTopic {
            name: topic.into(),
            partitions: vec![ListOffsetsPartition {
                timestamp: LATEST,
                ..ListOffsetsPartition::default()
            }],
        }],
        ..ListOffsetsRequest::default()
    };
    client.request(&request, 4).topics[0].partitions[0].offset
}
