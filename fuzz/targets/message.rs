//! Any bytes as any message: `cargo +nightly fuzz run message -- -malloc_limit_mb=64`.
//!
//! The first two bytes choose the message and its version. What decodes must encode, and what was
//! encoded must come back unchanged.

#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/wire/tests/generated/catalog.rs"]
#[allow(dead_code)]
mod catalog;

const BUDGET_BYTES: usize = 1 << 20;

static ENTRIES: LazyLock<Vec<catalog::Entry>> = LazyLock::new(catalog::entries);

fuzz_target!(|input: &[u8]| {
    let [message, version, body @ ..] = input else {
        return;
    };
    let entry = &ENTRIES[usize::from(*message) % ENTRIES.len()];
    let version = entry.versions.start() + i16::from(*version);
    if let Ok(bytes) = (entry.recode)(Bytes::copy_from_slice(body), BUDGET_BYTES, version) {
        let again = (entry.recode)(bytes.clone(), 2 * BUDGET_BYTES, version);
        assert_eq!(
            again.expect("decodes again"),
            bytes,
            "{} v{version}",
            entry.name
        );
    }
});
