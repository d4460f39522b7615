//! FindCoordinator: the broker that coordinates a group. `__consumer_offsets` is created if it does
//! not exist.

use std::sync::Arc;

use metadata::topic_name;
use wire::messages::find_coordinator_request::FindCoordinatorRequest;
use wire::messages::find_coordinator_response::{Coordinator, FindCoordinatorResponse};
use wire::{ApiError, ErrorCode, StrBytes};

use crate::identity::BrokerIdentity;
use crate::request::{Call, Reply, later};
use crate::runtime::controller::Controller;
use crate::runtime::groups::Groups;

/// Key type of group ids.
const GROUP: i8 = 0;
/// Key type of transactional ids.
const TRANSACTION: i8 = 1;

pub(super) fn handle(
    identity: &Arc<BrokerIdentity>,
    groups: &Arc<Groups>,
    controller: &Arc<Controller>,
    call: &Call,
    request: FindCoordinatorRequest,
) -> Reply {
    let error = match request.key_type {
        GROUP => None,
        TRANSACTION => Some(ApiError::new(
            ErrorCode::InvalidRequest,
            "transactions are not supported by this broker yet",
        )),
        other => Some(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("key type {other} is not supported; use 0, for groups"),
        )),
    };
    if let Some(error) = error {
        let response = answer(identity, groups, call, &request, Some(&error));
        return call.now(&response);
    }
    if groups.is_available() {
        let response = answer(identity, groups, call, &request, None);
        return call.now(&response);
    }
    let (identity, groups) = (Arc::clone(identity), Arc::clone(groups));
    let (controller, call) = (Arc::clone(controller), call.clone());
    later(async move {
        let name = StrBytes::from_static(topic_name::CONSUMER_OFFSETS);
        controller.create_missing(vec![name]).await;
        let error =
            (!groups.is_available()).then(|| ApiError::from(ErrorCode::CoordinatorNotAvailable));
        call.answer(&answer(&identity, &groups, &call, &request, error.as_ref()))
    })
}

fn answer(
    identity: &BrokerIdentity,
    groups: &Groups,
    call: &Call,
    request: &FindCoordinatorRequest,
    error: Option<&ApiError>,
) -> FindCoordinatorResponse {
    let one = |key: &StrBytes| coordinator(identity, groups, call, key, error);
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

fn coordinator(
    identity: &BrokerIdentity,
    groups: &Groups,
    call: &Call,
    key: &StrBytes,
    error: Option<&ApiError>,
) -> Coordinator {
    let own = match groups.is_offline(key) {
        true => Some(ApiError::from(ErrorCode::CoordinatorNotAvailable)),
        false => None,
    };
    match error.or(own.as_ref()) {
        Some(error) => Coordinator {
            key: key.clone(),
            node_id: -1,
            port: -1,
            error_code: error.code.code(),
            error_message: Some(error.text().into()),
            ..Default::default()
        },
        None => {
            let endpoint = identity.endpoint_for(&call.peer);
            Coordinator {
                key: key.clone(),
                node_id: identity.node_id,
                host: endpoint.host.clone(),
                port: endpoint.port,
                error_code: ErrorCode::None.code(),
                ..Default::default()
            }
        }
    }
}
