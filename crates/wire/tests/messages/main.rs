//! The codec of messages, tested through its public interface: every message in every version, bytes
//! that Kafka wrote, and malformed bytes.

#[path = "../generated/catalog.rs"]
mod catalog;

mod allocations;
mod golden;
mod hostile;
mod round_trip;
mod sample;
mod schema;
mod versions;
