//! A shard with what the broker has around it: a log, timers, a clock.

use std::collections::BTreeMap;

use bytes::Bytes;
use wire::messages::ConsumerProtocolSubscription;
use wire::{Encoder, Message, StrBytes};

use crate::Record;
use crate::group::{
    Context, Effect, GroupConfig, GroupRequest, GroupResponse, GroupShard, Outcome, RequestId,
    Timer,
};

/// A shard that is driven by hand.
pub struct Driver {
    pub shard: GroupShard,
    pub config: GroupConfig,
    pub now_ms: i64,
    pub log: Vec<Record>,
    pub timers: BTreeMap<Timer, i64>,
    next_request: u64,
    next_random: u64,
}

impl Driver {
    pub fn new(config: GroupConfig) -> Self {
        let mut driver = Driver {
            shard: GroupShard::new(config),
            config,
            now_ms: 1_000_000,
            log: Vec::new(),
            timers: BTreeMap::new(),
            next_request: 0,
            next_random: 0,
        };
        let loaded = driver.shard.loaded(driver.now_ms);
        driver.commit(&loaded);
        driver
    }

    /// Ask the shard; its records are replayed at once, as the broker does at append.
    pub fn ask(
        &mut self,
        request: GroupRequest,
        api_version: i16,
        client: &str,
    ) -> (RequestId, Outcome) {
        self.next_request += 1;
        self.next_random += 1;
        let mut random = [0; 16];
        random[8..].copy_from_slice(&self.next_random.to_be_bytes());
        let context = Context {
            api_version,
            client_id: client.into(),
            client_host: "/127.0.0.1".into(),
            now_ms: self.now_ms,
            random,
        };
        let id = RequestId(self.next_request);
        let outcome = self
            .shard
            .handle(id, &request.upgraded(api_version), &context);
        self.commit(&outcome);
        (id, outcome)
    }

    fn commit(&mut self, outcome: &Outcome) {
        for record in &outcome.records {
            self.shard
                .replay(record)
                .expect("a shard understands its own records");
            self.log.push(record.clone());
        }
        for effect in &outcome.effects {
            match effect {
                Effect::StartTimer { timer, after_ms } => {
                    self.timers
                        .insert(timer.clone(), self.now_ms + *after_ms as i64);
                }
                Effect::CancelTimer(timer) => {
                    self.timers.remove(timer);
                }
                Effect::Respond { .. } => {}
            }
        }
    }

    /// Let the next timer run out, if one is due at `until_ms` or before.
    pub fn next_timer(&mut self, until_ms: i64) -> Option<(Timer, Outcome)> {
        let (timer, at_ms) = self.timers.iter().min_by_key(|(_, at_ms)| **at_ms)?;
        if *at_ms > until_ms {
            return None;
        }
        self.now_ms = *at_ms;
        let timer = timer.clone();
        self.timers.remove(&timer);
        let outcome = self.shard.on_timer(&timer, self.now_ms);
        self.commit(&outcome);
        Some((timer, outcome))
    }

    /// Stop and start again from the log. Returns what was answered when it stopped.
    pub fn restart(&mut self) -> (Vec<Effect>, Outcome) {
        let stopped = std::mem::replace(&mut self.shard, GroupShard::new(self.config));
        let effects = stopped.unload();
        self.timers.clear();
        for record in &self.log {
            self.shard
                .replay(record)
                .expect("a shard understands its own records");
        }
        let loaded = self.shard.loaded(self.now_ms);
        self.commit(&loaded);
        (effects, loaded)
    }
}

/// The answers in an outcome.
pub fn answers(effects: &[Effect]) -> impl Iterator<Item = (RequestId, &GroupResponse)> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Respond { request, response } => Some((*request, response)),
        _ => None,
    })
}

/// What a consumer says of itself when it joins.
pub fn subscription(topics: impl IntoIterator<Item = StrBytes>) -> Bytes {
    let subscription = ConsumerProtocolSubscription {
        topics: topics.into_iter().collect(),
        ..Default::default()
    };
    let mut encoder = Encoder::new();
    encoder.i16(0);
    subscription
        .encode(&mut encoder, 0)
        .expect("fits version 0");
    encoder.finish()
}
