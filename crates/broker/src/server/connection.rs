//! One connection: requests in, responses out.
//!
//! Requests are executed one after the other, in the order they arrive. A response may have to wait
//! (for a sync, for data, for a group); the next request is read meanwhile. Responses wait
//! concurrently and are written in request order. That pipelining lets many produce requests share
//! one sync.
//!
//! Every queue, permit and time-out of a connection has a bound: see `docs/limits.md`. A malformed
//! request closes the connection.

use std::sync::Arc;
use std::time::Duration;

use futures::future::FutureExt;
use io::Connection;
use tokio::sync::mpsc;

use super::activity::Activity;
use super::incoming::Incoming;
use super::outgoing::{IN_FLIGHT_MAX, PendingBytes, PendingResponse, write_responses};
use super::stopping::Stopping;
use super::{FOR_EVER, Server};
use crate::handler;
use crate::request::{Peer, Reply, Session};

/// How long a connection that is no longer read may take to write its responses.
const WRITE_REST_MAX: Duration = Duration::from_secs(5);

/// The connection of a client that takes no bytes of its responses for this long is closed; earlier
/// if `connections.max.idle.ms` is shorter.
const WRITE_STALL_MAX: Duration = Duration::from_secs(600);

/// Serves a connection until either side ends it.
pub(super) async fn serve(server: Arc<Server>, connection: Connection, peer: Peer) {
    let peer = Arc::new(peer);
    let clock = &server.io.clock;
    let (read, write) = match connection.split() {
        Ok(halves) => halves,
        Err(e) => {
            tracing::warn!("cannot serve {}: {e}", peer.address);
            return;
        }
    };
    let sent = Activity::default();
    let mut incoming = Incoming::new(&server, &peer, read, &sent);
    let mut stopping = Stopping::new(clock.clone(), server.stop.happened().boxed());
    let (send, pending) = mpsc::channel(IN_FLIGHT_MAX);
    let stall_max = server.limits.idle_max.min(WRITE_STALL_MAX);
    {
        let reading = read_requests(&server, &peer, &mut incoming, &mut stopping, send);
        let writing = write_responses(clock, write, &peer, stall_max, &sent, pending);
        tokio::pin!(reading, writing);
        tokio::select! {
            biased;
            // The client takes no more responses, so there is no point in reading its requests.
            () = &mut writing => return,
            // No more requests will come. Write the pending responses, but for a bounded time: some
            // may never become ready.
            () = &mut reading => {
                if clock.timeout(WRITE_REST_MAX, writing).await.is_none() {
                    tracing::info!("closing the connection of {} before all its requests are answered", peer.address);
                    return;
                }
            }
        }
    }
    if stopping.has_begun() {
        incoming.discard().await;
    }
}

async fn read_requests(
    server: &Server,
    peer: &Arc<Peer>,
    incoming: &mut Incoming<'_>,
    stopping: &mut Stopping,
    send: mpsc::Sender<PendingResponse>,
) {
    let session = Session::plaintext(Arc::clone(peer));
    let pending = Arc::new(PendingBytes::default());
    while let Some((frame, memory)) = incoming.next(stopping).await {
        let handling = handler::handle(&server.node, &session, frame, memory, incoming.arrived());
        let reply = match stopping.limit(FOR_EVER, handling).await {
            Some(Ok(reply)) => reply,
            None => return,
            Some(Err(e)) => {
                tracing::warn!("closing the connection of {}: {e}", peer.address);
                return;
            }
        };
        let response = match reply {
            Reply::Now(answer) => PendingResponse::ready(Some(answer), &pending),
            Reply::Later(answer) => PendingResponse::waiting(answer, &pending),
            Reply::None => PendingResponse::ready(None, &pending),
            Reply::Close => return,
        };
        let sending = async {
            let sent = send.send(response).await.is_ok();
            pending.room().await;
            sent
        };
        if stopping.limit(FOR_EVER, sending).await != Some(true) {
            return;
        }
    }
}
