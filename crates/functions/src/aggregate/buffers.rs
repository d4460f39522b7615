//! States of bytes: one buffer for each group that has rows, all of one length.

/// The state of a group; none without rows.
pub(crate) type Buffer = Option<Box<[u8]>>;

/// Makes buffers, and counts their memory.
#[derive(Debug)]
pub(crate) struct Buffers {
    len: usize,
    /// What every byte of a new buffer is.
    blank: u8,
    heap: usize,
}

impl Buffers {
    /// Buffers of `len` bytes.
    pub(crate) fn new(len: usize, blank: u8) -> Buffers {
        Buffers {
            len,
            blank,
            heap: 0,
        }
    }

    /// The buffer of a group, which is made if it has none.
    pub(crate) fn of<'s>(&mut self, state: &'s mut Buffer) -> &'s mut [u8] {
        state.get_or_insert_with(|| {
            self.heap += self.len;
            vec![self.blank; self.len].into()
        })
    }

    /// Bytes of all buffers.
    pub(crate) fn heap(&self) -> usize {
        self.heap
    }

    /// These states go away.
    pub(crate) fn forget(&mut self, states: &[Buffer]) {
        self.heap -= states.iter().flatten().count() * self.len;
    }
}
