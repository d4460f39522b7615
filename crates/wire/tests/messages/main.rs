//! The codec of messages, seen from outside: every message in every version, bytes that Kafka
//! itself wrote, and bytes that nobody should have written.

#[path = "../generated/catalog.rs"]
mod catalog;

mod allocations;
mod golden;
mod hostile;
mod round_trip;
mod sample;
mod schema;
mod versions;
