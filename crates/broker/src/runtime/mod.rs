//! Runs what the pure crates decide: cluster metadata, consumer groups, producer ids.
//!
//! Each of them loads its records, lets the pure crate decide on a request, appends and replays the
//! resulting records, and answers when they are committed.

pub(crate) mod controller;
pub(crate) mod groups;
pub(crate) mod metadata_cache;
pub(crate) mod metadata_log;
pub(crate) mod producer_ids;
pub(crate) mod publisher;
pub(crate) mod snapshots;
