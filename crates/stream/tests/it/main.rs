//! One binary for all tests of the crate from outside: linking DataFusion once is enough.

mod executor;
