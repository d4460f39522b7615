//! What a listener is told about queries.

use serde::Serialize;

use crate::progress::StreamingQueryProgress;

/// Told about the queries of a session. Calls come from the query's own thread, between batches:
/// one that takes long holds the query up.
pub trait StreamingQueryListener: Send + Sync {
    /// A query has begun; called before `start` returns.
    fn on_query_started(&self, _event: &QueryStartedEvent) {}
    /// A batch is done.
    fn on_query_progress(&self, _event: &QueryProgressEvent) {}
    /// There has been nothing to do for a while.
    fn on_query_idle(&self, _event: &QueryIdleEvent) {}
    /// A query has ended, well or not.
    fn on_query_terminated(&self, _event: &QueryTerminatedEvent) {}
}

/// A query has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryStartedEvent {
    /// The query, the same in all its runs.
    pub id: String,
    /// This run.
    pub run_id: String,
    /// The query's name, if it has one.
    pub name: Option<String>,
    /// When: ISO 8601, UTC.
    pub timestamp: String,
}

/// A batch is done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueryProgressEvent {
    /// What it did.
    pub progress: StreamingQueryProgress,
}

/// There has been nothing to do for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryIdleEvent {
    /// The query, the same in all its runs.
    pub id: String,
    /// This run.
    pub run_id: String,
    /// When: ISO 8601, UTC.
    pub timestamp: String,
}

/// A query has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryTerminatedEvent {
    /// The query, the same in all its runs.
    pub id: String,
    /// This run.
    pub run_id: String,
    /// The text of the error that ended it.
    pub exception: Option<String>,
    /// The condition of that error, if it has one.
    pub error_class_on_exception: Option<String>,
}
