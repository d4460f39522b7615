//! The aborted transactions of a segment, as its transaction index has them.

use std::io::Result;
use std::sync::atomic::Ordering;

use io::File;

use super::Segment;
use crate::file_name::FileKind;
use crate::transaction_index::{self, AbortedTransaction};

impl Segment {
    /// Whether the transaction index may have entries. Few logs have any; this saves all others from
    /// reading the file at every fetch.
    pub(crate) fn may_have_aborted(&self) -> bool {
        !self.shared.has_no_aborted.load(Ordering::Relaxed)
    }

    /// The aborted transactions that ended in this segment, oldest first.
    pub(crate) fn aborted_transactions(&self) -> Result<Vec<AbortedTransaction>> {
        if !self.may_have_aborted() {
            return Ok(Vec::new());
        }
        let found = transaction_index::read(&self.disk, &self.path(FileKind::TransactionIndex))?;
        // The log may add an entry while a clone reads.
        if !self.is_clone {
            let is_empty = found.is_empty();
            self.shared
                .has_no_aborted
                .store(is_empty, Ordering::Relaxed);
        }
        Ok(found)
    }

    /// Adds an entry to the index. Returns the file to sync.
    pub(crate) fn index_aborted(&self, aborted: &AbortedTransaction) -> Result<File> {
        self.shared.has_no_aborted.store(false, Ordering::Relaxed);
        let path = self.path(FileKind::TransactionIndex);
        transaction_index::append(&self.disk, &path, aborted)
    }
}
