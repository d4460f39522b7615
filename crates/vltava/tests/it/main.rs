//! Promises to users, tested with the real binary: real processes, real files, real signals.

// Tests of real processes use the operating system directly.
#![allow(clippy::disallowed_methods)]

#[cfg(feature = "engine")]
mod catalogue;
mod compaction;
mod corrupt;
mod deleted_topic;
#[cfg(feature = "engine")]
mod demonstration;
mod disk_full;
mod dump;
mod failed_directory;
mod hostile;
mod image;
#[cfg(feature = "engine")]
mod kill;
mod many_partitions;
mod power_loss;
mod process;
mod produced;
mod quick_start;
mod raw;
mod refusal;
mod repair;
#[cfg(feature = "engine")]
mod sql_files;
#[cfg(feature = "engine")]
mod sql_script;
#[cfg(feature = "engine")]
mod topic_streams;
