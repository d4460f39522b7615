//! LeaveGroup: leaving a group, or removing members as an administrator.

use wire::messages::leave_group_request::{LeaveGroupRequest, MemberIdentity};
use wire::messages::leave_group_response::{LeaveGroupResponse, MemberResponse};
use wire::{ErrorCode, StrBytes};

use super::{ClassicGroup, State};
use crate::group::outcome_builder::OutcomeBuilder;

impl ClassicGroup {
    /// Remove members; the others rebalance.
    pub fn leave(
        &mut self,
        request: &LeaveGroupRequest,
        out: &mut OutcomeBuilder<'_>,
    ) -> LeaveGroupResponse {
        let mut members = Vec::with_capacity(request.members.len());
        let mut has_removed = false;
        for leaving in &request.members {
            let result = self.remove_leaving(leaving, out);
            has_removed |= result.is_ok();
            members.push(MemberResponse {
                member_id: leaving.member_id.clone(),
                group_instance_id: leaving.group_instance_id.clone(),
                error_code: result.err().unwrap_or(ErrorCode::None).code(),
            });
        }
        if has_removed {
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

    fn remove_leaving(
        &mut self,
        leaving: &MemberIdentity,
        out: &mut OutcomeBuilder<'_>,
    ) -> Result<(), ErrorCode> {
        let instance = leaving.group_instance_id.as_ref();
        let id: StrBytes = if leaving.member_id.is_empty() {
            // An administrator identifies a static member only by its instance id.
            let named = instance.and_then(|instance| self.static_members.get(&**instance));
            named.cloned().ok_or(ErrorCode::UnknownMemberId)?
        } else if self.pending_members.contains(&leaving.member_id) {
            leaving.member_id.clone()
        } else {
            self.check_member(&leaving.member_id, instance)?;
            leaving.member_id.clone()
        };
        out.cancel_session(&self.id, &id);
        self.remove_and_refuse(&id, out);
        Ok(())
    }
}
