//! The Kafka client: what everything outside the broker uses to reach a broker.
//!
//! A [`Client`] is a cluster as seen from outside: connections, negotiated versions, a cache of
//! metadata. From it come an [`Admin`], [`Producer`]s and [`Consumer`]s. Configuration goes by
//! Kafka's own property names and defaults.
//!
//! What holds: it works the same against Apache Kafka as against Vltava, over TCP as over a pipe
//! inside the process; it has no back door. It asks no more of the world than [`io`] gives, so
//! it runs under simulation.
//!
//! What it does not do: authenticate or encrypt (a configuration that asks for it is refused),
//! transactions, the consumer group protocol of KIP-848.

mod admin;
mod client;
mod config;
mod connection;
mod consumer;
mod error;
mod metadata;
mod producer;
mod retry;
mod versions;

pub use admin::{
    Admin, AlterOp, Committed, ConfigChange, ConfigEntry, ConfigResource, ConfigSource,
    CreatedTopic, GroupDescription, GroupListing, GroupMember, ListedOffset, NewTopic, OffsetSpec,
};
pub use client::{Client, Lane};
pub use config::{
    Acks, ClientConfig, ConsumerConfig, IsolationLevel, OffsetReset, Partitioner, ProducerConfig,
    Properties,
};
pub use connection::Connection;
pub use consumer::{Consumer, PartitionRecords};
pub use error::Error;
pub use metadata::{Broker, Cluster, Partition, Topic};
pub use producer::{Delivered, Delivery, Producer, ProducerRecord, murmur2};

/// The outcome of most calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;
