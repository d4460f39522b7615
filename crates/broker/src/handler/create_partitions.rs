//! CreatePartitions: adds partitions to existing topics.

use std::sync::Arc;

use metadata::controller;
use wire::messages::create_partitions_request::CreatePartitionsRequest;
use wire::messages::create_partitions_response::{
    CreatePartitionsResponse, CreatePartitionsTopicResult,
};

use crate::node::Node;
use crate::request::{Call, Reply, later};

pub(super) fn handle(node: &Arc<Node>, call: &Call, request: CreatePartitionsRequest) -> Reply {
    let (node, call) = (Arc::clone(node), call.clone());
    later(async move {
        let names: Vec<_> = request
            .topics
            .iter()
            .map(|topic| topic.name.clone())
            .collect();
        let created = node
            .controller
            .change(move |image, _| Ok(controller::topics::create_partitions(image, &request)))
            .await;
        let response = created.unwrap_or_else(|error| CreatePartitionsResponse {
            results: names
                .into_iter()
                .map(|name| CreatePartitionsTopicResult {
                    name,
                    error_code: error.code.code(),
                    error_message: error.message.as_deref().map(Into::into),
                })
                .collect(),
            ..Default::default()
        });
        call.answer(&response)
    })
}
