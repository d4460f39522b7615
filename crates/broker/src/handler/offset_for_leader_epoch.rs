//! OffsetForLeaderEpoch: where a leader epoch ends. A consumer compares it with its position to find
//! out that the log was truncated below it (KIP-320).

use std::sync::Arc;

use wire::ErrorCode;
use wire::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderEpochRequest, OffsetForLeaderPartition,
};
use wire::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderEpochResponse, OffsetForLeaderTopicResult,
};

use super::prepare::Prepared;
use crate::partition::Partition;
use crate::request::{Call, Reply};

pub(super) fn handle(
    mut prepared: Prepared,
    call: &Call,
    request: &OffsetForLeaderEpochRequest,
) -> Reply {
    let topics = request.topics.iter().map(|topic| {
        let answers = topic.partitions.iter().map(|requested| {
            let (error, leader_epoch, end_offset) = match look_up(prepared.next(), requested) {
                Ok((epoch, offset)) => (ErrorCode::None, epoch, offset),
                Err(error) => (error, -1, -1),
            };
            EpochEndOffset {
                error_code: error.code(),
                partition: requested.partition,
                leader_epoch,
                end_offset,
            }
        });
        OffsetForLeaderTopicResult {
            topic: topic.topic.clone(),
            partitions: answers.collect(),
        }
    });
    call.now(&OffsetForLeaderEpochResponse {
        topics: topics.collect(),
        ..Default::default()
    })
}

fn look_up(
    partition: Result<Arc<Partition>, ErrorCode>,
    requested: &OffsetForLeaderPartition,
) -> Result<(i32, i64), ErrorCode> {
    let partition = partition?;
    partition.check_leader_epoch(requested.current_leader_epoch)?;
    partition.end_of_epoch(requested.leader_epoch)
}
