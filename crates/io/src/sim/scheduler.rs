//! The simulated executor: picks the next task by the seed, and moves time.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::World;
use super::generator::Generator;
use super::machine::MachineId;
use super::trace::name_hash;
use super::work::CallerKind;
use crate::clock::Sleep;
use crate::task::BoxedTask;

/// The future that [`block_on`] was given.
const ROOT: u64 = 0;

/// A step of a task takes less than this, in nanoseconds.
const STEP_NANOS: u64 = 4_000;

/// Tasks that were taken from the scheduler, to be dropped outside of all locks.
pub(super) type StoppedTasks = Vec<SimTask>;

#[derive(Debug)]
pub(super) struct Scheduler {
    now: Duration,
    random: Generator,
    next_id: u64,
    tasks: BTreeMap<u64, SimTask>,
    /// Woken and not yet run; at most once each. May contain tasks that no longer exist.
    runnable: Vec<u64>,
    /// Woken tasks of paused machines.
    held: Vec<u64>,
    paused: BTreeSet<MachineId>,
    timers: BTreeMap<(Duration, u64), Waker>,
    /// The panic of a critical task.
    failure: Option<String>,
}

pub(super) struct SimTask {
    name: &'static str,
    machine: Option<MachineId>,
    kind: CallerKind,
    /// Its thread is in a disk call until then.
    busy_until: Duration,
    /// Absent during its step.
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
    world: Weak<World>,
    queued: AtomicBool,
}

impl TaskWaker {
    fn new(world: &Arc<World>, id: u64) -> Arc<TaskWaker> {
        Arc::new(TaskWaker {
            id,
            world: Arc::downgrade(world),
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
        if let Some(world) = self.world.upgrade() {
            world.scheduler.lock().runnable.push(self.id);
        }
    }
}

/// The next step.
enum Step {
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
            held: Vec::new(),
            paused: BTreeSet::new(),
            timers: BTreeMap::new(),
            failure: None,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.now
    }

    pub(super) fn next_id(&self) -> u64 {
        self.next_id
    }

    pub(super) fn advance(&mut self, duration: Duration) {
        self.now += duration;
    }

    /// Fails the run, because a critical task has panicked.
    pub(super) fn fail(&mut self, failure: String) {
        self.failure.get_or_insert(failure);
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

    /// The tasks of a machine that were spawned before task number `before`.
    pub(super) fn take_tasks_of(&mut self, machine: MachineId, before: u64) -> StoppedTasks {
        let ids: Vec<u64> = self
            .tasks
            .range(..before)
            .filter(|(_, task)| task.machine == Some(machine))
            .map(|(&id, _)| id)
            .collect();
        ids.iter().filter_map(|id| self.tasks.remove(id)).collect()
    }

    pub(super) fn pause(&mut self, machine: MachineId) {
        self.paused.insert(machine);
    }

    pub(super) fn resume(&mut self, machine: MachineId) {
        self.paused.remove(&machine);
        let held = std::mem::take(&mut self.held);
        self.runnable.extend(held);
    }

    /// Puts woken tasks of paused machines aside.
    fn hold_paused(&mut self) {
        if self.paused.is_empty() {
            return;
        }
        let (tasks, paused) = (&self.tasks, &self.paused);
        let is_paused = |id: &u64| {
            let machine = tasks.get(id).and_then(|task| task.machine);
            machine.is_some_and(|machine| paused.contains(&machine))
        };
        let (held, runnable) = self.runnable.iter().partition(|id| is_paused(id));
        self.runnable = runnable;
        let mut held: Vec<u64> = held;
        self.held.append(&mut held);
    }

    fn next_step(&mut self) -> Step {
        self.hold_paused();
        if self.runnable.is_empty() {
            match self.timers.first_key_value() {
                Some((&(deadline, _), _)) => self.now = self.now.max(deadline),
                None => {
                    let names: Vec<_> = self.tasks.values().map(|task| task.name).collect();
                    return Step::Stuck(names.join(", "));
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
            return Step::Wake(due);
        }
        let choice = self.random.below(self.runnable.len() as u64) as usize;
        self.now += Duration::from_nanos(self.random.below(STEP_NANOS));
        Step::Run(self.runnable.swap_remove(choice))
    }
}

/// Runs `future`. `end_processes` drops the tasks of machines that have lost power or whose
/// process was killed; it is called between steps.
pub(super) fn block_on<F: Future>(
    world: &Arc<World>,
    future: F,
    end_processes: impl Fn(),
) -> F::Output {
    let mut future = pin!(future);
    let root = TaskWaker::new(world, ROOT);
    root.wake_by_ref();
    loop {
        let step = {
            let mut scheduler = world.scheduler.lock();
            if let Some(failure) = scheduler.failure.take() {
                drop(scheduler);
                panic!("{failure}");
            }
            scheduler.next_step()
        };
        match step {
            Step::Run(ROOT) => {
                world.note("run root", ROOT, 0);
                root.queued.store(false, Ordering::Relaxed);
                let waker = Waker::from(Arc::clone(&root));
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker))
                {
                    // A wake-up of this root must not run the root of the next call.
                    world.scheduler.lock().runnable.retain(|&id| id != ROOT);
                    end_processes();
                    return output;
                }
            }
            Step::Run(id) => world.run(id),
            Step::Wake(due) => due.into_iter().for_each(Waker::wake),
            Step::Stuck(tasks) => panic!(
                "the simulation is stuck: nothing can run and no timer is set (seed {}; tasks: {tasks})",
                world.seed
            ),
        }
        end_processes();
    }
}

impl World {
    pub(super) fn spawn(
        self: &Arc<Self>,
        name: &'static str,
        machine: Option<MachineId>,
        kind: CallerKind,
        body: BoxedTask,
    ) {
        let wake = {
            let mut scheduler = self.scheduler.lock();
            let id = scheduler.next_id;
            scheduler.next_id += 1;
            let wake = TaskWaker::new(self, id);
            let task = SimTask {
                name,
                machine,
                kind,
                busy_until: Duration::ZERO,
                body: Some(body),
                wake: Arc::clone(&wake),
            };
            scheduler.tasks.insert(id, task);
            wake
        };
        wake.wake();
    }

    /// One step of a task, if it still exists.
    fn run(self: &Arc<Self>, id: u64) {
        let (mut body, wake, kind, name) = {
            let mut scheduler = self.scheduler.lock();
            let now = scheduler.now;
            let Some(task) = scheduler.tasks.get_mut(&id) else {
                return;
            };
            let (wake, busy_until) = (Arc::clone(&task.wake), task.busy_until);
            if busy_until > now {
                // It is woken again when its thread is back from the disk.
                wake.queued.store(false, Ordering::Relaxed);
                scheduler.timers.insert((busy_until, id), wake.into());
                return;
            }
            let Some(body) = task.body.take() else {
                return;
            };
            (body, wake, task.kind, task.name)
        };
        self.note(name, id, name_hash(name));
        wake.queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(wake);
        let mut context = Context::from_waker(&waker);
        let (polled, elapsed, _) = self.run_as(kind, || body.as_mut().poll(&mut context));
        let mut scheduler = self.scheduler.lock();
        let now = scheduler.now;
        let ended = match polled {
            Poll::Ready(()) => scheduler.tasks.remove(&id),
            Poll::Pending => {
                if let Some(task) = scheduler.tasks.get_mut(&id) {
                    task.body = Some(body);
                    if kind == CallerKind::Blocking {
                        task.busy_until = now + elapsed;
                    }
                    return;
                }
                None
            }
        };
        drop(scheduler);
        // Dropped after the lock is released.
        drop(ended);
    }
}

/// A timer in virtual time.
#[derive(Debug)]
pub(super) struct SimSleep {
    world: Arc<World>,
    deadline: Duration,
    key: Option<(Duration, u64)>,
}

impl SimSleep {
    pub(super) fn new(world: &Arc<World>, deadline: Duration) -> SimSleep {
        SimSleep {
            world: Arc::clone(world),
            deadline,
            key: None,
        }
    }

    pub(super) fn boxed(world: &Arc<World>, deadline: Duration) -> Sleep {
        Sleep(Box::pin(SimSleep::new(world, deadline)))
    }
}

impl Future for SimSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let world = Arc::clone(&self.world);
        let mut scheduler = world.scheduler.lock();
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
            let waker = self.world.scheduler.lock().timers.remove(&key);
            drop(waker);
        }
    }
}
