//! Accepts connections and gives each to an executor, where it stays.

mod activity;
mod connection;
mod counted;
mod frame;
mod incoming;
mod outgoing;
mod permit;
mod stopping;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use io::{Address, Clock, Connection, Io, Listener, Task};
use tokio::sync::Semaphore;

pub(crate) use self::counted::OpenConnections;
use self::permit::Permits;
use crate::config::BrokerConfig;
use crate::event::OneTimeEvent;
use crate::node::Node;
use crate::request::{Peer, WaitingMemory};

/// The pause after a failed accept. The usual reason is that no descriptors are left, so an immediate
/// retry would fail again.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Longer than any connection lives: the limit if idle connections are never closed.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The node's listeners and connections.
#[derive(Debug)]
pub(crate) struct Server {
    /// Passed to the handlers of requests, and used for nothing else here.
    node: Arc<Node>,
    io: Io,
    /// Happens when the broker stops.
    stop: OneTimeEvent<()>,
    limits: ConnectionLimits,
    permits: Permits,
    /// Shared memory of waiting requests.
    waiting: Arc<Semaphore>,
    connections_max: usize,
    connections: OpenConnections,
    next_executor: AtomicUsize,
}

/// The limits of each connection.
#[derive(Debug, Clone, Copy)]
struct ConnectionLimits {
    /// Size of a request in bytes (`socket.request.max.bytes`).
    request_bytes_max: usize,
    /// How long it may be silent between requests (`connections.max.idle.ms`).
    idle_max: Duration,
}

impl ConnectionLimits {
    fn new(config: &BrokerConfig) -> ConnectionLimits {
        ConnectionLimits {
            request_bytes_max: config.request_bytes_max,
            idle_max: match u64::try_from(config.connection_idle_ms) {
                Ok(ms) => Duration::from_millis(ms.max(1)).min(FOR_EVER),
                Err(_) => FOR_EVER,
            },
        }
    }
}

impl Server {
    /// A server without listeners, which serves `node` to at most `max.connections` connections.
    pub(crate) fn new(node: Arc<Node>) -> Arc<Server> {
        Arc::new(Server {
            io: node.io.clone(),
            stop: node.stop.clone(),
            limits: ConnectionLimits::new(&node.config),
            permits: Permits::new(node.config.in_flight_bytes_max),
            waiting: WaitingMemory::shared(),
            connections_max: node.config.connections_max,
            connections: OpenConnections::default(),
            next_executor: AtomicUsize::new(0),
            node,
        })
    }

    /// The number of open connections.
    pub(crate) fn connections(&self) -> usize {
        self.connections.count()
    }

    /// Accepts connections in a task of its own until the broker stops. `number` is the index of the
    /// listener among the node's endpoints.
    pub(crate) fn accept(self: &Arc<Self>, listener: Listener, number: usize) -> Task {
        let accepting = accept_until_stopped(Arc::clone(self), listener, number);
        self.io.tasks.spawn_critical("accept", accepting)
    }
}

/// The next connection; `None` once `stopped` is done. Errors of `accept(2)` are never final.
pub(crate) async fn next_connection(
    clock: &Clock,
    listener: &mut Listener,
    mut stopped: impl Future<Output = ()> + Unpin,
) -> Option<(Connection, Address)> {
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stopped => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(accepted) => return Some(accepted),
            Err(e) => {
                tracing::warn!(
                    "cannot accept a connection on {}: {e}",
                    listener.local_addr()
                );
                clock.sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

async fn accept_until_stopped(server: Arc<Server>, mut listener: Listener, number: usize) {
    let io = &server.io;
    let mut stopped = Box::pin(server.stop.happened());
    while let Some((connection, address)) =
        next_connection(&io.clock, &mut listener, &mut stopped).await
    {
        if server.connections() >= server.connections_max {
            tracing::warn!(
                "refusing {address}: there are {} connections, the most that max.connections and \
                 the limit of open files allow",
                server.connections_max
            );
            continue;
        }
        let executor = server.next_executor.fetch_add(1, Ordering::Relaxed);
        let peer = Peer {
            address,
            listener: number,
            waiting: WaitingMemory::of_connection(&server.waiting),
        };
        let counted = server.connections.add();
        let serving = Arc::clone(&server);
        // A panic in it ends this one connection.
        io.tasks.spawn_on(executor, "connection", async move {
            connection::serve(serving, connection, peer).await;
            drop(counted);
        });
    }
}
