//! Damage that a pass comes upon, and how the log learns of it.

use std::fmt;
use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;

use crate::partition_log::Log;
use crate::segment::Segment;

/// A place in a segment where a pass found something else than the batch that was written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// The segment's file of batches.
    pub(super) path: PathBuf,
    pub(super) base_offset: i64,
    /// Where in the file, in bytes.
    pub(super) position: u64,
    pub(super) what: String,
}

impl fmt::Display for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(
            f,
            "{path} is damaged at byte {}: {}",
            self.position, self.what
        )
    }
}

impl From<&Suspect> for Error {
    fn from(suspect: &Suspect) -> Error {
        Error::new(ErrorKind::InvalidData, suspect.to_string())
    }
}

/// Why a pass is over before its end.
#[derive(Debug)]
pub enum CompactionError {
    /// What it has read is not what was written: [`Log::contain`] takes note of it.
    Damaged(Suspect),
    /// `InvalidData` and `UnexpectedEof` for what will be so the next time too; `NotFound` when a
    /// segment was deleted meanwhile; and what reading, writing and syncing fails with.
    Disk(Error),
}

impl fmt::Display for CompactionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompactionError::Damaged(suspect) => suspect.fmt(f),
            CompactionError::Disk(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CompactionError {}

impl From<Suspect> for CompactionError {
    fn from(suspect: Suspect) -> CompactionError {
        CompactionError::Damaged(suspect)
    }
}

impl From<Error> for CompactionError {
    fn from(error: Error) -> CompactionError {
        CompactionError::Disk(error)
    }
}

impl Log {
    /// Looks at what a pass has met, and contains the damage as when a reader comes upon it: the
    /// next pass ends before that segment. `false` if there is none to be found, now.
    ///
    /// # Errors
    /// What reading fails with.
    pub fn contain(&self, suspect: &Suspect) -> Result<bool> {
        let is_it = |segment: &&Segment| segment.base_offset() == suspect.base_offset;
        match self.segments.iter().find(is_it) {
            Some(segment) => segment.verify_at(suspect.position),
            // Deleted meanwhile, and so is the damage.
            None => Ok(true),
        }
    }
}
