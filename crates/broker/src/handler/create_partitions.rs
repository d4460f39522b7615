//! CreatePartitions: adds partitions to existing topics.

use std::sync::Arc;

use metadata::controller::topics;
use wire::messages::create_partitions_request::CreatePartitionsRequest;
use wire::messages::create_partitions_response::{
    CreatePartitionsResponse, CreatePartitionsTopicResult,
};

use crate::request::{Call, Reply, later};
use crate::runtime::controller::Controller;

pub(super) fn handle(
    controller: &Arc<Controller>,
    call: &Call,
    request: CreatePartitionsRequest,
) -> Reply {
    let (controller, call) = (Arc::clone(controller), call.clone());
    later(async move {
        let names: Vec<_> = request
            .topics
            .iter()
            .map(|topic| topic.name.clone())
            .collect();
        let created = controller
            .change(move |image, _| Ok(topics::create_partitions(image, &request)))
            .await;
        let response = created.unwrap_or_else(|error| CreatePartitionsResponse {
            results: names
                .into_iter()
                .map(|name| CreatePartitionsTopicResult {
                    name,
                    error_code: error.code.code(),
                    error_message: error.own_message(),
                })
                .collect(),
            ..Default::default()
        });
        call.answer(&response)
    })
}
