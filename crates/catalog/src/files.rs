//! Files that are prepared beside a table and moved into it, and steps that can be repeated after a crash.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use io::{Disk, FileLock};

use crate::change::is_missing;
use crate::entry::FileChange;

/// The directory of prepared files below a table's directory. Readers of files pass over names that begin so.
const STAGING: &str = "_temporary";
/// Locked as long as somebody prepares files in the directory.
const LOCK: &str = ".lock";

/// A directory for files that are not part of a table yet. The directory of a process that crashed is removed by the next
/// one that prepares files for the same table.
#[derive(Debug)]
pub struct Staging {
    disk: Disk,
    directory: PathBuf,
    _lock: FileLock,
    is_kept: bool,
}

impl Staging {
    /// A new directory below the directory of a table. `id` is unique.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn begin(disk: &Disk, table: &Path, id: &str) -> Result<Staging> {
        let all = table.join(STAGING);
        remove_abandoned(disk, &all)?;
        let directory = all.join(id);
        disk.create_dir_all(&directory)?;
        let lock = disk.lock(&directory.join(LOCK))?;
        Ok(Staging {
            disk: disk.clone(),
            directory,
            _lock: lock,
            is_kept: false,
        })
    }

    /// Where the files are prepared.
    pub fn directory(&self) -> PathBuf {
        self.directory.join("files")
    }

    /// The directory that [`FileChange::staging`] removes.
    pub fn root(&self) -> &Path {
        &self.directory
    }

    /// The files that were prepared, without hidden ones: their paths below [`Staging::directory`].
    ///
    /// # Errors
    /// Those of the disk.
    pub fn files(&self) -> Result<Vec<String>> {
        let mut files = Vec::new();
        collect(&self.disk, &self.directory(), "", &mut files)?;
        Ok(files)
    }

    /// The files are part of a [`FileChange`] now, which removes the directory.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.is_kept {
            // Best effort: the next one who prepares files removes what stays.
            let _ = remove(&self.disk, &self.directory);
        }
    }
}

/// Removes the directories of processes that have ended.
fn remove_abandoned(disk: &Disk, all: &Path) -> Result<()> {
    let entries = match disk.read_dir(all) {
        Ok(entries) => entries,
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let directory = all.join(&entry.name);
        match disk.lock(&directory.join(LOCK)) {
            Ok(_lock) => remove(disk, &directory)?,
            Err(error) if error.kind() == ErrorKind::WouldBlock || is_missing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn collect(disk: &Disk, directory: &Path, prefix: &str, files: &mut Vec<String>) -> Result<()> {
    let entries = match disk.read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let is_hidden = entry.name.starts_with('.') || entry.name.starts_with('_');
        let path = format!("{prefix}{}", entry.name);
        if entry.is_dir {
            collect(
                disk,
                &directory.join(&entry.name),
                &format!("{path}/"),
                files,
            )?;
        } else if !is_hidden {
            files.push(path);
        }
    }
    Ok(())
}

/// Removes and moves files. Steps that were done before are passed over, so that all can be repeated after a crash.
pub(crate) fn carry_out(disk: &Disk, change: &FileChange) -> Result<()> {
    for path in &change.removes {
        remove(disk, Path::new(path))?;
    }
    let mut directories = BTreeSet::new();
    for (from, to) in &change.moves {
        let (from, to) = (Path::new(from), Path::new(to));
        if !disk.exists(from) {
            continue;
        }
        if let Some(parent) = to.parent() {
            make_directory(disk, parent)?;
            directories.insert(parent.to_owned());
        }
        match disk.rename(from, to) {
            Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                disk.write_atomic(to, &disk.read(from)?)?;
                remove(disk, from)?;
            }
            renamed => renamed?,
        }
    }
    for directory in directories {
        disk.sync_dir(&directory)?;
    }
    match &change.staging {
        Some(staging) => remove(disk, Path::new(staging)),
        None => Ok(()),
    }
}

/// Makes a directory and its parents, durably.
pub(crate) fn make_directory(disk: &Disk, path: &Path) -> Result<()> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|directory| !disk.exists(directory))
        .collect();
    disk.create_dir_all(path)?;
    for made in missing.into_iter().rev() {
        if let Some(parent) = made.parent() {
            disk.sync_dir(parent)?;
        }
    }
    Ok(())
}

/// Removes a file or a directory. It is no error if there is none.
pub(crate) fn remove(disk: &Disk, path: &Path) -> Result<()> {
    let removed = match disk.metadata(path) {
        Ok(metadata) if metadata.is_dir => disk.remove_dir_all(path),
        Ok(_) => disk.remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if is_missing(&error) => Ok(()),
        removed => {
            removed?;
            match path.parent() {
                Some(parent) => disk.sync_dir(parent),
                None => Ok(()),
            }
        }
    }
}
