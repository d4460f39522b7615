//! Triggers: when a query looks for its next batch.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::options::parse_duration;

/// When a query looks for its next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Trigger {
    /// As soon as the last batch is done.
    #[default]
    Default,
    /// At the wall-clock multiples of an interval; at once when the last batch took longer.
    ProcessingTime(Duration),
    /// One batch with all that is there, then stop.
    Once,
    /// As many batches as it takes to process what was there at the start, then stop.
    AvailableNow,
}

impl Trigger {
    /// The trigger of a text such as `10 seconds`; `0 seconds` is [`Trigger::Default`].
    ///
    /// # Errors
    /// `IllegalArgument` if the text is not a time.
    pub fn processing_time(interval: &str) -> Result<Trigger> {
        match parse_duration(interval) {
            Some(Duration::ZERO) => Ok(Trigger::Default),
            Some(interval) => Ok(Trigger::ProcessingTime(interval)),
            None => Err(Error::illegal_argument(format!(
                "Invalid trigger interval '{interval}': must be a time such as '10 seconds'"
            ))),
        }
    }

    /// When to look for the next batch, given when this look began; `None`: as soon as there is
    /// nothing else to do. Both in milliseconds since the epoch.
    pub fn next_at_ms(&self, began_at_ms: i64) -> Option<i64> {
        match self {
            Trigger::ProcessingTime(interval) => {
                let interval_ms = (interval.as_millis() as i64).max(1);
                Some((began_at_ms.div_euclid(interval_ms) + 1) * interval_ms)
            }
            Trigger::Default | Trigger::Once | Trigger::AvailableNow => None,
        }
    }

    /// Whether the query ends by itself when nothing is left to do.
    pub fn finishes(&self) -> bool {
        matches!(self, Trigger::Once | Trigger::AvailableNow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processing_time_keeps_to_the_boundaries() {
        let trigger = Trigger::processing_time("10 seconds").unwrap();
        assert_eq!(trigger.next_at_ms(10_000), Some(20_000));
        assert_eq!(trigger.next_at_ms(12_345), Some(20_000));
        assert_eq!(Trigger::Default.next_at_ms(5), None);
        assert_eq!(
            Trigger::processing_time("0 seconds").unwrap(),
            Trigger::Default
        );
    }
}
