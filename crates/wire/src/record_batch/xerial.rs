//! Snappy as Kafka's Java client frames it: a 16-byte header, then blocks with their length.
//!
//! Several other clients send one raw snappy block without framing, as the format's first
//! specification allowed; it is read too.

use bytes::{Bytes, BytesMut};

use super::error::BatchError;

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
const HEADER_LEN: usize = 16;
const BLOCK_LEN: usize = 32 * 1024;
/// The shortest element that yields most is a three-byte copy of 64 bytes.
const RATIO_MAX: usize = 24;

pub(super) fn compress(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_LEN + plain.len() / 2);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&1u32.to_be_bytes()); // version
    out.extend_from_slice(&1u32.to_be_bytes()); // oldest version that can read it
    let mut encoder = snap::raw::Encoder::new();
    for block in plain.chunks(BLOCK_LEN) {
        let at = out.len();
        out.resize(at + 4 + snap::raw::max_compress_len(block.len()), 0);
        let len = encoder
            .compress(block, &mut out[at + 4..])
            .expect("a block of 32 KiB fits the room made for it");
        out[at..at + 4].copy_from_slice(&(len as u32).to_be_bytes());
        out.truncate(at + 4 + len);
    }
    out
}

pub(super) fn decompress(packed: &[u8], budget: usize) -> Result<Bytes, BatchError> {
    let mut out = BytesMut::new();
    if !packed.starts_with(&MAGIC) || packed.len() < HEADER_LEN {
        block(packed, budget, &mut out)?;
        return Ok(out.freeze());
    }
    let mut rest = &packed[HEADER_LEN..];
    while !rest.is_empty() {
        // Concatenated streams repeat the header.
        if rest.starts_with(&MAGIC) && rest.len() >= HEADER_LEN {
            rest = &rest[HEADER_LEN..];
            continue;
        }
        let Some((len, after)) = rest.split_first_chunk::<4>() else {
            return Err(damaged("block length is cut off"));
        };
        let len = u32::from_be_bytes(*len) as usize;
        if len > after.len() {
            return Err(damaged("block is cut off"));
        }
        block(&after[..len], budget, &mut out)?;
        rest = &after[len..];
    }
    Ok(out.freeze())
}

fn block(packed: &[u8], budget: usize, out: &mut BytesMut) -> Result<(), BatchError> {
    let len = snap::raw::decompress_len(packed)
        .map_err(|error| BatchError::Decompress(error.to_string()))?;
    if len > packed.len().saturating_mul(RATIO_MAX) {
        return Err(damaged("block claims more than snappy can pack"));
    }
    let start = out.len();
    if len > budget - start {
        return Err(BatchError::OverBudget { budget });
    }
    out.resize(start + len, 0);
    let got = snap::raw::Decoder::new()
        .decompress(packed, &mut out[start..])
        .map_err(|error| BatchError::Decompress(error.to_string()))?;
    out.truncate(start + got);
    Ok(())
}

fn damaged(what: &str) -> BatchError {
    BatchError::Decompress(what.to_string())
}
