//! The outside world: clock, randomness, tasks, disk, network and object stores.
//!
//! Everything in Vltava that is not a pure decision goes through an [`Io`]. It exists twice,
//! behind the same concrete handles: the real one ([`Io::real`]), on OS threads that each run a
//! current-thread executor, and the simulated one ([`sim::Sim`]), where a whole process runs in
//! one thread, in an order, at a time and with disk and network faults drawn from one seed.
//!
//! What holds: this is the only crate that calls the operating system. The same futures run on
//! both sides; handles are cheap to clone, and `Send`. Channels and locks of `tokio::sync`,
//! `futures` and `parking_lot` need no runtime and may be used anywhere.
//!
//! What it does not do: it knows nothing of Kafka, maps no files into memory, retries nothing.

// This crate is the replacement that `clippy.toml` names for each banned call.
#![allow(clippy::disallowed_methods)]

mod clock;
mod disk;
mod executor;
mod limits;
mod net;
mod object;
mod rng;
pub mod sim;
mod task;

pub use clock::{Clock, Sleep};
pub use disk::{
    AlignedBuffer, DirEntry, Disk, DiskErrorKind, File, FileLock, Metadata, OpenMode,
    WRITE_THROUGH_ALIGNMENT, is_device_failure,
};
pub use executor::{Executors, Signal};
pub use limits::raise_descriptor_limit;
pub use net::{Address, Chunk, Connection, Listener, Net, ReadHalf, SocketBuffers, WriteHalf};
pub use object::{ObjectMeta, Objects};
pub use rng::Rng;
pub use task::{Pool, Task, TaskError, Tasks};

/// Everything a component may do to the world. Clone it freely: all parts are handles.
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
