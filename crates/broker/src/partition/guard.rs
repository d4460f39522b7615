//! Ends the process if code panics while it holds the state of a partition.

/// While this value exists, a panic aborts the process instead of unwinding.
///
/// A panic may leave a log half changed, and the next request that takes the lock must not write to
/// such a log. Recovery after a restart can deal with it, as after a crash.
pub(crate) struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!("a panic while holding partition state: aborting");
            std::process::abort();
        }
    }
}
