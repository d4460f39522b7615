//! What examples that measure have in common.

use std::io::{Error, Result};

/// Seconds of CPU that the calling thread has used so far, in user and kernel space.
pub fn thread_cpu_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = stat.split(' ').next().and_then(|field| field.parse().ok());
    let nanoseconds: u64 = nanoseconds.ok_or_else(|| Error::other("no schedstat"))?;
    Ok(nanoseconds as f64 / 1e9)
}
