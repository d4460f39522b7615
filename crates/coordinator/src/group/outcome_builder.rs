//! Builds the outcome of a request or a timer.

use wire::messages::JoinGroupResponse;
use wire::messages::SyncGroupResponse;
use wire::records::group::{Key, Value};
use wire::{ErrorCode, StrBytes};

use super::outcome::{Effect, Outcome, RequestId, Timer};
use super::{GroupConfig, GroupResponse, record};

/// Bytes of a batch with one record, without the key and value of the record, at most.
const BATCH_OVERHEAD_BYTES: usize = 128;

/// The outcome so far, with the settings and the time of the call.
pub(super) struct OutcomeBuilder<'a> {
    pub config: &'a GroupConfig,
    pub now_ms: i64,
    pub outcome: Outcome,
}

impl<'a> OutcomeBuilder<'a> {
    pub fn new(config: &'a GroupConfig, now_ms: i64) -> Self {
        OutcomeBuilder {
            config,
            now_ms,
            outcome: Outcome::default(),
        }
    }

    pub fn respond(&mut self, request: RequestId, response: GroupResponse) {
        self.outcome
            .effects
            .push(Effect::Respond { request, response });
    }

    pub fn respond_join(&mut self, request: RequestId, response: JoinGroupResponse) {
        self.respond(request, GroupResponse::JoinGroup(response));
    }

    pub fn respond_sync(&mut self, request: RequestId, response: SyncGroupResponse) {
        self.respond(request, GroupResponse::SyncGroup(response));
    }

    pub fn refuse_sync(&mut self, request: RequestId, code: ErrorCode) {
        let response = SyncGroupResponse {
            error_code: code.code(),
            ..SyncGroupResponse::default()
        };
        self.respond_sync(request, response);
    }

    pub fn write(&mut self, key: &Key, value: &Value) {
        self.outcome.records.push(record::encode(key, Some(value)));
    }

    /// Write a record unless it is too large for a batch. Returns whether it was written.
    pub fn try_write(&mut self, key: &Key, value: &Value) -> bool {
        let record = record::encode(key, Some(value));
        let fits = record.size() + BATCH_OVERHEAD_BYTES <= self.config.batch_bytes_max;
        if fits {
            self.outcome.records.push(record);
        }
        fits
    }

    pub fn write_tombstone(&mut self, key: &Key) {
        self.outcome.records.push(record::encode(key, None));
    }

    /// Start a timer. A negative duration counts as zero.
    pub fn start(&mut self, timer: Timer, after_ms: i64) {
        let after_ms = u64::try_from(after_ms).unwrap_or(0);
        self.outcome
            .effects
            .push(Effect::StartTimer { timer, after_ms });
    }

    pub fn cancel(&mut self, timer: Timer) {
        self.outcome.effects.push(Effect::CancelTimer(timer));
    }

    pub fn start_session(&mut self, group: &StrBytes, member: &StrBytes, timeout_ms: i32) {
        let timer = Timer::Session {
            group: group.clone(),
            member: member.clone(),
        };
        self.start(timer, timeout_ms.into());
    }

    pub fn cancel_session(&mut self, group: &StrBytes, member: &StrBytes) {
        self.cancel(Timer::Session {
            group: group.clone(),
            member: member.clone(),
        });
    }
}
