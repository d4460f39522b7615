//! The checkpoint directory of a query: what makes a restart go on where the last run stopped.
//!
//! ```text
//! metadata        who the query is: one id for all its runs
//! offsets/N       what batch N reads, written before it runs
//! commits/N       batch N is done, written after it ran
//! sources/I/      what source I keeps for itself
//! state/          what stateful operators keep (our own format)
//! ```
//!
//! All but `state/` are byte for byte what Spark writes, so either engine's tools read it. A file
//! once written is never changed; that a second writer fails on an existing number is what keeps
//! two runs of one query apart. Hidden files (`.N.crc`) that Spark leaves are skipped.

mod commit_log;
mod compact_log;
mod metadata;
mod numbered_log;
mod offset_log;
mod pinned_conf;
mod ranges;
pub mod text;

pub use commit_log::{Commit, CommitLog};
pub use compact_log::CompactLog;
pub use metadata::QueryMetadata;
pub use numbered_log::NumberedLog;
pub use offset_log::{OffsetLog, PlannedBatch};
pub use pinned_conf::PinnedConf;
pub use ranges::{BatchRanges, read_ranges};

use io::Objects;

use crate::error::{Error, ErrorKind, Result};

/// The directory of a query's checkpoint and the logs in it.
#[derive(Debug)]
pub struct Checkpoint {
    directory: String,
    /// What the batches read.
    pub offsets: OffsetLog,
    /// Which batches are done.
    pub commits: CommitLog,
}

impl Checkpoint {
    /// The checkpoint at `directory`, a path or URL without a slash at its end. Nothing is read
    /// or written yet.
    pub fn new(objects: &Objects, directory: &str) -> Checkpoint {
        let directory = directory.trim_end_matches('/').to_string();
        Checkpoint {
            offsets: OffsetLog::new(objects, &format!("{directory}/offsets")),
            commits: CommitLog::new(objects, &format!("{directory}/commits")),
            directory,
        }
    }

    /// The path of the checkpoint.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// Where source number `index` keeps its own files.
    pub fn source_directory(&self, index: usize) -> String {
        format!("{}/sources/{index}", self.directory)
    }

    /// Where the operators' state is.
    pub fn state_directory(&self) -> String {
        format!("{}/state", self.directory)
    }

    /// The query's identity, made and written at its first start.
    ///
    /// # Errors
    /// `STREAMING_CHECKPOINT_MISSING_METADATA_FILE` if there are batches but no identity: to go
    /// on under a new one would break what sinks know by the old.
    pub fn identity(&self, objects: &Objects, new_id: uuid::Uuid) -> Result<QueryMetadata> {
        if let Some(found) = QueryMetadata::read(objects, &self.directory)? {
            return Ok(found);
        }
        if self.offsets.latest()?.is_some() || self.commits.latest()?.is_some() {
            return Err(Error::with_condition(
                ErrorKind::Checkpoint,
                "STREAMING_CHECKPOINT_MISSING_METADATA_FILE",
                format!(
                    "Checkpoint location {} is in an inconsistent state: the metadata file is \
                     missing but offset and/or commit logs contain data. Please restore the \
                     metadata file or create a new checkpoint directory.",
                    self.directory
                ),
            ));
        }
        let metadata = QueryMetadata { id: new_id };
        metadata.write(objects, &self.directory)?;
        Ok(metadata)
    }

    /// Forgets batches before `batch_id`.
    ///
    /// # Errors
    /// The store's.
    pub fn purge_before(&self, batch_id: u64) -> Result<()> {
        self.offsets.purge_before(batch_id)?;
        self.commits.purge_before(batch_id)
    }

    /// Forgets one batch, which those before it have been forgotten with already: what a running
    /// query does after each batch, without listing.
    pub fn purge(&self, batch_id: u64) -> Result<()> {
        self.offsets.purge(batch_id)?;
        self.commits.purge(batch_id)
    }
}
