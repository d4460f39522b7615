//! Trying again: how often, how long, and how long to wait between.

use std::time::Duration;

use io::Io;
use wire::ErrorCode;

use crate::{ClientConfig, Error, Result};

/// The patience of one call.
#[derive(Debug)]
pub(crate) struct Retry {
    io: Io,
    what: &'static str,
    started: Duration,
    deadline: Duration,
    /// Until when a topic that is not there is waited for.
    missing_deadline: Duration,
    backoff: Backoff,
}

/// How long a topic that is not there is waited for by those who do not let it be made: it may
/// have been made a moment ago, and not all brokers know of it.
const MISSING_PATIENCE: Duration = Duration::from_secs(5);

impl Retry {
    pub(crate) fn new(io: &Io, config: &ClientConfig, what: &'static str) -> Retry {
        let mut retry = Retry::within(io, config, what, config.api_timeout);
        retry.missing_deadline = retry.deadline.min(retry.started + MISSING_PATIENCE);
        retry
    }

    pub(crate) fn within(
        io: &Io,
        config: &ClientConfig,
        what: &'static str,
        patience: Duration,
    ) -> Retry {
        let started = io.clock.elapsed();
        Retry {
            io: io.clone(),
            what,
            started,
            deadline: started.saturating_add(patience),
            missing_deadline: started.saturating_add(patience),
            backoff: Backoff::new(config),
        }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// `error` itself if trying again cannot help; [`Error::Timeout`] if patience is at its end.
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
        tracing::debug!(what = self.what, %error, "trying again");
        self.io.clock.sleep(pause).await;
        Ok(())
    }
}

/// Pauses that double, with some chance in them, so that clients do not march in step.
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

    /// The next pause, give or take a fifth.
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
