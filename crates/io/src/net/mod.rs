//! The network: TCP, and pipes inside the process that look the same.
//!
//! A connection carries a sequence of [`Chunk`]s: bytes, or a range of a file. TCP passes
//! a range to the kernel, which sends it without a copy in user space; a pipe reads it once.
//!
//! [`Connection::split`] gives the two halves of a connection, and binds it to the executor it is
//! called on. Writing waits while the other side does not read: no queue here is unbounded.

pub(crate) mod pipe;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::File;
use crate::backend::{ConnectionBackend, ListenerBackend, NetBackend, ReadBackend, WriteBackend};

/// The prefix of an address inside the process.
const PIPE: &str = "pipe:";

/// How many bytes [`Chunk::prefetch`] reads at once.
const PREFETCH_BYTES: u64 = 128 << 10;

/// A piece of what is sent.
#[derive(Clone, Debug)]
pub enum Chunk {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A range of a file. If the file is shorter, the write fails.
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

    /// Reads a range of a file into the page cache, so that sending it does not wait for the device.
    /// Errors are ignored: sending the range meets them again. Blocks on the disk.
    pub fn prefetch(&self) {
        let Chunk::File { file, offset, len } = self else {
            return;
        };
        let mut buffer = vec![0; (*len).min(PREFETCH_BYTES) as usize];
        let (mut at, end) = (*offset, offset + len);
        while at < end {
            match file.read_at(at, &mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(n) => at += n as u64,
            }
        }
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
    /// Bytes sent that the peer's system has not acknowledged.
    pub send: Option<u32>,
    /// Bytes received and not read.
    pub receive: Option<u32>,
}

/// Makes and accepts connections.
#[derive(Clone, Debug)]
pub struct Net {
    pipes: pipe::Registry,
    backend: Arc<dyn NetBackend>,
}

impl Net {
    pub(crate) fn new(backend: Arc<dyn NetBackend>) -> Net {
        Net {
            pipes: pipe::Registry::new(),
            backend,
        }
    }

    #[cfg(feature = "sim")]
    /// Removes the listeners of all in-process pipes: their process has ended.
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
    /// `AddrInUse`, `InvalidInput` for a malformed address, and as `bind(2)`.
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
        let listener = self.backend.listen(address, buffers).await;
        listener
            .map(Listener)
            .map_err(|error| with_context(error, "listen on", address))
    }

    /// Listens for connections to `pipe:NAME` from inside the process.
    ///
    /// # Errors
    /// `AddrInUse` while another listener of this name lives.
    pub fn listen_pipe(&self, name: &str) -> io::Result<Listener> {
        self.pipes
            .listen(name)
            .map(|listener| Listener(Box::new(listener)))
            .map_err(|error| with_context(error, "listen on", &format!("{PIPE}{name}")))
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
                .map(|pipe| Connection(Box::new(pipe)))
                .map_err(|error| with_context(error, "connect to", address));
        }
        let connection = self.backend.connect(address).await;
        connection.map_err(|error| with_context(error, "connect to", address))
    }
}

fn with_context(error: io::Error, action: &str, address: &str) -> io::Error {
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
pub struct Listener(Box<dyn ListenerBackend>);

impl Listener {
    /// The next connection, and the address of the peer.
    ///
    /// # Errors
    /// As `accept(2)`. Most are transient (no free descriptor, a peer that gave up): wait a little
    /// and accept again.
    pub async fn accept(&mut self) -> io::Result<(Connection, Address)> {
        poll_fn(|cx| self.0.poll_accept(cx)).await
    }

    /// The address it listens on, with the port that was picked for port 0.
    pub fn local_addr(&self) -> Address {
        self.0.local_addr()
    }
}

/// A connection that is not split yet.
#[derive(Debug)]
pub struct Connection(pub(crate) Box<dyn ConnectionBackend>);

impl Connection {
    /// The two directions, bound to the executor that this is called on.
    ///
    /// # Errors
    /// If the operating system cannot watch another socket.
    pub fn split(self) -> io::Result<(ReadHalf, WriteHalf)> {
        let (read, write) = self.0.split()?;
        Ok((ReadHalf(read), WriteHalf(write)))
    }
}

/// The receiving half of a connection.
#[derive(Debug)]
pub struct ReadHalf(Box<dyn ReadBackend>);

impl ReadHalf {
    /// Waits for data and appends it to `buffer`; 0 when the other side has closed.
    ///
    /// Fills the buffer's spare capacity at most. If that is little, some is added once there is
    /// data to read, so an idle connection need not hold a buffer. May be cancelled: nothing is
    /// lost.
    ///
    /// # Errors
    /// `ConnectionReset`, and as `recv(2)`.
    pub async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        poll_fn(|cx| self.0.poll_read(cx, buffer)).await
    }
}

/// The sending half of a connection. Dropping it closes this direction.
#[derive(Debug)]
pub struct WriteHalf(Box<dyn WriteBackend>);

impl WriteHalf {
    /// Sends all chunks, in order; waits while the other side does not take them.
    ///
    /// If it is cancelled or fails, an unknown part was sent, and the connection cannot be used any
    /// more.
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

    /// Sends at least one byte from the front of `chunks`, and removes the bytes it has sent, so
    /// that a caller can bound the time without progress. Returns at once if there are none. May
    /// be cancelled: `chunks` holds the bytes that remain.
    ///
    /// # Errors
    /// As [`WriteHalf::write`].
    pub async fn write_some(&mut self, chunks: &mut VecDeque<Chunk>) -> io::Result<()> {
        while chunks.front().is_some_and(Chunk::is_empty) {
            chunks.pop_front();
        }
        if chunks.is_empty() {
            return Ok(());
        }
        poll_fn(|cx| self.0.poll_write(cx, chunks)).await?;
        while chunks.front().is_some_and(Chunk::is_empty) {
            chunks.pop_front();
        }
        Ok(())
    }

    /// Tells the other side that nothing more will come.
    ///
    /// # Errors
    /// As `shutdown(2)`.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.0.poll_shutdown(cx)).await
    }
}

/// Makes room for reading, when there is data to read.
pub(crate) fn make_room(buffer: &mut BytesMut) {
    const READ_BYTES: usize = 16 * 1024;
    const LITTLE: usize = 512;
    let spare = buffer.capacity() - buffer.len();
    // For a large frame the caller has reserved its exact size: growing the buffer would copy it.
    if spare == 0 || (spare < LITTLE && buffer.len() < READ_BYTES) {
        buffer.reserve(READ_BYTES);
    }
}
