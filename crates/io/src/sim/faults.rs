//! Faults: what a test may make go wrong in the simulated machine.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use super::SimCore;
use crate::Signal;

/// Makes things go wrong.
#[derive(Debug, Clone)]
pub struct Faults(pub(super) Arc<SimCore>);

/// Where a bit was flipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BitFlip {
    /// Offset of the byte in the file.
    pub offset: u64,
    /// The bit of that byte, 0 to 7.
    pub bit: u8,
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

    /// The `nth` sync of any file or directory from now on (1 is the next) fails. What it would
    /// have made durable stays readable until the next crash, and no later sync saves it.
    pub fn fail_sync(&self, nth: u64) {
        self.0.plan.lock().sync.arm(nth);
    }

    /// The device that holds `path`, and all below it, fails for good: every call answers `EIO`,
    /// until [`Faults::mend_disks`].
    pub fn break_disk(&self, path: &Path) {
        self.0.plan.lock().broken.push(path.to_owned());
    }

    /// Puts the devices back that [`Faults::break_disk`] took away.
    pub fn mend_disks(&self) {
        self.0.plan.lock().broken.clear();
    }

    /// The disk takes nothing of what was written to files and is not synced. Whoever has such a
    /// file open hears of it when syncing it, and whoever holds a directory open when syncing the
    /// file system; a descriptor that is opened later does not.
    pub fn fail_write_back(&self) {
        self.0.disk.lock().fail_write_back();
    }

    /// Limits what all files together may hold; `None` lifts the limit.
    pub fn set_disk_capacity(&self, bytes: Option<u64>) {
        self.0.disk.lock().set_capacity(bytes);
    }

    /// Flips one bit of a file, at rest: at `offset`, or anywhere. `None` if the file is not
    /// there or is shorter.
    pub fn flip_bit(&self, path: &Path, offset: Option<u64>) -> Option<BitFlip> {
        self.0.disk.lock().flip_bit(path, offset)
    }

    /// Resets every connection but the in-process pipes.
    pub fn reset_connections(&self) {
        self.0.reset_connections();
    }

    /// Resets a connection once in `writes` writes to any; `None` stops that.
    pub fn set_reset_rate(&self, writes: Option<u64>) {
        self.0.net.lock().set_reset_rate(writes);
    }

    /// The longest time that data is under way. Each write draws its own.
    pub fn set_delay_max(&self, delay: Duration) {
        self.0.net.lock().set_delay_max(delay);
    }

    /// Moves the wall clock, forwards or backwards. Monotonic time does not notice.
    pub fn jump_clock(&self, milliseconds: i64) {
        self.0.plan.lock().clock_jump_ms += milliseconds;
    }

    /// Asks the process to stop, as the operating system does.
    pub fn send_signal(&self, signal: Signal) {
        let waiting = {
            let mut plan = self.0.plan.lock();
            plan.signal = Some(signal);
            std::mem::take(&mut plan.signal_waiters)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// What is to go wrong, and when.
#[derive(Debug)]
pub(super) struct Plan {
    write: Countdown,
    read: Countdown,
    sync: Countdown,
    broken: Vec<PathBuf>,
    clock_jump_ms: i64,
    signal: Option<Signal>,
    signal_waiters: Vec<Waker>,
}

impl Plan {
    pub(super) fn new() -> Plan {
        Plan {
            write: Countdown(0),
            read: Countdown(0),
            sync: Countdown(0),
            broken: Vec::new(),
            clock_jump_ms: 0,
            signal: None,
            signal_waiters: Vec::new(),
        }
    }

    pub(super) fn clock_jump_ms(&self) -> i64 {
        self.clock_jump_ms
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

/// A kind of disk call that can be made to fail.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    Write,
    Read,
    Sync,
}

impl SimCore {
    /// Lets a disk call fail if its time has come.
    pub(super) fn check(&self, call: Call) -> io::Result<()> {
        let mut plan = self.plan.lock();
        let countdown = match call {
            Call::Write => &mut plan.write,
            Call::Read => &mut plan.read,
            Call::Sync => &mut plan.sync,
        };
        if countdown.fires() {
            return Err(device_error());
        }
        Ok(())
    }

    /// Fails what is done to a path on a device that has failed.
    pub(super) fn check_device(&self, path: &Path) -> io::Result<()> {
        let plan = self.plan.lock();
        match plan.broken.iter().any(|broken| path.starts_with(broken)) {
            true => Err(device_error()),
            false => Ok(()),
        }
    }

    /// The signal sent last, once.
    pub(crate) fn poll_signal(&self, waker: &Waker) -> Option<Signal> {
        let mut plan = self.plan.lock();
        let signal = plan.signal.take();
        if signal.is_none() {
            plan.signal_waiters.push(waker.clone());
        }
        signal
    }
}

fn device_error() -> io::Error {
    rustix::io::Errno::IO.into()
}
