//! Any bytes as record batches: `cargo +nightly fuzz run record_batch -- -malloc_limit_mb=64`.
//!
//! Checking and reading end in a value or an error, and what passes the check of a broker can be read
//! within the same limit.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wire::record_batch::{
    AppendRules, HEADER_LEN, Origin, RecordBatch, batches, validate_for_append,
};

const UNPACKED_BYTES_MAX: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let rules = AppendRules {
        unpacked_bytes_max: UNPACKED_BYTES_MAX,
        ..AppendRules::default()
    };
    for mut batch in batches(Bytes::copy_from_slice(input)).flatten() {
        for record in batch.records(UNPACKED_BYTES_MAX).into_iter().flatten() {
            let _ = record;
        }
        // Or else nothing gets past the checksum.
        batch.header.seal(&batch.bytes[HEADER_LEN..]);
        let sealed = [&batch.header.to_bytes()[..], &batch.bytes[HEADER_LEN..]].concat();
        let batch = RecordBatch::first(&Bytes::from(sealed)).expect("as long as before");
        if validate_for_append(&batch, &rules, Origin::Client, 0).is_ok() {
            let records = batch
                .records(UNPACKED_BYTES_MAX)
                .expect("was unpacked before");
            assert!(records.into_iter().all(|record| record.is_ok()));
        }
    }
});
