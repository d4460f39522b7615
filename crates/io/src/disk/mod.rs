//! Files and directories.
//!
//! Calls are synchronous: a write goes to the page cache and returns. What can take long
//! (syncing, reading cold data) the caller puts on a thread that may block. A file has no
//! position: every read and write names its offset.
//!
//! After a crash these remain: file content up to the last successful [`File::sync_data`] or
//! [`File::sync_all`]; names up to the last successful [`Disk::sync_dir`] of their directory. After a
//! failed sync, bytes written since the sync before it may be lost, and syncing again does not
//! help. Names are not lost so: the next successful sync of their directory makes them durable
//! (`docs/decisions/0007-failed-syncs.md`).

mod failure;
mod file_watch;
mod open_files;
mod write_through;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::backend::{DiskBackend, FileBackend, LockBackend};
use failure::with_context;
use open_files::{CachedFile, OpenFiles};

pub use write_through::{AlignedBuffer, WRITE_THROUGH_ALIGNMENT};

pub use failure::{DiskErrorKind, is_device_failure};
pub use file_watch::FileWatch;

/// How to open a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// An existing file, for reading.
    Read,
    /// An existing file, for reading and writing.
    ReadWrite,
    /// For reading and writing; created if missing.
    Create,
    /// For reading and writing; it must not exist yet.
    CreateNew,
    /// For reading and writing; created if missing, emptied if it exists.
    Truncate,
    /// For writing past the page cache, where the file system supports that; created if missing. A
    /// write is durable once it returns; the file's name is not. Writes must be aligned: see
    /// [`WRITE_THROUGH_ALIGNMENT`].
    WriteThrough,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// Name within the directory. Names that are not UTF-8 are shown with replacement marks.
    pub name: String,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Length in bytes; 0 for a directory.
    pub len: u64,
    /// Time of the last write, in milliseconds since the Unix epoch.
    pub modified_ms: i64,
}

/// Kind, length and time of a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// Whether it is a directory.
    pub is_dir: bool,
    /// Length in bytes; 0 for a directory.
    pub len: u64,
    /// Time of the last write, in milliseconds since the Unix epoch.
    pub modified_ms: i64,
}

/// The file system. Its errors contain the path.
#[derive(Clone, Debug)]
pub struct Disk {
    backend: Arc<dyn DiskBackend>,
    files: Arc<OpenFiles>,
}

fn open(
    backend: &dyn DiskBackend,
    path: &Path,
    mode: OpenMode,
) -> io::Result<Arc<dyn FileBackend>> {
    backend
        .open(path, mode)
        .map_err(|error| with_context(error, "open", path))
}

impl Disk {
    /// A disk without a limit of open cached files.
    pub(crate) fn new(backend: Arc<dyn DiskBackend>) -> Disk {
        Disk {
            backend,
            files: OpenFiles::new(usize::MAX, None),
        }
    }

    /// The same disk with a limit: of the [`Disk::cached`] files below `dir` that are not in use, at
    /// most `max` are open. Keeps `dir` open.
    ///
    /// # Errors
    /// As `open(2)`.
    pub fn bounded(&self, dir: &Path, max: usize) -> io::Result<Disk> {
        let directory = self.backend.open_directory(dir);
        let directory = directory.map_err(|error| with_context(error, "open", dir))?;
        Ok(Disk {
            backend: Arc::clone(&self.backend),
            files: OpenFiles::new(max, Some(directory)),
        })
    }

    /// The file at `path`. It is opened when it is used, for reading and writing, and closed when
    /// too many files are open. Errors of opening it are returned then.
    pub fn cached(&self, path: &Path) -> File {
        File(FileKind::Cached(Arc::new(self.cached_file(path))))
    }

    /// As [`Disk::open`], and returns a file that is closed when too many are open.
    ///
    /// # Errors
    /// As [`Disk::open`].
    pub fn open_cached(&self, path: &Path, mode: OpenMode) -> io::Result<File> {
        let file = Arc::new(self.cached_file(path));
        file.open_as(mode)?;
        Ok(File(FileKind::Cached(file)))
    }

    fn cached_file(&self, path: &Path) -> CachedFile {
        CachedFile::new(Arc::clone(&self.backend), path.to_owned(), &self.files)
    }

    /// Opens or creates a file.
    ///
    /// # Errors
    /// As `open(2)`: `NotFound`, `AlreadyExists` (for [`OpenMode::CreateNew`]), and the rest.
    pub fn open(&self, path: &Path, mode: OpenMode) -> io::Result<File> {
        open(&*self.backend, path, mode).map(|file| File(FileKind::Open(file)))
    }

    /// Creates a directory and its parents. It is no error if it exists.
    ///
    /// The new names are durable only after [`Disk::sync_dir`] on the parents.
    ///
    /// # Errors
    /// As `mkdir(2)`.
    pub fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.backend
            .create_dir_all(path)
            .map_err(|error| with_context(error, "make directory", path))
    }

    /// The entries of a directory, sorted by name.
    ///
    /// # Errors
    /// `NotFound`, `NotADirectory`, and as `readdir(3)`.
    pub fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let mut entries = self
            .backend
            .read_dir(path)
            .map_err(|error| with_context(error, "list directory", path))?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Renames a file or directory. An existing file at `to` is replaced atomically.
    ///
    /// # Errors
    /// As `rename(2)`.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.backend
            .rename(from, to)
            .map_err(|error| with_context(error, "rename", from))
    }

    /// Renames a file atomically, unless `to` exists.
    ///
    /// # Errors
    /// `AlreadyExists`, and as `rename(2)`.
    pub fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.backend
            .rename_new(from, to)
            .map_err(|error| with_context(error, "rename", from))
    }

    /// Removes a file.
    ///
    /// # Errors
    /// As `unlink(2)`.
    pub fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.backend
            .remove_file(path)
            .map_err(|error| with_context(error, "remove", path))
    }

    /// Removes a directory and all below it.
    ///
    /// # Errors
    /// As `unlink(2)` and `rmdir(2)`. After an error, a part may be removed.
    pub fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.backend
            .remove_dir_all(path)
            .map_err(|error| with_context(error, "remove directory", path))
    }

    /// Makes the names in a directory (created, renamed, removed) durable.
    ///
    /// # Errors
    /// As `fsync(2)`.
    pub fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.backend
            .sync_dir(path)
            .map_err(|error| with_context(error, "sync directory", path))
    }

    /// Makes all files and names of the file system that contains `path` durable. Blocks.
    ///
    /// # Errors
    /// As `syncfs(2)`. Afterwards, bytes written since the last sync may be lost.
    pub fn sync_file_system(&self, path: &Path) -> io::Result<()> {
        let synced = self.files.sync_file_system(None);
        synced
            .unwrap_or_else(|| self.backend.open_directory(path)?.sync_file_system())
            .map_err(|error| with_context(error, "sync the file system of", path))
    }

    /// Whether there is a file or directory at `path`.
    ///
    /// # Errors
    /// As `stat(2)`, except that nothing is there.
    pub fn try_exists(&self, path: &Path) -> io::Result<bool> {
        match self.metadata(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether there is a file or directory at `path`, as far as the disk says it. An error counts as
    /// no, so only for what does no harm then; otherwise use [`Disk::try_exists`].
    pub fn exists(&self, path: &Path) -> bool {
        self.try_exists(path).unwrap_or(false)
    }

    /// Length, kind and time of a file or directory.
    ///
    /// # Errors
    /// `NotFound`, and as `stat(2)`.
    pub fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.backend
            .metadata(path)
            .map_err(|error| with_context(error, "read metadata of", path))
    }

    /// Takes an exclusive lock on a file, which is made if missing. It is held until the
    /// returned value is dropped or the process ends.
    ///
    /// # Errors
    /// `WouldBlock` if it is held already; and as [`Disk::open`].
    pub fn lock(&self, path: &Path) -> io::Result<FileLock> {
        let lock = self.backend.lock(path);
        lock.map(|lock| FileLock {
            path: path.to_owned(),
            _lock: lock,
        })
        .map_err(|error| with_context(error, "lock", path))
    }

    /// Bytes that may still be written to the file system that holds `path`.
    ///
    /// # Errors
    /// As `statvfs(3)`.
    pub fn free_space(&self, path: &Path) -> io::Result<u64> {
        self.backend
            .free_space(path)
            .map_err(|error| with_context(error, "read free space of", path))
    }

    /// The whole content of a file.
    ///
    /// # Errors
    /// As [`Disk::open`] and [`File::read_exact_at`].
    pub fn read(&self, path: &Path) -> io::Result<Bytes> {
        let file = self.open(path, OpenMode::Read)?;
        let len = file
            .len()
            .map_err(|error| with_context(error, "read", path))?;
        let mut content = vec![0; len as usize];
        let mut filled = 0;
        while filled < content.len() {
            match file.read_at(filled as u64, &mut content[filled..]) {
                // The file has become shorter meanwhile.
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) => return Err(with_context(error, "read", path)),
            }
        }
        content.truncate(filled);
        Ok(Bytes::from(content))
    }

    /// Replaces the content of a file in one step, crash or not: a `.tmp` file beside it
    /// is written, synced and renamed, and the directory synced. One writer at a time.
    ///
    /// # Errors
    /// As the steps. The old content is then unchanged.
    pub fn write_atomic(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let temporary = temporary(path);
        self.write_synced(&temporary, content)?;
        self.rename(&temporary, path)?;
        self.sync_parent(path)
    }

    /// Replaces the content of a file in one step. A crash of the process leaves the old or the new
    /// content; a power cut may tear it until the file system is synced. One writer at a time.
    ///
    /// # Errors
    /// As the steps. The old content is then unchanged.
    pub fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let temporary = temporary(path);
        self.open(&temporary, OpenMode::Truncate)?
            .write_all_at(0, content)
            .map_err(|error| with_context(error, "write", path))?;
        self.rename(&temporary, path)
    }

    /// Writes and syncs a file, but not its name.
    pub(crate) fn write_synced(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let file = self.open(path, OpenMode::Truncate)?;
        file.write_all_at(0, content)
            .and_then(|()| file.sync_all())
            .map_err(|error| with_context(error, "write", path))
    }

    pub(crate) fn sync_parent(&self, path: &Path) -> io::Result<()> {
        match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => self.sync_dir(parent),
            _ => self.sync_dir(Path::new(".")),
        }
    }
}

/// The file that is written first and then renamed.
fn temporary(path: &Path) -> PathBuf {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    PathBuf::from(temporary)
}

/// An open file, or one that is opened when it is used ([`Disk::cached`]). Clones share it; it is
/// closed when the last one is dropped.
#[derive(Clone, Debug)]
pub struct File(pub(crate) FileKind);

#[derive(Clone, Debug)]
pub(crate) enum FileKind {
    Open(Arc<dyn FileBackend>),
    Cached(Arc<CachedFile>),
}

impl File {
    /// The open file; it stays open as long as the returned value is held.
    pub(crate) fn opened(&self) -> io::Result<Arc<dyn FileBackend>> {
        match &self.0 {
            FileKind::Open(file) => Ok(Arc::clone(file)),
            FileKind::Cached(file) => file.opened(),
        }
    }

    /// Keeps a [`Disk::cached`] file open as long as another clone exists. To be called before its
    /// name is removed or given to another file.
    ///
    /// # Errors
    /// As [`Disk::open`].
    pub fn keep_open(&self) -> io::Result<()> {
        match &self.0 {
            FileKind::Open(_) => Ok(()),
            FileKind::Cached(file) => file.keep_open(),
        }
    }

    /// Tells whether others hold this file, without keeping it open.
    pub fn watch(&self) -> FileWatch {
        FileWatch::new(self)
    }

    /// Closes a [`Disk::cached`] file that will not be used soon. Does nothing if it has unsynced
    /// bytes.
    pub fn close_until_used(&self) {
        if let FileKind::Cached(file) = &self.0 {
            file.close_until_used();
        }
    }

    /// Reads at most `buffer.len()` bytes from `offset`; 0 at the end of the file.
    ///
    /// # Errors
    /// As `pread(2)`.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.0 {
            FileKind::Open(file) => file.read_at(offset, buffer),
            FileKind::Cached(file) => file.opened()?.read_at(offset, buffer),
        }
    }

    /// Whether these bytes are probably in memory, so that reading them does not wait for the device.
    /// Only some of them are looked up. `false` if it is not known.
    pub fn is_cached(&self, offset: u64, len: u64) -> bool {
        match &self.0 {
            FileKind::Open(file) => file.is_cached(offset, len),
            FileKind::Cached(file) => {
                let file = file.opened();
                file.is_ok_and(|file| file.is_cached(offset, len))
            }
        }
    }

    /// Fills `buffer` from `offset`.
    ///
    /// # Errors
    /// `UnexpectedEof` if the file ends before; and as `pread(2)`.
    pub fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(offset + filled as u64, &mut buffer[filled..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => filled += n,
            }
        }
        Ok(())
    }

    /// Writes all of `data` at `offset`; a gap before it reads as zeros.
    ///
    /// # Errors
    /// As `pwrite(2)`; a part may have been written.
    pub fn write_all_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match &self.0 {
            FileKind::Open(file) => file.write_all_at(offset, data),
            FileKind::Cached(file) => file.change(|file| file.write_all_at(offset, data)),
        }
    }

    /// Length in bytes.
    ///
    /// # Errors
    /// As `fstat(2)`.
    pub fn len(&self) -> io::Result<u64> {
        match &self.0 {
            FileKind::Open(file) => file.len(),
            FileKind::Cached(file) => file.opened()?.len(),
        }
    }

    /// Whether the file has no content.
    ///
    /// # Errors
    /// As [`File::len`].
    pub fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts the file, or extends it by zeros.
    ///
    /// # Errors
    /// As `ftruncate(2)`.
    pub fn set_len(&self, len: u64) -> io::Result<()> {
        match &self.0 {
            FileKind::Open(file) => file.set_len(len),
            FileKind::Cached(file) => file.change(|file| file.set_len(len)),
        }
    }

    /// Makes the content durable, and the metadata needed to read it. Blocks.
    ///
    /// # Errors
    /// As `fdatasync(2)`. Afterwards, bytes written since the last sync may be lost.
    pub fn sync_data(&self) -> io::Result<()> {
        match &self.0 {
            FileKind::Open(file) => file.sync_data(),
            FileKind::Cached(file) => file.sync(),
        }
    }

    /// As [`File::sync_data`], with all metadata of the file.
    ///
    /// # Errors
    /// As `fsync(2)`. Afterwards, bytes written since the last sync may be lost.
    pub fn sync_all(&self) -> io::Result<()> {
        match &self.0 {
            FileKind::Open(file) => file.sync_all(),
            FileKind::Cached(file) => file.sync(),
        }
    }
}

/// An exclusive lock on a file, held until dropped.
#[derive(Debug)]
pub struct FileLock {
    path: PathBuf,
    _lock: Box<dyn LockBackend>,
}

impl FileLock {
    /// The locked file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
