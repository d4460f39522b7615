//! The clocks of the operating system.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::executor::RealCore;
use crate::backend::ClockBackend;
use crate::clock::Sleep;

/// Length of a sleep until a time that the monotonic clock cannot represent.
const FOREVER: Duration = Duration::from_secs(86_400 * 365 * 30);

#[derive(Debug)]
pub(super) struct RealClock {
    core: Arc<RealCore>,
    start: Instant,
}

impl RealClock {
    pub(super) fn new(core: Arc<RealCore>) -> RealClock {
        RealClock {
            core,
            start: Instant::now(),
        }
    }
}

impl ClockBackend for RealClock {
    fn now_ms(&self) -> i64 {
        wall_clock_ms(SystemTime::now())
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        let _context = self.core.enter_if_outside();
        Sleep(Box::pin(match self.start.checked_add(deadline) {
            Some(instant) => tokio::time::sleep_until(instant.into()),
            None => tokio::time::sleep(FOREVER),
        }))
    }
}

/// Milliseconds since the Unix epoch.
pub(super) fn wall_clock_ms(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_millis() as i64,
        Err(before) => -(before.duration().as_millis() as i64),
    }
}
