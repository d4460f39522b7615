//! What a handler returns.

use std::future::Future;
use std::pin::Pin;

use io::Chunk;

/// An encoded response: chunks to write, in order.
pub(crate) type Answer = Vec<Chunk>;

/// The result of a handler. When the handler returns it, the request has made all its changes to
/// partitions; it may still wait.
pub(crate) enum Reply {
    /// The response is ready.
    Now(Answer),
    /// The response is ready when the future is.
    Later(Pin<Box<dyn Future<Output = Answer> + Send>>),
    /// No response, because the client wants none.
    None,
    /// No response, and the connection closes after earlier responses are written.
    Close,
}

/// A reply whose response is ready when `future` is.
pub(crate) fn later(future: impl Future<Output = Answer> + Send + 'static) -> Reply {
    Reply::Later(Box::pin(future))
}
