//! A shard with its log, timers, clock and cluster metadata, all controlled by the test.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use wire::messages::ConsumerProtocolSubscription;
use wire::{Encoder, Message, StrBytes, Uuid};

use crate::group::{
    Context, Effect, GroupConfig, GroupRequest, GroupResponse, GroupShard, Outcome, RequestId,
    Timer,
};
use crate::{CoordinatorMetadataImage, Record};

/// Cluster metadata in which every topic exists until a test deletes it.
#[derive(Default)]
pub struct Topics {
    /// How often a topic was created again, and whether it exists.
    changed: BTreeMap<StrBytes, (u8, bool)>,
}

impl Topics {
    pub fn delete(&mut self, name: &str) {
        self.changed.entry(name.into()).or_insert((0, true)).1 = false;
    }

    pub fn create(&mut self, name: &str) {
        let topic = self.changed.entry(name.into()).or_insert((0, false));
        *topic = (topic.0 + 1, true);
    }
}

impl CoordinatorMetadataImage for Topics {
    fn topic_id(&self, name: &str) -> Option<Uuid> {
        let (times, exists) = self.changed.get(name).copied().unwrap_or((0, true));
        let mut id = [0; 16];
        for (byte, letter) in id.iter_mut().zip(name.bytes()) {
            *byte = letter;
        }
        id[15] = times;
        exists.then_some(Uuid(id))
    }
}

pub struct Driver {
    pub shard: GroupShard,
    pub config: GroupConfig,
    pub now_ms: i64,
    pub topics: Topics,
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
            topics: Topics::default(),
            log: Vec::new(),
            timers: BTreeMap::new(),
            next_request: 0,
            next_random: 0,
        };
        let loaded = driver.shard.on_loaded(driver.now_ms, &driver.topics);
        driver.commit(&loaded);
        driver
    }

    /// Send a request to the shard. Its records are replayed at once, as the broker does.
    pub fn request(
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
        let request = request.upgraded(api_version);
        let outcome = self.shard.handle(id, &request, &context, &self.topics);
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

    /// Tell the shard which topics were deleted.
    pub fn on_topics_deleted(&mut self, deleted: BTreeSet<StrBytes>) -> Outcome {
        let outcome = self
            .shard
            .on_topics_deleted(&deleted, self.now_ms, &self.topics);
        self.commit(&outcome);
        outcome
    }

    /// Run the next timer that is due at `until_ms` or before.
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

    /// Drop the shard; the new one is not loaded yet. Returns the effects of the end.
    pub fn unload(&mut self) -> Vec<Effect> {
        let stopped = std::mem::replace(&mut self.shard, GroupShard::new(self.config));
        self.timers.clear();
        stopped.unload()
    }

    /// Load the shard from the log.
    pub fn load(&mut self) -> Outcome {
        for record in &self.log {
            self.shard
                .replay(record)
                .expect("a shard understands its own records");
        }
        let loaded = self.shard.on_loaded(self.now_ms, &self.topics);
        self.commit(&loaded);
        loaded
    }

    /// Drop the shard and load it again from the log. Returns the effects of the end and the outcome
    /// of loading.
    pub fn restart(&mut self) -> (Vec<Effect>, Outcome) {
        (self.unload(), self.load())
    }
}

/// The responses among effects.
pub fn responses(effects: &[Effect]) -> impl Iterator<Item = (RequestId, &GroupResponse)> {
    effects.iter().filter_map(|effect| match effect {
        Effect::Respond { request, response } => Some((*request, response)),
        _ => None,
    })
}

/// The subscription that a consumer sends when it joins.
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
