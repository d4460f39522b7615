//! The broker: connects the decisions of the pure crates with disk and network.
//!
//! `server` reads requests (listeners, frames, back-pressure). A `handler` passes each to
//! `partition` (logs, high watermarks, waiting requests) or `runtime` (cluster metadata, consumer
//! groups), and the responses go back in the order of the requests. `config` reads Kafka's
//! properties.
//!
//! Invariants: records that were acknowledged with `acks=all` are on disk, and so are all records
//! that consumers see, unless the topic is relaxed. No connection can harm another one.
//!
//! This crate makes no decisions: which records a request appends, who owns a partition of a group,
//! and what retention deletes is decided in `metadata`, `coordinator` and `log`.

mod background;
mod broker;
mod cleaner;
pub mod config;
mod delayed;
mod descriptors;
mod event;
mod handler;
mod identity;
mod metrics;
mod node;
mod partition;
mod progress;
mod request;
mod runtime;
mod server;

pub use broker::{BoundListener, Broker, PIPE, StartError};
pub use config::{BrokerConfig, ConfigError, Warning};
