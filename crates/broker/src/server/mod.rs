//! Listens, and gives each connection to an executor, where it stays.

mod connection;
mod frame;
mod permit;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use io::{Address, Connection, Listener, Task};

use self::permit::Permits;
use crate::node::Node;
use crate::request::Peer;

/// What connections share.
#[derive(Debug)]
pub(crate) struct Server {
    permits: Permits,
    connections: AtomicUsize,
    next_executor: AtomicUsize,
}

impl Server {
    /// Allows `in_flight_bytes_max` bytes of large requests in memory.
    pub(crate) fn new(in_flight_bytes_max: usize) -> Server {
        Server {
            permits: Permits::new(in_flight_bytes_max),
            connections: AtomicUsize::new(0),
            next_executor: AtomicUsize::new(0),
        }
    }

    /// Connections open now.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// Counts a connection while it lives.
struct Counted(Arc<Node>);

impl Counted {
    fn new(node: &Arc<Node>) -> Counted {
        node.server.connections.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(node))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.server.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Accepts connections in a task of its own until the broker stops.
pub(crate) fn accept(node: &Arc<Node>, listener: Listener, number: usize) -> Task {
    let node = Arc::clone(node);
    let tasks = node.io.tasks.clone();
    tasks.spawn("accept", accept_until_stopped(node, listener, number))
}

/// The next connection; `None` once `stopped` is done.
pub(crate) async fn next_connection(
    node: &Node,
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
                // Most likely no descriptors are left; asking at once would only spin.
                node.io.clock.sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn accept_until_stopped(node: Arc<Node>, mut listener: Listener, number: usize) {
    let mut stopped = Box::pin(node.stopped());
    while let Some((connection, address)) =
        next_connection(&node, &mut listener, &mut stopped).await
    {
        if node.server.connections() >= node.config.connections_max {
            tracing::warn!("refusing {address}: max.connections is reached");
            continue;
        }
        let executor = node.server.next_executor.fetch_add(1, Ordering::Relaxed);
        let peer = Peer {
            address,
            listener: number,
        };
        let counted = Counted::new(&node);
        let connection_node = Arc::clone(&node);
        // A panic in it ends this one connection.
        node.io.tasks.spawn_on(executor, "connection", async move {
            connection::serve(connection_node, connection, peer).await;
            drop(counted);
        });
    }
}
