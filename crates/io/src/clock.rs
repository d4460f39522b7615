//! Time: the wall clock for people and records, a monotonic one for waiting.
//!
//! The wall clock may jump, in both directions. Waiting never depends on it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::backend::ClockBackend;

/// Reads the time and waits.
#[derive(Clone, Debug)]
pub struct Clock(pub(crate) Arc<dyn ClockBackend>);

impl Clock {
    /// Wall-clock time in milliseconds since the Unix epoch. Negative before 1970.
    pub fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }

    /// Monotonic time since some moment before this process used it first.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Completes when `duration` has passed, counted from this call (not from the first poll).
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.elapsed().saturating_add(duration))
    }

    /// Completes when [`Clock::elapsed`] reaches `deadline`.
    pub fn sleep_until(&self, deadline: Duration) -> Sleep {
        self.0.sleep_until(deadline)
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

/// The future of [`Clock::sleep`]. Dropping it cancels the timer.
#[must_use = "a sleep does nothing unless awaited"]
pub struct Sleep(pub(crate) Pin<Box<dyn Future<Output = ()> + Send>>);

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sleep")
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}
