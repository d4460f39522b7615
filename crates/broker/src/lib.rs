//! The broker: where decisions meet disk and network.
//!
//! A request comes in by `server` (listen, frame, back-pressure), goes through its `handler` to
//! `partition` (logs, high watermarks, who waits on them) or `runtime` (the cluster's facts,
//! consumer groups), and its answer goes back in request order. `config` reads Kafka's property
//! names.
//!
//! What holds: what `acks=all` was answered for is on disk, and so is whatever a consumer sees,
//! unless the topic is relaxed. What one connection sends can hurt no other.
//! What it does not do: decide. Which records carry a request out, who owns which partition of a
//! group, what retention deletes: all that is decided in `metadata`, `coordinator` and `log`.

mod background;
mod broker;
mod cleaner;
pub mod config;
mod delayed;
mod descriptors;
mod handler;
mod metrics;
mod node;
mod partition;
mod progress;
mod request;
mod runtime;
mod server;

pub use broker::{BoundListener, Broker, PIPE, StartError};
pub use config::{BrokerConfig, ConfigError, Warning};
