//! Randomness: the operating system's, or a seeded stream under simulation.

use std::sync::Arc;

use crate::backend::RandomBackend;

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Rng(pub(crate) Arc<dyn RandomBackend>);

impl Rng {
    /// A uniformly random number.
    ///
    /// # Panics
    /// If the operating system gives no random numbers.
    pub fn u64(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A uniformly random number in `0..n`.
    ///
    /// # Panics
    /// If `n` is zero.
    pub fn below(&self, n: u64) -> u64 {
        below(n, || self.u64())
    }

    /// `N` random bytes; on the real side fit for secrets.
    ///
    /// # Panics
    /// If the operating system gives no random numbers.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A random (version 4) UUID.
    pub fn uuid(&self) -> [u8; 16] {
        let mut uuid: [u8; 16] = self.bytes();
        uuid[6] = (uuid[6] & 0x0f) | 0x40;
        uuid[8] = (uuid[8] & 0x3f) | 0x80;
        uuid
    }
}

/// A number in `0..n` from a stream of 64-bit ones, without bias.
pub(crate) fn below(n: u64, mut next: impl FnMut() -> u64) -> u64 {
    assert!(n > 0, "the bound of a random number must not be zero");
    // Reject the tail of the range that would make small results likelier.
    let tail = (u64::MAX % n + 1) % n;
    loop {
        let x = next();
        if x <= u64::MAX - tail {
            return x % n;
        }
    }
}
