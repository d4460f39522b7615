//! The operating system's file system.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use rustix::fs::{CWD, FlockOperation, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{DirEntry, Metadata, OpenMode};
use crate::clock::wall_clock_ms;

pub(super) fn open(path: &Path, mode: OpenMode) -> io::Result<Arc<File>> {
    let mut options = OpenOptions::new();
    options.read(true);
    match mode {
        OpenMode::Read => &mut options,
        OpenMode::ReadWrite => options.write(true),
        OpenMode::Create => options.write(true).create(true).truncate(false),
        OpenMode::CreateNew => options.write(true).create_new(true),
        OpenMode::Truncate => options.write(true).create(true).truncate(true),
        OpenMode::WriteThrough => return open_write_through(path).map(Arc::new),
    };
    Ok(Arc::new(options.open(path)?))
}

fn open_write_through(path: &Path) -> io::Result<File> {
    let open = |flags: OFlags| {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .custom_flags(flags.bits() as i32)
            .open(path)
    };
    match open(OFlags::DIRECT | OFlags::DSYNC) {
        // The file system does not go past the page cache.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => open(OFlags::DSYNC),
        result => result,
    }
}

pub(super) fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

pub(super) fn write_all_at(file: &File, offset: u64, data: &[u8]) -> io::Result<()> {
    file.write_all_at(data, offset)
}

pub(super) fn read_dir(path: &Path) -> io::Result<Vec<DirEntry>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let facts = match metadata(&entry.path()) {
            Ok(facts) => facts,
            // Removed since it was listed, or a link that leads nowhere.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        entries.push(DirEntry {
            name: entry.file_name().to_string_lossy().into_owned(),
            is_dir: facts.is_dir,
            len: facts.len,
            modified_ms: facts.modified_ms,
        });
    }
    Ok(entries)
}

pub(super) fn metadata(path: &Path) -> io::Result<Metadata> {
    let facts = std::fs::metadata(path)?;
    Ok(Metadata {
        is_dir: facts.is_dir(),
        len: if facts.is_dir() { 0 } else { facts.len() },
        modified_ms: wall_clock_ms(facts.modified().unwrap_or(UNIX_EPOCH)),
    })
}

pub(super) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // File systems without this flag have hard links, which never replace either.
        Err(Errno::INVAL | Errno::NOSYS) => {
            std::fs::hard_link(from, to)?;
            std::fs::remove_file(from)
        }
        result => Ok(result?),
    }
}

pub(super) fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}

pub(super) fn free_space(path: &Path) -> io::Result<u64> {
    let facts = rustix::fs::statvfs(path)?;
    Ok(facts.f_bavail.saturating_mul(facts.f_frsize))
}

pub(super) fn sync_file_system(directory: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(directory)?)
}
