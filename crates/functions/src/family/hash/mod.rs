//! Hashes of rows, digests and ciphers of bytes.

mod cipher;
pub(super) mod digest;
pub(super) mod encryption;
mod murmur3;
pub(super) mod row;
mod xxhash64;
