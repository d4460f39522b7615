//! The real executors: N OS threads, each running a single-threaded scheduler of its own.
//!
//! A task stays on the thread it was started on, so the data it touches stays in one core's
//! cache and no lock is contended on the common path.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, EnterGuard, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::task::{BoxedTask, Pool, Tasks, TasksKind};
use crate::{Clock, Disk, Io, Net, Objects, Rng};

/// How much nicer a thread of low priority is, of 19.
const NICENESS: i32 = 10;

/// Threads per executor that ask the name service.
const LOOKUP_THREADS: usize = 2;

/// How long the end of the process waits for blocking work that is in progress.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(100);

thread_local! {
    static EXECUTOR: Cell<Option<usize>> = const { Cell::new(None) };
}

impl Io {
    /// The real world, with `executors` threads (at least one) to run tasks on.
    ///
    /// The executors run until the returned [`Executors`] are dropped.
    ///
    /// # Panics
    /// If the operating system refuses threads or an event queue.
    pub fn real(executors: usize) -> (Io, Executors) {
        let executors = Executors::start(executors.max(1));
        let core = Arc::clone(&executors.core);
        let clock = Clock::real(Arc::clone(&core));
        let rng = Rng::real();
        let disk = Disk::real();
        let io = Io {
            net: Net::real(),
            tasks: Tasks(TasksKind::Real(core)),
            objects: Objects::local(disk.clone(), rng.clone()),
            clock,
            rng,
            disk,
        };
        (io, executors)
    }

    /// Completes when the operating system asks the process to stop.
    ///
    /// After the first call, these signals no longer end the process by themselves.
    ///
    /// # Panics
    /// If signal handlers cannot be installed.
    pub async fn shutdown_signal(&self) -> Signal {
        match &self.tasks.0 {
            TasksKind::Real(_) => {
                let mut interrupt =
                    signal(SignalKind::interrupt()).expect("SIGINT can be listened for");
                let mut terminate =
                    signal(SignalKind::terminate()).expect("SIGTERM can be listened for");
                tokio::select! {
                    biased;
                    _ = terminate.recv() => Signal::Terminate,
                    _ = interrupt.recv() => Signal::Interrupt,
                }
            }
            TasksKind::Sim(core) => {
                poll_fn(|cx| match core.poll_signal(cx.waker()) {
                    Some(signal) => Poll::Ready(signal),
                    None => Poll::Pending,
                })
                .await
            }
        }
    }
}

/// A wish of the operating system or its user that the process stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Signal::Interrupt => "SIGINT",
            Signal::Terminate => "SIGTERM",
        })
    }
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
    fn start(count: usize) -> Executors {
        let mut handles = Vec::with_capacity(count);
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let runtime = runtime(LOOKUP_THREADS, "lookup");
            handles.push(runtime.handle().clone());
            let (stop, stopped) = oneshot::channel::<()>();
            let thread = std::thread::Builder::new()
                .name(format!("executor-{number}"))
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
                // A panic there was reported there.
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

/// The way to the executors' threads, shared by all real handles.
#[derive(Debug)]
pub(crate) struct RealCore {
    handles: Vec<Handle>,
    /// By [`Pool`], in the order of [`Pool::ALL`].
    pools: Vec<Handle>,
}

impl RealCore {
    pub(crate) fn executors(&self) -> usize {
        self.handles.len()
    }

    pub(crate) fn current_executor() -> Option<usize> {
        EXECUTOR.get()
    }

    pub(crate) fn spawn_here(&self, body: BoxedTask) {
        match Handle::try_current() {
            Ok(current) => drop(current.spawn(body)),
            Err(_) => drop(self.handles[0].spawn(body)),
        }
    }

    pub(crate) fn spawn_on(&self, executor: usize, body: BoxedTask) {
        drop(self.handles[executor % self.handles.len()].spawn(body));
    }

    pub(crate) fn spawn_thread(&self, name: &'static str, body: BoxedTask) {
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime(LOOKUP_THREADS, "lookup").block_on(body))
            .expect("the operating system gives a thread");
    }

    pub(crate) fn lower_priority(&self) {
        // On Linux this is about the calling thread alone. Refused, it is only less nice.
        let _ = rustix::process::nice(NICENESS);
    }

    pub(crate) async fn blocking<T, W>(&self, pool: Pool, work: W) -> T
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let executor = self.handles[0].clone();
        let work = move || {
            // Tasks that the work spawns run on an executor: nothing drives the pool's runtime.
            let _entered = executor.enter();
            work()
        };
        match self.pools[pool as usize].spawn_blocking(work).await {
            Ok(output) => output,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The pool is shutting down, and with it every task that could be waiting here.
            Err(_) => std::future::pending().await,
        }
    }

    /// A timer registers with the current runtime; outside of any, with the first executor.
    pub(crate) fn enter_if_outside(&self) -> Option<EnterGuard<'_>> {
        match Handle::try_current() {
            Ok(_) => None,
            Err(_) => Some(self.handles[0].enter()),
        }
    }
}
