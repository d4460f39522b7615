//! Connections by address, opened when they are needed.
//!
//! Knows addresses only: no metadata, no broker ids. So it also serves a broker that is a client of other
//! brokers.

use std::collections::BTreeMap;
use std::sync::Arc;

use io::Io;
use parking_lot::Mutex;

use crate::{Connection, ConnectionConfig, Result};

/// A set of connections, at most one to each address.
///
/// Responses come in the order of the requests, so a request that waits at the broker (a long poll, a
/// JoinGroup) delays all requests sent after it. A part of the program that sends such requests has a
/// pool of its own.
#[derive(Debug)]
pub struct ConnectionPool {
    io: Io,
    config: ConnectionConfig,
    slots: Mutex<BTreeMap<String, Slot>>,
}

/// The lock makes callers that need the same address open one connection, not one each.
type Slot = Arc<tokio::sync::Mutex<Option<Connection>>>;

impl ConnectionPool {
    /// An empty pool.
    pub fn new(io: &Io, config: ConnectionConfig) -> ConnectionPool {
        ConnectionPool {
            io: io.clone(),
            config,
            slots: Mutex::new(BTreeMap::new()),
        }
    }

    /// The connection to `address`, which is `host:port` or `pipe:NAME`. Opens one if there is none or
    /// the last one is broken.
    ///
    /// # Errors
    /// As [`Connection::open`]. Does not retry.
    pub async fn get(&self, address: &str) -> Result<Connection> {
        let slot = Arc::clone(self.slots.lock().entry(address.to_owned()).or_default());
        let mut connection = slot.lock().await;
        if let Some(open) = connection.as_ref().filter(|open| !open.is_broken()) {
            return Ok(open.clone());
        }
        *connection = None;
        let opened = Connection::open(&self.io, address, &self.config).await?;
        *connection = Some(opened.clone());
        Ok(opened)
    }

    /// Any connection that is open.
    pub fn any_open(&self) -> Option<Connection> {
        let slots = self.slots.lock();
        slots.values().find_map(|slot| {
            let connection = slot.try_lock().ok()?;
            connection.clone().filter(|open| !open.is_broken())
        })
    }
}
