//! DeleteTopics: deletes topics by name or by id.

use std::sync::Arc;

use metadata::controller::topics;
use wire::messages::delete_topics_request::DeleteTopicsRequest;
use wire::messages::delete_topics_response::{DeletableTopicResult, DeleteTopicsResponse};

use crate::request::{Call, Reply, later};
use crate::runtime::controller::Controller;

pub(super) fn handle(
    controller: &Arc<Controller>,
    call: &Call,
    request: DeleteTopicsRequest,
) -> Reply {
    let (controller, call) = (Arc::clone(controller), call.clone());
    later(async move {
        let version = call.version;
        let requested = request.clone();
        let deleted = controller
            .change(move |image, facts| Ok(topics::delete(image, &request, version, facts)))
            .await;
        let response = deleted.unwrap_or_else(|error| {
            let by_name = requested
                .topic_names
                .into_iter()
                .map(|name| (Some(name), Default::default()));
            let by_either = requested
                .topics
                .into_iter()
                .map(|topic| (topic.name, topic.topic_id));
            DeleteTopicsResponse {
                responses: by_name
                    .chain(by_either)
                    .map(|(name, topic_id)| DeletableTopicResult {
                        name,
                        topic_id,
                        error_code: error.code.code(),
                        error_message: error.own_message(),
                    })
                    .collect(),
                ..Default::default()
            }
        });
        call.answer(&response)
    })
}
