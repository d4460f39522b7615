//! The group coordinator: groups, their members and their committed offsets.
//!
//! [`GroupShard`] holds the groups of one partition of `__consumer_offsets`; [`Loader`] loads it.
//! `classic/` is the classic protocol, in which the leader of a group assigns partitions. `offset/` is
//! the committed offsets.
//!
//! Invariant: a generation has one assignment, which is durable before a member receives it.

mod classic;
mod config;
mod delete;
mod describe;
mod list;
mod loader;
mod offset;
mod outcome;
mod outcome_builder;
mod record;
mod request;
mod routing;
mod shard;
mod transactions;
mod version;

pub use config::GroupConfig;
pub use loader::{Loaded, Loader, Skipped};
pub use outcome::{Context, Effect, Outcome, RequestId, Timer};
pub use record::ReplayError;
pub use request::{GroupRequest, GroupResponse};
pub use routing::{merge, partition_for, split};
pub use shard::GroupShard;

#[cfg(test)]
mod tests;
