//! AlterConfigs, which replaces all settings of a resource, and IncrementalAlterConfigs, which changes
//! single settings.

use std::sync::Arc;

use metadata::controller::configs::{self, AlterRequest, AlteredResources};
use wire::Message;

use crate::request::{Call, Reply, later};
use crate::runtime::controller::Controller;

/// Answers with `R`, the response that belongs to the request.
pub(super) fn handle<R>(controller: &Arc<Controller>, call: &Call, request: AlterRequest) -> Reply
where
    R: Message + From<AlteredResources>,
{
    let (controller, call) = (Arc::clone(controller), call.clone());
    let request = Arc::new(request);
    later(async move {
        let decided = Arc::clone(&request);
        let altered = controller
            .change(move |image, facts| Ok(configs::alter(image, &decided, facts)))
            .await;
        let altered = altered.unwrap_or_else(|error| request.refused(&error));
        call.answer(&R::from(altered))
    })
}
