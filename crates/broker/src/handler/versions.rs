//! Which requests are served, in which versions, and what is advertised to clients.

use std::ops::RangeInclusive;

use wire::ApiKey;

/// Every request served, by key.
pub(crate) const SERVED: &[ApiKey] = &[
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::OffsetCommit,
    ApiKey::OffsetFetch,
    ApiKey::FindCoordinator,
    ApiKey::JoinGroup,
    ApiKey::Heartbeat,
    ApiKey::LeaveGroup,
    ApiKey::SyncGroup,
    ApiKey::DescribeGroups,
    ApiKey::ListGroups,
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::DeleteRecords,
    ApiKey::InitProducerId,
    ApiKey::OffsetForLeaderEpoch,
    ApiKey::DescribeConfigs,
    ApiKey::AlterConfigs,
    ApiKey::CreatePartitions,
    ApiKey::DeleteGroups,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::OffsetDelete,
    ApiKey::DescribeCluster,
];

/// Whether requests of this kind are served at all.
pub(crate) fn is_served(key: ApiKey) -> bool {
    SERVED.contains(&key)
}

/// The versions served.
pub(crate) fn range(key: ApiKey) -> RangeInclusive<i16> {
    key.valid_versions()
}

/// The versions advertised. Differs from [`range`] for Produce only: librdkafka does not recognise
/// a broker whose lowest Produce version is not 0, so versions 0 to 2 are advertised and refused, as
/// in Kafka (KAFKA-18659).
pub(crate) fn advertised(key: ApiKey) -> RangeInclusive<i16> {
    let range = range(key);
    match key {
        ApiKey::Produce => 0..=*range.end(),
        _ => range,
    }
}
