//! The handle on a running query.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use io::Clock;
use uuid::Uuid;

use super::state::{QueryState, StreamingQueryStatus};
use crate::error::{Error, Result};
use crate::executor::StreamingPlan;
use crate::progress::StreamingQueryProgress;

/// A streaming query that was started. Clones are the same query; dropping all of them leaves it
/// running.
#[derive(Clone)]
pub struct StreamingQuery {
    state: Arc<QueryState>,
    plan: Arc<StreamingPlan>,
    clock: Clock,
}

impl StreamingQuery {
    /// The handle of a query whose run shows itself in `state`.
    pub fn new(state: Arc<QueryState>, plan: Arc<StreamingPlan>, clock: Clock) -> StreamingQuery {
        StreamingQuery { state, plan, clock }
    }

    /// The query's id: the same in all runs from one checkpoint.
    pub fn id(&self) -> Uuid {
        self.state.identity.id
    }

    /// The id of this run.
    pub fn run_id(&self) -> Uuid {
        self.state.identity.run_id
    }

    /// The name given with `query_name`.
    pub fn name(&self) -> Option<&str> {
        self.state.identity.name.as_deref()
    }

    /// Whether the query is running.
    pub fn is_active(&self) -> bool {
        self.state.life.borrow().active
    }

    /// What the query is doing at the moment.
    pub fn status(&self) -> StreamingQueryStatus {
        self.state.life.borrow().status.clone()
    }

    /// The error that ended the query, if one did.
    pub fn exception(&self) -> Option<Error> {
        self.state.life.borrow().exception.clone()
    }

    /// The report on the last batch.
    pub fn last_progress(&self) -> Option<StreamingQueryProgress> {
        self.state.last()
    }

    /// The reports on the last batches, oldest first; at most
    /// `spark.sql.streaming.numRecentProgressUpdates`.
    pub fn recent_progress(&self) -> Vec<StreamingQueryProgress> {
        self.state.recent()
    }

    /// The plan that every batch runs, for people.
    pub fn explain(&self, extended: bool) -> String {
        self.plan.explain(extended)
    }

    /// Waits until the query has ended.
    ///
    /// # Errors
    /// `STREAM_FAILED` if it ended with an error.
    pub async fn await_termination(&self) -> Result<()> {
        let mut life = self.state.life.subscribe();
        // The sender lives as long as `self`.
        let _ = life.wait_for(|life| !life.active).await;
        self.outcome()
    }

    /// Waits until the query has ended, but not longer than `timeout`; says whether it has.
    ///
    /// # Errors
    /// `STREAM_FAILED` if it ended with an error.
    pub async fn await_termination_within(&self, timeout: Duration) -> Result<bool> {
        match self.clock.timeout(timeout, self.await_termination()).await {
            Some(ended) => ended.map(|()| true),
            None => Ok(false),
        }
    }

    /// Waits until everything that was there at the time of the call has been processed. For
    /// tests: a source that never pauses makes it wait for ever.
    ///
    /// # Errors
    /// `STREAM_FAILED` if the query ends with an error first.
    pub async fn process_all_available(&self) -> Result<()> {
        let mut life = self.state.life.subscribe();
        // A look under way may have asked the source before the data was there.
        let look = life.borrow().looks_begun;
        self.state.look_asked.notify_one();
        let _ = life
            .wait_for(|life| !life.active || life.last_idle_look > look)
            .await;
        self.outcome()
    }

    /// Ends the query and waits until it has ended. A batch under way is given up and will run
    /// again at the next start.
    pub async fn stop(&self) {
        self.ask_to_stop();
        let mut life = self.state.life.subscribe();
        let _ = life.wait_for(|life| !life.active).await;
    }

    /// Asks the query to end, without waiting.
    pub fn ask_to_stop(&self) {
        self.state.stop.send_replace(true);
    }

    fn outcome(&self) -> Result<()> {
        match self.exception() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for StreamingQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingQuery")
            .field("identity", &self.state.identity)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
