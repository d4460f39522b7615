//! SyncGroup: members fetch their assignment, and the leader sends the assignments.

use std::collections::BTreeMap;

use bytes::Bytes;
use wire::messages::{SyncGroupRequest, SyncGroupResponse};
use wire::{ErrorCode, StrBytes};

use super::{ClassicGroup, State};
use crate::group::RequestId;
use crate::group::outcome_builder::OutcomeBuilder;

impl ClassicGroup {
    /// Handle a SyncGroup request. The response is sent now or when the leader has sent the assignment.
    pub fn sync(
        &mut self,
        id: RequestId,
        request: &SyncGroupRequest,
        out: &mut OutcomeBuilder<'_>,
    ) {
        if let Err(code) = self.check_sync(request) {
            return out.refuse_sync(id, code);
        }
        let member = self
            .members
            .get_mut(&request.member_id)
            .expect("checked above");
        match self.state {
            State::CompletingRebalance => {
                if let Some(earlier) = member.awaiting_sync.replace(id) {
                    out.refuse_sync(earlier, ErrorCode::RebalanceInProgress);
                }
                self.on_synced(&request.member_id, out);
                if self.is_leader(&request.member_id) {
                    self.write_assignments(request, out);
                }
            }
            State::Stable => {
                let assignment = member.assignment.clone();
                self.on_synced(&request.member_id, out);
                let response = self.synced_response(assignment);
                out.respond_sync(id, response);
            }
            State::Empty | State::PreparingRebalance => unreachable!("refused by the check"),
        }
    }

    fn check_sync(&self, request: &SyncGroupRequest) -> Result<(), ErrorCode> {
        self.check_member(&request.member_id, request.group_instance_id.as_ref())?;
        // Old versions do not send the protocol.
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

    fn on_synced(&mut self, member: &str, out: &mut OutcomeBuilder<'_>) {
        self.pending_sync.remove(member);
        if self.pending_sync.is_empty() {
            out.cancel(self.sync_timer());
        }
    }

    /// Write the assignments of the leader. Members that wait get theirs when the record is committed.
    ///
    /// The group becomes stable when the record is replayed.
    fn write_assignments(&mut self, request: &SyncGroupRequest, out: &mut OutcomeBuilder<'_>) {
        let mut assignments: BTreeMap<&str, &Bytes> = BTreeMap::new();
        for assignment in &request.assignments {
            assignments.insert(&assignment.member_id, &assignment.assignment);
        }
        // A member without an assignment from the leader gets an empty one.
        let assignment_of = |member: &str| {
            assignments
                .get(member)
                .copied()
                .cloned()
                .unwrap_or_default()
        };
        let value = self.value_with(out.now_ms, assignment_of);
        if !out.try_write(&self.key(), &value) {
            // The group is too large for a record. A new rebalance may lead to a smaller one.
            self.refuse_waiting_syncs(ErrorCode::UnknownServerError, out);
            return self.prepare_rebalance(out);
        }
        let mut responses = Vec::new();
        for member in self.members.values_mut() {
            if let Some(waiting) = member.awaiting_sync.take() {
                out.start_session(&self.id, &member.id, member.session_timeout_ms);
                responses.push((waiting, assignment_of(&member.id)));
            }
        }
        for (waiting, assignment) in responses {
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
