//! Cluster metadata: topics, their settings, brokers.
//!
//! The metadata is a sequence of records in Kafka's schema. An [`image`] is the state after the
//! records up to an offset, [`controller`] decides which records come next, [`quorum`] says which node
//! may write them and which are committed, [`snapshot`] writes an image as records, [`delta`] is the
//! difference between two images, [`config_def`] defines the settings.
//!
//! Invariant: two nodes that replay the same records have equal images. A decision changes nothing;
//! only the replay of its records does.
//! Does not read, write, wait, use a clock or draw random numbers.

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
