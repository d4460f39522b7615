//! Static members: a client that comes back under its instance id takes its old place.

use wire::messages::SyncGroupResponse;
use wire::{ErrorCode, StrBytes};

use super::join::Joining;
use super::{ClassicGroup, State, join_error};
use crate::group::outcome_builder::OutcomeBuilder;

/// From this version on a leader can be told that there is nothing to assign.
const SKIP_ASSIGNMENT_VERSION: i16 = 9;

impl ClassicGroup {
    /// A static member comes back without knowing its id: it gets a new one, and whoever still uses
    /// the old one is fenced.
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
            // The leader may be assigning to the old id right now.
            State::CompletingRebalance => self.prepare_rebalance(out),
            State::PreparingRebalance => self.try_complete_join(out),
            State::Empty => unreachable!("an empty group has no members"),
        }
    }

    /// Nothing changes for the group but the id: the member keeps its assignment, no one rebalances.
    fn keep_generation(
        &mut self,
        joining: &Joining<'_>,
        id: &StrBytes,
        was_leader: Option<StrBytes>,
        out: &mut OutcomeBuilder<'_>,
    ) {
        self.read_subscriptions();
        if !out.try_write(&self.key(), &self.value()) {
            // What it says of itself now makes the group too large for a record.
            self.answer_join(
                id,
                join_error(&StrBytes::EMPTY, ErrorCode::UnknownServerError),
                out,
            );
            return self.dismiss_and_rebalance(id, out);
        }
        let mut response = self.joined_response(id);
        if joining.context.api_version >= SKIP_ASSIGNMENT_VERSION {
            response.skip_assignment = self.is_leader(id);
        } else {
            // An old client that is told it leads would assign: it is told the id it had before.
            response.leader = was_leader.unwrap_or_default();
            response.members.clear();
        }
        self.answer_join(id, response, out);
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
            let response = SyncGroupResponse {
                error_code: fenced.code(),
                ..SyncGroupResponse::default()
            };
            out.respond_sync(request, response);
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
