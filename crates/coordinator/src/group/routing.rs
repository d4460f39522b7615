//! Routing: finding the shard of a group, splitting requests and merging responses.

use std::collections::BTreeMap;

use wire::ErrorCode;

use super::{GroupRequest, GroupResponse};

/// The partition of `__consumer_offsets` of a group: the absolute value of Java's string hash, modulo
/// the number of partitions.
///
/// It must be Kafka's: tools compute it, and data directories written by Kafka depend on it.
pub fn partition_for(group: &str, partitions: i32) -> i32 {
    assert!(partitions > 0, "a topic has partitions");
    let mut hash: i32 = 0;
    for unit in group.encode_utf16() {
        hash = hash.wrapping_mul(31).wrapping_add(i32::from(unit));
    }
    // As in Kafka, the absolute value of the smallest number is 0.
    hash.checked_abs().unwrap_or(0) % partitions
}

/// Split a request into parts, each for the shard of one partition.
///
/// A request about all groups is sent to every partition.
pub fn split(request: GroupRequest, partitions: i32) -> BTreeMap<i32, GroupRequest> {
    let mut parts: BTreeMap<i32, GroupRequest> = BTreeMap::new();
    match request {
        GroupRequest::ListGroups(request) => {
            parts.extend(
                (0..partitions)
                    .map(|partition| (partition, GroupRequest::ListGroups(request.clone()))),
            );
        }
        GroupRequest::OffsetFetch(mut request) => {
            for group in std::mem::take(&mut request.groups) {
                let partition = partition_for(&group.group_id, partitions);
                let part = parts
                    .entry(partition)
                    .or_insert_with(|| GroupRequest::OffsetFetch(request.clone()));
                if let GroupRequest::OffsetFetch(part) = part {
                    part.groups.push(group);
                }
            }
        }
        GroupRequest::DescribeGroups(mut request) => {
            for group in std::mem::take(&mut request.groups) {
                let partition = partition_for(&group, partitions);
                let part = parts
                    .entry(partition)
                    .or_insert_with(|| GroupRequest::DescribeGroups(request.clone()));
                if let GroupRequest::DescribeGroups(part) = part {
                    part.groups.push(group);
                }
            }
        }
        GroupRequest::DeleteGroups(mut request) => {
            for group in std::mem::take(&mut request.groups_names) {
                let partition = partition_for(&group, partitions);
                let part = parts
                    .entry(partition)
                    .or_insert_with(|| GroupRequest::DeleteGroups(request.clone()));
                if let GroupRequest::DeleteGroups(part) = part {
                    part.groups_names.push(group);
                }
            }
        }
        one => {
            let partition = partition_for(one.groups()[0], partitions);
            parts.insert(partition, one);
        }
    }
    parts
}

/// Merge the responses to the parts of `request`.
///
/// Groups are in the order of the request. The response to ListGroups has an error only if a shard is
/// loading; it still has the groups of the other shards.
pub fn merge(
    request: &GroupRequest,
    parts: impl IntoIterator<Item = GroupResponse>,
) -> GroupResponse {
    let mut whole = request.error_response(ErrorCode::None);
    match &mut whole {
        GroupResponse::OffsetFetch(response) => response.groups.clear(),
        GroupResponse::DescribeGroups(response) => response.groups.clear(),
        GroupResponse::DeleteGroups(response) => response.results.clear(),
        _ => {}
    }
    for part in parts {
        match (&mut whole, part) {
            (GroupResponse::OffsetFetch(whole), GroupResponse::OffsetFetch(part)) => {
                whole.groups.extend(part.groups);
            }
            (GroupResponse::DescribeGroups(whole), GroupResponse::DescribeGroups(part)) => {
                whole.groups.extend(part.groups);
            }
            (GroupResponse::DeleteGroups(whole), GroupResponse::DeleteGroups(part)) => {
                whole.results.extend(part.results);
            }
            (GroupResponse::ListGroups(whole), GroupResponse::ListGroups(part)) => {
                // NOT_COORDINATOR is not passed on: another broker lists the groups of that shard.
                if part.error_code == ErrorCode::CoordinatorLoadInProgress.code() {
                    whole.error_code = part.error_code;
                }
                whole.groups.extend(part.groups);
            }
            (whole, part) => *whole = part,
        }
    }
    let order: BTreeMap<_, _> = request.groups().into_iter().zip(0..).collect();
    match &mut whole {
        GroupResponse::OffsetFetch(response) => response
            .groups
            .sort_by_key(|group| order.get(&group.group_id)),
        GroupResponse::DescribeGroups(response) => {
            response
                .groups
                .sort_by_key(|group| order.get(&group.group_id));
        }
        GroupResponse::DeleteGroups(response) => {
            response
                .results
                .sort_by_key(|result| order.get(&result.group_id));
        }
        _ => {}
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::StrBytes;
    use wire::messages::DescribeGroupsRequest;

    /// Expected values were computed by Kafka.
    #[test]
    fn a_group_is_in_the_same_partition_as_in_kafka() {
        assert_eq!(partition_for("", 50), 0);
        assert_eq!(partition_for("a", 50), 47);
        assert_eq!(partition_for("console-consumer-12345", 50), 6);
        assert_eq!(partition_for("größe", 50), 7);
        // Its hash is the smallest 32-bit number.
        assert_eq!(partition_for("polygenelubricants", 50), 0);
    }

    #[test]
    fn merged_responses_have_the_order_of_the_request() {
        let groups: Vec<StrBytes> = ["c", "a", "b"].map(StrBytes::from).to_vec();
        let request = GroupRequest::DescribeGroups(DescribeGroupsRequest {
            groups,
            ..Default::default()
        });
        let parts = split(request.clone(), 50);
        assert_eq!(parts.len(), 3);
        let responses = parts
            .values()
            .map(|part| part.error_response(ErrorCode::NotCoordinator));
        let whole = merge(&request, responses);
        assert_eq!(whole, request.error_response(ErrorCode::NotCoordinator));
    }
}
