//! JoinGroup: joining a group.

use wire::messages::{JoinGroupRequest, JoinGroupResponse};
use wire::{ErrorCode, StrBytes};

use super::member::{Protocol, protocols};
use super::{ClassicGroup, Member, State, join_error};
use crate::group::outcome_builder::OutcomeBuilder;
use crate::group::{Context, RequestId};

/// First version in which a new member first gets its member id and then joins with it (KIP-394). A
/// client that retries does not leave a member behind each time.
const MEMBER_ID_REQUIRED_VERSION: i16 = 4;

/// Session timeout of a new member while it waits for the others. It does not know its member id yet,
/// so it cannot send heartbeats.
const NEW_MEMBER_JOIN_TIMEOUT_MS: i32 = 5 * 60 * 1000;

/// A JoinGroup request with its context.
pub(super) struct Joining<'a> {
    pub id: RequestId,
    pub request: &'a JoinGroupRequest,
    pub context: &'a Context,
    pub protocols: Vec<Protocol>,
}

impl ClassicGroup {
    /// Handle a JoinGroup request. The response is sent now or when the others have joined.
    pub fn join(
        &mut self,
        id: RequestId,
        request: &JoinGroupRequest,
        context: &Context,
        out: &mut OutcomeBuilder<'_>,
    ) {
        let joining = Joining {
            id,
            request,
            context,
            protocols: protocols(request),
        };
        let member = &request.member_id;
        if !self.has_room_for(member, out) {
            if !member.is_empty() {
                self.remove(member);
                out.cancel_session(&self.id, member);
            }
            out.respond_join(
                id,
                join_error(&StrBytes::EMPTY, ErrorCode::GroupMaxSizeReached),
            );
            self.try_complete_join(out);
        } else if !self.supports(&request.protocol_type, &joining.protocols) {
            out.respond_join(id, join_error(member, ErrorCode::InconsistentGroupProtocol));
        } else if member.is_empty() {
            self.join_new(&joining, out);
        } else {
            self.join_again(&joining, out);
        }
    }

    /// Whether `group.max.size` allows the member. During a rebalance only members that have joined
    /// again count: if the limit was lowered, the last ones to join are refused.
    fn has_room_for(&self, member: &str, out: &OutcomeBuilder<'_>) -> bool {
        let existing = self.members.get(member);
        match self.state {
            State::Empty => true,
            State::PreparingRebalance => {
                existing.is_some_and(|member| member.awaiting_join.is_some())
                    || self.awaiting_join() < out.config.members_max
            }
            State::CompletingRebalance | State::Stable => {
                existing.is_some() || self.members.len() < out.config.members_max
            }
        }
    }

    fn join_new(&mut self, joining: &Joining<'_>, out: &mut OutcomeBuilder<'_>) {
        let instance = joining.request.group_instance_id.as_ref();
        let new_id = new_member_id(
            instance.unwrap_or(&joining.context.client_id),
            &joining.context.random,
        );
        if let Some(instance) = instance {
            match self.static_members.get(&**instance).cloned() {
                Some(old_id) => self.rejoin_static(joining, &old_id, new_id, out),
                None => self.add_and_rebalance(joining, new_id, out),
            }
        } else if joining.context.api_version >= MEMBER_ID_REQUIRED_VERSION {
            self.pending_members.insert(new_id.clone());
            out.start_session(&self.id, &new_id, joining.request.session_timeout_ms);
            out.respond_join(joining.id, join_error(&new_id, ErrorCode::MemberIdRequired));
        } else {
            self.add_and_rebalance(joining, new_id, out);
        }
    }

    fn join_again(&mut self, joining: &Joining<'_>, out: &mut OutcomeBuilder<'_>) {
        let request = joining.request;
        let id = &request.member_id;
        let instance = request.group_instance_id.as_ref();
        if self.pending_members.contains(id) && instance.is_none() {
            return self.add_and_rebalance(joining, id.detached(), out);
        }
        if let Err(code) = self.check_member(id, instance) {
            return out.respond_join(joining.id, join_error(id, code));
        }
        let member = &self.members[id];
        let is_unchanged = member.protocols == joining.protocols;
        let rebalance = match self.state {
            State::PreparingRebalance => true,
            // A retry: perhaps the response was lost.
            State::CompletingRebalance => !is_unchanged,
            // The leader joins again when the topics or partitions that it assigns have changed.
            State::Stable => self.is_leader(id) || !is_unchanged,
            State::Empty => unreachable!("an empty group has no members"),
        };
        if rebalance {
            self.update(id, joining, out);
            self.rebalance_or_complete_join(out);
        } else {
            let mut response = self.joined_response(id);
            if self.state == State::Stable {
                response.members.clear();
            }
            out.respond_join(joining.id, response);
        }
    }

    fn add_and_rebalance(
        &mut self,
        joining: &Joining<'_>,
        id: StrBytes,
        out: &mut OutcomeBuilder<'_>,
    ) {
        let mut member = Member::joining(id.clone(), joining.request, joining.context);
        member.awaiting_join = Some(joining.id);
        if let Some(delay) = &mut self.initial_delay {
            delay.member_joined = true;
        }
        self.add(member, &joining.request.protocol_type);
        out.start_session(&self.id, &id, NEW_MEMBER_JOIN_TIMEOUT_MS);
        self.rebalance_or_complete_join(out);
    }

    /// Update a member from its request, and let the request wait for the rebalance.
    pub(super) fn update(&mut self, id: &str, joining: &Joining<'_>, out: &mut OutcomeBuilder<'_>) {
        let member = self.members.get_mut(id).expect("checked by the caller");
        if let Some(superseded) = member.update(joining.request, joining.id) {
            out.respond_join(
                superseded,
                join_error(&member.id, ErrorCode::RebalanceInProgress),
            );
        }
    }

    /// Respond to a member's JoinGroup request, if one waits.
    pub(super) fn respond_to_join(
        &mut self,
        id: &str,
        response: JoinGroupResponse,
        out: &mut OutcomeBuilder<'_>,
    ) {
        let waiting = self
            .members
            .get_mut(id)
            .and_then(|member| member.awaiting_join.take());
        if let Some(request) = waiting {
            out.respond_join(request, response);
        }
    }
}

/// Bytes of the client id or instance id in a member id, so that the member id fits a string of every
/// version.
const NAME_IN_ID_BYTES_MAX: usize = 1024;

/// Generate a member id as Kafka does: the client id or instance id, and a random UUID.
fn new_member_id(prefix: &str, random: &[u8; 16]) -> StrBytes {
    let prefix = &prefix[..prefix.floor_char_boundary(NAME_IN_ID_BYTES_MAX)];
    let mut bytes = *random;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = format!("{prefix}-");
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        id.push_str(&format!("{byte:02x}"));
    }
    StrBytes::from(id)
}
