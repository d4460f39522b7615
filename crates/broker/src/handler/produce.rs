//! Produce: appends batches, and answers when they are as durable as the client asked for.
//!
//! All batches are appended, in the order of the request, before the handler returns. An append may wait
//! until its segment is rolled; later requests of the connection wait with it. The response may wait
//! for the sync. A request with `acks=0` gets no response; if an append failed, the
//! connection is closed, as in Kafka, because the client would not notice otherwise.

use std::sync::Arc;
use std::time::Duration;

use io::Clock;
use wire::messages::produce_request::{PartitionProduceData, ProduceRequest};
use wire::messages::produce_response::{
    BatchIndexAndErrorMessage, PartitionProduceResponse, ProduceResponse, TopicProduceResponse,
};
use wire::{ApiError, ErrorCode, Records};

use super::prepare::Prepared;
use crate::partition::Partition;
use crate::partition::append::{AppendRefused, Appended, ClientAppend};
use crate::request::{Call, Reply, later};

const ACKS_ALL: i16 = -1;

/// An append whose response waits for the high watermark.
struct Waiting {
    topic: usize,
    partition: usize,
    appended: Arc<Partition>,
    /// The high watermark that the response waits for.
    offset: i64,
    leader_epoch: i32,
}

pub(super) async fn handle(
    mut prepared: Prepared,
    clock: &Clock,
    call: &Call,
    request: ProduceRequest,
) -> Reply {
    let acks = request.acks;
    let mut response = ProduceResponse::default();
    let mut waiting = Vec::new();
    let mut failed = false;
    for (t, topic) in request.topic_data.iter().enumerate() {
        let mut answers = Vec::with_capacity(topic.partition_data.len());
        for (p, data) in topic.partition_data.iter().enumerate() {
            let partition = prepared.next();
            match produce(partition, call.version, acks, data).await {
                Ok((partition, appended)) => {
                    answers.push(PartitionProduceResponse {
                        index: data.index,
                        error_code: ErrorCode::None.code(),
                        base_offset: appended.base_offset,
                        log_append_time_ms: appended.log_append_time_ms,
                        log_start_offset: appended.log_start_offset,
                        ..Default::default()
                    });
                    if acks == ACKS_ALL {
                        let offset = appended.last_offset + 1;
                        waiting.push(Waiting {
                            topic: t,
                            partition: p,
                            appended: partition,
                            offset,
                            leader_epoch: appended.leader_epoch,
                        });
                    }
                }
                Err(refused) => {
                    failed = true;
                    answers.push(refusal(data.index, refused));
                }
            }
        }
        response.responses.push(TopicProduceResponse {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partition_responses: answers,
        });
    }
    if acks == 0 {
        return if failed { Reply::Close } else { Reply::None };
    }
    if waiting
        .iter()
        .all(|w| w.appended.high_watermark() >= w.offset)
    {
        return call.now(&response);
    }
    let (clock, call) = (clock.clone(), call.clone());
    let timeout = Duration::from_millis(request.timeout_ms.max(0) as u64);
    later(async move {
        let deadline = clock.elapsed().saturating_add(timeout);
        for w in waiting {
            let left = deadline.saturating_sub(clock.elapsed());
            let error = match clock
                .timeout(left, w.appended.committed_in(w.leader_epoch, w.offset))
                .await
            {
                Some(Ok(())) => continue,
                Some(Err(error)) => error,
                None => ErrorCode::RequestTimedOut,
            };
            let answer = &mut response.responses[w.topic].partition_responses[w.partition];
            *answer = refusal(answer.index, AppendRefused::from(error));
        }
        call.answer(&response)
    })
}

async fn produce(
    partition: Result<Arc<Partition>, ErrorCode>,
    version: i16,
    acks: i16,
    data: &PartitionProduceData,
) -> Result<(Arc<Partition>, Appended), AppendRefused> {
    if !(ACKS_ALL..=1).contains(&acks) {
        return Err(ErrorCode::InvalidRequiredAcks.into());
    }
    let partition = partition?;
    if partition.is_internal() {
        return Err(ApiError::new(
            ErrorCode::InvalidTopicException,
            format!("{} is an internal topic", partition.id().topic),
        )
        .into());
    }
    let Records::Bytes(records) = &data.records else {
        return Err(ApiError::new(
            ErrorCode::InvalidRecord,
            "a produce request must have one record batch per partition",
        )
        .into());
    };
    let how = ClientAppend {
        acks_all: acks == ACKS_ALL,
        version,
    };
    let appended = partition.append_from_client(records, how).await?;
    Ok((partition, appended))
}

fn refusal(index: i32, refused: AppendRefused) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        error_code: refused.error.code.code(),
        base_offset: -1,
        log_append_time_ms: -1,
        log_start_offset: -1,
        record_errors: refused
            .records
            .into_iter()
            .map(|(batch_index, message)| BatchIndexAndErrorMessage {
                batch_index,
                batch_index_error_message: Some(message.into()),
            })
            .collect(),
        error_message: refused.error.own_message(),
        ..Default::default()
    }
}
