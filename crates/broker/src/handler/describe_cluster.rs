//! DescribeCluster: the brokers, without topics.

use wire::ErrorCode;
use wire::messages::describe_cluster_request::DescribeClusterRequest;
use wire::messages::describe_cluster_response::{DescribeClusterBroker, DescribeClusterResponse};

use super::authorized;
use crate::identity::BrokerIdentity;
use crate::request::{Call, Reply};

/// The endpoint type of brokers.
const BROKERS: i8 = 1;

pub(super) fn handle(
    identity: &BrokerIdentity,
    call: &Call,
    request: &DescribeClusterRequest,
) -> Reply {
    if request.endpoint_type != BROKERS {
        return call.now(&DescribeClusterResponse {
            error_code: ErrorCode::MismatchedEndpointType.code(),
            error_message: Some(
                "The request was sent to an endpoint of type BROKER, but we wanted an endpoint \
                 of another type."
                    .into(),
            ),
            ..Default::default()
        });
    }
    let endpoint = identity.endpoint_for(&call.peer);
    call.now(&DescribeClusterResponse {
        endpoint_type: BROKERS,
        cluster_id: identity.cluster_id.clone(),
        controller_id: identity.node_id,
        brokers: vec![DescribeClusterBroker {
            broker_id: identity.node_id,
            host: endpoint.host.clone(),
            port: endpoint.port,
            rack: identity.rack.clone(),
            is_fenced: false,
        }],
        cluster_authorized_operations: match request.include_cluster_authorized_operations {
            true => authorized::CLUSTER,
            false => authorized::NOT_REQUESTED,
        },
        ..Default::default()
    })
}
