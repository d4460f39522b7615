//! Object stores: whole objects by name, created and replaced atomically.
//!
//! For now an object is a file of a local directory; its name is a path or a `file:` URL. An
//! object is either there in full, and durably, or not at all. Calls are synchronous: wrap them
//! in [`crate::Tasks::blocking`] where latency counts.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::{Disk, OpenMode, Rng};

/// Marks files that are being written; [`Objects::list`] does not show them.
const TEMPORARY_SUFFIX: &str = ".tmp";

/// Name, size and time of an object or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Absolute path.
    pub path: String,
    /// Last part of the path.
    pub name: String,
    /// Length in bytes; 0 for a directory.
    pub size: u64,
    /// Time of the last write, in milliseconds since the Unix epoch.
    pub modified_ms: i64,
    /// Whether it is a directory.
    pub is_dir: bool,
}

/// A view of object stores.
#[derive(Clone, Debug)]
pub struct Objects(ObjectsKind);

#[derive(Clone, Debug)]
enum ObjectsKind {
    Local { disk: Disk, rng: Rng },
}

impl Objects {
    pub(crate) fn local(disk: Disk, rng: Rng) -> Objects {
        Objects(ObjectsKind::Local { disk, rng })
    }

    /// The content of an object.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a name in a store that is not supported; and the store's.
    pub fn get(&self, name: &str) -> io::Result<Bytes> {
        match &self.0 {
            ObjectsKind::Local { disk, .. } => disk.read(&local_path(name)?),
        }
    }

    /// The bytes of an object in `range`.
    ///
    /// # Errors
    /// `UnexpectedEof` if the object ends before; and as [`Objects::get`].
    pub fn get_range(&self, name: &str, range: Range<u64>) -> io::Result<Bytes> {
        match &self.0 {
            ObjectsKind::Local { disk, .. } => {
                let file = disk.open(&local_path(name)?, OpenMode::Read)?;
                let mut content = vec![0; range.end.saturating_sub(range.start) as usize];
                file.read_exact_at(range.start, &mut content)?;
                Ok(Bytes::from(content))
            }
        }
    }

    /// Creates or replaces an object, durably, with its directories.
    ///
    /// # Errors
    /// The store's. An existing object is then unchanged.
    pub fn put(&self, name: &str, content: Bytes) -> io::Result<()> {
        match &self.0 {
            ObjectsKind::Local { disk, rng } => {
                let path = local_path(name)?;
                let temporary = write_temporary(disk, rng, &path, &content)?;
                finish(disk, &temporary, &path, disk.rename(&temporary, &path))
            }
        }
    }

    /// Creates an object that must not exist yet, durably, with its directories. Of several concurrent
    /// calls, one succeeds.
    ///
    /// # Errors
    /// `AlreadyExists`; and the store's.
    pub fn put_new(&self, name: &str, content: Bytes) -> io::Result<()> {
        match &self.0 {
            ObjectsKind::Local { disk, rng } => {
                let path = local_path(name)?;
                if disk.try_exists(&path)? {
                    return Err(already_exists(&path));
                }
                let temporary = write_temporary(disk, rng, &path, &content)?;
                finish(disk, &temporary, &path, disk.rename_new(&temporary, &path))
            }
        }
    }

    /// The objects and directories directly in a directory, sorted by name. A missing directory is
    /// empty.
    ///
    /// # Errors
    /// The store's.
    pub fn list(&self, directory: &str) -> io::Result<Vec<ObjectMeta>> {
        match &self.0 {
            ObjectsKind::Local { disk, .. } => {
                let directory = local_path(directory)?;
                let entries = match disk.read_dir(&directory) {
                    Ok(entries) => entries,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                    Err(error) => return Err(error),
                };
                Ok(entries
                    .into_iter()
                    .filter(|entry| {
                        !(entry.name.starts_with('.') && entry.name.ends_with(TEMPORARY_SUFFIX))
                    })
                    .map(|entry| ObjectMeta {
                        path: directory.join(&entry.name).to_string_lossy().into_owned(),
                        name: entry.name,
                        size: entry.len,
                        modified_ms: entry.modified_ms,
                        is_dir: entry.is_dir,
                    })
                    .collect())
            }
        }
    }

    /// Name, size and time of an object or directory; `None` if it is not there.
    ///
    /// # Errors
    /// The store's.
    pub fn head(&self, name: &str) -> io::Result<Option<ObjectMeta>> {
        match &self.0 {
            ObjectsKind::Local { disk, .. } => {
                let path = local_path(name)?;
                match disk.metadata(&path) {
                    Ok(facts) => Ok(Some(ObjectMeta {
                        name: path
                            .file_name()
                            .map(|name| name.to_string_lossy().into_owned())
                            .unwrap_or_default(),
                        path: path.to_string_lossy().into_owned(),
                        size: facts.len,
                        modified_ms: facts.modified_ms,
                        is_dir: facts.is_dir,
                    })),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }

    /// Deletes an object. It is no error if there is none.
    ///
    /// # Errors
    /// The store's.
    pub fn delete(&self, name: &str) -> io::Result<()> {
        match &self.0 {
            ObjectsKind::Local { disk, .. } => {
                ignore_not_found(disk.remove_file(&local_path(name)?))
            }
        }
    }

    /// Deletes a directory and its content. It is no error if there is none.
    ///
    /// # Errors
    /// The store's. After an error, a part may be deleted.
    pub fn delete_dir(&self, directory: &str) -> io::Result<()> {
        match &self.0 {
            ObjectsKind::Local { disk, .. } => {
                ignore_not_found(disk.remove_dir_all(&local_path(directory)?))
            }
        }
    }
}

fn ignore_not_found(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn already_exists(path: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::AlreadyExists,
        format!("{} exists already", path.display()),
    )
}

/// Writes and syncs the content beside its destination, under a name of its own.
fn write_temporary(disk: &Disk, rng: &Rng, path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} names no object", path.display()),
        )
    })?;
    if let Some(parent) = path.parent() {
        create_dirs_synced(disk, parent)?;
    }
    let temporary = path.with_file_name(format!(
        ".{}.{:016x}{TEMPORARY_SUFFIX}",
        name.to_string_lossy(),
        rng.u64()
    ));
    let written = disk.write_synced(&temporary, content);
    if written.is_err() {
        // Best effort: the first error is the one to report.
        let _ = disk.remove_file(&temporary);
    }
    written.map(|()| temporary)
}

/// Makes the rename durable, or removes the temporary file if it failed.
fn finish(disk: &Disk, temporary: &Path, path: &Path, renamed: io::Result<()>) -> io::Result<()> {
    match renamed {
        Ok(()) => disk.sync_parent(path),
        Err(error) => {
            // Best effort: the first error is the one to report.
            let _ = disk.remove_file(temporary);
            Err(error)
        }
    }
}

/// Creates a directory and its parents, and syncs the parent of each new one.
fn create_dirs_synced(disk: &Disk, directory: &Path) -> io::Result<()> {
    let mut missing = Vec::new();
    let mut ancestor = directory;
    while !ancestor.as_os_str().is_empty() && !disk.try_exists(ancestor)? {
        missing.push(ancestor);
        match ancestor.parent() {
            Some(parent) => ancestor = parent,
            None => break,
        }
    }
    disk.create_dir_all(directory)?;
    for made in missing.into_iter().rev() {
        disk.sync_parent(made)?;
    }
    Ok(())
}

/// The path of a local object, made absolute.
fn local_path(name: &str) -> io::Result<PathBuf> {
    let path = match name.strip_prefix("file:") {
        // `file:/x`, `file:///x` and `file://localhost/x` are the same file.
        Some(rest) => match rest.strip_prefix("//") {
            Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
            None => rest,
        },
        None => match name.split_once("://") {
            Some((scheme, _)) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    format!(
                        "cannot open \"{name}\": object store \"{scheme}\" is not supported; use a path or a file: URL"
                    ),
                ));
            }
            None => name,
        },
    };
    std::path::absolute(path)
}
