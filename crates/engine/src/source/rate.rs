//! The source `rate`: a counter and the time, at a steady number of rows per second.
//!
//! The offset is the number of whole seconds since the stream was first started; that moment is
//! kept in the checkpoint, so a restart goes on counting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{Int64Array, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use io::{Clock, Io};

use super::{Lane, Offset, ReadLimit, Source};
use crate::checkpoint::text::{read_versioned, write_versioned};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;

/// Options of the source `rate`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateSpec {
    rows_per_second: i64,
    ramp_up_seconds: i64,
    lanes: Option<u64>,
}

/// The columns of both rate sources: `timestamp`, `value`.
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new(
            "timestamp",
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            true,
        ),
        Field::new("value", DataType::Int64, true),
    ]))
}

impl RateSpec {
    /// Reads the options.
    ///
    /// # Errors
    /// `IllegalArgument` for values that are not positive.
    pub fn new(options: &Options) -> Result<RateSpec> {
        let positive = |name: &str, default: i64| match options.get(name) {
            None => Ok(default),
            Some(text) => match text.trim().parse::<i64>() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(Error::illegal_argument(format!(
                    "Invalid value '{text}'. The option '{name}' must be positive"
                ))),
            },
        };
        Ok(RateSpec {
            rows_per_second: positive("rowsPerSecond", 1)?,
            ramp_up_seconds: options
                .duration("rampUpTime", std::time::Duration::ZERO)?
                .as_secs() as i64,
            lanes: options.positive("numPartitions")?,
        })
    }

    /// As Spark prints it, the missing bracket included.
    pub fn description(&self) -> String {
        let lanes = match self.lanes {
            Some(lanes) => lanes.to_string(),
            None => "default".to_string(),
        };
        format!(
            "RateStreamV2[rowsPerSecond={}, rampUpTimeSeconds={}, numPartitions={lanes}",
            self.rows_per_second, self.ramp_up_seconds
        )
    }

    /// How many rows there are before second `seconds`.
    fn rows_before(&self, seconds: i64) -> i64 {
        // The rate climbs in equal steps, one per second, to its full height.
        let step = self.rows_per_second / (self.ramp_up_seconds + 1);
        if seconds <= self.ramp_up_seconds {
            if step >= 1 {
                // 0, then step, then step + 2 step, …
                return step * seconds * (seconds - 1) / 2 + step * seconds;
            }
            return 0;
        }
        let ramp_rows = self.rows_before(self.ramp_up_seconds);
        ramp_rows + (seconds - self.ramp_up_seconds) * self.rows_per_second
    }
}

/// A running `rate` source.
#[derive(Debug)]
pub struct RateSource {
    spec: RateSpec,
    clock: Clock,
    created_at_ms: i64,
    /// The largest offset handed out or stopped at; i64::MAX while there is no stop.
    stop_at: AtomicI64,
}

impl RateSource {
    /// Opens the source; its first opening is written to `directory`.
    ///
    /// # Errors
    /// If that cannot be read or written.
    pub fn open(io: &Io, spec: &RateSpec, directory: &str) -> Result<RateSource> {
        let name = format!("{directory}/0");
        let created_at_ms = match read_versioned(&io.objects, &name)? {
            Some(text) => text.trim().parse().map_err(|_| {
                Error::new(
                    ErrorKind::Checkpoint,
                    format!("{name} holds \"{text}\" where a time in milliseconds should be"),
                )
            })?,
            None => {
                let now_ms = io.clock.now_ms();
                write_versioned(&io.objects, &name, &now_ms.to_string())?;
                now_ms
            }
        };
        Ok(RateSource {
            spec: spec.clone(),
            clock: io.clock.clone(),
            created_at_ms,
            stop_at: AtomicI64::new(i64::MAX),
        })
    }

    fn seconds_now(&self) -> i64 {
        ((self.clock.now_ms() - self.created_at_ms) / 1000).max(0)
    }
}

/// An offset of a number's JSON text.
fn parse(offset: &Offset) -> Result<i64> {
    offset.0.trim().parse().map_err(|_| {
        Error::new(
            ErrorKind::Checkpoint,
            format!("\"{offset}\" is not an offset of the rate source"),
        )
    })
}

#[async_trait]
impl Source for RateSource {
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
        let at_least = start.map(parse).transpose()?.unwrap_or(0);
        let seconds = self.seconds_now().min(self.stop_at.load(Ordering::Relaxed));
        // The wall clock may have been set back.
        Ok(Some(Offset(seconds.max(at_least).to_string())))
    }

    async fn read(&self, start: Option<&Offset>, end: &Offset) -> Result<Vec<Lane>> {
        let start_seconds = start.map(parse).transpose()?.unwrap_or(0);
        let end_seconds = parse(end)?;
        let (first, end_row) = (
            self.spec.rows_before(start_seconds),
            self.spec.rows_before(end_seconds),
        );
        let rows = end_row - first;
        let base_ms = self.created_at_ms + start_seconds * 1000;
        let span_ms = (end_seconds - start_seconds) * 1000;
        lanes_of(self.spec.lanes.unwrap_or(1), first, rows, |row| {
            base_ms + (row - first) * span_ms / rows.max(1)
        })
    }

    async fn commit(&self, _end: &Offset) -> Result<()> {
        Ok(())
    }

    async fn prepare_available_now(&self) -> Result<()> {
        self.stop_at.store(self.seconds_now(), Ordering::Relaxed);
        Ok(())
    }

    async fn report_latest_offset(&self) -> Option<Offset> {
        Some(Offset(self.seconds_now().to_string()))
    }
}

/// `rows` rows counted up from `first`, dealt in turn to `lanes` lanes.
pub(super) fn lanes_of(
    lanes: u64,
    first: i64,
    rows: i64,
    timestamp_ms: impl Fn(i64) -> i64,
) -> Result<Vec<Lane>> {
    let lanes = lanes as i64;
    (0..lanes)
        .map(|lane| {
            let values: Vec<i64> = (first + lane..first + rows)
                .step_by(lanes as usize)
                .collect();
            let times = values.iter().map(|&row| timestamp_ms(row) * 1000);
            let batch = RecordBatch::try_new(
                schema(),
                vec![
                    Arc::new(
                        TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"),
                    ),
                    Arc::new(Int64Array::from(values)),
                ],
            )?;
            Ok(Box::pin(futures::stream::iter([Ok(batch)])) as Lane)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_climbs_to_its_full_height() {
        let spec = RateSpec {
            rows_per_second: 10,
            ramp_up_seconds: 4,
            lanes: None,
        };
        // 2, 4, 6, 8, then 10 each second.
        let totals: Vec<i64> = (0..=6).map(|second| spec.rows_before(second)).collect();
        assert_eq!(totals, [0, 2, 6, 12, 20, 30, 40]);
    }
}
