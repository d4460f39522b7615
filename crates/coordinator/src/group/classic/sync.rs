//! Asking for one's assignment; the leader brings it.

use std::collections::BTreeMap;

use bytes::Bytes;
use wire::messages::{SyncGroupRequest, SyncGroupResponse};
use wire::{ErrorCode, StrBytes};

use super::{ClassicGroup, State};
use crate::group::RequestId;
use crate::group::outcome_builder::OutcomeBuilder;

impl ClassicGroup {
    /// A member asks for its assignment. It is answered now, or when the leader has brought it.
    pub fn sync(
        &mut self,
        id: RequestId,
        request: &SyncGroupRequest,
        out: &mut OutcomeBuilder<'_>,
    ) {
        if let Err(code) = self.check_sync(request) {
            let response = SyncGroupResponse {
                error_code: code.code(),
                ..SyncGroupResponse::default()
            };
            return out.respond_sync(id, response);
        }
        let member = self
            .members
            .get_mut(&request.member_id)
            .expect("checked above");
        match self.state {
            State::CompletingRebalance => {
                if let Some(earlier) = member.awaiting_sync.replace(id) {
                    let error_code = ErrorCode::RebalanceInProgress.code();
                    out.respond_sync(
                        earlier,
                        SyncGroupResponse {
                            error_code,
                            ..SyncGroupResponse::default()
                        },
                    );
                }
                self.has_synced(&request.member_id, out);
                if self.is_leader(&request.member_id) {
                    self.assign(request, out);
                }
            }
            State::Stable => {
                let assignment = member.assignment.clone();
                self.has_synced(&request.member_id, out);
                let response = self.synced_response(assignment);
                out.respond_sync(id, response);
            }
            State::Empty | State::PreparingRebalance => unreachable!("refused by the check"),
        }
    }

    fn check_sync(&self, request: &SyncGroupRequest) -> Result<(), ErrorCode> {
        self.check_member(&request.member_id, request.group_instance_id.as_ref())?;
        // Old versions do not say which protocol they speak of.
        let differs = |asked: &Option<StrBytes>, own: &Option<StrBytes>| match (asked, own) {
            (Some(asked), Some(own)) => asked != own,
            _ => false,
        };
        if request.generation_id != self.generation {
            Err(ErrorCode::IllegalGeneration)
        } else if differs(&request.protocol_type, &self.protocol_type)
            || differs(&request.protocol_name, &self.protocol)
        {
            Err(ErrorCode::InconsistentGroupProtocol)
        } else if self.state == State::PreparingRebalance {
            Err(ErrorCode::RebalanceInProgress)
        } else {
            Ok(())
        }
    }

    fn has_synced(&mut self, member: &str, out: &mut OutcomeBuilder<'_>) {
        self.pending_sync.remove(member);
        if self.pending_sync.is_empty() {
            out.cancel(self.sync_timer());
        }
    }

    /// The leader brought the assignment: write it, and tell those who wait once it is written.
    ///
    /// The group becomes stable when the record is replayed.
    fn assign(&mut self, request: &SyncGroupRequest, out: &mut OutcomeBuilder<'_>) {
        let mut assignments: BTreeMap<&str, &Bytes> = BTreeMap::new();
        for brought in &request.assignments {
            assignments.insert(&brought.member_id, &brought.assignment);
        }
        // A member that the leader left out gets nothing.
        let assignment_of = |member: &str| {
            assignments
                .get(member)
                .copied()
                .cloned()
                .unwrap_or_default()
        };
        let value = self.value_with(out.now_ms, assignment_of);
        if !out.try_write(&self.key(), &value) {
            // The group is too large for a record. It is asked to agree again, perhaps on less.
            self.refuse_waiting_syncs(ErrorCode::UnknownServerError, out);
            return self.prepare_rebalance(out);
        }
        let mut answers = Vec::new();
        for member in self.members.values_mut() {
            if let Some(waiting) = member.awaiting_sync.take() {
                out.start_session(&self.id, &member.id, member.session_timeout_ms);
                answers.push((waiting, assignment_of(&member.id)));
            }
        }
        for (waiting, assignment) in answers {
            let response = self.synced_response(assignment);
            out.respond_sync(waiting, response);
        }
    }

    fn synced_response(&self, assignment: Bytes) -> SyncGroupResponse {
        SyncGroupResponse {
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol.clone(),
            assignment,
            ..SyncGroupResponse::default()
        }
    }
}
