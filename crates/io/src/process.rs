//! What the operating system sets for the process: limits and signals.

use std::fmt;

use futures::future::BoxFuture;

use crate::Io;

impl Io {
    /// How many descriptors (files and sockets) the process may hold open; `u64::MAX` if there is
    /// no limit. See [`crate::raise_descriptor_limit`].
    pub fn descriptor_limit(&self) -> u64 {
        self.tasks.0.descriptor_limit()
    }

    /// Completes when the operating system asks the process to stop.
    ///
    /// Signals count from the call, not from the first poll: call it before the work that a signal is to stop. After
    /// the first call, these signals no longer end the process by themselves.
    ///
    /// # Panics
    /// If signal handlers cannot be installed.
    pub fn shutdown_signal(&self) -> ShutdownSignal {
        self.tasks.0.shutdown_signal()
    }
}

/// Completes when the process is asked to stop.
pub type ShutdownSignal = BoxFuture<'static, Signal>;

/// A request of the operating system or its user that the process stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Signal::Interrupt => "SIGINT",
            Signal::Terminate => "SIGTERM",
        })
    }
}
