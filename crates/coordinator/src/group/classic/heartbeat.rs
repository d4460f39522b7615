//! Heartbeats and session timeouts.

use wire::messages::HeartbeatRequest;
use wire::{ErrorCode, StrBytes};

use super::{ClassicGroup, State};
use crate::group::outcome_builder::OutcomeBuilder;

impl ClassicGroup {
    /// Handle a heartbeat. The error code tells the member whether it must join again.
    pub fn heartbeat(
        &mut self,
        request: &HeartbeatRequest,
        out: &mut OutcomeBuilder<'_>,
    ) -> ErrorCode {
        if let Err(code) = self.check_member(&request.member_id, request.group_instance_id.as_ref())
        {
            return code;
        }
        if request.generation_id != self.generation {
            return ErrorCode::IllegalGeneration;
        }
        self.extend_session(&request.member_id, out);
        match self.state {
            State::PreparingRebalance => ErrorCode::RebalanceInProgress,
            State::Empty | State::CompletingRebalance | State::Stable => ErrorCode::None,
        }
    }

    /// Start the session timer of a member again.
    pub fn extend_session(&self, member: &str, out: &mut OutcomeBuilder<'_>) {
        if let Some(member) = self.members.get(member) {
            out.start_session(&self.id, &member.id, member.session_timeout_ms);
        }
    }

    /// Handle the session timer of a member: remove the member and rebalance.
    pub fn on_session_timer(&mut self, id: &StrBytes, out: &mut OutcomeBuilder<'_>) {
        if self.pending_members.remove(id) {
            return self.try_complete_join_after_removal(out);
        }
        let Some(member) = self.members.get(id) else {
            return;
        };
        if member.is_awaiting_response() {
            return;
        }
        self.remove_and_rebalance(id, out);
    }

    /// Remove a member and let the others rebalance without it.
    pub(super) fn remove_and_rebalance(&mut self, id: &StrBytes, out: &mut OutcomeBuilder<'_>) {
        self.remove_and_refuse(id, out);
        match self.state {
            State::Stable | State::CompletingRebalance => self.prepare_rebalance(out),
            State::PreparingRebalance => self.try_complete_join_after_removal(out),
            State::Empty => {}
        }
    }

    /// Complete the join if the others waited only for a member that has now been removed.
    fn try_complete_join_after_removal(&mut self, out: &mut OutcomeBuilder<'_>) {
        if self.state == State::PreparingRebalance && self.has_all_joined() {
            self.complete_join(out);
        }
    }
}
