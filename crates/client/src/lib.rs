//! The Kafka client. Everything of ours that talks to a broker uses it.
//!
//! Two layers:
//! - [`Connection`] and [`ConnectionPool`] reach one node by its address: version negotiation, pipelined
//!   requests, correlation ids, time-outs. They need no metadata of a cluster.
//! - [`Client`] knows a cluster: it caches metadata and finds leaders and coordinators. [`Admin`],
//!   [`Producer`] and [`Consumer`] are made from it.
//!
//! Configuration uses Kafka's property names and defaults.
//!
//! Invariants: the client works the same with Apache Kafka as with Vltava, and the same over TCP as over
//! a pipe inside the process. It uses the outside world only through [`io`], so it runs in simulation.
//!
//! Does not: authenticate or encrypt (such a configuration is refused), transactions, the consumer
//! group protocol of KIP-848.

mod admin;
mod client;
mod config;
mod connection;
mod consumer;
mod error;
mod metadata;
mod pool;
mod producer;
mod retry;
mod versions;

pub use admin::{
    Admin, AlterOp, Committed, ConfigChange, ConfigEntry, ConfigResource, ConfigSource,
    CreatedTopic, GroupDescription, GroupListing, GroupMember, ListedOffset, NewTopic, OffsetSpec,
};
pub use client::Client;
pub use config::{
    Acks, ClientConfig, ConnectionConfig, ConsumerConfig, IsolationLevel, OffsetReset, Partitioner,
    ProducerConfig, Properties,
};
pub use connection::Connection;
pub use consumer::{Consumer, PartitionRecords};
pub use error::Error;
pub use metadata::{Broker, Cluster, Partition, Topic};
pub use pool::ConnectionPool;
pub use producer::{Delivered, Delivery, Producer, ProducerRecord, murmur2};

/// The result of most calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;
