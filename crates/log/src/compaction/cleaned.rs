//! A segment that compaction writes. Its file names are not part of the log yet.

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::{Disk, File, OpenMode};
use wire::record_batch::RecordBatchHeader;

use crate::file_name::{CLEANED, FileKind, file_name, with_suffix};
use crate::segment::{Indexes, Segment};
use crate::time_index;
use crate::transaction_index::{self, AbortedTransaction};

/// Bytes that are buffered before they are written.
const WRITE_BYTES: usize = 1 << 20;
/// Positions in Kafka's index files are signed.
const SIZE_MAX: u64 = i32::MAX as u64;

/// Writes the batches and indexes of a segment. Each file name ends in `.cleaned`.
#[derive(Debug)]
pub(crate) struct Writer {
    disk: Disk,
    dir: PathBuf,
    base_offset: i64,
    file: File,
    indexes: Indexes,
    index_interval: u64,
    bytes_since_index: u64,
    index_entries: u64,
    /// Bytes in the file, without the buffered ones.
    written: u64,
    /// Batches that are not written yet.
    pending: Vec<u8>,
    aborted: Vec<AbortedTransaction>,
    files: CleanedFiles,
}

impl Writer {
    /// Creates a segment without batches.
    pub(crate) fn create(
        disk: &Disk,
        dir: &Path,
        base_offset: i64,
        index_interval: u64,
    ) -> Result<Writer> {
        let path = |kind| cleaned_path(dir, base_offset, kind);
        let files = CleanedFiles {
            disk: disk.clone(),
            dir: dir.to_path_buf(),
            base_offset,
            in_place: false,
        };
        let file = disk.open(&path(FileKind::Log), OpenMode::Truncate)?;
        let (offset_path, time_path) = (path(FileKind::Index), path(FileKind::TimeIndex));
        let indexes = Indexes::create(disk, offset_path, time_path, base_offset);
        Ok(Writer {
            disk: disk.clone(),
            dir: dir.to_path_buf(),
            base_offset,
            file,
            indexes,
            index_interval,
            bytes_since_index: 0,
            index_entries: 0,
            written: 0,
            pending: Vec::with_capacity(WRITE_BYTES),
            aborted: Vec::new(),
            files,
        })
    }

    /// The buffer to which the caller appends a batch. The caller calls [`Writer::note`] after
    /// that.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Indexes a batch that was appended to [`Writer::out`] at position `from`.
    ///
    /// # Errors
    /// Errors of writing; `InvalidData` if the segment becomes larger than 2 GiB.
    pub(crate) fn note(&mut self, header: &RecordBatchHeader, from: usize) -> Result<()> {
        let position = self.written + from as u64;
        if self.size() > SIZE_MAX {
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!(
                    "the compacted segment at offset {} would be larger than 2 GiB; lower segment.bytes",
                    self.base_offset
                ),
            ));
        }
        self.indexes.note_timestamp(header);
        if self.bytes_since_index > self.index_interval {
            self.indexes.add(header.last_offset(), position);
            self.bytes_since_index = 0;
            self.index_entries += 1;
        }
        self.bytes_since_index += header.total_len() as u64;
        if self.pending.len() >= WRITE_BYTES {
            self.write_pending()?;
        }
        Ok(())
    }

    /// Adds aborted transactions to the transaction index of the segment.
    pub(crate) fn add_aborted(&mut self, aborted: Vec<AbortedTransaction>) {
        self.aborted.extend(aborted);
    }

    /// Size of the batches so far, in bytes.
    pub(super) fn size(&self) -> u64 {
        self.written + self.pending.len() as u64
    }

    /// Upper bound of the size of the larger index so far, in bytes.
    pub(super) fn index_size(&self) -> u64 {
        (self.index_entries + 1) * time_index::ENTRY_LEN
    }

    fn write_pending(&mut self) -> Result<()> {
        self.file.write_all_at(self.written, &self.pending)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// Writes and syncs everything. Blocks on the disk.
    ///
    /// `with_transactions`: one of the replaced segments has a transaction index. Then this
    /// segment gets one too, even an empty one, which replaces it.
    ///
    /// # Errors
    /// Errors of writing and syncing; the files are removed then.
    pub(super) fn finish(mut self, with_transactions: bool) -> Result<CleanedFiles> {
        self.write_pending()?;
        let mut files = self.indexes.write()?;
        if with_transactions || !self.aborted.is_empty() {
            let path = cleaned_path(&self.dir, self.base_offset, FileKind::TransactionIndex);
            let mut file = self.disk.open(&path, OpenMode::Truncate)?;
            for entry in &self.aborted {
                file = transaction_index::append(&self.disk, &path, entry)?;
            }
            files.push((FileKind::TransactionIndex, file));
        }
        self.file.sync_data()?;
        files.iter().try_for_each(|(_, file)| file.sync_data())?;
        Ok(self.files)
    }
}

fn cleaned_path(dir: &Path, base_offset: i64, kind: FileKind) -> PathBuf {
    with_suffix(&dir.join(file_name(base_offset, kind)), CLEANED)
}

/// The files of a segment that is not yet put in place. Removes them when it is dropped before
/// that.
#[derive(Debug)]
pub(super) struct CleanedFiles {
    disk: Disk,
    dir: PathBuf,
    base_offset: i64,
    pub(super) in_place: bool,
}

impl Drop for CleanedFiles {
    fn drop(&mut self) {
        if self.in_place {
            return;
        }
        for kind in [
            FileKind::Log,
            FileKind::Index,
            FileKind::TimeIndex,
            FileKind::TransactionIndex,
        ] {
            let path = cleaned_path(&self.dir, self.base_offset, kind);
            // Files that remain are removed when the log is opened the next time.
            if self.disk.exists(&path)
                && let Err(error) = self.disk.remove_file(&path)
            {
                tracing::warn!("{error}");
            }
        }
    }
}

/// A compacted segment, and the segments that it replaces.
#[derive(Debug)]
pub struct CleanedSegment {
    pub(super) log: u64,
    pub(super) base_offset: i64,
    /// Base offsets of the replaced segments. The first one is also the base offset of this
    /// segment.
    pub(super) replaces: Vec<i64>,
    pub(super) size: u64,
    /// When the newest of them was last written, in ms.
    pub(super) modified_ms: i64,
    pub(super) files: CleanedFiles,
}

impl CleanedSegment {
    /// The replacement of one segment. Blocks on the disk.
    ///
    /// # Errors
    /// As [`Writer::finish`].
    pub(crate) fn in_place_of(
        segment: &Segment,
        log: u64,
        writer: Writer,
        with_transactions: bool,
    ) -> Result<CleanedSegment> {
        Ok(CleanedSegment {
            log,
            base_offset: segment.base_offset(),
            replaces: vec![segment.base_offset()],
            size: writer.size(),
            modified_ms: segment.modified_ms(),
            files: writer.finish(with_transactions)?,
        })
    }
}
