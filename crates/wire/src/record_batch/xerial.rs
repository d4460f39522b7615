//! Snappy in the framing of Kafka's Java client: a 16-byte header, then blocks with their length.
//!
//! Several other clients send one raw snappy block without framing. That is read, too.

use super::error::BatchError;

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
const HEADER_LEN: usize = 16;
const BLOCK_LEN: usize = 32 * 1024;
/// The element with the largest ratio: a copy of 64 bytes, in three bytes.
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

/// Unpacks one block after another.
pub(super) struct Blocks<'a> {
    rest: &'a [u8],
    is_framed: bool,
    /// The current block, and how many bytes of it were read.
    block: Vec<u8>,
    taken: usize,
    budget: usize,
}

impl<'a> Blocks<'a> {
    /// `budget`: maximum size of a block, in bytes.
    pub(super) fn new(packed: &'a [u8], budget: usize) -> Blocks<'a> {
        Blocks {
            rest: packed,
            is_framed: is_header(packed),
            block: Vec::new(),
            taken: 0,
            budget,
        }
    }

    /// Unpacks the next bytes into `out`; 0 at the end.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, BatchError> {
        while self.taken == self.block.len() {
            let Some(packed) = self.next_packed()? else {
                return Ok(0);
            };
            self.unpack(packed)?;
        }
        let len = out.len().min(self.block.len() - self.taken);
        out[..len].copy_from_slice(&self.block[self.taken..][..len]);
        self.taken += len;
        Ok(len)
    }

    fn next_packed(&mut self) -> Result<Option<&'a [u8]>, BatchError> {
        if !self.is_framed {
            self.is_framed = true;
            return Ok(Some(std::mem::take(&mut self.rest)));
        }
        // Concatenated streams repeat the header.
        while is_header(self.rest) {
            self.rest = &self.rest[HEADER_LEN..];
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let Some((len, after)) = self.rest.split_first_chunk::<4>() else {
            return Err(damaged("block length is cut off"));
        };
        let len = u32::from_be_bytes(*len) as usize;
        let Some((block, after)) = after.split_at_checked(len) else {
            return Err(damaged("block is cut off"));
        };
        self.rest = after;
        Ok(Some(block))
    }

    fn unpack(&mut self, packed: &[u8]) -> Result<(), BatchError> {
        let len = snap::raw::decompress_len(packed)
            .map_err(|error| BatchError::Decompress(error.to_string()))?;
        if len > packed.len().saturating_mul(RATIO_MAX) {
            return Err(damaged("block claims more than snappy can pack"));
        }
        if len > self.budget {
            return Err(BatchError::OverBudget {
                budget: self.budget,
            });
        }
        self.block.resize(len, 0);
        self.taken = 0;
        let got = snap::raw::Decoder::new()
            .decompress(packed, &mut self.block)
            .map_err(|error| BatchError::Decompress(error.to_string()))?;
        self.block.truncate(got);
        Ok(())
    }
}

fn is_header(bytes: &[u8]) -> bool {
    bytes.len() >= HEADER_LEN && bytes.starts_with(&MAGIC)
}

fn damaged(what: &str) -> BatchError {
    BatchError::Decompress(what.to_string())
}
