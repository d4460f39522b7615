//! The simulated executor: picks the next task by the seed, and moves time.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::{Generator, SimCore};
use crate::task::BoxedTask;

/// The future that [`block_on`] was given.
const ROOT: u64 = 0;

/// A turn of a task takes less than this, in nanoseconds.
const TURN_NANOS: u64 = 4_000;

#[derive(Debug)]
pub(super) struct Scheduler {
    now: Duration,
    random: Generator,
    next_id: u64,
    tasks: BTreeMap<u64, SimTask>,
    /// Woken and not yet run; at most once each. May hold tasks that are gone.
    runnable: Vec<u64>,
    timers: BTreeMap<(Duration, u64), Waker>,
    /// What a critical task said when it panicked.
    failure: Option<String>,
}

pub(super) struct SimTask {
    name: &'static str,
    /// Absent during its turn.
    body: Option<BoxedTask>,
    wake: Arc<TaskWaker>,
}

impl std::fmt::Debug for SimTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimTask").field("name", &self.name).finish()
    }
}

#[derive(Debug)]
struct TaskWaker {
    id: u64,
    core: Weak<SimCore>,
    queued: AtomicBool,
}

impl TaskWaker {
    fn new(core: &Arc<SimCore>, id: u64) -> Arc<TaskWaker> {
        Arc::new(TaskWaker {
            id,
            core: Arc::downgrade(core),
            queued: AtomicBool::new(false),
        })
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.queued.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some(core) = self.core.upgrade() {
            core.scheduler.lock().runnable.push(self.id);
        }
    }
}

/// What to do next.
enum Turn {
    /// Let a task run.
    Run(u64),
    /// Timers are due.
    Wake(Vec<Waker>),
    /// Nothing will ever happen again.
    Stuck(String),
}

impl Scheduler {
    pub(super) fn new(random: Generator) -> Scheduler {
        Scheduler {
            now: Duration::ZERO,
            random,
            next_id: ROOT + 1,
            tasks: BTreeMap::new(),
            runnable: Vec::new(),
            timers: BTreeMap::new(),
            failure: None,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// All tasks and timers, to be dropped by the caller once the lock is released.
    pub(super) fn take_all(
        &mut self,
    ) -> (BTreeMap<u64, SimTask>, BTreeMap<(Duration, u64), Waker>) {
        self.runnable.clear();
        (
            std::mem::take(&mut self.tasks),
            std::mem::take(&mut self.timers),
        )
    }

    fn next_turn(&mut self) -> Turn {
        if self.runnable.is_empty() {
            match self.timers.first_key_value() {
                Some((&(deadline, _), _)) => self.now = self.now.max(deadline),
                None => {
                    let names: Vec<_> = self.tasks.values().map(|task| task.name).collect();
                    return Turn::Stuck(names.join(", "));
                }
            }
        }
        let mut due = Vec::new();
        while let Some(entry) = self.timers.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            due.push(entry.remove());
        }
        if !due.is_empty() {
            return Turn::Wake(due);
        }
        let choice = self.random.below(self.runnable.len() as u64) as usize;
        self.now += Duration::from_nanos(self.random.below(TURN_NANOS));
        Turn::Run(self.runnable.swap_remove(choice))
    }
}

pub(super) fn block_on<F: Future>(core: &Arc<SimCore>, future: F) -> F::Output {
    let mut future = pin!(future);
    let root = TaskWaker::new(core, ROOT);
    root.wake_by_ref();
    loop {
        let turn = {
            let mut scheduler = core.scheduler.lock();
            if let Some(failure) = scheduler.failure.take() {
                drop(scheduler);
                panic!("{failure}");
            }
            scheduler.next_turn()
        };
        match turn {
            Turn::Run(ROOT) => {
                core.note(ROOT);
                root.queued.store(false, Ordering::Relaxed);
                let waker = Waker::from(Arc::clone(&root));
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
                {
                    // A wake-up of this root is none of the next one's.
                    core.scheduler.lock().runnable.retain(|&id| id != ROOT);
                    return output;
                }
            }
            Turn::Run(id) => core.run(id),
            Turn::Wake(due) => due.into_iter().for_each(Waker::wake),
            Turn::Stuck(tasks) => panic!(
                "the simulation is stuck: nothing can run and no timer is set (seed {}; tasks: {tasks})",
                core.seed
            ),
        }
    }
}

impl SimCore {
    pub(crate) fn spawn(self: &Arc<Self>, name: &'static str, body: BoxedTask) {
        let wake = {
            let mut scheduler = self.scheduler.lock();
            let id = scheduler.next_id;
            scheduler.next_id += 1;
            let wake = TaskWaker::new(self, id);
            let task = SimTask {
                name,
                body: Some(body),
                wake: Arc::clone(&wake),
            };
            scheduler.tasks.insert(id, task);
            wake
        };
        wake.wake();
    }

    /// One turn of a task, if it is still there.
    fn run(&self, id: u64) {
        let taken = self
            .scheduler
            .lock()
            .tasks
            .get_mut(&id)
            .and_then(|task| Some((task.body.take()?, Arc::clone(&task.wake))));
        let Some((mut body, wake)) = taken else {
            return;
        };
        self.note(id);
        wake.queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(wake);
        match body.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(()) => {
                // The body is dropped after the lock is released.
                self.scheduler.lock().tasks.remove(&id);
            }
            Poll::Pending => {
                if let Some(task) = self.scheduler.lock().tasks.get_mut(&id) {
                    task.body = Some(body);
                }
            }
        }
    }

    /// A critical task has panicked: the run has failed.
    pub(crate) fn fail(&self, failure: String) {
        self.scheduler.lock().failure.get_or_insert(failure);
    }
}

/// A timer in virtual time.
#[derive(Debug)]
pub(crate) struct SimSleep {
    core: Arc<SimCore>,
    deadline: Duration,
    key: Option<(Duration, u64)>,
}

impl SimSleep {
    pub(crate) fn new(core: Arc<SimCore>, deadline: Duration) -> SimSleep {
        SimSleep {
            core,
            deadline,
            key: None,
        }
    }
}

impl Future for SimSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let core = Arc::clone(&self.core);
        let mut scheduler = core.scheduler.lock();
        if scheduler.now >= self.deadline {
            return Poll::Ready(());
        }
        let key = match self.key {
            Some(key) => key,
            None => {
                let key = (self.deadline, scheduler.next_id);
                scheduler.next_id += 1;
                self.key = Some(key);
                key
            }
        };
        let replaced = scheduler.timers.insert(key, cx.waker().clone());
        drop(scheduler);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for SimSleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.core.scheduler.lock().timers.remove(&key);
            drop(waker);
        }
    }
}
