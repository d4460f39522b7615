//! The task of a shard: loads it, then passes requests and timers to it, appends the records it
//! returns, and sends responses when the records are committed.
//!
//! All decisions are made by `coordinator::group::GroupShard`. Requests that wait in the mailbox are
//! handled together, and their records are appended together. A record is replayed before it is
//! appended, so after a failed append the state is ahead of the log: the shard is dropped and loaded
//! again.
//!
//! While a shard loads it answers COORDINATOR_LOAD_IN_PROGRESS. If its partition cannot be read it
//! answers NOT_COORDINATOR, as Kafka does, and is loaded again after a wait that grows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use coordinator::Record;
use coordinator::group::{Effect, GroupResponse, GroupShard, Outcome, RequestId};
use wire::{ErrorCode, StrBytes};

use super::Environment;
use super::batches::to_batches;
use super::image::ImageForCoordinator;
use super::loading::{LoadError, Loading, retry_delay};
use super::mailbox::{Inbox, MESSAGES_MAX, Message, ShardEvent};
use super::pending_responses::PendingResponses;
use super::timers::Timers;
use crate::partition::Partition;

/// Bytes of records after which a batch is appended, even if more requests wait.
const BATCH_BYTES_MAX: usize = 512 * 1024;

/// Runs the shard of `partition` until its mailbox is closed or its topic is deleted.
pub(super) async fn run(
    environment: Arc<Environment>,
    partition: Arc<Partition>,
    mut inbox: Inbox,
) {
    let clock = environment.io.clock.clone();
    // Failures in a row, without an append in between.
    let mut failures = 0;
    loop {
        let failure = match load(&environment, &partition, &mut inbox).await {
            Ok(None) | Err(LoadError::Deleted) => return,
            Err(LoadError::Failed(why)) => {
                // Reading it again at once would not help.
                failures = (failures + 1).max(2);
                format!("cannot load the groups of {}: {why}", partition.id())
            }
            Ok(Some((shard, end_offset))) => {
                let mut runner = Runner::new(&environment, &partition, shard, end_offset);
                let result = runner.run(&mut inbox).await;
                failures = if runner.has_appended { 1 } else { failures + 1 };
                runner.unload();
                match result {
                    Ok(()) => return,
                    Err(why) => format!("cannot append to {}: {why}", partition.id()),
                }
            }
        };
        let delay = retry_delay(failures);
        tracing::error!(
            "{failure}; loading its groups again in {} s",
            delay.as_secs()
        );
        let waiting = inbox.refuse_until(clock.sleep(delay), ErrorCode::NotCoordinator);
        if waiting.await.is_none() {
            return;
        }
    }
}

/// Loads the shard. `None` if the mailbox was closed before that.
///
/// A step that has begun is not abandoned: it would use the partition after the broker has closed it.
async fn load(
    environment: &Environment,
    partition: &Arc<Partition>,
    inbox: &mut Inbox,
) -> Result<Option<(GroupShard, i64)>, LoadError> {
    let code = ErrorCode::CoordinatorLoadInProgress;
    let starting = Loading::start(environment, partition);
    let mut loading = inbox.refuse_while(starting, code).await?;
    while !loading.is_done() {
        if inbox.is_closed() {
            return Ok(None);
        }
        loading = inbox.refuse_while(loading.step(), code).await?;
    }
    Ok(Some(loading.finish()))
}

/// A loaded shard.
struct Runner<'a> {
    environment: &'a Environment,
    partition: &'a Arc<Partition>,
    shard: GroupShard,
    /// Offset after the last appended record.
    end_offset: i64,
    has_appended: bool,
    responses: PendingResponses,
    timers: Timers,
}

/// Records that are appended together, and the responses that wait for them.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    bytes: usize,
    responses: Vec<(RequestId, GroupResponse)>,
}

impl<'a> Runner<'a> {
    fn new(
        environment: &'a Environment,
        partition: &'a Arc<Partition>,
        shard: GroupShard,
        end_offset: i64,
    ) -> Runner<'a> {
        Runner {
            environment,
            partition,
            shard,
            end_offset,
            has_appended: false,
            responses: PendingResponses::default(),
            timers: Timers::default(),
        }
    }

    /// Runs the shard until its mailbox is closed and every response is sent, except to requests that
    /// wait for other members.
    ///
    /// # Errors
    /// An append failed; the reason.
    async fn run(&mut self, inbox: &mut Inbox) -> Result<(), String> {
        let clock = self.environment.io.clock.clone();
        let mut batch = Batch::default();
        let outcome = self.shard.on_loaded(clock.now_ms(), &self.image());
        self.add(outcome, &mut batch);
        self.append(batch).await?;
        let mut is_closed = false;
        loop {
            let committed = self.responses.next_offset();
            if is_closed && committed.is_none() {
                return Ok(());
            }
            let timer = self.timers.next();
            tokio::select! {
                biased;
                result = self.partition.committed(committed.unwrap_or(0)), if committed.is_some() => {
                    result.map_err(|e| e.message().to_owned())?;
                    self.responses.send_committed(self.partition.high_watermark());
                }
                () = clock.sleep_until(timer.unwrap_or_default()), if timer.is_some() => {
                    self.run_timers(inbox).await?;
                }
                event = inbox.event(), if !is_closed => match event {
                    ShardEvent::Message(first) => self.handle_batch(*first, inbox).await?,
                    ShardEvent::TopicsDeleted(names) => self.remove_offsets_of(&names).await?,
                    ShardEvent::Closed => is_closed = true,
                },
            }
        }
    }

    /// Handles a request and those that wait in the mailbox.
    async fn handle_batch(&mut self, first: Message, inbox: &mut Inbox) -> Result<(), String> {
        let mut batch = Batch::default();
        self.handle(first, &mut batch);
        self.handle_waiting(inbox, &mut batch);
        self.append(batch).await
    }

    /// Runs the timers whose time has come.
    ///
    /// Waiting requests are handled first: if this task was delayed, the session timer of a member may
    /// be due although its heartbeat is in the mailbox.
    async fn run_timers(&mut self, inbox: &mut Inbox) -> Result<(), String> {
        let mut batch = Batch::default();
        self.handle_waiting(inbox, &mut batch);
        let clock = self.environment.io.clock.clone();
        let now = clock.elapsed();
        while let Some(timer) = self.timers.take_due(now) {
            let outcome = self.shard.on_timer(&timer, clock.now_ms());
            self.add(outcome, &mut batch);
        }
        self.append(batch).await
    }

    async fn remove_offsets_of(&mut self, deleted: &BTreeSet<StrBytes>) -> Result<(), String> {
        let mut batch = Batch::default();
        let (now_ms, image) = (self.environment.io.clock.now_ms(), self.image());
        let outcome = self.shard.on_topics_deleted(deleted, now_ms, &image);
        self.add(outcome, &mut batch);
        self.append(batch).await
    }

    fn handle_waiting(&mut self, inbox: &mut Inbox, batch: &mut Batch) {
        for _ in 0..MESSAGES_MAX {
            if batch.bytes >= BATCH_BYTES_MAX {
                return;
            }
            let Some(message) = inbox.try_next() else {
                return;
            };
            self.handle(message, batch);
        }
    }

    fn handle(&mut self, message: Message, batch: &mut Batch) {
        let id = self.responses.register(message.reply);
        let (request, context) = (&message.request, &message.context);
        let outcome = self.shard.handle(id, request, context, &self.image());
        self.add(outcome, batch);
    }

    /// Replays the records of an outcome and adds it to the batch.
    fn add(&mut self, outcome: Outcome, batch: &mut Batch) {
        for record in outcome.records {
            self.shard
                .replay(&record)
                .unwrap_or_else(|e| panic!("a shard cannot replay its own record: {e}"));
            batch.bytes += record.size();
            batch.records.push(record);
        }
        for effect in outcome.effects {
            match effect {
                Effect::StartTimer { timer, after_ms } => {
                    let now = self.environment.io.clock.elapsed();
                    let at = now.saturating_add(Duration::from_millis(after_ms));
                    self.timers.start(timer, at);
                }
                Effect::CancelTimer(timer) => self.timers.cancel(&timer),
                Effect::Respond { request, response } => {
                    batch.responses.push((request, response));
                }
            }
        }
    }

    /// Appends the records of a batch. Its responses are sent when they are committed.
    async fn append(&mut self, batch: Batch) -> Result<(), String> {
        if !batch.records.is_empty() {
            // The log may have been closed because it was not used for some time.
            let opened = self.partition.opened().await;
            opened.map_err(|e| e.message().to_owned())?;
            let now_ms = self.environment.io.clock.now_ms();
            let bytes_max = self.environment.config.batch_bytes_max;
            for records in to_batches(&batch.records, bytes_max, now_ms) {
                let appended = self.partition.append_from_coordinator(&records).await;
                let appended = appended.map_err(|e| e.error.to_string())?;
                self.end_offset = appended.last_offset + 1;
                self.has_appended = true;
            }
        }
        for (request, response) in batch.responses {
            self.responses.send_at(self.end_offset, request, response);
        }
        self.responses
            .send_committed(self.partition.high_watermark());
        Ok(())
    }

    fn image(&self) -> ImageForCoordinator {
        ImageForCoordinator(self.environment.metadata.image())
    }

    /// Ends the shard: requests that wait for a response are answered with NOT_COORDINATOR, so that
    /// members look for the coordinator again.
    fn unload(mut self) {
        for effect in self.shard.unload() {
            if let Effect::Respond { request, response } = effect {
                self.responses.send(request, response);
            }
        }
    }
}
