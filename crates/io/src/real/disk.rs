//! The operating system's file system.

use std::fs::{File, OpenOptions};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustix::fs::{AtFlags, CWD, Dir, FileType, FlockOperation, OFlags, RenameFlags};
use rustix::io::{Errno, ReadWriteFlags};

use super::clock::wall_clock_ms;
use crate::backend::{DirectoryBackend, DiskBackend, FileBackend, LockBackend};
use crate::{DirEntry, Metadata, OpenMode};

/// The distance between two bytes that are looked up in the page cache: how far Linux reads ahead.
const PROBE_STEP: u64 = 128 << 10;

#[derive(Debug)]
pub(super) struct RealDisk;

impl DiskBackend for RealDisk {
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Arc<dyn FileBackend>> {
        Ok(Arc::new(RealFile(open(path, mode)?)))
    }

    fn open_directory(&self, path: &Path) -> io::Result<Box<dyn DirectoryBackend>> {
        Ok(Box::new(RealDirectory(File::open(path)?)))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        read_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        rename_new(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir_all(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        metadata(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockBackend>> {
        Ok(Box::new(RealLock(lock(path)?)))
    }

    fn free_space(&self, path: &Path) -> io::Result<u64> {
        let facts = rustix::fs::statvfs(path)?;
        Ok(facts.f_bavail.saturating_mul(facts.f_frsize))
    }
}

#[derive(Debug)]
struct RealFile(File);

impl FileBackend for RealFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_all_at(data, offset)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn is_cached(&self, offset: u64, len: u64) -> bool {
        let last = (offset + len).saturating_sub(1);
        let mut at = offset;
        loop {
            let mut byte = [0];
            let buffers = &mut [IoSliceMut::new(&mut byte)];
            // A file system that cannot tell refuses the flag.
            if rustix::io::preadv2(&self.0, buffers, at, ReadWriteFlags::NOWAIT).is_err() {
                return false;
            }
            if at >= last {
                return true;
            }
            at = last.min(at + PROBE_STEP);
        }
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.0.as_fd())
    }
}

#[derive(Debug)]
struct RealDirectory(File);

impl DirectoryBackend for RealDirectory {
    fn sync_file_system(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.0)?)
    }
}

/// The lock is the descriptor's, and goes with it.
#[derive(Debug)]
struct RealLock(#[allow(dead_code, reason = "held until it is dropped")] File);

impl LockBackend for RealLock {}

/// Does not record the time of reads (`O_NOATIME`): otherwise the first read of each file after a
/// write changes its inode. Only the owner of a file may open it so.
fn open(path: &Path, mode: OpenMode) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    match mode {
        OpenMode::Read => &mut options,
        OpenMode::ReadWrite => options.write(true),
        OpenMode::Create => options.write(true).create(true).truncate(false),
        OpenMode::CreateNew => options.write(true).create_new(true),
        OpenMode::Truncate => options.write(true).create(true).truncate(true),
        OpenMode::WriteThrough => return open_write_through(path),
    };
    let mut without_time = options.clone();
    match without_time.custom_flags(flags(OFlags::NOATIME)).open(path) {
        Err(error) if error.raw_os_error() == Some(Errno::PERM.raw_os_error()) => {
            options.open(path)
        }
        result => result,
    }
}

fn flags(flags: OFlags) -> i32 {
    flags.bits() as i32
}

fn open_write_through(path: &Path) -> io::Result<File> {
    let open = |how: OFlags| {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .custom_flags(flags(how))
            .open(path)
    };
    match open(OFlags::DIRECT | OFlags::DSYNC) {
        // The file system always uses the page cache.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => open(OFlags::DSYNC),
        result => result,
    }
}

/// The names are looked up in the open directory, which spares the walk along its path for each.
fn read_dir(path: &Path) -> io::Result<Vec<DirEntry>> {
    let mut directory = Dir::new(open(path, OpenMode::Read)?)?;
    let mut entries = Vec::new();
    while let Some(entry) = directory.read() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let facts = match rustix::fs::statat(directory.fd()?, name, AtFlags::empty()) {
            Ok(facts) => facts,
            // Removed since it was listed, or a broken link.
            Err(Errno::NOENT) => continue,
            Err(error) => return Err(error.into()),
        };
        let is_dir = FileType::from_raw_mode(facts.st_mode).is_dir();
        let since_1970 = Duration::new(facts.st_mtime.max(0) as u64, facts.st_mtime_nsec as u32);
        entries.push(DirEntry {
            name: name.to_string_lossy().into_owned(),
            is_dir,
            len: if is_dir { 0 } else { facts.st_size as u64 },
            modified_ms: wall_clock_ms(UNIX_EPOCH + since_1970),
        });
    }
    Ok(entries)
}

fn metadata(path: &Path) -> io::Result<Metadata> {
    let facts = std::fs::metadata(path)?;
    Ok(Metadata {
        is_dir: facts.is_dir(),
        len: if facts.is_dir() { 0 } else { facts.len() },
        modified_ms: wall_clock_ms(facts.modified().unwrap_or(UNIX_EPOCH)),
    })
}

fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // File systems without this flag have hard links, which never replace either.
        Err(Errno::INVAL | Errno::NOSYS) => {
            std::fs::hard_link(from, to)?;
            std::fs::remove_file(from)
        }
        result => Ok(result?),
    }
}

fn lock(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}
