//! A simulated machine: disk, wall clock, random numbers, and power.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use parking_lot::Mutex;

use super::World;
use super::disk::DiskState;
use super::faults::Plan;
use super::generator::Generator;
use super::scheduler::{SimSleep, StoppedTasks};
use super::trace::name_hash;
use super::work::Pools;
use crate::Signal;
use crate::backend::{ClockBackend, RandomBackend};
use crate::clock::Sleep;

/// Where virtual wall-clock time begins: 2024-01-01 00:00 UTC.
const WALL_START_MS: i64 = 1_704_067_200_000;

pub(super) type MachineId = usize;

/// A simulated machine. A thread holds at most one lock at a time: one of a machine, or one of the world.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) id: MachineId,
    pub(super) world: Arc<World>,
    pub(super) random: Mutex<Generator>,
    pub(super) disk: Mutex<DiskState>,
    pub(super) plan: Mutex<Plan>,
    pub(super) pools: Pools,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_off: bool,
    /// Tasks with a lower id belong to a process that has ended.
    ended_before: Option<u64>,
    power_waiters: Vec<Waker>,
    signal: Option<Signal>,
    signal_waiters: Vec<Waker>,
}

impl Machine {
    pub(super) fn new(world: &Arc<World>, name: &str) -> Arc<Machine> {
        let mut streams = Generator::new(world.seed ^ name_hash(name));
        Arc::new(Machine {
            id: world.net.lock().add_host(name),
            world: Arc::clone(world),
            random: Mutex::new(streams.fork()),
            disk: Mutex::new(DiskState::new(streams.fork())),
            plan: Mutex::new(Plan::new(streams.fork())),
            pools: Pools::new(),
            state: Mutex::default(),
        })
    }

    pub(super) fn now_ms(&self) -> i64 {
        WALL_START_MS + self.world.now().as_millis() as i64 + self.plan.lock().clock_jump_ms()
    }

    pub(super) fn is_off(&self) -> bool {
        self.state.lock().is_off
    }

    /// Cuts the power: no call works, and the tasks are dropped before the next step.
    pub(super) fn cut_power(&self) {
        self.world.note("power cut of machine", self.id as u64, 0);
        self.disk.lock().cut_power();
        self.world.net.lock().set_off(self.id, true);
        if self.is_silent() {
            self.vanish();
        }
        let waiting = {
            let mut state = self.state.lock();
            state.is_off = true;
            std::mem::take(&mut state.power_waiters)
        };
        self.end_process();
        waiting.into_iter().for_each(Waker::wake);
    }

    pub(super) fn kill(&self) {
        self.world.note("kill on machine", self.id as u64, 0);
        self.disk.lock().close_all();
        self.end_process();
    }

    fn end_process(&self) {
        let next = self.world.scheduler.lock().next_id();
        let mut state = self.state.lock();
        state.ended_before = Some(next);
        // A later process does not get it.
        state.signal = None;
    }

    pub(super) fn restart(&self) {
        self.world.note("restart of machine", self.id as u64, 0);
        self.disk.lock().restart();
        self.world.net.lock().set_off(self.id, false);
        self.state.lock().is_off = false;
    }

    /// The tasks of a process that has ended since the last call.
    pub(super) fn take_ended(&self) -> Option<StoppedTasks> {
        let ended_before = self.state.lock().ended_before.take()?;
        let mut scheduler = self.world.scheduler.lock();
        let tasks = scheduler.take_tasks_of(self.id, ended_before);
        drop(scheduler);
        self.pools.reset();
        Some(tasks)
    }

    pub(super) fn poll_power_lost(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        if !state.is_off {
            state.power_waiters.push(waker.clone());
        }
        state.is_off
    }

    pub(super) fn send_signal(&self, signal: Signal) {
        let waiting = {
            let mut state = self.state.lock();
            state.signal = Some(signal);
            std::mem::take(&mut state.signal_waiters)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The signal sent last, once.
    pub(super) fn poll_signal(&self, waker: &Waker) -> Option<Signal> {
        let mut state = self.state.lock();
        let signal = state.signal.take();
        if signal.is_none() {
            state.signal_waiters.push(waker.clone());
        }
        signal
    }
}

#[derive(Debug)]
pub(super) struct SimRandom(pub(super) Arc<Machine>);

impl RandomBackend for SimRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut random = self.0.random.lock();
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&random.u64().to_le_bytes()[..part.len()]);
        }
    }
}

#[derive(Debug)]
pub(super) struct SimClock(pub(super) Arc<Machine>);

impl ClockBackend for SimClock {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }

    fn elapsed(&self) -> Duration {
        self.0.world.now()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        SimSleep::boxed(&self.0.world, deadline)
    }
}
