//! Groups: their members, and the offsets they commit.
//!
//! [`GroupShard`] holds the groups of one partition of `__consumer_offsets`. `classic/` is the protocol
//! in which the members agree among themselves who reads what, `offset/` is what they have read.
//!
//! What holds: a generation has one assignment, and it is durable before any member learns of it.

mod classic;
mod config;
mod delete;
mod describe;
mod list;
mod offset;
mod outcome;
mod outcome_builder;
mod record;
mod request;
mod routing;
mod shard;
mod undecided;
mod version;

pub use config::GroupConfig;
pub use outcome::{Context, Effect, Outcome, RequestId, Timer};
pub use record::ReplayError;
pub use request::{GroupRequest, GroupResponse};
pub use routing::{merge, partition_for, split};
pub use shard::GroupShard;
pub use undecided::Undecided;

#[cfg(test)]
mod tests;
