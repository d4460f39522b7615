//! The classic protocol: members join, one of them assigns, all of them learn what they got.
//!
//! ```text
//!            first member joins            everybody joined,
//!                                          or had long enough          leader's assignment is written
//!   Empty ───────────────────► Preparing ─────────────────► Completing ─────────────────► Stable
//!     ▲                        Rebalance ◄───────────────── Rebalance                        │
//!     │  nobody is left            │ ▲      a member joins,                                  │
//!     └────────────────────────────┘ │      leaves or is silent                              │
//!                                    └───────────────────────────────────────────────────────┘
//! ```
//!
//! The group as the log knows it is its last generation whose assignment was written. Who is joining,
//! who waits for which answer, and the generation being agreed on are not records: they live here, and
//! after a restart the members of the last written generation are asked to go on or to join again.
//!
//! Invariant: `leader` is a member; a static member's id is found by its instance id.

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

/// The protocol type of consumers, whose subscriptions the coordinator can read.
const CONSUMER_PROTOCOL_TYPE: &str = "consumer";

/// Where a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has no members; it may have offsets.
    Empty,
    /// Its members are to join.
    PreparingRebalance,
    /// Its leader is to assign.
    CompletingRebalance,
    /// Its members know what they have.
    Stable,
}

impl State {
    /// Kafka's name of it.
    pub fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::PreparingRebalance => "PreparingRebalance",
            State::CompletingRebalance => "CompletingRebalance",
            State::Stable => "Stable",
        }
    }
}

/// How long the first rebalance of an empty group still waits for more members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InitialDelay {
    /// The wait that runs now.
    running_ms: i64,
    /// What may still be added to it, if members keep coming.
    remaining_ms: i64,
    /// Whether a member came during this wait.
    member_came: bool,
}

/// A group of the classic protocol.
#[derive(Debug)]
pub(super) struct ClassicGroup {
    pub id: StrBytes,
    pub state: State,
    /// When it came into this state; `None` if a very old record did not say.
    pub state_since_ms: Option<i64>,
    pub generation: i32,
    /// What kind of members it has; `None` for a group that only keeps offsets.
    pub protocol_type: Option<StrBytes>,
    /// The protocol its members agreed on.
    pub protocol: Option<StrBytes>,
    leader: Option<StrBytes>,
    pub members: BTreeMap<StrBytes, Member>,
    /// Member ids of static members, by instance id.
    static_members: BTreeMap<StrBytes, StrBytes>,
    /// Ids that were given out and have not joined yet.
    pub pending_members: BTreeSet<StrBytes>,
    /// Members that have not asked for their assignment in this generation.
    pending_sync: BTreeSet<StrBytes>,
    /// Set during the first rebalance after the group was empty.
    initial_delay: Option<InitialDelay>,
    /// Topics its members read; `None` if the coordinator cannot read their subscriptions.
    subscribed_topics: Option<BTreeSet<StrBytes>>,
}

impl ClassicGroup {
    /// A group without members, which begins now.
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

    /// Whether nobody is a member and nobody is about to be one.
    pub fn is_abandoned(&self) -> bool {
        self.state == State::Empty && self.pending_members.is_empty()
    }

    /// Whether its members are consumers.
    pub fn is_of_consumers(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER_PROTOCOL_TYPE)
    }

    /// Whether a member reads the topic; yes to be safe, if consumers say so in a way unknown to us.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.subscribed_topics {
            Some(topics) => topics.contains(topic),
            None => self.is_of_consumers(),
        }
    }

    /// Whether the coordinator knows what its members read.
    pub fn knows_subscriptions(&self) -> bool {
        self.subscribed_topics.is_some()
    }

    fn is_leader(&self, member: &str) -> bool {
        self.leader.as_deref() == Some(member)
    }

    /// Refuse a request of somebody who is not a member, or whose instance id is now somebody else's.
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

    /// Add a member. The first one gives the group its type and leads it.
    fn add(&mut self, member: Member, protocol_type: &StrBytes) {
        if let Some(instance) = &member.instance_id {
            let before = self
                .static_members
                .insert(instance.clone(), member.id.clone());
            assert!(
                before.is_none(),
                "a static member is replaced, not added twice"
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

    /// Take a member or a pending one out; the leadership goes to some other member.
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

    /// Whether somebody of this type, with these protocols, can be in the group.
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

    /// The protocol that all members support and most prefer; among equals the first by name.
    fn select_protocol(&self) -> StrBytes {
        let mut votes: BTreeMap<&StrBytes, usize> = BTreeMap::new();
        for member in self.members.values() {
            let vote = member
                .protocols
                .iter()
                .find(|protocol| self.all_support(&protocol.name));
            let vote = vote.expect("a member was only taken in if it supports what all support");
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
            .expect("it was just counted");
        (*winner).clone()
    }

    /// Longest rebalance timeout of any member.
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

    /// The members as their leader is told them.
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

    /// What a member of the current generation is told when it joined.
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
        if !self.is_of_consumers() {
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

/// Topics of a consumer's subscription; `None` if it is not one.
///
/// Every version begins with what version 0 is, so version 0 is what we read.
fn subscribed_topics(metadata: &Bytes) -> Option<Vec<StrBytes>> {
    let mut decoder = Decoder::for_frame(metadata.clone());
    let _version = decoder.i16().ok()?;
    let subscription = ConsumerProtocolSubscription::decode(&mut decoder, 0).ok()?;
    Some(subscription.topics.iter().map(StrBytes::detached).collect())
}

/// A refusal of a request to join.
fn join_error(member: &StrBytes, code: ErrorCode) -> JoinGroupResponse {
    JoinGroupResponse {
        error_code: code.code(),
        member_id: member.clone(),
        protocol_name: None,
        ..JoinGroupResponse::default()
    }
}
