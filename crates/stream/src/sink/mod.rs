//! Sinks that need a session or show rows as text.

pub mod console;
pub mod foreach_batch;

pub use engine::sink::*;
