//! Joining a group.

use wire::messages::{JoinGroupRequest, JoinGroupResponse};
use wire::{ErrorCode, StrBytes};

use super::member::{Protocol, protocols};
use super::{ClassicGroup, Member, State, join_error};
use crate::group::outcome_builder::OutcomeBuilder;
use crate::group::{Context, RequestId};

/// From this version on a new member must join with an id it was given, so that a client that gives
/// up and tries again does not leave a member behind each time.
const MEMBER_ID_REQUIRED_VERSION: i16 = 4;

/// How long a new member may wait for the others. It does not know its id yet, so it cannot send
/// heartbeats; if it is still there, it asks again.
const NEW_MEMBER_JOIN_TIMEOUT_MS: i32 = 5 * 60 * 1000;

/// A request to join, with what was read from it.
pub(super) struct Joining<'a> {
    pub id: RequestId,
    pub request: &'a JoinGroupRequest,
    pub context: &'a Context,
    pub protocols: Vec<Protocol>,
}

impl ClassicGroup {
    /// A client wants to join. It is answered now, or when the others have joined.
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

    /// While the group rebalances, those count who wait already: if the limit was lowered, the last to
    /// come back stay out.
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
            // It asks again, perhaps because our answer was lost.
            State::CompletingRebalance => !is_unchanged,
            // The leader joins again when what it assigns has changed: topics, partitions.
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
            delay.member_came = true;
        }
        self.add(member, &joining.request.protocol_type);
        out.start_session(&self.id, &id, NEW_MEMBER_JOIN_TIMEOUT_MS);
        self.rebalance_or_complete_join(out);
    }

    /// Take over what a member's request says, and let the request wait.
    pub(super) fn update(&mut self, id: &str, joining: &Joining<'_>, out: &mut OutcomeBuilder<'_>) {
        let member = self
            .members
            .get_mut(id)
            .expect("the caller has checked that it is a member");
        if let Some(given_up) = member.update(joining.request, joining.id) {
            out.respond_join(
                given_up,
                join_error(&member.id, ErrorCode::RebalanceInProgress),
            );
        }
    }

    /// Answer a member's request to join, if it waits for an answer.
    pub(super) fn answer_join(
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

/// Longest name that goes into a member id, so that the id is still a string in every version.
const NAME_IN_ID_BYTES_MAX: usize = 1024;

/// A new member's id: who it is and a random UUID, as Kafka makes it.
fn new_member_id(who: &str, random: &[u8; 16]) -> StrBytes {
    let who = &who[..who.floor_char_boundary(NAME_IN_ID_BYTES_MAX)];
    let mut bytes = *random;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = format!("{who}-");
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        id.push_str(&format!("{byte:02x}"));
    }
    StrBytes::from(id)
}
