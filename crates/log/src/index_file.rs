//! A file of entries of a fixed size to which entries are appended; used by the offset and time
//! index.
//!
//! Several entries are written at once. Entries that were not written when the process ended are
//! rebuilt from the batches, like every index of a segment that was not closed.

use std::io::Result;
use std::path::PathBuf;

use io::{Disk, File, OpenMode};

/// Bytes of entries that are buffered before they are written.
const PENDING_MAX: usize = 4096;

#[derive(Debug)]
pub(crate) struct IndexFile {
    disk: Disk,
    path: PathBuf,
    /// An existing file, if there is one, holds other content and will be emptied.
    is_new: bool,
    written: u64,
    pending: Vec<u8>,
}

impl IndexFile {
    /// An index without entries. The file is created, or emptied, when entries are written: the
    /// index file of an open segment is never read.
    pub(crate) fn create(disk: &Disk, path: PathBuf) -> IndexFile {
        IndexFile {
            disk: disk.clone(),
            path,
            is_new: true,
            written: 0,
            pending: Vec::new(),
        }
    }

    /// An existing index, and its content.
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

    /// Adds an entry. If writing fails, the entry stays in the buffer: it is written again before
    /// the segment is closed, and nothing needs it earlier.
    pub(crate) fn append(&mut self, entry: &[u8]) {
        self.pending.extend_from_slice(entry);
        if self.pending.len() >= PENDING_MAX
            && let Err(error) = self.write()
        {
            tracing::warn!("cannot write an index, trying again later: {error}");
        }
    }

    /// Writes the buffered entries. Returns the file to sync.
    pub(crate) fn write(&mut self) -> Result<File> {
        let file = self.begin_write().write()?;
        self.write_ended();
        Ok(file)
    }

    /// A copy of the buffered entries, to be written without the index. Adding entries meanwhile is not
    /// allowed.
    pub(crate) fn begin_write(&self) -> IndexWrite {
        IndexWrite {
            disk: self.disk.clone(),
            path: self.path.clone(),
            is_new: self.is_new,
            position: self.written,
            entries: self.pending.clone(),
        }
    }

    /// Notes that the buffered entries were written.
    pub(crate) fn write_ended(&mut self) {
        self.is_new = false;
        self.written += self.pending.len() as u64;
        self.pending.clear();
    }

    /// Cuts the file to `len` bytes.
    pub(crate) fn truncate(&mut self, len: u64) -> Result<()> {
        self.write()?.set_len(len)?;
        self.written = len;
        Ok(())
    }
}

/// Entries to write to the file of an index.
#[derive(Debug)]
pub(crate) struct IndexWrite {
    disk: Disk,
    path: PathBuf,
    is_new: bool,
    position: u64,
    entries: Vec<u8>,
}

impl IndexWrite {
    /// Writes the entries. Returns the file to sync.
    pub(crate) fn write(&self) -> Result<File> {
        let file = self.disk.open_cached(&self.path, OpenMode::Create)?;
        if self.is_new {
            file.set_len(0)?;
        }
        if !self.entries.is_empty() {
            file.write_all_at(self.position, &self.entries)?;
        }
        Ok(file)
    }
}
