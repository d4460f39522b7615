//! The classic protocol: members join, the leader assigns partitions, and every member gets its
//! assignment.
//!
//! ```text
//!            first member joins            all members joined,
//!                                          or the time is over         leader's assignment is written
//!   Empty ───────────────────► Preparing ─────────────────► Completing ─────────────────► Stable
//!     ▲                        Rebalance ◄───────────────── Rebalance                        │
//!     │  no member is left         │ ▲      a member joins, leaves                           │
//!     └────────────────────────────┘ │      or times out                                     │
//!                                    └───────────────────────────────────────────────────────┘
//! ```
//!
//! The log has the last generation whose assignment was written. Joining members, waiting requests and
//! a generation without an assignment are only in memory. After a restart the members of the last
//! written generation continue with it or join again.
//!
//! Invariant: `leader` is a member, and `static_members` has every static member.

mod heartbeat;
mod join;
mod leave;
mod member;
mod rebalance;
mod static_member;
mod sync;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use wire::messages::join_group_response::JoinGroupResponseMember;
use wire::messages::{ConsumerProtocolSubscription, JoinGroupResponse};
use wire::{Decoder, ErrorCode, Message, StrBytes};

pub(super) use member::Member;
use member::Protocol;

/// The protocol type of consumers. The coordinator can decode their subscriptions.
const CONSUMER_PROTOCOL_TYPE: &str = "consumer";

/// State of a group (Kafka's `ClassicGroupState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No members; there may be committed offsets.
    Empty,
    /// Waits for members to join.
    PreparingRebalance,
    /// Waits for the leader's assignment.
    CompletingRebalance,
    /// Every member can fetch its assignment.
    Stable,
}

impl State {
    /// Kafka's name of the state.
    pub fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::PreparingRebalance => "PreparingRebalance",
            State::CompletingRebalance => "CompletingRebalance",
            State::Stable => "Stable",
        }
    }
}

/// The wait for more members in the first rebalance of an empty group
/// (`group.initial.rebalance.delay.ms`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InitialDelay {
    /// Duration of the current timer.
    running_ms: i64,
    /// Time that may still be added if more members join.
    remaining_ms: i64,
    /// Whether a member joined since the current timer was started.
    member_joined: bool,
}

/// A group of the classic protocol.
#[derive(Debug)]
pub(super) struct ClassicGroup {
    pub id: StrBytes,
    pub state: State,
    /// Time of the last change of state, in milliseconds since 1970; `None` if an old record did not
    /// have it.
    pub state_since_ms: Option<i64>,
    pub generation: i32,
    /// `None` for a group that only stores offsets.
    pub protocol_type: Option<StrBytes>,
    /// The selected protocol.
    pub protocol: Option<StrBytes>,
    leader: Option<StrBytes>,
    pub members: BTreeMap<StrBytes, Member>,
    /// Member ids of static members, by instance id.
    static_members: BTreeMap<StrBytes, StrBytes>,
    /// Member ids that were returned to clients which have not joined with them yet.
    pub pending_members: BTreeSet<StrBytes>,
    /// Members that have not sent SyncGroup in this generation.
    pending_sync: BTreeSet<StrBytes>,
    /// Set during the first rebalance after the group was empty.
    initial_delay: Option<InitialDelay>,
    /// Topics of all subscriptions; `None` if the coordinator cannot decode them.
    subscribed_topics: Option<BTreeSet<StrBytes>>,
}

impl ClassicGroup {
    /// A new group without members.
    pub fn new(id: StrBytes, now_ms: i64) -> Self {
        ClassicGroup {
            id,
            state: State::Empty,
            state_since_ms: Some(now_ms),
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_members: BTreeSet::new(),
            pending_sync: BTreeSet::new(),
            initial_delay: None,
            subscribed_topics: None,
        }
    }

    fn transition(&mut self, state: State, now_ms: i64) {
        self.state = state;
        self.state_since_ms = Some(now_ms);
    }

    /// Whether the group has neither members nor pending members.
    pub fn is_unused(&self) -> bool {
        self.state == State::Empty && self.pending_members.is_empty()
    }

    /// Whether the protocol type is that of consumers.
    pub fn uses_consumer_protocol(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER_PROTOCOL_TYPE)
    }

    /// Whether a member is subscribed to the topic. Consumers whose subscriptions cannot be decoded
    /// count as subscribed to every topic.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.subscribed_topics {
            Some(topics) => topics.contains(topic),
            None => self.uses_consumer_protocol(),
        }
    }

    /// Whether the subscriptions of the members are known.
    pub fn knows_subscriptions(&self) -> bool {
        self.subscribed_topics.is_some()
    }

    fn is_leader(&self, member: &str) -> bool {
        self.leader.as_deref() == Some(member)
    }

    /// Check that a member exists and that its instance id was not taken over by another member.
    ///
    /// # Errors
    /// `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID`.
    pub fn check_member(&self, member: &str, instance: Option<&StrBytes>) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            match self.static_members.get(&**instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(current) if &**current != member => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member) {
            Ok(())
        } else {
            Err(ErrorCode::UnknownMemberId)
        }
    }

    /// Add a member. The first one sets the protocol type and is the leader.
    fn add(&mut self, member: Member, protocol_type: &StrBytes) {
        if let Some(instance) = &member.instance_id {
            let before = self
                .static_members
                .insert(instance.clone(), member.id.clone());
            assert!(
                before.is_none(),
                "a static member is replaced, never added twice"
            );
        }
        if self.members.is_empty() {
            self.protocol_type = Some(protocol_type.detached());
        }
        if self.leader.is_none() {
            self.leader = Some(member.id.clone());
        }
        self.pending_members.remove(&member.id);
        self.members.insert(member.id.clone(), member);
    }

    /// Remove a member or a pending member. Another member becomes the leader.
    fn remove(&mut self, id: &str) -> Option<Member> {
        let member = self.members.remove(id);
        if let Some(instance) = member
            .as_ref()
            .and_then(|member| member.instance_id.as_ref())
        {
            self.static_members.remove(instance);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        self.pending_members.remove(id);
        self.pending_sync.remove(id);
        member
    }

    /// Whether a member with this protocol type and these protocols can join the group.
    fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.state == State::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols
                .iter()
                .any(|protocol| self.all_support(&protocol.name))
    }

    fn all_support(&self, protocol: &str) -> bool {
        self.members
            .values()
            .all(|member| member.metadata(protocol).is_some())
    }

    /// The protocol that all members support and that most members prefer; if several do, the first by
    /// name.
    fn select_protocol(&self) -> StrBytes {
        let mut votes: BTreeMap<&StrBytes, usize> = BTreeMap::new();
        for member in self.members.values() {
            let vote = member
                .protocols
                .iter()
                .find(|protocol| self.all_support(&protocol.name));
            let vote = vote.expect("every member supports a protocol that all support");
            *votes.entry(&vote.name).or_default() += 1;
        }
        let most = votes
            .values()
            .copied()
            .max()
            .expect("the group has members");
        let (winner, _) = votes
            .iter()
            .find(|(_, count)| **count == most)
            .expect("counted above");
        (*winner).clone()
    }

    /// The longest rebalance timeout of the members.
    fn rebalance_timeout_ms(&self) -> i64 {
        self.members
            .values()
            .map(|member| i64::from(member.rebalance_timeout_ms))
            .max()
            .unwrap_or(0)
    }

    fn awaiting_join(&self) -> usize {
        self.members
            .values()
            .filter(|member| member.awaiting_join.is_some())
            .count()
    }

    fn has_all_joined(&self) -> bool {
        self.pending_members.is_empty() && self.awaiting_join() == self.members.len()
    }

    /// The members as the leader gets them.
    fn members_for_leader(&self) -> Vec<JoinGroupResponseMember> {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        self.members
            .values()
            .map(|member| JoinGroupResponseMember {
                member_id: member.id.clone(),
                group_instance_id: member.instance_id.clone(),
                metadata: member.metadata(protocol).cloned().unwrap_or_default(),
            })
            .collect()
    }

    /// The JoinGroup response for a member of the current generation.
    fn joined_response(&self, member: &StrBytes) -> JoinGroupResponse {
        JoinGroupResponse {
            generation_id: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            member_id: member.clone(),
            members: if self.is_leader(member) {
                self.members_for_leader()
            } else {
                Vec::new()
            },
            ..JoinGroupResponse::default()
        }
    }

    fn read_subscriptions(&mut self) {
        self.subscribed_topics = self.subscriptions();
    }

    fn subscriptions(&self) -> Option<BTreeSet<StrBytes>> {
        if !self.uses_consumer_protocol() {
            return None;
        }
        if self.members.is_empty() {
            return Some(BTreeSet::new());
        }
        let protocol = self.protocol.as_deref()?;
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.extend(subscribed_topics(member.metadata(protocol)?)?);
        }
        Some(topics)
    }
}

/// Topics of a consumer's subscription; `None` if it cannot be decoded.
///
/// Every version begins with the fields of version 0.
fn subscribed_topics(metadata: &Bytes) -> Option<Vec<StrBytes>> {
    let mut decoder = Decoder::for_frame(metadata.clone());
    let _version = decoder.i16().ok()?;
    let subscription = ConsumerProtocolSubscription::decode(&mut decoder, 0).ok()?;
    Some(subscription.topics.iter().map(StrBytes::detached).collect())
}

/// A JoinGroup response with an error.
fn join_error(member: &StrBytes, code: ErrorCode) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: code.code(),
        member_id: member.clone(),
        protocol_name: None,
        ..JoinGroupResponse::default()
    }
}
