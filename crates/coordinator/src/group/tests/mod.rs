//! Tests of the group coordinator through its public interface.

mod driver;
mod property;
mod records;
mod transcript;
