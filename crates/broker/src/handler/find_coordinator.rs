//! FindCoordinator: which broker looks after a group. Here, this one; asking makes sure that the
//! topic groups are kept in exists.

use std::sync::Arc;

use wire::ErrorCode;
use wire::StrBytes;
use wire::messages::find_coordinator_request::FindCoordinatorRequest;
use wire::messages::find_coordinator_response::{Coordinator, FindCoordinatorResponse};

use crate::node::Node;
use crate::request::{Call, Refusal, Reply, later};

/// The kind of key that is a group id.
const GROUP: i8 = 0;
/// The kind of key that is a transactional id.
const TRANSACTION: i8 = 1;

pub(super) fn handle(node: &Arc<Node>, call: &Call, request: FindCoordinatorRequest) -> Reply {
    let refused = match request.key_type {
        GROUP => None,
        TRANSACTION => Some(Refusal::new(
            ErrorCode::InvalidRequest,
            "transactions are not supported by this broker yet",
        )),
        other => Some(Refusal::new(
            ErrorCode::InvalidRequest,
            format!("there is no coordinator for keys of type {other} here"),
        )),
    };
    if let Some(refusal) = refused {
        let response = answer(node, call, &request, Some(&refusal));
        return call.now(&response);
    }
    if node.groups.is_ready(node) {
        let response = answer(node, call, &request, None);
        return call.now(&response);
    }
    let (node, call) = (Arc::clone(node), call.clone());
    later(async move {
        let refusal = node.groups.prepare(&node).await.err();
        call.answer(&answer(&node, &call, &request, refusal.as_ref()))
    })
}

fn answer(
    node: &Node,
    call: &Call,
    request: &FindCoordinatorRequest,
    refusal: Option<&Refusal>,
) -> FindCoordinatorResponse {
    let one = |key: &StrBytes| coordinator(node, call, key, refusal);
    if call.version >= 4 {
        return FindCoordinatorResponse {
            coordinators: request.coordinator_keys.iter().map(one).collect(),
            ..Default::default()
        };
    }
    let only = one(&request.key);
    FindCoordinatorResponse {
        error_code: only.error_code,
        error_message: only.error_message,
        node_id: only.node_id,
        host: only.host,
        port: only.port,
        ..Default::default()
    }
}

fn coordinator(node: &Node, call: &Call, key: &StrBytes, refusal: Option<&Refusal>) -> Coordinator {
    let own = match node.groups.is_offline(node, key) {
        true => Some(Refusal::from(ErrorCode::CoordinatorNotAvailable)),
        false => None,
    };
    match refusal.or(own.as_ref()) {
        Some(refusal) => Coordinator {
            key: key.clone(),
            node_id: -1,
            port: -1,
            error_code: refusal.error.code(),
            error_message: Some(refusal.message.as_str().into()),
            ..Default::default()
        },
        None => {
            let endpoint = &node.endpoints[call.peer.listener];
            Coordinator {
                key: key.clone(),
                node_id: node.config.node_id,
                host: endpoint.host.clone(),
                port: endpoint.port,
                error_code: ErrorCode::None.code(),
                ..Default::default()
            }
        }
    }
}
