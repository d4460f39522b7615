//! Limits and signals of the process.

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
    /// Signals are noticed from the call on, not from the first poll. So call it before you start the
    /// work that a signal must stop. After the first call, these signals no longer end the process by
    /// themselves.
    ///
    /// # Panics
    /// If signal handlers cannot be installed.
    pub fn shutdown_signal(&self) -> ShutdownSignal {
        self.tasks.0.shutdown_signal()
    }
}

/// Completes when the process is asked to stop.
pub type ShutdownSignal = BoxFuture<'static, Signal>;

/// A signal that asks the process to stop.
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
