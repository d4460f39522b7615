//! One request as its handler sees it, without its body.

use std::sync::Arc;

use io::Chunk;
use wire::frame::encode_response;
use wire::{ApiKey, Message, Piece, StrBytes};

use super::{Answer, Memory, Peer, Principal, Reply};

/// The part of a request that every handler needs, as Kafka's `RequestContext`.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The kind of the request.
    pub key: ApiKey,
    /// The version of the request, one that the broker advertises.
    pub version: i16,
    /// The number that the client gave to the request.
    pub correlation_id: i32,
    /// The name that the client gives itself.
    pub client_id: Option<StrBytes>,
    /// The connection that the request came from.
    pub peer: Arc<Peer>,
    /// The client's identity, as its connection established it.
    #[expect(dead_code, reason = "authorisation and quotas read it")]
    pub principal: Arc<Principal>,
    /// The permit for the memory of the request. A handler that keeps a part of the request while
    /// it waits keeps the permit, too; one that waits for other clients keeps neither.
    pub memory: Memory,
}

impl Call {
    /// A copy that shares no memory with the request, for waits that other clients can prolong.
    pub(crate) fn without_memory(&self) -> Call {
        Call {
            client_id: self.client_id.as_ref().map(StrBytes::detached),
            memory: Memory::default(),
            ..self.clone()
        }
    }

    /// Encodes `response`.
    pub(crate) fn answer<M: Message>(&self, response: &M) -> Answer {
        self.answer_with(response, Vec::new())
    }

    /// Encodes `response`. `records` is its record data, which is not in the message, in the order of
    /// the message's fields.
    ///
    /// # Panics
    /// If the response uses a field that its version does not have, which is a bug of the handler.
    pub(crate) fn answer_with<M: Message>(&self, response: &M, records: Vec<Chunk>) -> Answer {
        let pieces = match encode_response(response, self.key, self.version, self.correlation_id) {
            Ok(pieces) => pieces,
            Err(e) => panic!(
                "cannot encode the {:?} v{} response: {e}",
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
                            panic!("the response announces {missing} more bytes of records")
                        });
                        missing -= chunk.len();
                        answer.push(chunk);
                    }
                }
            }
        }
        answer
    }

    /// Encodes `response` as a reply that is ready at once.
    pub(crate) fn now<M: Message>(&self, response: &M) -> Reply {
        Reply::Now(self.answer(response))
    }
}
