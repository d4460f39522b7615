//! The time that retention goes by: the wall clock, but not where that has jumped ahead.
//!
//! A wall clock that runs ahead makes everything old, and what is deleted stays deleted when it is
//! put right. So a jump, seen by a clock that only ever ticks, is not believed before the new
//! time has stood for a day; until then, time goes on from where it was. A clock that goes back,
//! or a jump while the process does not run, cannot be told from the truth and is believed.

use std::time::Duration;

/// The wall clock may gain so much on the ticking one between two looks: it is corrected now and
/// then, and the ticking one stands still while the machine sleeps.
const TOLERANCE_MS: i64 = 60_000;

/// How long a new time has to stand before it is believed.
const PROOF: Duration = Duration::from_secs(24 * 3600);

/// Both clocks, read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// The wall clock, in ms since 1970.
    pub wall_ms: i64,
    /// The clock that only ticks.
    pub elapsed: Duration,
}

impl Clocks {
    /// What the wall clock says later, if it does not jump.
    fn wall_ms_at(&self, elapsed: Duration) -> i64 {
        let passed = elapsed.saturating_sub(self.elapsed).as_millis();
        self.wall_ms
            .saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}

/// What has become of a jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// The wall clock is ahead by so many ms, from one look to the next.
    Ahead(i64),
    /// It is back where it was.
    Back,
    /// It was right.
    Believed,
}

/// See the module's description.
#[derive(Debug)]
pub struct TrustedTime {
    trusted: Clocks,
    /// When a jump was first seen.
    jumped: Option<Clocks>,
}

impl TrustedTime {
    /// Believes the wall clock for now.
    pub fn new(now: Clocks) -> TrustedTime {
        TrustedTime {
            trusted: now,
            jumped: None,
        }
    }

    /// The time to go by, in ms since 1970, and what is to be said about it.
    pub fn look(&mut self, now: Clocks) -> (i64, Option<Jump>) {
        let held_ms = self.trusted.wall_ms_at(now.elapsed);
        if now.wall_ms <= held_ms.saturating_add(TOLERANCE_MS) {
            self.trusted = now;
            let jump = self.jumped.take().map(|_| Jump::Back);
            return (now.wall_ms, jump);
        }
        let stands = self.jumped.filter(|jumped| {
            now.wall_ms.abs_diff(jumped.wall_ms_at(now.elapsed)) <= TOLERANCE_MS as u64
        });
        match stands {
            None => {
                self.jumped = Some(now);
                (
                    held_ms,
                    Some(Jump::Ahead(now.wall_ms.saturating_sub(held_ms))),
                )
            }
            Some(jumped) if now.elapsed.saturating_sub(jumped.elapsed) >= PROOF => {
                *self = TrustedTime::new(now);
                (now.wall_ms, Some(Jump::Believed))
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

    /// The clocks after so many hours, with the wall clock ahead by so much.
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
    fn a_clock_that_ticks_is_followed_with_its_corrections() {
        let mut time = TrustedTime::new(clocks(0, 0));
        for (hour, ahead_ms) in [(1, 50_000), (2, 100_000), (3, -HOUR_MS), (4, -HOUR_MS)] {
            let now = clocks(hour, ahead_ms);
            assert_eq!(time.look(now), (now.wall_ms, None), "hour {hour}");
        }
    }

    #[test]
    fn a_jump_is_believed_after_a_day() {
        let mut time = TrustedTime::new(clocks(0, 0));
        let year_ms = 365 * 24 * HOUR_MS;
        assert_eq!(
            time.look(clocks(1, year_ms)),
            (at(1), Some(Jump::Ahead(year_ms)))
        );
        assert_eq!(time.look(clocks(24, year_ms)), (at(24), None));
        assert_eq!(
            time.look(clocks(25, year_ms)),
            (at(25) + year_ms, Some(Jump::Believed))
        );
        assert_eq!(time.look(clocks(26, year_ms)), (at(26) + year_ms, None));
    }

    #[test]
    fn a_jump_that_is_taken_back_was_none() {
        let mut time = TrustedTime::new(clocks(0, 0));
        assert_eq!(time.look(clocks(1, HOUR_MS)).0, at(1));
        assert_eq!(time.look(clocks(2, 0)), (at(2), Some(Jump::Back)));
        assert_eq!(time.look(clocks(30, 0)), (at(30), None));
    }

    #[test]
    fn a_clock_that_jumps_on_proves_nothing() {
        let mut time = TrustedTime::new(clocks(0, 0));
        for hour in 1..100 {
            let (now_ms, jump) = time.look(clocks(hour, hour * HOUR_MS));
            assert_eq!(
                (now_ms, jump),
                (at(hour), Some(Jump::Ahead(hour * HOUR_MS)))
            );
        }
    }
}
