//! CreateTopics: creates topics with partitions and settings.

use std::sync::Arc;

use wire::messages::create_topics_request::CreateTopicsRequest;
use wire::messages::create_topics_response::{CreatableTopicResult, CreateTopicsResponse};

use crate::request::{Call, Reply, later};
use crate::runtime::controller::Controller;

pub(super) fn handle(
    controller: &Arc<Controller>,
    call: &Call,
    request: CreateTopicsRequest,
) -> Reply {
    let (controller, call) = (Arc::clone(controller), call.clone());
    later(async move {
        let names: Vec<_> = request
            .topics
            .iter()
            .map(|topic| topic.name.clone())
            .collect();
        let response = match controller.create_topics(request).await {
            Ok(response) => response,
            Err(error) => CreateTopicsResponse {
                topics: names
                    .into_iter()
                    .map(|name| CreatableTopicResult {
                        name,
                        error_code: error.code.code(),
                        error_message: error.own_message(),
                        ..Default::default()
                    })
                    .collect(),
                ..Default::default()
            },
        };
        call.answer(&response)
    })
}
