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

use super::classic::{ClassicGroup, State};
use super::offset::{self, Offsets};
use super::outcome::{Context, Effect, Outcome, RequestId, Timer};
use super::outcome_builder::OutcomeBuilder;
use super::record::{self, ReplayError};
use super::{GroupConfig, GroupRequest, GroupResponse, delete, describe, list};
use crate::{CoordinatorMetadataImage, Record};

/// The groups of one partition of `__consumer_offsets`.
///
/// Its life: [`new`](Self::new), [`replay`](Self::replay) of every record of the partition,
/// [`loaded`](Self::loaded); then [`handle`](Self::handle) and [`on_timer`](Self::on_timer), each
/// followed by the replay of the records it returned; at the end, or when an append fails,
/// [`unload`](Self::unload). The caller appends records in the order in which it got them, answers a
/// request when everything before the answer is committed, and runs the timers.
#[derive(Debug)]
pub struct GroupShard {
    config: GroupConfig,
    is_loaded: bool,
    groups: BTreeMap<StrBytes, ClassicGroup>,
    offsets: Offsets,
}

impl GroupShard {
    /// A shard before its first record.
    pub fn new(config: GroupConfig) -> Self {
        GroupShard {
            config,
            is_loaded: false,
            groups: BTreeMap::new(),
            offsets: Offsets::default(),
        }
    }

    /// Take in a record: of the log while loading, afterwards of the shard's own outcomes.
    ///
    /// Errors: the record is malformed or of an unknown kind, and changed nothing. While loading, the
    /// caller says so and goes on with the next one.
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
                    Some(_) => unreachable!("a value is decoded as its key says"),
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
            // A group that only keeps offsets has no record of its own.
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
            // It was written from the group as it is here, joins that wait included.
            Some(group) if self.is_loaded => group.apply(value),
            _ => {
                let id = key.group.detached();
                self.groups
                    .insert(id.clone(), ClassicGroup::from_value(id, value));
            }
        }
    }

    /// The last record of the log was replayed: members' sessions start again, requests may come.
    pub fn loaded(&mut self, now_ms: i64, image: &dyn CoordinatorMetadataImage) -> Outcome {
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
    /// `image` is one in which the deletions are visible. Calls for several deletions may be merged.
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

    /// End the shard: requests that wait are to be asked of another coordinator, or of this one when
    /// it has loaded again.
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
                    let response = wire::messages::SyncGroupResponse {
                        error_code,
                        ..Default::default()
                    };
                    out.respond_sync(request, response);
                }
            }
        }
        out.outcome.effects
    }

    /// The settings changed; they hold from the next request on.
    pub fn set_config(&mut self, config: GroupConfig) {
        self.config = config;
    }

    /// Answer a request, or remember it until it can be answered.
    ///
    /// The request is as the newest version says it ([`GroupRequest::upgraded`]) and names only groups
    /// of this shard ([`split`](super::split)).
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

    /// A timer has run out.
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
                    if group.is_abandoned() && offset::are_all_expired(group, &self.offsets, &out) {
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
        // Who has a member id has it from a group, so the group must be there.
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
            .expect("it is there, or was just made");
        group.join(id, request, context, out);
        if is_new_group && group.is_abandoned() {
            self.groups.remove(&*request.group_id);
        } else if is_new_group {
            // So that the group is there for everybody, not only in our memory.
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

    /// The groups of the shard by state, for metrics: name of the state and number of groups.
    pub fn group_counts(&self) -> BTreeMap<&'static str, usize> {
        let states = [
            State::Empty,
            State::PreparingRebalance,
            State::CompletingRebalance,
            State::Stable,
        ];
        let mut counts: BTreeMap<_, _> = states.map(|state| (state.name(), 0)).into();
        for group in self.groups.values() {
            *counts.entry(group.state.name()).or_default() += 1;
        }
        counts
    }
}

/// Offsets may be committed and asked for in the group without a name, for old clients' sake.
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

/// Nobody is a member of a group that is not there.
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
