//! `commits/N`: batch N is done.
//!
//! ```text
//! v1
//! {"nextBatchWatermarkMs":1767225621000}
//! ```

use io::Objects;
use serde::{Deserialize, Serialize};

use super::NumberedLog;
use crate::error::{Error, ErrorKind, Result};

/// What is known once a batch is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// The global watermark of the batch after this one, in milliseconds since the epoch.
    #[serde(default)]
    pub next_batch_watermark_ms: i64,
}

/// The log of batches that are done.
#[derive(Clone, Debug)]
pub struct CommitLog(NumberedLog);

impl CommitLog {
    pub(crate) fn new(objects: &Objects, directory: &str) -> CommitLog {
        CommitLog(NumberedLog::new(objects, directory))
    }

    /// The number of the last batch done.
    ///
    /// # Errors
    /// The store's.
    pub fn latest(&self) -> Result<Option<u64>> {
        self.0.latest()
    }

    /// The numbers of all batches in the log, ascending.
    ///
    /// # Errors
    /// The store's.
    pub fn numbers(&self) -> Result<Vec<u64>> {
        self.0.numbers()
    }

    /// A commit, if it is in the log.
    ///
    /// # Errors
    /// `Checkpoint` if its file cannot be understood; the store's.
    pub fn get(&self, batch_id: u64) -> Result<Option<Commit>> {
        match self.0.get(batch_id)? {
            None => Ok(None),
            Some(text) => serde_json::from_str(text.trim())
                .map(Some)
                .map_err(|error| {
                    Error::new(
                        ErrorKind::Checkpoint,
                        format!("{} is malformed: {error}", self.0.path(batch_id)),
                    )
                }),
        }
    }

    /// Writes a commit, durably.
    ///
    /// # Errors
    /// `CONCURRENT_STREAM_LOG_UPDATE` if it is there; the store's.
    pub fn add(&self, batch_id: u64, commit: Commit) -> Result<()> {
        let text = serde_json::to_string(&commit).expect("a number has a JSON form");
        self.0.add(batch_id, &text)
    }

    /// Forgets commits before `batch_id`.
    ///
    /// # Errors
    /// The store's.
    pub fn purge_before(&self, batch_id: u64) -> Result<()> {
        self.0.purge_before(batch_id)
    }

    /// Forgets one batch.
    pub(super) fn purge(&self, batch_id: u64) -> Result<()> {
        self.0.purge(batch_id)
    }
}
