use wire::record_batch::{BatchBuilder, EndTransactionMarker, Record};

use super::*;

const NOW: i64 = 1_000_000;
const HORIZON: i64 = NOW + 500;

/// Rules with these last offsets of keys, below `end`.
fn rules(last_offsets: &[(&str, i64)], end: i64) -> Rules {
    let mut map = OffsetMap::new(1 << 16, 0.9, 100);
    for (key, offset) in last_offsets {
        assert!(map.put(key.as_bytes(), *offset));
    }
    Rules {
        last_offsets: map,
        last_records: None,
        end,
        last_of_producers: Some(BTreeMap::new()),
        now_ms: NOW,
        delete_horizon_ms: HORIZON,
        unpacked_bytes_max: 1 << 20,
    }
}

/// A batch at offset 10 of producer 7; record `i` has timestamp `1000 + i`.
fn batch(compression: Compression, records: &[(&str, Option<&str>)]) -> Bytes {
    let mut builder = BatchBuilder::new(compression)
        .base_offset(10)
        .producer(7, 2, 40);
    for (time, (key, value)) in (1000..).zip(records) {
        let value = value.map(str::as_bytes);
        builder.append(time, Some(key.as_bytes()), value, &[(b"h", Some(b"x"))]);
    }
    builder.build()
}

fn keep(filter: &mut Filter, rules: &Rules, bytes: &Bytes, must_stay: bool) -> Option<RecordBatch> {
    let header = RecordBatchHeader::parse(bytes).unwrap();
    let mut out = b"before".to_vec();
    let kept = filter
        .keep(rules, &header, bytes, must_stay, &mut out)
        .unwrap();
    let bytes = Bytes::copy_from_slice(&out[6..]);
    assert_eq!(kept.is_none(), bytes.is_empty());
    let kept = RecordBatch {
        header: kept?,
        bytes,
    };
    kept.check_crc().unwrap();
    assert_eq!(RecordBatchHeader::parse(&kept.bytes), Ok(kept.header));
    assert_eq!(kept.header.total_len(), kept.bytes.len());
    Some(kept)
}

fn kept(rules: &Rules, bytes: &Bytes, must_stay: bool) -> Option<RecordBatch> {
    keep(&mut Filter::new(Vec::new()), rules, bytes, must_stay)
}

fn records(batch: &RecordBatch) -> Vec<Record> {
    let records = batch.records(1 << 20).unwrap();
    records.map(Result::unwrap).collect()
}

const CODECS: [Compression; 5] = [
    Compression::None,
    Compression::Gzip,
    Compression::Snappy,
    Compression::Lz4,
    Compression::Zstd,
];

#[test]
fn decisions_by_offset_and_by_key_are_the_same() {
    let batches = [
        &[("a", Some("1")), ("b", Some("2")), ("a", Some("3"))][..],
        &[("a", Some("1")), ("c", None), ("b", Some("3"))],
        &[("a", None), ("b", None)],
    ];
    let all_later = [("a", 90), ("b", 91), ("c", 92)];
    for (codec, records) in CODECS.iter().flat_map(|codec| batches.map(|b| (*codec, b))) {
        let bytes = batch(codec, records);
        for (first_dirty, later) in (9..14).flat_map(|dirty| (0..=3).map(move |n| (dirty, n))) {
            let own = (10..).zip(records).map(|(at, (key, _))| (*key, at));
            let dirty = own.filter(|(_, at)| *at >= first_dirty);
            let last: Vec<_> = dirty.chain(all_later[..later].iter().copied()).collect();
            let by_key = rules(&last, 100);
            let mut by_offset = rules(&last, 100);
            by_offset.last_records = by_offset.last_offsets.last_records(first_dirty..100);
            assert!(by_offset.last_records.is_some());
            for must_stay in [false, true] {
                let bytes = |rules| kept(rules, &bytes, must_stay).map(|batch| batch.bytes);
                assert_eq!(
                    bytes(&by_offset),
                    bytes(&by_key),
                    "{codec:?} {records:?}, last offsets {last:?}, dirty from {first_dirty}"
                );
            }
        }
    }
}

#[test]
fn the_last_record_of_a_key_keeps_offset_time_and_headers() {
    for codec in CODECS {
        let bytes = batch(
            codec,
            &[("a", Some("1")), ("b", Some("2")), ("a", Some("3"))],
        );
        let before = RecordBatch::first(&bytes).unwrap();
        let after = kept(&rules(&[("a", 12), ("b", 99)], 100), &bytes, false).unwrap();
        assert_eq!(records(&after), records(&before)[2..]);
        let header = after.header;
        assert_eq!(header.compression(), Ok(codec));
        assert_eq!((header.base_offset, header.last_offset()), (10, 12));
        assert_eq!((header.producer_id, header.producer_epoch), (7, 2));
        assert_eq!((header.base_sequence, header.last_sequence()), (40, 42));
        assert_eq!((header.record_count, header.max_timestamp), (1, 1002));
    }
}

#[test]
fn a_batch_of_which_nothing_is_removed_keeps_its_bytes() {
    for codec in CODECS {
        let bytes = batch(codec, &[("a", Some("1")), ("b", Some("2"))]);
        for last_offsets in [&[][..], &[("a", 10), ("b", 11)], &[("a", 5)]] {
            let after = kept(&rules(last_offsets, 100), &bytes, false).unwrap();
            assert_eq!(after.bytes, bytes);
        }
    }
}

#[test]
fn a_batch_without_kept_records_is_removed_unless_it_must_stay() {
    let bytes = batch(Compression::Lz4, &[("a", Some("1")), ("a", Some("2"))]);
    let mut rules = rules(&[("a", 50)], 100);
    assert!(kept(&rules, &bytes, false).is_none());
    let check = |left: RecordBatch| {
        assert_eq!((left.header.record_count, left.bytes.len()), (0, 61));
        assert_eq!(left.header.compression(), Ok(Compression::None));
        assert_eq!(
            (left.header.base_offset, left.header.last_offset()),
            (10, 11)
        );
        assert_eq!(left.header.last_sequence(), 41);
        assert_eq!(left.header.max_timestamp, 1001);
        left
    };
    let left = check(kept(&rules, &bytes, true).unwrap());
    assert!(kept(&rules, &left.bytes, false).is_none());
    let producer = |data_offset| {
        let last = LastOfProducer {
            data_offset: Some(data_offset),
            epoch: 2,
        };
        Some(BTreeMap::from([(7, last)]))
    };
    rules.last_of_producers = producer(11);
    let again = check(kept(&rules, &left.bytes, false).unwrap());
    assert_eq!(again.bytes, left.bytes);
    rules.last_of_producers = producer(12);
    assert!(kept(&rules, &bytes, false).is_none());
    rules.last_of_producers = None;
    check(kept(&rules, &bytes, false).unwrap());
}

#[test]
fn a_tombstone_gets_a_delete_horizon_and_is_removed_after_it() {
    for codec in CODECS {
        let bytes = batch(codec, &[("a", None), ("b", Some("2"))]);
        let before = RecordBatch::first(&bytes).unwrap();
        let met = kept(&rules(&[("a", 10)], 100), &bytes, false).unwrap();
        assert_eq!(met.header.delete_horizon_ms(), Some(HORIZON));
        assert_eq!(records(&met), records(&before));

        let mut later = rules(&[("a", 10)], 100);
        (later.now_ms, later.delete_horizon_ms) = (HORIZON - 1, HORIZON + 499);
        let waits = kept(&later, &met.bytes, false).unwrap();
        assert_eq!(waits.bytes, met.bytes, "a horizon is given once");
        later.now_ms = HORIZON;
        let gone = kept(&later, &met.bytes, false).unwrap();
        assert_eq!(records(&gone), records(&before)[1..]);
    }
}

#[test]
fn records_without_a_key_are_removed_and_records_above_the_map_are_kept() {
    let mut builder = BatchBuilder::new(Compression::None).base_offset(10);
    builder.append(1, None, Some(b"no key"), &[]);
    builder.append(2, Some(b"k"), None, &[]);
    builder.append(3, None, Some(b"no key either"), &[]);
    let bytes = builder.build();
    let all = records(&RecordBatch::first(&bytes).unwrap());
    let within = kept(&rules(&[], 11), &bytes, false).unwrap();
    assert_eq!(records(&within), all[1..]);
    assert_eq!(within.header.delete_horizon_ms(), None);
    let ahead = kept(&rules(&[("k", 5)], 10), &bytes, false).unwrap();
    assert_eq!(ahead.bytes, bytes);
    let below = kept(&rules(&[], 13), &bytes, false).unwrap();
    assert_eq!(records(&below), all[1..2]);
}

#[test]
fn append_time_is_kept() {
    let mut builder = BatchBuilder::new(Compression::None)
        .base_offset(10)
        .log_append_time(7777);
    builder.append(1000, Some(b"a"), Some(b"1"), &[]);
    builder.append(2000, Some(b"b"), None, &[]);
    let bytes = builder.build();
    let after = kept(&rules(&[("a", 50)], 100), &bytes, false).unwrap();
    assert_eq!(records(&after)[0].timestamp, 7777);
    assert_eq!(after.header.max_timestamp, 7777);
}

fn transactional(offset: i64, key: &str) -> Bytes {
    let mut builder = BatchBuilder::new(Compression::None)
        .base_offset(offset)
        .producer(7, 2, 0)
        .transactional();
    builder.append(1000, Some(key.as_bytes()), Some(b"v"), &[]);
    builder.build()
}

fn marker(offset: i64, committed: bool) -> Bytes {
    let marker = EndTransactionMarker {
        committed,
        coordinator_epoch: 3,
    };
    let bytes = marker.to_batch(7, 2, 2000);
    let mut header = RecordBatchHeader::parse(&bytes).unwrap();
    header.base_offset = offset;
    Bytes::from([&header.to_bytes()[..], &bytes[HEADER_LEN..]].concat())
}

#[test]
fn aborted_records_are_removed_and_their_marker_after_its_horizon() {
    let entry = AbortedTransaction {
        producer_id: 7,
        first_offset: 10,
        last_offset: 12,
        last_stable_offset: 13,
    };
    let rules_now = rules(&[], 100);
    let mut filter = Filter::new(vec![entry]);
    assert!(keep(&mut filter, &rules_now, &transactional(10, "a"), false).is_none());
    let abort = marker(12, false);
    let stays = keep(&mut filter, &rules_now, &abort, false).unwrap();
    assert_eq!(stays.bytes, abort);
    assert_eq!(filter.take_aborted(), [entry]);

    // The next pass finds no record of the transaction.
    let met = kept(&rules_now, &abort, false).unwrap();
    assert_eq!(met.header.delete_horizon_ms(), Some(HORIZON));
    assert_eq!(records(&met), records(&stays));
    assert_eq!(
        kept(&rules_now, &met.bytes, false).unwrap().bytes,
        met.bytes
    );
    let mut later = rules(&[], 100);
    later.now_ms = HORIZON;
    assert!(kept(&later, &met.bytes, false).is_none());
    assert_eq!(kept(&later, &met.bytes, true).unwrap().bytes, met.bytes);
    let last = LastOfProducer {
        data_offset: None,
        epoch: 2,
    };
    later.last_of_producers = Some(BTreeMap::from([(7, last)]));
    assert_eq!(kept(&later, &met.bytes, false).unwrap().bytes, met.bytes);
}

#[test]
fn a_commit_marker_is_kept_with_its_records() {
    let rules = rules(&[("a", 10)], 100);
    let mut filter = Filter::new(Vec::new());
    assert!(keep(&mut filter, &rules, &transactional(10, "a"), false).is_some());
    let commit = marker(11, true);
    let stays = keep(&mut filter, &rules, &commit, false).unwrap();
    assert_eq!(stays.bytes, commit);
    // The key of a marker is not compared: it is removed when its horizon has passed.
    let met = keep(&mut filter, &rules, &marker(20, true), false).unwrap();
    assert_eq!(met.header.delete_horizon_ms(), Some(HORIZON));
}
