//! One request on its way: who asks, what, in which version; and what comes back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use io::{Address, Chunk};
use wire::frame::encode_response;
use wire::{ApiKey, Message, Piece, StrBytes};

/// Facts of a connection that its requests carry.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The other end.
    pub address: Address,
    /// Which listener it came in by, as an index into [`crate::node::Node::endpoints`].
    pub listener: usize,
}

impl Peer {
    /// The host as Kafka shows it in group descriptions: `/127.0.0.1`.
    pub(crate) fn host(&self) -> String {
        match self.address.ip() {
            Some(ip) => format!("/{ip}"),
            None => format!("/{}", self.address),
        }
    }
}

/// The part of a request that every handler needs.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Which request.
    pub key: ApiKey,
    /// In which version, which is one we advertise.
    pub version: i16,
    /// What the client numbers it.
    pub correlation_id: i32,
    /// What the client calls itself.
    pub client_id: Option<StrBytes>,
    /// The connection it came by.
    pub peer: Arc<Peer>,
}

/// An encoded answer: chunks to write, in order.
pub(crate) type Answer = Vec<Chunk>;

/// What a handler gives back. All it does to partitions is done by then; only waiting is left.
pub(crate) enum Reply {
    /// The answer.
    Now(Answer),
    /// The answer, when something has happened.
    Later(Pin<Box<dyn Future<Output = Answer> + Send>>),
    /// None: the client asked for none.
    Silence,
    /// None, and the connection is closed once earlier answers are written.
    Close,
}

impl Call {
    /// The answer `response`.
    pub(crate) fn answer<M: Message>(&self, response: &M) -> Answer {
        self.answer_with(response, Vec::new())
    }

    /// The answer `response`, whose record data that lies elsewhere is `records`, in the order
    /// of the response's fields.
    ///
    /// # Panics
    /// If the response says something its version cannot, which is a slip of its handler.
    pub(crate) fn answer_with<M: Message>(&self, response: &M, records: Vec<Chunk>) -> Answer {
        let pieces = match encode_response(response, self.key, self.version, self.correlation_id) {
            Ok(pieces) => pieces,
            Err(e) => panic!(
                "cannot write the {:?} v{} response: {e}",
                self.key, self.version
            ),
        };
        let mut records = records.into_iter();
        let mut answer = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) => answer.push(Chunk::Bytes(bytes)),
                Piece::Hole(mut missing) => {
                    while missing > 0 {
                        let chunk = records.next().unwrap_or_else(|| {
                            panic!("a response promises {missing} more bytes of records")
                        });
                        missing -= chunk.len();
                        answer.push(chunk);
                    }
                }
            }
        }
        answer
    }

    /// Answers at once.
    pub(crate) fn now<M: Message>(&self, response: &M) -> Reply {
        Reply::Now(self.answer(response))
    }
}

/// Answers when `future` is done.
pub(crate) fn later(future: impl Future<Output = Answer> + Send + 'static) -> Reply {
    Reply::Later(Box::pin(future))
}
