//! What one micro-batch's operators may see: its input, its watermarks, its timestamp, its state.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::common::{DataFusionError, Result, internal_datafusion_err};
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use futures::StreamExt;
use parking_lot::Mutex;
use state::StateStore;

use crate::source::Lane;

/// The times of a batch, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchTimes {
    /// Rows at or below this are late: the watermark of the batch before.
    pub late_watermark_ms: i64,
    /// State at or below this is emitted and removed: the watermark of this batch.
    pub eviction_watermark_ms: i64,
    /// What `current_timestamp()` is.
    pub timestamp_ms: i64,
}

/// What all operators of a plan share in one micro-batch.
pub struct BatchContext {
    /// The watermarks and the time of the batch.
    pub times: BatchTimes,
    /// Measures how long operators take; nothing that is computed depends on it.
    pub clock: io::Clock,
    /// Input lanes by source id; taken by the leaf that reads them.
    lanes: Vec<Mutex<Option<Vec<Lane>>>>,
    /// Rows read so far, by source id.
    source_rows: Vec<AtomicU64>,
    /// Event times seen so far, by watermark node id.
    event_time: Vec<Mutex<EventTimeRange>>,
    /// State stores and what happened to them, by operator id.
    operators: Vec<Arc<Mutex<OperatorState>>>,
    /// Rows that no operator has asked for.
    unread: Mutex<Vec<SendableRecordBatchStream>>,
}

/// A stateful operator's store and what the current batch did to it.
#[derive(Debug)]
pub struct OperatorState {
    /// The operator's state, as of the batches before this one plus what this one has merged.
    pub store: StateStore,
    /// The memory that the store is counted for.
    memory: MemoryReservation,
    /// Groups written in this batch.
    pub rows_updated: u64,
    /// Groups evicted in this batch.
    pub rows_removed: u64,
    /// Groups dropped because the watermark had passed them.
    pub rows_dropped_by_watermark: u64,
    /// Time spent merging into state, in microseconds.
    pub update_time_us: u64,
    /// Time spent evicting, in microseconds.
    pub removal_time_us: u64,
}

/// Smallest, largest and summed event time of a batch, in microseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub struct EventTimeRange {
    pub min_us: i64,
    pub max_us: i64,
    pub sum_us: i128,
    pub count: u64,
}

impl Default for EventTimeRange {
    fn default() -> Self {
        EventTimeRange {
            min_us: i64::MAX,
            max_us: i64::MIN,
            sum_us: 0,
            count: 0,
        }
    }
}

impl BatchContext {
    /// A context over `lanes` (by source) for a plan with so many watermark nodes and operators.
    pub fn new(
        clock: io::Clock,
        lanes: Vec<Vec<Lane>>,
        watermark_nodes: usize,
        operators: Vec<Arc<Mutex<OperatorState>>>,
        times: BatchTimes,
    ) -> Self {
        BatchContext {
            times,
            clock,
            source_rows: lanes.iter().map(|_| AtomicU64::new(0)).collect(),
            lanes: lanes
                .into_iter()
                .map(|lanes| Mutex::new(Some(lanes)))
                .collect(),
            event_time: (0..watermark_nodes).map(|_| Mutex::default()).collect(),
            operators,
            unread: Mutex::default(),
        }
    }

    /// The context of the batch that `task` belongs to.
    pub fn of(task: &TaskContext) -> Result<Arc<BatchContext>> {
        task.session_config()
            .get_extension::<BatchContext>()
            .ok_or_else(|| {
                internal_datafusion_err!("streaming plan executed outside a micro-batch")
            })
    }

    /// The lanes of a source. Each leaf may ask once per batch.
    pub fn take_lanes(&self, source: usize) -> Result<Vec<Lane>> {
        self.lanes
            .get(source)
            .and_then(|lanes| lanes.lock().take())
            .ok_or_else(|| internal_datafusion_err!("lanes of source {source} were already taken"))
    }

    /// Adds to the number of rows read from a source.
    pub fn count_source_rows(&self, source: usize, rows: usize) {
        self.source_rows[source].fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Rows read by source.
    pub fn source_rows(&self) -> Vec<u64> {
        self.source_rows
            .iter()
            .map(|rows| rows.load(Ordering::Relaxed))
            .collect()
    }

    /// Adds a range of event times seen by a watermark node.
    pub fn record_event_time(&self, node: usize, seen: EventTimeRange) {
        let mut range = self.event_time[node].lock();
        range.min_us = range.min_us.min(seen.min_us);
        range.max_us = range.max_us.max(seen.max_us);
        range.sum_us += seen.sum_us;
        range.count += seen.count;
    }

    /// Event times seen, by watermark node.
    pub fn event_time(&self) -> Vec<EventTimeRange> {
        self.event_time.iter().map(|range| *range.lock()).collect()
    }

    /// Hands rows that no operator asks for to [`Unread`].
    pub fn leave(&self, rows: SendableRecordBatchStream) {
        self.unread.lock().push(rows);
    }

    /// A stateful operator's store and counters.
    pub fn operator(&self, id: usize) -> Result<Arc<Mutex<OperatorState>>, DataFusionError> {
        self.operators
            .get(id)
            .map(Arc::clone)
            .ok_or_else(|| internal_datafusion_err!("no state for operator {id}"))
    }
}

/// The rows that the operators of a batch leave unread. They are dropped with this.
pub struct Unread(pub Arc<BatchContext>);

impl Unread {
    /// Reads them. To be called when the rows of the plan were read and dropped.
    ///
    /// # Errors
    /// What the rows fail with.
    pub async fn read(self) -> Result<()> {
        while let Some(mut rows) = self.next() {
            while let Some(batch) = rows.next().await {
                batch?;
            }
        }
        Ok(())
    }

    fn next(&self) -> Option<SendableRecordBatchStream> {
        self.0.unread.lock().pop()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        // They hold the context, which holds them. What is dropped here may leave more.
        while let Some(rows) = self.next() {
            drop(rows);
        }
    }
}

impl OperatorState {
    /// Counters at zero over a store, whose memory is counted in `memory`.
    pub fn new(store: StateStore, memory: MemoryReservation) -> Self {
        OperatorState {
            store,
            memory,
            rows_updated: 0,
            rows_removed: 0,
            rows_dropped_by_watermark: 0,
            update_time_us: 0,
            removal_time_us: 0,
        }
    }

    /// Counts what the store holds by now.
    ///
    /// # Errors
    /// If it has outgrown the session's budget.
    pub fn count_memory(&self) -> Result<()> {
        self.memory.try_resize(self.store.memory_bytes())
    }

    /// Sets the counters back for a new batch.
    pub fn start_batch(&mut self) {
        self.rows_updated = 0;
        self.rows_removed = 0;
        self.rows_dropped_by_watermark = 0;
        self.update_time_us = 0;
        self.removal_time_us = 0;
    }
}
