//! The source `rate-micro-batch`: a fixed number of rows in every batch, the same on every run.
//!
//! Every row of a batch carries the time of its batch, which advances by a fixed step.

use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::rate::{lanes_of, schema};
use super::{Lane, Offset, ReadLimit, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;

/// Options of the source `rate-micro-batch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateMicroBatchSpec {
    rows_per_batch: i64,
    lanes: Option<u64>,
    start_ms: i64,
    advance_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    offset: i64,
    timestamp: i64,
}

impl RateMicroBatchSpec {
    /// Reads the options.
    ///
    /// # Errors
    /// `IllegalArgument` if `rowsPerBatch` is missing or a value is negative.
    pub fn new(options: &Options) -> Result<RateMicroBatchSpec> {
        let not_negative = |name: &str, default: i64| match options.get(name) {
            None => Ok(default),
            Some(text) => match text.trim().parse::<i64>() {
                Ok(number) if number >= 0 => Ok(number),
                _ => Err(Error::illegal_argument(format!(
                    "Invalid value '{text}'. The option '{name}' must not be negative"
                ))),
            },
        };
        let rows_per_batch = options.positive("rowsPerBatch")?.ok_or_else(|| {
            Error::illegal_argument("Invalid value '0'. The option 'rowsPerBatch' must be positive")
        })?;
        Ok(RateMicroBatchSpec {
            rows_per_batch: rows_per_batch as i64,
            lanes: options.positive("numPartitions")?,
            start_ms: not_negative("startTimestamp", 0)?,
            advance_ms: not_negative("advanceMillisPerBatch", 1000)?,
        })
    }

    pub(crate) fn description(&self) -> String {
        format!(
            "RatePerMicroBatchStream[rowsPerBatch={}, numPartitions={}, startTimestamp={}, \
             advanceMsPerBatch={}]",
            self.rows_per_batch,
            self.lanes.unwrap_or(1),
            self.start_ms,
            self.advance_ms
        )
    }

    fn position(&self, offset: Option<&Offset>) -> Result<Position> {
        match offset {
            None => Ok(Position {
                offset: 0,
                timestamp: self.start_ms,
            }),
            Some(offset) => serde_json::from_str(&offset.0).map_err(|_| {
                Error::new(
                    ErrorKind::Checkpoint,
                    format!("\"{offset}\" is not an offset of the rate-micro-batch source"),
                )
            }),
        }
    }
}

/// A running `rate-micro-batch` source.
#[derive(Debug)]
pub struct RateMicroBatchSource {
    spec: RateMicroBatchSpec,
    available_now: AtomicBool,
    given: AtomicBool,
}

impl RateMicroBatchSource {
    pub(crate) fn new(spec: &RateMicroBatchSpec) -> RateMicroBatchSource {
        RateMicroBatchSource {
            spec: spec.clone(),
            available_now: AtomicBool::new(false),
            given: AtomicBool::new(false),
        }
    }
}

#[async_trait]
impl Source for RateMicroBatchSource {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    fn description(&self) -> String {
        self.spec.description()
    }

    async fn latest_offset(
        &self,
        start: Option<&Offset>,
        _limit: ReadLimit,
    ) -> Result<Option<Offset>> {
        // "Available now" is one batch: there is always another.
        let again = self.given.swap(true, Ordering::Relaxed);
        if again && self.available_now.load(Ordering::Relaxed) {
            return Ok(start.cloned());
        }
        let position = self.spec.position(start)?;
        let next = Position {
            offset: position.offset + self.spec.rows_per_batch,
            timestamp: position.timestamp + self.spec.advance_ms,
        };
        let text = serde_json::to_string(&next).expect("numbers have a JSON form");
        Ok(Some(Offset(text)))
    }

    async fn read(&self, start: Option<&Offset>, end: &Offset) -> Result<Vec<Lane>> {
        let start = self.spec.position(start)?;
        let end = self.spec.position(Some(end))?;
        lanes_of(
            self.spec.lanes.unwrap_or(1),
            start.offset,
            end.offset - start.offset,
            |_| start.timestamp,
        )
    }

    async fn commit(&self, _end: &Offset) -> Result<()> {
        Ok(())
    }

    async fn prepare_available_now(&self) -> Result<()> {
        self.given.store(false, Ordering::Relaxed);
        self.available_now.store(true, Ordering::Relaxed);
        Ok(())
    }
}
