//! Limits that the operating system sets to the process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Io;
use crate::task::TasksKind;

/// Raises the soft limit of open descriptors (files and sockets) to the hard limit, and returns
/// the limit that now holds. To be called once, when the process starts.
pub fn raise_descriptor_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Refused, the lower limit stays: the caller sizes itself by what is returned.
    let _ = setrlimit(Resource::Nofile, raised);
    descriptor_limit()
}

/// How many descriptors the process may hold open.
fn descriptor_limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

impl Io {
    /// How many descriptors (files and sockets) the process may hold open; `u64::MAX` if there is
    /// no limit. See [`raise_descriptor_limit`].
    pub fn descriptor_limit(&self) -> u64 {
        match &self.tasks.0 {
            TasksKind::Real(_) => descriptor_limit(),
            TasksKind::Sim(_) => u64::MAX,
        }
    }
}
