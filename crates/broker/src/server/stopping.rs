//! What a connection does when the broker stops: it serves what the client has already sent, for
//! a bounded time.
//!
//! A client cannot know whether a request that was not answered took effect, and sends it again. So
//! a stop should leave as few requests as possible without an answer.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::poll;
use io::Clock;

/// How long a connection is read at most after the broker was told to stop.
pub(crate) const READ_MAX: Duration = Duration::from_secs(1);

/// After the broker was told to stop, a connection that is silent for this long is no longer read:
/// its client has sent all its requests.
pub(crate) const SILENCE_MAX: Duration = Duration::from_millis(50);

/// The stop of the broker as one connection sees it.
pub(super) struct Stopping {
    clock: Clock,
    /// Done when the broker stops.
    stopped: BoxFuture<'static, ()>,
    /// When reading ends, by the monotonic clock; `None` while the broker runs.
    deadline: Option<Duration>,
}

impl Stopping {
    pub(super) fn new(clock: Clock, stopped: BoxFuture<'static, ()>) -> Stopping {
        Stopping {
            clock,
            stopped,
            deadline: None,
        }
    }

    /// Whether the broker has stopped, as far as this connection has noticed.
    pub(super) fn has_begun(&self) -> bool {
        self.deadline.is_some()
    }

    /// Whether the connection is no longer read.
    pub(super) fn is_over(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| self.clock.elapsed() >= deadline)
    }

    /// The output of `work`, or `None` when `limit` passes first. Once the broker stops, `work` has
    /// at most until the deadline for reading.
    pub(super) async fn limit<F: Future>(&mut self, limit: Duration, work: F) -> Option<F::Output> {
        self.run(limit, READ_MAX, work).await
    }

    /// As [`Stopping::limit`], for `work` that waits for bytes: once the broker stops, it also ends
    /// after [`SILENCE_MAX`].
    pub(super) async fn limit_silence<F: Future>(
        &mut self,
        limit: Duration,
        work: F,
    ) -> Option<F::Output> {
        self.run(limit, SILENCE_MAX, work).await
    }

    async fn run<F: Future>(
        &mut self,
        limit: Duration,
        limit_when_stopped: Duration,
        work: F,
    ) -> Option<F::Output> {
        let mut work = pin!(work);
        // Most often `work` is done at once, and no timer is needed.
        if let Poll::Ready(done) = poll!(work.as_mut()) {
            return Some(done);
        }
        let deadline = match self.deadline {
            Some(deadline) => deadline,
            None => {
                let running = self.clock.timeout(limit, &mut work);
                tokio::select! {
                    biased;
                    () = &mut self.stopped => {}
                    done = running => return done,
                }
                let deadline = self.clock.elapsed().saturating_add(READ_MAX);
                *self.deadline.insert(deadline)
            }
        };
        let left = deadline.saturating_sub(self.clock.elapsed());
        self.clock.timeout(left.min(limit_when_stopped), work).await
    }
}
