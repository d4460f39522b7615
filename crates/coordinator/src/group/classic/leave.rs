//! Leaving a group, oneself or by an administrator.

use wire::messages::leave_group_request::{LeaveGroupRequest, MemberIdentity};
use wire::messages::leave_group_response::{LeaveGroupResponse, MemberResponse};
use wire::{ErrorCode, StrBytes};

use super::{ClassicGroup, State};
use crate::group::outcome_builder::OutcomeBuilder;

impl ClassicGroup {
    /// Members leave; those that stay rebalance.
    pub fn leave(
        &mut self,
        request: &LeaveGroupRequest,
        out: &mut OutcomeBuilder<'_>,
    ) -> LeaveGroupResponse {
        let mut members = Vec::with_capacity(request.members.len());
        let mut anybody_left = false;
        for leaving in &request.members {
            let result = self.let_go(leaving, out);
            anybody_left |= result.is_ok();
            members.push(MemberResponse {
                member_id: leaving.member_id.clone(),
                group_instance_id: leaving.group_instance_id.clone(),
                error_code: result.err().unwrap_or(ErrorCode::None).code(),
            });
        }
        if anybody_left {
            match self.state {
                State::Stable | State::CompletingRebalance => self.prepare_rebalance(out),
                State::PreparingRebalance => self.try_complete_join(out),
                State::Empty => {}
            }
        }
        LeaveGroupResponse {
            members,
            ..LeaveGroupResponse::default()
        }
    }

    fn let_go(
        &mut self,
        leaving: &MemberIdentity,
        out: &mut OutcomeBuilder<'_>,
    ) -> Result<(), ErrorCode> {
        let instance = leaving.group_instance_id.as_ref();
        let id: StrBytes = if leaving.member_id.is_empty() {
            // An administrator names a static member by its instance id alone.
            let named = instance.and_then(|instance| self.static_members.get(&**instance));
            named.cloned().ok_or(ErrorCode::UnknownMemberId)?
        } else if self.pending_members.contains(&leaving.member_id) {
            leaving.member_id.clone()
        } else {
            self.check_member(&leaving.member_id, instance)?;
            leaving.member_id.clone()
        };
        out.cancel_session(&self.id, &id);
        self.dismiss(&id, out);
        Ok(())
    }
}
