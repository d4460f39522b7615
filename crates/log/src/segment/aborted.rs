//! The aborted transactions of a segment, as its transaction index has them.

use std::io::Result;

use io::File;

use super::Segment;
use crate::file_name::FileKind;
use crate::transaction_index::{self, AbortedTransaction};

impl Segment {
    /// Whether the transaction index may have entries. Few logs have any; this saves all others from
    /// reading the file at every fetch.
    pub(crate) fn may_have_aborted(&self) -> bool {
        *self.shared.has_aborted.lock() != Some(false)
    }

    /// The aborted transactions that ended in this segment, oldest first.
    pub(crate) fn aborted_transactions(&self) -> Result<Vec<AbortedTransaction>> {
        if !self.may_have_aborted() {
            return Ok(Vec::new());
        }
        let found = transaction_index::read(&self.disk, &self.path(FileKind::TransactionIndex))?;
        let mut has_aborted = self.shared.has_aborted.lock();
        // If the log has added an entry meanwhile, that is known. If the files were renamed, the one
        // that was read may be another or none.
        if has_aborted.is_none() && !self.is_retired() {
            *has_aborted = Some(!found.is_empty());
        }
        drop(has_aborted);
        Ok(found)
    }

    /// Adds an entry to the index. Returns the file to sync.
    pub(crate) fn index_aborted(&self, aborted: &AbortedTransaction) -> Result<File> {
        // Before the entry is written: a clone that reads the file earlier must not find it empty
        // afterwards.
        *self.shared.has_aborted.lock() = Some(true);
        let path = self.path(FileKind::TransactionIndex);
        transaction_index::append(&self.disk, &path, aborted)
    }
}
