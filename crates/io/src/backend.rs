//! Backend traits: the operations that both the real and the simulated side implement.
//!
//! [`crate::Clock`], [`crate::Rng`], [`crate::Tasks`], [`crate::Disk`], [`crate::File`] and
//! [`crate::Net`] contain one of these. `real` and `sim` implement them and do not use each other.
//! Code that both share (open-file cache, in-process pipes, panics of tasks) is in the handles.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::io::Result;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use futures::future::BoxFuture;

use crate::clock::Sleep;
use crate::net::{Address, Chunk, Connection, SocketBuffers};
use crate::process::Signal;
use crate::task::{BoxedTask, BoxedWork, Place, Pool};
use crate::{DirEntry, Metadata, OpenMode};

pub(crate) trait ClockBackend: Debug + Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
    /// Monotonic time since some moment.
    fn elapsed(&self) -> Duration;
    fn sleep_until(&self, deadline: Duration) -> Sleep;
}

pub(crate) trait RandomBackend: Debug + Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

pub(crate) trait TasksBackend: Debug + Send + Sync {
    fn spawn(&self, name: &'static str, place: Place, body: BoxedTask);
    /// Runs `work` on a thread of `pool`, in order of arrival. Drops it without running it if the
    /// process ends first.
    fn run_blocking(&self, pool: Pool, work: BoxedWork);
    /// Runs `work` in the calling task. Under simulation, returns a future that completes after the
    /// time for which `work` would have blocked the thread; `None` if it has really blocked it.
    fn run_in_place(&self, work: &mut dyn FnMut()) -> Option<BoxFuture<'static, ()>>;
    /// Handles the panic of a critical task: aborts the process, or fails the simulation.
    fn fail(&self, name: &'static str, message: &str);
    fn lower_priority(&self);
    /// The calling thread takes or releases a lock that requests wait for.
    fn holds_lock(&self, holds: bool);
    fn executors(&self) -> usize;
    fn current_executor(&self) -> Option<usize>;
    fn shutdown_signal(&self) -> BoxFuture<'static, Signal>;
    fn descriptor_limit(&self) -> u64;
}

pub(crate) trait DiskBackend: Debug + Send + Sync {
    fn open(&self, path: &Path, mode: OpenMode) -> Result<Arc<dyn FileBackend>>;
    fn open_directory(&self, path: &Path) -> Result<Box<dyn DirectoryBackend>>;
    fn create_dir_all(&self, path: &Path) -> Result<()>;
    /// Lists a directory, in any order.
    fn read_dir(&self, path: &Path) -> Result<Vec<DirEntry>>;
    fn rename(&self, from: &Path, to: &Path) -> Result<()>;
    fn rename_new(&self, from: &Path, to: &Path) -> Result<()>;
    fn remove_file(&self, path: &Path) -> Result<()>;
    fn remove_dir_all(&self, path: &Path) -> Result<()>;
    fn sync_dir(&self, path: &Path) -> Result<()>;
    fn metadata(&self, path: &Path) -> Result<Metadata>;
    /// The lock is held until the returned value is dropped.
    fn lock(&self, path: &Path) -> Result<Box<dyn LockBackend>>;
    fn free_space(&self, path: &Path) -> Result<u64>;
}

pub(crate) trait FileBackend: Debug + Send + Sync {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize>;
    fn write_all_at(&self, offset: u64, data: &[u8]) -> Result<()>;
    fn len(&self) -> Result<u64>;
    fn set_len(&self, len: u64) -> Result<()>;
    fn sync_data(&self) -> Result<()>;
    fn sync_all(&self) -> Result<()>;
    /// Whether a read of these bytes would not wait for the device, as far as that is known.
    fn is_cached(&self, offset: u64, len: u64) -> bool;
    /// The descriptor of the operating system, if there is one.
    fn descriptor(&self) -> Option<BorrowedFd<'_>>;
}

/// A directory that is held open.
pub(crate) trait DirectoryBackend: Debug + Send + Sync {
    fn sync_file_system(&self) -> Result<()>;
}

/// A lock on a file, released when dropped.
pub(crate) trait LockBackend: Debug + Send + Sync {}

pub(crate) trait NetBackend: Debug + Send + Sync {
    fn listen<'a>(
        &'a self,
        address: &'a str,
        buffers: SocketBuffers,
    ) -> BoxFuture<'a, Result<Box<dyn ListenerBackend>>>;
    fn connect<'a>(&'a self, address: &'a str) -> BoxFuture<'a, Result<Connection>>;
}

pub(crate) trait ListenerBackend: Debug + Send {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<(Connection, Address)>>;
    fn local_addr(&self) -> Address;
}

/// The simulated network at one side of a pipe: it delays, limits and cuts.
pub(crate) trait Link: Debug + Send + Sync {
    fn now(&self) -> Duration;
    fn sleep_until(&self, deadline: Duration) -> Sleep;
    /// The arrival time of bytes that are sent now.
    fn send(&self) -> Result<Duration>;
    /// Whether no bytes arrive at the moment. Both directions are woken when that changes.
    fn is_cut(&self) -> bool;
    /// The largest number of bytes that one read returns, out of `available`.
    fn read_limit(&self, available: usize) -> usize;
    /// The earliest time of the next read, after a read of `bytes`.
    fn next_read(&self, bytes: usize) -> Duration;
}

/// A connection that no executor watches yet.
pub(crate) trait ConnectionBackend: Debug + Send {
    /// The two directions, bound to the current executor.
    fn split(self: Box<Self>) -> Result<(Box<dyn ReadBackend>, Box<dyn WriteBackend>)>;
}

pub(crate) trait ReadBackend: Debug + Send {
    /// Appends at least one byte to `buffer`, and at most its spare capacity; 0 at the end.
    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<Result<usize>>;
}

pub(crate) trait WriteBackend: Debug + Send {
    /// Sends at least one byte from the front of `chunks`, which are not all empty, and removes the
    /// sent bytes.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        chunks: &mut VecDeque<Chunk>,
    ) -> Poll<Result<()>>;
    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>>;
}
