//! The trace of a run: a hash of all events, and the last events themselves.

use std::collections::VecDeque;
use std::time::Duration;

use super::generator::mix;

/// Events that are kept for [`Trace::lines`].
const KEPT: usize = 400;

#[derive(Debug, Default)]
pub(super) struct Trace {
    hash: u64,
    last: VecDeque<Event>,
}

#[derive(Debug)]
struct Event {
    time: Duration,
    what: &'static str,
    subject: u64,
    amount: u64,
}

impl Trace {
    pub(super) fn note(&mut self, time: Duration, what: &'static str, subject: u64, amount: u64) {
        let mut hash = mix(self.hash ^ time.as_nanos() as u64);
        for number in [name_hash(what), subject, amount] {
            hash = mix(hash ^ number);
        }
        self.hash = hash;
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(Event {
            time,
            what,
            subject,
            amount,
        });
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let line = |event: &Event| {
            let seconds = event.time.as_secs_f64();
            format!(
                "{seconds:.9} {} {} {}",
                event.what, event.subject, event.amount
            )
        };
        self.last.iter().map(line).collect()
    }
}

/// A number for a name.
pub(super) fn name_hash(name: &str) -> u64 {
    name.bytes()
        .fold(0, |hash, byte| mix(hash ^ u64::from(byte)))
}
