//! Something that happens at most once, for example the stop of the broker.

use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

/// An event that tasks wait for. Clones are the same event.
///
/// Waiters are notified in the order in which they began to wait, so that simulations repeat; a
/// `watch` channel has an order of its own.
#[derive(Debug)]
pub(crate) struct Event<T>(Arc<Inner<T>>);

#[derive(Debug)]
struct Inner<T> {
    happened: OnceLock<T>,
    happening: Notify,
}

impl<T> Clone for Event<T> {
    fn clone(&self) -> Self {
        Event(Arc::clone(&self.0))
    }
}

impl<T> Default for Event<T> {
    fn default() -> Self {
        Event(Arc::new(Inner {
            happened: OnceLock::new(),
            happening: Notify::new(),
        }))
    }
}

impl<T> Event<T> {
    /// Notifies the waiters. Only the first call has an effect.
    pub(crate) fn happen(&self, with: T) {
        if self.0.happened.set(with).is_ok() {
            self.0.happening.notify_waiters();
        }
    }
}

impl<T: Clone> Event<T> {
    /// Completes when the event has happened.
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
