//! The cleaner: compacts the logs of compacted topics, the dirtiest first, on a thread of its own.
//!
//! `log::compaction` decides which records stay. The cleaner picks a log, limits the speed to
//! `log.cleaner.io.max.bytes.per.second`, and continues with other logs when one cannot be compacted.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use io::{Clock, Io};
use log::{CompactionError, CompactionLimits, Step};

use crate::config::CleanerConfig;
use crate::partition::compaction::Claim;
use crate::partition::{Partition, Partitions};

/// Compacts one log after another until it is aborted. Blocks, so it needs a thread of its own.
pub(crate) async fn run(io: Io, config: CleanerConfig, partitions: Arc<Partitions>) {
    io.tasks.lower_priority();
    let backoff = Duration::from_millis(config.backoff_ms.max(1) as u64);
    let mut pace = Pace::new(&io.clock, config.bytes_per_second);
    loop {
        let claim = dirtiest(&partitions).and_then(|partition| partition.claim());
        let has_compacted = match claim {
            Some(claim) => compact(&claim, config.limits, &mut pace).await,
            None => false,
        };
        if !has_compacted {
            io.clock.sleep(backoff).await;
        }
    }
}

/// The partition to compact next: one that is overdue (`max.compaction.lag.ms`), or else the one
/// with the largest share of dirty bytes.
fn dirtiest(partitions: &Partitions) -> Option<Arc<Partition>> {
    let due = partitions.all().into_iter().filter_map(|partition| {
        let found = partition.compaction_due()?;
        Some((found.overdue, found.dirty_ratio(), partition))
    });
    let dirtier = |a: &(bool, f64, _), b: &(bool, f64, _)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
    due.max_by(dirtier).map(|(_, _, partition)| partition)
}

/// Compacts a log, in as many passes as its keys need. Returns whether anything was compacted.
async fn compact(claim: &Claim, limits: CompactionLimits, pace: &mut Pace) -> bool {
    passes(claim, limits, pace).await.unwrap_or_else(|e| {
        claim.partition().compaction_failed(&e);
        false
    })
}

async fn passes(claim: &Claim, limits: CompactionLimits, pace: &mut Pace) -> std::io::Result<bool> {
    let mut has_compacted = false;
    while let Some(mut pass) = claim.begin(limits)? {
        let done = loop {
            let step = match pass.step() {
                Ok(step) => step,
                Err(CompactionError::Damaged(suspect)) => {
                    // The next pass ends before the damage.
                    return claim.confirm_damage(&suspect).map(|()| true);
                }
                Err(CompactionError::Disk(error)) => return Err(error),
            };
            match step {
                Step::Worked(bytes) => pace.spend(bytes).await,
                Step::Ready(segment) => {
                    if !claim.put_in_place(segment)? {
                        return Ok(false);
                    }
                }
                Step::Done(done) => break done,
            }
        };
        claim.checkpoint(&done)?;
        claim.partition().directory().count_compaction(&done);
        tracing::info!(
            partition = %claim.partition().id(),
            bytes_before = done.bytes_before,
            bytes_after = done.bytes_after,
            keys = done.keys,
            cleaner_point = done.cleaner_point,
            "compacted a log"
        );
        has_compacted = true;
        if !done.map_was_full {
            break;
        }
    }
    Ok(has_compacted)
}

/// Limits bytes per second.
struct Pace {
    clock: Clock,
    bytes_per_second: f64,
    /// When the next bytes may be read or written, by the monotonic clock.
    next_at: Duration,
}

impl Pace {
    fn new(clock: &Clock, bytes_per_second: f64) -> Pace {
        Pace {
            clock: clock.clone(),
            bytes_per_second,
            next_at: Duration::ZERO,
        }
    }

    /// Counts `bytes` that were read or written, and waits until more are allowed. Always yields
    /// once, so that the task can be aborted.
    async fn spend(&mut self, bytes: u64) {
        yield_once().await;
        let now = self.clock.elapsed();
        self.next_at = self
            .next_at
            .max(now)
            .saturating_add(cost(bytes, self.bytes_per_second));
        if self.next_at > now {
            self.clock.sleep_until(self.next_at).await;
        }
    }
}

/// The time for `bytes` at this rate, at most a day.
fn cost(bytes: u64, bytes_per_second: f64) -> Duration {
    const DAY_SECONDS: f64 = 86_400.0;
    let seconds = bytes as f64 / bytes_per_second.max(1.0);
    Duration::from_secs_f64(seconds.min(DAY_SECONDS))
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_time_unless_the_rate_has_no_limit() {
        assert_eq!(cost(500, 1000.0), Duration::from_millis(500));
        assert_eq!(cost(1 << 30, f64::MAX), Duration::ZERO);
        for no_rate in [0.0, -1.0, f64::NAN] {
            assert_eq!(cost(10, no_rate), Duration::from_secs(10));
        }
        assert_eq!(cost(u64::MAX, 1.0), Duration::from_secs(86_400));
    }
}
