//! Makes a panic in code that holds partition state end the process.

/// While this lives, a panic aborts the process instead of unwinding.
///
/// A log half way through a change must not be written to again by the next request that takes
/// its lock; recovery after a restart is what was tested for that.
pub(crate) struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("a panic while holding partition state: aborting");
            std::process::abort();
        }
    }
}
