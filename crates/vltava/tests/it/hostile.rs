//! Hostile requests to the real server. It answers with Kafka's errors or closes the connection; it does not end, does not use
//! more and more memory, and continues to serve other clients.

mod batches;
mod frames;
mod load;
mod mutation;
mod requests;
mod target;
