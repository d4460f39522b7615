//! Malformed bytes. Decoding them must neither panic nor hold more memory than the budget allows.

use bytes::Bytes;
use wire::messages::{ApiVersionsRequest, MetadataRequest, OffsetFetchRequest, ProduceRequest};
use wire::{DecodeError, DecodeErrorKind, Decoder, Message, Records};

use crate::allocations::peak_bytes;
use crate::catalog;
use crate::sample::{self, Numbers};
use crate::schema;

fn decode<M: Message>(bytes: &'static [u8], version: i16) -> Result<M, DecodeError> {
    let mut decoder = Decoder::for_frame(Bytes::from_static(bytes));
    let message = M::decode(&mut decoder, version)?;
    decoder.finish()?;
    Ok(message)
}

fn kind<M: Message + std::fmt::Debug>(bytes: &'static [u8], version: i16) -> DecodeErrorKind {
    decode::<M>(bytes, version)
        .expect_err("should be refused")
        .kind
}

#[test]
fn a_count_of_two_thousand_million_topics_in_four_bytes() {
    assert_eq!(
        kind::<MetadataRequest>(b"\x7f\xff\xff\xff", 1),
        DecodeErrorKind::CountTooLarge
    );
}

#[test]
fn a_compact_count_of_four_thousand_million_topics() {
    assert_eq!(
        kind::<MetadataRequest>(b"\xff\xff\xff\xff\x0f\x00\x00\x00", 12),
        DecodeErrorKind::CountTooLarge
    );
}

#[test]
fn a_count_of_four_thousand_million_tagged_fields() {
    let bytes = b"\x02a\x02b\xff\xff\xff\xff\x0f";
    assert_eq!(
        kind::<ApiVersionsRequest>(bytes, 3),
        DecodeErrorKind::CountTooLarge
    );
}

#[test]
fn a_tagged_field_that_claims_to_be_longer_than_the_frame() {
    let bytes = b"\x02a\x02b\x01\x07\xff\xff\x03xy";
    assert_eq!(
        kind::<ApiVersionsRequest>(bytes, 3),
        DecodeErrorKind::Truncated
    );
}

#[test]
fn an_array_of_negative_length() {
    assert_eq!(
        kind::<MetadataRequest>(b"\xff\xff\xff\xfe", 1),
        DecodeErrorKind::NegativeLength
    );
}

#[test]
fn a_string_of_negative_length() {
    let bytes = b"\x00\x00\x00\x01\xff\xfe";
    assert_eq!(
        kind::<MetadataRequest>(bytes, 1),
        DecodeErrorKind::NegativeLength
    );
}

#[test]
fn a_null_where_none_may_be() {
    let bytes = b"\x00\x00\x00\x01\xff\xff";
    assert_eq!(
        kind::<MetadataRequest>(bytes, 1),
        DecodeErrorKind::UnexpectedNull
    );
}

#[test]
fn a_variable_length_integer_without_end() {
    assert_eq!(
        kind::<MetadataRequest>(b"\x80\x80\x80\x80\x80\x80\x00", 12),
        DecodeErrorKind::BadVarint
    );
}

#[test]
fn a_variable_length_integer_of_more_than_32_bits() {
    assert_eq!(
        kind::<MetadataRequest>(b"\xff\xff\xff\xff\x7f", 12),
        DecodeErrorKind::BadVarint
    );
}

#[test]
fn a_name_longer_than_any_version_allows() {
    // One topic whose id is zero and whose name has 32,768 bytes.
    let mut bytes = vec![2];
    bytes.extend_from_slice(&[0; 16]);
    bytes.extend_from_slice(b"\x81\x80\x02");
    bytes.extend_from_slice(&[b'x'; 32_768]);
    bytes.extend_from_slice(&[0; 5]);
    let decoded = MetadataRequest::decode(&mut Decoder::for_frame(Bytes::from(bytes)), 12);
    assert_eq!(
        decoded.expect_err("should be refused").kind,
        DecodeErrorKind::StringTooLong
    );
}

#[test]
fn a_name_that_is_not_text() {
    let bytes = b"\x00\x00\x00\x01\x00\x02\xc3\x28";
    assert_eq!(kind::<MetadataRequest>(bytes, 1), DecodeErrorKind::NotUtf8);
}

#[test]
fn bytes_after_the_end() {
    assert_eq!(
        kind::<MetadataRequest>(b"\xff\xff\xff\xff\x00", 1),
        DecodeErrorKind::TrailingBytes
    );
}

#[test]
fn a_version_that_does_not_exist() {
    assert_eq!(
        kind::<MetadataRequest>(b"", 99),
        DecodeErrorKind::UnsupportedVersion(99)
    );
}

#[test]
fn an_error_names_the_structure_and_the_byte() {
    let bytes = b"\x00\x01g\x00\x00\x00\x01\x00\x01t\x00\x00\x00\x02\x00\x00\x00\x00";
    let error = decode::<OffsetFetchRequest>(bytes, 1).expect_err("one partition is missing");
    assert_eq!(
        error.to_string(),
        "OffsetFetchRequestTopic: a count is larger than the remaining bytes can hold (at byte 14)"
    );
}

#[test]
fn small_elements_are_charged_at_what_they_take_in_memory() {
    // A million empty topic names: two bytes each on the wire, some thirty in memory.
    let mut bytes = 1_000_000_i32.to_be_bytes().to_vec();
    bytes.resize(4 + 2 * 1_000_000, 0);
    let bytes = Bytes::from(bytes);
    let mut kind = None;
    let held = peak_bytes(|| {
        let mut decoder = Decoder::new(bytes, 4 << 20);
        kind = MetadataRequest::decode(&mut decoder, 1)
            .err()
            .map(|error| error.kind);
    });
    assert_eq!(kind, Some(DecodeErrorKind::OverBudget));
    assert!(held < 1024, "{held} bytes were held");
}

#[test]
fn record_data_is_not_copied() {
    let records = vec![7; 1 << 20];
    let mut frame =
        b"\xff\xff\xff\xff\x00\x00\x00\x1e\x00\x00\x00\x01\x00\x01t\x00\x00\x00\x01".to_vec();
    frame.extend(b"\x00\x00\x00\x00");
    frame.extend(((records.len()) as i32).to_be_bytes());
    frame.extend(&records);
    let frame = Bytes::from(frame);
    let place = frame.as_ptr() as usize..frame.as_ptr() as usize + frame.len();

    let mut decoder = Decoder::for_frame(frame.clone());
    let request = ProduceRequest::decode(&mut decoder, 3).expect("well formed");
    decoder.finish().expect("nothing is left over");

    let Records::Bytes(taken) = &request.topic_data[0].partition_data[0].records else {
        panic!("there are records");
    };
    assert_eq!(taken.len(), records.len());
    assert!(place.contains(&(taken.as_ptr() as usize)));
}

#[test]
fn random_bytes_neither_panic_nor_fill_the_memory() {
    const BUDGET_BYTES: usize = 16 << 10;
    let mut numbers = Numbers(20_130_101);
    for entry in catalog::entries() {
        for version in entry.versions.clone() {
            for _ in 0..20 {
                let length = numbers.below(300) as usize;
                let noise: Vec<u8> = (0..length).map(|_| numbers.next() as u8).collect();
                assert_memory_is_bounded(&entry, version, noise, BUDGET_BYTES);
            }
        }
    }
}

#[test]
fn messages_with_a_few_bytes_changed_neither_panic_nor_fill_the_memory() {
    const BUDGET_BYTES: usize = 16 << 10;
    let messages = schema::messages();
    let mut numbers = Numbers(20_130_102);
    for entry in catalog::entries() {
        for version in entry.versions.clone() {
            for _ in 0..20 {
                let mut bytes = sample::bytes(&messages[entry.name], version, &mut numbers);
                for _ in 0..=numbers.below(3) {
                    if !bytes.is_empty() {
                        let place = numbers.below(bytes.len() as u64) as usize;
                        bytes[place] = [0, 1, 0x7f, 0x80, 0xff][numbers.below(5) as usize];
                    }
                }
                assert_memory_is_bounded(&entry, version, bytes, BUDGET_BYTES);
            }
        }
    }
}

/// Checks that decoding holds no more than the budget allows, and encoding a few times the input.
fn assert_memory_is_bounded(
    entry: &catalog::Entry,
    version: i16,
    bytes: Vec<u8>,
    budget_bytes: usize,
) {
    let limit = budget_bytes + 8 * bytes.len() + 4096;
    let bytes = Bytes::from(bytes);
    let held = peak_bytes(|| {
        // Success and error are both right: it only must not panic.
        let _ = (entry.recode)(bytes, budget_bytes, version);
    });
    assert!(
        held <= limit,
        "{} v{version}: {held} bytes were held",
        entry.name
    );
}
