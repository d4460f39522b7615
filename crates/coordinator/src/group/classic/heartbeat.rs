//! Heartbeats, and what happens when they stay away.

use wire::messages::HeartbeatRequest;
use wire::{ErrorCode, StrBytes};

use super::{ClassicGroup, State};
use crate::group::outcome_builder::OutcomeBuilder;

impl ClassicGroup {
    /// A member says that it lives; the answer says whether it must join again.
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

    /// A member gave a sign of life.
    pub fn extend_session(&self, member: &str, out: &mut OutcomeBuilder<'_>) {
        if let Some(member) = self.members.get(member) {
            out.start_session(&self.id, &member.id, member.session_timeout_ms);
        }
    }

    /// A member was silent for too long: it is taken out, and the others rebalance.
    pub fn on_session_timer(&mut self, id: &StrBytes, out: &mut OutcomeBuilder<'_>) {
        if self.pending_members.remove(id) {
            return self.try_complete_join_without(out);
        }
        let Some(member) = self.members.get(id) else {
            return;
        };
        if member.may_be_silent() {
            return;
        }
        self.dismiss_and_rebalance(id, out);
    }

    /// Take a member out, and let the others go on without it.
    pub(super) fn dismiss_and_rebalance(&mut self, id: &StrBytes, out: &mut OutcomeBuilder<'_>) {
        self.dismiss(id, out);
        match self.state {
            State::Stable | State::CompletingRebalance => self.prepare_rebalance(out),
            State::PreparingRebalance => self.try_complete_join_without(out),
            State::Empty => {}
        }
    }

    /// Somebody the others may have waited for is gone.
    fn try_complete_join_without(&mut self, out: &mut OutcomeBuilder<'_>) {
        if self.state == State::PreparingRebalance && self.has_all_joined() {
            self.complete_join(out);
        }
    }
}
