//! Tasks: futures that run by themselves, and work that may block.
//!
//! A task that panics ends and says so to whoever joins it; a *critical* task (one that holds
//! partition or coordinator state) takes the process down, and recovery does what it was tested
//! for. Dropping a [`Task`] leaves it running.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::{AbortHandle, Abortable, Aborted};
use tokio::sync::oneshot;

use crate::executor::RealCore;
use crate::sim::{self, SimCore};

/// Starts tasks.
#[derive(Clone, Debug)]
pub struct Tasks(pub(crate) TasksKind);

#[derive(Clone, Debug)]
pub(crate) enum TasksKind {
    Real(Arc<RealCore>),
    Sim(Arc<SimCore>),
}

pub(crate) type BoxedTask = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Tasks {
    /// Runs `future` on the current executor (the first one when called from outside any; the
    /// caller's own tokio runtime when called from one that is not ours).
    pub fn spawn<F>(&self, name: &'static str, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (body, task) = prepare(future, |_| ());
        self.start(name, Where::Here, body);
        task
    }

    /// Runs `future` on executor number `executor`, modulo their count.
    pub fn spawn_on<F>(&self, executor: usize, name: &'static str, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (body, task) = prepare(future, |_| ());
        self.start(name, Where::Executor(executor), body);
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
        let (body, task) = prepare(future, move |message| tasks.fail(name, message));
        self.start(name, Where::Here, body);
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
        self.start(name, Where::OwnThread, body);
        task
    }

    /// Lowers the priority of the calling thread, for good: work on it shall not be felt by others.
    ///
    /// Meant for a thread of [`Tasks::spawn_thread`]. Does nothing under simulation.
    pub fn lower_priority(&self) {
        match &self.0 {
            TasksKind::Real(core) => core.lower_priority(),
            TasksKind::Sim(_) => {}
        }
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
        match &self.0 {
            TasksKind::Real(core) => core.blocking(pool, work).await,
            TasksKind::Sim(core) => core.blocking(pool, work).await,
        }
    }

    /// How many executors there are; at least one.
    pub fn executors(&self) -> usize {
        match &self.0 {
            TasksKind::Real(core) => core.executors(),
            TasksKind::Sim(_) => sim::EXECUTORS,
        }
    }

    /// The number of the executor this is called on, if it is one of ours.
    pub fn current_executor(&self) -> Option<usize> {
        match &self.0 {
            TasksKind::Real(_) => RealCore::current_executor(),
            TasksKind::Sim(_) => Some(0),
        }
    }

    fn start(&self, name: &'static str, place: Where, body: BoxedTask) {
        match &self.0 {
            TasksKind::Real(core) => match place {
                Where::Here => core.spawn_here(body),
                Where::Executor(executor) => core.spawn_on(executor, body),
                Where::OwnThread => core.spawn_thread(name, body),
            },
            TasksKind::Sim(core) => core.spawn(name, body),
        }
    }

    /// A critical task has panicked.
    fn fail(&self, name: &'static str, message: &str) {
        match &self.0 {
            TasksKind::Real(_) => {
                eprintln!(
                    "task \"{name}\" holds state that cannot be trusted after a panic ({message}); aborting"
                );
                std::process::abort();
            }
            TasksKind::Sim(core) => {
                core.fail(format!("critical task \"{name}\" panicked: {message}"));
            }
        }
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

enum Where {
    Here,
    Executor(usize),
    OwnThread,
}

/// Why a task has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskError {
    /// It was aborted, or its executor was shut down.
    Aborted,
    /// It panicked with this message.
    Panicked(String),
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TaskError::Aborted => f.write_str("the task was aborted"),
            TaskError::Panicked(message) => write!(f, "the task panicked: {message}"),
        }
    }
}

impl std::error::Error for TaskError {}

/// A running task. Await it for its result; drop it to let it run on alone.
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

/// Splits a future into the body that an executor runs and the handle that its owner keeps.
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
