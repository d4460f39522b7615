//! The real executors: N OS threads, each running a single-threaded scheduler of its own.
//!
//! A task stays on the thread it was started on, so the data it touches stays in one core's
//! cache and no lock is contended on the common path.

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::limits;
use crate::backend::TasksBackend;
use crate::process::Signal;
use crate::task::{BoxedTask, BoxedWork, Place, Pool};

/// How much a thread of low priority adds to its niceness; at most 19.
const NICENESS: i32 = 10;

/// The stack of an executor and of a task's own thread. An expression is computed recursively; a page of the stack takes
/// memory when it is used.
const STACK_BYTES: usize = 32 << 20;

/// Threads per executor for name look-ups.
const LOOKUP_THREADS: usize = 2;

/// How long the end of the process waits for blocking work that is in progress.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(100);

thread_local! {
    static EXECUTOR: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The threads behind a real [`Io`]. Dropping them drops every task.
#[derive(Debug)]
pub struct Executors {
    core: Arc<RealCore>,
    threads: Vec<(oneshot::Sender<()>, JoinHandle<()>)>,
    /// The runtimes behind [`RealCore::pools`]: only their blocking threads are used.
    pools: Vec<Runtime>,
}

impl Executors {
    pub(super) fn start(count: usize) -> Executors {
        let mut handles = Vec::with_capacity(count);
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let runtime = runtime(LOOKUP_THREADS, "lookup");
            handles.push(runtime.handle().clone());
            let (stop, stopped) = oneshot::channel::<()>();
            let thread = std::thread::Builder::new()
                .name(format!("executor-{number}"))
                .stack_size(STACK_BYTES)
                .spawn(move || {
                    EXECUTOR.set(Some(number));
                    // Ends when the owner sends or is dropped.
                    let _ = runtime.block_on(stopped);
                    // Tasks are dropped here; a name look-up that hangs is not waited for.
                    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
                })
                .expect("the operating system gives a thread");
            threads.push((stop, thread));
        }
        let pools: Vec<Runtime> = Pool::ALL
            .iter()
            .map(|pool| runtime(pool.threads(), pool.name()))
            .collect();
        let core = RealCore {
            handles,
            pools: pools.iter().map(|pool| pool.handle().clone()).collect(),
        };
        Executors {
            core: Arc::new(core),
            threads,
            pools,
        }
    }

    pub(super) fn core(&self) -> Arc<RealCore> {
        Arc::clone(&self.core)
    }

    /// Runs `future` on the calling thread until it is done, with the first executor as the
    /// current one.
    ///
    /// # Panics
    /// If called from a task.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.core.handles[0].block_on(future)
    }

    /// Drops all tasks and waits for the threads to end.
    pub fn shutdown(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        let mut stopping = Vec::new();
        for (stop, thread) in self.threads.drain(..) {
            // A thread that has ended receives nothing.
            let _ = stop.send(());
            stopping.push(thread);
        }
        for thread in stopping {
            // The last owner may be a task: a thread cannot wait for itself.
            if thread.thread().id() != std::thread::current().id() {
                // The thread has reported its panic itself.
                let _ = thread.join();
            }
        }
        let is_in_task = Handle::try_current().is_ok();
        for pool in self.pools.drain(..) {
            match is_in_task {
                true => pool.shutdown_background(),
                false => pool.shutdown_timeout(SHUTDOWN_TIMEOUT),
            }
        }
    }
}

impl Drop for Executors {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A single-threaded scheduler, and up to `threads` threads that may block.
fn runtime(threads: usize, name: &str) -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(threads)
        .thread_name(name)
        .build()
        .expect("the operating system gives an event queue")
}

/// Handles to the threads of the executors and pools.
#[derive(Debug)]
pub(super) struct RealCore {
    handles: Vec<Handle>,
    /// By [`Pool`], in the order of [`Pool::ALL`].
    pools: Vec<Handle>,
}

impl RealCore {
    /// A timer registers with the current runtime; outside of any, with the first executor.
    pub(super) fn enter_if_outside(&self) -> Option<EnterGuard<'_>> {
        match Handle::try_current() {
            Ok(_) => None,
            Err(_) => Some(self.handles[0].enter()),
        }
    }
}

impl TasksBackend for RealCore {
    fn spawn(&self, name: &'static str, place: Place, body: BoxedTask) {
        match place {
            Place::Here => {
                let current = Handle::try_current();
                let executor = current.as_ref().unwrap_or(&self.handles[0]);
                drop(executor.spawn(body));
            }
            Place::Executor(executor) => {
                drop(self.handles[executor % self.handles.len()].spawn(body));
            }
            Place::OwnThread => {
                std::thread::Builder::new()
                    .name(name.to_owned())
                    .stack_size(STACK_BYTES)
                    .spawn(move || runtime(LOOKUP_THREADS, "lookup").block_on(body))
                    .expect("the operating system gives a thread");
            }
        }
    }

    fn run_blocking(&self, pool: Pool, work: BoxedWork) {
        let executor = self.handles[0].clone();
        let running = self.pools[pool as usize].spawn_blocking(move || {
            // Tasks that the work spawns run on an executor: nothing drives the pool's runtime.
            let _entered = executor.enter();
            work()();
        });
        drop(running);
    }

    fn run_in_place(&self, work: &mut dyn FnMut()) -> Option<BoxFuture<'static, ()>> {
        work();
        None
    }

    fn fail(&self, name: &'static str, message: &str) {
        eprintln!(
            "task \"{name}\" holds state that cannot be trusted after a panic ({message}); aborting"
        );
        std::process::abort();
    }

    fn holds_lock(&self, _: bool) {}

    fn lower_priority(&self) {
        // On Linux this changes the calling thread alone. If it is refused, the priority stays.
        let _ = rustix::process::nice(NICENESS);
    }

    fn executors(&self) -> usize {
        self.handles.len()
    }

    fn current_executor(&self) -> Option<usize> {
        EXECUTOR.get()
    }

    fn shutdown_signal(&self) -> BoxFuture<'static, Signal> {
        let mut interrupt = signal(SignalKind::interrupt()).expect("SIGINT can be listened for");
        let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be listened for");
        Box::pin(async move {
            tokio::select! {
                biased;
                _ = terminate.recv() => Signal::Terminate,
                _ = interrupt.recv() => Signal::Interrupt,
            }
        })
    }

    fn descriptor_limit(&self) -> u64 {
        limits::descriptor_limit()
    }
}
