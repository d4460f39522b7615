//! The receiving direction of a connection: bytes in, frames out.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use io::{Clock, ReadHalf};

use super::activity::Activity;
use super::frame;
use super::permit::{Permits, SMALL_BYTES};
use super::stopping::Stopping;
use super::{ConnectionLimits, Server};
use crate::request::{Memory, Peer};

/// How long a request that has begun to arrive may bring no more bytes, or wait for memory.
const STALL_MAX: Duration = Duration::from_secs(30);

/// How long the client may take to close its side after the last response. What it sends in that
/// time is discarded: closing with unread bytes would reset the connection.
const CLOSE_MAX: Duration = Duration::from_millis(200);

/// The receiving direction of a connection.
pub(super) struct Incoming<'a> {
    limits: ConnectionLimits,
    permits: &'a Permits,
    clock: &'a Clock,
    peer: &'a Peer,
    read: ReadHalf,
    /// Received bytes of frames that are not complete yet.
    buffer: BytesMut,
    /// When the client last took bytes.
    sent: &'a Activity,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(
        server: &'a Server,
        peer: &'a Peer,
        read: ReadHalf,
        sent: &'a Activity,
    ) -> Incoming<'a> {
        Incoming {
            limits: server.limits,
            permits: &server.permits,
            clock: &server.io.clock,
            peer,
            read,
            buffer: BytesMut::new(),
            sent,
        }
    }

    /// The next request, or `None` when there will be none.
    pub(super) async fn next(&mut self, stopping: &mut Stopping) -> Option<(Bytes, Memory)> {
        if stopping.is_over() {
            return None;
        }
        let length = loop {
            match frame::length(&self.buffer, self.limits.request_bytes_max) {
                Ok(Some(length)) => break length,
                Ok(None) => self.fill(stopping).await?,
                Err(frame::BadLength(length)) => {
                    tracing::warn!(
                        "closing the connection of {}: it announces a request of {length} bytes, \
                         and socket.request.max.bytes allows none of that size",
                        self.peer.address
                    );
                    return None;
                }
            }
        };
        while frame::missing(&self.buffer, length.min(SMALL_BYTES)) > 0 {
            self.fill(stopping).await?;
        }
        let permits = self.permits;
        let taking = permits.take(frame::api_key(&self.buffer, length), length);
        let Some(mut permit) = stopping.limit(STALL_MAX, taking).await else {
            self.warn_of_memory(stopping, length);
            return None;
        };
        while frame::missing(&self.buffer, length) > 0 {
            if frame::missing(&self.buffer, permit.bytes()) == 0 {
                // Connections that wait here may each hold what the others need.
                let growing = permits.grow(&mut permit, length);
                if stopping.limit(STALL_MAX, growing).await.is_none() {
                    self.warn_of_memory(stopping, length);
                    return None;
                }
            }
            let missing = frame::missing(&self.buffer, permit.bytes());
            self.buffer.reserve(missing);
            self.fill(stopping).await?;
        }
        Some((frame::take(&mut self.buffer, length), permit.into_memory()))
    }

    /// The requests after the last one that have already arrived.
    pub(super) fn arrived(&self) -> impl Iterator<Item = &[u8]> + use<'_, 'a> {
        frame::arrived(&self.buffer)
    }

    /// Warns that a request got no memory in time. During a stop the time is short, and the connection
    /// is closed anyway.
    fn warn_of_memory(&self, stopping: &Stopping, length: usize) {
        if stopping.has_begun() {
            return;
        }
        tracing::warn!(
            "closing the connection of {}: no memory for a request of {length} bytes; other requests \
             hold the bytes that queued.max.request.bytes allows",
            self.peer.address
        );
    }

    /// Reads some more bytes. `None` when the connection has ended, was silent too long, or the
    /// broker stops and the client has nothing more to send.
    async fn fill(&mut self, stopping: &mut Stopping) -> Option<()> {
        let mut silence_max = match self.buffer.is_empty() {
            true => self.limits.idle_max,
            false => self.limits.idle_max.min(STALL_MAX),
        };
        loop {
            let reading = self.read.read(&mut self.buffer);
            match stopping.limit_silence(silence_max, reading).await {
                Some(Ok(0)) => return None,
                Some(Ok(_)) => return Some(()),
                Some(Err(e)) => {
                    tracing::debug!("connection of {} ended: {e}", self.peer.address);
                    return None;
                }
                None if stopping.has_begun() => return None,
                None => {}
            }
            let now = self.clock.elapsed();
            match self.sent.left(now, self.limits.idle_max) {
                Some(left) if self.buffer.is_empty() => silence_max = left,
                _ => {
                    tracing::debug!("connection of {} was silent too long", self.peer.address);
                    return None;
                }
            }
        }
    }

    /// Reads and discards what still arrives, until the client closes its side or a short time
    /// passes.
    pub(super) async fn discard(&mut self) {
        let clock = self.clock;
        let discarding = async {
            loop {
                self.buffer.clear();
                match self.read.read(&mut self.buffer).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
            }
        };
        clock.timeout(CLOSE_MAX, discarding).await;
    }
}
