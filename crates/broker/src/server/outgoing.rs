//! The sending direction of a connection: responses, in the order of their requests.
//!
//! Responses that are not ready yet wait concurrently. Each is counted from the moment its request
//! is handled until it is written; see [`PendingBytes`].

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::StreamExt;
use futures::future::FutureExt;
use futures::stream::FuturesOrdered;
use io::{Chunk, Clock, WriteHalf};
use tokio::sync::{Notify, mpsc};

use super::activity::Activity;
use crate::request::{Answer, Peer};

/// Requests of one connection that wait to be answered.
pub(super) const IN_FLIGHT_MAX: usize = 128;

/// Bytes of responses in memory (ranges of files do not count) at which reading a connection pauses
/// until some are written.
const PENDING_BYTES_MAX: usize = 1024 * 1024;

/// Bytes that a response counts as before its size is known.
const EXPECTED_BYTES: usize = PENDING_BYTES_MAX / IN_FLIGHT_MAX;

/// Bytes of responses that a connection has not written yet.
///
/// At [`PENDING_BYTES_MAX`] reading the connection pauses. Responses to the requests that were
/// handled before may still exceed it.
#[derive(Debug, Default)]
pub(super) struct PendingBytes {
    bytes: AtomicUsize,
    freed: Notify,
}

impl PendingBytes {
    fn count(self: &Arc<Self>, bytes: usize) -> CountedBytes {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        CountedBytes {
            pending: Arc::clone(self),
            bytes,
        }
    }

    /// Waits until there is room for more responses. Only one task may wait.
    pub(super) async fn room(&self) {
        while self.bytes.load(Ordering::Relaxed) >= PENDING_BYTES_MAX {
            self.freed.notified().await;
        }
    }
}

/// The bytes of one response, counted until it is dropped.
#[derive(Debug)]
struct CountedBytes {
    pending: Arc<PendingBytes>,
    bytes: usize,
}

impl CountedBytes {
    fn set(&mut self, bytes: usize) {
        self.pending.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.pending.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = bytes;
        self.pending.freed.notify_one();
    }
}

impl Drop for CountedBytes {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// The response to one request.
pub(super) struct PendingResponse {
    state: State,
    counted: CountedBytes,
}

enum State {
    /// `None`: the client wants no response.
    Ready(Option<Answer>),
    Waiting(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

impl PendingResponse {
    /// A response that can be written.
    pub(super) fn ready(answer: Option<Answer>, pending: &Arc<PendingBytes>) -> PendingResponse {
        PendingResponse {
            counted: pending.count(answer.as_ref().map_or(0, bytes_in_memory)),
            state: State::Ready(answer),
        }
    }

    /// A response that can be written when `answer` is done.
    pub(super) fn waiting(
        answer: Pin<Box<dyn Future<Output = Answer> + Send>>,
        pending: &Arc<PendingBytes>,
    ) -> PendingResponse {
        PendingResponse {
            counted: pending.count(EXPECTED_BYTES),
            state: State::Waiting(answer),
        }
    }
}

/// A response that can be written, and its bytes.
pub(super) struct Response {
    answer: Option<Answer>,
    counted: CountedBytes,
}

impl Future for PendingResponse {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let answer = match &mut self.state {
            State::Ready(answer) => answer.take(),
            State::Waiting(waiting) => {
                let answer = ready!(waiting.as_mut().poll(cx));
                self.counted.set(bytes_in_memory(&answer));
                Some(answer)
            }
        };
        let counted = CountedBytes {
            pending: Arc::clone(&self.counted.pending),
            bytes: std::mem::take(&mut self.counted.bytes),
        };
        // Free what the request kept before the response is written.
        self.state = State::Ready(None);
        Poll::Ready(Response { answer, counted })
    }
}

fn bytes_in_memory(answer: &Answer) -> usize {
    let bytes = answer.iter().map(|chunk| match chunk {
        Chunk::Bytes(bytes) => bytes.len(),
        Chunk::File { .. } => 0,
    });
    bytes.sum()
}

/// Writes responses until there are no more, the connection fails, or the client has taken no
/// byte for `stall_max`. Then tells the client that nothing more will come.
pub(super) async fn write_responses(
    clock: &Clock,
    mut write: WriteHalf,
    peer: &Peer,
    stall_max: Duration,
    sent: &Activity,
    mut pending: mpsc::Receiver<PendingResponse>,
) {
    let mut ordered: FuturesOrdered<PendingResponse> = FuturesOrdered::new();
    let mut more = true;
    while more || !ordered.is_empty() {
        let first = tokio::select! {
            biased;
            Some(done) = ordered.next(), if !ordered.is_empty() => done,
            arriving = pending.recv(), if more && ordered.len() < IN_FLIGHT_MAX => {
                match arriving {
                    Some(waiting) => ordered.push_back(waiting),
                    None => more = false,
                }
                continue;
            }
        };
        let mut counted = Vec::new();
        let mut chunks: VecDeque<Chunk> = VecDeque::new();
        let mut done = Some(first);
        // Other responses that are ready are written together with it.
        while let Some(response) = done {
            chunks.extend(response.answer.into_iter().flatten());
            counted.push(response.counted);
            while more && ordered.len() < IN_FLIGHT_MAX {
                match pending.try_recv() {
                    Ok(waiting) => ordered.push_back(waiting),
                    Err(_) => break,
                }
            }
            done = ordered.next().now_or_never().flatten();
        }
        while !chunks.is_empty() {
            match clock
                .timeout(stall_max, write.write_some(&mut chunks))
                .await
            {
                Some(Ok(())) => sent.note(clock.elapsed()),
                Some(Err(e)) => {
                    tracing::debug!("cannot send responses to {}: {e}", peer.address);
                    return;
                }
                None => {
                    tracing::info!(
                        "closing the connection of {}: the client has read nothing for {} ms",
                        peer.address,
                        stall_max.as_millis()
                    );
                    return;
                }
            }
        }
    }
    // So that the client sees the end of the connection, not a reset.
    let _ = write.shutdown().await;
}
