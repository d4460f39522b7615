//! The transaction index of a segment: the aborted transactions that ended in it.
//!
//! An entry has 34 bytes. Consumers with `read_committed` use it to leave out the records of
//! aborted transactions. The file is created with the first entry; most segments have none.

use std::io::{ErrorKind, Result};
use std::path::Path;

use bytes::{Buf as _, BufMut as _};
use io::{Disk, File, OpenMode};

/// Bytes of an entry.
pub(crate) const ENTRY_LEN: usize = 34;
pub(crate) const VERSION: i16 = 0;

/// An aborted transaction of a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// The producer.
    pub producer_id: i64,
    /// Offset of the transaction's first record in the partition.
    pub first_offset: i64,
    /// Offset of the marker that ended it.
    pub last_offset: i64,
    /// The last stable offset after it ended: where the next open transaction begins, or the
    /// offset after the marker.
    pub last_stable_offset: i64,
}

/// Adds an entry to the index at `path`. Returns the file to sync.
pub(crate) fn append(disk: &Disk, path: &Path, entry: &AbortedTransaction) -> Result<File> {
    let file = disk.open_cached(path, OpenMode::Create)?;
    let mut bytes = Vec::with_capacity(ENTRY_LEN);
    bytes.put_i16(VERSION);
    bytes.put_i64(entry.producer_id);
    bytes.put_i64(entry.first_offset);
    bytes.put_i64(entry.last_offset);
    bytes.put_i64(entry.last_stable_offset);
    let whole = file.len()? / ENTRY_LEN as u64 * ENTRY_LEN as u64;
    file.write_all_at(whole, &bytes)?;
    Ok(file)
}

/// The entries of the index at `path`, oldest first. Empty if there is no file.
pub(crate) fn read(disk: &Disk, path: &Path) -> Result<Vec<AbortedTransaction>> {
    let content = match disk.read(path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let (chunks, _) = content.as_chunks::<ENTRY_LEN>();
    Ok(chunks.iter().map(decode).collect())
}

/// Reads an entry. The caller checks its version.
pub(crate) fn decode(bytes: &[u8; ENTRY_LEN]) -> AbortedTransaction {
    let mut bytes = &bytes[2..];
    AbortedTransaction {
        producer_id: bytes.get_i64(),
        first_offset: bytes.get_i64(),
        last_offset: bytes.get_i64(),
        last_stable_offset: bytes.get_i64(),
    }
}

/// Removes transactions that ended at `offset` or later, and syncs the file: an entry that came
/// back after a crash would describe other records.
pub(crate) fn truncate(disk: &Disk, path: &Path, offset: i64) -> Result<()> {
    let keep = read(disk, path)?
        .iter()
        .take_while(|entry| entry.last_offset < offset)
        .count();
    match disk.open(path, OpenMode::ReadWrite) {
        Ok(file) => {
            file.set_len((keep * ENTRY_LEN) as u64)?;
            file.sync_data()
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
