//! Responses of a shard that are not sent yet.
//!
//! A response is sent when the records that were appended before it are committed.

use std::collections::{BTreeMap, VecDeque};

use coordinator::group::{GroupResponse, RequestId};
use tokio::sync::oneshot;

/// Requests without a response, and responses that wait for the high watermark.
#[derive(Debug, Default)]
pub(super) struct PendingResponses {
    next_request: u64,
    replies: BTreeMap<RequestId, oneshot::Sender<GroupResponse>>,
    /// In order of offsets.
    waiting: VecDeque<PendingResponse>,
}

#[derive(Debug)]
struct PendingResponse {
    /// The response is sent when the high watermark is this or more.
    offset: i64,
    request: RequestId,
    response: GroupResponse,
}

impl PendingResponses {
    /// Registers a request. Returns its id.
    pub(super) fn register(&mut self, reply: oneshot::Sender<GroupResponse>) -> RequestId {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.replies.insert(id, reply);
        id
    }

    /// Sends a response when the high watermark is `offset` or more. `offset` is not below that of
    /// an earlier call.
    pub(super) fn send_at(&mut self, offset: i64, request: RequestId, response: GroupResponse) {
        self.waiting.push_back(PendingResponse {
            offset,
            request,
            response,
        });
    }

    /// The high watermark that the first response waits for.
    pub(super) fn next_offset(&self) -> Option<i64> {
        self.waiting.front().map(|pending| pending.offset)
    }

    /// Sends the responses that the high watermark allows.
    pub(super) fn send_committed(&mut self, high_watermark: i64) {
        while let Some(pending) = self
            .waiting
            .pop_front_if(|pending| pending.offset <= high_watermark)
        {
            self.send(pending.request, pending.response);
        }
    }

    /// Sends a response now.
    pub(super) fn send(&mut self, request: RequestId, response: GroupResponse) {
        if let Some(reply) = self.replies.remove(&request) {
            // The connection may have closed.
            let _ = reply.send(response);
        }
    }
}
