//! The network: TCP, and pipes inside the process that look the same.
//!
//! What a connection carries is a sequence of [`Chunk`]s: bytes, or a range of a file. TCP hands
//! a range to the kernel, which sends it without a copy through us; a pipe reads it once.
//!
//! A connection is taken apart into halves by [`Connection::split`], and belongs to the executor
//! on which that is done. Writing waits while the other side does not read: nothing here queues
//! without a bound.

pub(crate) mod pipe;
mod tcp;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::File;
use crate::sim::SimCore;

/// The prefix of an address inside the process.
const PIPE: &str = "pipe:";

/// A piece of what is sent.
#[derive(Clone, Debug)]
pub enum Chunk {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A range of a file. If the file ends before it does, the write fails.
    File {
        /// The file.
        file: File,
        /// Where the range begins.
        offset: u64,
        /// Length of the range in bytes.
        len: u64,
    },
}

impl Chunk {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Chunk::Bytes(bytes) => bytes.len() as u64,
            Chunk::File { len, .. } => *len,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The content in memory; a file range is read.
    ///
    /// # Errors
    /// As [`File::read_exact_at`].
    pub fn into_bytes(self) -> io::Result<Bytes> {
        match self {
            Chunk::Bytes(bytes) => Ok(bytes),
            Chunk::File { file, offset, len } => {
                let mut content = vec![0; len as usize];
                file.read_exact_at(offset, &mut content)?;
                Ok(Bytes::from(content))
            }
        }
    }
}

impl From<Bytes> for Chunk {
    fn from(bytes: Bytes) -> Chunk {
        Chunk::Bytes(bytes)
    }
}

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An internet address and port.
    Socket(SocketAddr),
    /// A pipe of this name, inside the process.
    Pipe(Arc<str>),
}

impl Address {
    /// The internet address; `None` for a pipe.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Address::Socket(address) => Some(address.ip()),
            Address::Pipe(_) => None,
        }
    }

    /// The port; `None` for a pipe.
    pub fn port(&self) -> Option<u16> {
        match self {
            Address::Socket(address) => Some(address.port()),
            Address::Pipe(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Socket(address) => address.fmt(f),
            Address::Pipe(name) => write!(f, "{PIPE}{name}"),
        }
    }
}

/// Buffers of accepted sockets, in bytes; `None` leaves one to the system, which lets it grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketBuffers {
    /// What was sent and is not acknowledged by the peer's system.
    pub send: Option<u32>,
    /// What was received and not read.
    pub receive: Option<u32>,
}

/// Makes and accepts connections.
#[derive(Clone, Debug)]
pub struct Net {
    pipes: pipe::Registry,
    kind: NetKind,
}

#[derive(Clone, Debug)]
enum NetKind {
    Real,
    Sim(Arc<SimCore>),
}

impl Net {
    pub(crate) fn real() -> Net {
        Net {
            pipes: pipe::Registry::new(),
            kind: NetKind::Real,
        }
    }

    pub(crate) fn simulated(core: Arc<SimCore>) -> Net {
        Net {
            pipes: pipe::Registry::new(),
            kind: NetKind::Sim(core),
        }
    }

    /// The process behind the in-process pipes is gone.
    pub(crate) fn forget_pipes(&self) {
        self.pipes.clear();
    }

    /// Listens on `host:port`, or `pipe:NAME`.
    ///
    /// `localhost` is both 127.0.0.1 and, where there is one, ::1, on the same port. An empty
    /// host is every address of the machine. Port 0 picks a free port: see
    /// [`Listener::local_addr`].
    ///
    /// # Errors
    /// `AddrInUse`, `InvalidInput` for what is no address, and as `bind(2)`.
    pub async fn listen(&self, address: &str) -> io::Result<Listener> {
        self.listen_with(address, SocketBuffers::default()).await
    }

    /// As [`Net::listen`], with buffers of a given size. The system may round and bound it.
    ///
    /// # Errors
    /// As [`Net::listen`].
    pub async fn listen_with(&self, address: &str, buffers: SocketBuffers) -> io::Result<Listener> {
        if let Some(name) = address.strip_prefix(PIPE) {
            return self.listen_pipe(name);
        }
        match &self.kind {
            NetKind::Real => tcp::listen(address, buffers)
                .await
                .map(|listener| Listener(ListenerKind::Tcp(listener))),
            NetKind::Sim(core) => core
                .listen(address)
                .map(|listener| Listener(ListenerKind::Sim(listener))),
        }
        .map_err(|error| about(error, "listen on", address))
    }

    /// Listens for connections to `pipe:NAME` from inside the process.
    ///
    /// # Errors
    /// `AddrInUse` while another listener of this name lives.
    pub fn listen_pipe(&self, name: &str) -> io::Result<Listener> {
        self.pipes
            .listen(name)
            .map(|listener| Listener(ListenerKind::Pipe(listener)))
            .map_err(|error| about(error, "listen on", &format!("{PIPE}{name}")))
    }

    /// Connects to `host:port`, trying each address of the host, or to `pipe:NAME`.
    ///
    /// # Errors
    /// `ConnectionRefused` if nobody listens; as `connect(2)`; and of the name service.
    pub async fn connect(&self, address: &str) -> io::Result<Connection> {
        if let Some(name) = address.strip_prefix(PIPE) {
            return self
                .pipes
                .connect(name)
                .map(|pipe| Connection(ConnectionKind::Pipe(pipe)))
                .map_err(|error| about(error, "connect to", address));
        }
        match &self.kind {
            NetKind::Real => tcp::connect(address)
                .await
                .map(|stream| Connection(ConnectionKind::Tcp(stream))),
            NetKind::Sim(core) => core
                .connect(address)
                .await
                .map(|pipe| Connection(ConnectionKind::Pipe(pipe))),
        }
        .map_err(|error| about(error, "connect to", address))
    }
}

fn about(error: io::Error, action: &str, address: &str) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {action} {address}: {error}"))
}

/// Splits `host:port`; the host may be an IPv6 address in brackets.
pub(crate) fn host_and_port(address: &str) -> io::Result<(&str, u16)> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "not of the form host:port");
    let (host, port) = address.rsplit_once(':').ok_or_else(invalid)?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    Ok((host, port.parse().map_err(|_| invalid())?))
}

/// Accepts connections. Dropping it stops listening.
#[derive(Debug)]
pub struct Listener(ListenerKind);

#[derive(Debug)]
enum ListenerKind {
    Tcp(tcp::TcpListener),
    Sim(crate::sim::SimListener),
    Pipe(pipe::PipeListener),
}

impl Listener {
    /// The next connection, and who made it.
    ///
    /// # Errors
    /// As `accept(2)`. Most (too many open files, a peer that gave up) pass: wait a little and
    /// go on.
    pub async fn accept(&mut self) -> io::Result<(Connection, Address)> {
        match &mut self.0 {
            ListenerKind::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((
                    Connection(ConnectionKind::Tcp(stream)),
                    Address::Socket(peer),
                ))
            }
            ListenerKind::Sim(listener) => {
                let (pipe, peer) = listener.accept().await?;
                Ok((
                    Connection(ConnectionKind::Pipe(pipe)),
                    Address::Socket(peer),
                ))
            }
            ListenerKind::Pipe(listener) => {
                let pipe = listener.accept().await?;
                let peer = Address::Pipe(listener.name());
                Ok((Connection(ConnectionKind::Pipe(pipe)), peer))
            }
        }
    }

    /// Where it listens, with the port that was picked for port 0.
    pub fn local_addr(&self) -> Address {
        match &self.0 {
            ListenerKind::Tcp(listener) => Address::Socket(listener.local_addr()),
            ListenerKind::Sim(listener) => Address::Socket(listener.local_addr()),
            ListenerKind::Pipe(listener) => Address::Pipe(listener.name()),
        }
    }
}

/// A connection that has not been put to use yet.
#[derive(Debug)]
pub struct Connection(ConnectionKind);

#[derive(Debug)]
enum ConnectionKind {
    /// Not registered with any executor.
    Tcp(std::net::TcpStream),
    Pipe(pipe::PipeConnection),
}

impl Connection {
    /// The two directions, bound to the executor that this is called on.
    ///
    /// # Errors
    /// If the operating system cannot watch another socket.
    pub fn split(self) -> io::Result<(ReadHalf, WriteHalf)> {
        match self.0 {
            ConnectionKind::Tcp(stream) => {
                let (read, write) = tokio::net::TcpStream::from_std(stream)?.into_split();
                Ok((
                    ReadHalf(ReadKind::Tcp(read)),
                    WriteHalf(WriteKind::Tcp(write)),
                ))
            }
            ConnectionKind::Pipe(pipe) => Ok((
                ReadHalf(ReadKind::Pipe(pipe.read)),
                WriteHalf(WriteKind::Pipe(pipe.write)),
            )),
        }
    }
}

/// The direction towards us.
#[derive(Debug)]
pub struct ReadHalf(ReadKind);

#[derive(Debug)]
enum ReadKind {
    Tcp(tokio::net::tcp::OwnedReadHalf),
    Pipe(pipe::PipeReader),
}

impl ReadHalf {
    /// Waits for data and appends what is there to `buffer`; 0 when the other side has closed.
    ///
    /// Fills the buffer's spare capacity at most; with little of it, some is added once there
    /// is data to read, so an idle connection need not hold a buffer. May be cancelled: nothing
    /// is lost.
    ///
    /// # Errors
    /// `ConnectionReset`, and as `recv(2)`.
    pub async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        match &mut self.0 {
            ReadKind::Tcp(half) => tcp::read(half, buffer).await,
            ReadKind::Pipe(reader) => reader.read(buffer).await,
        }
    }
}

/// The direction away from us. Dropping it closes this direction.
#[derive(Debug)]
pub struct WriteHalf(WriteKind);

#[derive(Debug)]
enum WriteKind {
    Tcp(tokio::net::tcp::OwnedWriteHalf),
    Pipe(pipe::PipeWriter),
}

impl WriteHalf {
    /// Sends all chunks, in order; waits while the other side does not take them.
    ///
    /// If cancelled or failed, an unknown part was sent, and the connection is of no more use.
    ///
    /// # Errors
    /// `BrokenPipe`, `ConnectionReset`; `UnexpectedEof` for a file that is too short; and as
    /// `send(2)`.
    pub async fn write(&mut self, chunks: Vec<Chunk>) -> io::Result<()> {
        let mut chunks = VecDeque::from(chunks);
        while !chunks.is_empty() {
            self.write_some(&mut chunks).await?;
        }
        Ok(())
    }

    /// Sends what the other side takes of the first chunks and removes it from `chunks`. Waits
    /// until that is at least one byte, so a caller can bound the time without progress.
    ///
    /// If cancelled or failed, the connection is of no more use.
    ///
    /// # Errors
    /// As [`WriteHalf::write`].
    pub async fn write_some(&mut self, chunks: &mut VecDeque<Chunk>) -> io::Result<()> {
        match &mut self.0 {
            WriteKind::Tcp(half) => tcp::write_some(half, chunks).await,
            WriteKind::Pipe(writer) => writer.write_some(chunks).await,
        }
    }

    /// Tells the other side that nothing more will come.
    ///
    /// # Errors
    /// As `shutdown(2)`.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        match &mut self.0 {
            WriteKind::Tcp(half) => tokio::io::AsyncWriteExt::shutdown(half).await,
            WriteKind::Pipe(writer) => {
                writer.close();
                Ok(())
            }
        }
    }
}

/// Makes room for reading, when there is data to read.
fn make_room(buffer: &mut BytesMut) {
    const READ_BYTES: usize = 16 * 1024;
    const LITTLE: usize = 512;
    let spare = buffer.capacity() - buffer.len();
    // A large frame that its reader has made exact room for must not be copied for its end.
    if spare == 0 || (spare < LITTLE && buffer.len() < READ_BYTES) {
        buffer.reserve(READ_BYTES);
    }
}
