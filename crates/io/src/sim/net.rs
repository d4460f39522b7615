//! The simulated network: hosts by name, links between them, and connections over pipes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::World;
use super::faults::Faults;
use super::generator::Generator;
use super::machine::{Machine, MachineId};
use super::scheduler::SimSleep;
use crate::backend::{Link, ListenerBackend, NetBackend};
use crate::clock::Sleep;
use crate::net::pipe::{self, Direction, PipeConnection};
use crate::net::{Address, Connection, SocketBuffers, host_and_port};

/// The first port picked for port 0, and for the near end of connections.
const FIRST_PORT: u16 = 32_768;

/// Connections that wait to be accepted.
const BACKLOG: usize = 1024;

/// How long data is in flight at most, unless a test says otherwise.
const DELAY_MAX: Duration = Duration::from_micros(500);

/// How long until dropped data is sent again.
const RETRANSMISSION: Duration = Duration::from_millis(200);

/// How long a connection attempt without an answer takes, unless a test says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(127);

type Arriving = (PipeConnection, SocketAddr);

/// A direction between two machines: from, to.
type Route = (MachineId, MachineId);

#[derive(Debug)]
pub(super) struct NetState {
    hosts: Vec<String>,
    off: BTreeSet<MachineId>,
    listeners: BTreeMap<(MachineId, u16), mpsc::Sender<Arriving>>,
    next_port: u16,
    connections: BTreeMap<u64, SimConnection>,
    next_connection: u64,
    cut: BTreeSet<Route>,
    delays: BTreeMap<Route, Duration>,
    delay_max: Duration,
    connect_timeout: Duration,
    reset_rate: Option<u64>,
    drop_rate: Option<u64>,
    /// Bytes per millisecond that a machine reads from a connection.
    read_rates: BTreeMap<MachineId, u64>,
    /// Machines whose power cuts their peers do not notice.
    silent: BTreeSet<MachineId>,
    random: Generator,
}

#[derive(Debug)]
struct SimConnection {
    machines: [MachineId; 2],
    directions: [Weak<Mutex<Direction>>; 2],
    /// One end has vanished; sending resets it once that machine runs again.
    vanished: Option<MachineId>,
}

impl SimConnection {
    fn is_used(&self) -> bool {
        self.directions
            .iter()
            .any(|direction| direction.strong_count() > 0)
    }

    fn is_of(&self, machine: MachineId) -> bool {
        self.machines.contains(&machine)
    }

    fn for_each(&self, mut act: impl FnMut(&mut Direction) -> [Option<Waker>; 2]) {
        for direction in &self.directions {
            if let Some(direction) = direction.upgrade() {
                let waiting = act(&mut direction.lock());
                waiting.into_iter().flatten().for_each(Waker::wake);
            }
        }
    }

    fn reset(&self) {
        self.for_each(Direction::reset);
    }
}

impl NetState {
    pub(super) fn new(random: Generator) -> NetState {
        NetState {
            hosts: Vec::new(),
            off: BTreeSet::new(),
            listeners: BTreeMap::new(),
            next_port: FIRST_PORT,
            connections: BTreeMap::new(),
            next_connection: 0,
            cut: BTreeSet::new(),
            delays: BTreeMap::new(),
            delay_max: DELAY_MAX,
            connect_timeout: CONNECT_TIMEOUT,
            reset_rate: None,
            drop_rate: None,
            read_rates: BTreeMap::new(),
            silent: BTreeSet::new(),
            random,
        }
    }

    pub(super) fn add_host(&mut self, name: &str) -> MachineId {
        self.hosts.push(name.to_owned());
        self.hosts.len() - 1
    }

    pub(super) fn set_off(&mut self, machine: MachineId, is_off: bool) {
        match is_off {
            true => self.off.insert(machine),
            false => self.off.remove(&machine),
        };
    }

    /// The machine of a host name, as seen from `from`.
    fn resolve(&self, host: &str, from: MachineId) -> io::Result<MachineId> {
        if let "" | "localhost" | "127.0.0.1" | "::1" | "0.0.0.0" | "::" = host {
            return Ok(from);
        }
        let is_it =
            |machine: &MachineId| self.hosts[*machine] == host || ip(*machine).to_string() == host;
        (0..self.hosts.len())
            .find(is_it)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the host has no address"))
    }

    fn pick_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
        port
    }

    fn delay(&mut self, route: Route) -> Duration {
        let max = self.delays.get(&route).copied().unwrap_or(self.delay_max);
        let mut delay = Duration::from_nanos(self.random.below(max.as_nanos() as u64 + 1));
        if let Some(rate) = self.drop_rate {
            while self.random.once_in(rate.max(2)) {
                delay += RETRANSMISSION;
            }
        }
        delay
    }

    /// Whether packets on this route are lost.
    fn is_cut(&self, route: Route) -> bool {
        self.cut.contains(&route) || self.off.contains(&route.1)
    }

    /// Removes and returns the connections for which `is_it` is true.
    fn take_connections(&mut self, is_it: impl Fn(&SimConnection) -> bool) -> Vec<SimConnection> {
        let ids: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, connection)| is_it(connection))
            .map(|(&id, _)| id)
            .collect();
        ids.iter()
            .filter_map(|id| self.connections.remove(id))
            .collect()
    }

    /// Weak handles of the directions of all connections.
    fn directions(&self) -> Vec<Weak<Mutex<Direction>>> {
        self.connections
            .values()
            .flat_map(|connection| connection.directions.clone())
            .collect()
    }
}

/// The address of a machine: the first one has that of the loopback device.
fn ip(machine: MachineId) -> IpAddr {
    match machine {
        0 => IpAddr::V4(Ipv4Addr::LOCALHOST),
        _ => IpAddr::V4(Ipv4Addr::new(10, 0, (machine >> 8) as u8, machine as u8)),
    }
}

#[derive(Debug)]
pub(super) struct SimNet(pub(super) Arc<Machine>);

impl NetBackend for SimNet {
    fn listen<'a>(
        &'a self,
        address: &'a str,
        _: SocketBuffers,
    ) -> BoxFuture<'a, io::Result<Box<dyn ListenerBackend>>> {
        let listener = self.listen_on(address);
        Box::pin(async move { Ok(Box::new(listener?) as Box<dyn ListenerBackend>) })
    }

    fn connect<'a>(&'a self, address: &'a str) -> BoxFuture<'a, io::Result<Connection>> {
        Box::pin(async move { Ok(Connection(Box::new(self.connect_to(address).await?))) })
    }
}

impl SimNet {
    fn listen_on(&self, address: &str) -> io::Result<SimListener> {
        let (host, port) = host_and_port(address)?;
        let machine = self.0.id;
        let mut net = self.0.world.net.lock();
        if net.resolve(host, machine)? != machine {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        let port = if port == 0 { net.pick_port() } else { port };
        let listeners = &mut net.listeners;
        let other = listeners.get(&(machine, port));
        if other.is_some_and(|other| !other.is_closed()) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let (send, arriving) = mpsc::channel(BACKLOG);
        listeners.insert((machine, port), send);
        Ok(SimListener {
            address: SocketAddr::new(host.parse().unwrap_or(ip(machine)), port),
            arriving,
        })
    }

    async fn connect_to(&self, address: &str) -> io::Result<PipeConnection> {
        let (host, port) = host_and_port(address)?;
        let (world, near) = (&self.0.world, self.0.id);
        let (far, is_cut, delay, timeout) = {
            let mut net = world.net.lock();
            let far = net.resolve(host, near)?;
            let is_cut = net.is_cut((near, far)) || net.is_cut((far, near));
            let delay = net.delay((near, far)) + net.delay((far, near));
            (far, is_cut, delay, net.connect_timeout)
        };
        world.note("connect", far as u64, u64::from(port));
        if is_cut {
            SimSleep::new(world, world.now() + timeout).await;
            return Err(io::ErrorKind::TimedOut.into());
        }
        SimSleep::new(world, world.now() + delay).await;
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let (listener, near_port, id) = {
            let mut net = world.net.lock();
            let listener = net.listeners.get(&(far, port)).cloned();
            let listener = listener.ok_or_else(refused)?;
            net.next_connection += 1;
            (listener, net.pick_port(), net.next_connection)
        };
        let link = |from, to| -> Arc<dyn Link> {
            Arc::new(SimLink {
                world: Arc::clone(world),
                connection: id,
                from,
                to,
            })
        };
        let (ours, theirs) = pipe::pair(Some([link(near, far), link(far, near)]));
        let directions = ours.directions();
        {
            let mut net = world.net.lock();
            net.connections.retain(|_, connection| connection.is_used());
            let connection = SimConnection {
                machines: [near, far],
                directions: directions.map(|direction| Arc::downgrade(&direction)),
                vanished: None,
            };
            net.connections.insert(id, connection);
        }
        let peer = SocketAddr::new(ip(near), near_port);
        listener.try_send((theirs, peer)).map_err(|_| refused())?;
        Ok(ours)
    }
}

impl Machine {
    /// Removes the listeners and connections of a process that has ended.
    pub(super) fn drop_network(&self) {
        let (listeners, broken) = {
            let mut net = self.world.net.lock();
            let is_silent = net.off.contains(&self.id) && net.silent.contains(&self.id);
            let ports: Vec<_> = net.listeners.keys().copied().collect();
            let ours = ports.into_iter().filter(|(machine, _)| *machine == self.id);
            let listeners: Vec<_> = ours.filter_map(|key| net.listeners.remove(&key)).collect();
            let broken = match is_silent {
                true => Vec::new(),
                false => net.take_connections(|connection| {
                    connection.is_of(self.id) && connection.vanished.is_none()
                }),
            };
            (listeners, broken)
        };
        drop(listeners);
        broken.iter().for_each(SimConnection::reset);
    }

    /// Makes the connections of the machine half-open: it has vanished without a reset.
    pub(super) fn vanish(&self) {
        let directions: Vec<_> = {
            let mut net = self.world.net.lock();
            let ours = net
                .connections
                .values_mut()
                .filter(|connection| connection.is_of(self.id));
            ours.flat_map(|connection| {
                connection.vanished = Some(self.id);
                connection.directions.clone()
            })
            .collect()
        };
        for direction in directions.iter().filter_map(Weak::upgrade) {
            direction.lock().make_half_open();
        }
    }

    pub(super) fn is_silent(&self) -> bool {
        self.world.net.lock().silent.contains(&self.id)
    }

    /// Wakes both ends of every connection: a link has changed.
    fn wake_connections(&self) {
        let directions = self.world.net.lock().directions();
        for direction in directions.iter().filter_map(Weak::upgrade) {
            let waiting = direction.lock().wakers();
            waiting.into_iter().flatten().for_each(Waker::wake);
        }
    }
}

/// Network faults. Those of a link are about one direction, from this machine to another.
impl Faults {
    /// Resets every connection of the machine but its in-process pipes.
    pub fn reset_connections(&self) {
        let broken = {
            let mut net = self.0.world.net.lock();
            net.take_connections(|connection| connection.is_of(self.0.id))
        };
        broken.iter().for_each(SimConnection::reset);
    }

    /// Resets a connection once in `writes` writes to any, of any machine; `None` stops that.
    pub fn set_reset_rate(&self, writes: Option<u64>) {
        self.0.world.net.lock().reset_rate = writes;
    }

    /// Drops one in `writes` writes of any machine on the way: they arrive later, as TCP sends
    /// them again. `None` stops that.
    pub fn set_drop_rate(&self, writes: Option<u64>) {
        self.0.world.net.lock().drop_rate = writes;
    }

    /// The longest time that data is in flight between any machines. Each write draws its own.
    pub fn set_delay_max(&self, delay: Duration) {
        self.0.world.net.lock().delay_max = delay;
    }

    /// The longest time that data from here to `host` is in flight; `None`: as between other machines.
    ///
    /// # Panics
    /// If there is no such machine.
    pub fn set_link_delay(&self, host: &str, delay: Option<Duration>) {
        let route = self.route(host);
        let delays = &mut self.0.world.net.lock().delays;
        match delay {
            Some(delay) => delays.insert(route, delay),
            None => delays.remove(&route),
        };
    }

    /// Cuts the link from this machine to `host`, in this direction only. Connections stay open, and
    /// data that is sent meanwhile arrives after [`Faults::restore_link`]. Attempts to connect time out.
    ///
    /// # Panics
    /// If there is no such machine.
    pub fn cut_link(&self, host: &str) {
        let route = self.route(host);
        self.0.world.net.lock().cut.insert(route);
    }

    /// Ends [`Faults::cut_link`].
    ///
    /// # Panics
    /// If there is no such machine.
    pub fn restore_link(&self, host: &str) {
        let route = self.route(host);
        self.0.world.net.lock().cut.remove(&route);
        self.0.wake_connections();
    }

    /// Makes all connections of the machine half-open: it has vanished from them without a reset,
    /// and the peers do not notice it. Data that they send is lost.
    pub fn vanish_from_connections(&self) {
        self.0.vanish();
    }

    /// Whether peers notice nothing when the power of the machine goes: its connections are
    /// half-open then, until they send something after its restart. Else they are reset.
    pub fn set_silent_power_cuts(&self, is_silent: bool) {
        let mut net = self.0.world.net.lock();
        match is_silent {
            true => net.silent.insert(self.0.id),
            false => net.silent.remove(&self.0.id),
        };
    }

    /// How long an attempt to connect waits for an answer, on any machine.
    pub fn set_connect_timeout(&self, timeout: Duration) {
        self.0.world.net.lock().connect_timeout = timeout;
    }

    /// Limits the bytes per millisecond that the machine reads from each connection; `None` removes
    /// the limit.
    pub fn set_read_rate(&self, bytes_per_ms: Option<u64>) {
        let mut net = self.0.world.net.lock();
        match bytes_per_ms {
            Some(rate) => net.read_rates.insert(self.0.id, rate.max(1)),
            None => net.read_rates.remove(&self.0.id),
        };
    }

    fn route(&self, host: &str) -> Route {
        let net = self.0.world.net.lock();
        let far = net
            .resolve(host, self.0.id)
            .expect("a machine of that name");
        (self.0.id, far)
    }
}

/// Accepts simulated connections.
#[derive(Debug)]
struct SimListener {
    address: SocketAddr,
    arriving: mpsc::Receiver<Arriving>,
}

impl ListenerBackend for SimListener {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Connection, Address)>> {
        Poll::Ready(match ready!(self.arriving.poll_recv(cx)) {
            Some((pipe, peer)) => Ok((Connection(Box::new(pipe)), Address::Socket(peer))),
            // Only the end of the process takes the port from a living listener.
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        })
    }

    fn local_addr(&self) -> Address {
        Address::Socket(self.address)
    }
}

/// The network at one side of a connection.
#[derive(Debug)]
struct SimLink {
    world: Arc<World>,
    connection: u64,
    from: MachineId,
    to: MachineId,
}

impl Link for SimLink {
    fn now(&self) -> Duration {
        self.world.now()
    }

    fn sleep_until(&self, deadline: Duration) -> Sleep {
        SimSleep::boxed(&self.world, deadline)
    }

    fn send(&self) -> io::Result<Duration> {
        let now = self.world.now();
        self.world.note("send", self.connection, self.to as u64);
        let broken = {
            let mut net = self.world.net.lock();
            let rate = net.reset_rate;
            let is_reset = rate.is_some_and(|rate| net.random.once_in(rate.max(1)));
            // A machine that runs again does not know the connections from before.
            let vanished = net
                .connections
                .get(&self.connection)
                .and_then(|connection| connection.vanished);
            let is_unknown = vanished == Some(self.to) && !net.is_cut((self.from, self.to));
            let is_unknown = is_unknown && net.silent.contains(&self.to);
            match is_reset || is_unknown {
                true => net.connections.remove(&self.connection),
                false => return Ok(now + net.delay((self.from, self.to))),
            }
        };
        broken.iter().for_each(SimConnection::reset);
        Err(io::ErrorKind::ConnectionReset.into())
    }

    fn is_cut(&self) -> bool {
        self.world.net.lock().is_cut((self.to, self.from))
    }

    fn read_limit(&self, available: usize) -> usize {
        let mut net = self.world.net.lock();
        if let Some(&rate) = net.read_rates.get(&self.from) {
            return (rate as usize).max(1);
        }
        if available > 0 && net.random.once_in(4) {
            return 1 + net.random.below(available as u64) as usize;
        }
        usize::MAX
    }

    fn next_read(&self, bytes: usize) -> Duration {
        let rate = self.world.net.lock().read_rates.get(&self.from).copied();
        let pause = rate.map_or(Duration::ZERO, |rate| {
            Duration::from_micros(bytes as u64 * 1000 / rate)
        });
        self.world.now() + pause
    }
}
