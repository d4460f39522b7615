//! Rebalancing: calling the members together, and beginning a generation when they are there.

use bytes::Bytes;
use wire::messages::SyncGroupResponse;
use wire::{ErrorCode, StrBytes};

use super::{ClassicGroup, InitialDelay, State, join_error};
use crate::group::Timer;
use crate::group::outcome_builder::OutcomeBuilder;

impl ClassicGroup {
    /// Something changed: call the members together, or if that is done already see whether they are
    /// all there.
    pub(super) fn rebalance_or_complete_join(&mut self, out: &mut OutcomeBuilder<'_>) {
        match self.state {
            State::Empty | State::CompletingRebalance | State::Stable => {
                self.prepare_rebalance(out)
            }
            State::PreparingRebalance => self.try_complete_join(out),
        }
    }

    /// Begin to wait for all members to join.
    pub(super) fn prepare_rebalance(&mut self, out: &mut OutcomeBuilder<'_>) {
        if self.state == State::CompletingRebalance {
            self.refuse_waiting_syncs(ErrorCode::RebalanceInProgress, out);
        }
        self.pending_sync.clear();
        out.cancel(self.sync_timer());
        let was_empty = self.state == State::Empty;
        self.transition(State::PreparingRebalance, out.now_ms);
        if was_empty {
            // More members are likely to come: a new group starts all its consumers at once.
            let delay_ms = i64::from(out.config.initial_rebalance_delay_ms);
            self.initial_delay = Some(InitialDelay {
                running_ms: delay_ms,
                remaining_ms: (self.rebalance_timeout_ms() - delay_ms).max(0),
                member_came: false,
            });
            out.start(self.join_timer(), delay_ms);
        } else if self.has_all_joined() {
            self.complete_join(out);
        } else {
            out.start(self.join_timer(), self.rebalance_timeout_ms());
        }
    }

    /// Begin the next generation if all members are there. The first one after the group was empty
    /// waits for its time to pass.
    pub(super) fn try_complete_join(&mut self, out: &mut OutcomeBuilder<'_>) {
        if self.state == State::PreparingRebalance
            && self.initial_delay.is_none()
            && self.has_all_joined()
        {
            self.complete_join(out);
        }
    }

    /// The time to join is over, or a part of the initial delay is.
    pub fn on_join_timer(&mut self, out: &mut OutcomeBuilder<'_>) {
        if self.state != State::PreparingRebalance {
            return;
        }
        if let Some(delay) = &mut self.initial_delay
            && delay.member_came
            && delay.remaining_ms > 0
        {
            let next_ms = i64::from(out.config.initial_rebalance_delay_ms).min(delay.remaining_ms);
            *delay = InitialDelay {
                running_ms: next_ms,
                remaining_ms: (delay.remaining_ms - delay.running_ms).max(0),
                member_came: false,
            };
            let timer = self.join_timer();
            return out.start(timer, next_ms);
        }
        self.complete_join(out);
    }

    /// Begin the next generation with those who joined.
    ///
    /// Static members that did not come back in time keep their place until their session ends.
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
            // Only static members are left and none came. Their sessions will end, or they come.
            out.start(self.join_timer(), self.rebalance_timeout_ms());
        }
    }

    /// Make somebody who joined the leader. Returns whether there is such a member.
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
            self.answer_join(&id, response, out);
            let member = self
                .members
                .get_mut(&id)
                .expect("ids were taken from the map");
            member.is_new = false;
            out.start_session(&self.id, &id, member.session_timeout_ms);
        }
        out.start(self.sync_timer(), self.rebalance_timeout_ms());
    }

    /// A member that waits for its assignment will not get one in this generation.
    pub(super) fn refuse_waiting_syncs(&mut self, code: ErrorCode, out: &mut OutcomeBuilder<'_>) {
        for member in self.members.values_mut() {
            member.assignment = Bytes::new();
            if let Some(request) = member.awaiting_sync.take() {
                let response = SyncGroupResponse {
                    error_code: code.code(),
                    ..SyncGroupResponse::default()
                };
                out.respond_sync(request, response);
                out.start_session(&self.id, &member.id, member.session_timeout_ms);
            }
        }
    }

    /// Members that have not asked for their assignment in time are taken out.
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

    /// Take a member out and let the others rebalance.
    ///
    /// If it waits to join it is told that it is unknown, and joins as somebody new.
    pub(super) fn dismiss(&mut self, id: &StrBytes, out: &mut OutcomeBuilder<'_>) {
        self.answer_join(
            id,
            join_error(&StrBytes::EMPTY, ErrorCode::UnknownMemberId),
            out,
        );
        if let Some(request) = self
            .remove(id)
            .and_then(|mut member| member.awaiting_sync.take())
        {
            let error_code = ErrorCode::UnknownMemberId.code();
            out.respond_sync(
                request,
                SyncGroupResponse {
                    error_code,
                    ..SyncGroupResponse::default()
                },
            );
        }
    }

    /// The group was loaded: its members' sessions start again, and if they are more than the limit now
    /// is, they are called together so that the last ones stay out.
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
