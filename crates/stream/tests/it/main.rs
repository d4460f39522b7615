//! One binary for all tests of the crate from outside: linking DataFusion once is enough.

#![allow(
    clippy::disallowed_methods,
    reason = "the tests look at files from outside"
)]

mod executor;
mod file_stream;
mod frames;
mod large_statements;
mod plan_bytes;
mod query_life;
mod recovery;
mod saving;
mod spark_aggregates;
mod spark_answers;
mod spark_batches;
mod spark_catalogue;
mod spark_files;
mod spark_modes;
mod spark_queries;
mod spark_session;
mod sql_stream;
mod support;
