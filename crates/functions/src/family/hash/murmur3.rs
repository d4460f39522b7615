//! Murmur3 (x86, 32 bits) as Spark has it: each of the up to three bytes after the last whole word is mixed in as a word of its
//! own, with its sign.

use values::murmur3::{finish, mix};

use super::row::RowHash;

pub(super) struct Murmur3;

impl RowHash for Murmur3 {
    type Hash = u32;

    fn int(value: i32, seed: u32) -> u32 {
        finish(mix(seed, value as u32), 4)
    }

    fn long(value: i64, seed: u32) -> u32 {
        let hash = mix(seed, value as u32);
        finish(mix(hash, (value >> 32) as u32), 8)
    }

    fn bytes(value: &[u8], seed: u32) -> u32 {
        let mut hash = seed;
        let (words, rest) = value.as_chunks::<4>();
        for word in words {
            hash = mix(hash, u32::from_le_bytes(*word));
        }
        for byte in rest {
            hash = mix(hash, i32::from(*byte as i8) as u32);
        }
        finish(hash, value.len() as u32)
    }
}
