//! What a query does next: a decision over facts, without clock, disk or `await`.
//!
//! A batch has three moments: it is *planned* when `offsets/N` is written, it *runs*, and it is
//! *committed* when `commits/N` is written. A planned batch that is not committed runs again as
//! it was planned, however much new data there is by then.

use crate::error::{Error, ErrorKind, Result};
use crate::source::Offset;
use crate::trigger::Trigger;

/// Where a run of a query begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// With batch 0.
    New,
    /// With a batch that was planned and perhaps ran, but was not committed.
    Again {
        /// The batch.
        batch_id: u64,
    },
    /// With the batch after one that was committed.
    After {
        /// The committed batch.
        batch_id: u64,
    },
}

/// Where a run begins, by the last batch in each log.
///
/// # Errors
/// `Checkpoint` if a batch is committed that was never planned: offsets are missing, and going on
/// would read data twice.
pub fn resume(latest_planned: Option<u64>, latest_committed: Option<u64>) -> Result<Resume> {
    match (latest_planned, latest_committed) {
        (None, None) => Ok(Resume::New),
        (Some(planned), Some(committed)) if planned == committed => {
            Ok(Resume::After { batch_id: planned })
        }
        // Commits more than one behind are gaps that a crash cannot leave; the last planned
        // batch is still the only one that may have to run again.
        (Some(planned), committed) if committed.is_none_or(|committed| committed < planned) => {
            Ok(Resume::Again { batch_id: planned })
        }
        (planned, committed) => Err(Error::new(
            ErrorKind::Checkpoint,
            format!(
                "the checkpoint is inconsistent: batch {} is committed, but the last planned one \
                 is {}",
                committed.map_or("none".to_string(), |id| id.to_string()),
                planned.map_or("none".to_string(), |id| id.to_string()),
            ),
        )),
    }
}

/// What is known when a query looks for something to do.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The next batch stands in `offsets/` already.
    pub planned: bool,
    /// Per source: how far committed batches have read.
    pub committed: &'a [Option<Offset>],
    /// Per source: how far the next batch could read.
    pub available: &'a [Option<Offset>],
    /// The watermark has moved so that operators have something to emit or forget without data.
    pub wants_no_data_batch: bool,
    /// How many batches this run has committed.
    pub batches_run: u64,
    /// When to look, and when to end.
    pub trigger: Trigger,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Run the batch that is planned.
    Run,
    /// Write `offsets/N` up to what is available, then run it.
    Plan {
        /// Whether any source has something new; if not, the batch is for the watermark's sake.
        has_data: bool,
    },
    /// Nothing to do now.
    Wait,
    /// Nothing to do, and nothing will come: the run is over.
    Finish,
}

/// What to do next.
pub fn next_step(facts: &Facts<'_>) -> Step {
    if facts.trigger == Trigger::Once && facts.batches_run > 0 {
        return Step::Finish;
    }
    if facts.planned {
        return Step::Run;
    }
    let has_data = has_new_data(facts.committed, facts.available);
    if has_data || facts.wants_no_data_batch {
        return Step::Plan { has_data };
    }
    if facts.trigger.finishes() {
        return Step::Finish;
    }
    Step::Wait
}

/// Whether any source could be read further than it was.
pub fn has_new_data(committed: &[Option<Offset>], available: &[Option<Offset>]) -> bool {
    committed
        .iter()
        .zip(available)
        .any(|(committed, available)| available.is_some() && available != committed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_begins_where_the_logs_say() {
        let table = [
            // planned, committed, begins
            (None, None, Some(Resume::New)),
            (Some(0), None, Some(Resume::Again { batch_id: 0 })),
            (Some(0), Some(0), Some(Resume::After { batch_id: 0 })),
            (Some(7), Some(6), Some(Resume::Again { batch_id: 7 })),
            (Some(7), Some(7), Some(Resume::After { batch_id: 7 })),
            (Some(7), Some(3), Some(Resume::Again { batch_id: 7 })),
            (Some(6), Some(7), None),
            (None, Some(0), None),
        ];
        for (planned, committed, begins) in table {
            assert_eq!(
                resume(planned, committed).ok(),
                begins,
                "{planned:?} {committed:?}"
            );
        }
    }

    #[test]
    fn next_step_as_a_table() {
        let at = |text: &str| match text {
            "-" => None,
            text => Some(Offset(text.to_string())),
        };
        let (default, now, once) = (Trigger::Default, Trigger::AvailableNow, Trigger::Once);
        let plan = |has_data| Step::Plan { has_data };
        #[rustfmt::skip]
        let table = [
            // planned, committed, available, no-data batch, batches run, trigger → step
            (true,  "-", "-", false, 0, default, Step::Run),    // recovered: as planned
            (true,  "1", "2", true,  0, now,     Step::Run),
            (true,  "1", "2", false, 0, once,    Step::Run),
            (true,  "1", "2", false, 1, once,    Step::Finish), // once means one batch
            (false, "-", "-", false, 0, default, Step::Wait),   // a source without anything yet
            (false, "-", "-", false, 0, now,     Step::Finish),
            (false, "-", "0", false, 0, default, plan(true)),
            (false, "3", "4", false, 5, default, plan(true)),
            (false, "3", "4", false, 5, now,     plan(true)),   // limits: several batches
            (false, "3", "3", false, 5, default, Step::Wait),
            (false, "3", "3", true,  5, default, plan(false)),  // the watermark moved
            (false, "3", "3", true,  5, now,     plan(false)),
            (false, "3", "3", false, 5, now,     Step::Finish),
            (false, "3", "3", true,  1, once,    Step::Finish),
            (false, "3", "-", false, 5, default, Step::Wait),   // a source that cannot tell now
        ];
        for (planned, committed, available, no_data, batches_run, trigger, expected) in table {
            let facts = Facts {
                planned,
                committed: &[at(committed)],
                available: &[at(available)],
                wants_no_data_batch: no_data,
                batches_run,
                trigger,
            };
            assert_eq!(next_step(&facts), expected, "{facts:?}");
        }
    }

    #[test]
    fn one_of_several_sources_is_enough() {
        let at = |text: &str| Some(Offset(text.to_string()));
        assert!(has_new_data(&[at("1"), None], &[at("1"), at("0")]));
        assert!(!has_new_data(&[at("1"), None], &[at("1"), None]));
    }
}
