//! Coordinators: state machines that own state on behalf of clients.
//!
//! A coordinator is a set of shards, one per partition of an internal topic. A shard is a state
//! machine. A handler takes a request, the time and the cluster metadata and returns records and
//! effects; it changes no durable state. Replaying a record changes the durable state; it makes no
//! decision. [`group`] is the coordinator of consumer groups and committed offsets.
//!
//! After a failed append the caller drops the shard and loads it again from its records.
//! This crate does not read, write, wait, lock, read a clock or draw random numbers.

pub mod group;

mod metadata_image;
mod record;

pub use metadata_image::CoordinatorMetadataImage;
pub use record::Record;
