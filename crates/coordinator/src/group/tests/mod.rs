//! The group coordinator, seen from outside: requests and time in, answers and records out.

mod driver;
mod property;
mod records;
mod transcript;
