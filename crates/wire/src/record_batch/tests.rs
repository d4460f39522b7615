use bytes::{Bytes, BytesMut};

use super::varint::ByteReader;
use super::*;

const CODECS: [Compression; 5] = [
    Compression::None,
    Compression::Gzip,
    Compression::Snappy,
    Compression::Lz4,
    Compression::Zstd,
];
const BUDGET: usize = 1 << 20;
const NOW: i64 = 1_700_000_000_000;

fn three_records(compression: Compression) -> Bytes {
    let mut builder = BatchBuilder::new(compression).producer(7, 2, 40);
    builder.append(NOW, Some(b"a"), Some(b"one"), &[]);
    builder.append(
        NOW + 5,
        None,
        Some(b"two"),
        &[(b"h", Some(b"x")), (b"empty", None)],
    );
    builder.append(NOW - 3, Some(b""), None, &[]);
    builder.build()
}

fn first(bytes: &Bytes) -> RecordBatch {
    RecordBatch::first(bytes).unwrap()
}

fn all(batch: &RecordBatch) -> Result<Vec<Record>, BatchError> {
    batch.records(BUDGET)?.collect()
}

/// Changes a batch's header and makes the checksum right again.
fn reseal(bytes: &Bytes, change: impl FnOnce(&mut RecordBatchHeader)) -> Bytes {
    let mut header = RecordBatchHeader::parse(bytes).unwrap();
    change(&mut header);
    header.seal(&bytes[HEADER_LEN..]);
    let mut out = BytesMut::from(&bytes[..]);
    out[..HEADER_LEN].copy_from_slice(&header.to_bytes());
    out.freeze()
}

fn check(bytes: &Bytes, rules: &AppendRules) -> Result<ValidBatch, Rejection> {
    validate_for_append(&first(bytes), rules, Origin::Client, NOW)
}

#[test]
fn a_built_batch_is_read_back_in_every_compression() {
    for codec in CODECS {
        let bytes = three_records(codec);
        let batch = first(&bytes);
        batch.check_crc().unwrap();
        assert_eq!(batch.header.compression(), Ok(codec));
        assert_eq!(
            (batch.header.record_count, batch.header.last_offset_delta),
            (3, 2)
        );
        assert_eq!(
            (batch.header.base_timestamp, batch.header.max_timestamp),
            (NOW, NOW + 5)
        );
        assert_eq!(
            (batch.header.base_sequence, batch.header.last_sequence()),
            (40, 42)
        );
        let records = all(&batch).unwrap();
        let offsets: Vec<i64> = records.iter().map(|r| r.offset).collect();
        let times: Vec<i64> = records.iter().map(|r| r.timestamp - NOW).collect();
        assert_eq!((offsets, times), (vec![0, 1, 2], vec![0, 5, -3]));
        assert_eq!(records[0].key.as_deref(), Some(&b"a"[..]));
        assert_eq!(records[1].key, None);
        assert_eq!(records[1].headers[0].key_text(), "h");
        assert_eq!(records[1].headers[1].value, None);
        assert_eq!(records[2].key.as_deref(), Some(&b""[..]));
        assert_eq!(records[2].value, None);
    }
}

#[test]
fn uncompressed_records_are_slices_of_the_batch() {
    let bytes = three_records(Compression::None);
    let record = first(&bytes).records(0).unwrap().next().unwrap().unwrap();
    let value = record.value.unwrap();
    assert!(bytes.as_ptr_range().contains(&value.as_ptr()));
}

/// Batches made by the Java client of Kafka 4.3.1: producer 77, epoch 3, sequence 9; a record
/// `k` = `v` at time 1000 and one without key at 1001.
const OF_JAVA: [(Compression, &str); 5] = [
    (
        Compression::None,
        "000000000000000000000058ffffffff0228ae465a00000000000100000000000003e800\
         000000000003e9000000000000004d0003000000090000000210000000026b0276003a00\
         0202012e68656c6c6f2068656c6c6f2068656c6c6f2068656c6c6f00",
    ),
    (
        Compression::Gzip,
        "00000000000000000000005cffffffff028cf7d72300010000000100000000000003e800\
         000000000003e9000000000000004d000300000009000000021f8b08000000000000ff13\
         60606060ca662a63b062606262d4cb48cdc9c957c02019000b89229927000000",
    ),
    (
        Compression::Snappy,
        "000000000000000000000061ffffffff0210828f6d00020000000100000000000003e800\
         000000000003e9000000000000004d0003000000090000000282534e4150505900000000\
         01000000010000001c275010000000026b0276003a000202012e68656c6c6f2042060000\
         00",
    ),
    (
        Compression::Lz4,
        "00000000000000000000005fffffffff02eced182900030000000100000000000003e800\
         000000000003e9000000000000004d0003000000090000000204224d186040821f000000\
         f90610000000026b0276003a000202012e68656c6c6f20060050656c6c6f0000000000",
    ),
    (
        Compression::Zstd,
        "000000000000000000000059ffffffff0265c1be9e00040000000100000000000003e800\
         000000000003e9000000000000004d0003000000090000000228b52ffd0058e40000b010\
         000000026b0276003a000202012e68656c6c6f20000100331726010000",
    ),
];

fn from_hex(hex: &str) -> Bytes {
    (0..hex.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
        .collect()
}

#[test]
fn batches_of_javas_client_are_read() {
    for (codec, hex) in OF_JAVA {
        let batch = first(&from_hex(hex));
        batch.check_crc().unwrap();
        assert_eq!(batch.header.compression(), Ok(codec));
        assert_eq!(
            (batch.header.producer_id, batch.header.base_sequence),
            (77, 9)
        );
        let records = all(&batch).unwrap();
        assert_eq!((records[0].timestamp, records[1].timestamp), (1000, 1001));
        assert_eq!(records[0].key.as_deref(), Some(&b"k"[..]));
        assert_eq!(
            records[1].value.as_deref(),
            Some(&b"hello hello hello hello"[..])
        );
    }
}

#[test]
fn an_uncompressed_batch_has_the_bytes_of_javas_client() {
    let mut builder = BatchBuilder::new(Compression::None).producer(77, 3, 9);
    builder.append(1000, Some(b"k"), Some(b"v"), &[]);
    builder.append(1001, None, Some(b"hello hello hello hello"), &[]);
    assert_eq!(builder.build(), from_hex(OF_JAVA[0].1));
}

#[test]
fn every_varint_survives() {
    let values = [
        0,
        -1,
        1,
        63,
        64,
        -64,
        -65,
        8191,
        8192,
        i32::MAX.into(),
        i64::MAX,
        i64::MIN,
    ];
    for value in values {
        let mut out = BytesMut::new();
        varint::put(&mut out, value);
        assert_eq!(out.len(), varint::len(value), "{value}");
        assert_eq!(Cursor::new(&out, 0).varlong(), Ok(value));
        if let Ok(small) = i32::try_from(value) {
            assert_eq!(Cursor::new(&out, 0).varint(), Ok(small));
        }
    }
    assert!(Cursor::new(&[0xff; 10], 0).varlong().is_err());
    assert!(
        Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0x7f], 0)
            .varint()
            .is_err()
    );
}

#[test]
fn a_batch_cut_anywhere_is_partial_and_ends_the_iteration() {
    let one = three_records(Compression::None);
    let two = Bytes::from([&one[..], &one[..]].concat());
    assert_eq!(batches(two.clone()).filter(Result::is_ok).count(), 2);
    for cut in 1..one.len() {
        let mut iter = batches(two.slice(..one.len() + cut));
        assert!(iter.next().unwrap().is_ok());
        assert!(
            matches!(iter.next(), Some(Err(BatchError::Partial { .. }))),
            "cut at {cut}"
        );
        assert!(iter.next().is_none());
    }
}

#[test]
fn no_flipped_bit_passes_the_checksum_or_panics() {
    for codec in CODECS {
        let bytes = three_records(codec);
        for bit in 0..bytes.len() * 8 {
            let mut broken = BytesMut::from(&bytes[..]);
            broken[bit / 8] ^= 1 << (bit % 8);
            let broken = broken.freeze();
            for batch in batches(broken).flatten() {
                // Base offset, length and leader epoch are not under the checksum.
                if bit / 8 >= CRC_START {
                    assert!(batch.check_crc().is_err(), "{codec:?} bit {bit}");
                }
                let _ = all(&batch);
            }
        }
    }
}

#[test]
fn unpacking_stops_at_the_budget() {
    for codec in CODECS {
        let plain = vec![0; 10 << 20];
        let packed = compress(codec, None, &plain);
        assert_eq!(
            decompress(codec, &packed, plain.len()).unwrap(),
            plain,
            "{codec:?}"
        );
        let refused = decompress(codec, &packed, plain.len() - 1);
        assert!(
            matches!(refused, Err(BatchError::OverBudget { .. })),
            "{codec:?}"
        );
    }
}

#[test]
fn raw_snappy_is_read_and_its_length_is_not_trusted() {
    let raw = snap::raw::Encoder::new()
        .compress_vec(b"hello hello hello")
        .unwrap();
    assert_eq!(
        &decompress(Compression::Snappy, &raw, 100).unwrap()[..],
        b"hello hello hello"
    );
    let claim_4_gib = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
    assert!(decompress(Compression::Snappy, &claim_4_gib, usize::MAX).is_err());
}

#[test]
fn sequences_wrap_to_zero() {
    assert_eq!(add_to_sequence(i32::MAX, 1), 0);
    assert_eq!(add_to_sequence(i32::MAX - 1, 3), 1);
}

#[test]
fn a_good_batch_passes_without_being_copied() {
    for codec in CODECS {
        let bytes = three_records(codec);
        let valid = check(&bytes, &AppendRules::default()).unwrap();
        assert_eq!(valid.header, first(&bytes).header);
        assert_eq!(valid.body.as_ptr(), bytes[HEADER_LEN..].as_ptr());
    }
}

#[test]
fn refusals_carry_kafkas_error() {
    use RejectionKind::*;
    let good = three_records(Compression::None);
    let rules = AppendRules::default();
    let kind = |bytes: &Bytes| check(bytes, &rules).unwrap_err().kind;

    let mut torn = BytesMut::from(&good[..]);
    torn[HEADER_LEN + 4] ^= 1;
    assert_eq!(kind(&torn.freeze()), Corrupt);
    assert_eq!(kind(&reseal(&good, |h| h.base_offset = 1)), InvalidRecord);
    assert_eq!(kind(&reseal(&good, |h| h.record_count = 0)), InvalidRecord);
    assert_eq!(kind(&reseal(&good, |h| h.record_count = 4)), InvalidRecord);
    assert_eq!(
        kind(&reseal(&good, |h| h.last_offset_delta = -1)),
        InvalidRecord
    );
    assert_eq!(
        kind(&reseal(&good, |h| h.last_offset_delta = 5)),
        InvalidRecord
    );
    assert_eq!(kind(&reseal(&good, |h| h.set_control())), InvalidRecord);
    assert_eq!(
        kind(&reseal(&good, |h| h.base_sequence = -1)),
        InvalidRecord
    );
    assert_eq!(kind(&reseal(&good, |h| h.attributes |= 7)), InvalidRecord);
    let two_claimed = reseal(&good, |h| (h.record_count, h.last_offset_delta) = (2, 1));
    assert_eq!(kind(&two_claimed), InvalidRecord);
    let append_time = reseal(&good, |h| {
        h.set_timestamp_type(TimestampType::LogAppendTime)
    });
    let by_the_log = AppendRules {
        timestamp_type: TimestampType::LogAppendTime,
        ..rules
    };
    assert_eq!(
        check(&append_time, &by_the_log).unwrap_err().kind,
        InvalidTimestamp
    );
    let small = AppendRules {
        batch_bytes_max: good.len() - 1,
        ..rules
    };
    assert_eq!(check(&good, &small).unwrap_err().kind, TooLarge);
}

#[test]
fn an_append_time_bit_is_cleared_where_records_have_their_own_time() {
    for codec in [Compression::None, Compression::Zstd] {
        let good = three_records(codec);
        let marked = reseal(&good, |h| {
            h.set_timestamp_type(TimestampType::LogAppendTime);
            h.max_timestamp = 1;
        });
        for compression in [
            CompressionPolicy::AsProduced,
            CompressionPolicy::Always(Compression::Lz4, None),
        ] {
            let rules = AppendRules {
                compression,
                ..AppendRules::default()
            };
            let expected = check(&good, &rules).unwrap();
            let cleared = check(&marked, &rules).unwrap();
            assert_eq!(cleared.header, expected.header);
            assert_eq!(cleared.body, expected.body);
        }
    }
}

#[test]
fn a_rejection_lists_the_invalid_records() {
    let bytes = three_records(Compression::Lz4);
    let compacted = AppendRules {
        compacted: true,
        ..AppendRules::default()
    };
    let refused = check(&bytes, &compacted).unwrap_err();
    assert_eq!(refused.kind, RejectionKind::InvalidRecord);
    assert_eq!(
        refused
            .records
            .iter()
            .map(|r| r.batch_index)
            .collect::<Vec<_>>(),
        [1]
    );

    let strict = AppendRules {
        timestamp_before_max_ms: 2,
        timestamp_after_max_ms: 4,
        ..AppendRules::default()
    };
    let refused = check(&bytes, &strict).unwrap_err();
    assert_eq!(refused.kind, RejectionKind::InvalidTimestamp);
    assert_eq!(
        refused
            .records
            .iter()
            .map(|r| r.batch_index)
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[test]
fn append_time_and_compression_are_rewritten() {
    for from in CODECS {
        for to in CODECS {
            let rules = AppendRules {
                timestamp_type: TimestampType::LogAppendTime,
                compression: CompressionPolicy::Always(to, None),
                ..AppendRules::default()
            };
            let valid = check(&three_records(from), &rules).unwrap();
            let bytes = [&valid.header.to_bytes()[..], &valid.body].concat();
            let batch = first(&Bytes::from(bytes));
            batch.check_crc().unwrap();
            assert_eq!(batch.header.compression(), Ok(to));
            assert_eq!(
                (batch.header.producer_id, batch.header.base_sequence),
                (7, 40)
            );
            let records = all(&batch).unwrap();
            let by_the_log = (NOW, TimestampType::LogAppendTime);
            assert!(
                records
                    .iter()
                    .all(|r| (r.timestamp, r.timestamp_type) == by_the_log)
            );
            assert_eq!(records[1].headers.len(), 2);
        }
    }
}

#[test]
fn a_wrong_max_timestamp_is_corrected() {
    let lying = reseal(&three_records(Compression::Zstd), |h| {
        h.max_timestamp = NOW + 99
    });
    let valid = check(&lying, &AppendRules::default()).unwrap();
    assert_eq!(valid.header.max_timestamp, NOW + 5);
    let bytes = [&valid.header.to_bytes()[..], &valid.body].concat();
    first(&Bytes::from(bytes)).check_crc().unwrap();
}

#[test]
fn offset_deltas_that_are_not_consecutive_are_renumbered() {
    let mut builder = BatchBuilder::new(Compression::None);
    builder.append_at(0, NOW, None, Some(b"a"), &[]);
    builder.append_at(7, NOW, None, Some(b"b"), &[]);
    let bytes = reseal(&builder.build(), |h| h.last_offset_delta = 1);
    let valid = check(&bytes, &AppendRules::default()).unwrap();
    let bytes = [&valid.header.to_bytes()[..], &valid.body].concat();
    let records = all(&first(&Bytes::from(bytes))).unwrap();
    assert_eq!(records.iter().map(|r| r.offset).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_produce_carries_one_batch_of_magic_2() {
    let one = three_records(Compression::None);
    assert!(split_produce(&one).is_ok());
    let kind = |bytes: Bytes| split_produce(&bytes).unwrap_err().kind;
    assert_eq!(kind(Bytes::new()), RejectionKind::InvalidRecord);
    assert_eq!(kind(one.slice(..40)), RejectionKind::InvalidRecord);
    assert_eq!(
        kind(Bytes::from([&one[..], &one[..]].concat())),
        RejectionKind::InvalidRecord
    );
    for (magic, expected) in [
        (1, RejectionKind::InvalidRecord),
        (9, RejectionKind::Corrupt),
    ] {
        let mut old = BytesMut::from(&one[..]);
        old[MAGIC_AT] = magic;
        assert_eq!(kind(old.freeze()), expected);
    }
}

#[test]
fn a_wrong_header_count_is_refused_before_anything_is_allocated() {
    let mut builder = BatchBuilder::new(Compression::None);
    builder.append(0, None, Some(b"0123456789"), &[]);
    let bytes = builder.build();
    let mut body = BytesMut::from(&bytes[HEADER_LEN..]);
    let last = body.len() - 1;
    body[last] = 0x7e;
    let batch = RecordBatch {
        header: first(&bytes).header,
        bytes: {
            let mut all = BytesMut::from(&bytes[..HEADER_LEN]);
            all.extend_from_slice(&body);
            all.freeze()
        },
    };
    let refused = BatchError::Record {
        index: 0,
        what: "header count exceeds the record",
    };
    assert_eq!(all(&batch).unwrap_err(), refused);
}

#[test]
fn a_transaction_marker_is_read_back() {
    let marker = EndTransactionMarker {
        committed: true,
        coordinator_epoch: 9,
    };
    let batch = first(&marker.to_batch(5, 1, NOW));
    assert!(batch.header.is_control() && batch.header.is_transactional());
    let record = all(&batch).unwrap().remove(0);
    assert_eq!(ControlType::of(&record), Some(ControlType::Commit));
    assert_eq!(EndTransactionMarker::of(&record), Some(marker));
}

/// A batch of these records' bytes, right or wrong.
fn with_records(codec: Compression, count: i32, records: &[u8]) -> Bytes {
    let body = compress(codec, None, records);
    let mut header = first(&three_records(codec)).header;
    header.batch_length = (HEADER_LEN - LOG_OVERHEAD + body.len()) as i32;
    (header.record_count, header.last_offset_delta) = (count, count - 1);
    header.seal(&body);
    Bytes::from([&header.to_bytes()[..], &body].concat())
}

#[test]
fn compressed_and_uncompressed_records_are_validated_alike() {
    let mut builder = BatchBuilder::new(Compression::None);
    // Longer than the window through which they are unpacked.
    let long = vec![b'x'; 40_000];
    builder.append(NOW, Some(b"k"), Some(&long), &[(b"h", Some(&long))]);
    builder.append(NOW + 1, None, None, &[(b"", None), (b"h", Some(b""))]);
    builder.append(NOW + 2, Some(&long), Some(b"v"), &[]);
    let good = builder.build().slice(HEADER_LEN..);
    let rules = AppendRules {
        batch_bytes_max: usize::MAX,
        ..AppendRules::default()
    };
    let mut bodies = vec![(3, good.to_vec()), (2, good.to_vec()), (4, good.to_vec())];
    // Where records and fields begin and end, and inside the long ones.
    let near = |at: usize| at.saturating_sub(8)..(at + 8).min(good.len());
    for at in [8, 40_000, 80_016, good.len()].into_iter().flat_map(near) {
        bodies.push((3, good[..at].to_vec()));
        for byte in [0, 0x7f, 0xff] {
            let mut changed = good.to_vec();
            changed[at] = byte;
            bodies.push((3, changed));
        }
    }
    for (count, body) in bodies {
        let validate = |codec| match check(&with_records(codec, count, &body), &rules) {
            Ok(valid) => Ok(valid.header.max_timestamp),
            // Of two things wrong with a record the message may name either.
            Err(refused) => Err((refused.kind, refused.records)),
        };
        let plain = validate(Compression::None);
        for codec in &CODECS[1..] {
            assert_eq!(validate(*codec), plain, "{codec:?}, {} bytes", body.len());
        }
    }
}

#[test]
fn a_batch_that_unpacks_to_too_much_is_refused_whatever_its_records_are() {
    let rules = AppendRules {
        unpacked_bytes_max: 1 << 20,
        ..AppendRules::default()
    };
    let mut builder = BatchBuilder::new(Compression::None);
    builder.append(NOW, None, Some(&vec![0; 1 << 20]), &[]);
    let one_record = builder.build().slice(HEADER_LEN..);
    for codec in &CODECS[1..] {
        for records in [&one_record[..], &vec![0; (1 << 20) + 1]] {
            let refused = check(&with_records(*codec, 1, records), &rules).unwrap_err();
            assert_eq!(refused.kind, RejectionKind::TooLarge, "{codec:?}");
            assert_eq!(
                refused.message,
                "unpacked records exceed the limit of 1048576 bytes"
            );
        }
    }
}

#[test]
fn a_time_is_found_without_unpacking_the_whole_batch() {
    for codec in [Compression::None, Compression::Snappy, Compression::Zstd] {
        let batch = first(&three_records(codec));
        let at = |time| batch.find_time(1 << 20, |timestamp, _| timestamp >= time);
        assert_eq!(at(NOW), Ok(Some((NOW, 0))));
        assert_eq!(at(NOW + 1), Ok(Some((NOW + 5, 1))));
        assert_eq!(at(NOW + 6), Ok(None));
        let mut seen = Vec::new();
        let none = batch.find_time(1 << 20, |timestamp, offset| {
            seen.push((timestamp, offset));
            false
        });
        assert_eq!(none, Ok(None));
        assert_eq!(seen, [(NOW, 0), (NOW + 5, 1), (NOW - 3, 2)]);
    }
    // The first record comes out though the batch unpacks to more than the budget.
    let mut builder = BatchBuilder::new(Compression::Zstd);
    builder.append(NOW, None, Some(b"small"), &[]);
    builder.append(NOW + 1, None, Some(&vec![0; 1 << 20]), &[]);
    let large = first(&builder.build());
    let at = |time| large.find_time(100 << 10, |timestamp, _| timestamp >= time);
    assert_eq!(at(NOW), Ok(Some((NOW, 0))));
    assert_eq!(
        at(NOW + 2),
        Err(BatchError::OverBudget { budget: 100 << 10 })
    );
}
