//! Static members (KIP-345): a client that joins again with its instance id replaces its old member.

use wire::{ErrorCode, StrBytes};

use super::join::Joining;
use super::{ClassicGroup, State, join_error};
use crate::group::outcome_builder::OutcomeBuilder;

/// First version in which the response can tell a leader not to assign (KIP-814).
const SKIP_ASSIGNMENT_VERSION: i16 = 9;

impl ClassicGroup {
    /// A static member joins without a member id: it gets a new one, and requests with the old one are
    /// fenced.
    pub(super) fn rejoin_static(
        &mut self,
        joining: &Joining<'_>,
        old_id: &StrBytes,
        new_id: StrBytes,
        out: &mut OutcomeBuilder<'_>,
    ) {
        let was_leader = self.leader.clone();
        self.replace_static(old_id, &new_id, out);
        self.update(&new_id, joining, out);
        out.cancel_session(&self.id, old_id);
        self.extend_session(&new_id, out);
        match self.state {
            State::Stable if self.protocol.as_ref() == Some(&self.select_protocol()) => {
                self.keep_generation(joining, &new_id, was_leader, out);
            }
            State::Stable => self.rebalance_or_complete_join(out),
            // The leader may be computing an assignment for the old id.
            State::CompletingRebalance => self.prepare_rebalance(out),
            State::PreparingRebalance => self.try_complete_join(out),
            State::Empty => unreachable!("an empty group has no members"),
        }
    }

    /// Replace only the member id: the member keeps its assignment, and there is no rebalance.
    fn keep_generation(
        &mut self,
        joining: &Joining<'_>,
        id: &StrBytes,
        was_leader: Option<StrBytes>,
        out: &mut OutcomeBuilder<'_>,
    ) {
        self.read_subscriptions();
        if !out.try_write(&self.key(), &self.value()) {
            // With the new metadata of the member the group is too large for a record.
            self.respond_to_join(
                id,
                join_error(&StrBytes::EMPTY, ErrorCode::UnknownServerError),
                out,
            );
            return self.remove_and_rebalance(id, out);
        }
        let mut response = self.joined_response(id);
        if joining.context.api_version >= SKIP_ASSIGNMENT_VERSION {
            response.skip_assignment = self.is_leader(id);
        } else {
            // An old client assigns partitions if the leader is its own id. So the response has the
            // old id as the leader.
            response.leader = was_leader.unwrap_or_default();
            response.members.clear();
        }
        self.respond_to_join(id, response, out);
    }

    fn replace_static(
        &mut self,
        old_id: &StrBytes,
        new_id: &StrBytes,
        out: &mut OutcomeBuilder<'_>,
    ) {
        let fenced = ErrorCode::FencedInstanceId;
        let mut member = self
            .members
            .remove(old_id)
            .expect("an instance id belongs to a member");
        if let Some(request) = member.awaiting_join.take() {
            out.respond_join(request, join_error(old_id, fenced));
        }
        if let Some(request) = member.awaiting_sync.take() {
            out.refuse_sync(request, fenced);
        }
        if self.is_leader(old_id) {
            self.leader = Some(new_id.clone());
        }
        if let Some(instance) = &member.instance_id {
            self.static_members.insert(instance.clone(), new_id.clone());
        }
        self.pending_sync.remove(old_id);
        member.id = new_id.clone();
        member.is_new = false;
        self.members.insert(new_id.clone(), member);
    }
}
