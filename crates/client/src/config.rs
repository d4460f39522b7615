//! Configuration, by Kafka's property names and with Kafka's defaults.

mod client;
mod consumer;
mod producer;
mod properties;

pub use client::{ClientConfig, ConnectionConfig};
pub(crate) use consumer::AssignorKind;
pub use consumer::{ConsumerConfig, IsolationLevel, OffsetReset};
pub use producer::{Acks, Partitioner, ProducerConfig};
pub use properties::Properties;
