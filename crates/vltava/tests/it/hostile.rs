//! Bytes that mean harm, sent to the real server: it answers with Kafka's errors or closes the connection, and neither dies
//! nor grows nor stops serving others.

mod batches;
mod frames;
mod load;
mod mutation;
mod requests;
mod target;
