//! The simulated world: machines in one thread, one seed, virtual time.
//!
//! A [`Sim`] hands out an [`Io`] per machine. All their tasks run inside [`Sim::block_on`], one at
//! a time, in an order drawn from the seed. Time passes only here: a little with every step of a
//! task, the configured time with every disk call, and in one jump to the next timer when nothing
//! can run. Each machine has its own disk, wall clock and power. A power cut keeps all synced bytes;
//! the seed decides which of the other written bytes it keeps. Connections between machines delay,
//! split, stall and break.
//!
//! Invariant: the same seed and the same code give the same run. [`Sim::trace`] lets a test compare
//! two runs. That requires futures that use no other clocks, threads, random numbers, and no maps
//! with random order.
//!
//! Does not simulate threads that run in parallel (a data race cannot appear), or memory.

mod disk;
mod faults;
mod generator;
mod machine;
mod net;
mod scheduler;
mod trace;
mod work;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

pub use faults::{BitFlip, DiskCall, DiskError, DiskFault, DiskTimes, Faults};

use generator::Generator;
use machine::Machine;

use crate::{Clock, Disk, Io, Net, Objects, Rng, Tasks};

/// The name of the machine of [`Sim::io`].
const MAIN: &str = "main";

/// A simulated world, with at least one machine.
#[derive(Debug)]
pub struct Sim {
    world: Arc<World>,
    main: Faults,
    machines: Mutex<BTreeMap<String, Host>>,
}

/// A machine and its handles.
#[derive(Clone, Debug)]
struct Host {
    io: Io,
    faults: Faults,
}

/// The part of the world that all machines share. At most one of its locks is held at a time.
#[derive(Debug)]
struct World {
    seed: u64,
    scheduler: Mutex<scheduler::Scheduler>,
    net: Mutex<net::NetState>,
    trace: Mutex<trace::Trace>,
    /// The caller whose disk calls are in progress.
    caller: Mutex<work::Caller>,
}

impl Sim {
    /// A world with one machine, whose disk is empty. All random choices come from `seed`.
    pub fn new(seed: u64) -> Sim {
        // Each part draws from a stream of its own: one that draws more does not shift the rest.
        let mut streams = Generator::new(seed);
        let world = Arc::new(World {
            seed,
            scheduler: Mutex::new(scheduler::Scheduler::new(streams.fork())),
            net: Mutex::new(net::NetState::new(streams.fork())),
            trace: Mutex::default(),
            caller: Mutex::default(),
        });
        let main = host(&world, MAIN);
        Sim {
            world,
            main: main.faults.clone(),
            machines: Mutex::new(BTreeMap::from([(MAIN.to_owned(), main)])),
        }
    }

    /// The main machine, as the code under test sees it. It can still be used after a crash.
    pub fn io(&self) -> Io {
        self.machine(MAIN)
    }

    /// The machine with this name, created if there is none. Its name is its host name in addresses;
    /// `localhost` is the machine that uses the address. The name of the main machine is `main`.
    pub fn machine(&self, name: &str) -> Io {
        self.host(name).io
    }

    /// The faults of the main machine.
    pub fn faults(&self) -> &Faults {
        &self.main
    }

    /// The faults of the machine with this name, created if there is none.
    pub fn faults_of(&self, name: &str) -> Faults {
        self.host(name).faults
    }

    fn host(&self, name: &str) -> Host {
        let mut machines = self.machines.lock();
        let host = machines
            .entry(name.to_owned())
            .or_insert_with(|| host(&self.world, name));
        host.clone()
    }

    /// Runs `future`, and with it every task of every machine, until `future` is done. Tasks that
    /// are not done continue in the next call. `future` belongs to no machine: no fault stops it.
    ///
    /// # Panics
    /// If nothing can ever run again, if a critical task panicked, or as `future` does.
    pub fn block_on<F: Future>(&mut self, future: F) -> F::Output {
        let machines = &self.machines;
        let end_processes = || {
            let hosts: Vec<Host> = machines.lock().values().cloned().collect();
            hosts.iter().for_each(Host::end_process);
        };
        scheduler::block_on(&self.world, future, end_processes)
    }

    /// Cuts the power of the main machine and restarts it. Its tasks and connections end. The seed
    /// decides which of the unsynced bytes are kept: all, none, or any sectors.
    pub fn crash(&mut self) {
        self.crash_machine(MAIN);
    }

    /// Cuts the power of a machine and restarts it: see [`Sim::crash`].
    pub fn crash_machine(&mut self, name: &str) {
        let host = self.host(name);
        host.faults.cut_power();
        host.end_process();
        host.faults.restart();
    }

    /// Kills the process of the main machine (`kill -9`). Its tasks and connections end; written bytes
    /// stay in the page cache.
    pub fn kill(&mut self) {
        self.kill_machine(MAIN);
    }

    /// Kills the process of a machine: see [`Sim::kill`].
    pub fn kill_machine(&mut self, name: &str) {
        let host = self.host(name);
        host.faults.kill();
        host.end_process();
    }

    /// A hash of everything that has happened so far: equal for equal runs.
    pub fn trace(&self) -> u64 {
        self.world.trace.lock().hash()
    }

    /// The last steps, disk calls and network calls, oldest first, a line each.
    pub fn last_events(&self) -> Vec<String> {
        self.world.trace.lock().lines()
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.world.seed
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the simulation failed with seed {}", self.world.seed);
            if std::env::var_os("VLTAVA_TRACE").is_some() {
                for line in self.last_events() {
                    eprintln!("{line}");
                }
            }
        }
        // Tasks hold the world, and the world holds tasks.
        let tasks = self.world.scheduler.lock().take_all();
        drop(tasks);
    }
}

fn host(world: &Arc<World>, name: &str) -> Host {
    let machine = Machine::new(world, name);
    let rng = Rng(Arc::new(machine::SimRandom(Arc::clone(&machine))));
    let disk = Disk::new(Arc::new(disk::SimDisk(Arc::clone(&machine))));
    let io = Io {
        clock: Clock(Arc::new(machine::SimClock(Arc::clone(&machine)))),
        tasks: Tasks(Arc::new(work::SimTasks(Arc::clone(&machine)))),
        net: Net::new(Arc::new(net::SimNet(Arc::clone(&machine)))),
        objects: Objects::local(disk.clone(), rng.clone()),
        disk,
        rng,
    };
    Host {
        faults: Faults(machine),
        io,
    }
}

impl Host {
    /// Drops the tasks of a process that has ended, if it has, and its connections.
    fn end_process(&self) {
        let machine = &self.faults.0;
        let Some(tasks) = machine.take_ended() else {
            return;
        };
        // Dropped here, outside of all locks: a task may hold the last handle of another.
        drop(tasks);
        machine.drop_network();
        self.io.net.forget_pipes();
    }
}

impl World {
    /// Virtual monotonic time.
    fn now(&self) -> Duration {
        self.scheduler.lock().now()
    }

    /// Adds an event to the trace.
    fn note(&self, what: &'static str, subject: u64, amount: u64) {
        let now = self.now();
        self.trace.lock().note(now, what, subject, amount);
    }
}
