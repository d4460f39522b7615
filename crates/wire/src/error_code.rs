//! Error codes of responses. Codes, names and whether a request may be retried are Kafka's; the
//! messages are ours.

use std::fmt;

/// An error code of Kafka. [`ErrorCode::message`], in the table below, explains each.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub enum ErrorCode {
    UnknownServerError = -1,
    #[default]
    None = 0,
    OffsetOutOfRange = 1,
    CorruptMessage = 2,
    UnknownTopicOrPartition = 3,
    InvalidFetchSize = 4,
    LeaderNotAvailable = 5,
    NotLeaderOrFollower = 6,
    RequestTimedOut = 7,
    BrokerNotAvailable = 8,
    ReplicaNotAvailable = 9,
    MessageTooLarge = 10,
    StaleControllerEpoch = 11,
    OffsetMetadataTooLarge = 12,
    NetworkException = 13,
    CoordinatorLoadInProgress = 14,
    CoordinatorNotAvailable = 15,
    NotCoordinator = 16,
    InvalidTopicException = 17,
    RecordListTooLarge = 18,
    NotEnoughReplicas = 19,
    NotEnoughReplicasAfterAppend = 20,
    InvalidRequiredAcks = 21,
    IllegalGeneration = 22,
    InconsistentGroupProtocol = 23,
    InvalidGroupId = 24,
    UnknownMemberId = 25,
    InvalidSessionTimeout = 26,
    RebalanceInProgress = 27,
    InvalidCommitOffsetSize = 28,
    TopicAuthorizationFailed = 29,
    GroupAuthorizationFailed = 30,
    ClusterAuthorizationFailed = 31,
    InvalidTimestamp = 32,
    UnsupportedSaslMechanism = 33,
    IllegalSaslState = 34,
    UnsupportedVersion = 35,
    TopicAlreadyExists = 36,
    InvalidPartitions = 37,
    InvalidReplicationFactor = 38,
    InvalidReplicaAssignment = 39,
    InvalidConfig = 40,
    NotController = 41,
    InvalidRequest = 42,
    UnsupportedForMessageFormat = 43,
    PolicyViolation = 44,
    OutOfOrderSequenceNumber = 45,
    DuplicateSequenceNumber = 46,
    InvalidProducerEpoch = 47,
    InvalidTxnState = 48,
    InvalidProducerIdMapping = 49,
    InvalidTransactionTimeout = 50,
    ConcurrentTransactions = 51,
    TransactionCoordinatorFenced = 52,
    TransactionalIdAuthorizationFailed = 53,
    SecurityDisabled = 54,
    OperationNotAttempted = 55,
    KafkaStorageError = 56,
    LogDirNotFound = 57,
    SaslAuthenticationFailed = 58,
    UnknownProducerId = 59,
    ReassignmentInProgress = 60,
    DelegationTokenAuthDisabled = 61,
    DelegationTokenNotFound = 62,
    DelegationTokenOwnerMismatch = 63,
    DelegationTokenRequestNotAllowed = 64,
    DelegationTokenAuthorizationFailed = 65,
    DelegationTokenExpired = 66,
    InvalidPrincipalType = 67,
    NonEmptyGroup = 68,
    GroupIdNotFound = 69,
    FetchSessionIdNotFound = 70,
    InvalidFetchSessionEpoch = 71,
    ListenerNotFound = 72,
    TopicDeletionDisabled = 73,
    FencedLeaderEpoch = 74,
    UnknownLeaderEpoch = 75,
    UnsupportedCompressionType = 76,
    StaleBrokerEpoch = 77,
    OffsetNotAvailable = 78,
    MemberIdRequired = 79,
    PreferredLeaderNotAvailable = 80,
    GroupMaxSizeReached = 81,
    FencedInstanceId = 82,
    EligibleLeadersNotAvailable = 83,
    ElectionNotNeeded = 84,
    NoReassignmentInProgress = 85,
    GroupSubscribedToTopic = 86,
    InvalidRecord = 87,
    UnstableOffsetCommit = 88,
    ThrottlingQuotaExceeded = 89,
    ProducerFenced = 90,
    ResourceNotFound = 91,
    DuplicateResource = 92,
    UnacceptableCredential = 93,
    InconsistentVoterSet = 94,
    InvalidUpdateVersion = 95,
    FeatureUpdateFailed = 96,
    PrincipalDeserializationFailure = 97,
    SnapshotNotFound = 98,
    PositionOutOfRange = 99,
    UnknownTopicId = 100,
    DuplicateBrokerRegistration = 101,
    BrokerIdNotRegistered = 102,
    InconsistentTopicId = 103,
    InconsistentClusterId = 104,
    TransactionalIdNotFound = 105,
    FetchSessionTopicIdError = 106,
    IneligibleReplica = 107,
    NewLeaderElected = 108,
    OffsetMovedToTieredStorage = 109,
    FencedMemberEpoch = 110,
    UnreleasedInstanceId = 111,
    UnsupportedAssignor = 112,
    StaleMemberEpoch = 113,
    MismatchedEndpointType = 114,
    UnsupportedEndpointType = 115,
    UnknownControllerId = 116,
    UnknownSubscriptionId = 117,
    TelemetryTooLarge = 118,
    InvalidRegistration = 119,
    TransactionAbortable = 120,
    InvalidRecordState = 121,
    ShareSessionNotFound = 122,
    InvalidShareSessionEpoch = 123,
    FencedStateEpoch = 124,
    InvalidVoterKey = 125,
    DuplicateVoter = 126,
    VoterNotFound = 127,
    InvalidRegularExpression = 128,
    RebootstrapRequired = 129,
    StreamsInvalidTopology = 130,
    StreamsInvalidTopologyEpoch = 131,
    StreamsTopologyFenced = 132,
    ShareSessionLimitReached = 133,
}

struct Row {
    code: ErrorCode,
    name: &'static str,
    retriable: bool,
    message: &'static str,
}

const fn row(code: ErrorCode, name: &'static str, retriable: bool, message: &'static str) -> Row {
    Row {
        code,
        name,
        retriable,
        message,
    }
}

const RETRIABLE: bool = true;
const FINAL: bool = false;

/// In the order of the codes, which have no gaps from -1 on.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    row(ErrorCode::UnknownServerError, "UNKNOWN_SERVER_ERROR", FINAL, "The broker failed with an unexpected error."),
    row(ErrorCode::None, "NONE", FINAL, "No error."),
    row(ErrorCode::OffsetOutOfRange, "OFFSET_OUT_OF_RANGE", FINAL, "The offset is outside the range of the partition."),
    row(ErrorCode::CorruptMessage, "CORRUPT_MESSAGE", RETRIABLE, "A record batch is damaged, oversized, or has no key although its topic is compacted."),
    row(ErrorCode::UnknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PARTITION", RETRIABLE, "This broker does not host the topic or partition."),
    row(ErrorCode::InvalidFetchSize, "INVALID_FETCH_SIZE", FINAL, "The fetch size is not valid."),
    row(ErrorCode::LeaderNotAvailable, "LEADER_NOT_AVAILABLE", RETRIABLE, "The partition has no leader at the moment."),
    row(ErrorCode::NotLeaderOrFollower, "NOT_LEADER_OR_FOLLOWER", RETRIABLE, "This broker is not the leader, or not a replica, of the partition."),
    row(ErrorCode::RequestTimedOut, "REQUEST_TIMED_OUT", RETRIABLE, "The request was not finished in time."),
    row(ErrorCode::BrokerNotAvailable, "BROKER_NOT_AVAILABLE", FINAL, "The broker is not available."),
    row(ErrorCode::ReplicaNotAvailable, "REPLICA_NOT_AVAILABLE", RETRIABLE, "The replica is not available."),
    row(ErrorCode::MessageTooLarge, "MESSAGE_TOO_LARGE", FINAL, "A record batch is larger than the broker accepts."),
    row(ErrorCode::StaleControllerEpoch, "STALE_CONTROLLER_EPOCH", FINAL, "Another controller has taken over."),
    row(ErrorCode::OffsetMetadataTooLarge, "OFFSET_METADATA_TOO_LARGE", FINAL, "The metadata committed with an offset is too long."),
    row(ErrorCode::NetworkException, "NETWORK_EXCEPTION", RETRIABLE, "The connection broke before a response came."),
    row(ErrorCode::CoordinatorLoadInProgress, "COORDINATOR_LOAD_IN_PROGRESS", RETRIABLE, "The coordinator is still loading its state."),
    row(ErrorCode::CoordinatorNotAvailable, "COORDINATOR_NOT_AVAILABLE", RETRIABLE, "There is no coordinator at the moment."),
    row(ErrorCode::NotCoordinator, "NOT_COORDINATOR", RETRIABLE, "This broker is not the coordinator of the group or transaction."),
    row(ErrorCode::InvalidTopicException, "INVALID_TOPIC_EXCEPTION", FINAL, "The topic's name is not valid, or the topic must not be used this way."),
    row(ErrorCode::RecordListTooLarge, "RECORD_LIST_TOO_LARGE", FINAL, "The record batch is larger than a segment."),
    row(ErrorCode::NotEnoughReplicas, "NOT_ENOUGH_REPLICAS", RETRIABLE, "Fewer replicas are in sync than min.insync.replicas of the topic."),
    row(ErrorCode::NotEnoughReplicasAfterAppend, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", RETRIABLE, "The records were written, but to fewer in-sync replicas than min.insync.replicas of the topic."),
    row(ErrorCode::InvalidRequiredAcks, "INVALID_REQUIRED_ACKS", FINAL, "The number of required acknowledgements is not -1, 0 or 1."),
    row(ErrorCode::IllegalGeneration, "ILLEGAL_GENERATION", FINAL, "The generation is not the group's current one."),
    row(ErrorCode::InconsistentGroupProtocol, "INCONSISTENT_GROUP_PROTOCOL", FINAL, "The member's protocols do not match those of the group."),
    row(ErrorCode::InvalidGroupId, "INVALID_GROUP_ID", FINAL, "The group id is not valid."),
    row(ErrorCode::UnknownMemberId, "UNKNOWN_MEMBER_ID", FINAL, "The coordinator does not know this member."),
    row(ErrorCode::InvalidSessionTimeout, "INVALID_SESSION_TIMEOUT", FINAL, "The session timeout is outside the range that the broker allows."),
    row(ErrorCode::RebalanceInProgress, "REBALANCE_IN_PROGRESS", FINAL, "The group is rebalancing: join again."),
    row(ErrorCode::InvalidCommitOffsetSize, "INVALID_COMMIT_OFFSET_SIZE", FINAL, "The offset commit is too large."),
    row(ErrorCode::TopicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED", FINAL, "Not authorized for the topic."),
    row(ErrorCode::GroupAuthorizationFailed, "GROUP_AUTHORIZATION_FAILED", FINAL, "Not authorized for the group."),
    row(ErrorCode::ClusterAuthorizationFailed, "CLUSTER_AUTHORIZATION_FAILED", FINAL, "Not authorized for the cluster."),
    row(ErrorCode::InvalidTimestamp, "INVALID_TIMESTAMP", FINAL, "A record's timestamp is outside the range that the topic allows."),
    row(ErrorCode::UnsupportedSaslMechanism, "UNSUPPORTED_SASL_MECHANISM", FINAL, "The broker does not offer this SASL mechanism."),
    row(ErrorCode::IllegalSaslState, "ILLEGAL_SASL_STATE", FINAL, "The request does not fit the state of authentication."),
    row(ErrorCode::UnsupportedVersion, "UNSUPPORTED_VERSION", FINAL, "The broker does not support this version of the request."),
    row(ErrorCode::TopicAlreadyExists, "TOPIC_ALREADY_EXISTS", FINAL, "A topic with this name exists."),
    row(ErrorCode::InvalidPartitions, "INVALID_PARTITIONS", FINAL, "The number of partitions is not valid."),
    row(ErrorCode::InvalidReplicationFactor, "INVALID_REPLICATION_FACTOR", FINAL, "The replication factor is below 1 or above the number of brokers."),
    row(ErrorCode::InvalidReplicaAssignment, "INVALID_REPLICA_ASSIGNMENT", FINAL, "The assignment of replicas is not valid."),
    row(ErrorCode::InvalidConfig, "INVALID_CONFIG", FINAL, "A configuration is not valid."),
    row(ErrorCode::NotController, "NOT_CONTROLLER", RETRIABLE, "This node is not the active controller."),
    row(ErrorCode::InvalidRequest, "INVALID_REQUEST", FINAL, "The request is malformed or contradicts itself."),
    row(ErrorCode::UnsupportedForMessageFormat, "UNSUPPORTED_FOR_MESSAGE_FORMAT", FINAL, "The message format of the topic does not allow the request."),
    row(ErrorCode::PolicyViolation, "POLICY_VIOLATION", FINAL, "A policy of the broker forbids the request."),
    row(ErrorCode::OutOfOrderSequenceNumber, "OUT_OF_ORDER_SEQUENCE_NUMBER", FINAL, "A sequence number is not the one that follows."),
    row(ErrorCode::DuplicateSequenceNumber, "DUPLICATE_SEQUENCE_NUMBER", FINAL, "The batch was written before."),
    row(ErrorCode::InvalidProducerEpoch, "INVALID_PRODUCER_EPOCH", FINAL, "The producer's epoch is out of date."),
    row(ErrorCode::InvalidTxnState, "INVALID_TXN_STATE", FINAL, "The transaction's state does not allow this."),
    row(ErrorCode::InvalidProducerIdMapping, "INVALID_PRODUCER_ID_MAPPING", FINAL, "The producer id does not belong to the transactional id."),
    row(ErrorCode::InvalidTransactionTimeout, "INVALID_TRANSACTION_TIMEOUT", FINAL, "The transaction timeout is longer than the broker allows."),
    row(ErrorCode::ConcurrentTransactions, "CONCURRENT_TRANSACTIONS", RETRIABLE, "Another operation on the same transaction is in progress."),
    row(ErrorCode::TransactionCoordinatorFenced, "TRANSACTION_COORDINATOR_FENCED", FINAL, "The transaction's coordinator has been replaced."),
    row(ErrorCode::TransactionalIdAuthorizationFailed, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", FINAL, "Not authorized for the transactional id."),
    row(ErrorCode::SecurityDisabled, "SECURITY_DISABLED", FINAL, "Security is switched off."),
    row(ErrorCode::OperationNotAttempted, "OPERATION_NOT_ATTEMPTED", FINAL, "Not attempted, because another part of the request failed."),
    row(ErrorCode::KafkaStorageError, "KAFKA_STORAGE_ERROR", RETRIABLE, "A disk operation failed."),
    row(ErrorCode::LogDirNotFound, "LOG_DIR_NOT_FOUND", FINAL, "The broker has no such log directory."),
    row(ErrorCode::SaslAuthenticationFailed, "SASL_AUTHENTICATION_FAILED", FINAL, "Authentication failed."),
    row(ErrorCode::UnknownProducerId, "UNKNOWN_PRODUCER_ID", FINAL, "The producer id is unknown, perhaps because its records have been deleted."),
    row(ErrorCode::ReassignmentInProgress, "REASSIGNMENT_IN_PROGRESS", FINAL, "The partition is being reassigned."),
    row(ErrorCode::DelegationTokenAuthDisabled, "DELEGATION_TOKEN_AUTH_DISABLED", FINAL, "Delegation tokens are switched off."),
    row(ErrorCode::DelegationTokenNotFound, "DELEGATION_TOKEN_NOT_FOUND", FINAL, "There is no such delegation token."),
    row(ErrorCode::DelegationTokenOwnerMismatch, "DELEGATION_TOKEN_OWNER_MISMATCH", FINAL, "The principal is neither owner nor renewer of the token."),
    row(ErrorCode::DelegationTokenRequestNotAllowed, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", FINAL, "Delegation tokens cannot be requested over this connection."),
    row(ErrorCode::DelegationTokenAuthorizationFailed, "DELEGATION_TOKEN_AUTHORIZATION_FAILED", FINAL, "Not authorized for the delegation token."),
    row(ErrorCode::DelegationTokenExpired, "DELEGATION_TOKEN_EXPIRED", FINAL, "The delegation token has expired."),
    row(ErrorCode::InvalidPrincipalType, "INVALID_PRINCIPAL_TYPE", FINAL, "This kind of principal is not supported."),
    row(ErrorCode::NonEmptyGroup, "NON_EMPTY_GROUP", FINAL, "The group still has members."),
    row(ErrorCode::GroupIdNotFound, "GROUP_ID_NOT_FOUND", FINAL, "There is no group with this id."),
    row(ErrorCode::FetchSessionIdNotFound, "FETCH_SESSION_ID_NOT_FOUND", RETRIABLE, "The broker does not know this fetch session."),
    row(ErrorCode::InvalidFetchSessionEpoch, "INVALID_FETCH_SESSION_EPOCH", RETRIABLE, "The fetch session is at another epoch."),
    row(ErrorCode::ListenerNotFound, "LISTENER_NOT_FOUND", RETRIABLE, "The leader has no listener with the name of this listener."),
    row(ErrorCode::TopicDeletionDisabled, "TOPIC_DELETION_DISABLED", FINAL, "Deleting topics is switched off."),
    row(ErrorCode::FencedLeaderEpoch, "FENCED_LEADER_EPOCH", RETRIABLE, "The leader epoch of the request is older than the broker's."),
    row(ErrorCode::UnknownLeaderEpoch, "UNKNOWN_LEADER_EPOCH", RETRIABLE, "The leader epoch of the request is newer than the broker's."),
    row(ErrorCode::UnsupportedCompressionType, "UNSUPPORTED_COMPRESSION_TYPE", FINAL, "The client does not understand this compression."),
    row(ErrorCode::StaleBrokerEpoch, "STALE_BROKER_EPOCH", FINAL, "The broker's epoch has changed."),
    row(ErrorCode::OffsetNotAvailable, "OFFSET_NOT_AVAILABLE", RETRIABLE, "Not known yet: the new leader's high watermark has not caught up."),
    row(ErrorCode::MemberIdRequired, "MEMBER_ID_REQUIRED", FINAL, "Join again with the member id of this response."),
    row(ErrorCode::PreferredLeaderNotAvailable, "PREFERRED_LEADER_NOT_AVAILABLE", RETRIABLE, "The preferred leader is not available."),
    row(ErrorCode::GroupMaxSizeReached, "GROUP_MAX_SIZE_REACHED", FINAL, "The group is full."),
    row(ErrorCode::FencedInstanceId, "FENCED_INSTANCE_ID", FINAL, "Another member has taken over the group instance id."),
    row(ErrorCode::EligibleLeadersNotAvailable, "ELIGIBLE_LEADERS_NOT_AVAILABLE", RETRIABLE, "No eligible replica can lead the partition."),
    row(ErrorCode::ElectionNotNeeded, "ELECTION_NOT_NEEDED", RETRIABLE, "The partition needs no election."),
    row(ErrorCode::NoReassignmentInProgress, "NO_REASSIGNMENT_IN_PROGRESS", FINAL, "No reassignment of the partition is in progress."),
    row(ErrorCode::GroupSubscribedToTopic, "GROUP_SUBSCRIBED_TO_TOPIC", FINAL, "The group is subscribed to the topic."),
    row(ErrorCode::InvalidRecord, "INVALID_RECORD", FINAL, "A record is not valid."),
    row(ErrorCode::UnstableOffsetCommit, "UNSTABLE_OFFSET_COMMIT", RETRIABLE, "Transactions are pending on these offsets."),
    row(ErrorCode::ThrottlingQuotaExceeded, "THROTTLING_QUOTA_EXCEEDED", RETRIABLE, "A quota is used up."),
    row(ErrorCode::ProducerFenced, "PRODUCER_FENCED", FINAL, "A newer producer has taken over the transactional id."),
    row(ErrorCode::ResourceNotFound, "RESOURCE_NOT_FOUND", FINAL, "There is no such resource."),
    row(ErrorCode::DuplicateResource, "DUPLICATE_RESOURCE", FINAL, "The same resource is named twice."),
    row(ErrorCode::UnacceptableCredential, "UNACCEPTABLE_CREDENTIAL", FINAL, "The credential is not acceptable."),
    row(ErrorCode::InconsistentVoterSet, "INCONSISTENT_VOTER_SET", FINAL, "Sender and receiver disagree about the voters."),
    row(ErrorCode::InvalidUpdateVersion, "INVALID_UPDATE_VERSION", FINAL, "The version of the update is not valid."),
    row(ErrorCode::FeatureUpdateFailed, "FEATURE_UPDATE_FAILED", FINAL, "The features could not be updated."),
    row(ErrorCode::PrincipalDeserializationFailure, "PRINCIPAL_DESERIALIZATION_FAILURE", FINAL, "The forwarded principal could not be read."),
    row(ErrorCode::SnapshotNotFound, "SNAPSHOT_NOT_FOUND", FINAL, "There is no such snapshot."),
    row(ErrorCode::PositionOutOfRange, "POSITION_OUT_OF_RANGE", FINAL, "The position lies outside the snapshot."),
    row(ErrorCode::UnknownTopicId, "UNKNOWN_TOPIC_ID", RETRIABLE, "This broker does not know the topic id."),
    row(ErrorCode::DuplicateBrokerRegistration, "DUPLICATE_BROKER_REGISTRATION", FINAL, "A broker with this id is running already."),
    row(ErrorCode::BrokerIdNotRegistered, "BROKER_ID_NOT_REGISTERED", FINAL, "No broker with this id is registered."),
    row(ErrorCode::InconsistentTopicId, "INCONSISTENT_TOPIC_ID", RETRIABLE, "The topic id differs from that of the log."),
    row(ErrorCode::InconsistentClusterId, "INCONSISTENT_CLUSTER_ID", FINAL, "The cluster id differs from that of this cluster."),
    row(ErrorCode::TransactionalIdNotFound, "TRANSACTIONAL_ID_NOT_FOUND", FINAL, "There is no such transactional id."),
    row(ErrorCode::FetchSessionTopicIdError, "FETCH_SESSION_TOPIC_ID_ERROR", RETRIABLE, "The fetch session mixes requests with and without topic ids."),
    row(ErrorCode::IneligibleReplica, "INELIGIBLE_REPLICA", FINAL, "A replica is not eligible to be in sync."),
    row(ErrorCode::NewLeaderElected, "NEW_LEADER_ELECTED", FINAL, "The request was carried out, but the leader has changed."),
    row(ErrorCode::OffsetMovedToTieredStorage, "OFFSET_MOVED_TO_TIERED_STORAGE", FINAL, "The offset has moved to tiered storage."),
    row(ErrorCode::FencedMemberEpoch, "FENCED_MEMBER_EPOCH", FINAL, "The member's epoch is fenced: revoke all partitions and join again."),
    row(ErrorCode::UnreleasedInstanceId, "UNRELEASED_INSTANCE_ID", FINAL, "Another member still holds the group instance id."),
    row(ErrorCode::UnsupportedAssignor, "UNSUPPORTED_ASSIGNOR", FINAL, "The group does not know the assignor."),
    row(ErrorCode::StaleMemberEpoch, "STALE_MEMBER_EPOCH", FINAL, "The member's epoch is out of date: take the new one from a heartbeat."),
    row(ErrorCode::MismatchedEndpointType, "MISMATCHED_ENDPOINT_TYPE", FINAL, "The request was sent to the wrong kind of endpoint."),
    row(ErrorCode::UnsupportedEndpointType, "UNSUPPORTED_ENDPOINT_TYPE", FINAL, "This kind of endpoint is not supported."),
    row(ErrorCode::UnknownControllerId, "UNKNOWN_CONTROLLER_ID", FINAL, "There is no controller with this id."),
    row(ErrorCode::UnknownSubscriptionId, "UNKNOWN_SUBSCRIPTION_ID", FINAL, "The telemetry subscription is not known or out of date."),
    row(ErrorCode::TelemetryTooLarge, "TELEMETRY_TOO_LARGE", FINAL, "The telemetry is larger than the broker accepts."),
    row(ErrorCode::InvalidRegistration, "INVALID_REGISTRATION", FINAL, "The registration is not valid."),
    row(ErrorCode::TransactionAbortable, "TRANSACTION_ABORTABLE", FINAL, "The transaction failed; abort it and continue."),
    row(ErrorCode::InvalidRecordState, "INVALID_RECORD_STATE", FINAL, "The record is not in a state that allows the acknowledgement."),
    row(ErrorCode::ShareSessionNotFound, "SHARE_SESSION_NOT_FOUND", RETRIABLE, "The broker does not know this share session."),
    row(ErrorCode::InvalidShareSessionEpoch, "INVALID_SHARE_SESSION_EPOCH", RETRIABLE, "The share session is at another epoch."),
    row(ErrorCode::FencedStateEpoch, "FENCED_STATE_EPOCH", FINAL, "The share group's state is at another epoch."),
    row(ErrorCode::InvalidVoterKey, "INVALID_VOTER_KEY", FINAL, "The voter's key is not that of the receiver."),
    row(ErrorCode::DuplicateVoter, "DUPLICATE_VOTER", FINAL, "The voter is in the set already."),
    row(ErrorCode::VoterNotFound, "VOTER_NOT_FOUND", FINAL, "The voter is not in the set."),
    row(ErrorCode::InvalidRegularExpression, "INVALID_REGULAR_EXPRESSION", FINAL, "The regular expression is not valid."),
    row(ErrorCode::RebootstrapRequired, "REBOOTSTRAP_REQUIRED", FINAL, "The client's metadata is out of date: start again from the bootstrap servers."),
    row(ErrorCode::StreamsInvalidTopology, "STREAMS_INVALID_TOPOLOGY", FINAL, "The topology is not valid."),
    row(ErrorCode::StreamsInvalidTopologyEpoch, "STREAMS_INVALID_TOPOLOGY_EPOCH", FINAL, "The topology's epoch is not valid."),
    row(ErrorCode::StreamsTopologyFenced, "STREAMS_TOPOLOGY_FENCED", FINAL, "The topology's epoch is out of date."),
    row(ErrorCode::ShareSessionLimitReached, "SHARE_SESSION_LIMIT_REACHED", RETRIABLE, "There are too many share sessions."),
];

impl ErrorCode {
    /// The number in the protocol.
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The error with this number. An unknown number is [`ErrorCode::UnknownServerError`], as in
    /// Kafka's clients.
    pub fn from_code(code: i16) -> ErrorCode {
        let place = usize::try_from(i32::from(code) + 1).ok();
        match place.and_then(|place| TABLE.get(place)) {
            Some(row) => row.code,
            None => ErrorCode::UnknownServerError,
        }
    }

    /// Kafka's name: `"UNKNOWN_TOPIC_OR_PARTITION"`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// A sentence for users.
    pub fn message(self) -> &'static str {
        self.row().message
    }

    /// Whether the same request may succeed later.
    pub fn is_retriable(self) -> bool {
        self.row().retriable
    }

    /// Whether it is not [`ErrorCode::None`].
    pub fn is_error(self) -> bool {
        self != ErrorCode::None
    }

    fn row(self) -> &'static Row {
        &TABLE[(self.code() + 1) as usize]
    }
}

/// Name and message: `UNKNOWN_TOPIC_OR_PARTITION: This broker does not host …`.
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name(), self.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_codes() {
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(i64::from(row.code.code()), place as i64 - 1, "{}", row.name);
        }
    }

    #[test]
    fn an_unknown_code_is_an_unknown_server_error() {
        assert_eq!(ErrorCode::from_code(3), ErrorCode::UnknownTopicOrPartition);
        assert_eq!(ErrorCode::from_code(-1), ErrorCode::UnknownServerError);
        assert_eq!(
            ErrorCode::from_code(i16::MAX),
            ErrorCode::UnknownServerError
        );
        assert_eq!(
            ErrorCode::from_code(i16::MIN),
            ErrorCode::UnknownServerError
        );
    }
}
