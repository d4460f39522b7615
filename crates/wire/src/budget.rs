//! How much memory bytes from outside may make us allocate.

/// Memory, in bytes, that decoding one input may still claim.
///
/// One byte on the wire can become forty on the heap, so a check against the bytes left is not
/// enough: every array, and every decompressed chunk, is charged here before it is allocated.
#[derive(Clone, Debug)]
pub struct Budget {
    remaining_bytes: usize,
}

/// The input asks for more memory than its [`Budget`] has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverBudget;

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: usize) -> Budget {
        Budget {
            remaining_bytes: bytes,
        }
    }

    /// What a frame of `frame_bytes` may reasonably decode to: sixteen times its size and a
    /// little more, at most 64 MiB. Record data is never copied and does not count.
    pub fn for_frame(frame_bytes: usize) -> Budget {
        const FLOOR: usize = 64 << 10;
        const CEILING: usize = 64 << 20;
        Budget::new(frame_bytes.saturating_mul(16).clamp(FLOOR, CEILING))
    }

    /// Bytes not yet claimed.
    pub fn remaining_bytes(&self) -> usize {
        self.remaining_bytes
    }

    /// Claims `bytes`, or leaves the budget untouched and says that they are not there.
    pub fn charge(&mut self, bytes: usize) -> Result<(), OverBudget> {
        self.remaining_bytes = self.remaining_bytes.checked_sub(bytes).ok_or(OverBudget)?;
        Ok(())
    }
}

impl std::fmt::Display for OverBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more memory is needed than allowed")
    }
}

impl std::error::Error for OverBudget {}
