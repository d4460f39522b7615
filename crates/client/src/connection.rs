//! One connection to one broker. Requests are pipelined: a caller may send the next request before the
//! response to the last one.
//!
//! Requests are sent in the order of the calls, and responses come in the order of the requests. So a
//! request without a response within its time-out breaks the connection: no later response could arrive
//! either. A broker that does not read a request within the time-out breaks it, too.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use io::{Chunk, Clock, Io, ReadHalf, Task, WriteHalf};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use wire::header::ResponseHeader;
use wire::messages::{ApiVersionsRequest, ApiVersionsResponse};
use wire::{Decoder, ErrorCode, Message, Piece, Request, StrBytes, frame};

use crate::versions::Versions;
use crate::{ConnectionConfig, Error, Result};

/// Requests that wait to be written. When the queue is full, callers wait.
const QUEUE_REQUESTS_MAX: usize = 64;

/// Largest response that is accepted, in bytes.
const RESPONSE_BYTES_MAX: usize = 512 * 1024 * 1024;

/// A connection to a broker. Clones share it; it is closed when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Connection(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    broker: String,
    clock: Clock,
    client_id: StrBytes,
    request_timeout: Duration,
    versions: Versions,
    next_correlation_id: AtomicI32,
    queue: mpsc::Sender<Outgoing>,
    state: Arc<State>,
    reading: Task,
}

/// State that the reading and the writing task share.
#[derive(Debug, Default)]
struct State {
    broken: AtomicBool,
    /// Why the connection broke, for later requests.
    reason: Mutex<Option<Error>>,
    pending: Mutex<VecDeque<PendingResponse>>,
}

/// A request that was sent and has no response yet.
#[derive(Debug)]
struct PendingResponse {
    correlation_id: i32,
    response: oneshot::Sender<Result<Bytes>>,
}

#[derive(Debug)]
struct Outgoing {
    chunks: Vec<Chunk>,
    /// `None` for a request without response: a produce with `acks=0`.
    pending: Option<PendingResponse>,
}

impl State {
    /// Breaks the connection: fails all pending requests.
    fn fail(&self, error: &Error) {
        self.reason.lock().get_or_insert_with(|| error.clone());
        self.broken.store(true, Ordering::Release);
        for pending in std::mem::take(&mut *self.pending.lock()) {
            // The caller may have stopped waiting.
            let _ = pending.response.send(Err(error.clone()));
        }
    }

    fn error(&self, broker: &str) -> Error {
        self.reason
            .lock()
            .clone()
            .unwrap_or_else(|| closed(broker, "closed"))
    }
}

fn closed(broker: &str, reason: &str) -> Error {
    Error::Connection {
        broker: broker.to_owned(),
        reason: reason.to_owned(),
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The writing task ends by itself, because its queue is closed.
        self.reading.abort();
    }
}

impl Connection {
    /// Connects to `address` and negotiates versions.
    ///
    /// # Errors
    /// [`Error::Connection`] if nothing listens there, or it does not respond in Kafka's protocol.
    pub async fn open(io: &Io, address: &str, config: &ConnectionConfig) -> Result<Connection> {
        let connected = io
            .clock
            .timeout(config.connect_timeout, io.net.connect(address))
            .await
            .ok_or_else(|| closed(address, "no response to the attempt to connect"))?;
        let (read, write) = connected
            .and_then(io::Connection::split)
            .map_err(|error| closed(address, &error.to_string()))?;
        let state = Arc::new(State::default());
        let (queue, outgoing) = mpsc::channel(QUEUE_REQUESTS_MAX);
        io.tasks.spawn(
            "client writer",
            write_requests(
                write,
                outgoing,
                Arc::clone(&state),
                io.clock.clone(),
                config.request_timeout,
                address.to_owned(),
            ),
        );
        let reading = io.tasks.spawn(
            "client reader",
            read_responses(read, Arc::clone(&state), address.to_owned()),
        );
        let mut shared = Shared {
            broker: address.to_owned(),
            clock: io.clock.clone(),
            client_id: StrBytes::from(config.client_id.as_str()),
            request_timeout: config.request_timeout,
            versions: Versions::default(),
            next_correlation_id: AtomicI32::new(0),
            queue,
            state,
            reading,
        };
        shared.versions = shared.negotiate().await?;
        Ok(Connection(Arc::new(shared)))
    }

    /// Address of the broker.
    pub fn broker(&self) -> &str {
        &self.0.broker
    }

    /// Whether the connection is broken.
    pub fn is_broken(&self) -> bool {
        self.0.state.broken.load(Ordering::Acquire)
    }

    /// The newest version of a request that both sides support.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub fn version<R: Request>(&self) -> Result<i16> {
        self.version_up_to::<R>(i16::MAX)
    }

    /// As [`Connection::version`], but at most `max`: for a request that lacks a field that newer
    /// versions need.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub fn version_up_to<R: Request>(&self, max: i16) -> Result<i16> {
        self.0
            .versions
            .newest(R::KEY, max)
            .ok_or_else(|| Error::Unsupported {
                broker: self.0.broker.clone(),
                request: R::KEY.name(),
            })
    }

    /// Sends a request in the newest version and waits for the response.
    ///
    /// # Errors
    /// [`Error::Connection`], [`Error::Unsupported`], [`Error::Protocol`]. The caller checks the error
    /// codes inside the response.
    pub async fn request<R: Request>(&self, request: &R) -> Result<R::Response> {
        let version = self.version::<R>()?;
        self.send(request, version).await?.await
    }

    /// As [`Connection::request`], in a given version.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub async fn request_in<R: Request>(&self, request: &R, version: i16) -> Result<R::Response> {
        self.send(request, version).await?.await
    }

    /// Queues a request and returns a future of the response. Waits while the queue is full.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub async fn send<R: Request>(
        &self,
        request: &R,
        version: i16,
    ) -> Result<impl Future<Output = Result<R::Response>> + Send + use<R>> {
        let timeout = self.0.request_timeout;
        self.send_within(request, version, timeout).await
    }

    /// As [`Connection::send`], with another time-out for the response.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub async fn send_within<R: Request>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<impl Future<Output = Result<R::Response>> + Send + use<R>> {
        let correlation_id = self.0.next_correlation_id();
        let chunks = self.0.encode(request, version, correlation_id)?;
        let response = self.0.enqueue(chunks, correlation_id).await?;
        let (state, clock) = (Arc::clone(&self.0.state), self.0.clock.clone());
        let broker = self.0.broker.clone();
        Ok(async move {
            let body = await_response(response, &state, &clock, timeout, &broker).await?;
            decode_response::<R>(body, version, &broker)
        })
    }

    /// Queues a request that has no response.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub(crate) async fn send_one_way<R: Request>(&self, request: &R, version: i16) -> Result<()> {
        let correlation_id = self.0.next_correlation_id();
        let outgoing = Outgoing {
            chunks: self.0.encode(request, version, correlation_id)?,
            pending: None,
        };
        match self.0.queue.send(outgoing).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.0.state.error(&self.0.broker)),
        }
    }
}

impl Shared {
    fn next_correlation_id(&self) -> i32 {
        self.next_correlation_id.fetch_add(1, Ordering::Relaxed) & i32::MAX
    }

    fn encode<R: Request>(
        &self,
        request: &R,
        version: i16,
        correlation_id: i32,
    ) -> Result<Vec<Chunk>> {
        let pieces = frame::encode_request(request, version, correlation_id, Some(&self.client_id))
            .map_err(|error| Error::unsendable(&self.broker, error))?;
        Ok(pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => Chunk::Bytes(bytes),
                Piece::Hole(_) => unreachable!("a client's records are in memory"),
            })
            .collect())
    }

    async fn enqueue(
        &self,
        chunks: Vec<Chunk>,
        correlation_id: i32,
    ) -> Result<oneshot::Receiver<Result<Bytes>>> {
        let (send, response) = oneshot::channel();
        let outgoing = Outgoing {
            chunks,
            pending: Some(PendingResponse {
                correlation_id,
                response: send,
            }),
        };
        match self.queue.send(outgoing).await {
            Ok(()) => Ok(response),
            Err(_) => Err(self.state.error(&self.broker)),
        }
    }

    /// Sends ApiVersions. A broker that does not support our newest version of it responds
    /// with `UNSUPPORTED_VERSION` in version 0 (KIP-511), and gets the request again in that version.
    async fn negotiate(&self) -> Result<Versions> {
        let request = ApiVersionsRequest {
            client_software_name: StrBytes::from_static("vltava"),
            client_software_version: StrBytes::from_static(env!("CARGO_PKG_VERSION")),
        };
        let newest = *ApiVersionsRequest::VALID_VERSIONS.end();
        for version in [newest, 0] {
            let correlation_id = self.next_correlation_id();
            let chunks = self.encode(&request, version, correlation_id)?;
            let response = self.enqueue(chunks, correlation_id).await?;
            let timeout = self.request_timeout;
            let body =
                await_response(response, &self.state, &self.clock, timeout, &self.broker).await?;
            // In every version, the error code follows the correlation id.
            let code = body
                .get(4..6)
                .map(|code| i16::from_be_bytes([code[0], code[1]]));
            if code == Some(ErrorCode::UnsupportedVersion.code()) && version > 0 {
                continue;
            }
            let response: ApiVersionsResponse =
                decode_response::<ApiVersionsRequest>(body, version, &self.broker)?;
            Error::check(response.error_code, None, || {
                "negotiate versions".to_owned()
            })?;
            return Ok(Versions::common(&response));
        }
        Err(Error::Unsupported {
            broker: self.broker.clone(),
            request: ApiVersionsRequest::KEY.name(),
        })
    }
}

async fn await_response(
    response: oneshot::Receiver<Result<Bytes>>,
    state: &State,
    clock: &Clock,
    timeout: Duration,
    broker: &str,
) -> Result<Bytes> {
    match clock.timeout(timeout, response).await {
        Some(Ok(body)) => body,
        // The writing task dropped the request without sending it.
        Some(Err(_)) => Err(state.error(broker)),
        None => {
            let error = closed(
                broker,
                &format!("no response within {} ms", timeout.as_millis()),
            );
            state.fail(&error);
            Err(error)
        }
    }
}

/// Decodes the header and the body of a response.
fn decode_response<R: Request>(body: Bytes, version: i16, broker: &str) -> Result<R::Response> {
    let mut decoder = Decoder::for_frame(body);
    ResponseHeader::decode(&mut decoder, R::KEY.response_header_version(version))
        .and_then(|_| R::Response::decode(&mut decoder, version))
        .map_err(|error| Error::malformed(broker, error))
}

async fn write_requests(
    mut write: WriteHalf,
    mut outgoing: mpsc::Receiver<Outgoing>,
    state: Arc<State>,
    clock: Clock,
    timeout: Duration,
    broker: String,
) {
    while let Some(request) = outgoing.recv().await {
        if state.broken.load(Ordering::Acquire) {
            // Dropping the request tells its caller.
            continue;
        }
        if let Some(pending) = request.pending {
            // Before the write, because the response may arrive before the write returns.
            state.pending.lock().push_back(pending);
        }
        // A request without response has no other time-out.
        let written = clock.timeout(timeout, write.write(request.chunks)).await;
        match written {
            Some(Ok(())) => {}
            Some(Err(error)) => state.fail(&closed(&broker, &error.to_string())),
            None => {
                let reason = format!("did not read a request within {} ms", timeout.as_millis());
                state.fail(&closed(&broker, &reason));
            }
        }
        if state.broken.load(Ordering::Acquire) {
            // The connection may have broken after the check above: fail this request as well.
            state.fail(&state.error(&broker));
        }
    }
}

async fn read_responses(mut read: ReadHalf, state: Arc<State>, broker: String) {
    let mut buffer = BytesMut::new();
    let error = loop {
        match read_frame(&mut read, &mut buffer).await {
            Ok(body) => {
                if let Err(reason) = deliver(body, &state) {
                    break Error::Protocol {
                        broker: broker.clone(),
                        reason,
                    };
                }
            }
            Err(reason) => break closed(&broker, &reason),
        }
    };
    state.fail(&error);
}

/// Reads one response, without its length.
async fn read_frame(read: &mut ReadHalf, buffer: &mut BytesMut) -> Result<Bytes, String> {
    loop {
        if let Some(length) = buffer.get(..4) {
            let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > RESPONSE_BYTES_MAX {
                return Err(format!("a response of {length} bytes is too large"));
            }
            if buffer.len() >= 4 + length {
                buffer.advance(4);
                return Ok(buffer.split_to(length).freeze());
            }
            // The whole length at once, so that a large response is not copied while it grows.
            buffer.reserve(4 + length - buffer.len());
        }
        match read.read(buffer).await {
            Ok(0) => return Err("closed by the broker".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Delivers a response to the oldest pending request.
fn deliver(body: Bytes, state: &State) -> Result<(), String> {
    let id = body
        .get(..4)
        .map(|id| i32::from_be_bytes([id[0], id[1], id[2], id[3]]))
        .ok_or("a response is too short")?;
    let pending = state
        .pending
        .lock()
        .pop_front()
        .ok_or("a response without request")?;
    if pending.correlation_id != id {
        return Err(format!(
            "a response with correlation id {id} instead of {}",
            pending.correlation_id
        ));
    }
    // The caller may have stopped waiting.
    let _ = pending.response.send(Ok(body));
    Ok(())
}
