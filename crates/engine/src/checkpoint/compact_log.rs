//! A log of one file per batch whose entries add up, compacted every tenth batch.
//!
//! ```text
//! 0 1 2 … 8 9.compact 10 … 18 19.compact
//! ```
//!
//! Each file is `v1` and one JSON entry per line. `N.compact` holds the entries of all batches up
//! to N, so a reader needs the last compact file and those after it. Compaction happens in the
//! batch's own write: a batch is visible through exactly one file, made in one step.

use std::marker::PhantomData;

use io::Objects;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::text::{read_versioned, write_versioned};
use crate::error::{Error, ErrorKind, Result};

/// Every how many batches the log is compacted.
const COMPACT_INTERVAL: u64 = 10;
/// Files that a compact file has made needless are kept this long for readers on their way.
const CLEANUP_DELAY_MS: i64 = 10 * 60 * 1000;
const SUFFIX: &str = ".compact";

/// A log whose entries are of type `T`.
#[derive(Clone, Debug)]
pub struct CompactLog<T> {
    objects: Objects,
    directory: String,
    entries: PhantomData<T>,
}

/// A file of the log.
struct LogFile {
    batch_id: u64,
    compact: bool,
    path: String,
    modified_ms: i64,
}

impl<T: Serialize + DeserializeOwned> CompactLog<T> {
    pub(crate) fn new(objects: &Objects, directory: &str) -> CompactLog<T> {
        CompactLog {
            objects: objects.clone(),
            directory: directory.to_string(),
            entries: PhantomData,
        }
    }

    /// The number of the last batch in the log.
    pub fn latest(&self) -> Result<Option<u64>> {
        Ok(self.files()?.last().map(|file| file.batch_id))
    }

    /// All entries, oldest first.
    pub fn all(&self) -> Result<Vec<T>> {
        let files = self.files()?;
        self.read(&files, u64::MAX)
    }

    /// Refuses a log of which a batch is lost: after the last compact file, or after the beginning,
    /// there is one file per batch.
    ///
    /// # Errors
    /// `Checkpoint` with the name of the first file that is lost.
    pub(crate) fn check_whole(&self) -> Result<()> {
        let files = self.files()?;
        let compact = files.iter().rposition(|file| file.compact);
        let Some(last) = files.last() else {
            return Ok(());
        };
        let mut expected = compact.map_or(0, |index| files[index].batch_id);
        for file in &files[compact.unwrap_or(0)..] {
            if file.batch_id > expected {
                break;
            }
            expected = file.batch_id + 1;
        }
        if expected > last.batch_id {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Checkpoint,
            format!(
                "file:{} doesn't exist (latestId: {}, compactInterval: {COMPACT_INTERVAL})",
                self.path(expected, (expected + 1).is_multiple_of(COMPACT_INTERVAL)),
                last.batch_id
            ),
        ))
    }

    /// Adds a batch, durably; with it, if it is its turn, everything before.
    pub fn add(&self, batch_id: u64, mut entries: Vec<T>, now_ms: i64) -> Result<()> {
        let compact = (batch_id + 1).is_multiple_of(COMPACT_INTERVAL);
        if compact {
            let files = self.files()?;
            let mut all = self.read(&files, batch_id)?;
            all.append(&mut entries);
            write_versioned(&self.objects, &self.path(batch_id, true), &print(&all))?;
            self.clean_up(&files, now_ms)
        } else {
            write_versioned(&self.objects, &self.path(batch_id, false), &print(&entries))
        }
    }

    fn path(&self, batch_id: u64, compact: bool) -> String {
        let suffix = if compact { SUFFIX } else { "" };
        format!("{}/{batch_id}{suffix}", self.directory)
    }

    /// The files of the log, by number; a compact file after a plain one of the same number.
    fn files(&self) -> Result<Vec<LogFile>> {
        let listed = self
            .objects
            .list(&self.directory)
            .map_err(|error| Error::io(format!("list {}", self.directory), error))?;
        let mut files: Vec<LogFile> = listed
            .into_iter()
            .filter(|file| !file.is_dir)
            .filter_map(|file| {
                let (number, compact) = match file.name.strip_suffix(SUFFIX) {
                    Some(number) => (number, true),
                    None => (file.name.as_str(), false),
                };
                Some(LogFile {
                    batch_id: number.parse().ok()?,
                    compact,
                    path: file.path,
                    modified_ms: file.modified_ms,
                })
            })
            .collect();
        files.sort_by_key(|file| (file.batch_id, file.compact));
        Ok(files)
    }

    /// The entries of the batches before `end`, from the last compact file on.
    fn read(&self, files: &[LogFile], end: u64) -> Result<Vec<T>> {
        let files: Vec<&LogFile> = files.iter().filter(|file| file.batch_id < end).collect();
        let first = files.iter().rposition(|file| file.compact).unwrap_or(0);
        let mut entries = Vec::new();
        for file in files.iter().skip(first) {
            let text = read_versioned(&self.objects, &file.path)?.ok_or_else(|| {
                Error::new(
                    ErrorKind::Checkpoint,
                    format!("{} was deleted while it was read", file.path),
                )
            })?;
            entries.append(&mut parse(&file.path, &text)?);
        }
        Ok(entries)
    }

    /// Deletes files that the newest compact file has made needless a while ago.
    fn clean_up(&self, files: &[LogFile], now_ms: i64) -> Result<()> {
        for file in files {
            if file.modified_ms < now_ms - CLEANUP_DELAY_MS {
                self.objects
                    .delete(&file.path)
                    .map_err(|error| Error::io(format!("delete {}", file.path), error))?;
            }
        }
        Ok(())
    }
}

fn print<T: Serialize>(entries: &[T]) -> String {
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| serde_json::to_string(entry).expect("an entry has a JSON form"))
        .collect();
    lines.join("\n")
}

fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<Vec<T>> {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(|line| {
            serde_json::from_str(line).map_err(|error| {
                Error::new(
                    ErrorKind::Checkpoint,
                    format!("{name} is malformed: {error}"),
                )
            })
        })
        .collect()
}
