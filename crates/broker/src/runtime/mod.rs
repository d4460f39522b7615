//! Runs what the pure crates decide: the cluster's facts, consumer groups, producer ids.
//!
//! Each is load, decide, append, replay, answer when committed; what differs is whose records.

pub(crate) mod controller;
pub(crate) mod groups;
pub(crate) mod hosting;
pub(crate) mod metadata_cache;
pub(crate) mod metadata_log;
mod metadata_snapshot;
pub(crate) mod producer_ids;
