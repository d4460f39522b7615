//! Murmur3 (x86, 32 bits) as Spark has it: each of the up to three bytes after the last whole word is mixed in as a word of its
//! own, with its sign.

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

fn mix(hash: u32, word: u32) -> u32 {
    let word = word
        .wrapping_mul(0xcc9e_2d51)
        .rotate_left(15)
        .wrapping_mul(0x1b87_3593);
    (hash ^ word)
        .rotate_left(13)
        .wrapping_mul(5)
        .wrapping_add(0xe654_6b64)
}

fn finish(hash: u32, length: u32) -> u32 {
    let mut hash = hash ^ length;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
