//! Damage that a compaction pass finds, and how the log records it.

use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;

use crate::read::LogReader;
use crate::segment::Segment;

/// A place in a segment where a pass did not find the batch that was written there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is damaged at byte {position}: {what}", .path.display())]
pub struct Suspect {
    /// The segment's `.log` file.
    pub(super) path: PathBuf,
    pub(super) base_offset: i64,
    /// Position in the file, in bytes.
    pub(super) position: u64,
    pub(super) what: String,
}

impl Suspect {
    /// Base offset of the segment.
    pub fn base_offset(&self) -> i64 {
        self.base_offset
    }
}

impl From<&Suspect> for Error {
    fn from(suspect: &Suspect) -> Error {
        Error::new(ErrorKind::InvalidData, suspect.to_string())
    }
}

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub enum CompactionError {
    /// A batch is not what was written: see [`LogReader::confirm_damage`].
    #[error(transparent)]
    Damaged(#[from] Suspect),
    /// Reading, writing or syncing fails. `InvalidData` and `UnexpectedEof` will fail again the
    /// next time; `NotFound` means that a segment was deleted meanwhile.
    #[error(transparent)]
    Disk(#[from] Error),
}

impl LogReader<'_> {
    /// Checks a place that a pass found, and records the damage as for a reader that finds it: the
    /// next pass ends before that segment. Returns `false` if there is no damage now. Blocks on the
    /// disk.
    ///
    /// # Errors
    /// Errors of reading.
    pub fn confirm_damage(&self, suspect: &Suspect) -> Result<bool> {
        let is_it = |segment: &&Segment| segment.base_offset() == suspect.base_offset;
        match self.segments().iter().find(is_it) {
            Some(segment) => segment.verify_at(suspect.position),
            // The segment was deleted meanwhile, and the damage with it.
            None => Ok(true),
        }
    }
}
