//! The log of a partition on disk, in Kafka's format.
//!
//! A [`LogDir`] holds partitions. A [`Log`] is one of them: segments of record batches, each with
//! an offset and a time index; producer state; leader epochs. [`sync_together`] makes appended
//! batches of many logs durable at once. `docs/formats.md` draws every file byte by byte.
//!
//! Invariants: what was reported synced is on disk; after a failed sync a log refuses writes;
//! damaged bytes are not served, and the batches around them are. Pure functions plan opening,
//! retention and compaction ([`recovery`], [`retention`], [`compaction`]); a few lines carry the
//! plans out. Only syncs wait: for each other, and for a free descriptor. This crate does not decide
//! what is committed in a cluster, and knows only the names of topics.

mod batch_scan;
mod close;
mod config;
mod durability;
mod error;
mod index_file;
mod log_start;
mod offset_index;
mod open;
mod partition_log;
mod producer_history;
mod read;
mod replay;
mod roll;
mod segment;
mod sync_ticket;
mod time_index;
mod transaction_index;
mod truncation;

pub mod checkpoint;
pub mod compaction;
pub mod dump;
pub mod file_name;
pub mod group_sync;
pub mod leader_epochs;
pub mod log_dir;
pub mod meta_properties;
pub mod partition_metadata;
pub mod producer_snapshot;
pub mod producer_state;
pub mod properties;
pub mod recovery;
pub mod redo;
pub mod removal;
pub mod repair;
pub mod retention;
pub mod trusted_time;

pub use compaction::{
    Cleanable, CleanedSegment, Compacted, Compaction, CompactionError, CompactionLimits, Replaced,
    Replacement, Step, Suspect,
};
pub use config::LogConfig;
pub use durability::Failure;
pub use error::{AppendError, NotReady, OpenError, ReadError, TryAppendError};
pub use group_sync::{Round, SyncError, sync_round, sync_together};
pub use leader_epochs::LeaderEpochs;
pub use log_dir::{LogDir, LogDirError, Offsets};
pub use meta_properties::MetaProperties;
pub use open::Recovered;
pub use partition_log::{AppendInfo, Log};
pub use producer_history::{EarlierBatches, MissingBatches};
pub use read::{Available, LogReader, ReadLimit, ReadPlan, TimestampAndOffset};
pub use recovery::RecoveryFacts;
pub use roll::{Roll, Rolled};
pub use segment::DamagedRange;
pub use sync_ticket::{FileId, LogPosition, SyncTicket, Synced};
pub use transaction_index::AbortedTransaction;
