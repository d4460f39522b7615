//! Rebalancing: waiting for the members to join, and beginning a generation when they have.

use bytes::Bytes;
use wire::{ErrorCode, StrBytes};

use super::{ClassicGroup, InitialDelay, State, join_error};
use crate::group::Timer;
use crate::group::outcome_builder::OutcomeBuilder;

impl ClassicGroup {
    /// A member joined or changed: start a rebalance, or complete the one in progress if all members
    /// have joined.
    pub(super) fn rebalance_or_complete_join(&mut self, out: &mut OutcomeBuilder<'_>) {
        match self.state {
            State::Empty | State::CompletingRebalance | State::Stable => {
                self.prepare_rebalance(out)
            }
            State::PreparingRebalance => self.try_complete_join(out),
        }
    }

    /// Start a rebalance: wait for all members to join.
    pub(super) fn prepare_rebalance(&mut self, out: &mut OutcomeBuilder<'_>) {
        if self.state == State::CompletingRebalance {
            self.refuse_waiting_syncs(ErrorCode::RebalanceInProgress, out);
        }
        self.pending_sync.clear();
        out.cancel(self.sync_timer());
        let was_empty = self.state == State::Empty;
        self.transition(State::PreparingRebalance, out.now_ms);
        if was_empty {
            // More members are likely to join: the consumers of a new group often start together.
            let delay_ms = i64::from(out.config.initial_rebalance_delay_ms);
            self.initial_delay = Some(InitialDelay {
                running_ms: delay_ms,
                remaining_ms: (self.rebalance_timeout_ms() - delay_ms).max(0),
                member_joined: false,
            });
            out.start(self.join_timer(), delay_ms);
        } else if self.has_all_joined() {
            self.complete_join(out);
        } else {
            out.start(self.join_timer(), self.rebalance_timeout_ms());
        }
    }

    /// Begin the next generation if all members have joined. The first one of an empty group waits for
    /// the initial delay.
    pub(super) fn try_complete_join(&mut self, out: &mut OutcomeBuilder<'_>) {
        if self.state == State::PreparingRebalance
            && self.initial_delay.is_none()
            && self.has_all_joined()
        {
            self.complete_join(out);
        }
    }

    /// Handle the join timer: the time to join is over, or one period of the initial delay.
    pub fn on_join_timer(&mut self, out: &mut OutcomeBuilder<'_>) {
        if self.state != State::PreparingRebalance {
            return;
        }
        if let Some(delay) = &mut self.initial_delay
            && delay.member_joined
            && delay.remaining_ms > 0
        {
            let next_ms = i64::from(out.config.initial_rebalance_delay_ms).min(delay.remaining_ms);
            *delay = InitialDelay {
                running_ms: next_ms,
                remaining_ms: (delay.remaining_ms - delay.running_ms).max(0),
                member_joined: false,
            };
            let timer = self.join_timer();
            return out.start(timer, next_ms);
        }
        self.complete_join(out);
    }

    /// Begin the next generation with the members that have joined.
    ///
    /// Static members that have not joined in time stay members until their session times out.
    pub(super) fn complete_join(&mut self, out: &mut OutcomeBuilder<'_>) {
        out.cancel(self.join_timer());
        self.initial_delay = None;
        let missing: Vec<StrBytes> = self
            .members
            .values()
            .filter(|member| member.awaiting_join.is_none() && !member.is_static())
            .map(|member| member.id.clone())
            .collect();
        for id in missing {
            self.remove(&id);
            out.cancel_session(&self.id, &id);
        }
        if self.members.is_empty() {
            self.begin_empty_generation(out);
        } else if self.elect_leader_who_joined() {
            self.begin_generation(out);
        } else {
            // Only static members are left, and none has joined. They join or time out.
            out.start(self.join_timer(), self.rebalance_timeout_ms());
        }
    }

    /// Make sure that the leader is a member that has joined. Returns whether there is one.
    fn elect_leader_who_joined(&mut self) -> bool {
        let joined = |id: &StrBytes| {
            self.members
                .get(id)
                .is_some_and(|member| member.awaiting_join.is_some())
        };
        if self.leader.as_ref().is_some_and(joined) {
            return true;
        }
        let other = self.members.keys().find(|id| joined(id)).cloned();
        if other.is_some() {
            self.leader = other;
            return true;
        }
        false
    }

    fn begin_empty_generation(&mut self, out: &mut OutcomeBuilder<'_>) {
        self.generation += 1;
        self.protocol = None;
        self.pending_sync.clear();
        self.read_subscriptions();
        self.transition(State::Empty, out.now_ms);
        out.write(&self.key(), &self.value());
    }

    fn begin_generation(&mut self, out: &mut OutcomeBuilder<'_>) {
        self.generation += 1;
        self.protocol = Some(self.select_protocol());
        self.read_subscriptions();
        self.transition(State::CompletingRebalance, out.now_ms);
        self.pending_sync = self.members.keys().cloned().collect();
        for id in self.members.keys().cloned().collect::<Vec<_>>() {
            let response = self.joined_response(&id);
            self.respond_to_join(&id, response, out);
            let member = self
                .members
                .get_mut(&id)
                .expect("the ids are those of the map");
            member.is_new = false;
            out.start_session(&self.id, &id, member.session_timeout_ms);
        }
        out.start(self.sync_timer(), self.rebalance_timeout_ms());
    }

    /// Respond with an error to members that wait for their assignment in this generation.
    pub(super) fn refuse_waiting_syncs(&mut self, code: ErrorCode, out: &mut OutcomeBuilder<'_>) {
        for member in self.members.values_mut() {
            member.assignment = Bytes::new();
            if let Some(request) = member.awaiting_sync.take() {
                out.refuse_sync(request, code);
                out.start_session(&self.id, &member.id, member.session_timeout_ms);
            }
        }
    }

    /// Remove members that have not sent SyncGroup in time.
    pub fn on_sync_timer(&mut self, out: &mut OutcomeBuilder<'_>) {
        let is_syncing = matches!(self.state, State::CompletingRebalance | State::Stable);
        if !is_syncing || self.pending_sync.is_empty() {
            return;
        }
        for id in std::mem::take(&mut self.pending_sync) {
            self.remove(&id);
            out.cancel_session(&self.id, &id);
        }
        self.prepare_rebalance(out);
    }

    /// Remove a member and respond to its waiting requests with UNKNOWN_MEMBER_ID. It can join as a new
    /// member.
    pub(super) fn remove_and_refuse(&mut self, id: &StrBytes, out: &mut OutcomeBuilder<'_>) {
        self.respond_to_join(
            id,
            join_error(&StrBytes::EMPTY, ErrorCode::UnknownMemberId),
            out,
        );
        if let Some(request) = self
            .remove(id)
            .and_then(|mut member| member.awaiting_sync.take())
        {
            out.refuse_sync(request, ErrorCode::UnknownMemberId);
        }
    }

    /// The group was loaded: start the sessions of its members. If there are more members than
    /// `group.max.size`, rebalance; the last ones to join are refused.
    pub fn on_loaded(&mut self, out: &mut OutcomeBuilder<'_>) {
        for member in self.members.values() {
            out.start_session(&self.id, &member.id, member.session_timeout_ms);
        }
        if self.members.len() > out.config.members_max {
            self.prepare_rebalance(out);
        }
    }

    fn join_timer(&self) -> Timer {
        Timer::Join {
            group: self.id.clone(),
        }
    }

    pub(super) fn sync_timer(&self) -> Timer {
        Timer::Sync {
            group: self.id.clone(),
        }
    }
}
