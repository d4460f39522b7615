//! A member of a classic group.

use bytes::Bytes;
use wire::StrBytes;
use wire::messages::JoinGroupRequest;

use crate::group::{Context, RequestId};

/// A protocol that a member supports, with the metadata (such as a subscription) for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::group) struct Protocol {
    pub name: StrBytes,
    pub metadata: Bytes,
}

/// A member of a classic group.
#[derive(Clone, Debug)]
pub(in crate::group) struct Member {
    pub id: StrBytes,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<StrBytes>,
    pub client_id: StrBytes,
    pub client_host: StrBytes,
    pub rebalance_timeout_ms: i32,
    pub session_timeout_ms: i32,
    /// Supported protocols in order of preference.
    pub protocols: Vec<Protocol>,
    /// Assignment in the last generation that was written.
    pub assignment: Bytes,
    /// JoinGroup request that waits for the other members.
    pub awaiting_join: Option<RequestId>,
    /// SyncGroup request that waits for the leader.
    pub awaiting_sync: Option<RequestId>,
    /// Whether it has not received its member id yet. Until then it cannot send heartbeats.
    pub is_new: bool,
}

impl Member {
    /// Create a member from a JoinGroup request.
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

    /// Update from another JoinGroup request, which waits for the other members from now on.
    ///
    /// Returns the request that waited before, if any.
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

    /// Metadata for a protocol; `None` if the member does not support it.
    pub fn metadata(&self, protocol: &str) -> Option<&Bytes> {
        self.protocols
            .iter()
            .find(|supported| &*supported.name == protocol)
            .map(|found| &found.metadata)
    }

    /// Whether a response to it is outstanding. Then no heartbeat is expected, unless the member is
    /// new.
    pub fn is_awaiting_response(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }

    /// Whether it is a static member (KIP-345).
    pub fn is_static(&self) -> bool {
        self.instance_id.is_some()
    }
}

/// Copy the protocols of a request: a member lives longer than the buffer of the request.
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
