//! Consumer groups: list, describe, delete; their committed offsets.

use std::collections::BTreeMap;

use wire::messages::describe_groups_response::DescribedGroup;
use wire::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use wire::messages::offset_fetch_request::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use wire::messages::{
    ConsumerProtocolAssignment, DeleteGroupsRequest, DescribeGroupsRequest, ListGroupsRequest,
    OffsetCommitRequest, OffsetFetchRequest,
};
use wire::{Decoder, ErrorCode, Message, Request, StrBytes, TopicPartition};

use super::Admin;
use crate::{Connection, Error, Result};

/// The first version of OffsetCommit and OffsetFetch that identifies topics by id.
const OFFSETS_BY_ID: i16 = 10;

/// The first version of OffsetFetch for several groups.
const FETCH_BATCHED: i16 = 8;

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupListing {
    /// Its name.
    pub group_id: String,
    /// Protocol type: `consumer`, or empty.
    pub protocol_type: String,
    /// State, as Kafka names it; empty from old brokers.
    pub state: String,
    /// `classic`, `consumer`, ...; empty from old brokers.
    pub group_type: String,
}

/// A group in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its name.
    pub group_id: String,
    /// State, as Kafka names it.
    pub state: String,
    /// Protocol type.
    pub protocol_type: String,
    /// Assignor: `range`, ...
    pub assignor: String,
    /// Id of the coordinator.
    pub coordinator: i32,
    /// Its members.
    pub members: Vec<GroupMember>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Member id.
    pub member_id: String,
    /// `group.instance.id`, if it is a static member.
    pub instance_id: Option<String>,
    /// Client id.
    pub client_id: String,
    /// Host.
    pub client_host: String,
    /// Assigned partitions; empty also if the assignment is not in the format of consumers.
    pub assignment: Vec<TopicPartition>,
}

/// A committed offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The offset of the next record to be read.
    pub offset: i64,
    /// The epoch of the leader that wrote the record before it; −1 if unknown.
    pub leader_epoch: i32,
    /// Metadata that the client committed with the offset.
    pub metadata: String,
}

impl Committed {
    /// An offset without leader epoch and metadata.
    pub fn at(offset: i64) -> Committed {
        Committed {
            offset,
            leader_epoch: -1,
            metadata: String::new(),
        }
    }
}

impl Admin {
    /// All groups of all brokers, by name.
    ///
    /// # Errors
    /// The brokers', or [`Error::Timeout`].
    pub async fn list_groups(&self) -> Result<Vec<GroupListing>> {
        let mut retry = self.client.retry("list groups");
        loop {
            match self.try_list_groups().await {
                Ok(groups) => return Ok(groups),
                Err(error) => retry.after(error).await?,
            }
        }
    }

    async fn try_list_groups(&self) -> Result<Vec<GroupListing>> {
        let mut groups = Vec::new();
        for &broker in self.client.cluster().brokers.keys() {
            let connection = self.client.broker(broker).await?;
            let response = connection.request(&ListGroupsRequest::default()).await?;
            Error::check(response.error_code, None, || "list groups".to_owned())?;
            groups.extend(response.groups.into_iter().map(|group| GroupListing {
                group_id: group.group_id.into(),
                protocol_type: group.protocol_type.into(),
                state: group.group_state.into(),
                group_type: group.group_type.into(),
            }));
        }
        groups.sort();
        Ok(groups)
    }

    /// A group and its members. For a group that does not exist, old brokers return the state `Dead` and new
    /// ones the error `GROUP_ID_NOT_FOUND`.
    ///
    /// # Errors
    /// The broker's, or [`Error::Timeout`].
    pub async fn describe_group(&self, group: &str) -> Result<GroupDescription> {
        let request = DescribeGroupsRequest {
            groups: vec![StrBytes::from(group)],
            ..DescribeGroupsRequest::default()
        };
        let (coordinator, response) = self
            .request_coordinator(group, "describe a group", &request, |response| {
                response.groups.first().map_or(0, |group| group.error_code)
            })
            .await?;
        match response.groups.into_iter().next() {
            Some(described) => Ok(describe(described, coordinator)),
            None => Err(group_error("describe", group, ErrorCode::GroupIdNotFound)),
        }
    }

    /// Deletes a group and its committed offsets. The group must have no members.
    ///
    /// # Errors
    /// `NON_EMPTY_GROUP`, `GROUP_ID_NOT_FOUND`, and other errors of the broker; [`Error::Timeout`].
    pub async fn delete_group(&self, group: &str) -> Result<()> {
        let request = DeleteGroupsRequest {
            groups_names: vec![StrBytes::from(group)],
        };
        self.request_coordinator(group, "delete a group", &request, |response| {
            response
                .results
                .first()
                .map_or(0, |result| result.error_code)
        })
        .await?;
        Ok(())
    }

    /// The committed offsets of a group: for these partitions, or for all.
    ///
    /// # Errors
    /// The broker's, or [`Error::Timeout`].
    pub async fn group_offsets(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<BTreeMap<TopicPartition, Committed>> {
        let mut retry = self.client.retry("read a group's offsets");
        loop {
            match self.try_group_offsets(group, partitions).await {
                Ok(offsets) => return Ok(offsets),
                Err(error) => retry.after(error).await?,
            }
        }
    }

    async fn try_group_offsets(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<BTreeMap<TopicPartition, Committed>> {
        let coordinator = self.client.find_group_coordinator(group).await?;
        let connection = self.client.broker(coordinator).await?;
        fetch_committed(&connection, group, partitions).await
    }

    /// Sets committed offsets of a group. The group must have no members.
    ///
    /// # Errors
    /// `UNKNOWN_MEMBER_ID` if it has members; other errors of the broker; [`Error::Timeout`].
    pub async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &BTreeMap<TopicPartition, Committed>,
    ) -> Result<()> {
        let outsider = Member::default();
        let mut retry = self.client.retry("alter a group's offsets");
        loop {
            let result = match self.client.find_group_coordinator(group).await {
                Ok(coordinator) => match self.client.broker(coordinator).await {
                    Ok(connection) => commit(&connection, group, &outsider, offsets).await,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => return Ok(()),
                Err(error) => retry.after(error).await?,
            }
        }
    }

    /// Sends a request to the coordinator of a group, and retries it. `code` returns the error code of a
    /// response.
    async fn request_coordinator<R: Request>(
        &self,
        group: &str,
        what: &'static str,
        request: &R,
        code: impl Fn(&R::Response) -> i16,
    ) -> Result<(i32, R::Response)> {
        let mut retry = self.client.retry(what);
        loop {
            let result = match self.client.find_group_coordinator(group).await {
                Ok(coordinator) => match self.client.broker(coordinator).await {
                    Ok(connection) => connection
                        .request(request)
                        .await
                        .map(|response| (coordinator, response)),
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            let checked = result.and_then(|(coordinator, response)| {
                Error::check(code(&response), None, || format!("{what}: \"{group}\""))?;
                Ok((coordinator, response))
            });
            match checked {
                Ok(response) => return Ok(response),
                Err(error) => retry.after(error).await?,
            }
        }
    }
}

fn group_error(what: &str, group: &str, code: ErrorCode) -> Error {
    Error::Broker {
        what: format!("{what} group \"{group}\""),
        code,
        message: None,
    }
}

fn describe(group: DescribedGroup, coordinator: i32) -> GroupDescription {
    GroupDescription {
        group_id: group.group_id.into(),
        state: group.group_state.into(),
        protocol_type: group.protocol_type.into(),
        assignor: group.protocol_data.into(),
        coordinator,
        members: group
            .members
            .into_iter()
            .map(|member| GroupMember {
                member_id: member.member_id.into(),
                instance_id: member.group_instance_id.map(String::from),
                client_id: member.client_id.into(),
                client_host: member.client_host.into(),
                assignment: decode_assignment(member.member_assignment).unwrap_or_default(),
            })
            .collect(),
    }
}

/// The partitions of an assignment in the format of consumers; empty bytes are no partitions.
pub(crate) fn decode_assignment(
    bytes: bytes::Bytes,
) -> std::result::Result<Vec<TopicPartition>, wire::DecodeError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut decoder = Decoder::for_frame(bytes);
    // Newer versions only add fields at the end.
    let version = decoder
        .i16()?
        .clamp(0, *ConsumerProtocolAssignment::VALID_VERSIONS.end());
    let assignment = ConsumerProtocolAssignment::decode(&mut decoder, version)?;
    let mut partitions = Vec::new();
    for topic in assignment.assigned_partitions {
        let name = topic.topic.detached();
        for partition in topic.partitions {
            partitions.push(TopicPartition::new(name.clone(), partition));
        }
    }
    Ok(partitions)
}

/// The member that commits. The default is a client outside of the group.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) generation: i32,
    pub(crate) member_id: StrBytes,
    pub(crate) instance_id: Option<StrBytes>,
}

impl Default for Member {
    fn default() -> Member {
        Member {
            generation: -1,
            member_id: StrBytes::EMPTY,
            instance_id: None,
        }
    }
}

/// Commits offsets at a group's coordinator. Does not retry.
pub(crate) async fn commit(
    coordinator: &Connection,
    group: &str,
    member: &Member,
    offsets: &BTreeMap<TopicPartition, Committed>,
) -> Result<()> {
    let mut topics: BTreeMap<StrBytes, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
    for (key, committed) in offsets {
        let partition = OffsetCommitRequestPartition {
            partition_index: key.partition,
            committed_offset: committed.offset,
            committed_leader_epoch: committed.leader_epoch,
            committed_metadata: Some(StrBytes::from(&committed.metadata)),
        };
        topics.entry(key.topic.clone()).or_default().push(partition);
    }
    let request = OffsetCommitRequest {
        group_id: StrBytes::from(group),
        generation_id_or_member_epoch: member.generation,
        member_id: member.member_id.clone(),
        group_instance_id: member.instance_id.clone(),
        topics: topics
            .into_iter()
            .map(|(name, partitions)| OffsetCommitRequestTopic {
                name,
                partitions,
                ..OffsetCommitRequestTopic::default()
            })
            .collect(),
        ..OffsetCommitRequest::default()
    };
    let version = coordinator.version_up_to::<OffsetCommitRequest>(OFFSETS_BY_ID - 1)?;
    let response = coordinator.request_in(&request, version).await?;
    for topic in &response.topics {
        for partition in &topic.partitions {
            Error::check(partition.error_code, None, || {
                let index = partition.partition_index;
                format!(
                    "commit offset of group \"{group}\" for {}-{index}",
                    topic.name
                )
            })?;
        }
    }
    Ok(())
}

/// Fetches committed offsets from a group's coordinator. Does not retry.
pub(crate) async fn fetch_committed(
    coordinator: &Connection,
    group: &str,
    partitions: Option<&[TopicPartition]>,
) -> Result<BTreeMap<TopicPartition, Committed>> {
    let version = coordinator.version_up_to::<OffsetFetchRequest>(OFFSETS_BY_ID - 1)?;
    let wanted = partitions.map(by_topic);
    let mut request = OffsetFetchRequest::default();
    if version >= FETCH_BATCHED {
        request.groups.push(OffsetFetchRequestGroup {
            group_id: StrBytes::from(group),
            topics: wanted.map(|topics| {
                topics
                    .into_iter()
                    .map(|(name, partition_indexes)| OffsetFetchRequestTopics {
                        name,
                        partition_indexes,
                        ..OffsetFetchRequestTopics::default()
                    })
                    .collect()
            }),
            ..OffsetFetchRequestGroup::default()
        });
    } else {
        request.group_id = StrBytes::from(group);
        request.topics = wanted.map(|topics| {
            topics
                .into_iter()
                .map(|(name, partition_indexes)| OffsetFetchRequestTopic {
                    name,
                    partition_indexes,
                })
                .collect()
        });
    }
    let response = coordinator.request_in(&request, version).await?;
    let what = || format!("read offsets of group \"{group}\"");
    Error::check(response.error_code, None, what)?;
    let mut found = BTreeMap::new();
    let mut add = |topic: &StrBytes, partition, offset, epoch, metadata: Option<StrBytes>, code| {
        Error::check(code, None, what)?;
        // −1 means that no offset is committed.
        if offset >= 0 {
            let committed = Committed {
                offset,
                leader_epoch: epoch,
                metadata: metadata.map(String::from).unwrap_or_default(),
            };
            found.insert(TopicPartition::new(topic.detached(), partition), committed);
        }
        Ok(())
    };
    for topic in response.topics {
        for p in topic.partitions {
            let epoch = p.committed_leader_epoch;
            let offset = p.committed_offset;
            add(
                &topic.name,
                p.partition_index,
                offset,
                epoch,
                p.metadata,
                p.error_code,
            )?;
        }
    }
    for group in response.groups {
        Error::check(group.error_code, None, what)?;
        for topic in group.topics {
            for p in topic.partitions {
                let epoch = p.committed_leader_epoch;
                let offset = p.committed_offset;
                add(
                    &topic.name,
                    p.partition_index,
                    offset,
                    epoch,
                    p.metadata,
                    p.error_code,
                )?;
            }
        }
    }
    Ok(found)
}

/// Groups partitions by topic.
pub(crate) fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<StrBytes, Vec<i32>> {
    let mut topics: BTreeMap<StrBytes, Vec<i32>> = BTreeMap::new();
    for key in partitions {
        topics
            .entry(key.topic.clone())
            .or_default()
            .push(key.partition);
    }
    topics
}
