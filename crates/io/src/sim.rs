//! The simulated world: one thread, one seed, virtual time.
//!
//! A [`Sim`] hands out an [`Io`] whose tasks all run inside [`Sim::block_on`], one at a time, in
//! an order drawn from the seed. Time passes only here: a little with every turn of a task, and
//! in one jump to the next timer when nothing can run. The disk keeps what was synced apart
//! from what was only written, and [`Sim::crash`] decides by the seed what of the latter
//! survives. Connections delay, split and, on demand, lose what they carry.
//!
//! What holds: the same seed and the same code give the same run, which [`Sim::trace`] lets a
//! test compare. That needs futures that keep away from other clocks, threads, random numbers
//! and maps with random order.
//!
//! What it does not simulate: real parallelism (a data race cannot show), memory, and, for now,
//! more than one machine.

mod disk;
mod faults;
mod generator;
mod net;
mod pools;
mod scheduler;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

pub use faults::{BitFlip, Faults};

pub(crate) use disk::{SimDirectory, SimDisk, SimFile, SimLock};
pub(crate) use generator::Generator;
pub(crate) use net::{Link, SimListener};
pub(crate) use scheduler::SimSleep;

use crate::clock::ClockKind;
use crate::rng::RngKind;
use crate::task::TasksKind;
use crate::{Clock, Disk, Io, Net, Objects, Rng, Tasks};

/// Where virtual wall-clock time begins: 2024-01-01 00:00 UTC.
const WALL_START_MS: i64 = 1_704_067_200_000;

/// How many executors the simulated machine says it has.
pub(crate) const EXECUTORS: usize = 2;

/// A simulated machine.
#[derive(Debug)]
pub struct Sim {
    core: Arc<SimCore>,
    io: Io,
    faults: Faults,
}

/// What all simulated handles share. No two of its locks are ever held at once.
#[derive(Debug)]
pub(crate) struct SimCore {
    seed: u64,
    scheduler: Mutex<scheduler::Scheduler>,
    random: Mutex<Generator>,
    disk: Mutex<disk::DiskState>,
    net: Mutex<net::NetState>,
    plan: Mutex<faults::Plan>,
    pools: pools::Pools,
    trace: Mutex<u64>,
}

impl Sim {
    /// A machine with an empty disk, all of whose chances come from `seed`.
    pub fn new(seed: u64) -> Sim {
        // Each part draws from a stream of its own: one that draws more does not shift the rest.
        let mut streams = Generator::new(seed);
        let core = Arc::new(SimCore {
            seed,
            scheduler: Mutex::new(scheduler::Scheduler::new(streams.fork())),
            random: Mutex::new(streams.fork()),
            disk: Mutex::new(disk::DiskState::new(streams.fork())),
            net: Mutex::new(net::NetState::new(streams.fork())),
            plan: Mutex::new(faults::Plan::new()),
            pools: pools::Pools::new(),
            trace: Mutex::new(0),
        });
        let rng = Rng(RngKind::Sim(Arc::clone(&core)));
        let disk = Disk::simulated(SimDisk(Arc::clone(&core)));
        let io = Io {
            clock: Clock(ClockKind::Sim(Arc::clone(&core))),
            tasks: Tasks(TasksKind::Sim(Arc::clone(&core))),
            net: Net::simulated(Arc::clone(&core)),
            objects: Objects::local(disk.clone(), rng.clone()),
            disk,
            rng,
        };
        Sim {
            faults: Faults(Arc::clone(&core)),
            core,
            io,
        }
    }

    /// The machine, as the code under test sees it. It goes on working after a crash.
    pub fn io(&self) -> Io {
        self.io.clone()
    }

    /// Runs `future`, and with it every task, until it is done. Tasks that are not done stay,
    /// and go on with the next call.
    ///
    /// # Panics
    /// If nothing can ever run again, if a critical task panicked, or as `future` does.
    pub fn block_on<F: Future>(&mut self, future: F) -> F::Output {
        scheduler::block_on(&self.core, future)
    }

    /// Power cut and restart: every task and connection is gone, and of what was written to
    /// disk but not synced the seed says what is left: all, nothing, or any sectors of it.
    pub fn crash(&mut self) {
        self.core.note(u64::MAX);
        // First, so that nothing a dying task does on its way out reaches the disk.
        self.core.disk.lock().cut_power();
        self.stop_tasks();
        self.core.disk.lock().restart();
    }

    /// Sudden death of the process only (`kill -9`): tasks and connections are gone, but what
    /// was written is still in the page cache.
    pub fn kill(&mut self) {
        self.core.note(u64::MAX - 1);
        self.core.disk.lock().close_all();
        self.stop_tasks();
    }

    fn stop_tasks(&mut self) {
        // A task may hold the last handle of another: dropped here, outside all locks.
        let stopped = self.core.scheduler.lock().take_all();
        drop(stopped);
        self.core.drop_network();
        self.io.net.forget_pipes();
    }

    /// What can go wrong, to be made so.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// A hash of everything that has happened so far: equal for equal runs.
    pub fn trace(&self) -> u64 {
        *self.core.trace.lock()
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.core.seed
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the simulation failed with seed {}", self.core.seed);
        }
        // Tasks hold the core, and the core holds tasks.
        let stopped = self.core.scheduler.lock().take_all();
        drop(stopped);
    }
}

impl SimCore {
    /// Virtual monotonic time.
    pub(crate) fn now(&self) -> Duration {
        self.scheduler.lock().now()
    }

    /// Virtual wall-clock time.
    pub(crate) fn now_ms(&self) -> i64 {
        WALL_START_MS + self.now().as_millis() as i64 + self.plan.lock().clock_jump_ms()
    }

    pub(crate) fn random(&self) -> u64 {
        self.random.lock().u64()
    }

    /// Adds an event to the trace.
    fn note(&self, event: u64) {
        let mut trace = self.trace.lock();
        *trace = generator::mix(*trace ^ event);
    }
}
