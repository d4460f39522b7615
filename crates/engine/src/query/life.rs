//! The loop of a query: look for a batch, run it, wait.
//!
//! What to do is decided by [`crate::batch`]; this does it. Between looks the query holds no
//! facts but those in [`Running`], all of which a restart finds in the checkpoint again.
//!
//! A request to stop is obeyed while waiting, while sources are asked or read, and while the sink
//! writes; not between the end of the sink's write and the commit, which are short.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use io::Io;

use super::StreamingQuery;
use super::batch_run::Stopwatch;
use super::listener::{QueryIdleEvent, QueryTerminatedEvent};
use super::manager::StreamingQueryManager;
use super::state::QueryState;
use super::watermark::{Policy, WatermarkTracker};
use crate::batch::{Facts, Resume, Step, has_new_data, next_step, resume};
use crate::checkpoint::{Checkpoint, PinnedConf, PlannedBatch};
use crate::conf::Conf;
use crate::error::{Error, ErrorKind, Result};
use crate::executor::{MicroBatchExecutor, StreamingPlan};
use crate::progress::timestamp;
use crate::runtime::Runtime;
use crate::sink::{OutputMode, Sink};
use crate::source::{Offset, ReadLimit, Source};
use crate::trigger::Trigger;

/// Everything a run of a query needs.
pub struct QueryLife {
    /// What the queries of the session share.
    pub runtime: Runtime,
    /// The outside world.
    pub io: Io,
    /// What every batch runs.
    pub plan: Arc<StreamingPlan>,
    /// The plan as the user wrote it, for error messages.
    pub plan_text: String,
    /// Where the rows go.
    pub sink: Arc<dyn Sink>,
    /// Which rows go there.
    pub mode: OutputMode,
    /// When a batch starts.
    pub trigger: Trigger,
    /// The logs of the query.
    pub checkpoint: Checkpoint,
    /// The checkpoint was made for this run only.
    pub forget_checkpoint: bool,
    /// The session's configuration when the query was started.
    pub conf: Conf,
    /// What the handle of the query shows.
    pub state: Arc<QueryState>,
    /// The queries of the session.
    pub streams: StreamingQueryManager,
}

/// Where a query stands between batches.
pub(super) struct Running {
    pub(super) sources: Vec<Arc<dyn Source>>,
    pub(super) executor: MicroBatchExecutor,
    pub(super) pinned: PinnedConf,
    /// The batch that is planned, or the next one to be.
    pub(super) batch_id: u64,
    /// What stands in `offsets/<batch_id>`.
    pub(super) planned: Option<PlannedBatch>,
    /// Per source: how far committed batches have read.
    pub(super) committed: Vec<Option<Offset>>,
    /// Per source: how far the next batch could read.
    pub(super) available: Vec<Option<Offset>>,
    /// The watermark of the batch before this one: rows below it are late.
    pub(super) late_watermark_ms: i64,
    pub(super) tracker: WatermarkTracker,
    /// The watermark of the last batch that this run has committed.
    pub(super) last_run_watermark_ms: Option<i64>,
    pub(super) batches_run: u64,
    /// When the last look that led to a batch began.
    pub(super) last_began_ms: Option<i64>,
}

/// Why a run is over.
pub(super) enum End {
    Stopped,
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> End {
        End::Failed(error)
    }
}

/// How long to wait after so many looks in a row found nothing: the polling delay, then twice as
/// long each time, up to ten times. A look asks every source, over the network for most.
fn idle_delay(polling_delay: Duration, looks: u32) -> Duration {
    let doublings = looks.saturating_sub(1).min(4);
    polling_delay * (1 << doublings).min(10)
}

/// What a panic said, as an error.
fn panicked(panic: &(dyn Any + Send)) -> Error {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::new(ErrorKind::Engine, format!("the query panicked: {message}"))
}

impl QueryLife {
    /// Runs the query to its end and tells everybody.
    pub async fn live(self, query: StreamingQuery) {
        let mut running = None;
        // A panic in an operator or a sink ends this query, not the others.
        let run = AssertUnwindSafe(self.run(&mut running)).catch_unwind();
        let end = run
            .await
            .unwrap_or_else(|panic| Err(End::Failed(panicked(panic.as_ref()))));
        let exception = match end {
            Ok(()) | Err(End::Stopped) => None,
            Err(End::Failed(cause)) => Some(self.stream_failed(cause, running.as_ref())),
        };
        // State and sources are let go before anybody hears that the query is over: a new run
        // may open them at once.
        if let Some(running) = &mut running {
            running.executor.settle().await;
        }
        drop(running);
        if self.forget_checkpoint && exception.is_none() {
            let directory = self.checkpoint.directory();
            if let Err(error) = self.io.objects.delete_dir(directory) {
                tracing::warn!("cannot delete the temporary checkpoint {directory}: {error}");
            }
        }
        let event = QueryTerminatedEvent {
            id: self.state.identity.id.to_string(),
            run_id: self.state.identity.run_id.to_string(),
            exception: exception.as_ref().map(Error::to_string),
            error_class_on_exception: exception
                .as_ref()
                .and_then(Error::condition)
                .map(str::to_string),
        };
        if let Some(exception) = &exception {
            tracing::error!("{exception}");
        }
        self.state.end(exception);
        self.streams.remove(&query);
        self.streams
            .tell(|listener| listener.on_query_terminated(&event));
    }

    async fn run(&self, running: &mut Option<Running>) -> Result<(), End> {
        let running = running.insert(self.begin().await?);
        let polling_delay = self.conf_ms("spark.sql.streaming.pollingDelay", 10);
        let idle_interval = self.conf_ms("spark.sql.streaming.noDataProgressEventInterval", 10_000);
        let mut told_idle_at = self.io.clock.elapsed();
        let mut idle_looks = 0u32;
        loop {
            let mut stopwatch = Stopwatch::start(&self.io.clock);
            let began_ms = stopwatch.began_ms();
            let step = self.look(running, &mut stopwatch).await?;
            match step {
                Step::Finish => return Ok(()),
                Step::Wait => {
                    idle_looks = idle_looks.saturating_add(1);
                    self.set_idle();
                    let now = self.io.clock.elapsed();
                    if now - told_idle_at >= idle_interval {
                        told_idle_at = now;
                        self.tell_idle(began_ms);
                    }
                }
                Step::Run | Step::Plan { .. } => {
                    idle_looks = 0;
                    self.run_batch(running, step, stopwatch).await?;
                    told_idle_at = self.io.clock.elapsed();
                    self.state
                        .life
                        .send_modify(|life| life.status.is_trigger_active = false);
                }
            }
            match self.trigger.next_at_ms(began_ms) {
                Some(next_at_ms) => {
                    self.state.set_message("Waiting for next trigger");
                    let wait_ms = (next_at_ms - self.io.clock.now_ms()).max(0) as u64;
                    self.wait(Duration::from_millis(wait_ms)).await?;
                }
                None if step == Step::Wait => {
                    let delay = idle_delay(polling_delay, idle_looks);
                    self.wait_to_look(delay).await?;
                }
                // Others on this thread, and a request to stop, must get their turn.
                None => self.give_way().await?,
            }
        }
    }

    /// Reads the logs and opens sources and state.
    async fn begin(&self) -> Result<Running, End> {
        let log = &self.checkpoint;
        let resume = resume(log.offsets.latest()?, log.commits.latest()?)?;
        tracing::info!(query = ?self.state.identity, ?resume, "query begins");
        let planned = |batch_id: u64| -> Result<PlannedBatch> {
            let planned = log.offsets.get(batch_id)?.ok_or_else(|| {
                Error::with_condition(
                    ErrorKind::Checkpoint,
                    "BATCH_METADATA_NOT_FOUND",
                    format!(
                        "Unable to find batch {}/offsets/{batch_id}.",
                        log.directory()
                    ),
                )
            })?;
            self.check_sources(&planned)?;
            Ok(planned)
        };
        let count = self.plan.sources().len();
        let nothing = || vec![None; count];
        let session = |name: &str| self.conf.get(name);
        let (batch_id, redo, committed, late_watermark_ms, watermark_ms, pinned) = match resume {
            Resume::New => (0, None, nothing(), 0, 0, PinnedConf::of_session(session)),
            Resume::Again { batch_id } => {
                let redo = planned(batch_id)?;
                let (committed, late) = match batch_id.checked_sub(1) {
                    None => (nothing(), 0),
                    Some(before) => {
                        let before = planned(before)?;
                        (before.ends, before.watermark_ms)
                    }
                };
                let pinned = redo.conf.completed(session);
                (
                    batch_id,
                    Some(redo.clone()),
                    committed,
                    late,
                    redo.watermark_ms,
                    pinned,
                )
            }
            Resume::After { batch_id } => {
                let done = planned(batch_id)?;
                let commit = log.commits.get(batch_id)?;
                let next_ms = commit.map_or(0, |commit| commit.next_batch_watermark_ms);
                let watermark_ms = done.watermark_ms.max(next_ms);
                let pinned = done.conf.completed(session);
                (
                    batch_id + 1,
                    None,
                    done.ends,
                    done.watermark_ms,
                    watermark_ms,
                    pinned,
                )
            }
        };
        log.purge_before(batch_id.saturating_sub(self.batches_to_retain()))?;
        let conf = self.conf.snapshot();
        for (name, value) in pinned.iter() {
            conf.set(name, value);
        }
        let memory = self.runtime.memory();
        let mut sources = Vec::new();
        for (index, spec) in self.plan.sources().iter().enumerate() {
            let directory = log.source_directory(index);
            let source = self
                .or_stop(spec.open(&self.io, &memory, &directory))
                .await?;
            if self.trigger == Trigger::AvailableNow {
                self.or_stop(source.prepare_available_now()).await?;
            }
            sources.push(source);
        }
        let mut executor = MicroBatchExecutor::new(
            &self.runtime,
            self.plan.batch_plan().clone(),
            Some(&log.state_directory()),
            &conf,
        )?;
        executor.load((batch_id > 0).then_some(batch_id)).await?;
        let policy = pinned
            .get("spark.sql.streaming.multipleWatermarkPolicy")
            .map_or(Policy::Min, Policy::named);
        let available = match &redo {
            Some(redo) => redo.ends.clone(),
            None => committed.clone(),
        };
        Ok(Running {
            sources,
            executor,
            pinned,
            batch_id,
            planned: redo,
            committed,
            available,
            late_watermark_ms,
            tracker: WatermarkTracker::new(policy, self.plan.watermark_delays_ms(), watermark_ms),
            last_run_watermark_ms: None,
            batches_run: 0,
            last_began_ms: None,
        })
    }

    /// A checkpoint belongs to one list of sources.
    fn check_sources(&self, planned: &PlannedBatch) -> Result<()> {
        let (then, now) = (planned.ends.len(), self.plan.sources().len());
        if then == now {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Checkpoint,
            format!(
                "There are [{then}] sources in the checkpoint offsets and now there are [{now}] \
                 sources requested by the query. Cannot continue."
            ),
        ))
    }

    /// Asks the sources how far they could be read, and decides.
    async fn look(&self, running: &mut Running, watch: &mut Stopwatch) -> Result<Step, End> {
        self.state.life.send_modify(|life| {
            life.looks_begun += 1;
            life.status.is_trigger_active = true;
        });
        if running.planned.is_none() && !(self.trigger == Trigger::Once && running.batches_run > 0)
        {
            let limit = match self.trigger {
                Trigger::Once => ReadLimit::AllAvailable,
                _ => ReadLimit::AsConfigured,
            };
            for (index, source) in running.sources.iter().enumerate() {
                self.state
                    .set_message(&format!("Getting offsets from {}", source.description()));
                let start = running.committed[index].as_ref();
                let latest = self.or_stop(source.latest_offset(start, limit)).await?;
                running.available[index] = latest.or_else(|| running.committed[index].clone());
            }
            watch.lap("latestOffset");
        }
        let no_data_batches = self
            .conf
            .get("spark.sql.streaming.noDataMicroBatches.enabled")
            .is_none_or(|value| !value.eq_ignore_ascii_case("false"));
        let wants_no_data_batch = no_data_batches
            && running.last_run_watermark_ms.is_some_and(|last| {
                let next = running.tracker.current_ms();
                self.plan.should_run_no_data_batch(last, next)
            });
        let facts = Facts {
            planned: running.planned.is_some(),
            committed: &running.committed,
            available: &running.available,
            wants_no_data_batch,
            batches_run: running.batches_run,
            trigger: self.trigger,
        };
        let has_data = has_new_data(facts.committed, facts.available);
        self.state
            .life
            .send_modify(|life| life.status.is_data_available = has_data);
        Ok(next_step(&facts))
    }

    /// How many batches stay in the logs.
    pub(super) fn batches_to_retain(&self) -> u64 {
        self.conf
            .get_u64("spark.sql.streaming.minBatchesToRetain")
            .unwrap_or(100)
            .max(1)
    }

    fn conf_ms(&self, name: &str, default_ms: u64) -> Duration {
        Duration::from_millis(self.conf.get_u64(name).unwrap_or(default_ms))
    }

    /// The output of `work`, unless somebody asks the query to stop first.
    pub(super) async fn or_stop<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T, End> {
        tokio::select! {
            biased;
            () = self.state.stop_asked() => Err(End::Stopped),
            done = work => Ok(done?),
        }
    }

    async fn wait(&self, duration: Duration) -> Result<(), End> {
        let sleep = async {
            self.io.clock.sleep(duration).await;
            Ok(())
        };
        self.or_stop(sleep).await
    }

    /// Waits, but not when somebody wants to know what there is now.
    async fn wait_to_look(&self, duration: Duration) -> Result<(), End> {
        let asked = async {
            tokio::select! {
                biased;
                () = self.state.look_asked.notified() => {}
                () = self.io.clock.sleep(duration) => {}
            }
            Ok(())
        };
        self.or_stop(asked).await
    }

    async fn give_way(&self) -> Result<(), End> {
        let others = async {
            tokio::task::yield_now().await;
            Ok(())
        };
        self.or_stop(others).await
    }

    fn set_idle(&self) {
        self.state.life.send_modify(|life| {
            life.last_idle_look = life.looks_begun;
            life.status.is_trigger_active = false;
            life.status.message = "Waiting for data to arrive".to_string();
        });
    }

    fn tell_idle(&self, now_ms: i64) {
        let event = QueryIdleEvent {
            id: self.state.identity.id.to_string(),
            run_id: self.state.identity.run_id.to_string(),
            timestamp: timestamp(now_ms),
        };
        self.streams.tell(|listener| listener.on_query_idle(&event));
    }

    /// The error that ends the query, with what a person needs to understand it.
    fn stream_failed(&self, cause: Error, running: Option<&Running>) -> Error {
        let identity = &self.state.identity;
        let who = format!("[id = {}, runId = {}]", identity.id, identity.run_id);
        let name = match &identity.name {
            Some(name) => format!("{name} "),
            None => String::new(),
        };
        let offsets = |of: fn(&Running) -> &Vec<Option<Offset>>| {
            let known: Vec<String> = running
                .map(|running| (running, of(running)))
                .into_iter()
                .flat_map(|(running, offsets)| running.sources.iter().zip(offsets))
                .filter_map(|(source, offset)| {
                    Some(format!("{}: {}", source.description(), offset.as_ref()?))
                })
                .collect();
            format!("{{{}}}", known.join(","))
        };
        let mut details = format!(
            "=== Streaming Query ===\nIdentifier: {name}{who}\n\
             Current Committed Offsets: {}\nCurrent Available Offsets: {}\n\n\
             Current State: {}\nThread State: RUNNABLE",
            offsets(|running| &running.committed),
            offsets(|running| &running.available),
            if running.is_some() {
                "ACTIVE"
            } else {
                "INITIALIZING"
            },
        );
        if running.is_some() {
            details.push_str(&format!("\n\nLogical Plan:\n{}", self.plan_text));
        }
        self.state
            .set_message(&format!("Terminated with exception: {cause}"));
        let message = format!("Query {who} terminated with exception: {cause}");
        Error::stream_failed(message, details, cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_nothing_looks_less_often_but_within_ten_delays() {
        let delays = [1, 2, 3, 4, 5, 6, u32::MAX]
            .map(|looks| idle_delay(Duration::from_millis(10), looks).as_millis());
        assert_eq!(delays, [10, 20, 40, 80, 100, 100, 100]);
    }
}
