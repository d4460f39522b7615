//! A log of one file per number.

use io::Objects;

use super::text::{read_versioned, write_versioned};
use crate::error::{Error, Result};

/// A directory with one text file per entry, named by the entry's number.
///
/// Entries are added once and never changed; old ones may be purged.
#[derive(Clone, Debug)]
pub struct NumberedLog {
    objects: Objects,
    directory: String,
}

impl NumberedLog {
    pub(crate) fn new(objects: &Objects, directory: &str) -> NumberedLog {
        NumberedLog {
            objects: objects.clone(),
            directory: directory.to_string(),
        }
    }

    /// The file of an entry.
    pub fn path(&self, number: u64) -> String {
        format!("{}/{number}", self.directory)
    }

    /// The content of an entry, if it is there.
    pub fn get(&self, number: u64) -> Result<Option<String>> {
        read_versioned(&self.objects, &self.path(number))
    }

    /// Adds an entry, durably. One that is there already is a `CONCURRENT_STREAM_LOG_UPDATE`.
    pub fn add(&self, number: u64, content: &str) -> Result<()> {
        write_versioned(&self.objects, &self.path(number), content)
    }

    /// The numbers of the entries, ascending.
    pub fn numbers(&self) -> Result<Vec<u64>> {
        let entries = self
            .objects
            .list(&self.directory)
            .map_err(|error| Error::io(format!("list {}", self.directory), error))?;
        let mut numbers: Vec<u64> = entries
            .iter()
            .filter(|entry| !entry.is_dir)
            .filter_map(|entry| entry.name.parse().ok())
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The largest number.
    pub fn latest(&self) -> Result<Option<u64>> {
        Ok(self.numbers()?.last().copied())
    }

    /// Deletes the entries before `number`.
    pub fn purge_before(&self, number: u64) -> Result<()> {
        for old in self.numbers()? {
            if old >= number {
                break;
            }
            self.purge(old)?;
        }
        Ok(())
    }

    /// Deletes one entry; it may be gone already.
    pub fn purge(&self, number: u64) -> Result<()> {
        let path = self.path(number);
        self.objects
            .delete(&path)
            .map_err(|error| Error::io(format!("delete {path}"), error))
    }
}
