//! How much memory it takes to check a compressed batch.

use bytes::Bytes;
use wire::record_batch::{
    AppendRules, BatchBuilder, Compression, Origin, RecordBatch, validate_for_append,
};

#[path = "messages/allocations.rs"]
mod allocations;

const MIB: usize = 1 << 20;

/// A batch of a hundred records with `len` bytes in all.
fn packed(compression: Compression, len: usize) -> RecordBatch {
    let mut builder = BatchBuilder::new(compression);
    let value = vec![7; len / 100];
    for _ in 0..100 {
        builder.append(0, None, Some(&value), &[]);
    }
    RecordBatch::first(&builder.build()).unwrap()
}

#[test]
fn a_batch_is_checked_in_far_less_memory_than_it_unpacks_to() {
    let rules = AppendRules {
        batch_bytes_max: usize::MAX,
        ..AppendRules::default()
    };
    // Memory that the zstd library allocates itself is not counted here.
    for (codec, unpacked_len) in [
        (Compression::Gzip, 8 * MIB),
        (Compression::Snappy, 100 * MIB),
        (Compression::Lz4, 100 * MIB),
        (Compression::Zstd, 100 * MIB),
    ] {
        let batch = packed(codec, unpacked_len);
        let mut body = Bytes::new();
        let peak = allocations::peak_bytes(|| {
            let valid = validate_for_append(&batch, &rules, Origin::Client, 0);
            body = valid.expect("a good batch").body;
        });
        assert_eq!(body, batch.body());
        assert!(peak < MIB / 2, "{codec:?} took {peak} bytes");
    }
}
