//! Runs what the pure crates decide: cluster metadata, consumer groups, producer ids.
//!
//! Each of them loads records, decides, appends, replays, and answers when the records are committed.

pub(crate) mod controller;
pub(crate) mod groups;
pub(crate) mod metadata_cache;
pub(crate) mod metadata_log;
pub(crate) mod producer_ids;
pub(crate) mod publisher;
pub(crate) mod snapshots;
