//! The bytes of a Parquet file: its footer, and the column chunks that a query needs.
//!
//! Does not decode rows. What is read at once is counted in the memory budget until the next read.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use io::{Io, Objects, Pool};

use super::unreadable;
use crate::error::{Error, Result};

/// Bytes at the end of a file that are read to find the footer. Most footers are shorter.
const FOOTER_GUESS: u64 = 64 * 1024;

/// A file whose parts are read when they are needed.
pub(super) struct ParquetFile {
    io: Io,
    path: String,
    size: u64,
    held: MemoryReservation,
}

impl ParquetFile {
    /// A file of `size` bytes. Nothing is read yet.
    pub(super) fn new(io: &Io, path: &str, size: u64, held: MemoryReservation) -> ParquetFile {
        ParquetFile {
            io: io.clone(),
            path: path.to_owned(),
            size,
            held,
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// What the footer says.
    ///
    /// # Errors
    /// As [`footer`].
    pub(super) async fn footer(&self) -> Result<Arc<ParquetMetaData>> {
        let (objects, path, size) = (self.io.objects.clone(), self.path.clone(), self.size);
        let held = self.held.new_empty();
        let read = move || footer(&objects, &path, size, &held);
        self.io.tasks.blocking(Pool::Request, read).await
    }

    /// Parts of the file. Those of the call before are no longer counted.
    ///
    /// # Errors
    /// If they do not fit the memory budget; what the store meets.
    pub(super) async fn parts(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let bytes: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        self.held
            .try_resize(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        let (objects, path, ranges) = (self.io.objects.clone(), self.path.clone(), ranges.to_vec());
        let read = move || {
            let part = |range| objects.get_range(&path, range);
            let parts = ranges.into_iter().map(part).collect::<Result<_, _>>();
            parts.map_err(|error| Error::io(format!("read {path}"), error))
        };
        self.io.tasks.blocking(Pool::Request, read).await
    }
}

/// The footer of a file of `size` bytes, which is counted in `held` while it is read.
///
/// # Errors
/// Bytes that are no Parquet; what the store meets; a footer that does not fit the memory budget.
pub(super) fn footer(
    objects: &Objects,
    path: &str,
    size: u64,
    held: &MemoryReservation,
) -> Result<Arc<ParquetMetaData>> {
    let mut reader = ParquetMetaDataReader::new();
    let mut wanted = FOOTER_GUESS;
    loop {
        let start = size.saturating_sub(wanted);
        held.try_resize(usize::try_from(size - start).unwrap_or(usize::MAX))?;
        let tail = objects
            .get_range(path, start..size)
            .map_err(|error| Error::io(format!("read {path}"), error))?;
        match reader.try_parse_sized(&tail, size) {
            Ok(()) => break,
            Err(ParquetError::NeedMoreData(bytes)) if bytes as u64 > wanted => {
                wanted = bytes as u64;
            }
            Err(error) => return Err(unreadable(path, error)),
        }
    }
    let footer = reader.finish().map_err(|error| unreadable(path, error))?;
    Ok(Arc::new(footer))
}
