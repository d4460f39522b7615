//! One member of a classic group.

use bytes::Bytes;
use wire::StrBytes;
use wire::messages::JoinGroupRequest;

use crate::group::{Context, RequestId};

/// A protocol a member supports, with what it says about itself in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::group) struct Protocol {
    pub name: StrBytes,
    pub metadata: Bytes,
}

/// A member.
#[derive(Clone, Debug)]
pub(in crate::group) struct Member {
    pub id: StrBytes,
    /// What it is called across restarts, if it is a static member.
    pub instance_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub rebalance_timeout_ms: i32,
    pub session_timeout_ms: i32,
    /// The protocols it supports, the preferred one first.
    pub protocols: Vec<Protocol>,
    /// What it was assigned in the last written generation.
    pub assignment: Bytes,
    /// Its request to join, while it waits for the others.
    pub awaiting_join: Option<RequestId>,
    /// Its request for its assignment, while it waits for the leader.
    pub awaiting_sync: Option<RequestId>,
    /// Whether it has not been told yet that it is a member, so that it cannot send heartbeats.
    pub is_new: bool,
}

impl Member {
    /// The member that a request to join makes.
    pub fn joining(id: StrBytes, request: &JoinGroupRequest, context: &Context) -> Self {
        Member {
            id,
            instance_id: request.group_instance_id.as_ref().map(StrBytes::detached),
            client_id: context.client_id.detached(),
            client_host: context.client_host.detached(),
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            session_timeout_ms: request.session_timeout_ms,
            protocols: protocols(request),
            assignment: Bytes::new(),
            awaiting_join: None,
            awaiting_sync: None,
            is_new: true,
        }
    }

    /// Take over what a request to join says anew.
    ///
    /// Returns an earlier request that still waits; its client has given it up.
    pub fn update(
        &mut self,
        request: &JoinGroupRequest,
        awaiting_join: RequestId,
    ) -> Option<RequestId> {
        self.protocols = protocols(request);
        self.rebalance_timeout_ms = request.rebalance_timeout_ms;
        self.session_timeout_ms = request.session_timeout_ms;
        self.awaiting_join.replace(awaiting_join)
    }

    /// What it says about itself in a protocol, if it supports it.
    pub fn metadata(&self, protocol: &str) -> Option<&Bytes> {
        self.protocols
            .iter()
            .find(|supported| &*supported.name == protocol)
            .map(|found| &found.metadata)
    }

    /// Whether it may be silent: it waits for us, and knows that it is a member.
    pub fn may_be_silent(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }

    /// Whether it comes back under the same name.
    pub fn is_static(&self) -> bool {
        self.instance_id.is_some()
    }
}

/// A request's protocols in buffers of their own: a member outlives the frame it came in.
pub(in crate::group) fn protocols(request: &JoinGroupRequest) -> Vec<Protocol> {
    request
        .protocols
        .iter()
        .map(|protocol| Protocol {
            name: protocol.name.detached(),
            metadata: Bytes::copy_from_slice(&protocol.metadata),
        })
        .collect()
}
