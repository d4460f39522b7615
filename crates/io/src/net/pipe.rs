//! Pipes inside the process: connections that are made, used and closed like TCP ones.
//!
//! Each direction holds a bounded number of bytes; a writer waits for room. A chunk in memory
//! is passed on by reference, a range of a file is read once. The simulated network uses the
//! same pipes, with a [`Link`] that delays, splits, cuts and resets.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::{Address, Chunk, Connection, make_room};
use crate::backend::{ConnectionBackend, Link, ListenerBackend, ReadBackend, WriteBackend};
use crate::clock::Sleep;

/// Bytes that one direction holds before its writer waits.
const CAPACITY_BYTES: usize = 1024 * 1024;

/// Connections that wait to be accepted.
const BACKLOG: usize = 1024;

/// The listeners, by name.
#[derive(Clone, Debug)]
pub(super) struct Registry(Arc<Mutex<BTreeMap<String, mpsc::Sender<PipeConnection>>>>);

impl Registry {
    pub(super) fn new() -> Registry {
        Registry(Arc::new(Mutex::new(BTreeMap::new())))
    }

    pub(super) fn listen(&self, name: &str) -> io::Result<PipeListener> {
        let mut listeners = self.0.lock();
        if listeners.get(name).is_some_and(|other| !other.is_closed()) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let (send, arriving) = mpsc::channel(BACKLOG);
        listeners.insert(name.to_owned(), send);
        Ok(PipeListener {
            name: Arc::from(name),
            arriving,
        })
    }

    pub(super) fn connect(&self, name: &str) -> io::Result<PipeConnection> {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let listener = self.0.lock().get(name).cloned().ok_or_else(refused)?;
        let (ours, theirs) = pair(None);
        listener.try_send(theirs).map_err(|_| refused())?;
        Ok(ours)
    }

    #[cfg(feature = "sim")]
    pub(super) fn clear(&self) {
        let gone = std::mem::take(&mut *self.0.lock());
        drop(gone);
    }
}

#[derive(Debug)]
pub(super) struct PipeListener {
    name: Arc<str>,
    arriving: mpsc::Receiver<PipeConnection>,
}

impl ListenerBackend for PipeListener {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Connection, Address)>> {
        // The registry keeps a sender until another listener takes the name, which it can only
        // after this one was dropped.
        Poll::Ready(match ready!(self.arriving.poll_recv(cx)) {
            Some(pipe) => Ok((Connection(Box::new(pipe)), self.local_addr())),
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        })
    }

    fn local_addr(&self) -> Address {
        Address::Pipe(Arc::clone(&self.name))
    }
}

/// One side of a connection.
#[derive(Debug)]
pub(crate) struct PipeConnection {
    pub(super) read: PipeReader,
    pub(super) write: PipeWriter,
}

impl ConnectionBackend for PipeConnection {
    fn split(self: Box<Self>) -> io::Result<(Box<dyn ReadBackend>, Box<dyn WriteBackend>)> {
        Ok((Box::new(self.read), Box::new(self.write)))
    }
}

#[cfg(feature = "sim")]
impl PipeConnection {
    /// The direction it reads from, and the one it writes to.
    pub(crate) fn directions(&self) -> [Arc<Mutex<Direction>>; 2] {
        [
            Arc::clone(&self.read.direction),
            Arc::clone(&self.write.direction),
        ]
    }
}

/// Both sides of a new connection, each with its link if it is simulated.
pub(crate) fn pair(links: Option<[Arc<dyn Link>; 2]>) -> (PipeConnection, PipeConnection) {
    let there = Arc::new(Mutex::new(Direction::default()));
    let back = Arc::new(Mutex::new(Direction::default()));
    let [near, far] = match links {
        Some([near, far]) => [Some(near), Some(far)],
        None => [None, None],
    };
    (side(&back, &there, near), side(&there, &back, far))
}

fn side(
    read: &Arc<Mutex<Direction>>,
    write: &Arc<Mutex<Direction>>,
    link: Option<Arc<dyn Link>>,
) -> PipeConnection {
    PipeConnection {
        read: PipeReader {
            direction: Arc::clone(read),
            link: link.clone(),
            arrival: None,
            next_read: Duration::ZERO,
        },
        write: PipeWriter {
            direction: Arc::clone(write),
            link,
        },
    }
}

/// The bytes in flight in one direction, and the state of both its ends.
#[derive(Debug, Default)]
pub(crate) struct Direction {
    chunks: VecDeque<InFlight>,
    bytes: usize,
    last_arrival: Duration,
    write_closed: bool,
    read_closed: bool,
    reset: bool,
    /// Whether one end has vanished without closing; the other end does not notice it.
    half_open: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Debug)]
struct InFlight {
    /// When it can be read, in simulated time; zero in a real pipe.
    arrival: Duration,
    bytes: Bytes,
}

/// What the simulated network does to a connection.
#[cfg(feature = "sim")]
impl Direction {
    /// Breaks the connection and drops the bytes in flight.
    pub(crate) fn reset(&mut self) -> [Option<Waker>; 2] {
        self.reset = true;
        self.chunks.clear();
        [self.reader.take(), self.writer.take()]
    }

    /// From now on, dropping an end does not close the direction. Drops the bytes in flight: an end that
    /// has vanished does not send them again.
    pub(crate) fn make_half_open(&mut self) {
        self.half_open = true;
        self.chunks.clear();
    }

    /// Takes the wakers of both ends. The caller wakes them, so that both check the state again.
    pub(crate) fn wakers(&mut self) -> [Option<Waker>; 2] {
        [self.reader.take(), self.writer.take()]
    }
}

impl Direction {
    fn check(&self) -> io::Result<()> {
        if self.reset {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }

    /// Moves bytes into `buffer`: as many as have arrived, fit, and `limit` allows.
    fn take(&mut self, buffer: &mut BytesMut, now: Duration, limit: usize) -> usize {
        make_room(buffer);
        let mut read = 0;
        while let Some(chunk) = self.chunks.front_mut() {
            let room = (buffer.capacity() - buffer.len()).min(limit - read);
            let n = chunk.bytes.len().min(room);
            if n == 0 || chunk.arrival > now {
                break;
            }
            buffer.extend_from_slice(&chunk.bytes[..n]);
            chunk.bytes.advance(n);
            read += n;
            if chunk.bytes.is_empty() {
                self.chunks.pop_front();
            }
        }
        self.bytes -= read;
        read
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check()?;
        if self.read_closed || self.write_closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if self.bytes < CAPACITY_BYTES {
            return Poll::Ready(Ok(()));
        }
        self.writer = Some(cx.waker().clone());
        Poll::Pending
    }
}

#[derive(Debug)]
pub(super) struct PipeReader {
    direction: Arc<Mutex<Direction>>,
    link: Option<Arc<dyn Link>>,
    /// The wait for bytes in flight.
    arrival: Option<Sleep>,
    /// When the next read may be, in simulated time.
    next_read: Duration,
}

impl ReadBackend for PipeReader {
    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        let now = self.link.as_ref().map_or(Duration::ZERO, |link| link.now());
        let mut direction = self.direction.lock();
        direction.check()?;
        if self.link.as_ref().is_some_and(|link| link.is_cut()) {
            direction.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let Some(next) = direction.chunks.front() else {
            if direction.write_closed {
                return Poll::Ready(Ok(0));
            }
            direction.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        let readable = next.arrival.max(self.next_read);
        if let Some(link) = &self.link
            && readable > now
        {
            let mut sleep = link.sleep_until(readable);
            direction.reader = Some(cx.waker().clone());
            drop(direction);
            if Pin::new(&mut sleep).poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
            self.arrival = Some(sleep);
            return Poll::Pending;
        }
        let limit = match &self.link {
            Some(link) => link.read_limit(direction.bytes),
            None => usize::MAX,
        };
        let read = direction.take(buffer, now, limit);
        let writer = match direction.bytes < CAPACITY_BYTES {
            true => direction.writer.take(),
            false => None,
        };
        drop(direction);
        self.arrival = None;
        if let Some(link) = &self.link {
            self.next_read = link.next_read(read);
        }
        wake(writer);
        Poll::Ready(Ok(read))
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        let mut direction = self.direction.lock();
        if direction.half_open {
            return;
        }
        direction.read_closed = true;
        let writer = direction.writer.take();
        drop(direction);
        wake(writer);
    }
}

#[derive(Debug)]
pub(super) struct PipeWriter {
    direction: Arc<Mutex<Direction>>,
    link: Option<Arc<dyn Link>>,
}

impl PipeWriter {
    fn close(&mut self) {
        let mut direction = self.direction.lock();
        if direction.half_open {
            return;
        }
        direction.write_closed = true;
        let reader = direction.reader.take();
        drop(direction);
        wake(reader);
    }
}

impl WriteBackend for PipeWriter {
    /// Sends the first chunk whole, once there is any room, even if it is larger than the room.
    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        chunks: &mut VecDeque<Chunk>,
    ) -> Poll<io::Result<()>> {
        ready!(self.direction.lock().poll_room(cx))?;
        let Some(chunk) = chunks.pop_front() else {
            return Poll::Ready(Ok(()));
        };
        let bytes = chunk.into_bytes()?;
        let arrival = match &self.link {
            Some(link) => link.send()?,
            None => Duration::ZERO,
        };
        let mut direction = self.direction.lock();
        // Bytes that were sent first arrive first.
        let arrival = arrival.max(direction.last_arrival);
        direction.last_arrival = arrival;
        direction.bytes += bytes.len();
        direction.chunks.push_back(InFlight { arrival, bytes });
        let reader = direction.reader.take();
        drop(direction);
        wake(reader);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.close();
        Poll::Ready(Ok(()))
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.close();
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
