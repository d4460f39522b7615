//! Hashes of rows, digests and ciphers of bytes.

mod cipher;
pub(super) mod digest;
pub(super) mod encryption;
mod murmur3;
pub(in crate::family) mod row;
mod xxhash64;

use murmur3::Murmur3;
use row::RowHash as _;

/// Java's hash code of a text in Spark (`UTF8String.hashCode`).
pub(crate) fn hash_code_of_text(bytes: &[u8]) -> i32 {
    Murmur3::bytes(bytes, 42) as i32
}

/// A hash code spread over all bits, as Spark's `OpenHashSet` does it.
pub(crate) fn spread(code: i32) -> u32 {
    Murmur3::int(code, 0)
}
