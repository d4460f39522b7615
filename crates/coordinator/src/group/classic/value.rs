//! Conversion between a group and its record.

use bytes::Bytes;
use wire::StrBytes;
use wire::records::group::group_metadata_value::MemberMetadata;
use wire::records::group::{GroupMetadataKey, GroupMetadataValue, Key, Value};

use super::member::Protocol;
use super::{ClassicGroup, Member, State};

impl ClassicGroup {
    /// Key of the record.
    pub fn key(&self) -> Key {
        Key::GroupMetadata(GroupMetadataKey {
            group: self.id.clone(),
        })
    }

    /// Value of the record, with the current assignments.
    pub fn value(&self) -> Value {
        let assignment_of = |id: &str| {
            self.members
                .get(id)
                .map(|member| member.assignment.clone())
                .unwrap_or_default()
        };
        self.value_with(self.state_since_ms.unwrap_or(-1), assignment_of)
    }

    /// Value of the record, with other assignments.
    pub(super) fn value_with(
        &self,
        state_since_ms: i64,
        assignment_of: impl Fn(&str) -> Bytes,
    ) -> Value {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        Value::GroupMetadata(GroupMetadataValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            current_state_timestamp: state_since_ms,
            members: self
                .members
                .values()
                .map(|member| MemberMetadata {
                    member_id: member.id.clone(),
                    group_instance_id: member.instance_id.clone(),
                    client_id: member.client_id.clone(),
                    client_host: member.client_host.clone(),
                    rebalance_timeout: member.rebalance_timeout_ms,
                    session_timeout: member.session_timeout_ms,
                    subscription: member.metadata(protocol).cloned().unwrap_or_default(),
                    assignment: assignment_of(&member.id),
                })
                .collect(),
        })
    }

    /// Value of the record of a new group without members.
    pub fn value_without_members(&self) -> Value {
        Value::GroupMetadata(GroupMetadataValue {
            protocol_type: StrBytes::EMPTY,
            generation: 0,
            protocol: None,
            leader: None,
            current_state_timestamp: self.state_since_ms.unwrap_or(-1),
            members: Vec::new(),
        })
    }

    /// The group of a record.
    pub fn from_value(id: StrBytes, value: &GroupMetadataValue) -> Self {
        let mut group = ClassicGroup::new(id, 0);
        group.state = if value.members.is_empty() {
            State::Empty
        } else {
            State::Stable
        };
        group.state_since_ms = Some(value.current_state_timestamp).filter(|since| *since != -1);
        group.generation = value.generation;
        group.protocol_type = Some(value.protocol_type.detached()).filter(|kind| !kind.is_empty());
        group.protocol = value.protocol.as_ref().map(StrBytes::detached);
        for recorded in &value.members {
            let member = member_from(recorded, value.protocol.as_ref());
            if let Some(instance) = &member.instance_id {
                group
                    .static_members
                    .insert(instance.clone(), member.id.clone());
            }
            group.members.insert(member.id.clone(), member);
        }
        let leader = value
            .leader
            .as_ref()
            .filter(|leader| group.members.contains_key(&***leader));
        group.leader = leader
            .map(StrBytes::detached)
            .or_else(|| group.members.keys().next().cloned());
        group.read_subscriptions();
        group
    }

    /// Replay a record that this group returned.
    ///
    /// The record belongs to a generation. Its assignments apply to those of its members that are still
    /// in the group; members that have joined since are not changed.
    pub fn apply(&mut self, value: &GroupMetadataValue) {
        if value.generation != self.generation || value.members.is_empty() {
            return;
        }
        for recorded in &value.members {
            if let Some(member) = self.members.get_mut(&*recorded.member_id) {
                member.assignment = Bytes::copy_from_slice(&recorded.assignment);
            }
        }
        if self.state == State::CompletingRebalance {
            self.transition(State::Stable, value.current_state_timestamp);
        }
    }
}

fn member_from(recorded: &MemberMetadata, protocol: Option<&StrBytes>) -> Member {
    let rebalance_timeout_ms = match recorded.rebalance_timeout {
        -1 => recorded.session_timeout,
        timeout => timeout,
    };
    Member {
        id: recorded.member_id.detached(),
        instance_id: recorded.group_instance_id.as_ref().map(StrBytes::detached),
        client_id: recorded.client_id.detached(),
        client_host: recorded.client_host.detached(),
        rebalance_timeout_ms,
        session_timeout_ms: recorded.session_timeout,
        protocols: vec![Protocol {
            name: protocol.map(StrBytes::detached).unwrap_or_default(),
            metadata: Bytes::copy_from_slice(&recorded.subscription),
        }],
        assignment: Bytes::copy_from_slice(&recorded.assignment),
        awaiting_join: None,
        awaiting_sync: None,
        is_new: false,
    }
}
