//! The records that Kafka keeps in its own topics, one module per topic.
//!
//! How each topic marks what a record is: coordinators put a type before the key and a version
//! before the value; the metadata log puts a small frame before the value and has no keys.

pub mod group;
pub mod metadata;
pub mod share;
pub mod transaction;

mod frame;
