//! InitProducerId: a new id for an idempotent producer.

use std::sync::Arc;

use wire::ErrorCode;
use wire::messages::init_producer_id_request::InitProducerIdRequest;
use wire::messages::init_producer_id_response::InitProducerIdResponse;

use crate::request::{Call, Reply, later};
use crate::runtime::producer_ids::ProducerIds;

pub(super) fn handle(
    producer_ids: &Arc<ProducerIds>,
    call: &Call,
    request: InitProducerIdRequest,
) -> Reply {
    if request.transactional_id.is_some() {
        // Transactions are not supported yet; the response to FindCoordinator has said so.
        return call.now(&refusal(ErrorCode::InvalidRequest));
    }
    if let Some(id) = producer_ids.take_reserved() {
        return call.now(&given(id));
    }
    let (producer_ids, call) = (Arc::clone(producer_ids), call.clone());
    later(async move {
        call.answer(&match producer_ids.take().await {
            Ok(id) => given(id),
            Err(error) => refusal(error),
        })
    })
}

/// The response with a new id. A producer that sends the id it had gets a new one, too: without a
/// transactional id, two instances of a producer cannot be told apart.
fn given(producer_id: i64) -> InitProducerIdResponse {
    InitProducerIdResponse {
        producer_id,
        producer_epoch: 0,
        ..Default::default()
    }
}

fn refusal(error: ErrorCode) -> InitProducerIdResponse {
    InitProducerIdResponse {
        error_code: error.code(),
        producer_id: -1,
        producer_epoch: -1,
        ..Default::default()
    }
}
