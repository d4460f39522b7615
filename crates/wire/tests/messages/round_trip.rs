//! A message that is decoded and encoded again gives the same bytes, for every message in every
//! version.

use bytes::Bytes;

use crate::catalog;
use crate::sample::{self, Numbers};
use crate::schema;

const BUDGET_BYTES: usize = 1 << 20;
const SAMPLES: u64 = 8;

#[test]
fn every_message_in_every_version_is_encoded_to_the_same_bytes() {
    let messages = schema::messages();
    for entry in catalog::entries() {
        let message = &messages[entry.name];
        assert_eq!(message.versions, entry.versions, "{}", entry.name);
        for version in entry.versions.clone() {
            for seed in 0..SAMPLES {
                let bytes = Bytes::from(sample::bytes(message, version, &mut Numbers(seed)));
                let again = (entry.recode)(bytes.clone(), BUDGET_BYTES, version)
                    .unwrap_or_else(|e| panic!("{} v{version} seed {seed}: {e:?}", entry.name));
                assert_eq!(again, bytes, "{} v{version} seed {seed}", entry.name);
            }
        }
    }
}

#[test]
fn a_default_message_can_be_encoded_in_every_version() {
    for entry in catalog::entries() {
        for version in entry.versions.clone() {
            match (entry.encode_default)(version) {
                Ok(bytes) => {
                    let again = (entry.recode)(bytes.clone(), BUDGET_BYTES, version)
                        .unwrap_or_else(|e| panic!("{} v{version}: {e:?}", entry.name));
                    assert_eq!(again, bytes, "{} v{version}", entry.name);
                }
                Err(problem) => {
                    panic!("{} v{version}: {problem}", entry.name);
                }
            }
        }
    }
}

#[test]
fn a_truncated_message_is_an_error_wherever_it_is_cut() {
    let messages = schema::messages();
    for entry in catalog::entries() {
        let message = &messages[entry.name];
        for version in entry.versions.clone() {
            let bytes = Bytes::from(sample::bytes(message, version, &mut Numbers(1)));
            for end in 0..bytes.len() {
                let cut = bytes.slice(..end);
                let result = (entry.recode)(cut, BUDGET_BYTES, version);
                assert!(result.is_err(), "{} v{version}, {end} bytes", entry.name);
            }
        }
    }
}

#[test]
fn unknown_tagged_fields_are_ignored() {
    let messages = schema::messages();
    for entry in catalog::entries() {
        let message = &messages[entry.name];
        let version = *entry.versions.end();
        let outermost_tags = message.fields.iter().any(|field| field.tag.is_some());
        if !message.is_flexible(version) || outermost_tags {
            continue;
        }
        let bytes = sample::bytes(message, version, &mut Numbers(3));
        let mut extended = bytes.clone();
        // The last byte, "no tagged fields", is replaced by one field of three bytes with tag 9000.
        *extended.last_mut().expect("not empty") = 1;
        extended.extend([0xa8, 0x46, 3, 1, 2, 3]);
        let again = (entry.recode)(Bytes::from(extended), BUDGET_BYTES, version)
            .unwrap_or_else(|e| panic!("{} v{version}: {e:?}", entry.name));
        assert_eq!(again, bytes, "{} v{version}", entry.name);
    }
}
