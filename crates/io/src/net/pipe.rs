//! Pipes inside the process: connections that are made, used and closed like TCP ones.
//!
//! Each direction holds a bounded number of bytes; a writer waits for room. A chunk in memory
//! is passed on by reference, a range of a file is read once.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::{Chunk, make_room};

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
        let listeners = self.0.lock();
        let listener = listeners.get(name).ok_or_else(refused)?;
        let (ours, theirs) = pair();
        listener.try_send(theirs).map_err(|_| refused())?;
        Ok(ours)
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
pub(super) struct PipeConnection {
    pub(super) read: PipeReader,
    pub(super) write: PipeWriter,
}

/// Both sides of a new connection.
pub(super) fn pair() -> (PipeConnection, PipeConnection) {
    let there = Arc::new(Mutex::new(Direction::default()));
    let back = Arc::new(Mutex::new(Direction::default()));
    let side = |read: &Arc<Mutex<Direction>>, write: &Arc<Mutex<Direction>>| PipeConnection {
        read: PipeReader(Arc::clone(read)),
        write: PipeWriter(Arc::clone(write)),
    };
    (side(&back, &there), side(&there, &back))
}

/// What is under way in one direction.
#[derive(Debug, Default)]
struct Direction {
    chunks: VecDeque<Bytes>,
    bytes: usize,
    write_closed: bool,
    read_closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Direction {
    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn wake_writer(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<usize> {
        if self.chunks.is_empty() {
            if self.write_closed {
                return Poll::Ready(0);
            }
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        make_room(buffer);
        let mut read = 0;
        while let Some(chunk) = self.chunks.front_mut() {
            let n = chunk.len().min(buffer.capacity() - buffer.len());
            buffer.extend_from_slice(&chunk[..n]);
            chunk.advance(n);
            read += n;
            if !chunk.is_empty() {
                break;
            }
            self.chunks.pop_front();
        }
        self.bytes -= read;
        if self.bytes < CAPACITY_BYTES {
            self.wake_writer();
        }
        Poll::Ready(read)
    }

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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
pub(super) struct PipeReader(Arc<Mutex<Direction>>);

impl PipeReader {
    pub(super) async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        poll_fn(|cx| self.0.lock().poll_read(cx, buffer).map(Ok)).await
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        let mut direction = self.0.lock();
        direction.read_closed = true;
        direction.wake_writer();
    }
}

#[derive(Debug)]
pub(super) struct PipeWriter(Arc<Mutex<Direction>>);

impl PipeWriter {
    /// A chunk larger than the capacity passes whole, once there is any room.
    pub(super) async fn write(&mut self, chunks: Vec<Chunk>) -> io::Result<()> {
        for chunk in chunks {
            if chunk.is_empty() {
                continue;
            }
            poll_fn(|cx| self.0.lock().poll_room(cx)).await?;
            let bytes = chunk.into_bytes()?;
            let mut direction = self.0.lock();
            direction.bytes += bytes.len();
            direction.chunks.push_back(bytes);
            direction.wake_reader();
        }
        Ok(())
    }

    pub(super) fn close(&mut self) {
        let mut direction = self.0.lock();
        direction.write_closed = true;
        direction.wake_reader();
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.close();
    }
}
