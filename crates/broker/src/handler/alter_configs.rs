//! AlterConfigs: replaces all settings of a resource; the older way.

use std::sync::Arc;

use metadata::controller::configs;
use wire::messages::alter_configs_request::AlterConfigsRequest;
use wire::messages::alter_configs_response::{AlterConfigsResourceResponse, AlterConfigsResponse};

use crate::node::Node;
use crate::request::{Call, Reply, later};

pub(super) fn handle(node: &Arc<Node>, call: &Call, request: AlterConfigsRequest) -> Reply {
    let (node, call) = (Arc::clone(node), call.clone());
    later(async move {
        let resources: Vec<_> = request
            .resources
            .iter()
            .map(|resource| (resource.resource_type, resource.resource_name.clone()))
            .collect();
        let altered = node
            .controller
            .change(&node, move |image, facts| {
                Ok(configs::alter_legacy(image, &request, facts))
            })
            .await;
        let response = altered.unwrap_or_else(|error| AlterConfigsResponse {
            responses: resources
                .into_iter()
                .map(
                    |(resource_type, resource_name)| AlterConfigsResourceResponse {
                        error_code: error.code.code(),
                        error_message: error.message.as_deref().map(Into::into),
                        resource_type,
                        resource_name,
                    },
                )
                .collect(),
            ..Default::default()
        });
        call.answer(&response)
    })
}
