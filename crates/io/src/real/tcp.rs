//! TCP of the operating system.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use futures::future::BoxFuture;
use rustix::net::sockopt;
use tokio::io::{AsyncWrite, Interest};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};

use crate::File;
use crate::backend::{ConnectionBackend, ListenerBackend, NetBackend, ReadBackend, WriteBackend};
use crate::net::{Address, Chunk, Connection, SocketBuffers, host_and_port, make_room};

#[derive(Debug)]
pub(super) struct RealNet;

impl NetBackend for RealNet {
    fn listen<'a>(
        &'a self,
        address: &'a str,
        buffers: SocketBuffers,
    ) -> BoxFuture<'a, io::Result<Box<dyn ListenerBackend>>> {
        Box::pin(async move {
            let listener = listen(address, buffers).await?;
            Ok(Box::new(listener) as Box<dyn ListenerBackend>)
        })
    }

    fn connect<'a>(&'a self, address: &'a str) -> BoxFuture<'a, io::Result<Connection>> {
        Box::pin(async move { Ok(Connection(Box::new(connect(address).await?))) })
    }
}

/// Connections that the kernel establishes before they are accepted.
const BACKLOG: u32 = 1024;

/// How long a connection may be silent before the kernel probes the peer.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);

/// Slices per system call; the kernel takes at most 1024.
const SLICES_MAX: usize = 64;

/// Bytes per `sendfile` call, so that one connection does not hold its executor for long.
const SENDFILE_BYTES: u64 = 1024 * 1024;

/// Attempts to find a port that is free on every address, if port 0 was requested.
const PORT_TRIES: usize = 16;

/// One or more sockets that act as one listener.
#[derive(Debug)]
struct TcpListener {
    sockets: Vec<tokio::net::TcpListener>,
    local_addr: SocketAddr,
    /// The socket to accept from first, so that none starves.
    next: usize,
}

async fn listen(address: &str, buffers: SocketBuffers) -> io::Result<TcpListener> {
    let (host, port) = host_and_port(address)?;
    let sockets = match host {
        "localhost" => listen_localhost(port, buffers)?,
        "" => vec![listen_everywhere(port, buffers)?],
        _ => vec![listen_host(host, port, buffers).await?],
    };
    Ok(TcpListener {
        local_addr: sockets[0].local_addr()?,
        sockets,
        next: 0,
    })
}

/// 127.0.0.1 and ::1 on one port; only the former on a machine without IPv6.
fn listen_localhost(port: u16, buffers: SocketBuffers) -> io::Result<Vec<tokio::net::TcpListener>> {
    let mut tries = if port == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        let v4 = bind((Ipv4Addr::LOCALHOST, port).into(), true, buffers)?;
        let picked = v4.local_addr()?.port();
        match bind((Ipv6Addr::LOCALHOST, picked).into(), true, buffers) {
            Ok(v6) => return Ok(vec![v4, v6]),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                if tries == 0 {
                    return Err(error);
                }
            }
            Err(_) => return Ok(vec![v4]),
        }
    }
}

/// Every address of the machine, of both families where there is IPv6.
fn listen_everywhere(port: u16, buffers: SocketBuffers) -> io::Result<tokio::net::TcpListener> {
    match bind((Ipv6Addr::UNSPECIFIED, port).into(), false, buffers) {
        Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
            bind((Ipv4Addr::UNSPECIFIED, port).into(), true, buffers)
        }
        result => result,
    }
}

async fn listen_host(
    host: &str,
    port: u16,
    buffers: SocketBuffers,
) -> io::Result<tokio::net::TcpListener> {
    let mut last = not_found();
    for address in tokio::net::lookup_host((host, port)).await? {
        match bind(address, true, buffers) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn bind(
    address: SocketAddr,
    v6_only: bool,
    buffers: SocketBuffers,
) -> io::Result<tokio::net::TcpListener> {
    let socket = match address.ip() {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => {
            let socket = TcpSocket::new_v6()?;
            sockopt::set_ipv6_v6only(&socket, v6_only)?;
            socket
        }
    };
    // A restarted server can bind while its old connections are in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit them; a receive buffer has to be known before the handshake.
    if let Some(bytes) = buffers.send {
        socket.set_send_buffer_size(bytes)?;
    }
    if let Some(bytes) = buffers.receive {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the host has no address")
}

impl ListenerBackend for TcpListener {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Connection, Address)>> {
        for step in 0..self.sockets.len() {
            let socket = (self.next + step) % self.sockets.len();
            if let Poll::Ready(accepted) = self.sockets[socket].poll_accept(cx) {
                self.next = socket + 1;
                let (stream, mut peer) = accepted?;
                // A socket for both families shows IPv4 peers as IPv6 addresses.
                peer.set_ip(peer.ip().to_canonical());
                let connection = Connection(Box::new(prepare(stream)?));
                return Poll::Ready(Ok((connection, Address::Socket(peer))));
            }
        }
        Poll::Pending
    }

    fn local_addr(&self) -> Address {
        Address::Socket(self.local_addr)
    }
}

async fn connect(address: &str) -> io::Result<TcpConnection> {
    let (host, port) = host_and_port(address)?;
    let mut last = not_found();
    for address in tokio::net::lookup_host((host, port)).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => return prepare(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Sets options, and removes the stream from this executor's event queue: it will be used on the
/// executor that splits it.
fn prepare(stream: TcpStream) -> io::Result<TcpConnection> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, KEEPALIVE_IDLE)?;
    stream.into_std().map(TcpConnection)
}

/// A socket that is not registered with any executor.
#[derive(Debug)]
struct TcpConnection(std::net::TcpStream);

impl ConnectionBackend for TcpConnection {
    fn split(self: Box<Self>) -> io::Result<(Box<dyn ReadBackend>, Box<dyn WriteBackend>)> {
        let (read, write) = TcpStream::from_std(self.0)?.into_split();
        Ok((Box::new(TcpReader(read)), Box::new(TcpWriter(write))))
    }
}

#[derive(Debug)]
struct TcpReader(OwnedReadHalf);

impl ReadBackend for TcpReader {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        let stream: &TcpStream = self.0.as_ref();
        loop {
            ready!(stream.poll_read_ready(cx))?;
            make_room(buffer);
            // The limit keeps the buffer from growing past the room its owner gave it.
            let room = buffer.capacity() - buffer.len();
            let mut limited = bytes::BufMut::limit(&mut *buffer, room);
            match stream.try_read_buf(&mut limited) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }
}

#[derive(Debug)]
struct TcpWriter(OwnedWriteHalf);

impl WriteBackend for TcpWriter {
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        chunks: &mut VecDeque<Chunk>,
    ) -> Poll<io::Result<()>> {
        let stream: &TcpStream = self.0.as_ref();
        loop {
            ready!(stream.poll_write_ready(cx))?;
            let result = match chunks.front_mut() {
                Some(Chunk::File { file, offset, len }) => send_file(stream, file, offset, len),
                _ => write_bytes(stream, chunks),
            };
            match result {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Writes the byte chunks at the front in one call, as far as the socket takes them.
fn write_bytes(stream: &TcpStream, chunks: &mut VecDeque<Chunk>) -> io::Result<()> {
    let mut slices = [IoSlice::new(&[]); SLICES_MAX];
    let mut count = 0;
    for (slice, chunk) in slices.iter_mut().zip(&*chunks) {
        match chunk {
            Chunk::Bytes(bytes) => *slice = IoSlice::new(bytes),
            Chunk::File { .. } => break,
        }
        count += 1;
    }
    let mut written = stream.try_write_vectored(&slices[..count])?;
    if written == 0 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    while let Some(Chunk::Bytes(bytes)) = chunks.front_mut() {
        if bytes.len() > written {
            bytes.advance(written);
            break;
        }
        written -= bytes.len();
        chunks.pop_front();
        if written == 0 {
            break;
        }
    }
    Ok(())
}

/// Sends a range of a file, as far as the socket takes it.
fn send_file(stream: &TcpStream, file: &File, offset: &mut u64, len: &mut u64) -> io::Result<()> {
    let file = file.opened()?;
    let descriptor = file.descriptor().ok_or(io::ErrorKind::Unsupported)?;
    let count = (*len).min(SENDFILE_BYTES) as usize;
    let mut position = *offset;
    let sent = stream.try_io(Interest::WRITABLE, || {
        Ok(rustix::fs::sendfile(
            stream,
            descriptor,
            Some(&mut position),
            count,
        )?)
    })?;
    if sent == 0 {
        // The header that was sent already has promised these bytes.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    *offset += sent as u64;
    *len -= sent as u64;
    Ok(())
}
