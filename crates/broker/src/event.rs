//! An event that happens at most once, for example the stop of the broker.

use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

/// An event that tasks can wait for. Clones share one event.
///
/// Waiters are notified in the order in which they began to wait, so that a simulated run can be
/// repeated exactly; a `watch` channel does not keep that order.
#[derive(Debug)]
pub(crate) struct OneTimeEvent<T>(Arc<Inner<T>>);

#[derive(Debug)]
struct Inner<T> {
    happened: OnceLock<T>,
    happening: Notify,
}

impl<T> Clone for OneTimeEvent<T> {
    fn clone(&self) -> Self {
        OneTimeEvent(Arc::clone(&self.0))
    }
}

impl<T> Default for OneTimeEvent<T> {
    fn default() -> Self {
        OneTimeEvent(Arc::new(Inner {
            happened: OnceLock::new(),
            happening: Notify::new(),
        }))
    }
}

impl<T> OneTimeEvent<T> {
    /// Makes the event happen, and notifies the waiters. Only the first call has an effect.
    pub(crate) fn happen(&self, with: T) {
        if self.0.happened.set(with).is_ok() {
            self.0.happening.notify_waiters();
        }
    }
}

impl<T: Clone> OneTimeEvent<T> {
    /// Completes when the event has happened, with the value of that call.
    pub(crate) fn happened(&self) -> impl Future<Output = T> + use<T> {
        let event = self.clone();
        async move {
            loop {
                let notified = event.0.happening.notified();
                tokio::pin!(notified);
                // Registered before the check, so that no notification is missed.
                notified.as_mut().enable();
                match event.0.happened.get() {
                    Some(with) => return with.clone(),
                    None => notified.await,
                }
            }
        }
    }
}
