//! Versioned columnar state for stateful streaming operators.
//!
//! A [`StateStore`] holds one shard of one operator's state: keys interned to dense slots, values in typed
//! columns, an optional event-time bucket per key so that eviction never scans. A commit writes what the batch
//! changed; [`Maintenance`] writes a snapshot now and then and deletes what is too old. Which state partition
//! a key belongs to is Spark's rule ([`row_partitions`]), so that it can outlive any number of shards.
//!
//! What holds: a batch's cost follows the batch, not the state; version N read twice is the same; a damaged
//! file is an error that names it. What this crate does not do: it knows no operators and no watermarks, it
//! starts no tasks, and it reaches storage through `io::Objects` only. The files are drawn byte by byte in
//! `docs/state-format.md`.

mod maintenance;
mod schema;
mod store;
mod versions;

mod column;
mod hash;
mod key_index;
mod time_buckets;

mod body;
mod frame;
mod home;

mod error;

pub use error::StateError;
pub use hash::{partition_of, row_hashes, row_partitions};
pub use maintenance::{Maintained, Maintenance};
pub use schema::{StateConfig, StateSchema};
pub use store::{Interned, StateBatch, StateStore};
pub use versions::{Committed, Loaded};
