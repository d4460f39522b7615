//! Any text as a schema; what is one is the same after it was printed and read again.

#![no_main]

use format::schema::{parse_fields, to_json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(fields) = parse_fields(text)
        && let Ok(json) = to_json(&fields)
    {
        assert_eq!(parse_fields(&json).expect("we printed it"), fields);
    }
});
