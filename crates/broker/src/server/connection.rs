//! One connection: requests in, answers out.
//!
//! Requests are handled in the order they arrive, each to its end as far as that needs no
//! waiting; then the next one is read. Answers that wait (for a sync, for data, for a group) do
//! so side by side and are written in request order. That pipelining is what lets many produce
//! requests share one sync.
//!
//! Holds: bytes in memory are covered by permits, requests under way are bounded by
//! [`IN_FLIGHT_MAX`]; at either limit reading stops. A malformed request closes the connection.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt, ready};
use futures::stream::FuturesOrdered;
use io::{Chunk, Connection, ReadHalf, WriteHalf};
use tokio::sync::mpsc;

use super::call::{Answer, Peer, Reply};
use super::frame;
use super::permit::Permit;
use crate::handler;
use crate::node::Node;

/// Requests of one connection that wait to be answered.
const IN_FLIGHT_MAX: usize = 128;

/// How long, once the broker stops, a connection may take to write what it owes.
const DRAIN: Duration = Duration::from_secs(5);

/// An answer under way. Done when it can be written; gives the permit back when written.
type Pending = BoxFuture<'static, (Option<Answer>, Permit)>;

/// Serves a connection until either side ends it.
pub(super) async fn serve(node: Arc<Node>, connection: Connection, peer: Peer) {
    let peer = Arc::new(peer);
    let (read, write) = match connection.split() {
        Ok(halves) => halves,
        Err(e) => {
            tracing::warn!("cannot serve {}: {e}", peer.address);
            return;
        }
    };
    let (send, pending) = mpsc::channel(IN_FLIGHT_MAX);
    let reading = read_requests(&node, read, &peer, send);
    let writing = write_answers(&node, write, &peer, pending);
    tokio::pin!(reading, writing);
    tokio::select! {
        biased;
        // Nobody takes our answers any more: no use in reading on.
        () = &mut writing => {}
        // Nothing more comes: write what is owed.
        () = &mut reading => writing.await,
    }
}

async fn read_requests(
    node: &Arc<Node>,
    mut read: ReadHalf,
    peer: &Arc<Peer>,
    pending: mpsc::Sender<Pending>,
) {
    let mut buffer = BytesMut::new();
    loop {
        let Some((frame, permit)) = next_frame(node, &mut read, &mut buffer, peer).await else {
            return;
        };
        let reply = match handler::handle(node, peer, frame) {
            Ok(reply) => reply,
            Err(e) => {
                tracing::warn!("closing the connection of {}: {e}", peer.address);
                return;
            }
        };
        let waiting: Pending = match reply {
            Reply::Now(answer) => ready((Some(answer), permit)).boxed(),
            Reply::Silence => ready((None, permit)).boxed(),
            Reply::Close => return,
            Reply::Later(future) => future.map(move |answer| (Some(answer), permit)).boxed(),
        };
        if pending.send(waiting).await.is_err() {
            return;
        }
    }
}

/// The next request, or `None` when there will be none.
async fn next_frame(
    node: &Arc<Node>,
    read: &mut ReadHalf,
    buffer: &mut BytesMut,
    peer: &Peer,
) -> Option<(Bytes, Permit)> {
    let length = loop {
        match frame::length(buffer, node.config.request_bytes_max) {
            Ok(Some(length)) => break length,
            Ok(None) => fill(node, read, buffer, peer).await?,
            Err(frame::BadLength(length)) => {
                tracing::warn!(
                    "closing the connection of {}: a request cannot be {length} bytes long",
                    peer.address
                );
                return None;
            }
        }
    };
    let permit = node.server.permits.take(length).await;
    loop {
        match frame::missing(buffer, length) {
            0 => return Some((frame::take(buffer, length), permit)),
            missing => {
                buffer.reserve(missing);
                fill(node, read, buffer, peer).await?;
            }
        }
    }
}

/// Reads some more; `None` when the connection has ended, was silent too long, or the broker stops.
async fn fill(
    node: &Arc<Node>,
    read: &mut ReadHalf,
    buffer: &mut BytesMut,
    peer: &Peer,
) -> Option<()> {
    let idle = Duration::from_millis(node.config.connection_idle_ms.max(1) as u64);
    let arrived = tokio::select! {
        biased;
        arrived = node.io.clock.timeout(idle, read.read(buffer)) => arrived,
        () = node.stopped() => return None,
    };
    match arrived {
        Some(Ok(0)) => None,
        Some(Ok(_)) => Some(()),
        Some(Err(e)) => {
            tracing::debug!("connection of {} ended: {e}", peer.address);
            None
        }
        None => {
            tracing::debug!("connection of {} was idle", peer.address);
            None
        }
    }
}

async fn write_answers(
    node: &Arc<Node>,
    mut write: WriteHalf,
    peer: &Peer,
    mut pending: mpsc::Receiver<Pending>,
) {
    let mut ordered: FuturesOrdered<Pending> = FuturesOrdered::new();
    let mut stopped = Box::pin(node.stopped());
    let mut deadline = None;
    let mut more = true;
    while more || !ordered.is_empty() {
        let first = tokio::select! {
            biased;
            Some(done) = ordered.next(), if !ordered.is_empty() => done,
            arriving = pending.recv(), if more && ordered.len() < IN_FLIGHT_MAX => {
                match arriving {
                    Some(waiting) => ordered.push_back(waiting),
                    None => more = false,
                }
                continue;
            }
            () = &mut stopped, if deadline.is_none() => {
                deadline = Some(Box::pin(node.io.clock.sleep(DRAIN)));
                continue;
            }
            () = async { match &mut deadline { Some(sleep) => sleep.await, None => std::future::pending().await } } => {
                tracing::warn!("closing the connection of {} with answers owed", peer.address);
                return;
            }
        };
        let mut permits = Vec::new();
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut done = Some(first);
        // Whatever else is ready goes in the same write.
        while let Some((answer, permit)) = done {
            chunks.extend(answer.into_iter().flatten());
            permits.push(permit);
            while more && ordered.len() < IN_FLIGHT_MAX {
                match pending.try_recv() {
                    Ok(waiting) => ordered.push_back(waiting),
                    Err(_) => break,
                }
            }
            done = ordered.next().now_or_never().flatten();
        }
        if chunks.is_empty() {
            continue;
        }
        if let Err(e) = write.write(chunks).await {
            tracing::debug!("cannot answer {}: {e}", peer.address);
            return;
        }
    }
    // The other side sees an end, not a reset.
    let _ = write.shutdown().await;
}
