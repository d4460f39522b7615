//! The time that retention uses: the wall clock, except after a jump ahead.
//!
//! If the wall clock is wrong and ahead, all records look old, and retention would delete them
//! for good. So a jump ahead, measured with the monotonic clock, is not accepted until the new time
//! has held for a day; until then, the old time continues. A clock that is set back is accepted at
//! once. So is a jump while the process does not run, since it cannot be noticed.

use std::time::Duration;

/// The wall clock may gain this much on the monotonic clock between two readings: it is corrected
/// now and then, and the monotonic clock stops while the machine sleeps.
const TOLERANCE_MS: i64 = 60_000;

/// How long a new time has to hold before it is accepted.
const ACCEPT_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Both clocks, read at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// The wall clock, in ms since 1970.
    pub wall_ms: i64,
    /// The monotonic clock.
    pub elapsed: Duration,
}

impl Clocks {
    /// The wall clock at a later monotonic time, if it does not jump.
    fn wall_ms_at(&self, elapsed: Duration) -> i64 {
        let passed = elapsed.saturating_sub(self.elapsed).as_millis();
        self.wall_ms
            .saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}

/// A change in the state of a jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// The wall clock has jumped ahead by this many ms.
    Ahead(i64),
    /// The wall clock is back at the old time.
    Back,
    /// The new time is accepted.
    Accepted,
}

/// See the module's description.
#[derive(Debug)]
pub struct TrustedTime {
    trusted: Clocks,
    /// Both clocks when the jump was noticed.
    jumped: Option<Clocks>,
}

impl TrustedTime {
    /// Starts with the present wall clock.
    pub fn new(now: Clocks) -> TrustedTime {
        TrustedTime {
            trusted: now,
            jumped: None,
        }
    }

    /// The time to use, in ms since 1970, and what to log about it.
    pub fn read(&mut self, now: Clocks) -> (i64, Option<Jump>) {
        let held_ms = self.trusted.wall_ms_at(now.elapsed);
        if now.wall_ms <= held_ms.saturating_add(TOLERANCE_MS) {
            self.trusted = now;
            let jump = self.jumped.take().map(|_| Jump::Back);
            return (now.wall_ms, jump);
        }
        let held = self.jumped.filter(|jumped| {
            now.wall_ms.abs_diff(jumped.wall_ms_at(now.elapsed)) <= TOLERANCE_MS as u64
        });
        match held {
            None => {
                self.jumped = Some(now);
                (
                    held_ms,
                    Some(Jump::Ahead(now.wall_ms.saturating_sub(held_ms))),
                )
            }
            Some(jumped) if now.elapsed.saturating_sub(jumped.elapsed) >= ACCEPT_AFTER => {
                *self = TrustedTime::new(now);
                (now.wall_ms, Some(Jump::Accepted))
            }
            Some(_) => (held_ms, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_MS: i64 = 1_700_000_000_000;
    const HOUR_MS: i64 = 3_600_000;

    /// The clocks after this many hours, with the wall clock ahead by `ahead_ms`.
    fn clocks(hours: i64, ahead_ms: i64) -> Clocks {
        Clocks {
            wall_ms: START_MS + hours * HOUR_MS + ahead_ms,
            elapsed: Duration::from_millis((hours * HOUR_MS) as u64),
        }
    }

    fn at(hours: i64) -> i64 {
        clocks(hours, 0).wall_ms
    }

    #[test]
    fn a_clock_without_jumps_is_used_with_its_corrections() {
        let mut time = TrustedTime::new(clocks(0, 0));
        for (hour, ahead_ms) in [(1, 50_000), (2, 100_000), (3, -HOUR_MS), (4, -HOUR_MS)] {
            let now = clocks(hour, ahead_ms);
            assert_eq!(time.read(now), (now.wall_ms, None), "hour {hour}");
        }
    }

    #[test]
    fn a_jump_is_accepted_after_a_day() {
        let mut time = TrustedTime::new(clocks(0, 0));
        let year_ms = 365 * 24 * HOUR_MS;
        assert_eq!(
            time.read(clocks(1, year_ms)),
            (at(1), Some(Jump::Ahead(year_ms)))
        );
        assert_eq!(time.read(clocks(24, year_ms)), (at(24), None));
        assert_eq!(
            time.read(clocks(25, year_ms)),
            (at(25) + year_ms, Some(Jump::Accepted))
        );
        assert_eq!(time.read(clocks(26, year_ms)), (at(26) + year_ms, None));
    }

    #[test]
    fn a_jump_that_is_reverted_is_ignored() {
        let mut time = TrustedTime::new(clocks(0, 0));
        assert_eq!(time.read(clocks(1, HOUR_MS)).0, at(1));
        assert_eq!(time.read(clocks(2, 0)), (at(2), Some(Jump::Back)));
        assert_eq!(time.read(clocks(30, 0)), (at(30), None));
    }

    #[test]
    fn a_clock_that_jumps_again_and_again_is_not_accepted() {
        let mut time = TrustedTime::new(clocks(0, 0));
        for hour in 1..100 {
            let (now_ms, jump) = time.read(clocks(hour, hour * HOUR_MS));
            assert_eq!(
                (now_ms, jump),
                (at(hour), Some(Jump::Ahead(hour * HOUR_MS)))
            );
        }
    }
}
