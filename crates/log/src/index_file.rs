//! A file of fixed-size entries that only grows: what the offset and time index have in common.
//!
//! Entries are written in bunches. What is not written when the process dies is rebuilt from the
//! batches, as is any index of a segment that was not closed.

use std::io::Result;
use std::path::PathBuf;

use io::{Disk, File, OpenMode};

/// Bytes of entries that wait in memory before they are written.
const PENDING_MAX: usize = 4096;

#[derive(Debug)]
pub(crate) struct IndexFile {
    disk: Disk,
    path: PathBuf,
    /// Whether what is in the file, if there is one, is not of this index.
    is_new: bool,
    written: u64,
    pending: Vec<u8>,
}

impl IndexFile {
    /// An index without entries. The file is made, or emptied, when it is written: nobody reads the
    /// index of a segment that was not closed.
    pub(crate) fn create(disk: &Disk, path: PathBuf) -> IndexFile {
        IndexFile {
            disk: disk.clone(),
            path,
            is_new: true,
            written: 0,
            pending: Vec::new(),
        }
    }

    /// An index that exists, and its content.
    pub(crate) fn load(disk: &Disk, path: PathBuf) -> Result<(IndexFile, bytes::Bytes)> {
        let content = disk.read(&path)?;
        let written = content.len() as u64;
        Ok((
            IndexFile {
                disk: disk.clone(),
                path,
                is_new: false,
                written,
                pending: Vec::new(),
            },
            content,
        ))
    }

    /// Adds an entry. If it cannot be written now it waits in memory: nothing depends on it
    /// before the segment is closed, and that asks for it again.
    pub(crate) fn append(&mut self, entry: &[u8]) {
        self.pending.extend_from_slice(entry);
        if self.pending.len() >= PENDING_MAX
            && let Err(error) = self.write()
        {
            tracing::warn!("cannot write an index yet: {error}");
        }
    }

    /// Writes what waits, and returns the file so that it can be synced.
    pub(crate) fn write(&mut self) -> Result<File> {
        let file = self.disk.open_cached(&self.path, OpenMode::Create)?;
        if self.is_new {
            file.set_len(0)?;
            self.is_new = false;
        }
        if !self.pending.is_empty() {
            file.write_all_at(self.written, &self.pending)?;
            self.written += self.pending.len() as u64;
            self.pending.clear();
        }
        Ok(file)
    }

    /// Cuts the file to `len` bytes.
    pub(crate) fn truncate(&mut self, len: u64) -> Result<()> {
        self.write()?.set_len(len)?;
        self.written = len;
        Ok(())
    }
}
