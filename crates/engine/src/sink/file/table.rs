//! A table saved as a directory of files.
//!
//! Files appear one by one, whole, under names of their own, and `_SUCCESS` after the last of
//! them. What fails deletes what it has written. Overwriting deletes the old files when the new
//! ones are there: a failure before that leaves the old table as it was.
//!
//! Does not hide the files of a table in the making from readers.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::Path;

use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use io::{Io, Objects, Pool};

use super::directory::{Directory, WithoutRows, WrittenFile};
use super::manifest::{MANIFEST_DIRECTORY, ManifestEntry};
use crate::checkpoint::CompactLog;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::sink::SaveMode;
use crate::source::Lane;
use crate::source::file::FileFormat;

/// Tells that a table is whole.
const SUCCESS: &str = "_SUCCESS";

/// A directory that a table is saved as.
#[derive(Debug)]
pub struct FileTable {
    directory: Directory,
    /// Overwriting replaces the partitions that have new rows only, not the whole table.
    overwrites_partitions: bool,
}

impl FileTable {
    /// The table in the option `path`.
    ///
    /// # Errors
    /// `IllegalArgument` without path, or for options that make no sense.
    pub fn new(
        io: &Io,
        format: FileFormat,
        options: &Options,
        partition_by: &[String],
    ) -> Result<FileTable> {
        let directory = Directory::new(io, format, options, partition_by)?;
        let overwrite_mode = options.get("partitionOverwriteMode").unwrap_or("static");
        let dynamic = match overwrite_mode.to_ascii_lowercase().as_str() {
            "static" => false,
            "dynamic" => true,
            _ => {
                return Err(Error::illegal_argument(format!(
                    "Invalid value '{overwrite_mode}' for option 'partitionOverwriteMode': must \
                     be 'static' or 'dynamic'"
                )));
            }
        };
        Ok(FileTable {
            overwrites_partitions: dynamic && directory.is_partitioned(),
            directory,
        })
    }

    /// The directory's absolute path.
    pub fn path(&self) -> &str {
        &self.directory.path
    }

    /// Refuses columns that cannot be written.
    ///
    /// # Errors
    /// Partition columns that cannot be directories, and what the format refuses.
    pub fn check_columns(&self, schema: &SchemaRef) -> Result<()> {
        self.directory.check_columns(schema)
    }

    /// Whether rows are to be written, given what is there now.
    ///
    /// # Errors
    /// `PATH_ALREADY_EXISTS`; and for rows that would be appended where nobody would see them.
    pub fn wants_rows(&self, mode: SaveMode) -> Result<bool> {
        let path = self.path();
        let objects = &self.directory.io.objects;
        let found = objects
            .head(path)
            .map_err(|error| Error::io(format!("look at {path}"), error))?;
        if found.is_none() {
            return Ok(true);
        }
        match mode {
            SaveMode::ErrorIfExists => Err(Error::analysis(
                "PATH_ALREADY_EXISTS",
                format!(
                    "Path file:{path} already exists. Set mode as \"overwrite\" to overwrite the \
                     existing path."
                ),
            )),
            SaveMode::Ignore => Ok(false),
            SaveMode::Overwrite => Ok(true),
            SaveMode::Append => {
                let log: CompactLog<ManifestEntry> =
                    CompactLog::new(objects, &format!("{path}/{MANIFEST_DIRECTORY}"));
                match log.latest()? {
                    None => Ok(true),
                    Some(_) => Err(Error::new(
                        ErrorKind::Analysis,
                        format!(
                            "file:{path} is the output of a streaming query: readers see only what \
                             its {MANIFEST_DIRECTORY} names, and would not see appended files. \
                             Write to another directory."
                        ),
                    )),
                }
            }
        }
    }

    /// Writes rows, and deletes what they take the place of. The caller has asked
    /// [`wants_rows`](Self::wants_rows).
    ///
    /// # Errors
    /// Those of the rows, and the store's.
    pub async fn save(&self, mode: SaveMode, schema: &SchemaRef, rows: Lane) -> Result<()> {
        let mut written = Vec::new();
        let saved = self
            .directory
            .write(schema, rows, WithoutRows::OneFile, &mut written);
        if let Err(error) = saved.await {
            self.take_back(written).await;
            return Err(error);
        }
        if mode == SaveMode::Overwrite {
            self.delete_replaced(&written).await?;
        }
        let (objects, path) = (self.directory.io.objects.clone(), self.path().to_owned());
        let success = format!("{path}/{SUCCESS}");
        self.directory
            .io
            .tasks
            .blocking(Pool::Request, move || objects.put(&success, Bytes::new()))
            .await
            .map_err(|error| Error::io(format!("write {path}/{SUCCESS}"), error))
    }

    /// Deletes the files of a table that did not become one.
    async fn take_back(&self, written: Vec<WrittenFile>) {
        let objects = self.directory.io.objects.clone();
        let deleting = move || {
            for file in written {
                if let Err(error) = objects.delete(&file.path) {
                    tracing::warn!(path = file.path, %error, "cannot delete a file of a failed save");
                }
            }
        };
        self.directory
            .io
            .tasks
            .blocking(Pool::Background, deleting)
            .await;
    }

    /// Deletes what was there before `written`.
    async fn delete_replaced(&self, written: &[WrittenFile]) -> Result<()> {
        let new: BTreeSet<String> = written.iter().map(|file| file.path.clone()).collect();
        let replaced: BTreeSet<String> = if self.overwrites_partitions {
            let directories = new.iter().filter_map(|path| Path::new(path).parent());
            directories
                .map(|path| path.to_string_lossy().into_owned())
                .collect()
        } else {
            BTreeSet::from([self.path().to_owned()])
        };
        let objects = self.directory.io.objects.clone();
        let deleting = move || {
            replaced
                .iter()
                .try_for_each(|directory| delete_others(&objects, directory, &new))
        };
        self.directory
            .io
            .tasks
            .blocking(Pool::Background, deleting)
            .await
            .map_err(|error| Error::io(format!("overwrite {}", self.path()), error))
    }
}

/// Deletes everything in a directory but the files `kept`, by their absolute paths.
fn delete_others(
    objects: &Objects,
    directory: &str,
    kept: &BTreeSet<String>,
) -> std::io::Result<()> {
    for entry in objects.list(directory)? {
        if !entry.is_dir {
            if !kept.contains(&entry.path) {
                objects.delete(&entry.path)?;
            }
            continue;
        }
        let below = format!("{}/", entry.path);
        let mut from_there =
            kept.range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded));
        if from_there
            .next()
            .is_some_and(|path| path.starts_with(&below))
        {
            delete_others(objects, &entry.path, kept)?;
        } else {
            objects.delete_dir(&entry.path)?;
        }
    }
    Ok(())
}
