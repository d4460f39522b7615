//! AlterConfigs, which replaces all settings of a resource, and IncrementalAlterConfigs, which changes
//! single settings.

use std::sync::Arc;

use metadata::controller::configs::{self, AlterRequest};
use wire::messages::alter_configs_request::AlterConfigsRequest;
use wire::messages::incremental_alter_configs_request::IncrementalAlterConfigsRequest;
use wire::messages::incremental_alter_configs_response::IncrementalAlterConfigsResponse;

use crate::request::{Answer, Call, Reply, later};
use crate::runtime::controller::Controller;

pub(super) fn replace(
    controller: &Arc<Controller>,
    call: &Call,
    request: AlterConfigsRequest,
) -> Reply {
    alter(controller, call, request.into(), |call, response| {
        call.answer(&configs::alter_configs_response(response))
    })
}

pub(super) fn incremental(
    controller: &Arc<Controller>,
    call: &Call,
    request: IncrementalAlterConfigsRequest,
) -> Reply {
    alter(controller, call, request.into(), |call, response| {
        call.answer(&response)
    })
}

fn alter(
    controller: &Arc<Controller>,
    call: &Call,
    request: AlterRequest,
    answer: fn(&Call, IncrementalAlterConfigsResponse) -> Answer,
) -> Reply {
    let (controller, call) = (Arc::clone(controller), call.clone());
    let request = Arc::new(request);
    later(async move {
        let decided = Arc::clone(&request);
        let altered = controller
            .change(move |image, facts| Ok(configs::alter(image, &decided, facts)))
            .await;
        answer(
            &call,
            altered.unwrap_or_else(|error| request.refused(&error)),
        )
    })
}
