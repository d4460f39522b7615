//! A limit for the memory that decoding may allocate.

/// Memory, in bytes, that decoding one input may still allocate.
///
/// One byte on the wire can become forty on the heap. So a check against the remaining bytes is not
/// enough: every array, and every decompressed chunk, is charged here before it is allocated.
#[derive(Clone, Debug)]
pub struct Budget {
    remaining_bytes: usize,
}

/// The input needs more memory than its [`Budget`] has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more memory is needed than allowed")]
pub struct OverBudget;

impl Budget {
    /// A budget of `bytes`.
    pub fn new(bytes: usize) -> Budget {
        Budget {
            remaining_bytes: bytes,
        }
    }

    /// The budget for decoding a frame of `frame_bytes`: sixteen times its size, at least 64 KiB,
    /// at most 64 MiB. Record data is never copied and does not count.
    pub fn for_frame(frame_bytes: usize) -> Budget {
        const FLOOR: usize = 64 << 10;
        const CEILING: usize = 64 << 20;
        Budget::new(frame_bytes.saturating_mul(16).clamp(FLOOR, CEILING))
    }

    /// Bytes that are not charged yet.
    pub fn remaining_bytes(&self) -> usize {
        self.remaining_bytes
    }

    /// Charges `bytes`.
    ///
    /// # Errors
    /// [`OverBudget`] if they are not left. Then nothing is charged.
    pub fn charge(&mut self, bytes: usize) -> Result<(), OverBudget> {
        self.remaining_bytes = self.remaining_bytes.checked_sub(bytes).ok_or(OverBudget)?;
        Ok(())
    }
}
