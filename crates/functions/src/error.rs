//! Errors of resolving and running a function.

pub use condition::{Error, Place, Result};
