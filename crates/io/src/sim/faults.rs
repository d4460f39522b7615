//! The faults of one simulated machine.

use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rustix::io::Errno;

use super::generator::Generator;
use super::machine::Machine;
use crate::Signal;

/// The faults of one machine. Clones are of the same machine.
#[derive(Debug, Clone)]
pub struct Faults(pub(super) Arc<Machine>);

/// Where a bit was flipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BitFlip {
    /// Offset of the byte in the file.
    pub offset: u64,
    /// The bit of that byte, 0 to 7.
    pub bit: u8,
}

/// A kind of disk call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskCall {
    /// Opening a file or directory that exists.
    Open,
    /// Making a file or directory.
    Create,
    /// Reading a file.
    Read,
    /// Writing to a file.
    Write,
    /// Setting the length of a file.
    Truncate,
    /// Syncing a file, a directory or the file system.
    Sync,
    /// Renaming a file or directory.
    Rename,
    /// Removing a file or directory.
    Remove,
}

impl DiskCall {
    /// Whether it may change the disk.
    pub(super) fn is_mutating(self) -> bool {
        !matches!(self, DiskCall::Open | DiskCall::Read)
    }

    fn name(self) -> &'static str {
        match self {
            DiskCall::Open => "open",
            DiskCall::Create => "create",
            DiskCall::Read => "read",
            DiskCall::Write => "write",
            DiskCall::Truncate => "truncate",
            DiskCall::Sync => "sync",
            DiskCall::Rename => "rename",
            DiskCall::Remove => "remove",
        }
    }
}

/// What a disk call fails with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskError {
    /// `EIO`: the device fails.
    Device,
    /// `ENOSPC`: the file system is full.
    NoSpace,
    /// `EDQUOT`: the quota is used up.
    Quota,
    /// `EMFILE`: the process has no free descriptor.
    NoDescriptor,
    /// No error: the call takes this much longer.
    Slow(Duration),
    /// The power is cut during the call, as with [`Faults::cut_power_at`]. Only for calls that may
    /// change the disk.
    PowerCut,
    /// The code that makes the call panics.
    Panic,
}

/// A rule by which disk calls fail.
#[derive(Debug, Clone)]
pub struct DiskFault {
    /// Part of the paths that the rule applies to; empty for all paths.
    pub path: String,
    /// The kinds of call that the rule applies to.
    pub calls: Vec<DiskCall>,
    /// The effect on a call.
    pub error: DiskError,
    /// One in this number of calls fails, chosen by the seed; 1 for every call.
    pub once_in: u64,
    /// How many calls fail before the rule ends; `None` for no end.
    pub times: Option<u64>,
}

/// How long disk calls take at most; each draws its own time. Zero for calls that take no time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiskTimes {
    /// A read of a file.
    pub read: Duration,
    /// Every other call but a sync.
    pub write: Duration,
    /// A sync of a file, directory or file system, and a write that is not cached.
    pub sync: Duration,
}

impl Faults {
    /// The `nth` write to any file from now on (1 is the next) fails, and writes nothing.
    pub fn fail_write(&self, nth: u64) {
        self.0.plan.lock().write.arm(nth);
    }

    /// The `nth` read of any file from now on (1 is the next) fails.
    pub fn fail_read(&self, nth: u64) {
        self.0.plan.lock().read.arm(nth);
    }

    /// The `nth` sync of any file or directory from now on (1 is the next) fails. The bytes it
    /// would have made durable stay readable until the next crash, and no later sync saves them.
    /// Names stay pending: a later sync of the directory saves them.
    pub fn fail_sync(&self, nth: u64) {
        self.0.plan.lock().sync.arm(nth);
    }

    /// Adds a rule by which disk calls fail. After a sync that failed so, as with
    /// [`Faults::fail_sync`], the bytes are lost.
    pub fn add_disk_fault(&self, fault: DiskFault) {
        self.0.plan.lock().rules.push(fault);
    }

    /// Removes all rules of [`Faults::add_disk_fault`].
    pub fn clear_disk_faults(&self) {
        self.0.plan.lock().rules.clear();
    }

    /// How many disk calls have failed by a rule of [`Faults::add_disk_fault`] so far. Slow calls do
    /// not count.
    pub fn failed_disk_calls(&self) -> u64 {
        self.0.plan.lock().failed_calls
    }

    /// How long disk calls take from now on.
    pub fn set_disk_times(&self, times: DiskTimes) {
        self.0.plan.lock().times = times;
    }

    /// How many descriptors of files below `dir` are open, by the paths they were opened by.
    pub fn open_files(&self, dir: &Path) -> usize {
        self.0.disk.lock().open_files(dir)
    }

    /// How many disk calls that may change the disk were made so far.
    pub fn disk_calls(&self) -> u64 {
        self.0.plan.lock().calls
    }

    /// Breaks the device that holds `path` and everything below it: every call fails with `EIO` until
    /// [`Faults::repair_disks`].
    pub fn break_disk(&self, path: &Path) {
        self.0.plan.lock().broken.push(path.to_owned());
    }

    /// Repairs the devices that [`Faults::break_disk`] broke.
    pub fn repair_disks(&self) {
        self.0.plan.lock().broken.clear();
    }

    /// Loses all bytes that were written to files and not synced. A descriptor of such a file reports
    /// it at its next sync, and a descriptor of a directory at its next sync of the file system. A
    /// descriptor that is opened later does not report it.
    pub fn fail_write_back(&self) {
        self.0.disk.lock().fail_write_back();
    }

    /// Limits the size of all files together; `None` lifts the limit.
    pub fn set_disk_capacity(&self, bytes: Option<u64>) {
        self.0.disk.lock().set_capacity(bytes);
    }

    /// Flips one bit of a file, at rest: at `offset`, or anywhere. `None` if the file does not
    /// exist or is shorter.
    pub fn flip_bit(&self, path: &Path, offset: Option<u64>) -> Option<BitFlip> {
        self.0.disk.lock().flip_bit(path, offset)
    }

    /// Cuts the power now: no call works, and the tasks of the machine are dropped before the next
    /// step. It stays off until [`Faults::restart`].
    pub fn cut_power(&self) {
        self.0.cut_power();
    }

    /// Cuts the power at the `nth` disk call from now on that may change the disk (1 is the next).
    /// The call fails, and its effect is torn: the seed decides which part of it is durable.
    pub fn cut_power_at(&self, nth: u64) {
        self.0.plan.lock().power.arm(nth);
    }

    /// Ends the process (`kill -9`): its tasks are dropped before the next step. Written bytes
    /// remain in the page cache.
    pub fn kill(&self) {
        self.0.kill();
    }

    /// Whether the machine has no power.
    pub fn is_off(&self) -> bool {
        self.0.is_off()
    }

    /// Completes when the machine has no power.
    pub async fn power_lost(&self) {
        poll_fn(|cx| match self.0.poll_power_lost(cx.waker()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    /// Turns the power on: the disk holds the durable bytes, and no task runs.
    pub fn restart(&self) {
        self.0.plan.lock().power.arm(0);
        self.0.restart();
    }

    /// Stops all tasks of the machine until [`Faults::resume`]. Time and its timers continue.
    pub fn pause(&self) {
        self.0.world.scheduler.lock().pause(self.0.id);
    }

    /// Ends a pause.
    pub fn resume(&self) {
        self.0.world.scheduler.lock().resume(self.0.id);
    }

    /// Moves the wall clock of the machine, forwards or backwards. Monotonic time does not change.
    pub fn jump_clock(&self, milliseconds: i64) {
        self.0.plan.lock().clock_jump_ms += milliseconds;
    }

    /// Asks the process to stop, as the operating system does.
    pub fn send_signal(&self, signal: Signal) {
        self.0.send_signal(signal);
    }
}

/// The planned faults of a machine.
#[derive(Debug)]
pub(super) struct Plan {
    random: Generator,
    write: Countdown,
    read: Countdown,
    sync: Countdown,
    power: Countdown,
    calls: u64,
    failed_calls: u64,
    rules: Vec<DiskFault>,
    times: DiskTimes,
    broken: Vec<PathBuf>,
    clock_jump_ms: i64,
}

impl Plan {
    pub(super) fn new(random: Generator) -> Plan {
        Plan {
            random,
            write: Countdown(0),
            read: Countdown(0),
            sync: Countdown(0),
            power: Countdown(0),
            calls: 0,
            failed_calls: 0,
            rules: Vec::new(),
            times: DiskTimes::default(),
            broken: Vec::new(),
            clock_jump_ms: 0,
        }
    }

    pub(super) fn clock_jump_ms(&self) -> i64 {
        self.clock_jump_ms
    }

    /// A random duration between half of `max` and `max`.
    fn duration(&mut self, max: Duration) -> Duration {
        match max.is_zero() {
            true => Duration::ZERO,
            false => {
                max / 2 + Duration::from_nanos(self.random.below(max.as_nanos() as u64 / 2 + 1))
            }
        }
    }

    /// The effect of the first rule that applies.
    fn rule(&mut self, call: DiskCall, path: &Path) -> Option<DiskError> {
        let path = path.to_string_lossy();
        for at in 0..self.rules.len() {
            let rule = &mut self.rules[at];
            if !rule.calls.contains(&call) || !path.contains(&rule.path) || rule.times == Some(0) {
                continue;
            }
            if self.random.once_in(rule.once_in.max(1)) {
                if let Some(times) = &mut rule.times {
                    *times -= 1;
                }
                let is_error = !matches!(rule.error, DiskError::Slow(_) | DiskError::PowerCut);
                self.failed_calls += u64::from(is_error);
                return Some(rule.error);
            }
        }
        None
    }
}

/// Fires when it reaches zero; zero is unarmed.
#[derive(Debug)]
struct Countdown(u64);

impl Countdown {
    fn arm(&mut self, nth: u64) {
        self.0 = nth;
    }

    fn fires(&mut self) -> bool {
        let fires = self.0 == 1;
        self.0 = self.0.saturating_sub(1);
        fires
    }
}

/// A disk call that may proceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proceed {
    /// It is carried out.
    Whole,
    /// The power is cut while it is in progress.
    PowerCut,
}

impl Machine {
    /// Counts a disk call, lets its time pass, and fails it if that is planned.
    ///
    /// A failed sync loses the bytes it was to make durable, except when `path` lies on a device
    /// that is broken: see [`Machine::check_device`].
    pub(super) fn begin(&self, call: DiskCall, path: &Path, subject: u64) -> io::Result<Proceed> {
        self.check_device(path)?;
        let (result, duration) = {
            let mut plan = self.plan.lock();
            let mut duration = match call {
                DiskCall::Read => plan.duration_of(|times| times.read),
                DiskCall::Sync => plan.duration_of(|times| times.sync),
                _ => plan.duration_of(|times| times.write),
            };
            let fires = match call {
                DiskCall::Write | DiskCall::Truncate => plan.write.fires(),
                DiskCall::Read => plan.read.fires(),
                DiskCall::Sync => plan.sync.fires(),
                _ => false,
            };
            let is_cut = call.is_mutating() && {
                plan.calls += 1;
                plan.power.fires()
            };
            let rule = match plan.rules.is_empty() {
                true => None,
                false => plan.rule(call, path),
            };
            let result = match (is_cut, fires, rule) {
                (true, ..) => Ok(Proceed::PowerCut),
                (_, true, _) => Err(Errno::IO),
                (_, _, Some(DiskError::Device)) => Err(Errno::IO),
                (_, _, Some(DiskError::NoSpace)) => Err(Errno::NOSPC),
                (_, _, Some(DiskError::Quota)) => Err(Errno::DQUOT),
                (_, _, Some(DiskError::NoDescriptor)) => Err(Errno::MFILE),
                (_, _, Some(DiskError::PowerCut)) if call.is_mutating() => Ok(Proceed::PowerCut),
                (_, _, Some(DiskError::Slow(more))) => {
                    duration += more;
                    Ok(Proceed::Whole)
                }
                (_, _, Some(DiskError::Panic)) => {
                    panic!("planned for {} of {}", call.name(), path.display())
                }
                (_, _, Some(DiskError::PowerCut) | None) => Ok(Proceed::Whole),
            };
            (result, duration)
        };
        self.world
            .note(call.name(), subject, u64::from(result.is_ok()));
        self.world.spend(duration);
        Ok(result?)
    }

    /// Whether calls of this kind take time.
    pub(super) fn is_slow(&self, call: DiskCall, path: &Path) -> bool {
        let plan = self.plan.lock();
        let path = path.to_string_lossy();
        let is_slow = |rule: &DiskFault| {
            matches!(rule.error, DiskError::Slow(_))
                && rule.calls.contains(&call)
                && path.contains(&rule.path)
                && rule.times != Some(0)
        };
        (call == DiskCall::Read && !plan.times.read.is_zero()) || plan.rules.iter().any(is_slow)
    }

    /// Fails a call that is about a path on a device that has failed.
    pub(super) fn check_device(&self, path: &Path) -> io::Result<()> {
        let plan = self.plan.lock();
        match plan.broken.iter().any(|broken| path.starts_with(broken)) {
            true => Err(Errno::IO.into()),
            false => Ok(()),
        }
    }
}

impl Plan {
    fn duration_of(&mut self, kind: impl FnOnce(&DiskTimes) -> Duration) -> Duration {
        let max = kind(&self.times);
        self.duration(max)
    }
}
