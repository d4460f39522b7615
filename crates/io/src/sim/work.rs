//! Tasks and blocking work of a simulated machine, and the time that disk calls take.
//!
//! Everything runs on one thread, so a disk call returns at once. Its simulated time is added up for
//! the caller. A task on an executor delays the whole machine by that time, and so does a thread that
//! holds a lock for which executors wait. A task on its own thread runs its next step after that
//! time. The result of blocking work is delivered after that time.
//!
//! A sync in [`Pool::Sync`] or [`crate::Tasks::blocking_in_place`] is deferred: it covers the bytes
//! written before the call, and makes them durable when its time has passed. It does not cover bytes
//! that other tasks write meanwhile, and a power cut meanwhile may lose all covered bytes. Any other
//! sync makes the bytes durable at once. A deferred sync becomes durable early if its caller changes
//! the disk after it, because that code may rely on the sync. A sync of the whole file system is
//! durable at once, because other callers see that it has succeeded before its time has passed.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::{BoxFuture, poll_fn};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::World;
use super::disk::Covered;
use super::machine::Machine;
use super::scheduler::SimSleep;
use crate::Signal;
use crate::backend::TasksBackend;
use crate::task::{BoxedTask, BoxedWork, Place, Pool};

/// Number of executors that a simulated machine reports.
const EXECUTORS: usize = 2;

/// How long blocking work takes at most, without its disk calls.
const WORK_MICROS_MAX: u64 = 1000;

/// Who makes the disk calls at the moment.
#[derive(Debug, Default)]
pub(super) struct Caller {
    kind: CallerKind,
    /// It holds a lock that executors wait for.
    holds_lock: bool,
    /// How long its disk calls have taken.
    elapsed: Duration,
    /// Syncs, each with the time after the start at which it becomes durable.
    syncs: Vec<(Duration, Covered)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CallerKind {
    /// A task on an executor.
    #[default]
    Executor,
    /// A thread that may block.
    Blocking,
    /// A thread that may block, and does nothing after its syncs but return.
    Syncing,
}

impl World {
    /// Runs `work` as a caller of this kind. Returns how long it took, and which syncs are not durable
    /// yet.
    pub(super) fn run_as<T>(
        &self,
        kind: CallerKind,
        work: impl FnOnce() -> T,
    ) -> (T, Duration, Vec<(Duration, Covered)>) {
        let caller = Caller {
            kind,
            ..Caller::default()
        };
        let before = std::mem::replace(&mut *self.caller.lock(), caller);
        let output = work();
        let caller = std::mem::replace(&mut *self.caller.lock(), before);
        (output, caller.elapsed, caller.syncs)
    }

    /// Lets the time of a disk call pass.
    pub(super) fn spend(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        let stops_executors = {
            let mut caller = self.caller.lock();
            caller.elapsed += duration;
            caller.kind == CallerKind::Executor || caller.holds_lock
        };
        if stops_executors {
            self.scheduler.lock().advance(duration);
        }
    }

    /// Takes the deferred syncs, which become durable now: their caller changes the disk after them.
    pub(super) fn take_syncs(&self) -> Vec<(Duration, Covered)> {
        std::mem::take(&mut self.caller.lock().syncs)
    }

    /// Defers a sync: it becomes durable when its time has passed. Returns it if the caller's kind
    /// requires that it is durable at once.
    pub(super) fn defer_sync(&self, covered: Covered) -> Option<Covered> {
        let mut caller = self.caller.lock();
        if caller.kind != CallerKind::Syncing || caller.elapsed.is_zero() {
            return Some(covered);
        }
        let elapsed = caller.elapsed;
        caller.syncs.push((elapsed, covered));
        None
    }
}

impl Machine {
    /// Waits until work that began at `start` ends. Makes each of its syncs durable at its time.
    async fn finish(
        self: Arc<Self>,
        start: Duration,
        elapsed: Duration,
        syncs: Vec<(Duration, Covered)>,
    ) {
        for (after, covered) in syncs {
            SimSleep::new(&self.world, start + after).await;
            self.disk.lock().make_durable(&covered);
        }
        SimSleep::new(&self.world, start + elapsed).await;
    }
}

/// The free threads of each pool, in the order of [`Pool::ALL`].
#[derive(Debug)]
pub(super) struct Pools(Mutex<[Arc<Semaphore>; 3]>);

impl Pools {
    pub(super) fn new() -> Pools {
        Pools(Mutex::new(Pools::all_free()))
    }

    fn all_free() -> [Arc<Semaphore>; 3] {
        Pool::ALL.map(|pool| Arc::new(Semaphore::new(pool.threads())))
    }

    /// A new process has all its threads.
    pub(super) fn reset(&self) {
        *self.0.lock() = Pools::all_free();
    }

    fn threads(&self, pool: Pool) -> Arc<Semaphore> {
        Arc::clone(&self.0.lock()[pool as usize])
    }
}

#[derive(Debug)]
pub(super) struct SimTasks(pub(super) Arc<Machine>);

impl TasksBackend for SimTasks {
    fn spawn(&self, name: &'static str, place: Place, body: BoxedTask) {
        if self.0.is_off() {
            return;
        }
        let kind = match place {
            Place::OwnThread => CallerKind::Blocking,
            Place::Here | Place::Executor(_) => CallerKind::Executor,
        };
        self.0.world.spawn(name, Some(self.0.id), kind, body);
    }

    fn run_blocking(&self, pool: Pool, work: BoxedWork) {
        let machine = Arc::clone(&self.0);
        let threads = machine.pools.threads(pool);
        let kind = match pool {
            Pool::Sync => CallerKind::Syncing,
            Pool::Request | Pool::Background => CallerKind::Blocking,
        };
        let body = async move {
            let _thread = threads.acquire_owned().await;
            let duration = Duration::from_micros(machine.random.lock().below(WORK_MICROS_MAX));
            let world = Arc::clone(&machine.world);
            SimSleep::new(&world, world.now() + duration).await;
            let start = world.now();
            let (deliver, elapsed, syncs) = world.run_as(kind, work);
            machine.finish(start, elapsed, syncs).await;
            deliver();
        };
        self.spawn(pool.name(), Place::Here, Box::pin(body));
    }

    fn run_in_place(&self, work: &mut dyn FnMut()) -> Option<BoxFuture<'static, ()>> {
        let machine = Arc::clone(&self.0);
        let start = machine.world.now();
        let ((), elapsed, syncs) = machine.world.run_as(CallerKind::Syncing, work);
        match elapsed.is_zero() {
            true => None,
            false => Some(Box::pin(machine.finish(start, elapsed, syncs))),
        }
    }

    fn fail(&self, name: &'static str, message: &str) {
        // The task could not have run without power.
        if self.0.is_off() {
            return;
        }
        let failure = format!("critical task \"{name}\" panicked: {message}");
        self.0.world.scheduler.lock().fail(failure);
    }

    fn lower_priority(&self) {}

    fn holds_lock(&self, holds: bool) {
        self.0.world.caller.lock().holds_lock = holds;
    }

    fn executors(&self) -> usize {
        EXECUTORS
    }

    fn current_executor(&self) -> Option<usize> {
        Some(0)
    }

    fn shutdown_signal(&self) -> BoxFuture<'static, Signal> {
        let machine = Arc::clone(&self.0);
        Box::pin(poll_fn(move |cx| match machine.poll_signal(cx.waker()) {
            Some(signal) => Poll::Ready(signal),
            None => Poll::Pending,
        }))
    }

    fn descriptor_limit(&self) -> u64 {
        u64::MAX
    }
}
