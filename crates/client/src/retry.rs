//! Retries: whether, until when, and with which pauses.

use std::time::Duration;

use io::Io;
use wire::ErrorCode;

use crate::{ClientConfig, Error, Result};

/// The retries of one call.
#[derive(Debug)]
pub(crate) struct Retry {
    io: Io,
    what: &'static str,
    started: Duration,
    deadline: Duration,
    /// Until when `UNKNOWN_TOPIC_OR_PARTITION` is retried.
    missing_deadline: Duration,
    backoff: Backoff,
}

/// How long `UNKNOWN_TOPIC_OR_PARTITION` is retried by a call that does not create the topic. The topic may
/// be new, and not all brokers know it yet.
const MISSING_TOPIC_TIMEOUT: Duration = Duration::from_secs(5);

impl Retry {
    pub(crate) fn new(io: &Io, config: &ClientConfig, what: &'static str) -> Retry {
        let mut retry = Retry::within(io, config, what, config.api_timeout);
        retry.missing_deadline = retry.deadline.min(retry.started + MISSING_TOPIC_TIMEOUT);
        retry
    }

    pub(crate) fn within(
        io: &Io,
        config: &ClientConfig,
        what: &'static str,
        timeout: Duration,
    ) -> Retry {
        let started = io.clock.elapsed();
        Retry {
            io: io.clone(),
            what,
            started,
            deadline: started.saturating_add(timeout),
            missing_deadline: started.saturating_add(timeout),
            backoff: Backoff::new(config),
        }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// `error` itself if it is not retriable; [`Error::Timeout`] after the deadline.
    pub(crate) async fn after(&mut self, error: Error) -> Result<()> {
        if !error.is_retriable() {
            return Err(error);
        }
        let pause = self.backoff.next(&self.io);
        let next = self.io.clock.elapsed() + pause;
        if error.code() == Some(ErrorCode::UnknownTopicOrPartition) && next >= self.missing_deadline
        {
            return Err(error);
        }
        if next >= self.deadline {
            return Err(Error::Timeout {
                what: self.what,
                after: self.io.clock.elapsed().saturating_sub(self.started),
                last: Some(Box::new(error)),
            });
        }
        tracing::debug!(what = self.what, %error, "retry");
        self.io.clock.sleep(pause).await;
        Ok(())
    }
}

/// Pauses that double each time, with a random part, so that clients do not retry at the same time.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    next: Duration,
    first: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) fn new(config: &ClientConfig) -> Backoff {
        Backoff {
            next: config.retry_backoff,
            first: config.retry_backoff,
            max: config.retry_backoff_max.max(config.retry_backoff),
        }
    }

    /// The next pause, plus or minus up to 20 %.
    pub(crate) fn next(&mut self, io: &Io) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.max);
        let per_mille = 800 + io.rng.below(401) as u32;
        pause * per_mille / 1000
    }

    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}
