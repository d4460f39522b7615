//! What the cluster is: its topics, their settings, its brokers.
//!
//! All of it is a sequence of records in Kafka's schema. [`image`] is what the records say so far,
//! [`controller`] decides which records come next, [`quorum`] says who may write them and which are
//! final, [`config_def`] says which settings exist.
//!
//! What holds: given the same records, two nodes hold equal images. A decision changes nothing; only
//! replaying its records does.
//! What this crate does not do: read, write, wait, look at a clock, or draw random numbers.

pub mod config_def;
pub mod controller;
mod delta;
pub mod directory_id;
pub mod image;
pub mod log_directories;
pub mod quorum;
pub mod record;
pub mod snapshot;
pub mod topic_name;

#[cfg(test)]
mod testing;

pub use delta::{MetadataDelta, delta};
pub use image::{MetadataImage, ReplayError};
pub use wire::records::metadata::MetadataRecord;
