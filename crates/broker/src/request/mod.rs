//! Types about a request that all layers share: the call (which client sent what, in which version)
//! and the reply.
//!
//! Lies below `handler`, `partition`, `runtime` and `server`. It does not know how a request is
//! read, handled or answered.

mod call;
mod memory;
mod peer;
mod reply;
mod session;

pub(crate) use self::call::Call;
pub(crate) use self::memory::{Memory, WaitingMemory};
pub(crate) use self::peer::{Peer, Principal};
pub(crate) use self::reply::{Answer, Reply, later};
pub(crate) use self::session::Session;
