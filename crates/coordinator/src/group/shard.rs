//! A shard: the groups of one partition of `__consumer_offsets`.

use std::collections::{BTreeMap, BTreeSet};

use wire::messages::delete_groups_response::DeletableGroupResult;
use wire::messages::leave_group_response::MemberResponse;
use wire::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsResponse, HeartbeatResponse,
    JoinGroupRequest, LeaveGroupRequest, LeaveGroupResponse, OffsetFetchResponse,
};
use wire::records::group::{
    GroupMetadataKey, GroupMetadataValue, Key, OffsetCommitKey, OffsetCommitValue, Value,
};
use wire::{ErrorCode, StrBytes};

use super::classic::ClassicGroup;
use super::offset::{self, Offsets};
use super::outcome::{Context, Effect, Outcome, RequestId, Timer};
use super::outcome_builder::OutcomeBuilder;
use super::record::{self, ReplayError};
use super::{GroupConfig, GroupRequest, GroupResponse, delete, describe, list};
use crate::{CoordinatorMetadataImage, Record};

/// The groups of one partition of `__consumer_offsets` (Kafka's `GroupCoordinatorShard`).
///
/// A [`Loader`](super::Loader) replays the records of the partition; then the caller calls
/// [`on_loaded`](Self::on_loaded). After that it calls [`handle`](Self::handle), [`on_timer`](Self::on_timer)
/// and [`on_topics_deleted`](Self::on_topics_deleted), and replays the records of each outcome before
/// the next call. At the end, or when an append fails, it calls [`unload`](Self::unload). The caller
/// appends the records in order, sends a response when all records before it are committed, and runs
/// the timers.
#[derive(Debug)]
pub struct GroupShard {
    config: GroupConfig,
    is_loaded: bool,
    groups: BTreeMap<StrBytes, ClassicGroup>,
    offsets: Offsets,
}

impl GroupShard {
    /// A shard without records.
    pub fn new(config: GroupConfig) -> Self {
        GroupShard {
            config,
            is_loaded: false,
            groups: BTreeMap::new(),
            offsets: Offsets::default(),
        }
    }

    /// Replay a record: of the log while loading, of the shard's own outcomes afterwards.
    ///
    /// # Errors
    /// The record is malformed or its type is unknown; it has changed nothing.
    pub fn replay(&mut self, record: &Record) -> Result<(), ReplayError> {
        let (key, value) = record::decode(record)?;
        match (key, value) {
            (Key::OffsetCommit(key), None) => self.replay_offset(&key, None),
            (Key::OffsetCommit(key), Some(Value::OffsetCommit(value))) => {
                self.replay_offset(&key, Some(&value))
            }
            (Key::LegacyOffsetCommit(key), value) => {
                let key = OffsetCommitKey {
                    group: key.group,
                    topic: key.topic,
                    partition: key.partition,
                };
                match value {
                    None => self.replay_offset(&key, None),
                    Some(Value::LegacyOffsetCommit(value)) => {
                        let value = OffsetCommitValue {
                            offset: value.offset,
                            metadata: value.metadata,
                            commit_timestamp: value.commit_timestamp,
                            ..OffsetCommitValue::default()
                        };
                        self.replay_offset(&key, Some(&value));
                    }
                    Some(_) => unreachable!("the type of the value is that of the key"),
                }
            }
            (Key::GroupMetadata(key), None) => self.replay_group(&key, None),
            (Key::GroupMetadata(key), Some(Value::GroupMetadata(value))) => {
                self.replay_group(&key, Some(&value))
            }
            (key, _) => {
                let what = format!("records of type {} in __consumer_offsets", key.type_code());
                return Err(ReplayError::Unsupported(what));
            }
        }
        Ok(())
    }

    fn replay_offset(&mut self, key: &OffsetCommitKey, value: Option<&OffsetCommitValue>) {
        self.offsets.replay(key, value);
        if let Some(value) = value
            && !self.groups.contains_key(&*key.group)
        {
            // A group that only stores offsets has no record of its own.
            let id = key.group.detached();
            self.groups
                .insert(id.clone(), ClassicGroup::new(id, value.commit_timestamp));
        }
    }

    fn replay_group(&mut self, key: &GroupMetadataKey, value: Option<&GroupMetadataValue>) {
        let Some(value) = value else {
            self.groups.remove(&*key.group);
            return;
        };
        match self.groups.get_mut(&*key.group) {
            // The record was written from this group, which also has waiting requests.
            Some(group) if self.is_loaded => group.apply(value),
            _ => {
                let id = key.group.detached();
                self.groups
                    .insert(id.clone(), ClassicGroup::from_value(id, value));
            }
        }
    }

    /// Loading is complete: start the sessions of all members, and write tombstones for offsets of
    /// topics that were deleted before the shard was loaded. Requests are handled from now on.
    ///
    /// `image` must not be older than the newest commit in the log.
    pub fn on_loaded(&mut self, now_ms: i64, image: &dyn CoordinatorMetadataImage) -> Outcome {
        self.is_loaded = true;
        let mut out = OutcomeBuilder::new(&self.config, now_ms);
        for group in self.groups.values_mut() {
            group.on_loaded(&mut out);
        }
        offset::remove_stale(&self.offsets, image, &mut out);
        out.start(
            Timer::OffsetExpiration,
            self.config.offsets_retention_check_interval_ms,
        );
        out.outcome
    }

    /// Topics with these names were deleted: write tombstones for their committed offsets.
    ///
    /// The deletions must be visible in `image`. Several deletions may be passed in one call.
    pub fn on_topics_deleted(
        &mut self,
        deleted: &BTreeSet<StrBytes>,
        now_ms: i64,
        image: &dyn CoordinatorMetadataImage,
    ) -> Outcome {
        let mut out = OutcomeBuilder::new(&self.config, now_ms);
        offset::remove_topics(&self.offsets, deleted, image, &mut out);
        out.outcome
    }

    /// End the shard: respond to waiting requests with NOT_COORDINATOR, so that the clients look for
    /// the coordinator again.
    pub fn unload(mut self) -> Vec<Effect> {
        let mut out = OutcomeBuilder::new(&self.config, 0);
        let error_code = ErrorCode::NotCoordinator.code();
        for group in self.groups.values_mut() {
            for member in group.members.values_mut() {
                if let Some(request) = member.awaiting_join.take() {
                    let response = wire::messages::JoinGroupResponse {
                        error_code,
                        member_id: member.id.clone(),
                        protocol_name: None,
                        ..Default::default()
                    };
                    out.respond_join(request, response);
                }
                if let Some(request) = member.awaiting_sync.take() {
                    out.refuse_sync(request, ErrorCode::NotCoordinator);
                }
            }
        }
        out.outcome.effects
    }

    /// Change the settings, effective from the next request.
    #[cfg(test)]
    pub fn set_config(&mut self, config: GroupConfig) {
        self.config = config;
    }

    /// Handle a request. The response is in this outcome or in a later one.
    ///
    /// The request has the form of the newest version ([`GroupRequest::upgraded`]) and has only groups
    /// of this shard ([`split`](super::split)). Topics of an OffsetCommit have name and id.
    pub fn handle(
        &mut self,
        id: RequestId,
        request: &GroupRequest,
        context: &Context,
        image: &dyn CoordinatorMetadataImage,
    ) -> Outcome {
        let config = self.config;
        let mut out = OutcomeBuilder::new(&config, context.now_ms);
        if !self.is_loaded {
            out.respond(
                id,
                request.error_response(ErrorCode::CoordinatorLoadInProgress),
            );
            return out.outcome;
        }
        if needs_group_id(request) && request.groups().iter().any(|group| group.is_empty()) {
            out.respond(id, request.error_response(ErrorCode::InvalidGroupId));
            return out.outcome;
        }
        match request {
            GroupRequest::JoinGroup(request) => self.join(id, request, context, &mut out),
            GroupRequest::SyncGroup(sync) => match self.groups.get_mut(&*sync.group_id) {
                Some(group) => group.sync(id, sync, &mut out),
                None => out.respond(id, request.error_response(ErrorCode::UnknownMemberId)),
            },
            GroupRequest::Heartbeat(request) => {
                let code = match self.groups.get_mut(&*request.group_id) {
                    Some(group) => group.heartbeat(request, &mut out),
                    None => ErrorCode::UnknownMemberId,
                };
                let response = HeartbeatResponse {
                    error_code: code.code(),
                    ..Default::default()
                };
                out.respond(id, GroupResponse::Heartbeat(response));
            }
            GroupRequest::LeaveGroup(request) => {
                let response = match self.groups.get_mut(&*request.group_id) {
                    Some(group) => group.leave(request, &mut out),
                    None => unknown_members(request),
                };
                out.respond(id, GroupResponse::LeaveGroup(response));
            }
            GroupRequest::OffsetCommit(request) => {
                let group = self.groups.get(&*request.group_id);
                let response = offset::commit(group, request, context.api_version, image, &mut out);
                out.respond(id, GroupResponse::OffsetCommit(response));
            }
            GroupRequest::OffsetFetch(request) => {
                let groups = request
                    .groups
                    .iter()
                    .map(|group| offset::fetch(&self.offsets, group, image))
                    .collect();
                let response = OffsetFetchResponse {
                    groups,
                    ..Default::default()
                };
                out.respond(id, GroupResponse::OffsetFetch(response));
            }
            GroupRequest::OffsetDelete(request) => {
                let group = self.groups.get(&*request.group_id);
                let response = offset::delete(group, &self.offsets, request, &mut out);
                out.respond(id, GroupResponse::OffsetDelete(response));
            }
            GroupRequest::ListGroups(request) => {
                out.respond(
                    id,
                    GroupResponse::ListGroups(list::list(self.groups.values(), request)),
                );
            }
            GroupRequest::DescribeGroups(request) => {
                let described = request
                    .groups
                    .iter()
                    .map(|group| describe::describe(group, self.groups.get(&**group)));
                let response = DescribeGroupsResponse {
                    throttle_time_ms: 0,
                    groups: described.collect(),
                };
                out.respond(id, GroupResponse::DescribeGroups(response));
            }
            GroupRequest::DeleteGroups(request) => {
                let response = self.delete(request, &mut out);
                out.respond(id, GroupResponse::DeleteGroups(response));
            }
        }
        out.outcome
    }

    /// Handle a timer that has expired.
    pub fn on_timer(&mut self, timer: &Timer, now_ms: i64) -> Outcome {
        let mut out = OutcomeBuilder::new(&self.config, now_ms);
        match timer {
            Timer::Session { group, member } => {
                if let Some(group) = self.groups.get_mut(&**group) {
                    group.on_session_timer(member, &mut out);
                }
            }
            Timer::Join { group } => {
                if let Some(group) = self.groups.get_mut(&**group) {
                    group.on_join_timer(&mut out);
                }
            }
            Timer::Sync { group } => {
                if let Some(group) = self.groups.get_mut(&**group) {
                    group.on_sync_timer(&mut out);
                }
            }
            Timer::OffsetExpiration => {
                for group in self.groups.values() {
                    offset::expire(group, &self.offsets, &mut out);
                    if group.is_unused() && offset::are_all_expired(group, &self.offsets, &out) {
                        out.write_tombstone(&group.key());
                    }
                }
                out.start(
                    Timer::OffsetExpiration,
                    self.config.offsets_retention_check_interval_ms,
                );
            }
        }
        out.outcome
    }

    fn join(
        &mut self,
        id: RequestId,
        request: &JoinGroupRequest,
        context: &Context,
        out: &mut OutcomeBuilder<'_>,
    ) {
        let refuse =
            |code: ErrorCode| GroupRequest::JoinGroup(request.clone()).error_response(code);
        let allowed = self.config.session_timeout_min_ms..=self.config.session_timeout_max_ms;
        if !allowed.contains(&request.session_timeout_ms) {
            return out.respond(id, refuse(ErrorCode::InvalidSessionTimeout));
        }
        let is_new_group = !self.groups.contains_key(&*request.group_id);
        // Only an existing group has given out member ids.
        if is_new_group && !request.member_id.is_empty() {
            return out.respond(id, refuse(ErrorCode::UnknownMemberId));
        }
        if is_new_group {
            let group_id = request.group_id.detached();
            self.groups.insert(
                group_id.clone(),
                ClassicGroup::new(group_id, context.now_ms),
            );
        }
        let group = self
            .groups
            .get_mut(&*request.group_id)
            .expect("it exists or was created above");
        group.join(id, request, context, out);
        if is_new_group && group.is_unused() {
            self.groups.remove(&*request.group_id);
        } else if is_new_group {
            // Kafka writes the new group at once, too.
            out.write(&group.key(), &group.value_without_members());
        }
    }

    fn delete(
        &self,
        request: &DeleteGroupsRequest,
        out: &mut OutcomeBuilder<'_>,
    ) -> DeleteGroupsResponse {
        let mut done = BTreeSet::new();
        let mut results = Vec::with_capacity(request.groups_names.len());
        for id in &request.groups_names {
            if !done.insert(id) {
                continue;
            }
            let code = if id.is_empty() {
                ErrorCode::InvalidGroupId
            } else {
                delete::delete(self.groups.get(&**id), &self.offsets, out)
            };
            results.push(DeletableGroupResult {
                group_id: id.clone(),
                error_code: code.code(),
            });
        }
        DeleteGroupsResponse {
            throttle_time_ms: 0,
            results,
        }
    }

    /// Whether the shard has neither groups nor offsets.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.offsets.groups().next().is_none()
    }

    /// The committed offset of a group and partition.
    #[cfg(test)]
    pub fn committed_offset(&self, group: &str, topic: &str, partition: i32) -> Option<i64> {
        let committed = self.offsets.get(group, topic, partition);
        committed.map(|committed| committed.offset)
    }
}

/// Whether a request with an empty group id is refused. Old clients commit and fetch offsets with an
/// empty group id.
fn needs_group_id(request: &GroupRequest) -> bool {
    matches!(
        request,
        GroupRequest::JoinGroup(_)
            | GroupRequest::SyncGroup(_)
            | GroupRequest::Heartbeat(_)
            | GroupRequest::LeaveGroup(_)
            | GroupRequest::OffsetDelete(_)
    )
}

/// The response for a group that does not exist.
fn unknown_members(request: &LeaveGroupRequest) -> LeaveGroupResponse {
    let members = request.members.iter().map(|member| MemberResponse {
        member_id: member.member_id.clone(),
        group_instance_id: member.group_instance_id.clone(),
        error_code: ErrorCode::UnknownMemberId.code(),
    });
    LeaveGroupResponse {
        members: members.collect(),
        ..Default::default()
    }
}
