//! AlterConfigs, which replaces all settings of a resource, and IncrementalAlterConfigs, which changes
//! single settings.

use std::sync::Arc;

use metadata::controller::configs::{self, AlterRequest, AlteredResources};
use wire::Message;

use crate::node::Node;
use crate::request::{Call, Reply, later};

/// Answers with `R`, the response that belongs to the request.
pub(super) fn handle<R>(node: &Arc<Node>, call: &Call, request: AlterRequest) -> Reply
where
    R: Message + From<AlteredResources>,
{
    let (node, call) = (Arc::clone(node), call.clone());
    let request = Arc::new(request);
    later(async move {
        let decided = Arc::clone(&request);
        let altered = node
            .controller
            .change(move |image, facts| Ok(configs::alter(image, &decided, facts)))
            .await;
        let altered = altered.unwrap_or_else(|error| request.refused(&error));
        call.answer(&R::from(altered))
    })
}
