//! One partition on disk, in Kafka's own format.
//!
//! A [`LogDir`] holds partitions; a [`Log`] is one of them: segments of record batches with an
//! offset and a time index each, producer state, leader epochs. [`sync_together`] makes what was
//! appended durable for many logs at once. Every file is drawn byte by byte in `docs/formats.md`.
//!
//! What holds: what was reported synced is on disk; after a failed sync a log refuses writes; bytes
//! that are not what was written are served to nobody, and those around them are.
//! Opening, retention and compaction are planned by pure functions ([`recovery`], [`retention`],
//! [`compaction`]) and carried out by a few lines.
//! What this crate does not do: wait for anybody, decide what is committed in a cluster, or know
//! of topics beyond their name.

mod batch_scan;
mod config;
mod error;
mod index_file;
mod maintain;
mod offset_index;
mod open;
mod partition_log;
mod producer_history;
mod read;
mod replay;
mod segment;
mod sync_ticket;
mod time_index;
mod transaction_index;

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
pub mod recovery;
pub mod redo;
pub mod removal;
pub mod repair;
pub mod retention;
pub mod trusted_time;

pub use compaction::{
    Cleanable, CleanedSegment, Compacted, Compaction, CompactionError, CompactionLimits, Step,
    Suspect,
};
pub use config::LogConfig;
pub use error::{AppendError, OpenError, ReadError};
pub use group_sync::{Round, SyncError, sync_round, sync_together};
pub use leader_epochs::LeaderEpochs;
pub use log_dir::{LogDir, LogDirError, Offsets};
pub use meta_properties::MetaProperties;
pub use open::Recovered;
pub use partition_log::{AppendInfo, Failure, Log};
pub use read::{Available, ReadLimit, ReadPlan, TimestampedOffset};
pub use recovery::RecoveryFacts;
pub use segment::DamagedRange;
pub use sync_ticket::{FileId, LogPosition, SyncTicket, Synced};
pub use transaction_index::AbortedTransaction;
