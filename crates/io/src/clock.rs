//! Time: the wall clock for what people and records see, a monotonic one for waiting.
//!
//! The wall clock may jump, in both directions. Waiting never depends on it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::executor::RealCore;
use crate::sim::{SimCore, SimSleep};

/// Reads the time and waits.
#[derive(Clone, Debug)]
pub struct Clock(pub(crate) ClockKind);

#[derive(Clone, Debug)]
pub(crate) enum ClockKind {
    Real { core: Arc<RealCore>, start: Instant },
    Sim(Arc<SimCore>),
}

impl Clock {
    pub(crate) fn real(core: Arc<RealCore>) -> Clock {
        Clock(ClockKind::Real {
            core,
            start: Instant::now(),
        })
    }

    /// Wall-clock time in milliseconds since the Unix epoch. Negative before 1970.
    pub fn now_ms(&self) -> i64 {
        match &self.0 {
            ClockKind::Real { .. } => wall_clock_ms(SystemTime::now()),
            ClockKind::Sim(core) => core.now_ms(),
        }
    }

    /// Monotonic time since this clock was made.
    pub fn elapsed(&self) -> Duration {
        match &self.0 {
            ClockKind::Real { start, .. } => start.elapsed(),
            ClockKind::Sim(core) => core.now(),
        }
    }

    /// Completes when `duration` has passed, counted from this call (not from the first poll).
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.elapsed().saturating_add(duration))
    }

    /// Completes when [`Clock::elapsed`] reaches `deadline`.
    pub fn sleep_until(&self, deadline: Duration) -> Sleep {
        match &self.0 {
            ClockKind::Real { core, start } => {
                let _context = core.enter_if_outside();
                Sleep(SleepKind::Real(Box::pin(
                    match start.checked_add(deadline) {
                        Some(instant) => tokio::time::sleep_until(instant.into()),
                        // Past the end of the clock: as good as never.
                        None => tokio::time::sleep(Duration::from_secs(86_400 * 365 * 30)),
                    },
                )))
            }
            ClockKind::Sim(core) => {
                Sleep(SleepKind::Sim(SimSleep::new(Arc::clone(core), deadline)))
            }
        }
    }

    /// The output of `future`, or `None` when `duration` passes first.
    ///
    /// A future that is ready at once wins even against a zero duration.
    pub async fn timeout<F: Future>(&self, duration: Duration, future: F) -> Option<F::Output> {
        let sleep = self.sleep(duration);
        tokio::select! {
            biased;
            output = future => Some(output),
            () = sleep => None,
        }
    }
}

/// Milliseconds since the Unix epoch.
pub(crate) fn wall_clock_ms(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_millis() as i64,
        Err(before) => -(before.duration().as_millis() as i64),
    }
}

/// The future of [`Clock::sleep`]. Dropping it cancels the timer.
#[derive(Debug)]
#[must_use = "a sleep does nothing unless awaited"]
pub struct Sleep(pub(crate) SleepKind);

#[derive(Debug)]
pub(crate) enum SleepKind {
    Real(Pin<Box<tokio::time::Sleep>>),
    Sim(SimSleep),
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            SleepKind::Real(sleep) => sleep.as_mut().poll(cx),
            SleepKind::Sim(sleep) => Pin::new(sleep).poll(cx),
        }
    }
}
