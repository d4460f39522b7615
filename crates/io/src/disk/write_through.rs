//! Direct writes: past the page cache.

/// Alignment of offset, length and address of a write to a file that is open for
/// [`OpenMode::WriteThrough`](crate::OpenMode), in bytes.
pub const WRITE_THROUGH_ALIGNMENT: usize = 4096;

/// A buffer whose content is aligned for direct writes.
#[derive(Debug, Default)]
pub struct AlignedBuffer(Vec<u8>);

impl AlignedBuffer {
    /// Clears the buffer and returns `len` aligned zeros.
    pub fn zeroed(&mut self, len: usize) -> &mut [u8] {
        self.0.clear();
        self.0.reserve(len + WRITE_THROUGH_ALIGNMENT);
        let begin = self.0.as_ptr().align_offset(WRITE_THROUGH_ALIGNMENT);
        self.0.resize(begin + len, 0);
        &mut self.0[begin..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_aligned_and_zero_however_it_grew() {
        let mut buffer = AlignedBuffer::default();
        for len in [1, 100_000, 4096, 0, 1 << 20] {
            let zeros = buffer.zeroed(len);
            assert_eq!(zeros.as_ptr().align_offset(WRITE_THROUGH_ALIGNMENT), 0);
            assert_eq!(zeros, vec![0; len]);
            zeros.fill(1);
        }
    }
}
