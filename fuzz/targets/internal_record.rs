//! Any bytes as a record of an internal topic, with what marks its type and version:
//! `cargo +nightly fuzz run internal_record -- -malloc_limit_mb=64`.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wire::records::{group, metadata, share, transaction};

fuzz_target!(|input: &[u8]| {
    let bytes = Bytes::copy_from_slice(input);
    if let Ok((record, version)) = metadata::MetadataRecord::decode(bytes.clone()) {
        // By bytes, not by value: a quota may be NaN, which equals nothing.
        let written = record.encode(version).expect("encodes");
        let again = metadata::MetadataRecord::decode(written.clone());
        let (record, version) = again.expect("decodes again");
        assert_eq!(record.encode(version), Ok(written));
    }
    if let Ok(key) = group::Key::decode(bytes.clone()) {
        assert_eq!(group::Key::decode(key.encode().expect("encodes")), Ok(key));
    }
    let _ = transaction::Key::decode(bytes.clone());
    let _ = share::Key::decode(bytes.clone());
    let Some((type_code, value)) = input.split_first() else {
        return;
    };
    let (type_code, value) = (i16::from(*type_code), Bytes::copy_from_slice(value));
    let _ = group::Value::decode(type_code, value.clone());
    let _ = transaction::Value::decode(type_code, value.clone());
    let _ = share::Value::decode(type_code, value);
});
