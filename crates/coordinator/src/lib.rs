//! Who owns what, among clients.
//!
//! A coordinator is a set of shards, one for each partition of an internal topic. A shard is a state
//! machine: a request and the time go in, records and effects come out; a record goes in and becomes
//! state. [`group`] is the coordinator of consumer groups and committed offsets.
//!
//! What holds: a handler changes nothing that is durable, and replay decides nothing. After a failed
//! append a shard is thrown away and loaded again from its records.
//! What this crate does not do: read, write, wait, lock, look at a clock, or draw random numbers.

pub mod group;

mod record;

pub use record::Record;
