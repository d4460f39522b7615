//! Pipes inside the process: connections that are made, used and closed like TCP ones.
//!
//! Each direction holds a bounded number of bytes; a writer waits for room. A chunk in memory
//! is passed on by reference, a range of a file is read once. The simulated network uses the
//! same pipes, with a [`Link`] that delays, splits and resets.

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::{Chunk, make_room};
use crate::sim::{Link, SimSleep};

/// Bytes that one direction holds before its writer waits.
const CAPACITY_BYTES: usize = 1024 * 1024;

/// Connections that wait to be accepted.
const BACKLOG: usize = 1024;

/// Who listens, by name.
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

impl PipeListener {
    pub(super) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    pub(super) async fn accept(&mut self) -> io::Result<PipeConnection> {
        // The registry keeps a sender until another listener takes the name, and that needs
        // this one to be gone.
        self.arriving
            .recv()
            .await
            .ok_or_else(|| io::ErrorKind::ConnectionAborted.into())
    }
}

/// One side of a connection.
#[derive(Debug)]
pub(crate) struct PipeConnection {
    pub(super) read: PipeReader,
    pub(super) write: PipeWriter,
}

impl PipeConnection {
    /// Both directions, to be reset from outside.
    pub(crate) fn directions(&self) -> [Arc<Mutex<Direction>>; 2] {
        [
            Arc::clone(&self.read.direction),
            Arc::clone(&self.write.direction),
        ]
    }
}

/// Both sides of a new connection.
pub(crate) fn pair(link: Option<Link>) -> (PipeConnection, PipeConnection) {
    let there = Arc::new(Mutex::new(Direction::default()));
    let back = Arc::new(Mutex::new(Direction::default()));
    let side = |read: &Arc<Mutex<Direction>>, write: &Arc<Mutex<Direction>>| PipeConnection {
        read: PipeReader {
            direction: Arc::clone(read),
            link: link.clone(),
            arrival: None,
        },
        write: PipeWriter {
            direction: Arc::clone(write),
            link: link.clone(),
        },
    };
    (side(&back, &there), side(&there, &back))
}

/// What is under way in one direction.
#[derive(Debug, Default)]
pub(crate) struct Direction {
    chunks: VecDeque<InFlight>,
    bytes: usize,
    last_arrival: Duration,
    write_closed: bool,
    read_closed: bool,
    reset: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Debug)]
struct InFlight {
    /// When it can be read, in simulated time; zero in a real pipe.
    arrival: Duration,
    bytes: Bytes,
}

impl Direction {
    /// Breaks the connection and loses what is under way.
    pub(crate) fn reset(&mut self) -> [Option<Waker>; 2] {
        self.reset = true;
        self.chunks.clear();
        [self.reader.take(), self.writer.take()]
    }

    fn check(&self) -> io::Result<()> {
        if self.reset {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }

    /// Takes what `buffer` has room for, and `limit` allows.
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
    link: Option<Link>,
    /// The wait for what is under way.
    arrival: Option<SimSleep>,
}

impl PipeReader {
    pub(super) async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read(cx, buffer)).await
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        let now = self.link.as_ref().map_or(Duration::ZERO, Link::now);
        let mut direction = self.direction.lock();
        direction.check()?;
        let Some(next) = direction.chunks.front() else {
            if direction.write_closed {
                return Poll::Ready(Ok(0));
            }
            direction.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        if let Some(link) = &self.link
            && next.arrival > now
        {
            let mut sleep = link.sleep_until(next.arrival);
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
        wake(writer);
        Poll::Ready(Ok(read))
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        let mut direction = self.direction.lock();
        direction.read_closed = true;
        let writer = direction.writer.take();
        drop(direction);
        wake(writer);
    }
}

#[derive(Debug)]
pub(super) struct PipeWriter {
    direction: Arc<Mutex<Direction>>,
    link: Option<Link>,
}

impl PipeWriter {
    /// Passes the first chunk on, once there is room. A chunk larger than the capacity passes
    /// whole when there is any room.
    pub(super) async fn write_some(&mut self, chunks: &mut VecDeque<Chunk>) -> io::Result<()> {
        while chunks.front().is_some_and(Chunk::is_empty) {
            chunks.pop_front();
        }
        if chunks.is_empty() {
            return Ok(());
        }
        poll_fn(|cx| self.direction.lock().poll_room(cx)).await?;
        let Some(chunk) = chunks.pop_front() else {
            return Ok(());
        };
        let bytes = chunk.into_bytes()?;
        let delay = match &self.link {
            Some(link) => link.send()?,
            None => Duration::ZERO,
        };
        let mut direction = self.direction.lock();
        // What was sent first arrives first.
        let arrival = delay.max(direction.last_arrival);
        direction.last_arrival = arrival;
        direction.bytes += bytes.len();
        direction.chunks.push_back(InFlight { arrival, bytes });
        let reader = direction.reader.take();
        drop(direction);
        wake(reader);
        Ok(())
    }

    pub(super) fn close(&mut self) {
        let mut direction = self.direction.lock();
        direction.write_closed = true;
        let reader = direction.reader.take();
        drop(direction);
        wake(reader);
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
