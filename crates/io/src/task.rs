//! Tasks: futures that run by themselves, and work that may block.
//!
//! A task that panics ends, and awaiting it returns the panic's message; a panic of a *critical*
//! task (one that holds partition or coordinator state) aborts the process, and the next start
//! recovers. Dropping a [`Task`] leaves it running.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::{AbortHandle, Abortable, Aborted};
use tokio::sync::oneshot;

use crate::backend::TasksBackend;

/// Starts tasks.
#[derive(Clone, Debug)]
pub struct Tasks(pub(crate) Arc<dyn TasksBackend>);

pub(crate) type BoxedTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Blocking work. It returns a function that delivers its result.
pub(crate) type BoxedWork = Box<dyn FnOnce() -> Box<dyn FnOnce() + Send> + Send>;

impl Tasks {
    /// Runs `future` on the current executor (the first one when called from outside any; the
    /// caller's own tokio runtime when called from one that is not ours).
    pub fn spawn<F>(&self, name: &'static str, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (body, task) = prepare(future, |_| ());
        self.0.spawn(name, Place::Here, body);
        task
    }

    /// Runs `future` on executor number `executor`, modulo their count.
    pub fn spawn_on<F>(&self, executor: usize, name: &'static str, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (body, task) = prepare(future, |_| ());
        self.0.spawn(name, Place::Executor(executor), body);
        task
    }

    /// As [`Tasks::spawn`], for code that holds state which others rely on: a panic in it
    /// aborts the process (under simulation: fails the run).
    pub fn spawn_critical<F>(&self, name: &'static str, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let tasks = self.clone();
        let (body, task) = prepare(future, move |message| tasks.0.fail(name, message));
        self.0.spawn(name, Place::Here, body);
        task
    }

    /// Runs `future` on an OS thread of its own, where it may block.
    ///
    /// What it spawns runs on that thread too, and only as long as `future` does.
    pub fn spawn_thread<F>(&self, name: &'static str, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (body, task) = prepare(future, |_| ());
        self.0.spawn(name, Place::OwnThread, body);
        task
    }

    /// As [`Tasks::spawn_thread`], for code that holds state which others rely on: a panic in it
    /// aborts the process (under simulation: fails the run).
    pub fn spawn_critical_thread<F>(&self, name: &'static str, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let tasks = self.clone();
        let (body, task) = prepare(future, move |message| tasks.0.fail(name, message));
        self.0.spawn(name, Place::OwnThread, body);
        task
    }

    /// Lowers the priority of the calling thread, for good.
    ///
    /// Meant for a thread of [`Tasks::spawn_thread`]. Does nothing under simulation.
    pub fn lower_priority(&self) {
        self.0.lower_priority();
    }

    /// Runs `work` while the calling thread holds a lock that executors wait for. It must not wait for
    /// the disk.
    ///
    /// Under simulation, the time of its disk calls passes for the whole machine, as if an executor
    /// waited for the lock. Otherwise this only runs `work`.
    pub fn under_lock<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.holds_lock(true);
        let output = work();
        self.0.holds_lock(false);
        output
    }

    /// Runs `work`, which may block, on a thread of `pool`, and waits for its result.
    ///
    /// Work waits in order of arrival while all threads of the pool are busy. It runs even when
    /// the returned future is dropped, if that was polled once.
    ///
    /// # Panics
    /// If `work` panics.
    pub async fn blocking<T, W>(&self, pool: Pool, work: W) -> T
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let (send, done) = oneshot::channel();
        let work = move || {
            let result = catch_unwind(AssertUnwindSafe(work));
            let deliver = move || {
                // The caller may have been dropped.
                let _ = send.send(result);
            };
            Box::new(deliver) as Box<dyn FnOnce() + Send>
        };
        self.0.run_blocking(pool, Box::new(work));
        match done.await {
            Ok(Ok(output)) => output,
            Ok(Err(panic)) => resume_unwind(panic),
            // The process ends, and with it every task that could be waiting here.
            Err(_) => std::future::pending().await,
        }
    }

    /// Runs `work`, which may block, on a thread of `pool`. Nobody waits for it; a panic in it aborts
    /// the process (under simulation: fails the run). Work waits in order of arrival, as in
    /// [`Tasks::blocking`].
    pub fn spawn_blocking<W>(&self, name: &'static str, pool: Pool, work: W)
    where
        W: FnOnce() + Send + 'static,
    {
        let tasks = self.clone();
        let work = move || {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
                tasks.0.fail(name, &panic_message(panic.as_ref()));
            }
            Box::new(|| ()) as Box<dyn FnOnce() + Send>
        };
        self.0.run_blocking(pool, Box::new(work));
    }

    /// Runs `work`, which may block, on the calling thread. Meant for a thread of
    /// [`Tasks::spawn_thread`].
    ///
    /// Under simulation, other tasks run while `work` waits for the disk; called without this, a
    /// disk call stops the whole simulated machine for as long as it takes.
    pub async fn blocking_in_place<T>(&self, work: impl FnOnce() -> T) -> T {
        let (mut work, mut output) = (Some(work), None);
        let waiting = self.0.run_in_place(&mut || {
            output = work.take().map(|work| work());
        });
        if let Some(waiting) = waiting {
            waiting.await;
        }
        output.expect("the work has run")
    }

    /// How many executors there are; at least one.
    pub fn executors(&self) -> usize {
        self.0.executors()
    }

    /// The number of the executor this is called on, if it is one of ours.
    pub fn current_executor(&self) -> Option<usize> {
        self.0.current_executor()
    }
}

/// A bounded set of threads for work that may block. A pool never waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pool {
    /// Syncs of partition data and checkpoints: 4 threads.
    Sync,
    /// Work that a client waits for: opening a log, cold reads, look-ups by time, metadata: 4
    /// threads.
    Request,
    /// Work that nobody waits for: retention, removal of files, recovery: 2 threads.
    Background,
}

impl Pool {
    pub(crate) const ALL: [Pool; 3] = [Pool::Sync, Pool::Request, Pool::Background];

    /// How many threads the pool has at most.
    pub const fn threads(self) -> usize {
        match self {
            Pool::Sync | Pool::Request => 4,
            Pool::Background => 2,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Pool::Sync => "sync",
            Pool::Request => "request",
            Pool::Background => "background",
        }
    }
}

/// Where a task runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// On the caller's executor.
    Here,
    /// On the executor of this number, modulo their count.
    Executor(usize),
    /// On a thread of its own.
    OwnThread,
}

/// Why a task has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// It was aborted, or its executor was shut down.
    #[error("the task was aborted")]
    Aborted,
    /// It panicked with this message.
    #[error("the task panicked: {0}")]
    Panicked(String),
}

/// A running task. Await it for its result. Dropping it leaves the task running.
#[derive(Debug)]
pub struct Task<T = ()> {
    abort: AbortHandle,
    done: oneshot::Receiver<Result<T, TaskError>>,
}

impl<T> Task<T> {
    /// Ends the task at its next suspension point. Does nothing if it has ended already.
    pub fn abort(&self) {
        self.abort.abort();
    }

    /// Whether the task has ended, in whatever way.
    pub fn is_finished(&self) -> bool {
        // Both a sent result and a dropped sender count.
        !self.done.is_empty() || self.done.is_terminated()
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(self.done.poll_unpin(cx)) {
            Ok(result) => result,
            // The executor dropped the task unfinished.
            Err(_) => Err(TaskError::Aborted),
        })
    }
}

/// Splits a future into the body for an executor and the handle for its owner.
fn prepare<F>(
    future: F,
    on_panic: impl FnOnce(&str) + Send + 'static,
) -> (BoxedTask, Task<F::Output>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (abort, registration) = AbortHandle::new_pair();
    let (send, done) = oneshot::channel();
    let guarded = Abortable::new(AssertUnwindSafe(future).catch_unwind(), registration);
    let body = async move {
        let result = match guarded.await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(panic)) => {
                let message = panic_message(panic.as_ref());
                on_panic(&message);
                Err(TaskError::Panicked(message))
            }
            Err(Aborted) => Err(TaskError::Aborted),
        };
        // Nobody may be waiting.
        let _ = send.send(result);
    };
    (Box::pin(body), Task { abort, done })
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    if let Some(message) = panic.downcast_ref::<&str>() {
        (*message).to_owned()
    } else if let Some(message) = panic.downcast_ref::<String>() {
        message.clone()
    } else {
        "no message".to_owned()
    }
}
