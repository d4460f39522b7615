//! ListOffsets: the first and last offsets of partitions, and offsets for timestamps.

use std::collections::BTreeSet;
use std::sync::Arc;

use io::{Pool, Tasks};
use wire::ErrorCode;
use wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsRequest};
use wire::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsResponse, ListOffsetsTopicResponse,
};

use super::prepare::Prepared;
use crate::partition::Partition;
use crate::partition::offsets::{Found, NOTHING, OffsetSpec};
use crate::partition::read::Isolation;
use crate::request::{Call, Reply, later};

/// A look-up that may read segments, so it does not run on the thread of a connection.
struct Search {
    /// Index in the response.
    topic: usize,
    partition: usize,
    in_partition: Arc<Partition>,
    spec: OffsetSpec,
}

pub(super) fn handle(
    mut prepared: Prepared,
    tasks: &Tasks,
    call: &Call,
    request: &ListOffsetsRequest,
) -> Reply {
    let isolation = match request.isolation_level {
        0 => Isolation::ReadUncommitted,
        _ => Isolation::ReadCommitted,
    };
    let mut response = ListOffsetsResponse::default();
    let mut searches = Vec::new();
    for (t, topic) in request.topics.iter().enumerate() {
        let mut seen = BTreeSet::new();
        let mut repeated = BTreeSet::new();
        for requested in &topic.partitions {
            if !seen.insert(requested.partition_index) {
                repeated.insert(requested.partition_index);
            }
        }
        let mut answers = Vec::with_capacity(topic.partitions.len());
        for (p, requested) in topic.partitions.iter().enumerate() {
            let found = prepared.next();
            let found = match repeated.contains(&requested.partition_index) {
                true => Err(ErrorCode::InvalidRequest),
                false => resolve(found, call.version, requested),
            };
            let found = found.and_then(|(partition, spec)| match spec.is_search() {
                false => partition.look_up(spec, isolation),
                true => {
                    searches.push(Search {
                        topic: t,
                        partition: p,
                        in_partition: partition,
                        spec,
                    });
                    Ok(NOTHING)
                }
            });
            answers.push(answer(call, requested.partition_index, found));
        }
        response.topics.push(ListOffsetsTopicResponse {
            name: topic.name.clone(),
            partitions: answers,
        });
    }
    if searches.is_empty() {
        return call.now(&response);
    }
    let (tasks, call) = (tasks.clone(), call.clone());
    later(async move {
        let searching = move || -> Vec<_> {
            let results = searches.into_iter().map(|search| {
                let found = search.in_partition.look_up(search.spec, isolation);
                (search.topic, search.partition, found)
            });
            results.collect()
        };
        for (t, p, found) in tasks.blocking(Pool::Request, searching).await {
            let place = &mut response.topics[t].partitions[p];
            *place = answer(&call, place.partition_index, found);
        }
        call.answer(&response)
    })
}

fn resolve(
    partition: Result<Arc<Partition>, ErrorCode>,
    version: i16,
    requested: &ListOffsetsPartition,
) -> Result<(Arc<Partition>, OffsetSpec), ErrorCode> {
    let partition = partition?;
    partition.check_leader_epoch(requested.current_leader_epoch)?;
    Ok((
        partition,
        OffsetSpec::of_timestamp(requested.timestamp, version)?,
    ))
}

fn answer(
    call: &Call,
    partition_index: i32,
    found: Result<Found, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    match found {
        Ok(found) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: ErrorCode::None.code(),
            timestamp: found.timestamp_ms,
            offset: found.offset,
            leader_epoch: match call.version {
                ..4 => -1,
                _ => found.leader_epoch,
            },
        },
        Err(error) => ListOffsetsPartitionResponse {
            partition_index,
            error_code: error.code(),
            timestamp: -1,
            offset: -1,
            leader_epoch: -1,
        },
    }
}
