//! The outside world: clock, randomness, tasks, disk, network and object stores.
//!
//! Everything in Vltava that is not a pure decision goes through an [`Io`]. There are two, behind
//! the same handles: the real one ([`Io::real`], in `real/`), on OS threads that each run a
//! single-threaded executor, and the simulated one ([`sim::Sim`], in `sim/`), where whole machines
//! run in one thread, and order, time and faults come from one seed. The traits in `backend` are
//! what both implement.
//!
//! Invariants: this is the only crate that calls the operating system. The same futures run in
//! both worlds; handles are cheap to clone, and `Send`. Channels and locks of `tokio::sync`,
//! `futures` and `parking_lot` need no runtime and may be used anywhere.
//!
//! It knows nothing of Kafka, maps no files into memory, and retries nothing, except that a cached
//! file is opened again after others were closed when no descriptor was free.

// This crate is the replacement that `clippy.toml` names for each banned call.
#![allow(clippy::disallowed_methods)]

mod backend;
mod clock;
mod disk;
mod net;
mod object;
mod process;
mod real;
mod rng;
#[cfg(feature = "sim")]
pub mod sim;
mod task;

pub use clock::{Clock, Sleep};
pub use disk::{
    AlignedBuffer, DirEntry, Disk, DiskErrorKind, File, FileLock, FileWatch, Metadata, OpenMode,
    WRITE_THROUGH_ALIGNMENT, is_device_failure,
};
pub use net::{Address, Chunk, Connection, Listener, Net, ReadHalf, SocketBuffers, WriteHalf};
pub use object::{ObjectMeta, Objects};
pub use process::{ShutdownSignal, Signal};
pub use real::{Executors, raise_descriptor_limit};
pub use rng::Rng;
pub use task::{Pool, Task, TaskError, Tasks};

/// All that a component may do outside of its own memory. All parts are handles: clone it freely.
#[derive(Clone, Debug)]
pub struct Io {
    /// Wall clock, monotonic clock, sleeping.
    pub clock: Clock,
    /// Random numbers.
    pub rng: Rng,
    /// Spawning and blocking work.
    pub tasks: Tasks,
    /// Files and directories.
    pub disk: Disk,
    /// Sockets and in-process pipes.
    pub net: Net,
    /// Object stores; for now, local directories.
    pub objects: Objects,
}
