//! What a running query and the handles on it share.

use std::collections::VecDeque;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::error::Error;
use crate::progress::StreamingQueryProgress;

/// Who a run of a query is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryIdentity {
    /// The query, the same in all its runs.
    pub id: Uuid,
    /// This run.
    pub run_id: Uuid,
    /// The name its user gave it.
    pub name: Option<String>,
}

/// What a query is doing at the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamingQueryStatus {
    /// In words.
    pub message: String,
    /// Whether the last look found something new to read.
    pub is_data_available: bool,
    /// Whether it is looking for, or working on, a batch.
    pub is_trigger_active: bool,
}

/// What changes while a query runs.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) status: StreamingQueryStatus,
    /// How often the query has begun to look for a batch.
    pub(super) looks_begun: u64,
    /// The last look, counted from 1, that found nothing to do; 0 before the first.
    pub(super) last_idle_look: u64,
    pub(super) active: bool,
    /// Why the query has ended, if it did not end well.
    pub(super) exception: Option<Error>,
}

/// The shared side of a query.
#[derive(Debug)]
pub struct QueryState {
    pub(super) identity: QueryIdentity,
    pub(super) life: watch::Sender<Life>,
    pub(super) stop: watch::Sender<bool>,
    /// Somebody waits for the next look.
    pub(super) look_asked: Notify,
    recent: Mutex<VecDeque<StreamingQueryProgress>>,
    recent_max: usize,
}

impl QueryState {
    /// A query about to begin, of which the last `recent_max` reports are kept.
    pub fn new(identity: QueryIdentity, recent_max: usize) -> QueryState {
        let life = Life {
            status: StreamingQueryStatus {
                message: "Initializing sources".to_string(),
                is_data_available: false,
                is_trigger_active: false,
            },
            looks_begun: 0,
            last_idle_look: 0,
            active: true,
            exception: None,
        };
        QueryState {
            identity,
            life: watch::Sender::new(life),
            stop: watch::Sender::new(false),
            look_asked: Notify::new(),
            recent: Mutex::new(VecDeque::new()),
            recent_max,
        }
    }

    pub(super) fn set_message(&self, message: &str) {
        self.life
            .send_modify(|life| life.status.message = message.to_string());
    }

    pub(super) fn report(&self, progress: StreamingQueryProgress) {
        let mut recent = self.recent.lock();
        recent.push_back(progress);
        while recent.len() > self.recent_max {
            recent.pop_front();
        }
    }

    pub(super) fn recent(&self) -> Vec<StreamingQueryProgress> {
        self.recent.lock().iter().cloned().collect()
    }

    pub(super) fn last(&self) -> Option<StreamingQueryProgress> {
        self.recent.lock().back().cloned()
    }

    /// The query is over.
    pub(super) fn end(&self, exception: Option<Error>) {
        self.life.send_modify(|life| {
            life.active = false;
            life.status.is_trigger_active = false;
            life.status.is_data_available = false;
            if exception.is_none() {
                life.status.message = "Stopped".to_string();
            }
            life.exception = exception;
        });
    }

    /// Completes when somebody has asked the query to stop.
    pub(super) async fn stop_asked(&self) {
        // The sender is `self`'s own: it cannot be gone.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }
}
