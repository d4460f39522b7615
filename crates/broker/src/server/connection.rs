//! One connection: requests in, answers out.
//!
//! Requests are handled in the order they arrive, each to its end as far as that needs no
//! waiting; then the next one is read. Answers that wait (for a sync, for data, for a group) do
//! so side by side and are written in request order. That pipelining is what lets many produce
//! requests share one sync.
//!
//! Holds: bytes in memory are covered by permits, requests under way are bounded by
//! [`IN_FLIGHT_MAX`], answers that the other side does not take by [`OWED_BYTES_MAX`]; at any of
//! these limits reading stops. A malformed request closes the connection.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt, ready};
use futures::stream::FuturesOrdered;
use io::{Chunk, Connection, ReadHalf, WriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::frame;
use super::permit::{Permit, SMALL_BYTES};
use crate::handler;
use crate::node::Node;
use crate::request::{Answer, Peer, Principal, Reply};

/// Requests of one connection that wait to be answered.
const IN_FLIGHT_MAX: usize = 128;

/// Bytes of answers in memory (file ranges do not count) that a connection may owe, or one answer.
const OWED_BYTES_MAX: usize = 1024 * 1024;

/// How long, once the broker stops or the other side sends no more, a connection may take to
/// write what it owes.
const DRAIN: Duration = Duration::from_secs(5);

/// How long a request that has begun to come may bring nothing, or wait for memory.
const STALL: Duration = Duration::from_secs(30);

/// An answer under way. Done when it can be written.
type Pending = BoxFuture<'static, (Option<Answer>, Held)>;

/// What an answer holds until it is written.
struct Held {
    _request: Permit,
    _owed: Option<OwnedSemaphorePermit>,
}

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
        // Nothing more comes: write what is owed, but wait for nothing that may never happen.
        () = &mut reading => {
            let _ = node.io.clock.timeout(DRAIN, writing).await;
        }
    }
}

async fn read_requests(
    node: &Arc<Node>,
    read: ReadHalf,
    peer: &Arc<Peer>,
    pending: mpsc::Sender<Pending>,
) {
    let mut incoming = Incoming {
        node,
        peer,
        read,
        buffer: BytesMut::new(),
        stopped: node.stopped().boxed(),
    };
    // There is no authentication yet.
    let principal = Arc::new(Principal::anonymous());
    let owed = Arc::new(Semaphore::new(OWED_BYTES_MAX));
    loop {
        let Some((frame, permit)) = incoming.next().await else {
            return;
        };
        let reply = match handler::handle(node, peer, &principal, frame) {
            Ok(reply) => reply,
            Err(e) => {
                tracing::warn!("closing the connection of {}: {e}", peer.address);
                return;
            }
        };
        let mut held = Held {
            _request: permit,
            _owed: None,
        };
        let waiting: Pending = match reply {
            Reply::Now(answer) => {
                held._owed = Some(room_for(&owed, &answer).await);
                ready((Some(answer), held)).boxed()
            }
            Reply::Silence => ready((None, held)).boxed(),
            Reply::Close => return,
            Reply::Later(future) => future.map(move |answer| (Some(answer), held)).boxed(),
        };
        if pending.send(waiting).await.is_err() {
            return;
        }
    }
}

/// Waits until earlier answers have left enough room for this one.
async fn room_for(owed: &Arc<Semaphore>, answer: &Answer) -> OwnedSemaphorePermit {
    let in_memory = answer.iter().map(|chunk| match chunk {
        Chunk::Bytes(bytes) => bytes.len(),
        Chunk::File { .. } => 0,
    });
    let bytes = in_memory.sum::<usize>().min(OWED_BYTES_MAX);
    match Arc::clone(owed).acquire_many_owned(bytes as u32).await {
        Ok(room) => room,
        Err(_) => unreachable!("the semaphore is never closed"),
    }
}

/// The side of a connection that requests come by.
struct Incoming<'a> {
    node: &'a Arc<Node>,
    peer: &'a Peer,
    read: ReadHalf,
    /// What has come and was not taken yet.
    buffer: BytesMut,
    /// Done when the broker stops.
    stopped: BoxFuture<'static, ()>,
}

impl Incoming<'_> {
    /// The next request, or `None` when there will be none.
    async fn next(&mut self) -> Option<(Bytes, Permit)> {
        let node = self.node;
        let length = loop {
            match frame::length(&self.buffer, node.config.request_bytes_max) {
                Ok(Some(length)) => break length,
                Ok(None) => self.fill().await?,
                Err(frame::BadLength(length)) => {
                    tracing::warn!(
                        "closing the connection of {}: a request cannot be {length} bytes long",
                        self.peer.address
                    );
                    return None;
                }
            }
        };
        while frame::missing(&self.buffer, length.min(SMALL_BYTES)) > 0 {
            self.fill().await?;
        }
        let mut permit = node.server.permits.take(length).await;
        while frame::missing(&self.buffer, length) > 0 {
            if frame::missing(&self.buffer, permit.bytes()) == 0 {
                let growing = node.server.permits.grow(&mut permit, length);
                // Others may wait as we do, each for what the others hold.
                if node.io.clock.timeout(STALL, growing).await.is_none() {
                    tracing::warn!(
                        "closing the connection of {}: no memory for a request of {length} bytes",
                        self.peer.address
                    );
                    return None;
                }
            }
            let missing = frame::missing(&self.buffer, permit.bytes());
            self.buffer.reserve(missing);
            self.fill().await?;
        }
        Some((frame::take(&mut self.buffer, length), permit))
    }

    /// Reads some more; `None` when the connection has ended, was silent too long, or the broker
    /// stops.
    async fn fill(&mut self) -> Option<()> {
        let idle = Duration::from_millis(self.node.config.connection_idle_ms.max(1) as u64);
        let silence_max = if self.buffer.is_empty() {
            idle
        } else {
            idle.min(STALL)
        };
        let reading = self.read.read(&mut self.buffer);
        let arrived = tokio::select! {
            biased;
            arrived = self.node.io.clock.timeout(silence_max, reading) => arrived,
            () = &mut self.stopped => return None,
        };
        match arrived {
            Some(Ok(0)) => None,
            Some(Ok(_)) => Some(()),
            Some(Err(e)) => {
                tracing::debug!("connection of {} ended: {e}", self.peer.address);
                None
            }
            None => {
                tracing::debug!("connection of {} was silent too long", self.peer.address);
                None
            }
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
        let mut holding = Vec::new();
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut done = Some(first);
        // Whatever else is ready goes in the same write.
        while let Some((answer, held)) = done {
            chunks.extend(answer.into_iter().flatten());
            holding.push(held);
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
