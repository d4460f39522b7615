//! Runs one shard of the group coordinator: load, decide, append, replay, answer when committed.
//!
//! The shard itself is `coordinator::group::GroupShard`, a state machine. Requests that have
//! gathered since the last turn are handled together, and their records are one batch. A failed
//! append leaves the state ahead of the log; then the shard is thrown away and loaded again.
//!
//! Holds: an answer is sent only when the records written before it are committed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use coordinator::group::{
    Context, Effect, GroupRequest, GroupResponse, GroupShard, Outcome, ReplayError, RequestId,
    Timer, Undecided,
};
use coordinator::{CoordinatorMetadataImage, Record};
use io::Pool;
use metadata::MetadataImage;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot};
use wire::record_batch::{BatchBuilder, Compression, EndTransactionMarker, batches};
use wire::{StrBytes, Uuid};

use crate::node::Node;
use crate::partition::Partition;
use crate::partition::read::{Isolation, ReadLimits};
use crate::request::Memory;

/// Bytes of records after which a turn ends.
const TURN_BYTES_MAX: usize = 512 * 1024;

/// What a batch has besides its records, in bytes.
const BATCH_FRAMING_BYTES: usize = 61;

/// What a record has besides its key and value, in bytes, at most.
const RECORD_FRAMING_BYTES: usize = 32;

/// What is read at once while loading, in bytes; and what a batch may unpack to.
const LOAD_BYTES: usize = 4 << 20;

/// A request, and where its answer goes.
#[derive(Debug)]
pub(super) struct Ask {
    /// What is asked.
    pub request: GroupRequest,
    /// The facts around it.
    pub context: Context,
    /// Where the answer goes.
    pub reply: oneshot::Sender<GroupResponse>,
    /// Held until the request is handled.
    #[expect(dead_code, reason = "held, not read")]
    pub memory: Memory,
}

/// Names of deleted topics whose committed offsets a shard has yet to remove.
#[derive(Debug, Default)]
pub(super) struct DeletedTopics {
    names: Mutex<BTreeSet<StrBytes>>,
    added: Notify,
}

impl DeletedTopics {
    /// Adds names and wakes the shard.
    pub(super) fn add(&self, names: &[StrBytes]) {
        self.names.lock().extend(names.iter().cloned());
        self.added.notify_one();
    }

    /// Waits for names and takes them.
    async fn take(&self) -> BTreeSet<StrBytes> {
        self.added.notified().await;
        std::mem::take(&mut *self.names.lock())
    }
}

/// The topics of an image, as a coordinator reads them.
struct ImageTopics(Arc<MetadataImage>);

impl CoordinatorMetadataImage for ImageTopics {
    fn topic_id(&self, name: &str) -> Option<Uuid> {
        self.0.topics().by_name(name).map(|topic| topic.id)
    }
}

/// Runs the shard of `partition` until the broker stops or the partition is gone.
pub(super) async fn run(
    node: Arc<Node>,
    partition: Arc<Partition>,
    mut asked: mpsc::UnboundedReceiver<Ask>,
    deleted_topics: Arc<DeletedTopics>,
) {
    let stopped = node.stopped();
    tokio::pin!(stopped);
    loop {
        let Some(mut runner) = Runner::load(&node, &partition).await else {
            tracing::error!("the groups of {} cannot be loaded", partition.id());
            return;
        };
        tokio::select! {
            biased;
            () = &mut stopped => return,
            end = runner.serve(&mut asked, &deleted_topics) => match end {
                End::Reload => tracing::warn!("loading the groups of {} again", partition.id()),
                End::NobodyAsks => return,
            },
        }
        runner.unload();
    }
}

/// Why a shard was left.
enum End {
    /// An append failed.
    Reload,
    /// The broker is gone.
    NobodyAsks,
}

/// An answer that waits for the log.
struct Owed {
    /// What the high watermark must reach.
    offset: i64,
    request: RequestId,
    response: GroupResponse,
}

struct Runner {
    node: Arc<Node>,
    partition: Arc<Partition>,
    shard: GroupShard,
    /// Where the last record that was appended ends.
    end_offset: i64,
    next_request: u64,
    replies: BTreeMap<RequestId, oneshot::Sender<GroupResponse>>,
    owed: VecDeque<Owed>,
    timers: Timers,
}

/// The records of one turn, and what is to be done once they are in the log.
#[derive(Default)]
struct Turn {
    records: Vec<Record>,
    bytes: usize,
    effects: Vec<Effect>,
}

impl Runner {
    /// Replays the partition. `None` if it cannot be read.
    async fn load(node: &Arc<Node>, partition: &Arc<Partition>) -> Option<Runner> {
        let config = node.config.groups;
        // What a crash has left counts, once it is synced.
        let opened = {
            let partition = Arc::clone(partition);
            node.io
                .tasks
                .blocking(Pool::Background, move || partition.bounds())
                .await
        };
        if let Ok(bounds) = opened {
            // A log that fails fails below, too.
            let _ = partition.committed(bounds.log_end).await;
        }
        let replayed = {
            let partition = Arc::clone(partition);
            node.io
                .tasks
                .blocking(Pool::Background, move || {
                    replay(&partition, GroupShard::new(config))
                })
                .await
        };
        let (shard, end_offset) = match replayed {
            Ok(replayed) => replayed,
            Err(e) => {
                tracing::error!("cannot replay {}: {e}", partition.id());
                return None;
            }
        };
        let mut runner = Runner {
            node: Arc::clone(node),
            partition: Arc::clone(partition),
            shard,
            end_offset,
            next_request: 0,
            replies: BTreeMap::new(),
            owed: VecDeque::new(),
            timers: Timers::default(),
        };
        let mut turn = Turn::default();
        let outcome = runner
            .shard
            .loaded(node.io.clock.now_ms(), &ImageTopics(node.image()));
        runner.take(outcome, &mut turn);
        runner.end_turn(turn).ok()?;
        Some(runner)
    }

    async fn serve(
        &mut self,
        asked: &mut mpsc::UnboundedReceiver<Ask>,
        deleted_topics: &DeletedTopics,
    ) -> End {
        let clock = self.node.io.clock.clone();
        loop {
            let owed = self.owed.front().map(|owed| owed.offset);
            let partition = Arc::clone(&self.partition);
            let next_timer = self.timers.next();
            let ended = tokio::select! {
                biased;
                committed = partition.committed(owed.unwrap_or(0)), if owed.is_some() => {
                    match committed {
                        Ok(()) => self.pay(),
                        Err(e) => Err(e.message().to_owned()),
                    }
                }
                names = deleted_topics.take() => self.remove_offsets_of(&names),
                () = clock.sleep_until(next_timer.unwrap_or_default()), if next_timer.is_some() => {
                    self.fire(asked)
                }
                ask = asked.recv() => match ask {
                    Some(ask) => self.answer(ask, asked),
                    None => return End::NobodyAsks,
                },
            };
            if let Err(e) = ended {
                tracing::error!(
                    "cannot write the groups of {} down: {e}",
                    self.partition.id()
                );
                return End::Reload;
            }
        }
    }

    /// One turn: this request and those that have gathered behind it.
    fn answer(
        &mut self,
        first: Ask,
        asked: &mut mpsc::UnboundedReceiver<Ask>,
    ) -> Result<(), String> {
        let mut turn = Turn::default();
        self.handle(first, &mut turn);
        self.handle_gathered(asked, &mut turn);
        self.end_turn(turn)
    }

    /// Timers that have run out.
    ///
    /// What has gathered is heard first: after a stall of ours, a heartbeat that came in time is
    /// in the mailbox, and its sender must not be taken for gone.
    fn fire(&mut self, asked: &mut mpsc::UnboundedReceiver<Ask>) -> Result<(), String> {
        let mut turn = Turn::default();
        self.handle_gathered(asked, &mut turn);
        let now = self.node.io.clock.elapsed();
        while let Some(timer) = self.timers.take_due(now) {
            let outcome = self.shard.on_timer(&timer, self.node.io.clock.now_ms());
            self.take(outcome, &mut turn);
        }
        self.end_turn(turn)
    }

    fn remove_offsets_of(&mut self, deleted: &BTreeSet<StrBytes>) -> Result<(), String> {
        let mut turn = Turn::default();
        let (now_ms, image) = (self.node.io.clock.now_ms(), self.image());
        let outcome = self.shard.on_topics_deleted(deleted, now_ms, &image);
        self.take(outcome, &mut turn);
        self.end_turn(turn)
    }

    fn image(&self) -> ImageTopics {
        ImageTopics(self.node.image())
    }

    fn handle_gathered(&mut self, asked: &mut mpsc::UnboundedReceiver<Ask>, turn: &mut Turn) {
        while turn.bytes < TURN_BYTES_MAX
            && let Ok(ask) = asked.try_recv()
        {
            self.handle(ask, turn);
        }
    }

    fn handle(&mut self, ask: Ask, turn: &mut Turn) {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.replies.insert(id, ask.reply);
        let outcome = self
            .shard
            .handle(id, &ask.request, &ask.context, &self.image());
        self.take(outcome, turn);
    }

    /// Replays what an outcome decided and adds it to the turn.
    fn take(&mut self, outcome: Outcome, turn: &mut Turn) {
        for record in outcome.records {
            self.shard
                .replay(&record)
                .unwrap_or_else(|e| panic!("a shard does not understand its own record: {e}"));
            turn.bytes += record.size();
            turn.records.push(record);
        }
        for effect in outcome.effects {
            match effect {
                Effect::StartTimer { timer, after_ms } => {
                    let now = self.node.io.clock.elapsed();
                    self.timers
                        .start(timer, now.saturating_add(Duration::from_millis(after_ms)));
                }
                Effect::CancelTimer(timer) => self.timers.cancel(&timer),
                answer @ Effect::Respond { .. } => turn.effects.push(answer),
            }
        }
    }

    /// Appends a turn's records and owes its answers.
    fn end_turn(&mut self, turn: Turn) -> Result<(), String> {
        if !turn.records.is_empty() {
            let now_ms = self.node.io.clock.now_ms();
            let batch_bytes_max = self.node.config.groups.batch_bytes_max;
            let appended = self
                .partition
                .append_from_coordinator(to_batches(&turn.records, batch_bytes_max, now_ms))
                .map_err(|e| e.message.unwrap_or_else(|| e.error.message().to_owned()))?;
            self.end_offset = appended.last_offset + 1;
        }
        for effect in turn.effects {
            if let Effect::Respond { request, response } = effect {
                self.owed.push_back(Owed {
                    offset: self.end_offset,
                    request,
                    response,
                });
            }
        }
        self.pay()
    }

    /// Sends the answers that need not wait any more.
    fn pay(&mut self) -> Result<(), String> {
        let high_watermark = self.partition.high_watermark();
        while let Some(owed) = self.owed.pop_front_if(|owed| owed.offset <= high_watermark) {
            if let Some(reply) = self.replies.remove(&owed.request) {
                // The connection may be gone.
                let _ = reply.send(owed.response);
            }
        }
        Ok(())
    }

    /// Gives up: who waits is to look for the coordinator again.
    fn unload(self) {
        let mut replies = self.replies;
        for effect in self.shard.unload() {
            if let Effect::Respond { request, response } = effect
                && let Some(reply) = replies.remove(&request)
            {
                let _ = reply.send(response);
            }
        }
    }
}

/// Records as batches, as few as the topic's limit of a batch allows.
///
/// A record alone is never over the limit: the shard does not decide on such a one.
fn to_batches(records: &[Record], batch_bytes_max: usize, now_ms: i64) -> Bytes {
    let mut done = BytesMut::new();
    let mut batch = BatchBuilder::new(Compression::None);
    let mut batch_bytes = BATCH_FRAMING_BYTES;
    for record in records {
        let bytes = record.size() + RECORD_FRAMING_BYTES;
        if batch_bytes + bytes > batch_bytes_max && batch_bytes > BATCH_FRAMING_BYTES {
            let full = std::mem::replace(&mut batch, BatchBuilder::new(Compression::None));
            done.extend_from_slice(&full.build());
            batch_bytes = BATCH_FRAMING_BYTES;
        }
        batch.append(now_ms, Some(&record.key), record.value.as_deref(), &[]);
        batch_bytes += bytes;
    }
    done.extend_from_slice(&batch.build());
    done.freeze()
}

/// Replays every committed record; where they end.
fn replay(partition: &Arc<Partition>, mut shard: GroupShard) -> Result<(GroupShard, i64), String> {
    let bounds = partition.bounds().map_err(|e| e.message().to_owned())?;
    let mut offset = bounds.log_start;
    let mut undecided = Undecided::default();
    // Of a newer broker, or of one with other kinds of groups: how many, and why the first.
    let mut passed_over: Option<(usize, ReplayError)> = None;
    let mut take_in = |record| {
        if let Err(e) = shard.replay(&record) {
            passed_over.get_or_insert((0, e)).0 += 1;
        }
    };
    while offset < bounds.high_watermark {
        let limits = ReadLimits {
            bytes_max: LOAD_BYTES,
            at_least_one: true,
        };
        let read = partition
            .read(offset, Isolation::ReadUncommitted, limits)
            .map_err(|e| e.message().to_owned())?;
        let mut bytes = BytesMut::new();
        for chunk in read.records {
            bytes.extend_from_slice(&chunk.into_bytes().map_err(|e| e.to_string())?);
        }
        let before = offset;
        for batch in batches(bytes.freeze()) {
            let batch = batch.map_err(|e| e.to_string())?;
            offset = batch.header.next_offset();
            let producer_id = batch.header.producer_id;
            for found in batch.records(LOAD_BYTES * 16).map_err(|e| e.to_string())? {
                let found = found.map_err(|e| e.to_string())?;
                if batch.header.is_control() {
                    if let Some(marker) = EndTransactionMarker::of(&found) {
                        for record in undecided.decide(producer_id, marker.committed) {
                            take_in(record);
                        }
                    }
                    continue;
                }
                let Some(key) = found.key else { continue };
                let record = Record {
                    key,
                    value: found.value,
                };
                if batch.header.is_transactional() {
                    undecided.hold(producer_id, found.offset, record);
                } else {
                    undecided.passed(found.offset, &record.key);
                    take_in(record);
                }
            }
        }
        if offset == before {
            // Compaction by another broker may have taken everything from here on.
            offset = bounds.high_watermark;
        }
    }
    for producer_id in undecided.producers() {
        tracing::warn!(
            "offsets in {} committed in a transaction of producer {producer_id} do not count: it \
             has no end",
            partition.id()
        );
    }
    if let Some((count, first)) = passed_over {
        let id = partition.id();
        tracing::warn!("passed over {count} records of {id}, the first because {first}");
    }
    Ok((shard, offset))
}

/// Timers by name and by time; times are those of the monotonic clock.
#[derive(Debug, Default)]
struct Timers {
    by_name: BTreeMap<Timer, Duration>,
    by_time: BTreeSet<(Duration, Timer)>,
}

impl Timers {
    fn start(&mut self, timer: Timer, at: Duration) {
        self.cancel(&timer);
        self.by_time.insert((at, timer.clone()));
        self.by_name.insert(timer, at);
    }

    fn cancel(&mut self, timer: &Timer) {
        if let Some((timer, at)) = self.by_name.remove_entry(timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    /// When the next one runs out.
    fn next(&self) -> Option<Duration> {
        self.by_time.first().map(|(at, _)| *at)
    }

    fn take_due(&mut self, now: Duration) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        let (_, timer) = self.by_time.pop_first()?;
        self.by_name.remove(&timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_batch_is_larger_than_the_topic_takes() {
        let record = |length: usize| Record {
            key: Bytes::from_static(b"key"),
            value: Some(Bytes::from(vec![7; length])),
        };
        let records: Vec<Record> = (0..50).map(|place| record(place * 10)).collect();
        let written = to_batches(&records, 1000, 0);
        let mut count = 0;
        for batch in batches(written) {
            let batch = batch.expect("just written");
            assert!(batch.bytes.len() <= 1000, "{} bytes", batch.bytes.len());
            count += batch.header.record_count;
        }
        assert_eq!(count, 50);
    }

    #[test]
    fn a_timer_started_again_is_moved() {
        let (join, sync) = (
            Timer::Join { group: "g".into() },
            Timer::Sync { group: "g".into() },
        );
        let at = Duration::from_secs;
        let mut timers = Timers::default();
        timers.start(join.clone(), at(1));
        timers.start(sync.clone(), at(2));
        timers.start(join.clone(), at(3));
        assert_eq!(timers.take_due(at(1)), None);
        assert_eq!(timers.take_due(at(9)), Some(sync.clone()));
        timers.cancel(&join);
        assert_eq!((timers.next(), timers.take_due(at(9))), (None, None));
    }
}
