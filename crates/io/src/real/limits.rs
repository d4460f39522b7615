//! Limits of the process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of open descriptors (files and sockets) to the hard limit, and returns
/// the new limit. Call it once, when the process starts.
pub fn raise_descriptor_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // If this is refused, the lower limit stays: the caller uses the returned value.
    let _ = setrlimit(Resource::Nofile, raised);
    descriptor_limit()
}

/// How many descriptors the process may hold open.
pub(super) fn descriptor_limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
