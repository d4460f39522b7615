//! The real world: the operating system.

mod clock;
mod disk;
mod executor;
mod limits;
mod tcp;

use std::sync::Arc;

pub use executor::Executors;
pub use limits::raise_descriptor_limit;

use crate::backend::RandomBackend;
use crate::{Clock, Disk, Io, Net, Objects, Rng, Tasks};

impl Io {
    /// The real world, with `executors` threads (at least one) to run tasks on.
    ///
    /// The executors run until the returned [`Executors`] are dropped.
    ///
    /// # Panics
    /// If the operating system refuses threads or an event queue.
    pub fn real(executors: usize) -> (Io, Executors) {
        let executors = Executors::start(executors.max(1));
        let core = executors.core();
        let rng = Rng(Arc::new(RealRandom));
        let disk = Disk::new(Arc::new(disk::RealDisk));
        let io = Io {
            clock: Clock(Arc::new(clock::RealClock::new(Arc::clone(&core)))),
            net: Net::new(Arc::new(tcp::RealNet)),
            tasks: Tasks(core),
            objects: Objects::local(disk.clone(), rng.clone()),
            rng,
            disk,
        };
        (io, executors)
    }
}

/// The random numbers of the operating system.
#[derive(Debug)]
struct RealRandom;

impl RandomBackend for RealRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random numbers");
    }
}
