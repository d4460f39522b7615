//! Fetch: reads below the high watermark (or last stable offset), waiting for data if asked to.
//!
//! Incremental sessions are declined: the answer carries session id 0, and clients go on with
//! full requests. Data is handed on as ranges of segment files.
//!
//! Among partitions the order of reading starts at another one each time, so that a small
//! `max_bytes` does not always go to the first; the answer keeps the order of the request.

use std::sync::Arc;
use std::time::Duration;

use io::Chunk;
use tokio::sync::Notify;
use wire::messages::fetch_request::{FetchPartition, FetchRequest};
use wire::messages::fetch_response::{
    AbortedTransaction, FetchResponse, FetchableTopicResponse, PartitionData,
};
use wire::{ErrorCode, Records};

use crate::node::Node;
use crate::partition::read::{Isolation, ReadLimits};
use crate::partition::{Partition, TopicName};
use crate::request::{Answer, Call, Reply, later};

/// The session epoch of a request that wants no session.
const FINAL_EPOCH: i32 = -1;

/// One partition asked for, resolved.
struct Wanted {
    topic: usize,
    ask: FetchPartition,
    found: Result<Arc<Partition>, ErrorCode>,
}

/// What one round over all partitions gave.
struct Round {
    /// As `wanted`: the answer for each partition, and its records.
    parts: Vec<(PartitionData, Vec<Chunk>)>,
    bytes: u64,
    /// A partition has an error to tell, which is not kept waiting.
    failed: bool,
}

pub(super) fn handle(node: &Arc<Node>, call: &Call, request: FetchRequest) -> Reply {
    if request.session_id != 0 && request.session_epoch != FINAL_EPOCH {
        return call.now(&FetchResponse {
            error_code: ErrorCode::FetchSessionIdNotFound.code(),
            ..Default::default()
        });
    }
    let fetch = Fetch::new(node, call, request);
    let round = fetch.read();
    let wait_ms = fetch.request.max_wait_ms;
    if wait_ms <= 0 || fetch.wanted.is_empty() || fetch.is_enough(&round) {
        return Reply::Now(fetch.answer(round));
    }
    drop(round);
    later(fetch.wait(Duration::from_millis(wait_ms as u64)))
}

struct Fetch {
    node: Arc<Node>,
    call: Call,
    request: FetchRequest,
    wanted: Vec<Wanted>,
    /// Which partition is read first.
    first: usize,
}

impl Fetch {
    fn new(node: &Arc<Node>, call: &Call, request: FetchRequest) -> Fetch {
        let mut wanted = Vec::new();
        for (t, topic) in request.topics.iter().enumerate() {
            let name = match call.version {
                ..13 => TopicName::Name(&topic.topic),
                _ => TopicName::Id(topic.topic_id),
            };
            for ask in &topic.partitions {
                let found = node
                    .partitions
                    .find(name, ask.partition)
                    .and_then(|partition| {
                        partition.check_leader_epoch(ask.current_leader_epoch)?;
                        Ok(partition)
                    });
                wanted.push(Wanted {
                    topic: t,
                    ask: ask.clone(),
                    found,
                });
            }
        }
        let first = match wanted.len() {
            0 | 1 => 0,
            n => call.correlation_id.unsigned_abs() as usize % n,
        };
        Fetch {
            node: Arc::clone(node),
            call: call.clone(),
            request,
            wanted,
            first,
        }
    }

    /// Reads every partition once, without waiting.
    fn read(&self) -> Round {
        let isolation = match self.request.isolation_level {
            0 => Isolation::ReadUncommitted,
            _ => Isolation::ReadCommitted,
        };
        let asked = usize::try_from(self.request.max_bytes).unwrap_or(0);
        let mut left = asked.min(self.node.config.fetch_bytes_max);
        let mut round = Round {
            parts: Vec::new(),
            bytes: 0,
            failed: false,
        };
        let mut parts: Vec<Option<(PartitionData, Vec<Chunk>)>> =
            self.wanted.iter().map(|_| None).collect();
        for turn in 0..self.wanted.len() {
            let index = (self.first + turn) % self.wanted.len();
            let wanted = &self.wanted[index];
            let read = wanted.found.clone().and_then(|partition| {
                partition.read(
                    wanted.ask.fetch_offset,
                    isolation,
                    ReadLimits {
                        bytes_max: left
                            .min(usize::try_from(wanted.ask.partition_max_bytes).unwrap_or(0)),
                        // The first batch of the first partition that has one comes whole, or
                        // a batch larger than the limits would stop a consumer for ever.
                        at_least_one: round.bytes == 0 && asked > 0,
                    },
                )
            });
            let part = match read {
                Ok(read) => {
                    let bytes: u64 = read.records.iter().map(Chunk::len).sum();
                    left = left.saturating_sub(bytes as usize);
                    round.bytes += bytes;
                    let data = PartitionData {
                        partition_index: wanted.ask.partition,
                        high_watermark: read.high_watermark,
                        last_stable_offset: read.last_stable_offset,
                        log_start_offset: read.log_start_offset,
                        aborted_transactions: match isolation {
                            Isolation::ReadUncommitted => None,
                            Isolation::ReadCommitted => Some(aborted(&read.aborted)),
                        },
                        records: match bytes {
                            0 => Records::Bytes(bytes::Bytes::new()),
                            bytes => Records::Elsewhere(bytes),
                        },
                        ..Default::default()
                    };
                    (data, read.records)
                }
                Err(error) => {
                    round.failed = true;
                    (refusal(&wanted.ask, error), Vec::new())
                }
            };
            parts[index] = Some(part);
        }
        round.parts = parts.into_iter().flatten().collect();
        round
    }

    fn is_enough(&self, round: &Round) -> bool {
        round.failed || round.bytes >= u64::try_from(self.request.min_bytes).unwrap_or(0)
    }

    fn answer(&self, round: Round) -> Answer {
        let mut response = FetchResponse::default();
        for topic in &self.request.topics {
            response.responses.push(FetchableTopicResponse {
                topic: topic.topic.clone(),
                topic_id: topic.topic_id,
                ..Default::default()
            });
        }
        let mut chunks = Vec::new();
        for (wanted, (data, records)) in self.wanted.iter().zip(round.parts) {
            response.responses[wanted.topic].partitions.push(data);
            chunks.extend(records);
        }
        self.call.answer_with(&response, chunks)
    }

    /// Waits until there is enough, something fails, or `longest` has passed; then answers with
    /// what there is.
    async fn wait(self, longest: Duration) -> Answer {
        let clock = self.node.io.clock.clone();
        let mut stopped = Box::pin(self.node.stopped());
        let mut timer = Box::pin(clock.sleep(longest));
        let wake = Arc::new(Notify::new());
        let _places: Vec<_> = self
            .wanted
            .iter()
            .filter_map(|wanted| {
                let partition = wanted.found.as_ref().ok()?;
                Some(partition.wait(wanted.ask.fetch_offset + 1, &wake))
            })
            .collect();
        loop {
            // After registering, so that nothing is missed in between.
            let round = self.read();
            if self.is_enough(&round) {
                return self.answer(round);
            }
            tokio::select! {
                biased;
                () = wake.notified() => {}
                () = &mut timer => return self.answer(self.read()),
                () = &mut stopped => return self.answer(round),
            }
        }
    }
}

fn aborted(found: &[log::AbortedTransaction]) -> Vec<AbortedTransaction> {
    let found = found.iter().map(|aborted| AbortedTransaction {
        producer_id: aborted.producer_id,
        first_offset: aborted.first_offset,
    });
    found.collect()
}

fn refusal(ask: &FetchPartition, error: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index: ask.partition,
        error_code: error.code(),
        high_watermark: -1,
        last_stable_offset: -1,
        log_start_offset: -1,
        records: Records::Bytes(bytes::Bytes::new()),
        ..Default::default()
    }
}
