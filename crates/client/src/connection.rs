//! One connection to one broker: requests out, answers back in the same order.
//!
//! Requests are pipelined: a caller need not wait for one answer before sending the next. What
//! was handed over first is sent first. A request that is not answered in time breaks the
//! connection, since no later answer could come either.

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
use crate::{ClientConfig, Error, Result};

/// Requests handed over and not yet written; beyond it, callers wait.
const QUEUE: usize = 64;

/// The largest answer that is accepted, in bytes.
const ANSWER_BYTES_MAX: usize = 512 * 1024 * 1024;

/// A connection to a broker, which clones share. It ends when the last one is dropped.
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
    line: Arc<Line>,
    reading: Task,
}

/// What the two directions of a connection share.
#[derive(Debug, Default)]
struct Line {
    broken: AtomicBool,
    /// Why it broke, for those who come later.
    reason: Mutex<Option<Error>>,
    waiting: Mutex<VecDeque<Waiting>>,
}

/// A request that was sent and not answered.
#[derive(Debug)]
struct Waiting {
    correlation_id: i32,
    answer: oneshot::Sender<Result<Bytes>>,
}

#[derive(Debug)]
struct Outgoing {
    chunks: Vec<Chunk>,
    /// Absent for a request that is not answered: a produce with `acks=0`.
    waiting: Option<Waiting>,
}

impl Line {
    /// Ends the connection for everybody.
    fn fail(&self, error: &Error) {
        self.reason.lock().get_or_insert_with(|| error.clone());
        self.broken.store(true, Ordering::Release);
        for waiting in std::mem::take(&mut *self.waiting.lock()) {
            // Nobody may be waiting any more.
            let _ = waiting.answer.send(Err(error.clone()));
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
        // The writer ends by itself: its queue is closed.
        self.reading.abort();
    }
}

impl Connection {
    /// Connects to `address`, and agrees on versions.
    ///
    /// # Errors
    /// [`Error::Connection`] if there is nobody, or nobody who speaks Kafka's protocol.
    pub async fn open(io: &Io, address: &str, config: &ClientConfig) -> Result<Connection> {
        let connected = io
            .clock
            .timeout(config.connect_timeout, io.net.connect(address))
            .await
            .ok_or_else(|| closed(address, "no answer to the attempt to connect"))?;
        let (read, write) = connected
            .and_then(io::Connection::split)
            .map_err(|error| closed(address, &error.to_string()))?;
        let line = Arc::new(Line::default());
        let (queue, outgoing) = mpsc::channel(QUEUE);
        io.tasks.spawn(
            "client writer",
            write_requests(write, outgoing, Arc::clone(&line), address.to_owned()),
        );
        let reading = io.tasks.spawn(
            "client reader",
            read_answers(read, Arc::clone(&line), address.to_owned()),
        );
        let mut shared = Shared {
            broker: address.to_owned(),
            clock: io.clock.clone(),
            client_id: StrBytes::from(config.client_id.as_str()),
            request_timeout: config.request_timeout,
            versions: Versions::default(),
            next_correlation_id: AtomicI32::new(0),
            queue,
            line,
            reading,
        };
        shared.versions = shared.negotiate().await?;
        Ok(Connection(Arc::new(shared)))
    }

    /// The broker's address.
    pub fn broker(&self) -> &str {
        &self.0.broker
    }

    /// Whether it can no longer be used.
    pub fn is_broken(&self) -> bool {
        self.0.line.broken.load(Ordering::Acquire)
    }

    /// The version in which a request would be sent.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none that both sides speak.
    pub fn version<R: Request>(&self) -> Result<i16> {
        self.version_up_to::<R>(i16::MAX)
    }

    /// As [`Connection::version`], but at most `max`: for a request that lacks what newer ones
    /// need.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none that both sides speak.
    pub fn version_up_to<R: Request>(&self, max: i16) -> Result<i16> {
        self.0
            .versions
            .newest(R::KEY, max)
            .ok_or_else(|| Error::Unsupported {
                broker: self.0.broker.clone(),
                request: R::KEY.name(),
            })
    }

    /// Sends a request in the newest version and waits for its answer.
    ///
    /// # Errors
    /// [`Error::Connection`], [`Error::Unsupported`], [`Error::Protocol`]. Error codes inside the
    /// answer are the caller's to look at.
    pub async fn request<R: Request>(&self, request: &R) -> Result<R::Response> {
        let version = self.version::<R>()?;
        self.send(request, version).await?.await
    }

    /// As [`Connection::request`], in a version of the caller's choice.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub async fn request_in<R: Request>(&self, request: &R, version: i16) -> Result<R::Response> {
        self.send(request, version).await?.await
    }

    /// Hands a request over; its answer is the future that is returned. Waits only while many
    /// others have not been written yet.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub async fn send<R: Request>(
        &self,
        request: &R,
        version: i16,
    ) -> Result<impl Future<Output = Result<R::Response>> + Send + use<R>> {
        let timeout = self.0.request_timeout;
        self.send_patiently(request, version, timeout).await
    }

    /// As [`Connection::send`], for an answer that may take longer than others.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub async fn send_patiently<R: Request>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<impl Future<Output = Result<R::Response>> + Send + use<R>> {
        let correlation_id = self.0.next_correlation_id();
        let chunks = self.0.encode(request, version, correlation_id)?;
        let answer = self.0.enqueue(chunks, correlation_id).await?;
        let (line, clock) = (Arc::clone(&self.0.line), self.0.clock.clone());
        let broker = self.0.broker.clone();
        Ok(async move {
            let body = await_answer(answer, &line, &clock, timeout, &broker).await?;
            decode_answer::<R>(body, version, &broker)
        })
    }

    /// Hands over a request that the broker does not answer.
    ///
    /// # Errors
    /// As [`Connection::request`].
    pub(crate) async fn send_unanswered<R: Request>(
        &self,
        request: &R,
        version: i16,
    ) -> Result<()> {
        let correlation_id = self.0.next_correlation_id();
        let outgoing = Outgoing {
            chunks: self.0.encode(request, version, correlation_id)?,
            waiting: None,
        };
        match self.0.queue.send(outgoing).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.0.line.error(&self.0.broker)),
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
        let (send, answer) = oneshot::channel();
        let outgoing = Outgoing {
            chunks,
            waiting: Some(Waiting {
                correlation_id,
                answer: send,
            }),
        };
        match self.queue.send(outgoing).await {
            Ok(()) => Ok(answer),
            Err(_) => Err(self.line.error(&self.broker)),
        }
    }

    /// Asks the broker what it speaks. One that is older than the newest version of this very
    /// question says so, in the oldest version, and is asked again in that.
    async fn negotiate(&self) -> Result<Versions> {
        let question = ApiVersionsRequest {
            client_software_name: StrBytes::from_static("vltava"),
            client_software_version: StrBytes::from_static(env!("CARGO_PKG_VERSION")),
        };
        let newest = *ApiVersionsRequest::VALID_VERSIONS.end();
        for version in [newest, 0] {
            let correlation_id = self.next_correlation_id();
            let chunks = self.encode(&question, version, correlation_id)?;
            let answer = self.enqueue(chunks, correlation_id).await?;
            let timeout = self.request_timeout;
            let body = await_answer(answer, &self.line, &self.clock, timeout, &self.broker).await?;
            // The error code comes first in every version: after the correlation id.
            let code = body
                .get(4..6)
                .map(|code| i16::from_be_bytes([code[0], code[1]]));
            if code == Some(ErrorCode::UnsupportedVersion.code()) && version > 0 {
                continue;
            }
            let answer: ApiVersionsResponse =
                decode_answer::<ApiVersionsRequest>(body, version, &self.broker)?;
            Error::check(answer.error_code, None, || "negotiate versions".to_owned())?;
            return Ok(Versions::common(&answer));
        }
        Err(Error::Unsupported {
            broker: self.broker.clone(),
            request: ApiVersionsRequest::KEY.name(),
        })
    }
}

async fn await_answer(
    answer: oneshot::Receiver<Result<Bytes>>,
    line: &Line,
    clock: &Clock,
    timeout: Duration,
    broker: &str,
) -> Result<Bytes> {
    match clock.timeout(timeout, answer).await {
        Some(Ok(body)) => body,
        // The writer dropped the request unsent.
        Some(Err(_)) => Err(line.error(broker)),
        None => {
            let error = closed(
                broker,
                &format!("no answer to a request in {} ms", timeout.as_millis()),
            );
            line.fail(&error);
            Err(error)
        }
    }
}

/// Takes the header off an answer, and decodes the rest.
fn decode_answer<R: Request>(body: Bytes, version: i16, broker: &str) -> Result<R::Response> {
    let mut decoder = Decoder::for_frame(body);
    ResponseHeader::decode(&mut decoder, R::KEY.response_header_version(version))
        .and_then(|_| R::Response::decode(&mut decoder, version))
        .map_err(|error| Error::malformed(broker, error))
}

async fn write_requests(
    mut write: WriteHalf,
    mut outgoing: mpsc::Receiver<Outgoing>,
    line: Arc<Line>,
    broker: String,
) {
    while let Some(request) = outgoing.recv().await {
        if line.broken.load(Ordering::Acquire) {
            // Dropped, and with it the sender of its answer.
            continue;
        }
        if let Some(waiting) = request.waiting {
            // Before it is written: the answer may come before the write returns.
            line.waiting.lock().push_back(waiting);
        }
        if let Err(error) = write.write(request.chunks).await {
            line.fail(&closed(&broker, &error.to_string()));
        } else if line.broken.load(Ordering::Acquire) {
            // It broke after the look above: nobody else tells this request.
            line.fail(&line.error(&broker));
        }
    }
}

async fn read_answers(mut read: ReadHalf, line: Arc<Line>, broker: String) {
    let mut buffer = BytesMut::new();
    let error = loop {
        match read_frame(&mut read, &mut buffer).await {
            Ok(body) => {
                if let Err(reason) = deliver(body, &line) {
                    break Error::Protocol {
                        broker: broker.clone(),
                        reason,
                    };
                }
            }
            Err(reason) => break closed(&broker, &reason),
        }
    };
    line.fail(&error);
}

/// One answer, without its length.
async fn read_frame(read: &mut ReadHalf, buffer: &mut BytesMut) -> Result<Bytes, String> {
    loop {
        if let Some(length) = buffer.get(..4) {
            let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > ANSWER_BYTES_MAX {
                return Err(format!("an answer claims to be of {length} bytes"));
            }
            if buffer.len() >= 4 + length {
                buffer.advance(4);
                return Ok(buffer.split_to(length).freeze());
            }
            // Exact room, so that a large answer is not copied while it grows.
            buffer.reserve(4 + length - buffer.len());
        }
        match read.read(buffer).await {
            Ok(0) => return Err("closed by the broker".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Gives an answer to the one who waits for it: the first.
fn deliver(body: Bytes, line: &Line) -> Result<(), String> {
    let id = body
        .get(..4)
        .map(|id| i32::from_be_bytes([id[0], id[1], id[2], id[3]]))
        .ok_or("an answer is too short")?;
    let waiting = line
        .waiting
        .lock()
        .pop_front()
        .ok_or("an answer came that nobody asked for")?;
    if waiting.correlation_id != id {
        return Err(format!(
            "answer {id} came where {} was next",
            waiting.correlation_id
        ));
    }
    // Whoever asked may have given up.
    let _ = waiting.answer.send(Ok(body));
    Ok(())
}
