//! The queries of a session.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use io::Clock;
use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

use super::StreamingQuery;
use super::listener::StreamingQueryListener;
use crate::error::{Error, Result};

/// Knows the running queries of a session, and who wants to hear of them. Clones are the same
/// manager.
#[derive(Clone)]
pub struct StreamingQueryManager {
    clock: Clock,
    shared: Arc<Shared>,
}

struct Shared {
    queries: Mutex<Queries>,
    listeners: Mutex<Vec<Arc<dyn StreamingQueryListener>>>,
    /// Counts terminations, for those who wait for the next one.
    terminations: watch::Sender<u64>,
}

#[derive(Default)]
struct Queries {
    /// Queries that were started; a moment longer than they run.
    started: Vec<StreamingQuery>,
    /// A query that has ended since the last [`StreamingQueryManager::reset_terminated`]; one
    /// with an error if there is one.
    terminated: Option<StreamingQuery>,
}

impl Queries {
    fn running(&self) -> impl Iterator<Item = &StreamingQuery> {
        self.started.iter().filter(|query| query.is_active())
    }
}

impl StreamingQueryManager {
    /// A manager without queries.
    pub fn new(clock: Clock) -> StreamingQueryManager {
        StreamingQueryManager {
            clock,
            shared: Arc::new(Shared {
                queries: Mutex::default(),
                listeners: Mutex::default(),
                terminations: watch::Sender::new(0),
            }),
        }
    }

    /// The running queries, in the order they were started.
    pub fn active(&self) -> Vec<StreamingQuery> {
        let queries = self.shared.queries.lock();
        queries.running().cloned().collect()
    }

    /// The running query with this id.
    pub fn get(&self, id: Uuid) -> Option<StreamingQuery> {
        let queries = self.shared.queries.lock();
        queries.running().find(|query| query.id() == id).cloned()
    }

    /// Waits until any query has ended, now or since the last
    /// [`StreamingQueryManager::reset_terminated`].
    ///
    /// # Errors
    /// `STREAM_FAILED` if it ended with an error.
    pub async fn await_any_termination(&self) -> Result<()> {
        let mut terminations = self.shared.terminations.subscribe();
        loop {
            let terminated = self.shared.queries.lock().terminated.clone();
            if let Some(query) = terminated {
                return query.exception().map_or(Ok(()), Err);
            }
            // The sender lives as long as `self`.
            let _ = terminations.changed().await;
        }
    }

    /// As [`StreamingQueryManager::await_any_termination`], but not longer than `timeout`; says
    /// whether a query has ended.
    ///
    /// # Errors
    /// `STREAM_FAILED` if it ended with an error.
    pub async fn await_any_termination_within(&self, timeout: Duration) -> Result<bool> {
        match self
            .clock
            .timeout(timeout, self.await_any_termination())
            .await
        {
            Some(ended) => ended.map(|()| true),
            None => Ok(false),
        }
    }

    /// Forgets queries that have ended.
    pub fn reset_terminated(&self) {
        self.shared.queries.lock().terminated = None;
    }

    /// Tells `listener` of all queries from now on.
    pub fn add_listener(&self, listener: Arc<dyn StreamingQueryListener>) {
        self.shared.listeners.lock().push(listener);
    }

    /// Tells `listener` nothing any more.
    pub fn remove_listener(&self, listener: &Arc<dyn StreamingQueryListener>) {
        self.shared
            .listeners
            .lock()
            .retain(|other| !Arc::ptr_eq(other, listener));
    }

    /// Calls every listener.
    pub fn tell(&self, event: impl Fn(&dyn StreamingQueryListener)) {
        let listeners = self.shared.listeners.lock().clone();
        for listener in &listeners {
            event(listener.as_ref());
        }
    }

    /// Notes a query that is about to run.
    ///
    /// # Errors
    /// `IllegalArgument` if a running one has its name.
    pub fn add(&self, query: &StreamingQuery) -> Result<()> {
        let mut queries = self.shared.queries.lock();
        if let Some(name) = query.name()
            && queries.running().any(|other| other.name() == Some(name))
        {
            return Err(Error::illegal_argument(format!(
                "Cannot start query with name {name} as a query with that name is already active \
                 in this SparkSession"
            )));
        }
        queries.started.push(query.clone());
        Ok(())
    }

    /// Notes that a query has ended.
    pub fn remove(&self, query: &StreamingQuery) {
        let mut queries = self.shared.queries.lock();
        queries
            .started
            .retain(|other| other.run_id() != query.run_id());
        let failed_before = queries
            .terminated
            .as_ref()
            .is_some_and(|before| before.exception().is_some());
        if !failed_before {
            queries.terminated = Some(query.clone());
        }
        drop(queries);
        self.shared.terminations.send_modify(|count| *count += 1);
    }
}

impl fmt::Debug for StreamingQueryManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingQueryManager")
            .field("active", &self.active())
            .finish_non_exhaustive()
    }
}
