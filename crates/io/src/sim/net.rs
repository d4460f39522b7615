//! The simulated network: connections that delay and split what they carry, and break.
//!
//! One machine for now: every address leads to it, and only the port counts.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::{Generator, SimCore, SimSleep};
use crate::net::host_and_port;
use crate::net::pipe::{self, Direction, PipeConnection};

/// The first port picked for port 0, and for the near end of connections.
const FIRST_PORT: u16 = 32_768;

/// Connections that wait to be accepted.
const BACKLOG: usize = 1024;

/// How long data is under way at most, unless a test says otherwise.
const DELAY_MAX: Duration = Duration::from_micros(500);

type Arriving = (PipeConnection, SocketAddr);

#[derive(Debug)]
pub(super) struct NetState {
    listeners: BTreeMap<u16, mpsc::Sender<Arriving>>,
    next_port: u16,
    connections: BTreeMap<u64, [Weak<Mutex<Direction>>; 2]>,
    next_connection: u64,
    delay_max: Duration,
    reset_rate: Option<u64>,
    random: Generator,
}

impl NetState {
    pub(super) fn new(random: Generator) -> NetState {
        NetState {
            listeners: BTreeMap::new(),
            next_port: FIRST_PORT,
            connections: BTreeMap::new(),
            next_connection: 0,
            delay_max: DELAY_MAX,
            reset_rate: None,
            random,
        }
    }

    pub(super) fn set_delay_max(&mut self, delay: Duration) {
        self.delay_max = delay;
    }

    pub(super) fn set_reset_rate(&mut self, writes: Option<u64>) {
        self.reset_rate = writes;
    }

    fn pick_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
        port
    }

    fn delay(&mut self) -> Duration {
        let nanos = self.delay_max.as_nanos() as u64;
        Duration::from_nanos(self.random.below(nanos + 1))
    }
}

impl SimCore {
    pub(crate) fn listen(&self, address: &str) -> io::Result<SimListener> {
        let (host, port) = host_and_port(address)?;
        let mut net = self.net.lock();
        let port = if port == 0 { net.pick_port() } else { port };
        if net
            .listeners
            .get(&port)
            .is_some_and(|other| !other.is_closed())
        {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let (send, arriving) = mpsc::channel(BACKLOG);
        net.listeners.insert(port, send);
        let ip = host.parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(SimListener {
            address: SocketAddr::new(ip, port),
            arriving,
        })
    }

    pub(crate) async fn connect(self: &Arc<Self>, address: &str) -> io::Result<PipeConnection> {
        let (_, port) = host_and_port(address)?;
        let delay = self.net.lock().delay();
        SimSleep::new(Arc::clone(self), self.now() + delay).await;
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let (listener, near_port, id) = {
            let mut net = self.net.lock();
            let listener = net.listeners.get(&port).cloned().ok_or_else(refused)?;
            net.next_connection += 1;
            (listener, net.pick_port(), net.next_connection)
        };
        let (ours, theirs) = pipe::pair(Some(Link {
            core: Arc::clone(self),
            connection: id,
        }));
        let directions = ours
            .directions()
            .map(|direction| Arc::downgrade(&direction));
        {
            let mut net = self.net.lock();
            net.connections
                .retain(|_, [one, other]| one.strong_count() + other.strong_count() > 0);
            net.connections.insert(id, directions);
        }
        let peer = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), near_port);
        listener.try_send((theirs, peer)).map_err(|_| refused())?;
        Ok(ours)
    }

    pub(super) fn reset_connections(&self) {
        let connections = std::mem::take(&mut self.net.lock().connections);
        connections.values().for_each(reset);
    }

    /// The machine is gone, and its listeners and connections with it.
    pub(super) fn drop_network(&self) {
        self.reset_connections();
        let listeners = std::mem::take(&mut self.net.lock().listeners);
        drop(listeners);
    }
}

fn reset(connection: &[Weak<Mutex<Direction>>; 2]) {
    for direction in connection {
        if let Some(direction) = direction.upgrade() {
            let waiting = direction.lock().reset();
            waiting.into_iter().flatten().for_each(Waker::wake);
        }
    }
}

/// Accepts simulated connections.
#[derive(Debug)]
pub(crate) struct SimListener {
    address: SocketAddr,
    arriving: mpsc::Receiver<Arriving>,
}

impl SimListener {
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn accept(&mut self) -> io::Result<Arriving> {
        match self.arriving.recv().await {
            Some(arriving) => Ok(arriving),
            // Only the end of the machine takes the port from a living listener.
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// What the network does to one connection.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    core: Arc<SimCore>,
    connection: u64,
}

impl Link {
    pub(crate) fn now(&self) -> Duration {
        self.core.now()
    }

    pub(crate) fn sleep_until(&self, deadline: Duration) -> SimSleep {
        SimSleep::new(Arc::clone(&self.core), deadline)
    }

    /// When a write that is made now arrives; or the connection breaks.
    pub(crate) fn send(&self) -> io::Result<Duration> {
        let now = self.core.now();
        let mut net = self.core.net.lock();
        if let Some(rate) = net.reset_rate
            && net.random.once_in(rate.max(1))
        {
            let broken = net.connections.remove(&self.connection);
            drop(net);
            broken.iter().for_each(reset);
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(now + net.delay())
    }

    /// How much of `available` bytes one read gives: sometimes less than is there.
    pub(crate) fn read_limit(&self, available: usize) -> usize {
        let mut net = self.core.net.lock();
        if available > 0 && net.random.once_in(4) {
            return 1 + net.random.below(available as u64) as usize;
        }
        usize::MAX
    }
}
