//! One batch: planned, run, committed, reported.
//!
//! The order is what makes it exactly once: `offsets/N` is durable before a row is read, the
//! sink's write and the state's version N+1 before `commits/N`, and only then do sources forget.

use std::collections::BTreeMap;
use std::time::Duration;

use io::Clock;

use super::life::{End, QueryLife, Running};
use super::listener::QueryProgressEvent;
use crate::batch::{Step, has_new_data};
use crate::checkpoint::{Commit, PlannedBatch};
use crate::executor::{BatchInput, BatchStats, BatchTimes};
use crate::progress::{SinkProgress, SourceProgress, StreamingQueryProgress, rate, timestamp};
use crate::source::Offset;

/// Takes the time of a batch's phases.
pub(super) struct Stopwatch {
    clock: Clock,
    began_ms: i64,
    began: Duration,
    lap_began: Duration,
    laps_ms: BTreeMap<String, u64>,
}

impl Stopwatch {
    pub(super) fn start(clock: &Clock) -> Stopwatch {
        let now = clock.elapsed();
        Stopwatch {
            clock: clock.clone(),
            began_ms: clock.now_ms(),
            began: now,
            lap_began: now,
            laps_ms: BTreeMap::new(),
        }
    }

    /// When it was started, in milliseconds since the epoch.
    pub(super) fn began_ms(&self) -> i64 {
        self.began_ms
    }

    /// The time since the last lap belongs to `phase`.
    pub(super) fn lap(&mut self, phase: &str) {
        let now = self.clock.elapsed();
        let ms = (now - self.lap_began).as_millis() as u64;
        *self.laps_ms.entry(phase.to_string()).or_default() += ms;
        self.lap_began = now;
    }

    fn total(&self) -> Duration {
        self.clock.elapsed() - self.began
    }
}

/// What a batch did, for its report.
struct Outcome {
    batch_id: u64,
    starts: Vec<Option<Offset>>,
    ends: Vec<Option<Offset>>,
    watermark_ms: i64,
    stats: BatchStats,
    rows_written: Option<u64>,
}

impl QueryLife {
    /// Plans the next batch if it is not planned yet, runs and commits it.
    pub(super) async fn run_batch(
        &self,
        running: &mut Running,
        step: Step,
        mut watch: Stopwatch,
    ) -> Result<(), End> {
        let batch_id = running.batch_id;
        if let Step::Plan { .. } = step {
            self.state.set_message("Writing offsets to log");
            let planned = PlannedBatch {
                watermark_ms: running.tracker.current_ms(),
                timestamp_ms: self.io.clock.now_ms(),
                conf: running.pinned.clone(),
                ends: running.available.clone(),
            };
            self.checkpoint.offsets.add(batch_id, &planned)?;
            running.planned = Some(planned);
            watch.lap("walCommit");
        }
        let planned = running
            .planned
            .clone()
            .expect("the batch is planned by now");
        let has_data = has_new_data(&running.committed, &planned.ends);
        self.state.set_message(if has_data {
            "Processing new data"
        } else {
            "No new data but cleaning up state"
        });
        let (stats, rows_written) = self.process(running, &planned, &mut watch).await?;
        running.tracker.update(&stats.event_time);
        let commit = Commit {
            next_batch_watermark_ms: running.tracker.current_ms(),
        };
        self.checkpoint.commits.add(batch_id, commit)?;
        watch.lap("commitOffsets");
        let outcome = Outcome {
            batch_id,
            starts: std::mem::replace(&mut running.committed, planned.ends.clone()),
            ends: planned.ends,
            watermark_ms: planned.watermark_ms,
            stats,
            rows_written,
        };
        running.planned = None;
        running.batch_id += 1;
        running.batches_run += 1;
        running.late_watermark_ms = planned.watermark_ms;
        running.last_run_watermark_ms = Some(planned.watermark_ms);
        for (source, end) in running.sources.iter().zip(&outcome.ends) {
            if let Some(end) = end {
                self.or_stop(source.commit(end)).await?;
            }
        }
        if let Some(old) = running.batch_id.checked_sub(self.batches_to_retain() + 1) {
            self.checkpoint.purge(old)?;
        }
        self.report(running, outcome, watch).await;
        Ok(())
    }

    /// Reads, computes and writes; makes state durable.
    async fn process(
        &self,
        running: &mut Running,
        planned: &PlannedBatch,
        watch: &mut Stopwatch,
    ) -> Result<(BatchStats, Option<u64>), End> {
        let batch_id = running.batch_id;
        let mut lanes = Vec::new();
        for (index, source) in running.sources.iter().enumerate() {
            let start = running.committed[index].as_ref();
            lanes.push(match &planned.ends[index] {
                Some(end) if start != Some(end) => self.or_stop(source.read(start, end)).await?,
                _ => Vec::new(),
            });
        }
        watch.lap("getBatch");
        let times = BatchTimes {
            late_watermark_ms: running.late_watermark_ms,
            eviction_watermark_ms: planned.watermark_ms,
            timestamp_ms: planned.timestamp_ms,
        };
        let input = BatchInput {
            batch_id,
            lanes,
            times,
        };
        let run = self.or_stop(running.executor.run(input)).await?;
        watch.lap("queryPlanning");
        let schema = self.plan.output_schema();
        let write = self.sink.add_batch(batch_id, self.mode, schema, run.output);
        let rows_written = self.or_stop(write).await?;
        let mut stats = running.executor.finish().await?;
        running.executor.commit(batch_id).await?;
        let commit_times = running.executor.commit_times_ms();
        for (operator, commit_time_ms) in stats.operators.iter_mut().zip(commit_times) {
            operator.commit_time_ms = commit_time_ms;
        }
        watch.lap("addBatch");
        Ok((stats, rows_written))
    }

    /// Makes the batch's report and hands it to everybody.
    async fn report(&self, running: &mut Running, outcome: Outcome, mut watch: Stopwatch) {
        let total = watch.total();
        let began_ms = watch.began_ms;
        let since_last = match running.last_began_ms {
            Some(last_ms) => (began_ms - last_ms) as f64 / 1000.0,
            None => f64::INFINITY,
        };
        running.last_began_ms = Some(began_ms);
        let own = total.as_millis() as f64 / 1000.0;
        let mut sources = Vec::new();
        for (index, source) in running.sources.iter().enumerate() {
            let json =
                |offset: Option<&Offset>| offset.map_or(serde_json::Value::Null, Offset::json);
            let end = outcome.ends[index].as_ref();
            let rows = outcome.stats.source_rows.get(index).copied().unwrap_or(0);
            sources.push(SourceProgress {
                description: source.description(),
                start_offset: json(outcome.starts[index].as_ref()),
                end_offset: json(end),
                latest_offset: json(source.report_latest_offset().await.as_ref()),
                num_input_rows: rows,
                input_rows_per_second: rate(rows, since_last),
                processed_rows_per_second: rate(rows, own),
                metrics: source.metrics(end),
            });
        }
        let rows: u64 = outcome.stats.source_rows.iter().sum();
        let duration_ms = total.as_millis() as u64;
        watch
            .laps_ms
            .insert("triggerExecution".to_string(), duration_ms);
        let identity = &self.state.identity;
        let progress = StreamingQueryProgress {
            id: identity.id.to_string(),
            run_id: identity.run_id.to_string(),
            name: identity.name.clone(),
            timestamp: timestamp(began_ms),
            batch_id: outcome.batch_id,
            batch_duration: duration_ms,
            num_input_rows: rows,
            input_rows_per_second: rate(rows, since_last),
            processed_rows_per_second: rate(rows, own),
            duration_ms: watch.laps_ms,
            event_time: event_time(&outcome),
            state_operators: outcome.stats.operators,
            sources,
            sink: SinkProgress {
                description: self.sink.description(),
                num_output_rows: outcome.rows_written.map_or(-1, |rows| rows as i64),
            },
        };
        self.state.report(progress.clone());
        let event = QueryProgressEvent { progress };
        self.streams
            .tell(|listener| listener.on_query_progress(&event));
    }
}

/// The watermark during the batch, and the event times of its rows if it had any.
fn event_time(outcome: &Outcome) -> BTreeMap<String, String> {
    let mut times = BTreeMap::new();
    if outcome.stats.event_time.is_empty() {
        return times;
    }
    times.insert("watermark".to_string(), timestamp(outcome.watermark_ms));
    if let Some(seen) = outcome.stats.event_time.iter().flatten().next() {
        times.insert("min".to_string(), timestamp(seen.min_ms));
        times.insert("max".to_string(), timestamp(seen.max_ms));
        times.insert("avg".to_string(), timestamp(seen.avg_ms));
    }
    times
}
