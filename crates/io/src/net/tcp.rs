//! TCP of the operating system.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use rustix::net::sockopt;
use tokio::io::Interest;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};

use super::{Chunk, SocketBuffers, host_and_port, make_room};

/// Connections that the kernel completes before we accept them.
const BACKLOG: u32 = 1024;

/// How long a connection may be silent before the kernel asks whether the peer lives.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);

/// Slices per system call; the kernel takes at most 1024.
const SLICES_MAX: usize = 64;

/// Bytes per `sendfile` call, so that one connection does not hold its executor for long.
const SENDFILE_BYTES: u64 = 1024 * 1024;

/// How often port 0 is tried until the port it picks is free on every address.
const PORT_TRIES: usize = 16;

/// One or more sockets that are accepted from as one.
#[derive(Debug)]
pub(super) struct TcpListener {
    sockets: Vec<tokio::net::TcpListener>,
    local_addr: SocketAddr,
    /// The socket to ask first, so that none starves.
    next: usize,
}

pub(super) async fn listen(address: &str, buffers: SocketBuffers) -> io::Result<TcpListener> {
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
    // A restarted server need not wait for its old connections to be forgotten.
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

impl TcpListener {
    pub(super) fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    pub(super) async fn accept(&mut self) -> io::Result<(std::net::TcpStream, SocketAddr)> {
        let (stream, mut peer) = poll_fn(|cx| {
            for turn in 0..self.sockets.len() {
                let socket = (self.next + turn) % self.sockets.len();
                if let Poll::Ready(accepted) = self.sockets[socket].poll_accept(cx) {
                    self.next = socket + 1;
                    return Poll::Ready(accepted);
                }
            }
            Poll::Pending
        })
        .await?;
        // A socket for both families shows IPv4 peers as IPv6 addresses.
        peer.set_ip(peer.ip().to_canonical());
        Ok((prepare(stream)?, peer))
    }
}

pub(super) async fn connect(address: &str) -> io::Result<std::net::TcpStream> {
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

/// Sets options, and lets the stream go from this executor's event queue: it will be used on
/// the one that splits it.
fn prepare(stream: TcpStream) -> io::Result<std::net::TcpStream> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(&stream, true)?;
    sockopt::set_tcp_keepidle(&stream, KEEPALIVE_IDLE)?;
    stream.into_std()
}

pub(super) async fn read(half: &mut OwnedReadHalf, buffer: &mut BytesMut) -> io::Result<usize> {
    loop {
        half.readable().await?;
        make_room(buffer);
        // The limit keeps the buffer from growing past the room its owner gave it.
        let room = buffer.capacity() - buffer.len();
        let mut limited = bytes::BufMut::limit(&mut *buffer, room);
        match half.try_read_buf(&mut limited) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
    }
}

/// Sends what the socket takes of the first chunks: at least one byte, unless all are empty.
pub(super) async fn write_some(
    half: &mut OwnedWriteHalf,
    chunks: &mut VecDeque<Chunk>,
) -> io::Result<()> {
    while chunks.front().is_some_and(Chunk::is_empty) {
        chunks.pop_front();
    }
    match chunks.front_mut() {
        None => Ok(()),
        Some(Chunk::Bytes(_)) => write_bytes(half, chunks).await,
        Some(Chunk::File { file, offset, len }) => {
            let sent = send_file(half, file, *offset, *len).await?;
            *offset += sent;
            *len -= sent;
            if *len == 0 {
                chunks.pop_front();
            }
            Ok(())
        }
    }
}

/// Writes what the socket takes of the byte chunks at the front, in one call.
async fn write_bytes(half: &mut OwnedWriteHalf, chunks: &mut VecDeque<Chunk>) -> io::Result<()> {
    let mut slices = Vec::with_capacity(chunks.len().min(SLICES_MAX));
    for chunk in chunks.iter().take(SLICES_MAX) {
        match chunk {
            Chunk::Bytes(bytes) => slices.push(IoSlice::new(bytes)),
            Chunk::File { .. } => break,
        }
    }
    let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
    let mut written = 0;
    if wanted > 0 {
        written = loop {
            match half.try_write_vectored(&slices) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => half.writable().await?,
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                result => break result?,
            }
        };
    }
    let taken = slices.len();
    for _ in 0..taken {
        let Some(Chunk::Bytes(bytes)) = chunks.front_mut() else {
            break;
        };
        if bytes.len() > written {
            bytes.advance(written);
            break;
        }
        written -= bytes.len();
        chunks.pop_front();
    }
    Ok(())
}

/// Sends what the socket takes of a range of a file; at least one byte.
async fn send_file(
    half: &OwnedWriteHalf,
    file: &crate::File,
    offset: u64,
    len: u64,
) -> io::Result<u64> {
    let file = file.opened()?;
    let crate::disk::FileKind::Real(file) = &file.0 else {
        return Err(io::ErrorKind::Unsupported.into());
    };
    let stream: &TcpStream = half.as_ref();
    let count = len.min(SENDFILE_BYTES) as usize;
    let sent = stream
        .async_io(Interest::WRITABLE, || {
            let mut position = offset;
            Ok(rustix::fs::sendfile(
                stream,
                file,
                Some(&mut position),
                count,
            )?)
        })
        .await?;
    if sent == 0 {
        // The header already sent promised these bytes.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(sent as u64)
}
