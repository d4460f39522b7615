//! What runs the batches of a streaming query: a plan made once, and state kept in between.
//!
//! A batch's rows are a function of the plan, the lanes it is given, the version of the state,
//! the watermarks and the batch timestamp: run twice, it gives the same rows. The plan is a
//! [`BatchPlan`], which can be bytes: another engine that can run the same plan could stand behind
//! [`MicroBatchExecutor`].
//!
//! Does not choose what a batch reads, and writes nothing but state.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{displayable, execute_stream};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use io::{Io, Pool};
use parking_lot::Mutex;
use state::{Maintenance, StateConfig, StateStore};

use crate::conf::Conf;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;
pub use crate::operator::BatchTimes;
use crate::operator::{BatchContext, EventTimeRange, OperatorState, Unread, state_error};
use crate::plan::{self, BatchPlan, Compiled, configured};
use crate::progress::StateOperatorProgress;
use crate::runtime::Runtime;
use crate::sink::OutputMode;
use crate::source::{Lane, SourceSpec};

/// A streaming query, checked and planned for one output mode.
#[derive(Debug)]
pub struct StreamingPlan {
    compiled: Compiled,
    mode: OutputMode,
}

impl StreamingPlan {
    /// Checks and plans a query.
    ///
    /// # Errors
    /// Spark's conditions for what its output modes do not allow, `Unsupported` for what is not
    /// built, and whatever planning finds wrong.
    pub fn compile<'a>(
        runtime: &'a Runtime,
        plan: &'a LogicalPlan,
        mode: OutputMode,
    ) -> BoxFuture<'a, Result<StreamingPlan>> {
        async move {
            let mut compiled = plan::compile(&runtime.state(), plan, mode).await?;
            compiled.batch = compiled.batch.by_bytes(runtime);
            Ok(StreamingPlan { compiled, mode })
        }
        .boxed()
    }

    /// What every batch runs.
    pub fn batch_plan(&self) -> &BatchPlan {
        &self.compiled.batch
    }

    /// The sources, in the order of the offset log.
    pub fn sources(&self) -> &[SourceSpec] {
        &self.compiled.sources
    }

    /// The columns of the result.
    pub fn output_schema(&self) -> SchemaRef {
        Arc::clone(&self.compiled.schema)
    }

    /// How many watermarks the query has.
    pub fn watermark_nodes(&self) -> usize {
        self.compiled.watermark_delays_ms.len()
    }

    /// How late rows may be, in milliseconds, by watermark.
    pub fn watermark_delays_ms(&self) -> &[i64] {
        &self.compiled.watermark_delays_ms
    }

    /// Whether anything is kept from batch to batch.
    pub fn has_state(&self) -> bool {
        !self.compiled.batch.states().is_empty()
    }

    /// Whether a batch without data would emit or remove something, now that the watermark goes
    /// from `committed_watermark_ms` (the last batch's) to `next_watermark_ms`.
    pub fn should_run_no_data_batch(
        &self,
        committed_watermark_ms: i64,
        next_watermark_ms: i64,
    ) -> bool {
        self.has_state()
            && self.mode != OutputMode::Complete
            && next_watermark_ms > committed_watermark_ms
    }

    /// The plan for people; `extended` adds the logical plan.
    pub fn explain(&self, extended: bool) -> String {
        let physical = displayable(self.compiled.batch.physical().as_ref()).indent(false);
        if extended {
            let logical = self.compiled.logical.display_indent();
            return format!(
                "== Optimized Logical Plan ==\n{logical}\n== Physical Plan ==\n{physical}"
            );
        }
        format!("== Physical Plan ==\n{physical}")
    }
}

/// What a batch is run with.
pub struct BatchInput {
    /// The batch's number.
    pub batch_id: u64,
    /// The rows to read, by source; a source without new data has no lanes. Empty for a batch
    /// without data.
    pub lanes: Vec<Vec<Lane>>,
    /// The watermarks and the time of the batch.
    pub times: BatchTimes,
}

/// A batch under way.
pub struct BatchRun {
    /// The rows of the result; must be read to the end.
    pub output: Lane,
}

/// Smallest, largest and mean event time that a watermark saw in a batch, in milliseconds since
/// the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTimeStats {
    /// The smallest.
    pub min_ms: i64,
    /// The largest: what the watermark follows.
    pub max_ms: i64,
    /// The mean, rounded down.
    pub avg_ms: i64,
}

/// What a batch did.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchStats {
    /// Rows read, by source.
    pub source_rows: Vec<u64>,
    /// Event times seen, by watermark; `None` if the batch had no rows for it.
    pub event_time: Vec<Option<EventTimeStats>>,
    /// What the stateful operators did.
    pub operators: Vec<StateOperatorProgress>,
}

/// Runs the batches of one query, one after the other.
///
/// [`load`](Self::load) once (and again after a failed batch), then for each batch
/// [`run`](Self::run), read its output, [`finish`](Self::finish), [`commit`](Self::commit).
pub struct MicroBatchExecutor {
    plan: BatchPlan,
    io: Io,
    task: Arc<TaskContext>,
    operators: Vec<Operator>,
    current: Option<Arc<BatchContext>>,
    /// A commit has failed: operators may be at different versions.
    torn: bool,
}

/// A stateful operator between batches.
struct Operator {
    state: Arc<Mutex<OperatorState>>,
    /// The snapshot that is being written meanwhile.
    snapshot: Option<io::Task<()>>,
    commit_time_ms: u64,
    partitions: u32,
}

impl MicroBatchExecutor {
    /// An executor of `plan` with empty state, which lives under `state_dir`, or in memory only if
    /// there is none. It reaches the world through `runtime`; `conf` is the query's, pinned values
    /// included.
    ///
    /// # Errors
    /// If the directory holds the state of another query.
    pub fn new(
        runtime: &Runtime,
        plan: BatchPlan,
        state_dir: Option<&str>,
        conf: &Conf,
    ) -> Result<MicroBatchExecutor> {
        let partitions = conf
            .get_u64("spark.sql.shuffle.partitions")
            .unwrap_or(200)
            .max(1) as u32;
        let mut config = StateConfig {
            partitions,
            owned: 0..partitions,
            ..StateConfig::default()
        };
        if let Some(deltas) = conf.get_u64("spark.sql.streaming.stateStore.minDeltasForSnapshot") {
            config.snapshot_every = deltas.max(1);
        }
        if let Some(batches) = conf.get_u64("spark.sql.streaming.minBatchesToRetain") {
            config.versions_retained = batches.max(1);
        }
        let io = runtime.io().clone();
        let task = runtime.state().task_ctx();
        let memory = Memory::of(&task);
        let mut operators = Vec::new();
        for (id, schema) in plan.states().iter().enumerate() {
            let store = match state_dir {
                Some(dir) => StateStore::open(
                    io.objects.clone(),
                    &format!("{dir}/{id}/0"),
                    schema.clone(),
                    config.clone(),
                ),
                None => StateStore::in_memory(schema.clone(), config.clone()),
            };
            let holder = memory.holder(format!("state of operator {id}"));
            let state = OperatorState::new(store.map_err(state_error)?, holder);
            operators.push(Operator {
                state: Arc::new(Mutex::new(state)),
                snapshot: None,
                commit_time_ms: 0,
                partitions,
            });
        }
        Ok(MicroBatchExecutor {
            plan,
            io,
            task,
            operators,
            current: None,
            torn: false,
        })
    }

    /// Makes the state that of `version`: what it was after batch `version − 1`. `None` and 0 are
    /// the empty state. Changes that were not committed are dropped.
    ///
    /// # Errors
    /// If files of that version are missing or damaged, or it does not fit the memory budget.
    pub async fn load(&mut self, version: Option<u64>) -> Result<()> {
        self.settle().await;
        for operator in &self.operators {
            let state = Arc::clone(&operator.state);
            let load = move || state.lock().store.load(version.unwrap_or(0));
            let loaded = self
                .io
                .tasks
                .blocking(Pool::Request, load)
                .await
                .map_err(state_error)?;
            for skipped in loaded.skipped {
                tracing::warn!("passed over a damaged snapshot: {skipped}");
            }
            operator.state.lock().count_memory()?;
        }
        self.current = None;
        self.torn = false;
        Ok(())
    }

    /// Starts a batch.
    ///
    /// # Errors
    /// If the plan cannot be started, or a commit has failed and [`load`](Self::load) was not
    /// called since; what goes wrong later comes through the output.
    pub async fn run(&mut self, input: BatchInput) -> Result<BatchRun> {
        self.check_whole()?;
        // Operators keep what they have read: static sides of joins, values of subqueries. As in Spark,
        // each batch reads them anew.
        let physical = reset_plan_states(Arc::clone(self.plan.physical()))?;
        for operator in &self.operators {
            operator.state.lock().start_batch();
        }
        let mut lanes = input.lanes;
        lanes.resize_with(self.plan.sources(), Vec::new);
        let context = Arc::new(BatchContext::new(
            self.io.clock.clone(),
            lanes,
            self.plan.watermarks(),
            self.operators
                .iter()
                .map(|operator| Arc::clone(&operator.state))
                .collect(),
            input.times,
        ));
        let config = self
            .task
            .session_config()
            .clone()
            .with_extension(Arc::clone(&context));
        let task = Arc::new(configured(&self.task, config));
        let output = execute_stream(physical, task)?;
        self.current = Some(Arc::clone(&context));
        let unread = Unread(context);
        let rest = async move { unread.read().await.err().map(Err) };
        let rest = stream::once(rest).filter_map(std::future::ready);
        // `chain` drops the plan's rows at their end, before the rest is read.
        let output = output.chain(rest);
        Ok(BatchRun {
            output: output.map(|batch| batch.map_err(Into::into)).boxed(),
        })
    }

    /// What the batch did, once its output was read to the end.
    ///
    /// # Panics
    /// If no batch is under way.
    pub async fn finish(&mut self) -> Result<BatchStats> {
        let context = self.current.take().expect("finish follows run");
        let event_time = context
            .event_time()
            .into_iter()
            .map(event_time_stats)
            .collect();
        let operators = self.operators.iter().map(Operator::progress).collect();
        Ok(BatchStats {
            source_rows: context.source_rows(),
            event_time,
            operators,
        })
    }

    /// Makes the state after batch `batch_id` durable, as version `batch_id + 1`.
    ///
    /// A snapshot that is due is written in the background, one at a time per operator;
    /// [`settle`](Self::settle) waits for it.
    ///
    /// # Errors
    /// If it cannot be written, or is not the version after the one that was loaded or committed
    /// last. Some operators may have committed and others not then: the version is not to be
    /// used, and [`load`](Self::load) must come next.
    pub async fn commit(&mut self, batch_id: u64) -> Result<()> {
        self.check_whole()?;
        self.torn = true;
        for operator in &mut self.operators {
            let version = operator.state.lock().store.version();
            if version != batch_id {
                return Err(Error::new(
                    ErrorKind::IllegalState,
                    format!("batch {batch_id} cannot be committed on state version {version}"),
                ));
            }
            let began = self.io.clock.elapsed();
            let state = Arc::clone(&operator.state);
            let commit = move || state.lock().store.commit(batch_id + 1);
            let committed = self
                .io
                .tasks
                .blocking(Pool::Request, commit)
                .await
                .map_err(state_error)?;
            operator.commit_time_ms = (self.io.clock.elapsed() - began).as_millis() as u64;
            if let Some(maintenance) = committed.maintenance {
                operator.settle().await;
                let tasks = self.io.tasks.clone();
                let work = async move {
                    tasks
                        .blocking(Pool::Background, move || run_maintenance(maintenance))
                        .await;
                };
                operator.snapshot = Some(self.io.tasks.spawn("state-snapshot", work));
            }
        }
        self.torn = false;
        Ok(())
    }

    /// Waits for the snapshots that are being written. To be called before the state's directory
    /// is left to another executor: a snapshot deletes what it makes superfluous.
    pub async fn settle(&mut self) {
        for operator in &mut self.operators {
            operator.settle().await;
        }
    }

    fn check_whole(&self) -> Result<()> {
        match self.torn {
            true => Err(Error::new(
                ErrorKind::IllegalState,
                "a commit of state has failed: the last version must be loaded again",
            )),
            false => Ok(()),
        }
    }

    /// How long the last commit took, in milliseconds, by stateful operator.
    pub fn commit_times_ms(&self) -> Vec<u64> {
        self.operators
            .iter()
            .map(|operator| operator.commit_time_ms)
            .collect()
    }
}

/// Writes a snapshot. Failing costs time at the next start, nothing else.
fn run_maintenance(maintenance: Maintenance) {
    let version = maintenance.version();
    if let Err(error) = maintenance.run() {
        tracing::warn!("cannot write the snapshot of state version {version}: {error}");
    }
}

fn event_time_stats(range: EventTimeRange) -> Option<EventTimeStats> {
    (range.count > 0).then(|| EventTimeStats {
        min_ms: range.min_us.div_euclid(1000),
        max_ms: range.max_us.div_euclid(1000),
        avg_ms: (range.sum_us.div_euclid(i128::from(range.count)) as i64).div_euclid(1000),
    })
}

impl Operator {
    /// Waits for the snapshot that is being written.
    async fn settle(&mut self) {
        if let Some(snapshot) = self.snapshot.take()
            && let Err(error) = snapshot.await
        {
            tracing::warn!("a snapshot of state was not written: {error}");
        }
    }

    fn progress(&self) -> StateOperatorProgress {
        let state = self.state.lock();
        let memory = state.store.memory_bytes() as u64;
        let figure = ("stateOnCurrentVersionSizeBytes".to_owned(), memory as i64);
        StateOperatorProgress {
            operator_name: "stateStoreSave".to_owned(),
            num_rows_total: state.store.len() as u64,
            num_rows_updated: state.rows_updated,
            all_updates_time_ms: state.update_time_us / 1000,
            num_rows_removed: state.rows_removed,
            all_removals_time_ms: state.removal_time_us / 1000,
            commit_time_ms: self.commit_time_ms,
            memory_used_bytes: memory,
            num_rows_dropped_by_watermark: state.rows_dropped_by_watermark,
            num_shuffle_partitions: u64::from(self.partitions),
            num_state_store_instances: 1,
            custom_metrics: [figure].into(),
        }
    }
}
