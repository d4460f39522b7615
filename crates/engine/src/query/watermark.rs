//! The global watermark of a query.

use crate::executor::EventTimeStats;

/// How the watermarks of a plan make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// The slowest input rules: nothing is dropped that some input still holds.
    Min,
    /// The fastest input rules.
    Max,
}

impl Policy {
    /// The policy that `spark.sql.streaming.multipleWatermarkPolicy` names.
    pub(super) fn named(name: &str) -> Policy {
        if name.eq_ignore_ascii_case("max") {
            Policy::Max
        } else {
            Policy::Min
        }
    }
}

/// Follows the event times that each watermark of a plan has seen.
///
/// The global watermark never goes back. A watermark that has seen no row counts as 0, so that
/// under [`Policy::Min`] one silent input holds everything up, as in Spark. What single watermarks
/// have seen is not kept over a restart; the global one is.
#[derive(Debug)]
pub(super) struct WatermarkTracker {
    policy: Policy,
    delays_ms: Vec<i64>,
    /// Per watermark, in milliseconds; `None` before its first row in this run.
    seen_ms: Vec<Option<i64>>,
    global_ms: i64,
}

impl WatermarkTracker {
    /// A tracker that begins at `global_ms`, which is 0 for a new query.
    pub(super) fn new(policy: Policy, delays_ms: &[i64], global_ms: i64) -> WatermarkTracker {
        WatermarkTracker {
            policy,
            delays_ms: delays_ms.to_vec(),
            seen_ms: vec![None; delays_ms.len()],
            global_ms,
        }
    }

    /// The watermark of the next batch, in milliseconds since the epoch.
    pub(super) fn current_ms(&self) -> i64 {
        self.global_ms
    }

    /// Takes in what a batch has seen, by watermark.
    pub(super) fn update(&mut self, batch: &[Option<EventTimeStats>]) {
        for (index, stats) in batch.iter().enumerate() {
            let before = self.seen_ms[index];
            self.seen_ms[index] = match stats {
                Some(stats) => {
                    let now = stats.max_ms - self.delays_ms[index];
                    Some(before.map_or(now, |before| before.max(now)))
                }
                None => before.or(Some(0)),
            };
        }
        let seen = self.seen_ms.iter().flatten().copied();
        let chosen = match self.policy {
            Policy::Min => seen.min(),
            Policy::Max => seen.max(),
        };
        self.global_ms = self.global_ms.max(chosen.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(max_ms: i64) -> Option<EventTimeStats> {
        Some(EventTimeStats {
            min_ms: 0,
            max_ms,
            avg_ms: 0,
        })
    }

    #[test]
    fn it_follows_the_largest_time_and_never_goes_back() {
        let mut tracker = WatermarkTracker::new(Policy::Min, &[10], 0);
        tracker.update(&[seen(100)]);
        assert_eq!(tracker.current_ms(), 90);
        tracker.update(&[seen(50)]);
        tracker.update(&[None]);
        assert_eq!(tracker.current_ms(), 90);
    }

    #[test]
    fn a_silent_input_holds_the_minimum_at_the_beginning() {
        let mut min = WatermarkTracker::new(Policy::Min, &[0, 0], 0);
        let mut max = WatermarkTracker::new(Policy::Max, &[0, 0], 0);
        for batch in [[seen(100), None], [seen(200), None]] {
            min.update(&batch);
            max.update(&batch);
        }
        assert_eq!((min.current_ms(), max.current_ms()), (0, 200));
        min.update(&[None, seen(150)]);
        assert_eq!(min.current_ms(), 150);
    }

    #[test]
    fn a_restart_keeps_the_global_watermark() {
        let mut tracker = WatermarkTracker::new(Policy::Min, &[10], 500);
        tracker.update(&[seen(100)]);
        assert_eq!(tracker.current_ms(), 500);
    }
}
